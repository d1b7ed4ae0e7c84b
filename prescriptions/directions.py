"""Directions that are written every day, as whole sentences.

They are stored and printed in English, for the pharmacy. A patient who reads another language
gets the translation beside them; that is why these are sentences and not pieces.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

TABLETS = (
    _("Take 1 tablet by mouth once a day."),
    _("Take 1 tablet by mouth twice a day."),
    _("Take 1 tablet by mouth three times a day."),
    _("Take 1 tablet by mouth at bedtime."),
    _("Take 1 tablet by mouth every 8 hours as needed for pain."),
    _("Take 1 tablet by mouth every 8 hours as needed for nausea."),
)
CAPSULES = (
    _("Take 1 capsule by mouth once a day."),
    _("Take 1 capsule by mouth twice a day."),
    _("Take 1 capsule by mouth three times a day."),
    _("Take 1 capsule by mouth twice a day for 7 days."),
    _("Take 1 capsule by mouth three times a day for 10 days."),
)
UNDER_THE_TONGUE = (_("Put 1 tablet under the tongue. Let it melt."),)
ON_THE_TONGUE = (_("Put 1 tablet on the tongue. Let it melt."),)
INHALERS = (
    _("Breathe in 2 puffs every 4 to 6 hours as needed for wheezing."),
    _("Breathe in 2 puffs twice a day, every day. Rinse your mouth after."),
)
SPRAYS = (_("Spray once into each nostril, once a day."),)
ON_THE_SKIN = (
    _("Put a thin layer on the sore skin once a day."),
    _("Put a thin layer on the sore skin twice a day."),
)

# By the words of the form; the first that fits.
_BY_FORM = (
    ("sublingual tablet", UNDER_THE_TONGUE),
    ("orally disintegrating tablet", ON_THE_TONGUE),
    ("tablet", TABLETS),
    ("capsule", CAPSULES),
    ("inhaler", INHALERS),
    ("nasal spray", SPRAYS),
    ("cream", ON_THE_SKIN),
    ("gel", ON_THE_SKIN),
)


def phrases_for(forms: list[str]) -> list[str]:
    """What to offer for these forms, in English."""
    found: list[str] = []
    with override("en"):
        for form in forms:
            fits = next((phrases for word, phrases in _BY_FORM if word in form), ())
            found += [str(phrase) for phrase in fits if str(phrase) not in found]
    return found


def translated(text: str) -> str:
    """The same directions in the reader's language; empty where we have no translation."""
    with override("en"):
        ours = next((each for each in _all() if _plain(str(each)) == _plain(text)), None)
    if ours is None or _plain(str(ours)) == _plain(text):
        return ""
    return str(ours)


def _all() -> list[str | Promise]:
    return [phrase for _word, phrases in _BY_FORM for phrase in phrases]


def _plain(text: str) -> str:
    return text.strip().rstrip(".").casefold()
