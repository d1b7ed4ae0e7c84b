"""The red-flag questions: whom they are for, what they say, and that a mistake stops the start."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from triage import red_flags
from triage.levels import Urgency
from triage.tables import REFERENCE, BadTable

QUESTIONS = red_flags.shipped()
BY_ID = {question.id: question for question in QUESTIONS}
TODAY = date(2026, 11, 23)
ADULT = date(1984, 3, 1)


def asked(
    born_on: date | None = ADULT, sex: str | None = "female", pregnancy: str | None = "no"
) -> set[str]:
    return {
        question.id
        for question in red_flags.applicable(
            QUESTIONS, born_on=born_on, on=TODAY, sex=sex, pregnancy=pregnancy
        )
    }


def test_every_question_of_the_source_is_there() -> None:
    numbers = {question.id[:5] for question in QUESTIONS}
    assert numbers == {f"RF{number:03}" for number in range(1, 65)}


@pytest.mark.parametrize(
    ("case", "born_on", "sex", "pregnancy", "are", "are_not"),
    [
        ("a woman is not asked about testicles", ADULT, "female", "no", "RF030", "RF034 RF035"),
        ("a man is not asked about pregnancy", ADULT, "male", None, "RF034", "RF030 RF031 RF033"),
        ("a pregnant woman is asked about the baby", ADULT, "female", "pregnant", "RF032", "RF033"),
        ("after birth both are asked", ADULT, "female", "post_partum", "RF031 RF033", "RF032"),
        ("an adult has the adult chest question", ADULT, "male", "no", "RF006", "RF006a"),
        ("a teen has the other one", date(2012, 1, 1), "male", "no", "RF006a", "RF006"),
        ("a girl of 9 is not asked about pregnancy", date(2017, 1, 1), "female", None, "RF040",
         "RF030"),
        ("a woman of 56 is not asked either", date(1970, 11, 23), "female", "no", "RF006",
         "RF030"),
        ("a woman is 55 until her birthday", date(1970, 11, 24), "female", "no", "RF030", "RF040"),
        ("a baby of 90 days", TODAY - timedelta(days=90), "male", None, "RF038 RF039", "RF044"),
        ("a baby of 91 days", TODAY - timedelta(days=91), "male", None, "RF039", "RF038"),
        ("a child on the second birthday", date(2024, 11, 23), "male", None, "RF041", "RF039"),
        ("a child the day before it", date(2024, 11, 24), "male", None, "RF039", "RF059"),
        ("born on a leap day, 18 on March 1", date(2008, 2, 29), "male", None, "RF006", "RF040"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value[:12] else "",
)  # fmt: skip
def test_questions_fit_the_patient(
    case: str, born_on: date, sex: str, pregnancy: str | None, are: str, are_not: str
) -> None:
    found = asked(born_on, sex, pregnancy)
    assert set(are.split()) <= found
    assert not set(are_not.split()) & found


@pytest.mark.parametrize("sex", [None, "", "unknown", "x", "any"])
def test_an_unknown_sex_is_asked_all_that_either_is_asked(sex: str | None) -> None:
    assert asked(sex=sex, pregnancy=None) == asked(sex="female", pregnancy=None) | asked(
        sex="male", pregnancy=None
    )


@pytest.mark.parametrize("pregnancy", [None, "", "unsure", "unknown"])
def test_an_unknown_pregnancy_is_asked_all(pregnancy: str | None) -> None:
    every = [asked(pregnancy=known) for known in red_flags.PREGNANCIES]
    assert asked(pregnancy=pregnancy) == set.union(*every)


def test_an_unknown_age_is_asked_all() -> None:
    assert asked(born_on=None, sex=None, pregnancy=None) == set(BY_ID)


def test_the_most_dangerous_groups_come_first_and_each_stands_once() -> None:
    groups = [group.code for group, _questions in red_flags.by_group(QUESTIONS)]
    assert groups[:5] == ["breathing", "chest", "stroke", "allergy", "crisis"]
    assert groups[-1] == "milder"
    assert len(groups) == len(set(groups))


def test_thoughts_of_suicide_lead_to_988_and_911() -> None:
    advice = BY_ID["RF044"].advice
    assert advice.phones == ("988", "911")
    assert "988" in " ".join(advice.steps("es"))


def test_a_poisoning_leads_to_poison_control() -> None:
    assert BY_ID["RF043"].advice.phones[0] == "1-800-222-1222"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_unsure_of_an_emergency_is_seen_today(question: red_flags.Question) -> None:
    if question.urgency is Urgency.EMERGENCY_NOW:
        assert question.if_unsure.stops_booking
    assert question.if_unsure.level >= min(question.urgency.level, 4)


@pytest.mark.parametrize("advice", red_flags.shipped_advice().values(), ids=lambda one: one.code)
def test_each_phone_is_named_in_its_advice_in_both_languages(advice: red_flags.Advice) -> None:
    for language in red_flags.LANGUAGES:
        said = " ".join([advice.title(language), *advice.steps(language)])
        assert all(phone in said for phone in advice.phones)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_the_words_are_plain(question: red_flags.Question) -> None:
    """No question mark (it is a statement), no jargon of the trade, no very long word."""
    text = f"{question.text('en')} {question.hint('en')}"
    assert not re.search(r"stridor|dyspnea|syncope|acute|SpO2|[<>=≥≤]", text, re.IGNORECASE)
    assert not question.text("en").endswith(("?", "."))
    assert not question.text("es").endswith(("?", "."))
    assert max(len(word) for word in re.findall(r"[A-Za-z]+", text)) <= 14


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_both_languages_say_the_same_numbers(question: red_flags.Question) -> None:
    def numbers(language: str) -> list[str]:
        found = re.findall(r"\d[\d.]*\d|\d", question.text(language) + question.hint(language))
        return sorted(found)

    assert numbers("en") == numbers("es")


@pytest.mark.parametrize(("language", "starts"), [("en", "Struggling"), ("es", "Le cuesta"),
                                                  ("es-us", "Le cuesta"), ("fr", "Struggling"),
                                                  (None, "Struggling")])  # fmt: skip
def test_a_language_that_we_do_not_have_reads_english(language: str | None, starts: str) -> None:
    assert BY_ID["RF001"].text(language).startswith(starts)


def test_a_question_past_its_review_is_named() -> None:
    first = min(question.provenance.review_by for question in QUESTIONS)
    assert red_flags.overdue(QUESTIONS, on=first) == []
    late = red_flags.overdue(QUESTIONS, on=first + timedelta(days=1))
    assert {question.provenance.review_by for question in late} == {first}


def changed(tmp_path: Path, row: int, **cells: str) -> Path:
    """The shipped questions with some cells of one row (the header is row 1) changed."""
    with (REFERENCE / "red_flags.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    for column, value in cells.items():
        table[row - 1][table[0].index(column)] = value
    path = tmp_path / "red_flags.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(table)
    return path


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "RF001"),
        ("id", ""),
        ("group", "nowhere"),
        ("level", "0"),
        ("level", "6"),
        ("level", "one"),
        ("level_if_unsure", "3"),
        ("advice", "call_mother"),
        ("advice", "self_care"),
        ("question_es", ""),
        ("question_en", "  "),
        ("hint_en", "only here"),
        ("age_from", "18"),
        ("age_under", "old"),
        ("sex", "other"),
        ("pregnancy", "maybe"),
        ("pregnancy", ""),
        ("source", ""),
        ("confidence", "sure"),
        ("as_of", "yesterday"),
        ("review_by", "2027-02-30"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, column: str, value: str) -> None:
    with pytest.raises(BadTable) as raised:
        red_flags.load(changed(tmp_path, 4, **{column: value}))
    assert raised.value.row == 4
    assert raised.value.column in {column, "hint_es"}


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (b"id,surprise\n", "category"),
        (b"", "id"),
        (b"\xff\xfe\x00", "-"),
    ],
    ids=["a column is missing", "an empty file", "not text"],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: bytes, column: str) -> None:
    path = tmp_path / "red_flags.csv"
    path.write_bytes(content)
    with pytest.raises(BadTable) as raised:
        red_flags.load(path)
    assert raised.value.column == column


def test_an_unknown_column_and_a_short_row_are_refused(tmp_path: Path) -> None:
    text = (REFERENCE / "red_flags.csv").read_text(encoding="utf-8")
    path = tmp_path / "red_flags.csv"
    header, rest = text.split("\n", 1)
    path.write_text(f"{header},mood\n{rest}", encoding="utf-8")
    with pytest.raises(BadTable, match="mood"):
        red_flags.load(path)
    path.write_text(f"{header}\nRF999,too,short\n", encoding="utf-8")
    with pytest.raises(BadTable, match="row 2"):
        red_flags.load(path)
