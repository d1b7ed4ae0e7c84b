"""Slots on the wall: tables for the plain rules, properties for the days on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visits.availability import Away, Block, Special, grid_of, slots

CHICAGO = ZoneInfo("America/Chicago")
MONDAY = date(2026, 11, 23)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NINE_TO_ELEVEN = Block(0, time(9), time(11), date(2020, 1, 1))
MINUTE = timedelta(minutes=1)


def on_the_wall(*, zone=CHICAGO, **changed):
    asked = {
        "zone": zone,
        "blocks": [NINE_TO_ELEVEN],
        "exceptions": [],
        "busy": [],
        "length": timedelta(minutes=30),
        "first_day": MONDAY,
        "days": 1,
        "not_before": LONG_AGO,
    }
    return [f"{start.astimezone(zone):%H:%M}" for start in slots(**(asked | changed))]


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=CHICAGO).astimezone(UTC)


def test_hours_are_cut_into_visits():
    assert on_the_wall() == ["09:00", "09:30", "10:00", "10:30"]


def test_a_visit_that_would_end_after_the_hours_is_not_offered():
    assert on_the_wall(length=timedelta(minutes=50)) == ["09:00", "10:00"]
    assert on_the_wall(length=timedelta(minutes=121)) == []


@pytest.mark.parametrize(
    ("minutes", "apart"),
    [(5, 10), (10, 10), (15, 15), (20, 20), (25, 30), (45, 60), (50, 60), (60, 60), (90, 30)],
)
def test_starts_lie_where_people_expect_them(minutes, apart):
    assert grid_of(timedelta(minutes=minutes)) == timedelta(minutes=apart)


def test_taken_time_is_not_offered_and_its_end_is():
    assert on_the_wall(busy=[(at(9, 30), at(10))]) == ["09:00", "10:00", "10:30"]


def test_a_visit_that_begins_a_minute_before_our_end_is_in_the_way():
    assert on_the_wall(busy=[(at(9, 59), at(10, 1))]) == ["09:00", "10:30"]


def test_taken_times_that_overlap_each_other_all_count():
    busy = [(at(9), at(10, 30)), (at(9, 10), at(9, 20)), (at(10, 30), at(10, 31))]
    assert on_the_wall(busy=busy) == []


def test_nothing_before_the_earliest_start():
    assert on_the_wall(not_before=at(9, 31)) == ["10:00", "10:30"]
    assert on_the_wall(not_before=at(10, 0)) == ["10:00", "10:30"]


def test_other_weekdays_have_nothing():
    assert on_the_wall(first_day=MONDAY + timedelta(days=1), days=6) == []
    assert len(on_the_wall(days=8)) == 8


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "count"),
    [
        (MONDAY, None, 4),
        (MONDAY, MONDAY, 4),
        (MONDAY + timedelta(days=1), None, 0),
        (MONDAY - timedelta(days=7), MONDAY - timedelta(days=1), 0),
    ],
    ids=["from today", "today alone", "from tomorrow", "until yesterday"],
)
def test_hours_hold_from_their_first_through_their_last_day(valid_from, valid_to, count):
    block = Block(0, time(9), time(11), valid_from, valid_to)
    assert len(on_the_wall(blocks=[block])) == count


def test_hours_until_midnight_end_with_the_day():
    late = Block(0, time(23), time(0), date(2020, 1, 1))
    assert on_the_wall(blocks=[late]) == ["23:00", "23:30"]


def test_two_blocks_that_overlap_offer_a_start_once():
    twice = [NINE_TO_ELEVEN, Block(0, time(10), time(12), date(2020, 1, 1))]
    assert on_the_wall(blocks=twice) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


def test_away_days_have_nothing_on_their_first_and_last_day():
    away = Away(MONDAY, MONDAY + timedelta(days=7))
    assert on_the_wall(exceptions=[away], days=14) == []
    assert len(on_the_wall(exceptions=[away], days=15)) == 4


def test_other_hours_replace_the_weekly_ones_even_on_a_free_day():
    special = Special(MONDAY, MONDAY + timedelta(days=1), time(15), time(16))
    assert on_the_wall(exceptions=[special], days=2) == ["15:00", "15:30", "15:00", "15:30"]


@pytest.mark.parametrize(
    ("zone", "day", "offered"),
    [
        ("America/Chicago", date(2026, 3, 8), "01:00 01:30 03:00 03:30"),
        (
            "America/Chicago",
            date(2026, 11, 1),
            "01:00 01:30 01:00 01:30 02:00 02:30 03:00 03:30",
        ),
        ("America/Phoenix", date(2026, 3, 8), "01:00 01:30 02:00 02:30 03:00 03:30"),
    ],
    ids=["the hour that is missing", "the hour that comes twice", "no change in Arizona"],
)
def test_days_on_which_clocks_change(zone, day, offered):
    night = Block(day.weekday(), time(1), time(4), date(2020, 1, 1))
    assert on_the_wall(zone=ZoneInfo(zone), blocks=[night], first_day=day) == offered.split()


def test_a_visit_across_the_missing_hour_must_end_within_the_hours():
    night = Block(6, time(1), time(3), date(2020, 1, 1))
    day = date(2026, 3, 8)
    hour = timedelta(minutes=60)
    assert on_the_wall(blocks=[night], first_day=day, length=hour) == ["01:00"]
    step = timedelta(minutes=30)
    # From 1:30 an hour would end at 3:30 on the wall.
    assert on_the_wall(blocks=[night], first_day=day, length=hour, step=step) == ["01:00"]


ZONES = st.sampled_from(
    [
        "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
        "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
        "Pacific/Guam", "America/Indiana/Indianapolis",
    ]
).map(ZoneInfo)  # fmt: skip
CHANGES = [date(2026, 3, 8), date(2026, 11, 1), date(2027, 3, 14), date(2027, 11, 7)]
DAYS = st.one_of(
    st.sampled_from(CHANGES),
    st.sampled_from(CHANGES).map(lambda day: day - timedelta(days=1)),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)


@st.composite
def hours(draw):
    start = draw(st.integers(0, 23 * 60))
    end = draw(st.integers(start + 1, 24 * 60))
    return start, end


@settings(max_examples=60, deadline=None)
@given(
    zone=ZONES,
    day=DAYS,
    hours=hours(),
    length=st.sampled_from([10, 15, 20, 30, 45, 60, 90]),
    step=st.sampled_from([10, 15, 20, 30, 60]),
)
def test_every_start_that_fits_the_wall_and_no_other(zone, day, hours, length, step):
    """Asks the wall about each minute of the day, and about each minute of each visit."""
    opens, closes = hours
    block = Block(
        day.weekday(), time(opens // 60, opens % 60), time(closes // 60 % 24, closes % 60), day
    )
    got = slots(
        zone=zone,
        blocks=[block],
        exceptions=[],
        busy=[],
        length=length * MINUTE,
        step=step * MINUTE,
        first_day=day,
        days=1,
        not_before=LONG_AGO,
    )

    def is_within(instant: datetime) -> bool:
        wall = instant.astimezone(zone)
        return wall.date() == day and opens <= wall.hour * 60 + wall.minute < closes

    def is_on_the_grid(instant: datetime) -> bool:
        wall = instant.astimezone(zone)
        return (wall.hour * 60 + wall.minute - opens) % step == 0

    noon = datetime.combine(day, time(12), tzinfo=UTC)
    minutes = [noon + n * MINUTE for n in range(-36 * 60, 36 * 60)]
    expected = [
        minute
        for minute in minutes
        if is_within(minute)
        and is_on_the_grid(minute)
        and all(is_within(minute + n * MINUTE) for n in range(length))
    ]
    assert got == expected


@settings(max_examples=60, deadline=None)
@given(zone=ZONES, day=DAYS, taken=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 90))))
def test_no_start_overlaps_taken_time_and_every_other_stays(zone, day, taken):
    midnight = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
    busy = [(midnight + a * MINUTE, midnight + (a + n) * MINUTE) for a, n in taken]
    asked = {
        "zone": zone,
        "blocks": [Block(day.weekday(), time(0), time(0), day)],
        "exceptions": [],
        "length": 30 * MINUTE,
        "first_day": day,
        "days": 1,
        "not_before": LONG_AGO,
    }
    whole = slots(**asked, busy=[])
    free = [
        start
        for start in whole
        if not any(begin < start + 30 * MINUTE and start < end for begin, end in busy)
    ]
    assert slots(**asked, busy=busy) == free
