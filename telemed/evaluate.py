"""Runs a file of expected decisions through the rules that the clinic runs on.

A compliance officer keeps such files: each row is a case and what should come out of it. A
suite names the columns that it reads and judges one row; `SUITES` is where suites register.
Nothing here needs a database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telemed import evaluate_licensing, evaluate_prescribing, evaluate_triage
from telemed.judged import Judged
from triage import tables
from triage.tables import BadTable, Row

__all__ = ["SUITES", "BadTable", "Suite", "run"]


def _nothing_more(_judged: Sequence[Judged]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Suite:
    """`judge` decides one row; `measures` are figures over all of them, added to the report."""

    columns: tuple[str, ...]
    judge: Callable[[Row], Judged]
    measures: Callable[[Sequence[Judged]], Mapping[str, Any]] = _nothing_more


SUITES: dict[str, Suite] = {
    "dea": Suite(evaluate_prescribing.DEA_COLUMNS, evaluate_prescribing.judge_dea),
    "licensing": Suite(evaluate_licensing.COLUMNS, evaluate_licensing.judge),
    "refill_issue": Suite(
        evaluate_prescribing.REFILL_ISSUE_COLUMNS, evaluate_prescribing.judge_refill_issue
    ),
    "refill_use": Suite(
        evaluate_prescribing.REFILL_USE_COLUMNS, evaluate_prescribing.judge_refill_use
    ),
    "triage": Suite(evaluate_triage.COLUMNS, evaluate_triage.judge, evaluate_triage.measures),
}


def run(suite: str, path: Path) -> dict[str, Any]:
    """The report of one file, as design and docs promise it.

    Raises BadTable, which names row and column, for a file that cannot be read. A file may
    have more columns than the suite reads.
    """
    chosen = SUITES[suite]
    judged = [
        chosen.judge(row)
        for row in tables.rows(path, columns=chosen.columns, key="id", others=True)
    ]
    failed = [one for one in judged if not one.is_right]
    return {
        "suite": suite,
        "total": len(judged),
        "passed": len(judged) - len(failed),
        "failed": [
            {"id": one.id, "expected": one.expected, "got": one.got, "code": one.code}
            for one in failed
        ],
        **chosen.measures(judged),
    }
