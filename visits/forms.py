"""What patients choose and say around a visit."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinician, Patient
from triage.forms import PlaceForm
from visits import booking, finding
from visits.models import VisitType


class _ByCode(forms.ModelChoiceField):
    """A row named by its code; no list of rows is ever shown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(None, to_field_name="code", widget=forms.HiddenInput, **kwargs)


class SlotForm(forms.Form):
    """A start that was offered. If it is wrong, the page of times says so in one sentence."""

    clinician = _ByCode()
    visit_type = _ByCode()
    starts_at = forms.DateTimeField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clinician"].queryset = Clinician.objects.filter(clinic=patient.clinic_id)  # type: ignore[attr-defined]
        self.fields["visit_type"].queryset = VisitType.objects.filter(clinic=patient.clinic_id)  # type: ignore[attr-defined]

    def clean_starts_at(self) -> datetime:
        starts_at: datetime = self.cleaned_data["starts_at"]
        now = timezone.now()
        # Also keeps years away that no time zone can be told for.
        if not now - timedelta(days=1) <= starts_at <= now + finding.HORIZON + timedelta(days=1):
            raise ValidationError(_("This time is not open for booking."))
        return starts_at


class NewTimeForm(SlotForm):
    """A new time for a visit that is booked: its type stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["visit_type"]


class WindowForm(forms.Form):
    """Which type and day the page of times shows. What cannot be read counts as not chosen."""

    visit_type = forms.UUIDField(required=False)
    day = forms.DateField(required=False)

    @property
    def chosen_type(self) -> UUID | None:
        self.is_valid()
        return self.cleaned_data.get("visit_type")

    def day_between(self, first: date, last: date) -> date | None:
        self.is_valid()
        day = self.cleaned_data.get("day")
        return day if day and first <= day <= last else None


class CancelForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why do you cancel?"),
        choices=list(booking.CANCEL_REASONS.items()),
        widget=forms.RadioSelect,
        help_text=_("It helps us to do better."),
    )


class CheckInForm(PlaceForm):
    """Where the patient is, and that it is a good place to talk."""

    is_private = forms.BooleanField(
        label=_("I am alone, or with people who may hear this"),
        error_messages={"required": _("Go to a place where you can talk freely, then tick this.")},
    )
    is_not_driving = forms.BooleanField(
        label=_("I am not driving"),
        error_messages={"required": _("Stop at a safe place first, then tick this.")},
    )
    agrees = forms.BooleanField(
        label=_("I agree to care by video"),
        error_messages={"required": _("We need your yes before a video visit.")},
    )
