"""The five urgencies, from the one that cannot wait to the one that needs nobody."""

from collections.abc import Iterable
from enum import StrEnum


class Urgency(StrEnum):
    EMERGENCY_NOW = "emergency_now"
    URGENT_IN_PERSON = "urgent_in_person"
    SAME_DAY = "same_day"
    VIDEO_SUITS = "video_suits"
    SELF_CARE = "self_care"

    @property
    def level(self) -> int:
        """1 for an emergency, 5 for self-care: the number that reference files write."""
        return _ORDER.index(self) + 1

    @property
    def stops_booking(self) -> bool:
        """A video visit must not stand in the way of an emergency or of hands that examine."""
        return self.level <= Urgency.URGENT_IN_PERSON.level

    @classmethod
    def of_level(cls, level: str | int) -> "Urgency":
        """Raises ValueError for a level that is not 1 to 5."""
        number = int(level)
        if not 1 <= number <= len(_ORDER):
            raise ValueError(f"{level!r} is not a level from 1 to {len(_ORDER)}")
        return _ORDER[number - 1]


_ORDER = tuple(Urgency)


def worst(urgencies: Iterable[Urgency]) -> Urgency:
    """The most urgent of them. Raises ValueError when there is none."""
    return min(urgencies, key=lambda urgency: urgency.level)
