"""Whole files of messages, ours and whichever a clinic keeps, against the aims of docs/triage.md.

`TRIAGE_MESSAGES` names another file to measure; a reference folder beside the repository is
measured when it is there.
"""

import os
from pathlib import Path

import pytest

from telemed import evaluate

OURS = Path(__file__).with_name("messages.csv")
BESIDE = Path(__file__).parents[3] / "shared/data/triage_messages.csv"
NAMED = os.environ.get("TRIAGE_MESSAGES")
FILES = [OURS, *([Path(NAMED)] if NAMED else [BESIDE] if BESIDE.is_file() else [])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_emergencies_are_found_and_everyday_messages_are_let_through(path: Path) -> None:
    report = evaluate.run("triage", path)
    assert report["sensitivity"] >= 0.9
    assert report["specificity"] >= 0.8


def test_our_own_messages_are_all_right() -> None:
    assert evaluate.run("triage", OURS)["failed"] == []
