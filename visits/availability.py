"""When a clinician could be visited: hours, exceptions and taken time in, free starts out.

Pure: no database, no clock, no request. Wall time is the truth: hours mean what the clock on the
clinician's wall says on that day. Each minute of a visit lies within the hours, also on the two
days of the year on which clocks change, where an hour is missing or comes twice.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
DAY_MINUTES = 24 * 60
MINUTE = timedelta(minutes=1)
# Starts that people expect on a clock: a 50-minute visit is offered on the hour.
GRID = tuple(timedelta(minutes=minutes) for minutes in (10, 15, 20, 30, 60))


@dataclass(frozen=True)
class Block:
    """Hours of one weekday (0 is Monday), from `valid_from` through `valid_to`.

    Ends at 00:00: through the end of the day.
    """

    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return (
            day.weekday() == self.weekday
            and self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True)
class Away:
    """Not here at all, from the first through the last day."""

    first_day: date
    last_day: date


@dataclass(frozen=True)
class Special:
    """These hours instead of the weekly ones, from the first through the last day."""

    first_day: date
    last_day: date
    starts: time
    ends: time


def slots(
    *,
    zone: ZoneInfo,
    blocks: Sequence[Block],
    exceptions: Sequence[Away | Special],
    busy: Iterable[tuple[datetime, datetime]],
    length: timedelta,
    first_day: date,
    days: int,
    not_before: datetime,
    step: timedelta | None = None,
) -> list[datetime]:
    """The starts, in UTC and in order, at which a visit of `length` fits.

    `first_day` and `days` count on the clinician's calendar. `busy` are half-open. Starts lie
    `step` apart on the wall from the start of each block; without it, `grid_of(length)`.
    Length and step are whole minutes.
    """
    step = step or grid_of(length)
    starts: set[datetime] = set()
    for day in (first_day + timedelta(days=n) for n in range(days)):
        for opens, closes in hours_on(day, blocks, exceptions):
            starts.update(_starts(zone, day, opens, closes, length=length, step=step))
    taken = _merged(busy)
    begins = [begin for begin, _end in taken]
    return sorted(
        start
        for start in starts
        if start >= not_before and _is_free(start, start + length, taken, begins)
    )


def grid_of(length: timedelta) -> timedelta:
    """How far apart starts lie for visits of this length."""
    return next((step for step in GRID if step >= length), timedelta(minutes=30))


def hours_on(
    day: date, blocks: Iterable[Block], exceptions: Iterable[Away | Special]
) -> list[tuple[int, int]]:
    """The hours of a day as minutes on the wall; an exception replaces the whole day's hours."""
    for exception in exceptions:
        if exception.first_day <= day <= exception.last_day:
            if isinstance(exception, Away):
                return []
            return [_minutes_of(exception.starts, exception.ends)]
    return [_minutes_of(block.starts, block.ends) for block in blocks if block.holds_on(day)]


def _minutes_of(starts: time, ends: time) -> tuple[int, int]:
    last = DAY_MINUTES if ends == MIDNIGHT else ends.hour * 60 + ends.minute
    return starts.hour * 60 + starts.minute, last


def _starts(
    zone: ZoneInfo, day: date, opens: int, closes: int, *, length: timedelta, step: timedelta
) -> Iterator[datetime]:
    midnight, next_midnight = (
        datetime.combine(day, MIDNIGHT, tzinfo=zone),
        datetime.combine(day + timedelta(days=1), MIDNIGHT, tzinfo=zone),
    )
    every, needed = step // MINUTE, length // MINUTE
    if midnight.utcoffset() == next_midnight.utcoffset():
        start_of_day = midnight.astimezone(UTC)
        for minute in range(opens, closes - needed + 1, every):
            yield start_of_day + minute * MINUTE
        return
    # The clocks change today: ask the wall about each minute, there are few such days.
    is_open = {
        instant: opens <= _wall_minute(instant, zone) < closes
        for instant in _minutes_between(midnight, next_midnight)
    }
    for instant in is_open:
        visit = (instant + n * MINUTE for n in range(needed))
        if (_wall_minute(instant, zone) - opens) % every == 0 and all(
            is_open.get(minute, False) for minute in visit
        ):
            yield instant


def _minutes_between(start: datetime, end: datetime) -> Iterator[datetime]:
    instant, last = start.astimezone(UTC), end.astimezone(UTC)
    while instant < last:
        yield instant
        instant += MINUTE


def _wall_minute(instant: datetime, zone: ZoneInfo) -> int:
    wall = instant.astimezone(zone)
    return wall.hour * 60 + wall.minute


def _merged(busy: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(busy):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_free(
    start: datetime,
    end: datetime,
    taken: list[tuple[datetime, datetime]],
    begins: list[datetime],
) -> bool:
    """`taken` does not overlap itself, so the last one that begins before our end decides."""
    before = bisect_right(begins, end - timedelta.resolution) - 1
    return before < 0 or taken[before][1] <= start
