"""`manage.py evaluate triage FILE.csv`: what it prints and how it ends."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

GOOD = "id,text,gold,hazard\na,I can't breathe,emergency,x\nb,I need a refill,not_emergency,y\n"


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "messages.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_file_that_passes_ends_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("evaluate", "triage", str(written(tmp_path, GOOD)), "--json")
    assert json.loads(capsys.readouterr().out) == {
        "suite": "triage",
        "total": 2,
        "passed": 2,
        "failed": [],
        "sensitivity": 1.0,
        "specificity": 1.0,
        "emergency_now_sensitivity": 1.0,
        "levels": {"a": "emergency_now", "b": "video_suits"},
    }


def test_a_row_that_fails_is_named_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "id,text,gold\na,I can't breathe,not_emergency\n")
    with pytest.raises(SystemExit) as ended:
        call_command("evaluate", "triage", str(path), "--json")
    report = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert report["failed"] == [
        {"id": "a", "expected": "not_emergency", "got": "emergency_now", "code": "own_words W001"}
    ]
    assert report["sensitivity"] is None


def test_without_json_it_tells_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("evaluate", "triage", str(written(tmp_path, GOOD)))
    assert "triage: 2 of 2 rows pass." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("id,text\na,hello\n", "row 1, column gold"),
        ("id,text,gold\na,hello,emergency\nb,hello,maybe\n", "row 3, column gold"),
        ("id,text,gold\na,,emergency\n", "row 2, column text"),
        ("id,text,gold\n,hello,emergency\n", "row 2, column id"),
        ("id,text,gold\na,hello,emergency\na,again,emergency\n", "row 3, column id"),
        ("id,text,gold\na,hello\n", "row 2, column gold"),
        ("id,text,gold\na,hello,emergency,more\n", "row 2, column gold"),
        ('id,text,gold\na,"hello,emergency\n', "row 2"),
        ("", "row 1, column id"),
        (b"id,text,gold\na,\xff\xfe,emergency\n", "row 2"),
        (b"id,text,gold\na,\x00,emergency\n", "row 2"),
    ],
    ids=[
        "a column is missing",
        "a gold that is not known",
        "no text",
        "no id",
        "an id twice",
        "a short row",
        "a long row",
        "a quote that never ends",
        "an empty file",
        "not UTF-8",
        "a null byte",
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2(
    tmp_path: Path, content: str | bytes, where: str
) -> None:
    with pytest.raises(CommandError, match=where) as ended:
        call_command("evaluate", "triage", str(written(tmp_path, content)), "--json")
    assert ended.value.returncode == 2


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as ended:
        call_command("evaluate", "triage", str(tmp_path / "nowhere.csv"))
    assert ended.value.returncode == 2


def test_a_suite_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="astrology"):
        call_command("evaluate", "astrology", str(written(tmp_path, GOOD)))
