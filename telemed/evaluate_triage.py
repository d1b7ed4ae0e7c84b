"""The suite `triage`: patients' messages and whether a physician called them an emergency.

A message is read as intake reads it, with nothing else known about the patient. An
"emergency" is right when booking a video visit is stopped (an emergency now, or to be seen in
person today); "not_emergency" is right when it is not.
"""

from collections.abc import Sequence
from typing import Any

from telemed.judged import Judged
from triage import own_words, urgency
from triage.levels import Urgency
from triage.tables import Row

COLUMNS = ("id", "text", "gold")
EMERGENCY = "emergency"
GOLD = (EMERGENCY, "not_emergency")


def judge(row: Row) -> Judged:
    """Decide one message. Raises BadTable for an empty text or a gold that is not known."""
    expected = row.one_of("gold", GOLD)
    flags = urgency.flags_of_words(own_words.read(row.text("text")))
    decision = urgency.decide(urgency.Facts(flags=tuple(flags)))
    rules = " ".join(flag.id for flag in decision.reasons)
    return Judged(
        id=row.text("id"),
        expected=expected,
        got=decision.urgency.value,
        code=f"{decision.code.value} {rules}".strip(),
        is_right=decision.urgency.stops_booking == (expected == EMERGENCY),
    )


def measures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Sensitivity and specificity to four places, None where no such message is in the file."""
    return {
        "sensitivity": _share([one for one in judged if one.expected == EMERGENCY]),
        "specificity": _share([one for one in judged if one.expected != EMERGENCY]),
        "emergency_now_sensitivity": _share_of(
            [one for one in judged if one.expected == EMERGENCY], Urgency.EMERGENCY_NOW
        ),
        "levels": {one.id: one.got for one in judged},
    }


def _share(judged: Sequence[Judged]) -> float | None:
    return round(sum(one.is_right for one in judged) / len(judged), 4) if judged else None


def _share_of(judged: Sequence[Judged], level: Urgency) -> float | None:
    if not judged:
        return None
    return round(sum(one.got == level.value for one in judged) / len(judged), 4)
