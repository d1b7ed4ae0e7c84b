"""The questions before a visit, one page each."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import places
from accounts.models.people import phone_number
from triage import red_flags
from triage.models import PREGNANCIES, HistoryEntry

LONGEST_REASON = 4000  # characters
MOST_ENTRIES = 60  # lines of one history list


class PlaceForm(forms.Form):
    """Where the patient is at this moment."""

    place = forms.ChoiceField(
        label=_("Which state are you in right now?"),
        choices=[("", _("Choose a state")), *places.WHERE_NOW],
        help_text=_("Where you are now, not where you live. Licenses go by state."),
    )
    street = forms.CharField(
        label=_("Street and number where you are"),
        max_length=200,
        help_text=_("So that help finds you in an emergency."),
    )
    city = forms.CharField(label=_("City"), max_length=100)
    phone = forms.CharField(
        label=_("Phone that you have with you"),
        max_length=20,
        validators=[phone_number],
        help_text=_("We call you here if the video stops working."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("What is wrong?"),
        max_length=LONGEST_REASON,
        min_length=3,
        help_text=_("In your own words. When did it start? What makes it better or worse?"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    pregnancy = forms.ChoiceField(
        label=_("Are you pregnant?"),
        choices=PREGNANCIES,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, asks_pregnancy: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_pregnancy:
            del self.fields["pregnancy"]


class SafetyForm(forms.Form):
    """One checkbox for each red flag that applies, under headings; or “none of these”."""

    none = forms.BooleanField(
        label=_("None of these warning signs is happening"),
        required=False,
    )

    def __init__(
        self, *args: Any, questions: list[red_flags.Question], ticked: set[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.known = {question.id for question in questions}
        self.ticked = set(self.data.getlist("yes")) if self.is_bound else ticked  # type: ignore[attr-defined]

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        """For the template: heading, and id, text, hint and tick of each question."""
        language = get_language()
        return [
            {
                "heading": group.heading(language),
                "questions": [
                    {
                        "id": question.id,
                        "text": question.text(language),
                        "hint": question.hint(language),
                        "is_ticked": question.id in self.ticked,
                    }
                    for question in questions
                ],
            }
            for group, questions in red_flags.by_group(self.questions)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.ticked - self.known:
            raise ValidationError(_("Please answer the questions on this page."))
        dangers = {question.id for question in self.questions if question.is_red_flag}
        if self.ticked & dangers and cleaned.get("none"):
            raise ValidationError(
                _("You ticked something and also “none”. Please keep one of them.")
            )
        if not self.ticked and not cleaned.get("none"):
            raise ValidationError(
                _("Tick what is happening. If nothing is, tick “none” at the end.")
            )
        return cleaned

    @property
    def answers(self) -> dict[str, bool]:
        return {question: question in self.ticked for question in sorted(self.known)}


class HistoryForm(forms.Form):
    """Three lists, an entry a line; an empty list must be said to be empty."""

    LISTS = (
        (HistoryEntry.Kind.MEDICINE, _("Medicines you take"), _("I take no medicines")),
        (HistoryEntry.Kind.ALLERGY, _("Allergies"), _("I have no allergies")),
        (HistoryEntry.Kind.CONDITION, _("Health conditions"), _("I have no health conditions")),
    )
    HINTS = {
        HistoryEntry.Kind.MEDICINE: _("One on each line, with the dose if you know it."),
        HistoryEntry.Kind.ALLERGY: _("One on each line: medicines, food, latex, insects."),
        HistoryEntry.Kind.CONDITION: _("One on each line, for example asthma or diabetes."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label, none in self.LISTS:
            self.fields[kind.value] = forms.CharField(
                label=label,
                required=False,
                max_length=6000,
                help_text=self.HINTS[kind],
                widget=forms.Textarea(attrs={"rows": 3}),
            )
            # One of the two must be filled in, so neither is marked as optional.
            self.fields[kind.value].has_alternative = True  # type: ignore[attr-defined]
            self.fields[f"no_{kind.value}"] = forms.BooleanField(label=none, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for kind, _label, none in self.LISTS:
            names = self.lines(kind)
            if len(names) > MOST_ENTRIES or any(len(name) > 200 for name in names):
                self.add_error(kind.value, _("Use short lines, at most 60 of them."))
            if not names and not cleaned.get(f"no_{kind.value}"):
                self.add_error(
                    kind.value, _("Write them down, or tick “%(none)s”.") % {"none": none}
                )
            if names and cleaned.get(f"no_{kind.value}"):
                self.add_error(
                    f"no_{kind.value}", _("There is something in the list. Keep one of the two.")
                )
        return cleaned

    def lines(self, kind: HistoryEntry.Kind) -> list[str]:
        """The entries of one list, without blanks and repetitions."""
        text: str = self.cleaned_data.get(kind.value) or ""
        names = (" ".join(line.split()) for line in text.splitlines())
        return list(dict.fromkeys(name for name in names if name))
