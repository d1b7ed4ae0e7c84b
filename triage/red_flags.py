"""The red-flag questions that come before anything else, and what to do when one is true.

The questions, their groups and the advice are rows of `reference/`, in English and Spanish.
Which of them a patient is asked depends on age, sex and pregnancy; what is not known makes
the list longer, never shorter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from triage.levels import Urgency
from triage.tables import REFERENCE, Row, rows

LANGUAGES = ("en", "es")
SEXES = ("any", "female", "male")
PREGNANCIES = ("pregnant", "post_partum", "no")

ADVICE_COLUMNS = (
    "code", "level", "phones", "title_en", "title_es", "steps_en", "steps_es",
    "source", "confidence", "as_of", "review_by",
)  # fmt: skip
GROUP_COLUMNS = ("code", "heading_en", "heading_es")
QUESTION_COLUMNS = (
    "id", "category", "group", "level", "level_if_unsure", "advice",
    "question_en", "question_es", "hint_en", "hint_es",
    "age_from", "age_under", "sex", "pregnancy",
    "source", "confidence", "as_of", "review_by",
)  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """The same words in each language; a language that we do not have reads English."""

    en: str
    es: str

    def in_language(self, language: str | None) -> str:
        return self.es if (language or "").lower().startswith("es") else self.en


@dataclass(frozen=True)
class Provenance:
    source: str
    confidence: str
    as_of: date
    review_by: date


@dataclass(frozen=True)
class Advice:
    """What to do now. `phones` are numbers to offer as links, the first one first."""

    code: str
    urgency: Urgency
    phones: tuple[str, ...]
    titles: Texts
    step_lists: tuple[Texts, ...]
    provenance: Provenance

    def title(self, language: str | None = None) -> str:
        return self.titles.in_language(language)

    def steps(self, language: str | None = None) -> list[str]:
        return [step.in_language(language) for step in self.step_lists]


@dataclass(frozen=True)
class Group:
    """Questions that stand under one heading; the most dangerous groups come first."""

    code: str
    headings: Texts

    def heading(self, language: str | None = None) -> str:
        return self.headings.in_language(language)


@dataclass(frozen=True)
class Age:
    """A limit such as 18 years or 91 days, compared by the calendar."""

    number: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Age":
        number, unit = text[:-1], text[-1:]
        if not number.isdigit() or unit not in ("d", "y"):
            raise ValueError(f"{text!r} is not an age such as 90d or 18y")
        return cls(int(number), unit)

    def is_reached(self, *, born_on: date, on: date) -> bool:
        if self.unit == "d":
            return (on - born_on).days >= self.number
        had_birthday = (on.month, on.day) >= (born_on.month, born_on.day)
        return on.year - born_on.year - (not had_birthday) >= self.number


@dataclass(frozen=True)
class Scope:
    """Whom a question is for. An empty `pregnancies` means that pregnancy does not matter."""

    age_from: Age | None
    age_under: Age | None
    sex: str
    pregnancies: frozenset[str]

    def covers(
        self, *, born_on: date | None, on: date, sex: str | None, pregnancy: str | None
    ) -> bool:
        if born_on is not None:
            if self.age_from and not self.age_from.is_reached(born_on=born_on, on=on):
                return False
            if self.age_under and self.age_under.is_reached(born_on=born_on, on=on):
                return False
        if self.sex != "any" and sex in SEXES and sex not in ("any", self.sex):
            return False
        known = pregnancy in PREGNANCIES
        return not (self.pregnancies and known and pregnancy not in self.pregnancies)


@dataclass(frozen=True)
class Question:
    """One statement that is true or not. `yes` to it has the urgency of its row.

    `if_unsure` is what "I am not sure" counts as: minutes matter for some (a stroke), and for
    the rest somebody has to look today.
    """

    id: str
    category: str
    group: Group
    urgency: Urgency
    if_unsure: Urgency
    advice: Advice
    texts: Texts
    hints: Texts
    scope: Scope
    provenance: Provenance

    def text(self, language: str | None = None) -> str:
        return self.texts.in_language(language)

    def hint(self, language: str | None = None) -> str:
        return self.hints.in_language(language)

    @property
    def is_red_flag(self) -> bool:
        """False for the two that say what suits video or self-care."""
        return self.urgency.level <= Urgency.SAME_DAY.level


def load_advice(path: Path = REFERENCE / "advice.csv") -> dict[str, Advice]:
    """Every advice by its code. Raises BadTable with the row and column that are wrong."""
    advice = {}
    for row in rows(path, columns=ADVICE_COLUMNS, key="code"):
        steps = {
            language: [step.strip() for step in row.text(f"steps_{language}").split("|")]
            for language in LANGUAGES
        }
        if len(steps["en"]) != len(steps["es"]):
            raise row.wrong("steps_es", f"{len(steps['es'])} steps, English has another number")
        advice[row.text("code")] = Advice(
            code=row.text("code"),
            urgency=row.read("level", Urgency.of_level),
            phones=tuple(row.maybe("phones").split()),
            titles=_texts(row, "title"),
            step_lists=tuple(map(Texts, steps["en"], steps["es"])),
            provenance=_provenance(row),
        )
    return advice


def load_groups(path: Path = REFERENCE / "groups.csv") -> dict[str, Group]:
    return {
        row.text("code"): Group(row.text("code"), _texts(row, "heading"))
        for row in rows(path, columns=GROUP_COLUMNS, key="code")
    }


def load(
    path: Path = REFERENCE / "red_flags.csv",
    *,
    advice: dict[str, Advice] | None = None,
    groups: dict[str, Group] | None = None,
) -> tuple[Question, ...]:
    """Every question, by group in the order of `groups.csv`, then as in the file.

    Raises BadTable for a duplicate id, a missing translation, an advice of another urgency
    and whatever else a reader of the row would trip over.
    """
    advice = load_advice() if advice is None else advice
    groups = load_groups() if groups is None else groups
    questions = [
        _question(row, advice, groups) for row in rows(path, columns=QUESTION_COLUMNS, key="id")
    ]
    order = list(groups)
    return tuple(sorted(questions, key=lambda question: order.index(question.group.code)))


@cache
def shipped() -> tuple[Question, ...]:
    """The questions that the project brings, read once."""
    return load()


@cache
def shipped_advice() -> dict[str, Advice]:
    return load_advice()


def applicable(
    questions: Iterable[Question],
    *,
    born_on: date | None,
    on: date,
    sex: str | None,
    pregnancy: str | None,
) -> list[Question]:
    """The questions to ask this patient on this day, in their order.

    `sex` is the sex at birth, "female" or "male"; `pregnancy` is "pregnant", "post_partum"
    (gave birth in the past year) or "no". Any other value of either, and None, means
    "not known" and leaves every question in.
    """
    return [
        question
        for question in questions
        if question.scope.covers(born_on=born_on, on=on, sex=sex, pregnancy=pregnancy)
    ]


def by_group(questions: Iterable[Question]) -> list[tuple[Group, list[Question]]]:
    """The questions under their headings, both in their order."""
    groups: dict[str, tuple[Group, list[Question]]] = {}
    for question in questions:
        groups.setdefault(question.group.code, (question.group, []))[1].append(question)
    return list(groups.values())


def overdue(questions: Iterable[Question], *, on: date) -> list[Question]:
    """The questions whose review date has passed: an admin is warned, nobody is stopped."""
    return [question for question in questions if question.provenance.review_by < on]


def _question(row: Row, advice: dict[str, Advice], groups: dict[str, Group]) -> Question:
    urgency = row.read("level", Urgency.of_level)
    unsure = row.read("level_if_unsure", Urgency.of_level)
    if urgency is Urgency.EMERGENCY_NOW and unsure.level > Urgency.URGENT_IN_PERSON.level:
        raise row.wrong("level_if_unsure", "unsure of an emergency must be seen today, 1 or 2")
    advised = advice[row.one_of("advice", advice)]
    if advised.urgency is not urgency:
        raise row.wrong("advice", f"{advised.code} is for level {advised.urgency.level}")
    if bool(row.maybe("hint_en")) != bool(row.maybe("hint_es")):
        raise row.wrong("hint_es", "is there in one language only")
    return Question(
        id=row.text("id"),
        category=row.text("category"),
        group=groups[row.one_of("group", groups)],
        urgency=urgency,
        if_unsure=unsure,
        advice=advised,
        texts=_texts(row, "question"),
        hints=Texts(row.maybe("hint_en"), row.maybe("hint_es")),
        scope=_scope(row),
        provenance=_provenance(row),
    )


def _scope(row: Row) -> Scope:
    pregnancies = frozenset(row.text("pregnancy").split()) - {"any"}
    if unknown := pregnancies - set(PREGNANCIES):
        raise row.wrong("pregnancy", f"{min(unknown)!r} is not known")
    return Scope(
        age_from=row.read("age_from", Age.parse) if row.maybe("age_from") else None,
        age_under=row.read("age_under", Age.parse) if row.maybe("age_under") else None,
        sex=row.one_of("sex", SEXES),
        pregnancies=pregnancies,
    )


def _texts(row: Row, stem: str) -> Texts:
    return Texts(en=row.text(f"{stem}_en"), es=row.text(f"{stem}_es"))


def _provenance(row: Row) -> Provenance:
    return Provenance(
        source=row.text("source"),
        confidence=row.one_of("confidence", ("high", "medium", "low")),
        as_of=row.day("as_of"),
        review_by=row.day("review_by"),
    )
