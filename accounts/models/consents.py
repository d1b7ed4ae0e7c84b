"""What a patient agreed to, in which words, where and when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Patient, User


class Consent(models.Model):
    class Kind(models.TextChoices):
        TELEHEALTH = "telehealth", _("Care by video")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=16, choices=Kind)
    version = models.CharField(max_length=20)  # of the text that was shown
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=8)  # where the patient was
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-given_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
