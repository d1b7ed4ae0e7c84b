"""Verbs about patients: they enter themselves, and keep what we know of them right."""

from django.db import transaction

from accounts import audit
from accounts.models import Clinic, Patient, User


@transaction.atomic
def register(patient: Patient, *, clinic: Clinic, by: User) -> Patient:
    """Make the signed-in person a patient of this clinic."""
    patient.clinic, patient.user = clinic, by
    patient.save()
    by.name = patient.name
    by.save(update_fields=["name"])
    audit.record("patient.register", patient, by=by, patient=patient)
    return patient


@transaction.atomic
def correct(patient: Patient, *, changed: list[str], by: User) -> Patient:
    """Save corrected fields; the audit names the fields, never their contents."""
    if changed:
        patient.save(update_fields=changed)
        audit.record("patient.correct", patient, by=by, patient=patient, detail=",".join(changed))
    return patient
