"""The patient's pages, from finding a time to after the visit."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import Consent
from tests import world
from visits import booking, lifecycle
from visits.models import Status, Visit, WeeklyHours

pytestmark = pytest.mark.django_db

START = datetime.fromisoformat("2026-11-24T15:00:00+00:00")  # Tuesday, 9:00 in Austin
HERE = {"place": "TX", "street": "5 Oak Road", "city": "Austin", "phone": "512-555-0142"}
READY = {"is_private": "on", "is_not_driving": "on", "agrees": "on"}


@pytest.fixture(autouse=True)
def _standing_clock(clock):
    """Monday morning, unless the test moves it."""


@pytest.fixture
def browser(signed_in, ada):
    return signed_in(ada)


@pytest.fixture
def slot(bello, visit_type):
    return {
        "clinician": str(bello.code),
        "visit_type": str(visit_type.code),
        "starts_at": START.isoformat(),
        "day": "2026-11-24",
    }


def text(response):
    return " ".join(response.content.decode().split())


def test_the_whole_path_by_forms_alone(browser, intake, slot):
    times = browser.get(reverse("find_time", args=[intake.code]))
    assert times.status_code == 200
    held = browser.post(reverse("hold", args=[intake.code]), slot)
    visit = Visit.objects.get()
    assert held.url == reverse("confirm", args=[visit.code])
    question = browser.get(held.url)
    assert "Dr. Amara Bello, MD" in text(question)
    assert 'data-seconds="600"' in text(question)
    booked = browser.post(held.url)
    assert booked.url == reverse("visit", args=[visit.code])
    assert "Your visit is booked" in text(browser.get(booked.url))
    assert "Test camera and sound" in text(browser.get(reverse("patient_home")))


# --- the page of times ---


def test_times_are_the_patients_and_say_so(browser, intake, bello, slot):
    bello.time_zone = "America/Denver"
    bello.save()
    url = reverse("find_time", args=[intake.code])
    page = text(browser.get(url, {"day": "2026-11-24"}))
    assert "Times are in Central Standard Time (CST)." in page
    assert "Works in Mountain Standard Time (MST)." in page
    assert "Tuesday, November 24" in page
    assert "Speaks English and Spanish." in page
    assert "Licensed in Texas through" in page
    assert 'value="2026-11-24T09:00:00-06:00"' in page


@pytest.mark.parametrize("day", ["", "yesterday", "2020-01-01", "9999-99-99", "2027-06-01"])
def test_a_day_that_cannot_be_shown_shows_the_first_one(browser, intake, bello, slot, day):
    page = browser.get(reverse("find_time", args=[intake.code]), {"day": day})
    assert page.status_code == 200
    assert "Monday, November 23" in text(page)


def test_why_there_is_nothing_is_said_with_the_day_that_has_something(
    browser, intake, bello, visit_type
):
    WeeklyHours.objects.filter(clinician=bello).update(valid_from="2026-12-02")
    page = text(browser.get(reverse("find_time", args=[intake.code])))
    assert "The next free time is on Wednesday, December 2." in page
    assert "day=2026-12-02" in page


def test_a_time_taken_a_second_ago_is_said_and_the_choice_stays(
    browser, intake, zed, bello, visit_type, slot, clinic
):
    other_type = world.make_visit_type(clinic, name="Long visit", minutes=60)
    world.book(world.make_intake(zed), bello, visit_type, starts_at=START)
    slot["visit_type"] = str(other_type.code)
    answer = browser.post(reverse("hold", args=[intake.code]), slot)
    assert answer.status_code == 409
    assert "Someone else just took this time" in text(answer)
    assert f'name="visit_type" value="{other_type.code}"' in text(answer)
    assert "Tuesday, November 24" in text(answer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"clinician": ""},
        {"clinician": "7"},
        {"clinician": "3c8242d6-0c98-4a9c-8a1e-5d7f0f6b2c11"},
        {"visit_type": "3c8242d6-0c98-4a9c-8a1e-5d7f0f6b2c11"},
        {"starts_at": ""},
        {"starts_at": "soon"},
        {"starts_at": "0001-01-01T00:00:00+00:00"},
        {"starts_at": "9999-12-31T23:59:59-12:00"},
    ],
    ids=lambda wrong: "-".join(map(str, next(iter(wrong.items()))))[:30],
)
def test_what_was_never_offered_is_answered_with_the_times(browser, intake, slot, wrong):
    answer = browser.post(reverse("hold", args=[intake.code]), slot | wrong)
    assert answer.status_code == 422
    assert "This time is not open for booking" in text(answer)
    assert not Visit.objects.exists()


def test_a_need_that_is_booked_leads_to_its_visit(browser, intake, bello, visit_type, slot):
    visit = world.book(intake, bello, visit_type, starts_at=START + timedelta(hours=3))
    answer = browser.post(reverse("hold", args=[intake.code]), slot)
    assert answer.url == reverse("visit", args=[visit.code])


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"completed_at": None}, "intake_result"),
        ({"urgency": "urgent_in_person"}, "intake_result"),
    ],
)
def test_an_intake_that_is_not_ready_leads_back(browser, ada, slot, changed, name):
    intake = world.make_intake(ada, **changed)
    for answer in (
        browser.get(reverse("find_time", args=[intake.code])),
        browser.post(reverse("hold", args=[intake.code]), slot),
    ):
        assert answer.url == reverse(name, args=[intake.code])


def test_an_emergency_leads_to_what_to_do_now(browser, clock, ada, slot):
    intake = world.make_intake(
        ada, completed_at=None, urgency="emergency_now", emergency_at=clock.now
    )
    answer = browser.post(reverse("hold", args=[intake.code]), slot)
    assert answer.url == reverse("emergency", args=[intake.code])


def test_answers_of_yesterday_are_asked_again(signed_in, clock, ada, intake):
    clock.move(hours=24, seconds=1)
    answer = signed_in(ada).get(reverse("find_time", args=[intake.code]))
    assert answer.status_code == 409
    assert reverse("start_intake") in text(answer)


# --- confirm ---


def test_a_hold_that_ended_leads_back_to_the_times(browser, clock, intake, bello, visit_type):
    held = world.hold(intake, bello, visit_type, starts_at=START)
    clock.move(minutes=10)
    url = reverse("confirm", args=[held.code])
    assert browser.get(url).url == reverse("find_time", args=[intake.code])
    answer = browser.post(url)
    assert answer.status_code == 409
    assert "10 minutes only" in text(answer)


def test_a_confirmed_visit_is_not_asked_again(browser, intake, bello, visit_type):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    url = reverse("confirm", args=[visit.code])
    for answer in (browser.get(url), browser.post(url)):
        assert answer.url == reverse("visit", args=[visit.code])


# --- one visit, in each of its states ---


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("booked", "check_in"),
        ("waiting", "room"),
        ("in_progress", "room"),
        ("completed", None),
    ],
)
def test_each_state_has_one_thing_to_do(request, browser, state, action):
    visit = request.getfixturevalue(state)
    page = browser.get(reverse("visit", args=[visit.code]))
    step = page.context["step"]
    assert (step.url if step else None) == (action and reverse(action, args=[visit.code]))
    assert text(page).count('class="button primary"') == (1 if action else 0)
    assert browser.get(reverse("patient_home")).status_code == 200


def test_before_check_in_opens_there_is_a_countdown(browser, intake, bello, visit_type):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    page = text(browser.get(reverse("visit", args=[visit.code])))
    seconds = int(timedelta(hours=22, minutes=30).total_seconds()) + 1
    assert f'data-seconds="{seconds}" data-reload' in page
    assert reverse("reschedule", args=[visit.code]) in page
    assert reverse("cancel", args=[visit.code]) in page


def test_a_visit_that_nobody_came_to_says_so(browser, clock, booked):
    clock.now = booked.ends_at
    page = browser.get(reverse("visit", args=[booked.code]))
    assert "The time of this visit is over" in text(page)
    assert page.context["step"].url == reverse("start_intake")
    assert reverse("reschedule", args=[booked.code]) not in text(page)


def test_a_moved_visit_leads_to_the_new_one(browser, intake, bello, visit_type, ada):
    old = world.book(intake, bello, visit_type, starts_at=START)
    later = START + timedelta(hours=3)
    new = booking.reschedule(old, starts_at=later, clinician=bello, by=ada.user)
    assert reverse("visit", args=[new.code]) in text(browser.get(reverse("visit", args=[old.code])))


def test_a_patient_without_visits_is_asked_in(browser):
    page = text(browser.get(reverse("patient_home")))
    assert "No visit is planned" in page
    assert reverse("start_intake") in page


# --- cancel, reschedule ---


def test_cancelling_asks_why_and_keeps_the_visit_until_it_is_said(browser, booked):
    url = reverse("cancel", args=[booked.code])
    assert browser.get(url).status_code == 200
    for data in ({}, {"reason": "boredom"}):
        assert browser.post(url, data).status_code == 422
    assert browser.post(url, {"reason": "cost"}).url == reverse("patient_home")
    booked.refresh_from_db()
    assert booked.status == Status.CANCELLED
    assert browser.post(url, {"reason": "cost"}).status_code == 409


def test_moving_asks_before_it_moves(browser, intake, bello, chen, visit_type):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    url = reverse("reschedule", args=[visit.code])
    assert "It stays yours until you have chosen a new one" in text(browser.get(url))
    wish = {"clinician": str(chen.code), "starts_at": (START + timedelta(hours=3)).isoformat()}
    question = browser.get(url, wish)
    assert "Move your visit?" in text(question)
    assert "This is another clinician" in text(question)
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED
    new = Visit.objects.get
    answer = browser.post(url, wish)
    assert answer.url == reverse("visit", args=[new(moved_from=visit).code])


def test_moving_to_a_taken_time_shows_the_times_again(browser, intake, zed, bello, visit_type):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    taken = START + timedelta(hours=3)
    world.book(world.make_intake(zed), bello, visit_type, starts_at=taken)
    url = reverse("reschedule", args=[visit.code])
    wish = {"clinician": str(bello.code), "starts_at": taken.isoformat()}
    answer = browser.post(url, wish)
    assert answer.status_code == 409
    assert "Someone else just took this time" in text(answer)
    assert browser.post(url, wish | {"starts_at": "never"}).status_code == 422


# --- check-in ---


def test_checking_in_leads_to_the_waiting_room(browser, booked):
    url = reverse("check_in", args=[booked.code])
    page = browser.get(url)
    assert "12 Elm Street" in text(page)
    assert page.context["form"].initial.get("place") is None
    assert browser.post(url, HERE | READY).url == reverse("room", args=[booked.code])
    booked.refresh_from_db()
    assert booked.status == Status.CHECKED_IN
    assert Consent.objects.get().version == lifecycle.CONSENT_VERSION


@pytest.mark.parametrize("missing", [*READY, *HERE])
def test_check_in_needs_every_answer_and_keeps_the_others(browser, booked, missing):
    data = {name: value for name, value in (HERE | READY).items() if name != missing}
    answer = browser.post(reverse("check_in", args=[booked.code]), data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [missing]
    assert missing == "street" or "5 Oak Road" in text(answer)
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"place": "ZZ"}, {"phone": "call me"}, {"street": "x" * 201}, {"city": "y" * 101}],
    ids=["no such state", "no phone number", "street too long", "city too long"],
)
def test_check_in_refuses_what_cannot_be(browser, booked, wrong):
    answer = browser.post(reverse("check_in", args=[booked.code]), HERE | READY | wrong)
    assert answer.status_code == 422


def test_in_another_state_a_licensed_colleague_is_offered(browser, booked):
    url = reverse("check_in", args=[booked.code])
    answer = browser.post(url, HERE | READY | {"place": "CA"})
    assert answer.url == reverse("visit", args=[booked.code])
    page = browser.get(answer.url)
    assert "may not treat you in California" in text(page)
    assert page.context["step"].url == reverse("reschedule", args=[booked.code])
    # It was a slip of the finger: said again, without consent once more.
    assert browser.post(url, HERE).url == reverse("room", args=[booked.code])
    assert Consent.objects.count() == 1


def test_too_early_check_in_leads_back_and_is_refused(browser, intake, bello, visit_type):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    url = reverse("check_in", args=[visit.code])
    assert browser.get(url).url == reverse("visit", args=[visit.code])
    assert browser.post(url, HERE | READY).status_code == 409


# --- who may ---


def _addresses(visit):
    code = [visit.code]
    return [
        *(reverse(name, args=code) for name in ("visit", "confirm", "reschedule", "cancel")),
        reverse("check_in", args=code),
        *(reverse(name, args=[visit.intake.code]) for name in ("find_time", "hold")),
    ]


def test_a_stranger_finds_nothing(signed_in, zed, booked, slot):
    stranger = signed_in(zed)
    for url in _addresses(booked):
        assert stranger.post(url, slot).status_code in (404, 405), url
        if not url.endswith("/hold/"):
            assert stranger.get(url).status_code == 404, url


@pytest.mark.parametrize("who", ["bello", "chen", "dana", "gus"])
def test_who_is_no_patient_has_no_patients_pages(request, signed_in, who, booked):
    other = signed_in(request.getfixturevalue(who))
    for url in [*_addresses(booked), reverse("patient_home")]:
        assert other.post(url).status_code in (403, 405), url
        if not url.endswith("/hold/"):
            assert other.get(url).status_code == 403, url


def test_nobody_is_asked_to_sign_in(client, booked):
    for url in [*_addresses(booked), reverse("patient_home")]:
        if not url.endswith("/hold/"):
            assert client.get(url).url.startswith(reverse("account_login"))


def test_choosing_and_holding_is_by_post_alone(browser, intake):
    assert browser.get(reverse("hold", args=[intake.code])).status_code == 405


# --- what it costs ---


def test_ten_more_of_everything_and_no_more_queries(
    browser, clinic, ada, intake, bello, visit_type, django_assert_max_num_queries
):
    pages = [reverse("find_time", args=[intake.code]), reverse("patient_home")]
    world.book(world.make_intake(ada), bello, visit_type, starts_at=START)

    def count():
        counts = []
        for url in pages:
            browser.get(url)
            with django_assert_max_num_queries(12) as queries:
                browser.get(url)
            counts.append(len(queries))
        return counts

    before = count()
    for n in range(10):
        clinician = world.make_clinician(clinic, f"Dr. Number {n}", states=("TX", "CA"))
        start = START + timedelta(hours=n + 1)
        world.book(world.make_intake(ada), clinician, visit_type, starts_at=start)
        world.make_visit_type(clinic)
    assert count() == before, before
