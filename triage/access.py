"""Whose intake is it. Everybody else gets 404."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from accounts.models import Patient
from triage.models import Intake


def intake_of(patient: Patient, code: UUID) -> Intake:
    """The patient's own intake; anybody else's does not exist for them."""
    return get_object_or_404(Intake.objects.select_related("patient"), patient=patient, code=code)
