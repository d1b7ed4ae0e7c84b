"""What the clinician writes. Signed is locked (triggers `note_signed_is_locked`)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedText
from accounts.models import Clinician
from visits.models.visits import Visit

LONGEST = 20_000  # characters in one part of a note


class Note(models.Model):
    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="note")
    author = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="notes")
    subjective = EncryptedText(_("Subjective"), max_length=LONGEST, blank=True, default="")
    objective = EncryptedText(_("Objective"), max_length=LONGEST, blank=True, default="")
    assessment = EncryptedText(_("Assessment"), max_length=LONGEST, blank=True, default="")
    plan = EncryptedText(_("Plan"), max_length=LONGEST, blank=True, default="")
    # The part that the patient reads, in plain words.
    for_patient = EncryptedText(
        _("What the patient should know and do"), max_length=LONGEST, blank=True, default=""
    )
    version = models.PositiveIntegerField(default=0)  # a save from an older page is refused
    saved_at = models.DateTimeField(auto_now=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(Clinician, null=True, on_delete=models.PROTECT, related_name="+")
    seal = models.CharField(max_length=64, blank=True, default="")  # SHA-256 of what was signed

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, seal="")
                | (Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(seal="")),
                name="note_signed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"note of {self.visit_id}"

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None


class Addendum(models.Model):
    """A correction to a signed note. Only ever added (trigger `addendum_append_only`)."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="addenda")
    author = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+")
    text = EncryptedText(_("Addendum"), max_length=LONGEST)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"addendum to {self.note_id}"
