"""What patients are told about their visits: when, and where to click. Nothing about why.

No visit type, no profession, no clinician's name: who reads over a shoulder learns a time.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts import notices
from accounts.models import Notice
from accounts.notices import Message
from accounts.templatetags.telemed import clock_text
from visits.models import Status, Visit

A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
# After these, before the start, a reminder would only confuse.
DAY_REMINDER_STALE = timedelta(hours=2)
HOUR_REMINDER_STALE = timedelta(minutes=10)

BEFORE_START = (Status.BOOKED, Status.CHECKED_IN)


# --- put into the outbox by the verbs of booking ---


def booked(visit: Visit) -> None:
    _enqueue("visit.booked", visit, stale_at=visit.starts_at)
    _remind(visit)


def cancelled(visit: Visit) -> None:
    _withdraw(visit)
    _enqueue("visit.cancelled", visit)


def moved(old: Visit, new: Visit) -> None:
    _withdraw(old)
    _enqueue("visit.moved", new, stale_at=new.starts_at)
    _remind(new)


def summary_ready(visit: Visit) -> None:
    """Put in by the verb that signs the note of a visit that is over."""
    _enqueue("visit.summary_ready", visit)


def _remind(visit: Visit) -> None:
    """A day and an hour before; not when that is now, for they were just told."""
    for name, before, stale in (
        ("visit.reminder_day", A_DAY, DAY_REMINDER_STALE),
        ("visit.reminder_hour", AN_HOUR, HOUR_REMINDER_STALE),
    ):
        due_at = visit.starts_at - before
        if due_at > timezone.now():
            _enqueue(name, visit, due_at=due_at, stale_at=visit.starts_at - stale)


def _withdraw(visit: Visit) -> None:
    names = ("visit.booked", "visit.moved", "visit.reminder_day", "visit.reminder_hour")
    notices.withdraw(*(f"{name}:{visit.code}" for name in names))


def _enqueue(
    name: str, visit: Visit, *, due_at: datetime | None = None, stale_at: datetime | None = None
) -> None:
    notices.enqueue(
        name,
        key=f"{name}:{visit.code}",
        to=visit.patient.user,
        about=visit.code,
        due_at=due_at,
        stale_at=stale_at,
    )


# --- what each says, composed when it is sent, in the reader's language ---


@notices.kind("visit.booked")
def say_booked(notice: Notice) -> Message | None:
    visit = _visit_of(notice, BEFORE_START)
    if visit is None:
        return None
    return Message(_("Your video visit is booked"), _letter(visit, _("Your video visit is on:")))


@notices.kind("visit.moved")
def say_moved(notice: Notice) -> Message | None:
    visit = _visit_of(notice, BEFORE_START)
    if visit is None:
        return None
    return Message(
        _("Your video visit has a new time"), _letter(visit, _("Your video visit is now on:"))
    )


@notices.kind("visit.reminder_day")
def remind_a_day_before(notice: Notice) -> Message | None:
    visit = _visit_of(notice, BEFORE_START)
    if visit is None:
        return None
    return Message(_("Your video visit is soon"), _letter(visit, _("Your video visit is on:")))


@notices.kind("visit.reminder_hour")
def remind_an_hour_before(notice: Notice) -> Message | None:
    visit = _visit_of(notice, BEFORE_START)
    if visit is None:
        return None
    opening = _("Your video visit starts soon. You can check in 30 minutes before:")
    return Message(_("Your video visit starts soon"), _letter(visit, opening))


@notices.kind("visit.cancelled")
def say_cancelled(notice: Notice) -> Message | None:
    visit = _visit_of(notice, (Status.CANCELLED,))
    if visit is None:
        return None
    opening = _("This video visit was cancelled:")
    return Message(_("Your video visit was cancelled"), _letter(visit, opening))


@notices.kind("visit.summary_ready")
def say_summary_ready(notice: Notice) -> Message | None:
    visit = _visit_of(notice, (Status.COMPLETED, Status.REDIRECTED))
    if visit is None:
        return None
    opening = _("The summary of your video visit is ready. The visit was on:")
    return Message(
        _("Your visit summary is ready"),
        _letter(visit, opening, _("Read what to do next:"), page="summary"),
    )


def _visit_of(notice: Notice, statuses: tuple[Status, ...]) -> Visit | None:
    """The visit that a notice is about, if what it says is still true."""
    if notice.subject_code is None:
        return None
    return (
        Visit.objects.select_related("patient__user", "clinic")
        .filter(code=notice.subject_code, status__in=statuses)
        .first()
    )


def _letter(visit: Visit, opening: str, invitation: str = "", *, page: str = "visit") -> str:
    link = f"{settings.BASE_URL}{reverse(page, args=[visit.code])}"
    return "\n".join(
        [
            _("Hello,"),
            "",
            opening,
            "",
            f"    {_when(visit)}",
            "",
            invitation or _("See your visit, change the time or join:"),
            link,
            "",
            _("Questions? Call %(clinic)s: %(phone)s")
            % {"clinic": visit.clinic.name, "phone": visit.clinic.phone},
            _("In an emergency call 911."),
        ]
    )


def _when(visit: Visit) -> str:
    """“Tuesday, November 24, 2:30 p.m. EST”, in the patient's own zone."""
    local = timezone.localtime(visit.starts_at, ZoneInfo(visit.patient.user.time_zone))
    return f"{formats.date_format(local, _('l, F j'))}, {clock_text(local)}"
