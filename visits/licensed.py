"""The license question, asked with the clinic's own rows, and its answers kept with the visit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from accounts import licensing
from accounts.models import Clinic, Clinician, License
from visits.models import LicenseDecision, Status, Visit


def facts_of(clinician: Clinician, licenses: Iterable[License]) -> licensing.Facts:
    """What the rule needs to know of a clinician; `row` of each authority is the License's code."""
    return licensing.Facts(
        profession=clinician.profession,
        home_state=clinician.home_state,
        authorities=tuple(
            licensing.Authority(
                kind=row.kind,
                state=row.state,
                number=row.number,
                is_multistate=row.is_multistate,
                status=row.status,
                issued_on=row.issued_on,
                expires_on=row.expires_on,
                row=str(row.code),
            )
            for row in licenses
        ),
    )


def day_for(visit: Visit, at: datetime) -> date:
    """The day on the patient's calendar: a license is good through its last day, there."""
    return timezone.localtime(at, ZoneInfo(visit.patient.user.time_zone)).date()


def decide_for(
    visit: Visit, *, moment: LicenseDecision.Moment, place: str, at: datetime
) -> LicenseDecision:
    """May the visit's clinician treat a patient who is in `place` at that time? Kept either way."""
    day = day_for(visit, at)
    facts = facts_of(visit.clinician, visit.clinician.licenses.all())
    decision = licensing.decide(facts, place=place, on=day)
    return store(visit, decision, moment=moment, place=place, day=day)


def standing(
    visit: Visit, licenses: Iterable[License], *, now: datetime
) -> licensing.Decision | LicenseDecision | None:
    """How the license stands by the clinician's rows as they are now, on the day it is needed.

    What is over is shown as it was decided then.
    """
    if visit.is_over:
        return visit.license_decisions.order_by("-at", "-id").first()
    is_ahead = visit.status in (Status.HELD, Status.BOOKED)
    day = day_for(visit, max(now, visit.starts_at) if is_ahead else now)
    return licensing.decide(facts_of(visit.clinician, licenses), place=visit.place, on=day)


@dataclass
class Uncovered:
    """Visits to come whose clinician has no license in force where the patient will be."""

    clinician: Clinician
    place: str
    count: int = 0


def uncovered(clinic: Clinic, *, since: datetime, now: datetime) -> list[Uncovered]:
    """By clinician and place, from `since` on: neither today nor on the visit's day is a yes.

    A license that is still good today and ends before the visit can be renewed; it is not here.
    """
    clinicians = {
        each.pk: each
        for each in clinic.clinicians.filter(is_active=True).prefetch_related("licenses")
    }
    facts = {pk: facts_of(each, each.licenses.all()) for pk, each in clinicians.items()}

    @cache
    def may(clinician: int, place: str, day: date) -> bool:
        return licensing.decide(facts[clinician], place=place, on=day).is_allowed

    found: dict[tuple[int, str], Uncovered] = {}
    visits = clinic.visits.filter(
        clinician__in=clinicians,
        status__in=[Status.BOOKED, Status.CHECKED_IN, Status.WAITING],
        starts_at__gte=since,
    ).values_list("clinician_id", "place", "starts_at", "patient__user__time_zone")
    for pk, place, starts_at, time_zone in visits.order_by("clinician__name", "place"):
        zone = ZoneInfo(time_zone)
        days = (timezone.localtime(each, zone).date() for each in (now, starts_at))
        if not any(may(pk, place, day) for day in days):
            found.setdefault((pk, place), Uncovered(clinicians[pk], place)).count += 1
    return list(found.values())


def store(
    visit: Visit,
    decision: licensing.Decision,
    *,
    moment: LicenseDecision.Moment,
    place: str,
    day: date,
) -> LicenseDecision:
    with translation.override("en"):
        reasons = "\n".join(str(reason) for reason in decision.reasons)
    return LicenseDecision.objects.create(
        visit=visit,
        moment=moment,
        at=timezone.now(),
        place=place,
        day=day,
        is_allowed=decision.is_allowed,
        code=decision.code,
        reasons=reasons,
    )
