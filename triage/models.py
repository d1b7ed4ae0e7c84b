"""The intake: where the patient is, what is wrong, and which answers were given when.

An emergency is for ever: once `emergency_at` is set the database keeps it (trigger
`intake_emergency_stays`), and answers and fired flags are rows that are only ever added.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import places
from accounts.encryption import EncryptedText
from accounts.models import Patient, User
from accounts.models.people import phone_number
from triage.levels import Urgency

URGENCIES = [
    (Urgency.EMERGENCY_NOW.value, _("Emergency: get help now")),
    (Urgency.URGENT_IN_PERSON.value, _("See someone in person today")),
    (Urgency.SAME_DAY.value, _("Talk to a clinician today")),
    (Urgency.VIDEO_SUITS.value, _("A video visit suits this")),
    (Urgency.SELF_CARE.value, _("Self-care may be enough")),
]


PREGNANCIES = [
    ("no", _("No")),
    ("pregnant", _("Yes")),
    ("post_partum", _("I gave birth in the last 12 months")),
    ("unknown", _("I am not sure")),
]


class Intake(models.Model):
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="intakes")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    # Where the patient is now: for the license, and for whoever must send an ambulance.
    place = models.CharField(_("state"), max_length=8, choices=places.WHERE_NOW)
    street = EncryptedText(_("street and number"), max_length=200)
    city = EncryptedText(_("city"), max_length=100)
    phone = EncryptedText(_("phone for call-back"), max_length=20, validators=[phone_number])
    place_at = models.DateTimeField()  # when the place was last said
    reason = EncryptedText(_("what is wrong, in your words"), max_length=4000, default="")
    pregnancy = models.CharField(
        max_length=12,
        choices=PREGNANCIES,
        default="unknown",
    )
    urgency = models.CharField(max_length=20, choices=URGENCIES, blank=True, default="")
    urgency_code = models.CharField(max_length=40, blank=True, default="")
    emergency_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(emergency_at__isnull=True) | Q(urgency="emergency_now"),
                name="intake_emergency_stays_emergency",
            ),
            models.CheckConstraint(
                condition=Q(emergency_at__isnull=True) | Q(completed_at__isnull=True),
                name="intake_emergency_never_completes",
            ),
            models.CheckConstraint(
                condition=Q(urgency="") | Q(urgency__in=[code for code, _label in URGENCIES]),
                name="intake_urgency_known",
            ),
        ]

    def __str__(self) -> str:
        return f"intake {self.code}"

    @property
    def is_emergency(self) -> bool:
        return self.emergency_at is not None


class Answer(models.Model):
    """An answer to one red-flag question. A changed mind is a new row."""

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField(max_length=12)
    value = models.CharField(
        max_length=6, choices=[("yes", _("Yes")), ("no", _("No")), ("unsure", _("Not sure"))]
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__in=["yes", "no", "unsure"]), name="answer_value_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.value}"


class FiredFlag(models.Model):
    """A red flag that fired, by an answer or by the patient's own words. Never removed."""

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="fired_flags")
    flag = models.CharField(max_length=40)
    urgency = models.CharField(max_length=20, choices=URGENCIES)
    advice = models.CharField(max_length=40)  # code of what to do now
    came_from = models.CharField(
        max_length=6, choices=[("answer", _("Answer")), ("words", _("Own words"))]
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("intake", "flag", "came_from", name="fired_flag_once"),
        ]

    def __str__(self) -> str:
        return f"{self.flag} {self.urgency}"


class HistoryEntry(models.Model):
    """What the patient lives with, takes, or must not take. Ended, never deleted."""

    class Kind(models.TextChoices):
        CONDITION = "condition", _("Condition")
        MEDICINE = "medicine", _("Medicine")
        ALLERGY = "allergy", _("Allergy")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="history")
    kind = models.CharField(max_length=12, choices=Kind)
    name = EncryptedText(_("name"), max_length=200)
    detail = EncryptedText(_("detail"), max_length=300, blank=True, default="")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kind", "added_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["condition", "medicine", "allergy"]),
                name="history_kind_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class HistoryReview(models.Model):
    """The patient looked over one list of the history and said it is right (or that it is empty).

    Without it an empty allergy list is "not asked", never "no allergies".
    """

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=12, choices=HistoryEntry.Kind)
    said_none = models.BooleanField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("intake", "kind", name="history_reviewed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} none={self.said_none}"
