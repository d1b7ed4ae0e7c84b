"""Who could see this patient, and when: slots of every clinician who may treat here on that day.

Reads only, and with the same number of queries whatever the number of rows; nothing is written
on a read. A slot is a promise to nobody: `booking.hold` asks again under its locks.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import formats
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import licensing, places
from accounts.models import Clinician, Membership, Patient
from triage.models import Intake
from visits import availability, licensed
from visits.models import ScheduleException, Status, Visit, VisitType, WeeklyHours

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NOTICE = timedelta(minutes=10)  # no visit starts sooner than this after it is booked
HORIZON = timedelta(days=28)  # how far ahead visits are booked
LONGEST_VISIT = timedelta(minutes=180)  # as VisitType allows

Busy = dict[int, list[tuple[datetime, datetime]]]


@dataclass(frozen=True)
class Offer:
    """One clinician's open starts, in UTC, by the day on the patient's calendar."""

    clinician: Clinician
    decision: licensing.Decision  # why the license question came to a yes, on the first day
    days: dict[date, list[datetime]]


@dataclass(frozen=True)
class Nothing:
    """Why there is nothing to offer. `day` is the next day that has something, if any does."""

    code: str
    sentence: "str | _StrPromise"
    day: date | None = None


@dataclass(frozen=True)
class Found:
    first_day: date
    offers: list[Offer] = field(default_factory=list)
    nothing: Nothing | None = None

    def count_on(self, day: date) -> int:
        return sum(len(offer.days.get(day, ())) for offer in self.offers)

    def on(self, day: date) -> list[Offer]:
        """Offers with something on that day, the earliest start first."""
        offers = [offer for offer in self.offers if day in offer.days]
        return sorted(offers, key=lambda offer: (offer.days[day][0], offer.clinician.name))


def find(
    intake: Intake,
    visit_type: VisitType,
    *,
    first_day: date,
    days: int,
    now: datetime,
    moving: Visit | None = None,
) -> Found:
    """What is open for this patient on `days` days from `first_day`, on the patient's calendar.

    `intake` comes with its patient and user. `moving` is the visit that gives up its own time.
    """
    patient = intake.patient
    search = _Search(patient, intake.place, visit_type, now)
    if intake.place not in places.STATE_CODES:
        return Found(first_day, nothing=_OUTSIDE)
    clinicians = list(candidates(visit_type, patient))
    window = [first_day + timedelta(days=n) for n in range(days)]
    busy = _busy(clinicians, intake, search.span(window), now, moving)
    offers = list(search.offers(clinicians, window, busy))
    if offers:
        return Found(first_day, offers)
    return Found(first_day, nothing=_why_nothing(search, clinicians, intake, moving))


def candidates(visit_type: VisitType, patient: Patient) -> QuerySet[Clinician]:
    """Clinicians who give this type of visit, with what is asked of them in three more queries."""
    return (
        working_here()
        .filter(clinic=patient.clinic_id, profession__in=visit_type.professions)
        .exclude(user=patient.user_id)
        .prefetch_related(
            "licenses",
            Prefetch("weekly_hours", WeeklyHours.objects.order_by()),
            Prefetch("exceptions", ScheduleException.objects.order_by()),
        )
    )


def working_here() -> QuerySet[Clinician]:
    return Clinician.objects.filter(
        is_active=True,
        user__memberships__role=Membership.Role.CLINICIAN,
        user__memberships__is_active=True,
        user__memberships__clinic=F("clinic"),
    )


def is_open(
    clinician: Clinician, visit_type: VisitType, *, starts_at: datetime, now: datetime
) -> bool:
    """Do the clinician's hours, our notice and horizon allow this start? Taken time not asked."""
    zone = ZoneInfo(clinician.time_zone)
    starts = _slots(
        clinician,
        length=timedelta(minutes=visit_type.minutes),
        first_day=starts_at.astimezone(zone).date(),
        days=1,
        busy=(),
        now=now,
    )
    return starts_at in starts and starts_at <= now + HORIZON


