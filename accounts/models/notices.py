"""The outbox: every message that leaves the clinic is a row here first."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedText
from accounts.models.people import User


class Notice(models.Model):
    """One message to one person. What it says is composed when it is sent, from its kind.

    `key` makes it happen once: enqueueing the same key again changes nothing.
    """

    class Status(models.TextChoices):
        DUE = "due", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        STALE = "stale", _("Not sent: no longer true")
        FAILED = "failed", _("Could not be sent")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=60)
    to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="notices")
    address = models.EmailField(max_length=254)
    subject_code = models.UUIDField(null=True)  # what it is about, for the kind to look up
    sealed = EncryptedText(null=True)  # text fixed at enqueueing (sign-in codes); wiped once sent
    due_at = models.DateTimeField()
    stale_at = models.DateTimeField(null=True)  # from here on it must not be sent
    status = models.CharField(max_length=8, choices=Status, default=Status.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=60, blank=True, default="")  # a code, never a text
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["due", "sending", "sent", "stale", "failed"]),
                name="notice_status_known",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=False) | ~Q(status="sent"), name="notice_sent_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(stale_at__isnull=True) | Q(stale_at__gt=F("due_at")),
                name="notice_stale_after_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="notice_open", condition=Q(status__in=["due", "sending"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"
