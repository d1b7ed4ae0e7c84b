"""Who is offered, on which days, and why there is nothing."""

from datetime import date, datetime, timedelta

import pytest

from tests import world
from visits import booking, finding
from visits.models import ScheduleException, WeeklyHours

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


@pytest.fixture
def find(clock, visit_type):
    def run(intake, *, first_day=MONDAY, days=7, visit_type=visit_type, moving=None):
        return finding.find(
            intake, visit_type, first_day=first_day, days=days, now=clock.now, moving=moving
        )

    return run


def names(found):
    return sorted(offer.clinician.name for offer in found.offers)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def test_those_who_may_treat_here_are_offered(find, intake, bello, chen):
    chen.licenses.update(status="restricted")
    found = find(intake)
    assert names(found) == [bello.name]
    assert found.offers[0].decision.code == "FULL_LICENSE"
    assert found.nothing is None


def test_the_first_start_keeps_the_notice(find, clock, intake, bello):
    first = find(intake).offers[0].days[MONDAY][0]
    assert first == utc("2026-11-23T16:20")
    clock.now = utc("2026-11-23T16:10")
    assert find(intake).offers[0].days[MONDAY][0] == utc("2026-11-23T16:20")
    clock.move(seconds=1)
    assert find(intake).offers[0].days[MONDAY][0] == utc("2026-11-23T16:40")


def test_days_are_those_of_the_patients_calendar(find, intake, bello):
    """A clinician in Honolulu at 22:00 on Tuesday is there at 2:00 on the patient's Wednesday."""
    bello.time_zone = "Pacific/Honolulu"
    bello.save()
    WeeklyHours.objects.filter(clinician=bello).delete()
    WeeklyHours.objects.create(
        clinician=bello, weekday=1, starts="22:00", ends="23:00", valid_from="2020-01-01"
    )
    days = find(intake).offers[0].days
    assert days == {date(2026, 11, 25): [utc("2026-11-25T08:00") + n * timedelta(minutes=20)
                                         for n in range(3)]}  # fmt: skip
    assert find(intake, first_day=date(2026, 11, 25), days=1).offers[0].days == days
    assert find(intake, first_day=date(2026, 11, 24), days=1).offers == []


def test_a_license_that_ends_takes_the_days_after_with_it(find, intake, bello):
    bello.licenses.update(expires_on="2026-11-25")
    assert list(find(intake).offers[0].days) == [MONDAY + timedelta(days=n) for n in range(3)]


def test_taken_time_is_not_offered(find, intake, zed, bello, visit_type):
    start = utc("2026-11-24T15:00")
    world.book(world.make_intake(zed), bello, visit_type, starts_at=start)
    day = find(intake).offers[0].days[date(2026, 11, 24)]
    assert start not in day
    assert {start - timedelta(minutes=20), start + timedelta(minutes=20)} <= set(day)


def test_the_patients_own_visit_blocks_that_time_with_everybody(
    find, ada, intake, bello, chen, visit_type
):
    start = utc("2026-11-24T15:00")
    world.book(world.make_intake(ada), bello, visit_type, starts_at=start)
    assert all(start not in offer.days[date(2026, 11, 24)] for offer in find(intake).offers)


def test_what_one_would_give_up_is_offered_again(find, clock, intake, zed, bello, visit_type):
    start, day = utc("2026-11-24T15:00"), date(2026, 11, 24)
    other = world.make_intake(zed)
    world.hold(intake, bello, visit_type, starts_at=start)
    assert start in find(intake).offers[0].days[day]
    assert start not in find(other).offers[0].days[day]
    clock.move(minutes=10)
    assert start in find(other).offers[0].days[day]
    visit = world.book(intake, bello, visit_type, starts_at=start)
    assert start not in find(intake).offers[0].days[day]
    assert start in find(intake, moving=visit).offers[0].days[day]


def test_every_offered_start_can_be_held(find, clinic, intake, bello, visit_type):
    long = world.make_visit_type(clinic, minutes=50)
    for type in (visit_type, long):
        days = find(intake, visit_type=type).offers[0].days
        for start in (min(days[MONDAY]), max(days[max(days)])):
            booking.hold(
                intake, clinician=bello, visit_type=type, starts_at=start, by=intake.patient.user
            )


def test_nothing_lies_behind_four_weeks(find, clock, intake, bello):
    last = find(intake, first_day=MONDAY + timedelta(days=28)).offers[0].days
    assert list(last) == [MONDAY + timedelta(days=28)]
    assert max(last[MONDAY + timedelta(days=28)]) < clock.now + finding.HORIZON


def test_nobody_treats_themselves(find, clinic, bello, visit_type):
    patient = world.make_patient(clinic, user=bello.user)
    assert find(world.make_intake(patient)).nothing.code == "nobody_gives_it"


# --- why there is nothing ---


def test_outside_the_united_states(find, ada, bello):
    nothing = find(world.make_intake(ada, place="outside")).nothing
    assert nothing.code == "outside_us"
    assert "outside the United States" in str(nothing.sentence)


def test_nobody_of_the_profession(find, clinic, intake, bello):
    for_therapy = world.make_visit_type(clinic, professions=["slp"])
    assert find(intake, visit_type=for_therapy).nothing.code == "nobody_gives_it"


def test_nobody_licensed_there(find, ada, bello):
    nothing = find(world.make_intake(ada, place="VT")).nothing
    assert (nothing.code, nothing.day) == ("nobody_licensed", None)
    assert "licensed in Vermont" in str(nothing.sentence)


def test_nothing_free_until_a_day(find, intake, bello):
    ScheduleException.objects.create(
        clinician=bello, first_day=MONDAY, last_day=MONDAY + timedelta(days=9)
    )
    nothing = find(intake).nothing
    assert (nothing.code, nothing.day) == ("no_time_until", date(2026, 12, 3))
    assert "Thursday, December 3" in str(nothing.sentence)


def test_nothing_free_at_all(find, intake, bello):
    WeeklyHours.objects.all().delete()
    assert find(intake).nothing.code == "no_time"


# --- what it costs ---


def test_ten_more_of_everything_and_no_more_queries(
    find, clinic, intake, bello, visit_type, django_assert_num_queries
):
    with django_assert_num_queries(5):
        find(intake)
    for n in range(10):
        clinician = world.make_clinician(clinic, f"Dr. Number {n}", states=("TX", "CA"))
        ScheduleException.objects.create(
            clinician=clinician, first_day=date(2026, 12, 1), last_day=date(2026, 12, 2)
        )
        patient = world.make_patient(clinic)
        start = utc("2026-11-24T15:00") + n * timedelta(minutes=20)
        world.book(world.make_intake(patient), bello, visit_type, starts_at=start)
    with django_assert_num_queries(5):
        assert len(find(intake).offers) == 11
    with django_assert_num_queries(6):
        find(intake, first_day=MONDAY + timedelta(days=29))
