"""From where to where, who may, and what each move leaves behind."""

import contextlib
import itertools
import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEvent, Consent
from accounts.refusal import Refused
from tests import world
from visits import booking, lifecycle
from visits.models import OCCUPYING, OVER, LicenseDecision, Status, VisitEvent
from visits.signals import visit_moved

pytestmark = pytest.mark.django_db

WHERE = {"street": "5 Oak Road", "city": "Dallas", "phone": "214-555-0111"}


@pytest.fixture(autouse=True)
def _standing_clock(clock):
    """Monday morning, unless the test moves it."""


# --- one table, twice ---


def test_the_trigger_allows_what_the_table_allows_and_nothing_else(run_sql):
    source = run_sql("SELECT prosrc FROM pg_proc WHERE proname = 'visit_moves_as_allowed'")[0][0]
    pairs = {tuple(pair.split()) for pair in re.findall(r"'(\w+ \w+)'", source)}
    assert pairs == {(a, b) for a, allowed in lifecycle.MOVES.items() for b in allowed}


def test_every_status_is_in_the_table_and_what_is_over_stays_over():
    assert set(lifecycle.MOVES) == set(Status)
    assert {status for status, moves in lifecycle.MOVES.items() if not moves} == set(OVER)
    assert all(lifecycle.MOVES[Status(status)] for status in OCCUPYING)


def test_the_database_refuses_every_other_move(booked, run_sql):
    refused = 0
    for came_from, to in itertools.permutations(Status, 2):
        # Past the trigger, to begin from each status in turn.
        run_sql("SET LOCAL session_replication_role = replica")
        run_sql(
            "UPDATE visits_visit SET status = %s, outcome = 'advice', held_until = now()"
            " WHERE id = %s",
            came_from.value,
            booked.pk,
        )
        run_sql("SET LOCAL session_replication_role = DEFAULT")
        move = "UPDATE visits_visit SET status = %s WHERE id = %s"
        if to in lifecycle.MOVES[came_from]:
            run_sql(move, to.value, booked.pk)
        else:
            with pytest.raises(IntegrityError, match="visit_moves"), transaction.atomic():
                run_sql(move, to.value, booked.pk)
            refused += 1
    assert refused == 12 * 11 - sum(len(moves) for moves in lifecycle.MOVES.values())


def test_events_and_decisions_are_only_ever_added(booked, run_sql):
    for table in ("visits_visitevent", "visits_licensedecision"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET visit_id = visit_id"):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                run_sql(change)


# --- check-in ---


def test_checking_in_says_where_and_agrees(clock, booked):
    visit = lifecycle.check_in(booked, by=booked.patient.user, place="TX", **WHERE)
    assert (visit.status, visit.checked_in_at, visit.place) == ("checked_in", clock.now, "TX")
    intake = visit.intake
    intake.refresh_from_db()
    assert (intake.street, intake.city, intake.place_at) == ("5 Oak Road", "Dallas", clock.now)
    consent = Consent.objects.get()
    assert (consent.patient, consent.version) == (visit.patient, lifecycle.CONSENT_VERSION)
    assert (consent.state, consent.language) == ("TX", "en")
    decision = visit.license_decisions.last()
    assert (decision.moment, decision.is_allowed) == (LicenseDecision.Moment.JOIN, True)


def test_check_in_opens_half_an_hour_before(clock, intake, bello, visit_type):
    start = world.next_slot(timedelta(hours=3))
    visit = world.book(intake, bello, visit_type, starts_at=start)
    clock.now = start - timedelta(minutes=30, seconds=1)
    with pytest.raises(lifecycle.TooEarly):
        world.check_in(visit)
    clock.move(seconds=1)
    assert world.check_in(visit).status == Status.CHECKED_IN


def test_in_another_state_the_patient_waits_and_is_not_admitted(clock, booked):
    visit = world.check_in(booked, place="CA")
    assert visit.license_decisions.last().code == "NO_AUTHORITY_HELD"
    visit = lifecycle.arrive(visit, by=visit.patient.user)
    with pytest.raises(lifecycle.NotLicensedHere):
        lifecycle.admit(visit, by=visit.clinician.user)
    visit.refresh_from_db()
    assert (visit.status, visit.started_at) == (Status.WAITING, None)


def test_a_corrected_place_is_decided_anew(clock, booked):
    visit = lifecycle.arrive(world.check_in(booked, place="CA"), by=booked.patient.user)
    clock.move(minutes=1)
    visit = lifecycle.attest_place(visit, by=visit.patient.user, place="TX", **WHERE)
    assert (visit.status, visit.place) == (Status.WAITING, "TX")
    assert lifecycle.admit(visit, by=visit.clinician.user).status == Status.IN_PROGRESS


def test_a_license_that_ended_in_between_stops_the_visit(booked):
    booked.clinician.licenses.update(status="suspended")
    visit = world.wait(booked)
    with pytest.raises(lifecycle.NotLicensedHere):
        lifecycle.admit(visit, by=visit.clinician.user)


def test_a_license_suspended_after_the_check_in_stops_the_visit_until_it_is_back(waiting):
    waiting.clinician.licenses.update(status="suspended")
    with pytest.raises(lifecycle.NotLicensedHere):
        lifecycle.admit(waiting, by=waiting.clinician.user)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.started_at) == (Status.WAITING, None)
    decision = waiting.license_decisions.last()
    assert (decision.moment, decision.is_allowed) == (LicenseDecision.Moment.JOIN, False)

    waiting.clinician.licenses.update(status="active")
    assert lifecycle.admit(waiting, by=waiting.clinician.user).status == Status.IN_PROGRESS
    assert waiting.license_decisions.last().is_allowed


