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
    strength = EncryptedText(_("Strength and form"), max_length=120)
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
