"""What a clinician types: a medicine to find, the order, the reasons, why it is cancelled."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prescriptions import checking, directions
from prescriptions.drugs import Drug
from prescriptions.findings import Finding
from prescriptions.models import Prescription, Reason

APART = "|"  # form and strength in one choice


class FindForm(forms.Form):
    """The name of a medicine, or a part of it."""

    use_required_attribute = False

    typed = forms.CharField(
        label=_("Which medicine?"),
        help_text=_("Two letters are enough. Generic or brand name."),
        min_length=2,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "autofocus": True}),
    )


class OrderForm(forms.Form):
    """How one drug is ordered. The drug itself stands beside the form."""

    use_required_attribute = False

    presentation = forms.ChoiceField(label=_("Strength and form"))
    directions = forms.CharField(
        label=_("Directions for the patient"),
        help_text=_("In English, for the label. Choose a sentence or write your own."),
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "phrases"}),
    )
    quantity = forms.IntegerField(
        label=_("Quantity"),
        help_text=_("How many to give out, as a number."),
        min_value=1,
        max_value=1000,
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )
    refills = forms.IntegerField(
        label=_("Refills"),
        min_value=0,
        max_value=11,
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )
    pharmacy = forms.CharField(
        label=_("Pharmacy"),
        help_text=_("As the patient says. We do not send anything there."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, drug: Drug, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (f"{form.name}{APART}{strength}", f"{strength} {form.name}")
            for form in drug.forms
            for strength in form.strengths
        ]
        if len(choices) > 1:
            choices.insert(0, ("", gettext("Choose…")))
        self.fields["presentation"].choices = choices  # type: ignore[attr-defined]
        self.phrases = directions.phrases_for([form.name for form in drug.forms])

    @staticmethod
    def initial_of(prescription: Prescription) -> dict[str, Any]:
        return {
            "presentation": f"{prescription.form}{APART}{prescription.strength}",
            "directions": prescription.directions,
            "quantity": prescription.quantity,
            "refills": prescription.refills,
            "pharmacy": prescription.pharmacy,
        }

    @property
    def order(self) -> dict[str, Any]:
        """What the verbs take, but the drug; after `is_valid`."""
        words = dict(self.cleaned_data)
        form, _apart, strength = words.pop("presentation").partition(APART)
        return {"form": form, "strength": strength, **words}

    @property
    def about(self) -> dict[str, Any]:
        """What is typed so far and matters for the safety check, right or not."""
        self.is_valid()
        known = getattr(self, "cleaned_data", {})
        form, _apart, strength = (known.get("presentation") or "").partition(APART)
        return {"form": form, "strength": strength, "refills": known.get("refills") or 0}


class ReasonsForm(forms.Form):
    """One reason for each warning; its field is named by the warning's key."""

    PREFIX = "reason"
    use_required_attribute = False

    def __init__(
        self, *args: Any, warnings: Iterable[Finding], is_final: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.prefix = self.PREFIX
        limit = Reason._meta.get_field("text").max_length
        for finding in warnings:
            key = checking.key_of(finding)
            attrs = {
                "rows": 2,
                "autocomplete": "off",
                # Several boxes with one label: what each is about is read with it.
                "aria-describedby": f"about-{key}",
                # A check that comes back while somebody writes must not take the words away.
                "hx-preserve": "true",
            }
            box = forms.CharField(
                label=_("Why it is right all the same"),
                max_length=limit,
                required=is_final,
                widget=forms.Textarea(attrs=attrs),
            )
            # A draft may wait for it and a signature may not, so it is not called optional.
            box.has_alternative = True  # type: ignore[attr-defined]
            self.fields[key] = box

    @property
    def reasons(self) -> dict[str, str]:
        return dict(self.cleaned_data)


class ReviewedForm(forms.Form):
    """The digest of what was reviewed before signing: nothing clinical travels with a signature."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Why must it not be used?"),
        help_text=_("The patient reads this."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
