"""Languages that people at a clinic speak, by their code (BCP 47)."""

from collections.abc import Iterable

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LANGUAGES = [
    ("en", gettext_lazy("English")),
    ("es", gettext_lazy("Spanish")),
    ("ase", gettext_lazy("American Sign Language")),
    ("ar", gettext_lazy("Arabic")),
    ("zh", gettext_lazy("Chinese")),
    ("fr", gettext_lazy("French")),
    ("ht", gettext_lazy("Haitian Creole")),
    ("hi", gettext_lazy("Hindi")),
    ("ig", gettext_lazy("Igbo")),
    ("ko", gettext_lazy("Korean")),
    ("pt", gettext_lazy("Portuguese")),
    ("ru", gettext_lazy("Russian")),
    ("tl", gettext_lazy("Tagalog")),
    ("vi", gettext_lazy("Vietnamese")),
]


def names_of(codes: Iterable[str]) -> str:
    """“English, Spanish and Igbo”; a code that is none of ours stays as it is."""
    names = dict(LANGUAGES)
    return get_text_list([str(names.get(code, code)) for code in codes], _("and"))
