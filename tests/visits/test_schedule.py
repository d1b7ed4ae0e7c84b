"""The clinician's own hours: what may be entered, and what is said when it may not."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Clinic, Clinician, Patient
from tests import world
from visits import hours
from visits.models import ScheduleException, VisitType, WeeklyHours

MONDAY = 0
NINE_TO_NOON = {"weekday": MONDAY, "starts": "09:00", "ends": "12:00"}
AWAY = {"first_day": "2026-12-24", "last_day": "2026-12-26", "kind": "away"}


@pytest.fixture
def idle(clinic: Clinic) -> Clinician:
    """A clinician who has no hours yet."""
    return world.make_clinician(clinic, "Dr. New Idle", around_the_clock=False)


@pytest.fixture
def desk(clock, idle: Clinician, signed_in: Callable) -> Client:
    return signed_in(idle)


def post(client: Client, name: str, data: dict | None = None, **kwargs: int):
    return client.post(reverse(name, kwargs=kwargs), data or {})


def test_a_clinician_without_hours_is_told_that_nobody_can_book(desk: Client) -> None:
    page = desk.get(reverse("schedule")).content.decode()

    assert "You have no hours yet" in page
    assert "America/Chicago" in page


def test_hours_are_added_from_today_on_and_shown(clock, idle: Clinician, desk: Client) -> None:
    assert post(desk, "add_hours", NINE_TO_NOON).status_code == 302

    block = WeeklyHours.objects.get(clinician=idle)
    assert (block.starts, block.ends) == (time(9), time(12))
    assert block.valid_from == date(2026, 11, 23)
    assert "9 a.m. – noon" in desk.get(reverse("schedule")).content.decode()


def test_midnight_is_the_end_of_the_day(idle: Clinician, desk: Client) -> None:
    evening = {"weekday": MONDAY, "starts": "18:00", "ends": "00:00"}
    late = {"weekday": MONDAY, "starts": "23:00", "ends": "23:30"}

    assert post(desk, "add_hours", evening).status_code == 302
    assert post(desk, "add_hours", late).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends": "09:00"}, "The end must be later than the start."),
        ({"ends": "08:00"}, "The end must be later than the start."),
        ({"starts": ""}, "This field is required."),
        ({"starts": "25:00"}, "Enter a valid time."),
        ({"weekday": "7"}, "Select a valid choice."),
        ({"weekday": "Monday"}, "Select a valid choice."),
    ],
    ids=["no length", "end before start", "no start", "no such hour", "no such day", "a word"],
)
def test_impossible_hours_are_refused_and_what_was_typed_stays(
    desk: Client, wrong: dict[str, str], sentence: str
) -> None:
    answer = post(desk, "add_hours", {"weekday": 0, "starts": "09:00", "ends": "12:00", **wrong})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    for value in ("09:00", "12:00"):
        if value in {"starts": "09:00", "ends": "12:00", **wrong}.values():
            assert f'value="{value}"' in answer.content.decode()
    assert not WeeklyHours.objects.exists()


@pytest.mark.parametrize(
    ("starts", "ends", "status"),
    [
        ("08:00", "09:00", 302),
        ("12:00", "13:00", 302),
        ("11:59", "13:00", 422),
        ("10:00", "11:00", 422),
        ("08:00", "13:00", 422),
        ("08:00", "00:00", 422),
    ],
    ids=["before", "after", "a minute over", "inside", "around", "until midnight"],
)
def test_hours_may_touch_and_not_overlap(desk: Client, starts: str, ends: str, status: int) -> None:
    post(desk, "add_hours", NINE_TO_NOON)

    answer = post(desk, "add_hours", {"weekday": MONDAY, "starts": starts, "ends": ends})

    assert answer.status_code == status


def test_the_verb_refuses_an_overlap_that_the_form_did_not_see(
    clock, idle: Clinician, desk: Client
) -> None:
    post(desk, "add_hours", NINE_TO_NOON)

    with pytest.raises(hours.HoursOverlap):
        hours.add(idle, weekday=MONDAY, starts=time(11), ends=time(13), by=idle.user)


def test_removed_hours_hold_no_more_and_those_worked_stay_on_record(
    clock, idle: Clinician, signed_in: Callable
) -> None:
    old = hours.add(idle, weekday=MONDAY, starts=time(9), ends=time(12), by=idle.user)
    clock.move(days=7)
    new = hours.add(idle, weekday=MONDAY, starts=time(13), ends=time(15), by=idle.user)
    desk = signed_in(idle)

    assert post(desk, "remove_hours", pk=old.pk).status_code == 302
    assert post(desk, "remove_hours", pk=new.pk).status_code == 302

    old.refresh_from_db()
    assert old.valid_to == date(2026, 11, 29)
    assert list(hours.weekly(idle)) == []
    assert not WeeklyHours.objects.filter(pk=new.pk).exists()


def test_another_clinicians_hours_cannot_be_removed(clock, bello: Clinician, desk: Client) -> None:
    block = bello.weekly_hours.first()

    assert post(desk, "remove_hours", pk=block.pk).status_code == 404
    assert bello.weekly_hours.filter(pk=block.pk, valid_to=None).exists()


def test_days_away_are_added_shown_and_removed(idle: Clinician, desk: Client) -> None:
    assert post(desk, "add_exception", {**AWAY, "reason": "Holidays"}).status_code == 302

    exception = ScheduleException.objects.get(clinician=idle)
    assert exception.is_away
    page = desk.get(reverse("schedule")).content.decode()
    assert "Dec. 24, 2026 – Dec. 26, 2026" in page
    assert "Holidays" in page
    assert post(desk, "remove_exception", pk=exception.pk).status_code == 302
    assert not ScheduleException.objects.exists()


def test_other_hours_are_kept_and_away_ignores_typed_hours(idle: Clinician, desk: Client) -> None:
    typed = {"starts": "13:00", "ends": "15:00"}
    post(desk, "add_exception", {**AWAY, **typed, "kind": "hours"})
    post(
        desk,
        "add_exception",
        {**typed, "kind": "away", "first_day": "2027-01-04", "last_day": "2027-01-04"},
    )

    other, away = ScheduleException.objects.filter(clinician=idle)
    assert (other.starts, other.ends) == (time(13), time(15))
    assert away.is_away


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"last_day": "2026-12-23"}, "The last day must not be before the first."),
        ({"first_day": "2026-11-01", "last_day": "2026-11-02"}, "These days are over."),
        ({"last_day": "2028-12-24"}, "This is more than two years ahead."),
        ({"last_day": "2028-01-24"}, "This is longer than a year."),
        ({"first_day": "2026-02-30"}, "Enter a valid date."),
        ({"first_day": ""}, "This field is required."),
        ({"kind": "hours"}, "Enter a time."),
        ({"kind": "hours", "starts": "15:00", "ends": "13:00"}, "The end must be later"),
        ({"kind": "sick"}, "Select a valid choice."),
        ({"reason": "x" * 101}, "at most 100 characters"),
    ],
    ids=[
        "backwards", "over", "too far", "too long", "no such day", "no day", "no hours",
        "hours backwards", "no such kind", "a long reason",
    ],
)  # fmt: skip
def test_impossible_days_are_refused_at_their_field(
    desk: Client, wrong: dict[str, str], sentence: str
) -> None:
    answer = post(desk, "add_exception", {**AWAY, **wrong})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ScheduleException.objects.exists()


def test_two_exceptions_on_one_day_are_refused_by_form_verb_and_database(
    clock, idle: Clinician, desk: Client
) -> None:
    post(desk, "add_exception", AWAY)
    days = {"first_day": date(2026, 12, 26), "last_day": date(2026, 12, 30)}

    again = post(
        desk, "add_exception", {**AWAY, "first_day": "2026-12-26", "last_day": "2026-12-30"}
    )
    assert again.status_code == 422
    with pytest.raises(hours.DaysOverlap):
        hours.add_exception(idle, **days, starts=None, ends=None, reason="", by=idle.user)
    with pytest.raises(IntegrityError, match="exception_one_per_day"), transaction.atomic():
        ScheduleException.objects.create(clinician=idle, **days)


def test_visits_booked_in_days_away_are_counted_aloud_and_listed(
    clock, ada: Patient, bello: Clinician, visit_type: VisitType, signed_in: Callable
) -> None:
    start = world.next_slot(timedelta(days=1))  # Tuesday, 10:00 in Austin
    visit = world.book(world.make_intake(ada), bello, visit_type, starts_at=start)
    tuesday = {"first_day": "2026-11-24", "last_day": "2026-11-24"}
    desk = signed_in(bello)

    around = {**tuesday, "kind": "hours", "starts": "09:00", "ends": "12:00"}
    page = desk.post(reverse("add_exception"), around, follow=True).content.decode()
    assert "stays booked" not in page
    assert "Ada Rivera" not in page
    ScheduleException.objects.all().delete()

    answer = desk.post(reverse("add_exception"), {**tuesday, "kind": "away"}, follow=True)
    page = answer.content.decode().replace("\xa0", " ")
    assert "1 visit is booked in this time and stays booked" in page
    assert f'href="{reverse("chart", args=[visit.code])}"' in page
    assert "CST</time>, Ada Rivera" in page


def test_only_the_clinician_changes_the_hours(
    clock, idle: Clinician, chen: Clinician, ada: Patient, dana, signed_in: Callable
) -> None:
    for person in (ada, dana):
        assert signed_in(person).get(reverse("schedule")).status_code == 403
        assert post(signed_in(person), "add_hours", NINE_TO_NOON).status_code == 403
    with pytest.raises(PermissionDenied):
        hours.add(idle, weekday=MONDAY, starts=time(9), ends=time(12), by=chen.user)
