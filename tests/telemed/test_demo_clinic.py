"""The demo clinic: as the verbs would have left it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts import audit, licensing, npi, resending
from accounts.models import Clinician, License, Patient, User
from prescriptions import statements
from prescriptions.models import Prescription
from telemed import demo, front
from telemed.demo import doors
from tests import world
from triage.levels import Urgency
from triage.models import Intake
from visits import licensed, lifecycle, signing
from visits.models import Note, Status, Visit, VisitType

MONDAY = datetime(2026, 11, 23, 16, 7, tzinfo=UTC)  # 10:07 in Austin
# Sunday at 3 a.m., a quarter before the end of a day, and the two nights on which clocks change.
HOURS = [
    datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    datetime(2026, 11, 24, 5, 45, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 55, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
]


def seed(now: datetime) -> None:
    with mock.patch.object(timezone, "now", return_value=now):
        call_command("seed", verbosity=0)


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker) -> Iterator[None]:
    """One clinic for the tests of this file, each of which is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(MONDAY)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def harbor(seeded, db, clock) -> None:
    clock.now = MONDAY


def bello() -> Clinician:
    return Clinician.objects.select_related("user").get(user__email=doors.BELLO)


def ada() -> Patient:
    return Patient.objects.select_related("user").get(user__email=doors.ADA)


def test_six_clinicians_forty_patients_and_two_weeks(harbor) -> None:
    assert Clinician.objects.count() == 6
    assert Clinician.objects.values("profession").distinct().count() >= 5
    assert Clinician.objects.values("time_zone").distinct().count() >= 4
    assert Patient.objects.count() == 40
    days = {at.date() for at in Visit.objects.values_list("starts_at", flat=True)}
    assert (max(days) - min(days)).days >= 13
    assert all(npi.is_valid(each.npi) for each in Clinician.objects.all())


def test_everybody_is_invented(harbor) -> None:
    assert all(user.email.endswith("@example.com") for user in User.objects.all())
    assert all("-555-" in patient.phone for patient in Patient.objects.all())


def test_every_visit_went_only_where_the_table_allows(harbor) -> None:
    for visit in Visit.objects.prefetch_related("events"):
        events = list(visit.events.all())
        assert [event.from_status for event in events] == ["", *(e.to_status for e in events[:-1])]
        assert all(
            Status(after.to_status) in lifecycle.MOVES[Status(before.to_status)]
            for before, after in pairwise(events)
        )
        assert events[-1].to_status == visit.status
        assert all(before.at <= after.at for before, after in pairwise(events))
        assert events[-1].at <= MONDAY


def test_every_visit_is_with_somebody_licensed_there(harbor) -> None:
    visits = Visit.objects.prefetch_related("license_decisions", "clinician__licenses")
    for visit in visits.select_related("patient__user", "clinician"):
        decisions = list(visit.license_decisions.all())
        assert decisions
        assert all(decision.is_allowed for decision in decisions)
        facts = licensed.facts_of(visit.clinician, visit.clinician.licenses.all())
        day = licensed.day_for(visit, visit.starts_at)
        assert licensing.decide(facts, place=visit.place, on=day).is_allowed


def test_no_intake_should_have_stopped_the_booking(harbor) -> None:
    assert not [i for i in Intake.objects.all() if Urgency(i.urgency).stops_booking]
    assert not Intake.objects.filter(completed_at__isnull=True).exists()
    assert not Intake.objects.filter(answers__isnull=True).exists()


def test_completed_visits_have_signed_notes_that_are_intact(harbor) -> None:
    completed = Visit.objects.filter(status=Status.COMPLETED)
    assert completed.count() > 50
    assert not completed.filter(note__signed_at__isnull=True).exists()
    notes = Note.objects.select_related("visit", "signed_by")
    assert all(signing.is_intact(note) for note in notes)


def test_visits_that_ended_with_a_prescription_have_one_that_is_intact(harbor) -> None:
    with_one = Visit.objects.filter(status=Status.COMPLETED, outcome="prescription")
    assert with_one.count() > 10
    assert not with_one.filter(prescriptions__isnull=True).exists()
    signed = Prescription.objects.select_related("visit", "patient", "clinician")
    assert all(statements.is_intact(prescription) for prescription in signed)
    assert not signed.exclude(clinician__may_prescribe=True).exists()
    assert not signed.exclude(signed_at__gt=F("visit__started_at")).exists()


