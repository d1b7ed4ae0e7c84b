"""Prescriptions of the demo's completed visits, signed as the verb would have signed them then."""

from datetime import datetime, timedelta

from django.utils import translation

from accounts.models import Patient
from prescriptions import checking, statements
from prescriptions.models import Finding, Prescription
from telemed.demo.cases import RENEWED, Case, Medicine
from telemed.demo.clinic import World, own_times
from visits.models import Visit

PHARMACY = "Pier Street Pharmacy, 512-555-0170"
GOES_ON = "The patient takes this already and goes on with it."


def medicine_of(case: Case, medicines: tuple[str, ...]) -> Medicine | None:
    """What this case ends with; a renewal is of the first medicine of the patient."""
    if case.medicine or case.outcome != "prescription":
        return case.medicine
    return next((RENEWED[name] for name in medicines if name in RENEWED), None)


def write(world: World, ordered: list[tuple[Visit, Medicine, datetime]]) -> None:
    """Sign each at its time. One that the safety check stops is not written."""
    signed, findings = [], []
    for visit, medicine, at in ordered:
        prescription = Prescription(
            code=world.code(),
            visit=visit,
            patient=visit.patient,
            clinician=visit.clinician,
            status=Prescription.Status.SIGNED,
            pharmacy=PHARMACY,
            created_at=at - timedelta(minutes=2),
            signed_at=at,
            **vars(medicine),
        )
        decision = checking.findings_for(prescription)
        if decision.outcome == "stop":
            continue
        warnings = decision.at("warn")
        reasons = {checking.key_of(finding): GOES_ON for finding in warnings}
        statements.seal(prescription, statements.of(prescription, decision, reasons, signed_at=at))
        signed.append(prescription)
        with translation.override("en"):
            findings += [
                Finding(
                    prescription=prescription,
                    code=finding.code,
                    severity=finding.severity,
                    message=str(finding.message),
                    override_reason=GOES_ON,
                )
                for finding in warnings
            ]
        _log(world, prescription, visit.patient, at)
    with own_times(Prescription):
        Prescription.objects.bulk_create(signed)
    Finding.objects.bulk_create(findings)


def _log(world: World, prescription: Prescription, patient: Patient, at: datetime) -> None:
    by = prescription.clinician.user
    drafted = prescription.created_at
    world.note(drafted, by, "prescription.draft", prescription, patient=patient)
    world.note(at, by, "prescription.sign", prescription, patient=patient)
