"""Asks the rules about a stored prescription: gathers the facts and reads no rule itself.

Nothing that is known is left out because it was not asked again: an allergy from an earlier visit
still stops, and the missing question is a warning beside it.
"""

import hashlib
from datetime import datetime, timedelta

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


def findings_for(prescription: Prescription) -> Decision:
    """What the safety check says now about a prescription, stored or not."""
    visit, now = prescription.visit, timezone.now()
    order = Order(
        drug=prescription.drug,
        form=prescription.form,
        strength=prescription.strength,
        refills=prescription.refills,
    )
    asked = set(visit.intake.reviews.values_list("kind", flat=True))
    patient = _patient_facts(prescription, asked=asked, now=now)
    decision = prescribing.check(
        order, patient, _prescriber_facts(visit, now), on=licensed.day_for(visit, now)
    )
    return conclude([*decision.findings, *_not_asked(prescription, patient, asked)])


def key_of(finding: Finding) -> str:
    """Names this very finding: other words about another allergy are another finding.

    It says nothing of what it names, in whatever language the page is read.
    """
    with translation.override("en"):
        words = f"{finding.code}\n{finding.message}"
    return fingerprint(hashlib.sha256(words.encode()).hexdigest())


def _patient_facts(prescription: Prescription, *, asked: set[str], now: datetime) -> PatientFacts:
    visit, patient = prescription.visit, prescription.visit.patient
    entries = list(patient.history.filter(ended_at__isnull=True))
    said = {
        kind: tuple(Said(each.name, each.detail) for each in entries if each.kind == kind)
        for kind in (Kind.ALLERGY, Kind.MEDICINE)
    }
    medicines = said[Kind.MEDICINE] + _prescribed_here(prescription, now)
    return PatientFacts(
        age=patient.age_on(licensed.day_for(visit, now)),
        sex=patient.sex,
        pregnancy=visit.intake.pregnancy,
        allergies=said[Kind.ALLERGY] if said[Kind.ALLERGY] or Kind.ALLERGY in asked else None,
        medicines=medicines if medicines or Kind.MEDICINE in asked else None,
    )


def _prescribed_here(prescription: Prescription, now: datetime) -> tuple[Said, ...]:
    """The other medicines: signed here not long ago, or drafted in the same visit."""
    others = Prescription.objects.filter(patient=prescription.visit.patient).filter(
        Q(status="draft", visit=prescription.visit)
        | Q(status="signed", signed_at__gte=now - TAKEN_FOR)
        | Q(status="signed", signed_at__gte=now - TAKEN_FOR_WITH_REFILLS, refills__gt=0)
    )
    return tuple(Said(other.drug) for other in others.exclude(pk=prescription.pk))


def _not_asked(prescription: Prescription, patient: PatientFacts, asked: set[str]) -> list[Finding]:
    """Warnings for lists that are known from before, but that nobody looked over this time."""
    drug = drugs.find(prescription.drug)
    findings: list[Finding] = []
    if drug and patient.allergies is not None and Kind.ALLERGY not in asked:
        findings += allergies.check(drug, None)
    if drug and patient.medicines is not None and Kind.MEDICINE not in asked:
        findings += interactions.check(drug, None)
    return findings


def _prescriber_facts(visit: Visit, now: datetime) -> PrescriberFacts:
    """With the licenses as they are now: one may have ended since the visit was booked."""
    clinician = visit.clinician
    may_treat = licensing.decide(
        licensed.facts_of(clinician, clinician.licenses.all()),
        place=visit.place,
        on=licensed.day_for(visit, now),
    )
    return PrescriberFacts(
        profession=clinician.profession,
        may_prescribe=clinician.may_prescribe and clinician.is_active,
        may_treat_here=may_treat.is_allowed,
    )
