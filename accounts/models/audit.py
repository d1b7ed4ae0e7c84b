"""The audit chain: append-only rows, each sealed by a hash over itself and the one before.

The database computes the hashes and refuses UPDATE, DELETE and TRUNCATE (migration
`audit_chain`), so no code path can write around the chain or break it unseen.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Patient, User


class AuditEvent(models.Model):
    """Somebody did or read something. Says what and whose, never what was in it."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    action = models.CharField(max_length=60)  # "note.sign", "visit.read": area.verb
    subject = models.CharField(max_length=80)  # "visit:3f0c…": kind:code
    patient = models.ForeignKey(
        Patient,
        null=True,
        on_delete=models.PROTECT,
        related_name="audit_events",
        db_constraint=False,
    )
    detail = models.CharField(max_length=200, blank=True, default="")  # codes and counts only
    request_id = models.CharField(max_length=36, blank=True, default="")
    previous_hash = models.CharField(max_length=64, editable=False, blank=True, default="")
    hash = models.CharField(max_length=64, editable=False, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["patient", "-at"], name="audit_by_patient")]

    def __str__(self) -> str:
        return f"{self.id} {self.action} {self.subject}"


class AuditDay(models.Model):
    """The head of the chain at the end of a UTC day, signed, so that a rewritten chain shows."""

    day = models.DateField(primary_key=True, verbose_name=_("day"))
    last_event_id = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)  # Ed25519 over "day:last_event_id:hash", hex
    signed_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.day)
