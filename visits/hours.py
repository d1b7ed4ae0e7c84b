"""When a clinician works: the weekly hours, and the days on which they do not hold.

Only the clinician changes them. Visits that are booked already stay booked, whatever changes.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import Clinician, User
from accounts.refusal import Refused
from visits.models import ScheduleException, Status, Visit, WeeklyHours

MIDNIGHT = time(0)


class HoursOverlap(Refused):
    code = "hours_overlap"
    message = _("These hours overlap with others on the same day.")


class DaysOverlap(Refused):
    code = "days_overlap"
    message = _("There is another exception on one of these days.")


def day_of(clinician: Clinician) -> date:
    """Today, where the clinician is."""
    return timezone.now().astimezone(ZoneInfo(clinician.time_zone)).date()


def weekly(clinician: Clinician) -> QuerySet[WeeklyHours]:
    """The blocks that hold now or later."""
    today = day_of(clinician)
    return clinician.weekly_hours.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today))


def exceptions(clinician: Clinician) -> QuerySet[ScheduleException]:
    """Those that are not over."""
    return clinician.exceptions.filter(last_day__gte=day_of(clinician))


def overlaps(
    blocks: Iterable[WeeklyHours], *, weekday: int, starts: time, ends: time
) -> WeeklyHours | None:
    """The first block that shares time with these hours; 00:00 as an end is the end of the day."""
    for block in blocks:
        if (
            block.weekday == weekday
            and starts < (block.ends if block.ends != MIDNIGHT else time.max)
            and block.starts < (ends if ends != MIDNIGHT else time.max)
        ):
            return block
    return None


def add(clinician: Clinician, *, weekday: int, starts: time, ends: time, by: User) -> WeeklyHours:
    """Work in this block every week from today on. HoursOverlap when it meets another."""
    with transaction.atomic():
        _lock(clinician, by)
        if overlaps(weekly(clinician), weekday=weekday, starts=starts, ends=ends):
            raise HoursOverlap
        block = WeeklyHours.objects.create(
            clinician=clinician,
            weekday=weekday,
            starts=starts,
            ends=ends,
            valid_from=day_of(clinician),
        )
        audit.record("hours.add", clinician, by=by)
    return block


def remove(block: WeeklyHours, *, by: User) -> None:
    """Do not work in this block from today on. What was worked before stays on record."""
    with transaction.atomic():
        _lock(block.clinician, by)
        today = day_of(block.clinician)
        if block.valid_from >= today:
            block.delete()
        else:
            block.valid_to = today - timedelta(days=1)
            block.save(update_fields=["valid_to"])
        audit.record("hours.remove", block.clinician, by=by)


def add_exception(
    clinician: Clinician,
    *,
    first_day: date,
    last_day: date,
    starts: time | None,
    ends: time | None,
    reason: str,
    by: User,
) -> ScheduleException:
    """Be away on these days, or work other hours on them. DaysOverlap when one has another rule."""
    with transaction.atomic():
        _lock(clinician, by)
        days = clinician.exceptions.filter(first_day__lte=last_day, last_day__gte=first_day)
        if days.exists():
            raise DaysOverlap
        exception = ScheduleException.objects.create(
            clinician=clinician,
            first_day=first_day,
            last_day=last_day,
            starts=starts,
            ends=ends,
            reason=reason,
        )
        audit.record("hours.add_exception", clinician, by=by)
    return exception


def remove_exception(exception: ScheduleException, *, by: User) -> None:
    with transaction.atomic():
        _lock(exception.clinician, by)
        exception.delete()
        audit.record("hours.remove_exception", exception.clinician, by=by)


def booked_outside(
    clinician: Clinician, exceptions: Iterable[ScheduleException]
) -> dict[ScheduleException, list[Visit]]:
    """The booked visits that start on the days of each exception and outside its hours.

    One query, however many exceptions.
    """
    found: dict[ScheduleException, list[Visit]] = {each: [] for each in exceptions}
    if not found:
        return found
    zone = ZoneInfo(clinician.time_zone)
    first = datetime.combine(min(each.first_day for each in found), MIDNIGHT, zone)
    last_day = max(each.last_day for each in found)
    after = datetime.combine(last_day + timedelta(days=1), MIDNIGHT, zone)
    visits = (
        Visit.objects.for_clinician(clinician)
        .occupying()
        .exclude(status=Status.HELD)
        .between(first, after)
        .with_people()
        .order_by("starts_at")
    )
    for visit in visits:
        starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
        for each, outside in found.items():
            if each.first_day <= starts.date() <= each.last_day and not (
                each.starts is not None
                and each.ends is not None
                and each.starts <= starts.time()
                and ends.time() <= each.ends
            ):
                outside.append(visit)
    return found


def _lock(clinician: Clinician, by: User) -> None:
    if clinician.user_id != by.pk:
        raise PermissionDenied
    # Two tabs that add overlapping hours at the same moment: the second waits and is refused.
    Clinician.objects.select_for_update(no_key=True).get(pk=clinician.pk)