def test_the_audit_chain_is_whole_and_in_order_of_time(harbor) -> None:
    count, broken = audit.verify()
    assert broken is None
    assert count > 1000
    times = audit.AuditEvent.objects.order_by("id").values_list("at", flat=True)
    assert list(times) == sorted(times)
    assert max(times) <= MONDAY


def test_one_license_ends_soon_one_is_suspended_one_was_never_checked(harbor) -> None:
    soon = MONDAY.date() + timedelta(days=30)
    assert License.objects.filter(status="active", expires_on__lte=soon).exists()
    assert License.objects.filter(status="suspended").count() == 1
    assert License.objects.filter(verified_on__isnull=True).count() == 1


def test_the_message_that_failed_can_be_sent_again(harbor) -> None:
    dana = User.objects.get(email=doors.DANA)
    assert resending.resend(resending.resendable().get(), by=dana).status == "due"


def test_the_three_can_sign_in(harbor, settings) -> None:
    # The clinic was seeded once, before each test's quick hashes.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    for one in demo.sign_ins():
        assert len(one.passphrase) >= 15
        user = authenticate(None, username=one.email, password=one.passphrase)
        assert isinstance(user, User)
        assert EmailAddress.objects.filter(user=user, email=one.email, verified=True).exists()
        factor = Authenticator.objects.filter(user=user, type="totp").first()
        assert (factor is not None) == one.needs_code
        if factor:
            assert TOTP(factor).validate_code(doors.current_code().digits)


def test_nobody_else_has_the_passphrase(harbor) -> None:
    others = User.objects.exclude(email__in=[one.email for one in demo.sign_ins()])
    assert not [user for user in others if user.has_usable_password()]


def test_ada_has_a_profile_and_no_visit(harbor) -> None:
    assert ada().state == "TX"
    assert not ada().visits.exists()
    assert not ada().intakes.exists()


def test_opened_again_days_later_people_wait_anew_and_nothing_is_left_over(harbor, clock) -> None:
    own = world.book(
        world.make_intake(ada()), bello(), VisitType.objects.get(name="Video visit"),
        starts_at=MONDAY.replace(minute=40),
    )  # fmt: skip
    clock.move(days=5, hours=11)
    call_command("seed", "--freshen", verbosity=0)
    own.refresh_from_db()
    assert own.status == Status.NO_SHOW_PATIENT
    waiting = bello().visits.filter(status=Status.WAITING)
    assert waiting.count() == 2
    assert not [v for v in waiting if clock.now - v.starts_at > timedelta(hours=1)]
    left = Visit.objects.occupying().filter(starts_at__lt=clock.now - timedelta(hours=3))
    assert not left.exists()
    assert Visit.objects.filter(starts_at__gt=clock.now + timedelta(days=6)).exists()
    assert audit.verify()[1] is None


def test_freshening_twice_or_at_once_changes_nothing(harbor, django_assert_num_queries) -> None:
    before = Visit.objects.count()
    with django_assert_num_queries(1):
        call_command("seed", "--freshen", verbosity=0)
    assert Visit.objects.count() == before


def test_freshening_goes_round_what_somebody_booked(harbor, clock) -> None:
    clock.move(days=1)
    slot = clock.now.replace(minute=20)
    patient = Patient.objects.get(user__email="june.okafor@example.com")
    Visit.objects.occupying().filter(patient=patient).update(status=Status.CANCELLED)
    world.book(
        world.make_intake(patient), bello(), VisitType.objects.get(name="Video visit"),
        starts_at=slot,
    )  # fmt: skip
    call_command("seed", "--freshen", verbosity=0)
    assert bello().visits.filter(status=Status.WAITING).exists()


def test_a_database_with_people_in_it_is_left_alone(harbor) -> None:
    before = User.objects.count()
    with pytest.raises(CommandError, match="not empty; nothing was changed"):
        call_command("seed")
    assert User.objects.count() == before


def test_the_front_page_says_what_who_and_how_much(client: Client, harbor) -> None:
    page = client.get("/").content.decode()
    for part in ("Dr. Amara Bello", "Video visit", "$75", "911", "988", "Get started"):
        assert part in page


def test_a_suspended_license_is_no_place_to_treat(harbor) -> None:
    clinic = bello().clinic
    (morales,) = [f for f in front.faces_of(clinic) if f.clinician.name == "Lucía Morales"]
    assert "Georgia" in morales.states
    assert "South Carolina" not in morales.states


def test_somebody_signed_in_goes_on_to_their_own_page(signed_in, harbor) -> None:
    assert signed_in(ada()).get("/").url == "/home/"
