"""Asks the rules about a stored prescription: gathers the facts and reads no rule itself.

Nothing that is known is left out because it was not asked again: an allergy from an earlier visit
still stops, and the missing question is a warning beside it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone, translation

from accounts import licensing
from accounts.encryption import fingerprint
from prescriptions import allergies, drugs, interactions, prescribing
from prescriptions.findings import Decision, Finding, conclude
from prescriptions.models import Prescription
from prescriptions.prescribing import Order, PatientFacts, PrescriberFacts, Said
from triage.models import HistoryEntry
from visits import licensed
from visits.models import Visit

Kind = HistoryEntry.Kind

# How long something that was prescribed here counts as a medicine that the patient takes.
TAKEN_FOR = timedelta(days=90)
TAKEN_FOR_WITH_REFILLS = timedelta(days=365)


@dataclass(frozen=True)
class Known:
    """What is known of a visit, asked of the database once for all its prescriptions."""

    day: date  # on the patient's calendar
    asked: frozenset[str]  # kinds of history that the patient looked over for this visit
    allergies: tuple[Said, ...]
    medicines: tuple[Said, ...]
    prescribed: tuple[tuple[int, str], ...]  # here: primary key and drug
    prescriber: PrescriberFacts


def known_of(visit: Visit) -> Known:
    now = timezone.now()
    day = licensed.day_for(visit, now)
    entries = list(visit.patient.history.filter(ended_at__isnull=True))
    return Known(
        day=day,
        asked=frozenset(visit.intake.reviews.values_list("kind", flat=True)),
        allergies=_said(entries, Kind.ALLERGY),
        medicines=_said(entries, Kind.MEDICINE),
        prescribed=_prescribed_here(visit, now),
        prescriber=_prescriber_facts(visit, day),
    )


def findings_for(prescription: Prescription, *, known: Known | None = None) -> Decision:
    """What the safety check says now about a prescription, stored or not."""
    known = known or known_of(prescription.visit)
    order = Order(
        drug=prescription.drug,
        form=prescription.form,
        strength=prescription.strength,
        refills=prescription.refills,
    )
    patient = _patient_facts(prescription, known)
    decision = prescribing.check(order, patient, known.prescriber, on=known.day)
    return conclude([*decision.findings, *_not_asked(order.drug, patient, known.asked)])


def key_of(finding: Finding) -> str:
    """Names this very finding: other words about another allergy are another finding.

    It says nothing of what it names, in whatever language the page is read.
    """
    with translation.override("en"):
        words = f"{finding.code}\n{finding.message}"
    return fingerprint(hashlib.sha256(words.encode()).hexdigest())


def _said(entries: Iterable[HistoryEntry], kind: str) -> tuple[Said, ...]:
    return tuple(Said(each.name, each.detail) for each in entries if each.kind == kind)


def _patient_facts(prescription: Prescription, known: Known) -> PatientFacts:
    patient = prescription.visit.patient
    others = tuple(Said(drug) for pk, drug in known.prescribed if pk != prescription.pk)
    medicines = known.medicines + others
    return PatientFacts(
        age=patient.age_on(known.day),
        sex=patient.sex,
        pregnancy=prescription.visit.intake.pregnancy,
        allergies=known.allergies if known.allergies or Kind.ALLERGY in known.asked else None,
        medicines=medicines if medicines or Kind.MEDICINE in known.asked else None,
    )


def _prescribed_here(visit: Visit, now: datetime) -> tuple[tuple[int, str], ...]:
    """Signed here not long ago, or drafted in the same visit."""
    taken = Prescription.objects.filter(patient=visit.patient).filter(
        Q(status="draft", visit=visit)
        | Q(status="signed", signed_at__gte=now - TAKEN_FOR)
        | Q(status="signed", signed_at__gte=now - TAKEN_FOR_WITH_REFILLS, refills__gt=0)
    )
    return tuple(taken.values_list("pk", "drug"))


def _not_asked(name: str, patient: PatientFacts, asked: frozenset[str]) -> list[Finding]:
    """Warnings for lists that are known from before, but that nobody looked over this time."""
    drug = drugs.find(name)
    findings: list[Finding] = []
    if drug and patient.allergies is not None and Kind.ALLERGY not in asked:
        findings += allergies.check(drug, None)
    if drug and patient.medicines is not None and Kind.MEDICINE not in asked:
        findings += interactions.check(drug, None)
    return findings


def _prescriber_facts(visit: Visit, day: date) -> PrescriberFacts:
    """With the licenses as they are now: one may have ended since the visit was booked."""
    clinician = visit.clinician
    facts = licensed.facts_of(clinician, clinician.licenses.all())
    return PrescriberFacts(
        profession=clinician.profession,
        may_prescribe=clinician.may_prescribe and clinician.is_active,
        may_treat_here=licensing.decide(facts, place=visit.place, on=day).is_allowed,
    )
