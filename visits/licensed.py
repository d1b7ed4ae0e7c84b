"""The license question, asked with the clinic's own rows, and its answers kept with the visit."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from accounts import licensing
from accounts.models import Clinician, License
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