def test_where_one_is_can_be_corrected_only_between_check_in_and_the_visit(booked, in_progress):
    with pytest.raises(lifecycle.NotNow):
        lifecycle.attest_place(in_progress, by=booked.patient.user, place="TX", **WHERE)


# --- who may ---


@pytest.mark.parametrize("who", ["bello", "chen", "zed", "dana"])
def test_only_the_patient_checks_in_and_arrives(request, who, booked):
    person = request.getfixturevalue(who)
    user = getattr(person, "user", person)
    with pytest.raises(PermissionDenied):
        lifecycle.check_in(booked, by=user, place="TX", **WHERE)
    checked_in = world.check_in(booked)
    with pytest.raises(PermissionDenied):
        lifecycle.arrive(checked_in, by=user)
    with pytest.raises(PermissionDenied):
        lifecycle.attest_place(checked_in, by=user, place="TX", **WHERE)


@pytest.mark.parametrize("who", ["ada", "chen", "zed", "dana"])
def test_only_its_clinician_does_the_clinicians_part(request, clock, who, waiting):
    person = request.getfixturevalue(who)
    user = getattr(person, "user", person)
    clock.now = waiting.starts_at + timedelta(hours=1)
    for act in (
        lambda: lifecycle.admit(waiting, by=user),
        lambda: lifecycle.put_back(waiting, by=user),
        lambda: lifecycle.complete(waiting, by=user, outcome="advice"),
        lambda: lifecycle.no_show(waiting, by=user),
        lambda: lifecycle.redirect(waiting, by=user, reason="in_person"),
    ):
        with pytest.raises(PermissionDenied):
            act()


# --- the visit ---


def test_put_back_and_admitted_again_the_visit_keeps_its_start(clock, in_progress):
    started = in_progress.started_at
    waiting = lifecycle.put_back(in_progress, by=in_progress.clinician.user)
    since = waiting.waiting_since
    clock.move(minutes=5)
    again = lifecycle.admit(waiting, by=waiting.clinician.user)
    assert (again.started_at, again.waiting_since) == (started, since)


@pytest.mark.parametrize("outcome", ["", "cured"])
def test_a_visit_ends_with_a_known_outcome(in_progress, outcome):
    with pytest.raises(Refused) as refused:
        lifecycle.complete(in_progress, by=in_progress.clinician.user, outcome=outcome)
    assert refused.value.code == "outcome_needed"


def test_no_show_is_said_from_ten_minutes_after_the_start(clock, booked):
    clock.now = booked.starts_at + timedelta(minutes=9, seconds=59)
    with pytest.raises(lifecycle.TooEarly):
        lifecycle.no_show(booked, by=booked.clinician.user)
    clock.move(seconds=1)
    visit = lifecycle.no_show(booked, by=booked.clinician.user)
    assert (visit.status, visit.ended_at) == (Status.NO_SHOW_PATIENT, clock.now)


def test_a_redirection_says_where_to(waiting):
    with pytest.raises(Refused):
        lifecycle.redirect(waiting, by=waiting.clinician.user, reason="elsewhere")
    visit = lifecycle.redirect(waiting, by=waiting.clinician.user, reason="emergency")
    assert (visit.status, visit.events.last().reason) == (Status.REDIRECTED, "emergency")


def test_a_copy_that_is_a_click_old_decides_nothing(booked):
    world.check_in(booked)
    assert booked.status == Status.BOOKED
    with pytest.raises(lifecycle.NotNow):
        world.check_in(booked)


def test_each_move_is_audited_once_and_told_after_the_commit(
    booked, django_capture_on_commit_callbacks
):
    heard = []

    def hear(sender, visit, event, **_):
        heard.append((visit.code, event.to_status))

    visit_moved.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            visit = world.check_in(booked)
            assert heard == []
    finally:
        visit_moved.disconnect(hear)
    assert heard == [(visit.code, "checked_in")]
    assert AuditEvent.objects.filter(action="visit.check_in").count() == 1


# --- any clicks in any order ---

CLICKS = {
    "check_in": lambda visit: world.check_in(visit),
    "elsewhere": lambda visit: world.check_in(visit, place="CA"),
    "arrive": lambda visit: lifecycle.arrive(visit, by=visit.patient.user),
    "admit": lambda visit: lifecycle.admit(visit, by=visit.clinician.user),
    "put_back": lambda visit: lifecycle.put_back(visit, by=visit.clinician.user),
    "complete": lambda visit: lifecycle.complete(
        visit, by=visit.clinician.user, outcome="follow_up"
    ),
    "no_show": lambda visit: lifecycle.no_show(visit, by=visit.clinician.user),
    "redirect": lambda visit: lifecycle.redirect(
        visit, by=visit.clinician.user, reason="in_person"
    ),
    "cancel": lambda visit: booking.cancel(visit, by=visit.patient.user, reason="other"),
    "confirm": lambda visit: booking.confirm(visit, by=visit.patient.user),
    "release": lambda visit: booking.release(visit, by=visit.patient.user),
}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(clicks=st.lists(st.sampled_from(sorted(CLICKS)), max_size=8))
def test_whatever_is_clicked_the_story_is_whole(booked, clicks):
    with transaction.atomic():
        for click in clicks:
            with contextlib.suppress(Refused):
                CLICKS[click](booked)
        booked.refresh_from_db()
        story = list(
            VisitEvent.objects.filter(visit=booked).values_list("from_status", "to_status")
        )
        assert story[-1][1] == booked.status
        assert [to for _from, to in story[:-1]] == [came_from for came_from, _to in story[1:]]
        assert all(Status(b) in lifecycle.MOVES[Status(a)] for a, b in story[1:])
        if booked.status == Status.IN_PROGRESS:
            assert booked.license_decisions.last().is_allowed
        transaction.set_rollback(True)
