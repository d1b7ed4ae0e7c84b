"""Template words of telemed: times with their zone, places by name."""

from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import places

register = template.Library()


@register.filter
def when(instant: datetime) -> SafeString:
    """Day, time and zone: “Tuesday, November 24, 2:30 p.m. EST”, marked up as a <time>."""
    local = timezone.localtime(instant)
    text = f"{formats.date_format(local, _('l, F j'))}, {clock_text(local)}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), text)


@register.filter
def clock(instant: datetime) -> SafeString:
    """Time and zone: “2:30 p.m. EST”."""
    local = timezone.localtime(instant)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), clock_text(local))


def clock_text(local: datetime) -> str:
    # No-break spaces: “3 p.m. CST” is one word to the eye.
    return f"{formats.time_format(local, 'TIME_FORMAT')} {local:%Z}".replace(
        " ", "\N{NO-BREAK SPACE}"
    )


@register.filter
def minutes(length: timedelta) -> str:
    """“20 minutes”."""
    count = int(length.total_seconds() // 60)
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


@register.filter
def dollars(amount: Decimal) -> str:
    """“$75”, “$7.50”."""
    text = f"{amount:,.2f}"
    return f"${text.removesuffix('.00')}"


@register.filter
def place_name(code: str) -> str:
    return places.name_of(code)