@dataclass(frozen=True)
class _Search:
    patient: Patient
    place: str
    visit_type: VisitType
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.patient.user.time_zone)

    def span(self, window: Sequence[date]) -> tuple[datetime, datetime]:
        """The instants between which these days lie on the patient's calendar."""
        after = window[-1] + timedelta(days=1)
        return (
            datetime.combine(window[0], time(), tzinfo=self.zone).astimezone(UTC),
            datetime.combine(after, time(), tzinfo=self.zone).astimezone(UTC),
        )

    def decisions(
        self, clinician: Clinician, window: Sequence[date]
    ) -> dict[date, licensing.Decision]:
        """The days on which this clinician may treat here, and why."""
        facts = licensed.facts_of(clinician, clinician.licenses.all())
        decided = {day: licensing.decide(facts, place=self.place, on=day) for day in window}
        return {day: decision for day, decision in decided.items() if decision.is_allowed}

    def offers(
        self, clinicians: Iterable[Clinician], window: Sequence[date], busy: Busy
    ) -> Iterator[Offer]:
        zone = self.zone
        for clinician in clinicians:
            allowed = self.decisions(clinician, window)
            if not allowed:
                continue
            by_day: dict[date, list[datetime]] = defaultdict(list)
            for start in self._starts(clinician, window, busy):
                day = start.astimezone(zone).date()
                if day in allowed:
                    by_day[day].append(start)
            if by_day:
                first = min(by_day)
                yield Offer(clinician, allowed[first], dict(by_day))

    def _starts(
        self, clinician: Clinician, window: Sequence[date], busy: Busy
    ) -> Iterator[datetime]:
        # The same days may be other days on the clinician's calendar: ask one more on each side.
        start, end = self.span(window)
        starts = _slots(
            clinician,
            length=timedelta(minutes=self.visit_type.minutes),
            first_day=window[0] - timedelta(days=1),
            days=len(window) + 2,
            busy=busy[clinician.pk],
            now=self.now,
        )
        last = min(end, self.now + HORIZON)
        return (instant for instant in starts if start <= instant < last)


def _slots(
    clinician: Clinician,
    *,
    length: timedelta,
    first_day: date,
    days: int,
    busy: Iterable[tuple[datetime, datetime]],
    now: datetime,
) -> list[datetime]:
    return availability.slots(
        zone=ZoneInfo(clinician.time_zone),
        blocks=[
            availability.Block(row.weekday, row.starts, row.ends, row.valid_from, row.valid_to)
            for row in clinician.weekly_hours.all()
        ],
        exceptions=[
            availability.Away(row.first_day, row.last_day)
            if row.starts is None or row.ends is None
            else availability.Special(row.first_day, row.last_day, row.starts, row.ends)
            for row in clinician.exceptions.all()
        ],
        busy=busy,
        length=length,
        first_day=first_day,
        days=days,
        not_before=now + NOTICE,
    )


def _busy(
    clinicians: Sequence[Clinician],
    intake: Intake,
    span: tuple[datetime, datetime],
    now: datetime,
    moving: Visit | None,
) -> Busy:
    """Taken time by clinician; the patient's own other visits count against everybody.

    What this patient gives up by booking does not count: a hold for the same need, or the visit
    that is being moved; nor do holds that ended and were not cleared away yet.
    """
    start, end = span
    rows = (
        Visit.objects.occupying()
        .filter(
            Q(clinician__in=[clinician.pk for clinician in clinicians]) | Q(patient=intake.patient),
            starts_at__gt=start - LONGEST_VISIT,
            starts_at__lt=end + LONGEST_VISIT,
        )
        .exclude(status=Status.HELD, held_until__lte=now)
        .exclude(status=Status.HELD, intake=intake)
        .order_by()
    )
    if moving is not None:
        rows = rows.exclude(pk=moving.pk)
    busy: Busy = defaultdict(list)
    own = []
    for clinician_id, patient_id, during in rows.values_list("clinician", "patient", "during"):
        busy[clinician_id].append((during.lower, during.upper))
        if patient_id == intake.patient_id:
            own.append((during.lower, during.upper))
    for clinician in clinicians:
        busy[clinician.pk].extend(own)
    return busy


# --- why there is nothing ---

_OUTSIDE = Nothing(
    "outside_us",
    _(
        "You told us that you are outside the United States. Our clinicians may only treat people"
        " who are in a state where they are licensed."
    ),
)
_day_name = lazy(lambda day: formats.date_format(day, gettext("l, F j")), str)


def _why_nothing(
    search: _Search, clinicians: Sequence[Clinician], intake: Intake, moving: Visit | None
) -> Nothing:
    where = places.name_of(search.place)
    if not clinicians:
        return Nothing("nobody_gives_it", _("Nobody at the clinic gives this kind of visit now."))
    today = search.now.astimezone(search.zone).date()
    window = [today + timedelta(days=n) for n in range(HORIZON.days + 1)]
    may = [clinician for clinician in clinicians if search.decisions(clinician, window)]
    if not may:
        sentence = _(
            "None of our clinicians for this kind of visit is licensed in {state}, where you are"
            " now."
        )
        return Nothing("nobody_licensed", format_lazy(sentence, state=where))
    busy = _busy(may, intake, search.span(window), search.now, moving)
    days = [day for offer in search.offers(may, window, busy) for day in offer.days]
    if not days:
        sentence = _(
            "Everybody licensed in {state} is fully booked for the next four weeks. Please call us."
        )
        return Nothing("no_time", format_lazy(sentence, state=where))
    sentence = _("No times are free on these days. The next free time is on {day}.")
    return Nothing("no_time_until", format_lazy(sentence, day=_day_name(min(days))), min(days))
