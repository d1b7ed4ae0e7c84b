"""What the clinician's day looks like now, in as many queries whatever the number of visits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import Clinician, License
from visits import licensed
from visits.models import Status, Visit

FIRST_WORDS = 140  # characters of the patient's reason that a row shows


@dataclass(frozen=True)
class Row:
    visit: Visit
    age: int
    first_words: str  # the first line of what the patient wrote
    is_licensed: bool  # by the clinician's licenses as they stand now
    waited: timedelta

    @property
    def minutes_waited(self) -> int:
        return int(self.waited.total_seconds() // 60)


@dataclass
class Queue:
    """The rows of one clinician's day, by what they need from the clinician."""

    now: datetime
    waiting: list[Row] = field(default_factory=list)  # who came first is first
    in_call: list[Row] = field(default_factory=list)
    checked_in: list[Row] = field(default_factory=list)
    booked: list[Row] = field(default_factory=list)
    to_sign: list[Row] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not any((self.waiting, self.in_call, self.checked_in, self.booked, self.to_sign))


def today(clinician: Clinician, *, now: datetime) -> Queue:
    """The clinician's day in the clinician's own zone, and what was left over from before."""
    queue = Queue(now)
    groups = {
        Status.WAITING: queue.waiting,
        Status.IN_PROGRESS: queue.in_call,
        Status.CHECKED_IN: queue.checked_in,
        Status.BOOKED: queue.booked,
    }
    licenses = list(clinician.licenses.all())
    for visit in _visits(clinician, now):
        group = groups.get(Status(visit.status), queue.to_sign)
        group.append(_row(visit, licenses, now))
    queue.waiting.sort(key=lambda row: row.waited, reverse=True)
    return queue


def _visits(clinician: Clinician, now: datetime) -> QuerySet[Visit]:
    midnight = now.astimezone(ZoneInfo(clinician.time_zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    # Wall time plus a day, so that the day on which clocks change is whole.
    of_the_day = Q(
        status__in=[Status.BOOKED, Status.CHECKED_IN],
        starts_at__gte=midnight,
        starts_at__lt=midnight + timedelta(days=1),
    )
    here = Q(status__in=[Status.WAITING, Status.IN_PROGRESS])
    to_sign = Q(status__in=[Status.COMPLETED, Status.REDIRECTED], started_at__isnull=False) & (
        Q(note__isnull=True) | Q(note__signed_at__isnull=True)
    )
    return (
        Visit.objects.for_clinician(clinician)
        .with_people()
        .filter(of_the_day | here | to_sign)
        .order_by("starts_at")
    )


def _row(visit: Visit, licenses: list[License], now: datetime) -> Row:
    lines = visit.intake.reason.strip().splitlines()
    first = lines[0] if lines else ""
    # A row of what is over says nothing of licenses.
    decision = None if visit.is_over else licensed.standing(visit, licenses, now=now)
    return Row(
        visit=visit,
        age=visit.patient.age_on(now.date()),
        first_words=first if len(first) <= FIRST_WORDS else first[: FIRST_WORDS - 1] + "…",
        is_licensed=decision is not None and decision.is_allowed,
        waited=now - visit.waiting_since if visit.waiting_since else timedelta(),
    )
