"""Names that people read: languages, time zones, what a clinician is."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import get_timezone_name
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Clinician


def zone_name(zone: str, at: datetime) -> str:
    """“Central Standard Time (CST)”, as it is called at that time."""
    local = timezone.localtime(at, ZoneInfo(zone))
    return f"{get_timezone_name(local, locale=_locale())} ({local:%Z})"


def language_names(codes: list[str]) -> str:
    """“English and Spanish”, in the reader's language."""
    names = [_locale().languages.get(code, code) for code in codes]
    return str(get_text_list(names, _("and")))


def other_zone(clinician: Clinician, zone: str, at: datetime) -> str:
    """The clinician's zone, where the clock shows another time than the patient's; else empty."""
    theirs = timezone.localtime(at, ZoneInfo(clinician.time_zone))
    if theirs.utcoffset() == timezone.localtime(at, ZoneInfo(zone)).utcoffset():
        return ""
    return zone_name(clinician.time_zone, at)


def _locale() -> Locale:
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
