"""Makes valid worlds: people directly, every state of a visit through the verbs."""

import itertools
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone

from accounts import npi
from accounts.models import Clinic, Clinician, License, Membership, Patient, User
from triage.models import HistoryReview, Intake
from visits import booking, lifecycle
from visits.models import Visit, VisitType, WeeklyHours

PASSPHRASE = "calm river lantern 7"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = itertools.count(1)


def make_user(name: str, **fields: object) -> User:
    email = f"{name.split()[-1].lower()}{next(_numbers)}@example.com"
    user = User.objects.create_user(
        email, PASSPHRASE, name=name, time_zone="America/Chicago", **fields
    )
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_clinic(name: str = "Harbor Clinic") -> Clinic:
    return Clinic.objects.create(
        name=name,
        phone="512-555-0100",
        street="1 Pier Street",
        city="Austin",
        state="TX",
        postal_code="78701",
        time_zone="America/Chicago",
    )


def make_patient(clinic: Clinic, name: str = "Ada Rivera", **fields: object) -> Patient:
    values = {
        "user": make_user(name),
        "name": name,
        "born_on": date(1988, 5, 4),
        "sex": "female",
        "phone": "512-555-0142",
        "street": "12 Elm Street",
        "city": "Austin",
        "state": "TX",
        "postal_code": "78702",
    }
    return Patient.objects.create(clinic=clinic, **(values | fields))


def give_second_factor(user: User) -> None:
    TOTP.activate(user, TOTP_SECRET)


def make_admin(clinic: Clinic, name: str = "Dana Ortiz") -> User:
    user = make_user(name)
    Membership.objects.create(user=user, clinic=clinic, role=Membership.Role.ADMIN)
    give_second_factor(user)
    return user


def make_clinician(
    clinic: Clinic,
    name: str = "Dr. Amara Bello",
    *,
    states: tuple[str, ...] = ("TX",),
    around_the_clock: bool = True,
    **fields: object,
) -> Clinician:
    """A licensed clinician with hours; by default bookable at any time of any day."""
    user = make_user(name)
    Membership.objects.create(user=user, clinic=clinic, role=Membership.Role.CLINICIAN)
    give_second_factor(user)
    nine = f"1{next(_numbers):08d}"
    values = {
        "credentials": "MD",
        "profession": "physician",
        "languages": ["en", "es"],
        "home_state": "TX",
        "time_zone": "America/Chicago",
        "may_prescribe": True,
    }
    clinician = Clinician.objects.create(
        clinic=clinic, user=user, name=name, npi=nine + npi.check_digit(nine), **(values | fields)
    )
    for state in states:
        make_license(clinician, state)
    if around_the_clock:
        WeeklyHours.objects.bulk_create(
            WeeklyHours(
                clinician=clinician,
                weekday=day,
                starts=time(0),
                ends=time(0),
                valid_from=date(2020, 1, 1),
            )
            for day in range(7)
        )
    return clinician


def make_license(clinician: Clinician, state: str, **fields: object) -> License:
    values = {
        "kind": "license",
        "number": f"{state}-{next(_numbers):05d}",
        "issued_on": date(2020, 1, 1),
        "expires_on": date(2030, 12, 31),
    }
    return License.objects.create(clinician=clinician, state=state, **(values | fields))


def make_visit_type(clinic: Clinic, **fields: object) -> VisitType:
    values = {
        "name": "Video visit",
        "name_es": "Consulta por video",
        "about": "A new or ongoing problem",
        "about_es": "Un problema nuevo o conocido",
        "minutes": 20,
        "price": Decimal("75.00"),
        "professions": ["physician", "np"],
    }
    return VisitType.objects.create(clinic=clinic, **(values | fields))


def make_intake(patient: Patient, *, place: str = "TX", **fields: object) -> Intake:
    """A complete intake of somebody whom a video visit suits."""
    now = timezone.now()
    values = {
        "street": "12 Elm Street",
        "city": "Austin",
        "phone": "512-555-0142",
        "place_at": now,
        "reason": "A runny nose and a mild cough for three days.",
        "pregnancy": "no",
        "urgency": "video_suits",
        "completed_at": now,
    }
    intake = Intake.objects.create(
        patient=patient, started_by=patient.user, place=place, **(values | fields)
    )
    for kind in ("condition", "medicine", "allergy"):
        HistoryReview.objects.create(intake=intake, kind=kind, said_none=True)
    return intake


def next_slot(after: timedelta = timedelta(minutes=11)) -> datetime:
    """A start on the 20-minute grid, so that it is a slot of an around-the-clock clinician.

    10 to 30 minutes ahead: late enough to be booked, early enough to check in at once.
    """
    moment = (timezone.now() + after).replace(second=0, microsecond=0)
    return moment + timedelta(minutes=-moment.minute % 20)


def hold(
    intake: Intake,
    clinician: Clinician,
    visit_type: VisitType,
    *,
    starts_at: datetime | None = None,
) -> Visit:
    return booking.hold(
        intake,
        clinician=clinician,
        visit_type=visit_type,
        starts_at=starts_at or next_slot(),
        by=intake.patient.user,
    )


def book(
    intake: Intake,
    clinician: Clinician,
    visit_type: VisitType,
    *,
    starts_at: datetime | None = None,
) -> Visit:
    held = hold(intake, clinician, visit_type, starts_at=starts_at)
    return booking.confirm(held, by=intake.patient.user)


def check_in(visit: Visit, *, place: str = "TX") -> Visit:
    return lifecycle.check_in(
        visit,
        by=visit.patient.user,
        place=place,
        street="12 Elm Street",
        city="Austin",
        phone="512-555-0142",
    )


def wait(visit: Visit) -> Visit:
    return lifecycle.arrive(check_in(visit), by=visit.patient.user)


def start(visit: Visit) -> Visit:
    return lifecycle.admit(wait(visit), by=visit.clinician.user)


def end(visit: Visit, *, outcome: str = "advice") -> Visit:
    return lifecycle.complete(start(visit), by=visit.clinician.user, outcome=outcome)
