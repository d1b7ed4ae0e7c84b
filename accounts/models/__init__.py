"""The people of a clinic and what is kept about them."""

from accounts.models.audit import AuditDay, AuditEvent
from accounts.models.consents import Consent
from accounts.models.licenses import License
from accounts.models.notices import Notice
from accounts.models.people import Clinic, Clinician, Membership, Patient, Profession, Sex, User

__all__ = [
    "AuditDay",
    "AuditEvent",
    "Clinic",
    "Clinician",
    "Consent",
    "License",
    "Membership",
    "Notice",
    "Patient",
    "Profession",
    "Sex",
    "User",
]
