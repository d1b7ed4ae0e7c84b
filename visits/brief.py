"""What the clinician reads in ten seconds before and during a visit: who, where, why, with what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from triage.models import HistoryEntry, Intake
from triage.wording import flag_text
from visits import licensed
from visits.models import Visit

EARLIER = 5  # visits of which the assessment is shown


@dataclass(frozen=True)
class History:
    """One list of the patient's history. Empty and never looked over is not the same as none."""

    kind: str
    heading: str | Promise
    entries: Sequence[HistoryEntry]
    was_asked: bool  # the patient looked it over for this visit

    @property
    def is_none(self) -> bool:
        return self.was_asked and not self.entries


@dataclass(frozen=True)
class Flag:
    text: str
    urgency: str
    came_from: str


@dataclass(frozen=True)
class Brief:
    age: int
    is_licensed: bool  # by the clinician's licenses as they stand now
    flags: Sequence[Flag]
    histories: Sequence[History]  # allergies first: they can kill
    earlier: Sequence[Visit]  # signed ones, newest first


HEADINGS = {
    HistoryEntry.Kind.ALLERGY: _("Allergies"),
    HistoryEntry.Kind.MEDICINE: _("Medicines"),
    HistoryEntry.Kind.CONDITION: _("Conditions"),
}


def of(visit: Visit, *, now: datetime) -> Brief:
    decision = licensed.standing(visit, visit.clinician.licenses.all(), now=now)
    return Brief(
        age=visit.patient.age_on(now.date()),
        is_licensed=decision is not None and decision.is_allowed,
        flags=_flags(visit.intake),
        histories=_histories(visit.patient, visit.intake),
        earlier=_earlier(visit),
    )


def _flags(intake: Intake) -> list[Flag]:
    language = get_language() or "en"
    return [
        Flag(flag_text(fired.flag, language) or fired.flag, fired.urgency, fired.came_from)
        for fired in intake.fired_flags.order_by("at", "id")
    ]


def _histories(patient: Patient, intake: Intake) -> list[History]:
    entries = list(patient.history.filter(ended_at__isnull=True))
    asked = set(intake.reviews.values_list("kind", flat=True))
    return [
        History(kind, heading, [each for each in entries if each.kind == kind], kind in asked)
        for kind, heading in HEADINGS.items()
    ]


def _earlier(visit: Visit) -> list[Visit]:
    """By this clinic, for this patient, signed: what is not signed may still change."""
    return list(
        Visit.objects.for_patient(visit.patient)
        .filter(clinic=visit.clinic, note__signed_at__isnull=False)
        .exclude(pk=visit.pk)
        .select_related("note", "clinician", "visit_type")
        .order_by("-starts_at")[:EARLIER]
    )
