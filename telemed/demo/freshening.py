"""The demo opened again on a later day: what nobody ended is closed, and people wait anew.

The people and everything that was tried with them stay as they are.
"""

from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from accounts.models import Clinic, Clinician, Patient, User
from telemed.demo import schedule
from telemed.demo.clinic import World
from telemed.demo.doors import BELLO, DANA
from telemed.demo.patients import PATIENTS
from telemed.demo.staff import COLLEAGUES, OFFERED
from visits import lifecycle
from visits.models import Status, Visit, VisitType

S = Status
OVERDUE = timedelta(hours=3)  # after its start, a visit that nobody ended is left over

CLOSED_AS = {
    S.BOOKED: (S.NO_SHOW_PATIENT, ""),
    S.CHECKED_IN: (S.NO_SHOW_PATIENT, ""),
    S.WAITING: (S.NO_SHOW_CLINICIAN, ""),
    S.IN_PROGRESS: (S.REDIRECTED, "in_person"),
}


def freshen(now: datetime) -> bool:
    """True when something was done. Costs one query when somebody waits already."""
    since = now - OVERDUE
    waits = Visit.objects.filter(
        clinician__user__email=BELLO, status=S.WAITING, starts_at__gt=since
    )
    if waits.exists():
        return False
    with transaction.atomic():
        world = _world_as_it_is(now)
        if world is None:
            return False  # this is not the clinic that `seed` made, or no longer
        for visit in Visit.objects.filter(status__in=CLOSED_AS, starts_at__lte=since):
            _close(visit, now)
        schedule.fill_on(world)
    return True


def _close(visit: Visit, now: datetime) -> None:
    visit = lifecycle.locked(visit)
    to, reason = CLOSED_AS[Status(visit.status)]
    lifecycle.announce(lifecycle.move(visit, to, by=None, reason=reason, ended_at=now))


def _world_as_it_is(now: datetime) -> World | None:
    clinic = Clinic.objects.order_by("pk").first()
    admin = User.objects.filter(email=DANA).first()
    by_email = {
        clinician.user.email: clinician
        for clinician in Clinician.objects.select_related("user").filter(is_active=True)
    }
    patients = {patient.user.email: patient for patient in Patient.objects.select_related("user")}
    offered = {visit_type.name: visit_type for visit_type in VisitType.objects.all()}
    is_whole = (
        BELLO in by_email
        and all(who.email in patients for who in PATIENTS)
        and all(each.name in offered for each in OFFERED)
    )
    if clinic is None or admin is None or not is_whole:
        return None
    return World(
        now=now,
        chance=Random(f"harbor {now.isoformat()}"),  # noqa: S311 - invents, hides nothing
        clinic=clinic,
        admin=admin,
        clinicians=[(who, by_email[who.email]) for who in COLLEAGUES if who.email in by_email],
        patients=[(who, patients[who.email]) for who in PATIENTS],
        visit_types={each.key: offered[each.name] for each in OFFERED},
    )
