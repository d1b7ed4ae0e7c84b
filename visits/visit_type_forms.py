"""What an admin fills in about a visit type."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Profession
from visits.models import VisitType


class VisitTypeForm(forms.ModelForm):
    professions = forms.MultipleChoiceField(
        label=_("Who may give it"),
        choices=Profession.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    price = forms.DecimalField(
        label=_("Price in dollars"),
        min_value=0,
        max_digits=8,
        decimal_places=2,
        error_messages={
            "min_value": _("A price cannot be below zero."),
            "max_decimal_places": _("Use at most two decimals: dollars and cents."),
        },
        widget=forms.NumberInput(attrs={"step": "0.01", "class": "short"}),
    )
    is_active = forms.BooleanField(label=_("Patients can book it"), required=False, initial=True)

    class Meta:
        model = VisitType
        fields = (
            "name",
            "name_es",
            "about",
            "about_es",
            "minutes",
            "price",
            "professions",
            "is_active",
        )
        widgets = {"minutes": forms.NumberInput(attrs={"class": "short"})}
