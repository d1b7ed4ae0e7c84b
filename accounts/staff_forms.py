"""What a clinic admin fills in: colleagues and licenses."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import npi, places
from accounts.languages import LANGUAGES
from accounts.models import Clinic, Clinician, License, Profession
from accounts.models.people import PRESCRIBING
from accounts.profile_forms import CHOOSE_STATE, TIME_ZONES

EARLIEST = date(1940, 1, 1)  # nobody in practice was licensed before
FARTHEST = timedelta(days=30 * 366)


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a day that exists, such as 2027-08-31.")},
    )


class ClinicianForm(forms.Form):
    name = forms.CharField(label=_("Name as patients see it"), max_length=120)
    credentials = forms.CharField(
        label=_("Letters after the name"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"class": "short"}),
    )
    profession = forms.ChoiceField(
        label=_("Profession"), choices=[("", _("Choose one")), *Profession.choices]
    )
    npi = forms.CharField(
        label=_("NPI"),
        max_length=10,
        validators=[npi.validate],
        help_text=_("Ten digits, from the national register."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    home_state = forms.ChoiceField(
        label=_("Home state"),
        choices=CHOOSE_STATE,
        help_text=_("Where they live: compacts between states depend on it."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=TIME_ZONES,
        help_text=_("Their weekly hours are in this zone."),
    )
    may_prescribe = forms.BooleanField(label=_("May write prescriptions here"), required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        profession = values.get("profession")
        if values.get("may_prescribe") and profession and profession not in PRESCRIBING:
            self.add_error(
                "may_prescribe", _("Clinicians of this profession cannot write prescriptions here.")
            )
        return values


class NewClinicianForm(ClinicianForm):
    email = forms.EmailField(
        label=_("Work e-mail address"),
        max_length=254,
        help_text=_("We send a message there that says how to sign in."),
    )
    field_order = ("name", "email")


class LicenseForm(forms.Form):
    clinician = forms.ModelChoiceField(
        label=_("Clinician"), queryset=Clinician.objects.none(), to_field_name="code"
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=License.Kind.choices)
    state = forms.ChoiceField(label=_("State"), choices=CHOOSE_STATE)
    number = forms.CharField(
        label=_("Number"), max_length=40, widget=forms.TextInput(attrs={"class": "short"})
    )
    is_multistate = forms.BooleanField(
        label=_("Multistate"),
        required=False,
        help_text=_("Only for a nursing or social work license that says so."),
    )
    issued_on = _day(_("First day"))
    expires_on = _day(_("Last day"), _("It is good through this day."))

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clinician = self.fields["clinician"]
        assert isinstance(clinician, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        clinician.queryset = clinic.clinicians.order_by("name")

    def clean_issued_on(self) -> date:
        issued_on: date = self.cleaned_data["issued_on"]
        if issued_on < EARLIEST:
            raise ValidationError(_("Please check the year."))
        return issued_on

    def clean_expires_on(self) -> date:
        expires_on: date = self.cleaned_data["expires_on"]
        if not EARLIEST <= expires_on <= timezone.localdate() + FARTHEST:
            raise ValidationError(_("Please check the year."))
        issued_on = self.cleaned_data.get("issued_on")
        if issued_on and expires_on < issued_on:
            raise ValidationError(_("The last day is before the first day."))
        return expires_on


class VerificationForm(forms.Form):
    on = _day(_("Checked on"))
    at_source = forms.CharField(
        label=_("Where it was checked"),
        max_length=200,
        help_text=_("For example: Texas Medical Board, public look-up."),
    )

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > timezone.localdate():
            raise ValidationError(_("This day is in the future."))
        if on < EARLIEST:
            raise ValidationError(_("Please check the year."))
        return on


class StatusForm(forms.Form):
    status = forms.ChoiceField(
        label=_("Standing with the board"),
        choices=License.Status.choices,
        widget=forms.RadioSelect,
    )
    is_sure = forms.BooleanField(
        label=_("I looked this up with the board today"),
        error_messages={"required": _("Look it up first, then tick this box.")},
    )


class LicenseFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("All states")), *places.STATES], required=False
    )
    clinician = forms.ModelChoiceField(
        label=_("Clinician"),
        queryset=Clinician.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("All clinicians"),
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clinician = self.fields["clinician"]
        assert isinstance(clinician, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        clinician.queryset = clinic.clinicians.order_by("name")
