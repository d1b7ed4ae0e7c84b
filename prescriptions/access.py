"""Whose prescription is this. Its patient reads what was signed; the visit's clinician, all of it.

Strangers, and other clinicians, get 404. The clinic's admins know that there are prescriptions and
may not read them: 403.
"""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.access import administered_clinic
from accounts.models import User
from prescriptions.models import Prescription
from visits import access as visits

Status = Prescription.Status


def prescription_for(user: User, code: UUID) -> Prescription:
    """A prescription for its patient, once it is signed, or for its clinician."""
    prescription = get_object_or_404(
        Prescription.objects.exclude(status=Status.DISCARDED).select_related(
            "visit", "patient", "clinician"
        ),
        code=code,
    )
    try:
        prescription.visit = visits.visit_for(user, prescription.visit.code)
    except Http404:
        if administered_clinic(user) == prescription.visit.clinic:
            raise PermissionDenied from None
        raise
    if prescription.is_draft and prescription.visit.clinician.user_id != user.pk:
        raise Http404("nobody but its clinician knows of a draft")
    return prescription


def prescription_of_clinician(user: User, code: UUID) -> Prescription:
    """A prescription for its clinician. Its patient gets 403."""
    prescription = prescription_for(user, code)
    if prescription.visit.clinician.user_id != user.pk:
        raise PermissionDenied
    return prescription
