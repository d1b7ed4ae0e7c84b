"""What a patient says about themselves."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import places
from accounts.models import Patient, Sex, User

OLDEST = 125  # years: nobody has lived longer
CHOOSE_STATE = [("", _("Choose a state")), *places.STATES]

TIME_ZONES = [
    ("America/New_York", _("Eastern (New York)")),
    ("America/Chicago", _("Central (Chicago)")),
    ("America/Denver", _("Mountain (Denver)")),
    ("America/Phoenix", _("Arizona (Phoenix)")),
    ("America/Los_Angeles", _("Pacific (Los Angeles)")),
    ("America/Anchorage", _("Alaska (Anchorage)")),
    ("Pacific/Honolulu", _("Hawaii (Honolulu)")),
    ("America/Puerto_Rico", _("Atlantic (Puerto Rico)")),
    ("Pacific/Guam", _("Guam and Northern Marianas")),
    ("Pacific/Pago_Pago", _("Samoa (Pago Pago)")),
]


class PatientForm(forms.ModelForm):
    """Name as on an identity card, birth date, sex, phone and home address."""

    field_order = ("name", "born_on", "sex", "phone", "street", "city", "state", "postal_code")

    class Meta:
        model = Patient
        fields = ("name", "born_on", "sex", "phone", "street", "city", "state", "postal_code")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "born_on": forms.DateInput(
                attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"
            ),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "street": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
        }
        labels = {
            "name": _("Full name, as on your ID"),
        }
        help_texts = {
            "phone": _("We call you here if the video stops working."),
        }

    sex = forms.ChoiceField(
        label=_("Sex"),
        choices=Sex.choices,
        help_text=_("It decides which safety questions we ask."),
        widget=forms.RadioSelect,
    )
    postal_code = forms.RegexField(
        r"^\d{5}(-\d{4})?$",
        label=_("ZIP code"),
        error_messages={"invalid": _("Enter a ZIP code with five digits.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "postal-code", "inputmode": "numeric", "class": "short"}
        ),
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=CHOOSE_STATE,
        widget=forms.Select(attrs={"autocomplete": "address-level1"}),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if len(name) > 120:
            raise ValidationError(_("Use 120 characters or fewer."))
        return " ".join(name.split())

    def clean_born_on(self) -> date:
        born_on: date = self.cleaned_data["born_on"]
        today = timezone.localdate()
        if born_on > today:
            raise ValidationError(_("This day is in the future."))
        if today.year - born_on.year > OLDEST:
            raise ValidationError(_("Please check the year."))
        return born_on


class PreferencesForm(forms.ModelForm):
    """In which language and time zone we talk to this person."""

    time_zone = forms.ChoiceField(
        label=_("Your time zone"), choices=[("", _("Choose a time zone")), *TIME_ZONES]
    )

    class Meta:
        model = User
        fields = ("language", "time_zone")
        labels = {"language": _("Language for messages")}
