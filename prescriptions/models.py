"""Prescriptions, and the findings that stood when they were signed.

Signed is locked (trigger `prescription_signed_is_locked`): it can only be cancelled.
"""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedText
from accounts.models import Clinician, Patient
from visits.models import Visit


class Prescription(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SIGNED = "signed", _("Signed")
        CANCELLED = "cancelled", _("Cancelled")
        DISCARDED = "discarded", _("Discarded")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="prescriptions")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="prescriptions")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="prescriptions")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    drug = EncryptedText(_("Drug"), max_length=120)  # display name in reference/drugs.csv
    strength = EncryptedText(_("Strength"), max_length=120)
    form = EncryptedText(_("Form"), max_length=120, default="")
    quantity = models.PositiveIntegerField(
        _("Quantity"), validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    directions = EncryptedText(_("Directions for the patient"), max_length=500)
    refills = models.PositiveSmallIntegerField(
        _("Refills"), default=0, validators=[MaxValueValidator(11)]
    )
    pharmacy = EncryptedText(_("Pharmacy"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    signed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = EncryptedText(_("Reason"), max_length=300, blank=True, default="")
    # What was signed, word for word (prescriptions.statements): papers are drawn from it, so that
    # a patient who moves, or a table that changes, does not change what was ordered.
    statement = EncryptedText(blank=True, default="", editable=False)
    signature = models.CharField(max_length=128, blank=True, default="")  # Ed25519, hex

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "signed", "cancelled", "discarded"]),
                name="prescription_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "discarded"], signed_at__isnull=True)
                | (
                    Q(status__in=["signed", "cancelled"], signed_at__isnull=False)
                    & ~Q(signature="")
                ),
                name="prescription_signed_with_signature",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=1000), name="prescription_quantity"
            ),
            models.CheckConstraint(condition=Q(refills__lte=11), name="prescription_refills"),
        ]

    def __str__(self) -> str:
        return f"prescription {self.code}"

    @property
    def medicine(self) -> str:
        """“amoxicillin 500 mg capsule”."""
        return " ".join(part for part in (self.drug, self.strength, self.form) if part)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED


class Reason(models.Model):
    """Why a draft is right although the safety check warns.

    Kept here, encrypted, before the draft is signed: the request that signs carries nothing
    clinical, because the one that asks for fresh proof is put into the session meanwhile.
    """

    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="reasons")
    # Keyed hash of the finding's code and words (prescriptions.checking.key_of): a reason counts
    # for exactly the warning that it was written for.
    about = models.CharField(max_length=64)
    text = EncryptedText(_("Why it is right all the same"), max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint("prescription", "about", name="reason_once_per_finding")
        ]

    def __str__(self) -> str:
        return f"reason for {self.prescription_id}"


class Finding(models.Model):
    """What the safety check said when it was signed, and why the clinician went on."""

    prescription = models.ForeignKey(
        Prescription, on_delete=models.PROTECT, related_name="findings"
    )
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=[("warn", _("Warning"))])
    message = EncryptedText(_("Finding"))
    override_reason = EncryptedText(_("Why it is right all the same"), max_length=300)

    def __str__(self) -> str:
        return self.code
