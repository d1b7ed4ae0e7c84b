"""The forms beside the picture: the note, its addendum, the end of the visit."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from visits.lifecycle import REDIRECTIONS
from visits.models import Note, Visit
from visits.models.notes import LONGEST
from visits.signing import NEEDED, PARTS

HIGHEST_VERSION = 2**31 - 1


@dataclass(frozen=True)
class Part:
    """One part of a note, to read."""

    name: str
    label: str
    words: str
    is_needed: bool


def parts_of(note: Note) -> list[Part]:
    return [Part(name, _label(name), getattr(note, name).strip(), name in NEEDED) for name in PARTS]


def _label(part: str) -> Any:
    return Note._meta.get_field(part).verbose_name  # type: ignore[union-attr]


def _part(name: str, hint: Any, *, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=_label(name),
        help_text=hint,
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true", "autocomplete": "off"}),
    )


class NoteForm(forms.Form):
    """All parts of a note and the version that the page was read at."""

    use_required_attribute = False

    subjective = _part("subjective", _("What the patient tells you."))
    objective = _part("objective", _("What you see, hear and measure."))
    assessment = _part("assessment", _("What you think it is, and why. Needed for signing."))
    plan = _part(
        "plan", _("What you and the patient will do. The patient reads it too. Needed for signing.")
    )
    for_patient = _part("for_patient", _("In plain words. The patient reads this in the summary."))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=HIGHEST_VERSION)

    @classmethod
    def of(cls, note: Note) -> "NoteForm":
        words = {part: getattr(note, part) for part in PARTS}
        return cls(initial={**words, "version": note.version})

    @property
    def parts(self) -> dict[str, str]:
        return {part: self.cleaned_data[part] for part in PARTS}


class VersionForm(forms.Form):
    """The version of the note that was reviewed before signing."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=HIGHEST_VERSION)


class AddendumForm(forms.Form):
    text = forms.CharField(
        label=_("Addendum"),
        help_text=_("It is signed with your name and the time, and stays beside the note."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("How did the visit end?"),
        choices=list(Visit._meta.get_field("outcome").flatchoices),
        widget=forms.RadioSelect,
    )


class RedirectForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Where should the patient go?"),
        choices=[(code, label) for code, label in REDIRECTIONS.items()],
        widget=forms.RadioSelect,
    )
