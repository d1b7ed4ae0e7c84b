"""Hold, confirm, let go, cancel, move: who may, when, and what it leaves behind."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEvent, Notice
from tests import world
from visits import booking, lifecycle
from visits.models import Status, Visit, VisitEvent, WeeklyHours

pytestmark = pytest.mark.django_db

START = datetime.fromisoformat("2026-11-26T15:00:00+00:00")  # Thursday, 9:00 in Austin


@pytest.fixture(autouse=True)
def _standing_clock(clock):
    """Monday morning, unless the test moves it."""


# --- hold ---


def test_a_hold_keeps_the_slot_for_ten_minutes(clock, intake, bello, visit_type):
    visit = world.hold(intake, bello, visit_type, starts_at=START)
    assert visit.status == Status.HELD
    assert visit.held_until == clock.now + timedelta(minutes=10)
    assert visit.price == visit_type.price
    assert (visit.starts_at, visit.ends_at) == (START, START + timedelta(minutes=20))
    decision = visit.license_decisions.get()
    assert (decision.moment, decision.code, decision.place) == ("booking", "FULL_LICENSE", "TX")
    assert "Texas" in decision.reasons
    event = visit.events.get()
    assert (event.from_status, event.to_status, event.actor) == ("", "held", intake.patient.user)
    assert AuditEvent.objects.get(action="visit.hold").patient == intake.patient


def test_a_second_click_gets_the_same_hold(intake, bello, visit_type):
    first = world.hold(intake, bello, visit_type, starts_at=START)
    assert world.hold(intake, bello, visit_type, starts_at=START).pk == first.pk


def test_another_time_for_the_same_need_lets_the_first_one_go(intake, bello, chen, visit_type):
    first = world.hold(intake, bello, visit_type, starts_at=START)
    second = world.hold(intake, chen, visit_type, starts_at=START)
    first.refresh_from_db()
    assert (first.status, second.status) == (Status.RELEASED, Status.HELD)
    assert first.events.last().reason == "replaced"


def test_a_time_that_somebody_holds_is_taken(intake, zed, bello, visit_type):
    world.hold(intake, bello, visit_type, starts_at=START)
    with pytest.raises(booking.SlotTaken):
        world.hold(world.make_intake(zed), bello, visit_type, starts_at=START)


def test_a_hold_that_ended_is_in_nobodys_way(clock, intake, zed, bello, visit_type):
    old = world.hold(intake, bello, visit_type, starts_at=START)
    clock.move(minutes=10)
    new = world.hold(world.make_intake(zed), bello, visit_type, starts_at=START)
    old.refresh_from_db()
    assert (old.status, new.status) == (Status.RELEASED, Status.HELD)
    assert old.events.last().reason == "expired"
    assert old.events.last().actor is None


def test_a_patient_is_not_booked_twice_at_one_time(ada, intake, bello, chen, visit_type):
    world.book(intake, bello, visit_type, starts_at=START)
    with pytest.raises(booking.AlreadyBookedThen):
        world.hold(world.make_intake(ada), chen, visit_type, starts_at=START)


def test_a_need_that_is_booked_is_not_booked_again(intake, bello, visit_type):
    world.book(intake, bello, visit_type, starts_at=START)
    with pytest.raises(booking.AlreadyBooked):
        world.hold(intake, bello, visit_type, starts_at=START + timedelta(hours=1))


@pytest.mark.parametrize(
    "start",
    [
        START + timedelta(minutes=7),
        datetime.fromisoformat("2026-11-23T16:00:00+00:00"),
        datetime.fromisoformat("2026-11-23T15:40:00+00:00"),
        datetime.fromisoformat("2026-12-21T16:20:00+00:00"),
    ],
    ids=["off the grid", "this minute", "in the past", "in more than four weeks"],
)
def test_a_time_that_was_never_offered_is_refused(intake, bello, visit_type, start):
    with pytest.raises(booking.NotASlot):
        world.hold(intake, bello, visit_type, starts_at=start)


def test_the_last_moment_of_four_weeks_is_a_slot(intake, bello, visit_type):
    last = datetime.fromisoformat("2026-12-21T16:00:00+00:00")
    assert world.hold(intake, bello, visit_type, starts_at=last).status == Status.HELD


def test_outside_the_hours_there_is_no_slot(intake, bello, visit_type):
    WeeklyHours.objects.filter(clinician=bello).update(starts="10:00", ends="12:00")
    with pytest.raises(booking.NotASlot):
        world.hold(intake, bello, visit_type, starts_at=START)


def test_only_somebody_of_the_right_profession_who_works_here(intake, bello, visit_type, clinic):
    therapist = world.make_clinician(clinic, "Lin Park", profession="pt", may_prescribe=False)
    with pytest.raises(booking.NotASlot):
        world.hold(intake, therapist, visit_type, starts_at=START)
    bello.user.memberships.update(is_active=False)
    with pytest.raises(booking.NotASlot):
        world.hold(intake, bello, visit_type, starts_at=START)


def test_a_visit_type_that_is_no_longer_given_is_refused(intake, bello, visit_type):
    visit_type.is_active = False
    visit_type.save()
    with pytest.raises(booking.NotASlot):
        world.hold(intake, bello, visit_type, starts_at=START)


def test_no_license_where_the_patient_is(ada, bello, visit_type):
    with pytest.raises(booking.NotLicensed):
        world.hold(world.make_intake(ada, place="CA"), bello, visit_type, starts_at=START)


def test_a_license_is_good_through_its_last_day_on_the_patients_calendar(intake, bello, visit_type):
    license = bello.licenses.get()
    license.expires_on = "2026-11-25"
    license.save()
    # 23:40 on the 25th in Austin is already the 26th in UTC.
    late = datetime.fromisoformat("2026-11-26T05:40:00+00:00")
    assert world.hold(intake, bello, visit_type, starts_at=late).status == Status.HELD
    with pytest.raises(booking.NotLicensed):
        world.hold(intake, bello, visit_type, starts_at=late + timedelta(minutes=20))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"completed_at": None}, "intake_incomplete"),
        ({"urgency": ""}, "intake_incomplete"),
        ({"urgency": "urgent_in_person"}, "in_person_first"),
    ],
)
def test_an_intake_that_is_not_ready_books_nothing(ada, bello, visit_type, changed, code):
    with pytest.raises(booking.IntakeNotReady) as refused:
        world.hold(world.make_intake(ada, **changed), bello, visit_type, starts_at=START)
    assert refused.value.code == code


def test_an_emergency_books_nothing_and_stops_a_hold(clock, intake, bello, visit_type):
    held = world.hold(intake, bello, visit_type, starts_at=START)
    intake.completed_at, intake.urgency = None, "emergency_now"
    intake.emergency_at = clock.now
    intake.save()
    for act in (
        lambda: world.hold(intake, bello, visit_type, starts_at=START),
        lambda: booking.confirm(held, by=intake.patient.user),
    ):
        with pytest.raises(booking.IntakeNotReady) as refused:
            act()
        assert refused.value.code == "emergency"


def test_answers_of_yesterday_must_be_given_again(clock, intake, bello, visit_type):
    clock.move(hours=24)
    assert world.hold(intake, bello, visit_type, starts_at=START)
    clock.move(seconds=1)
    with pytest.raises(booking.IntakeNotReady) as refused:
        world.hold(intake, bello, visit_type, starts_at=START)
    assert refused.value.code == "intake_old"


def test_nobody_books_for_somebody_else(intake, zed, bello, visit_type):
    with pytest.raises(PermissionDenied):
        booking.hold(intake, clinician=bello, visit_type=visit_type, starts_at=START, by=zed.user)
    assert not Visit.objects.exists()


# --- confirm, release ---


def test_confirming_books_and_puts_the_notices_into_the_outbox(clock, intake, bello, visit_type):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    assert (visit.status, visit.held_until) == (Status.BOOKED, None)
    due = {notice.kind: notice.due_at for notice in Notice.objects.all()}
    assert due == {
        "visit.booked": clock.now,
        "visit.reminder_day": START - timedelta(days=1),
        "visit.reminder_hour": START - timedelta(hours=1),
    }


def test_confirming_twice_changes_nothing(intake, bello, visit_type):
    held = world.hold(intake, bello, visit_type, starts_at=START)
    booking.confirm(held, by=intake.patient.user)
    booking.confirm(held, by=intake.patient.user)
    assert held.events.count() == 2
    assert Notice.objects.count() == 3


def test_after_ten_minutes_a_hold_cannot_be_confirmed(clock, intake, bello, visit_type):
    held = world.hold(intake, bello, visit_type, starts_at=START)
    clock.move(minutes=10)
    with pytest.raises(booking.HoldExpired):
        booking.confirm(held, by=intake.patient.user)


def test_letting_go_frees_the_time_once(intake, zed, bello, visit_type):
    held = world.hold(intake, bello, visit_type, starts_at=START)
    booking.release(held, by=intake.patient.user)
    booking.release(held, by=intake.patient.user)
    assert held.events.count() == 2
    assert world.hold(world.make_intake(zed), bello, visit_type, starts_at=START)
    with pytest.raises(booking.HoldExpired):
        booking.confirm(held, by=intake.patient.user)


def test_a_stranger_confirms_and_lets_go_nothing(intake, zed, bello, visit_type):
    held = world.hold(intake, bello, visit_type, starts_at=START)
    for act in (booking.confirm, booking.release):
        with pytest.raises(PermissionDenied):
            act(held, by=zed.user)


def test_clearing_away_takes_ended_holds_alone(clock, intake, zed, bello, visit_type):
    old = world.hold(intake, bello, visit_type, starts_at=START)
    clock.move(minutes=10)
    new = world.hold(
        world.make_intake(zed), bello, visit_type, starts_at=START + timedelta(hours=1)
    )
    assert booking.release_expired() == 1
    assert booking.release_expired() == 0
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == (Status.RELEASED, Status.HELD)


# --- cancel ---


def test_cancelling_frees_the_time_and_takes_the_reminders_back(intake, zed, bello, visit_type):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    booking.cancel(visit, by=intake.patient.user, reason="better")
    assert world.book(world.make_intake(zed), bello, visit_type, starts_at=START)
    sent = dict(Notice.objects.filter(subject_code=visit.code).values_list("kind", "status"))
    assert sent == {
        "visit.booked": "stale",
        "visit.reminder_day": "stale",
        "visit.reminder_hour": "stale",
        "visit.cancelled": "due",
    }
    assert visit.events.last().reason == "better"


def test_a_cancelled_visit_cannot_come_back_after_its_time_was_sold(
    intake, zed, bello, visit_type, run_sql
):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    booking.cancel(visit, by=intake.patient.user, reason="better")
    world.book(world.make_intake(zed), bello, visit_type, starts_at=START)
    with pytest.raises(lifecycle.NotNow):
        booking.confirm(visit, by=intake.patient.user)
    with pytest.raises(Exception, match="visit_moves_as_allowed"):
        run_sql("UPDATE visits_visit SET status = 'booked' WHERE id = %s", visit.pk)


def test_its_clinician_may_cancel_and_another_one_may_not(intake, bello, chen, visit_type):
    visit = world.book(intake, bello, visit_type, starts_at=START)
    with pytest.raises(PermissionDenied):
        booking.cancel(visit, by=chen.user)
    cancelled = booking.cancel(visit, by=bello.user)
    assert cancelled.status == Status.CANCELLED
    assert visit.events.last().reason == "clinician"


def test_a_visit_in_progress_is_ended_and_not_cancelled(in_progress):
    with pytest.raises(lifecycle.NotNow):
        booking.cancel(in_progress, by=in_progress.patient.user, reason="better")


# --- reschedule ---


def test_moving_makes_a_new_visit_at_the_old_price(intake, zed, bello, chen, visit_type):
    old = world.book(intake, bello, visit_type, starts_at=START)
    visit_type.price = 500
    visit_type.save()
    later = START + timedelta(days=1)
    new = booking.reschedule(old, starts_at=later, clinician=chen, by=intake.patient.user)
    old.refresh_from_db()
    assert (old.status, new.status, new.moved_from) == (Status.RESCHEDULED, Status.BOOKED, old)
    assert (new.intake, new.clinician, new.starts_at) == (intake, chen, later)
    assert new.price == old.price != visit_type.price
    assert new.license_decisions.get().moment == "booking"
    waiting = Notice.objects.filter(status="due").values_list("key", flat=True)
    assert set(waiting) == {
        f"visit.moved:{new.code}",
        f"visit.reminder_day:{new.code}",
        f"visit.reminder_hour:{new.code}",
    }
    assert world.book(world.make_intake(zed), bello, visit_type, starts_at=START)


def test_a_move_to_a_taken_time_leaves_everything_as_it_was(intake, zed, bello, visit_type):
    old = world.book(intake, bello, visit_type, starts_at=START)
    later = START + timedelta(days=1)
    world.book(world.make_intake(zed), bello, visit_type, starts_at=later)
    with pytest.raises(booking.SlotTaken):
        booking.reschedule(old, starts_at=later, clinician=bello, by=intake.patient.user)
    old.refresh_from_db()
    assert old.status == Status.BOOKED
    assert old.events.count() == 2


def test_a_visit_moves_into_time_that_it_takes_up_itself(intake, bello, clinic):
    long = world.make_visit_type(clinic, minutes=90)
    old = world.book(intake, bello, long, starts_at=START)
    half = START + timedelta(minutes=30)
    new = booking.reschedule(old, starts_at=half, clinician=bello, by=intake.patient.user)
    assert new.starts_at == half


def test_a_visit_whose_time_is_over_is_not_moved(clock, intake, bello, visit_type):
    old = world.book(intake, bello, visit_type)
    clock.now = old.ends_at
    with pytest.raises(lifecycle.NotNow):
        booking.reschedule(old, starts_at=START, clinician=bello, by=intake.patient.user)


def test_nobody_moves_somebody_elses_visit(intake, zed, bello, visit_type):
    old = world.book(intake, bello, visit_type, starts_at=START)
    later = START + timedelta(days=1)
    for user in (zed.user, bello.user):
        with pytest.raises(PermissionDenied):
            booking.reschedule(old, starts_at=later, clinician=bello, by=user)


# --- what it costs ---


def _count(django_assert_max_num_queries, limit, act):
    with django_assert_max_num_queries(limit) as queries:
        act()
    return len(queries)


def test_ten_more_rows_of_everything_and_no_more_queries(
    clinic, ada, bello, visit_type, django_assert_max_num_queries
):
    def book(start):
        intake = world.make_intake(ada)
        held = []

        def hold():
            held.append(world.hold(intake, bello, visit_type, starts_at=start))

        return (
            _count(django_assert_max_num_queries, 12, hold),
            _count(
                django_assert_max_num_queries, 10, lambda: booking.confirm(held[0], by=ada.user)
            ),
        )

    before = book(START)
    for n in range(10):
        world.make_license(bello, ("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA")[n])
        WeeklyHours.objects.create(
            clinician=bello, weekday=n % 7, starts="08:00", ends="09:00", valid_from="2026-01-01"
        )
        patient = world.make_patient(clinic)
        start = START + timedelta(hours=2 + n)
        world.book(world.make_intake(patient), bello, visit_type, starts_at=start)
    assert book(START + timedelta(hours=1)) == before


def test_every_status_is_an_event(completed):
    story = VisitEvent.objects.filter(visit=completed).values_list("to_status", flat=True)
    assert list(story) == ["held", "booked", "checked_in", "waiting", "in_progress", "completed"]
