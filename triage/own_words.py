"""Reads what patients write in their own words and finds what cannot wait.

It looks for the concepts of `reference/phrases.csv` in English and Spanish at once (people
mix them), drops those that are denied, long past or only warned about (`cues.csv`), and puts
the rest together by the rules of `word_rules.csv`. It never lowers an urgency, it never
raises on any text, and it keeps nothing.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from triage import red_flags
from triage.levels import Urgency
from triage.phrases import Lexicon, Match, Phrase, Token, tokens
from triage.red_flags import Advice, Provenance, Texts
from triage.tables import REFERENCE, Row, rows

NEGATION_REACH = 6
PAST_REACH = 8
SOFT_REACH = 3
_ABSENT = frozenset({"no", "none", "denied", "negative", "absent", "ninguno", "ninguna"})
_CUES = (
    "negation", "not_negation", "stop", "list", "statement", "hypothetical",
    "past_before", "past_after", "ongoing", "soft",
)  # fmt: skip
_REACHES = {"sentence": 0, "next": 1, "message": 1_000_000}

RULE_COLUMNS = (
    "id", "question", "level", "level_if_soft", "advice_if_soft",
    "level_if_past", "advice_if_past", "needs", "within", "advice",
    "label_en", "label_es", "source", "confidence", "as_of", "review_by",
)  # fmt: skip


@dataclass(frozen=True)
class Fired:
    """A rule that found something: what, how urgent, and the very words, as places in the text."""

    rule: str
    question: str
    urgency: Urgency
    advice: Advice
    labels: Texts
    spans: tuple[tuple[int, int], ...]

    def label(self, language: str | None = None) -> str:
        return self.labels.in_language(language)

    def quotes(self, text: str) -> list[str]:
        """The words that fired, cut out of the text that was read."""
        return [text[start:end] for start, end in self.spans]


@dataclass(frozen=True)
class Need:
    """One of these concepts; `anywhere` in the message when the rule looks near by otherwise."""

    concepts: tuple[str, ...]
    anywhere: frozenset[str]


@dataclass(frozen=True)
class Rule:
    id: str
    question: str
    advice: Advice
    if_soft: Advice
    if_past: Advice | None
    needs: tuple[Need, ...]
    reach: int
    labels: Texts
    provenance: Provenance


@dataclass(frozen=True)
class Reference:
    """Everything that reading goes by."""

    means: Mapping[str, str]
    concepts: Lexicon
    cues: Lexicon
    negations: frozenset[str]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Mention:
    """A concept at one place of the text. One without a place is a fact known from elsewhere."""

    concept: str
    sentence: int
    span: tuple[int, int] | None
    is_soft: bool = False
    is_past: bool = False


@dataclass
class _Marks:
    """What the cues say about each word."""

    size: int
    negated: list[bool] = field(init=False)
    denies: list[bool] = field(init=False)
    hypothetical: list[bool] = field(init=False)
    past: list[bool] = field(init=False)
    soft: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        for name in ("negated", "denies", "hypothetical", "past", "soft"):
            setattr(self, name, [False] * self.size)


def read(
    text: str, *, known: Iterable[str] = (), reference: Reference | None = None
) -> list[Fired]:
    """What the text says that cannot wait, the most urgent first, then in the text's order.

    `known` are concepts that are facts already, for example "pregnant" or "young_infant" (see
    `known_facts`), so that a mother need not write again what the record says.
    """
    reference = shipped() if reference is None else reference
    found = tokens(text, reference.means)
    mentions = _mentions(found, reference)
    for concept in known:
        mentions.setdefault(concept, []).append(Mention(concept, 0, None))
    fired = [hit for rule in reference.rules if (hit := _fire(rule, mentions)) is not None]
    return sorted(fired, key=lambda hit: (hit.urgency.level, hit.spans, hit.rule))


def known_facts(*, age_days: int | None, pregnancy: str | None) -> list[str]:
    """The concepts that a patient's record stands for."""
    facts = []
    if age_days is not None:
        facts += ["young_infant"] * (age_days <= 90)
        facts += ["baby"] * (age_days < 2 * 365)
        facts += ["child"] * (age_days < 18 * 365)
        facts += ["elderly"] * (age_days >= 65 * 365)
    facts += ["pregnant"] * (pregnancy == "pregnant")
    facts += ["postpartum"] * (pregnancy == "post_partum")
    return facts


def _mentions(found: Sequence[Token], reference: Reference) -> dict[str, list[Mention]]:
    """Every concept that is really said, by concept, in the order of the text."""
    words = [token.word for token in found]
    stops = _stops([token.sentence for token in found])
    marks = _marks(found, words, stops, reference)
    matches = list(reference.concepts.find(words, stops))
    refused = [match for match in matches if match.phrase.name.startswith("!")]
    covers: dict[str, list[bool]] = {}
    for match in refused:
        cover = covers.setdefault(match.phrase.name[1:], [False] * len(words))
        cover[match.first : match.last] = [True] * (match.last - match.first)
    mentions: dict[str, list[Mention]] = {}
    for match in matches:
        name = match.phrase.name
        if name in covers and any(covers[name][match.first : match.last]):
            continue
        if name.startswith("!") or _is_denied(match, found, marks, reference.negations):
            continue
        first = found[match.first]
        mentions.setdefault(name, []).append(
            Mention(
                concept=name,
                sentence=first.sentence,
                span=(first.start, found[match.last - 1].end),
                is_soft=marks.soft[match.first],
                is_past=marks.past[match.first],
            )
        )
    return mentions


def _stops(groups: Sequence[int]) -> list[int]:
    """For each place, the first place after it that belongs to another group."""
    stops = [len(groups)] * len(groups)
    for at in range(len(groups) - 2, -1, -1):
        stops[at] = stops[at + 1] if groups[at] == groups[at + 1] else at + 1
    return stops


def _is_denied(
    match: Match, found: Sequence[Token], marks: _Marks, negations: frozenset[str]
) -> bool:
    places = range(match.first, match.last)
    if any(marks.hypothetical[at] for at in places):
        return True
    if not match.phrase.literals & negations and any(
        marks.negated[at] or marks.denies[at] for at in places
    ):
        return True
    # "Chest pain: none." An answer of its own takes the word before it back.
    after = match.last
    return (
        after < len(found)
        and found[after].word in _ABSENT
        and found[after].clause != found[match.last - 1].clause
        and (after + 1 == len(found) or found[after + 1].clause != found[after].clause)
    )


def _marks(
    found: Sequence[Token], words: Sequence[str], stops: Sequence[int], reference: Reference
) -> _Marks:
    marks = _Marks(len(words))
    cues: dict[str, list[Match]] = {kind: [] for kind in _CUES}
    for match in reference.cues.find(words, stops):
        cues[match.phrase.name].append(match)
    for match in cues["hypothetical"]:
        _mark(marks.hypothetical, match.last, stops[match.first])
    for match in cues["soft"]:
        _mark(marks.soft, match.last, min(match.last + SOFT_REACH, stops[match.first]))
    _mark_negated(marks, cues, found, stops)
    _mark_past(marks, cues, found)
    return marks


def _mark(marks: list[bool], start: int, end: int) -> None:
    marks[start:end] = [True] * max(0, end - start)


def _places(matches: Iterable[Match]) -> set[int]:
    return {at for match in matches for at in range(match.first, match.last)}


def _mark_negated(
    marks: _Marks, cues: Mapping[str, list[Match]], found: Sequence[Token], stops: Sequence[int]
) -> None:
    """ "No" reaches a few words, up to a new statement; in a list it reaches the "or" and on."""
    harmless = _places(cues["not_negation"])
    stop_words, list_words = _places(cues["stop"]), _places(cues["list"])
    statements = _places(cues["statement"])
    clause_stops = _stops([token.clause for token in found])
    for match in cues["negation"]:
        if match.first in harmless:
            continue
        _mark(marks.denies, match.first, match.last)
        at, limit = match.last, stops[match.first]
        clause_end = min(clause_stops[match.last - 1], limit)
        reach = min(match.last + NEGATION_REACH, clause_end)
        while at < reach and at not in stop_words:
            marks.negated[at] = True
            if at in list_words:
                reach = min(at + 1 + NEGATION_REACH, clause_end)
            at += 1
        if at == clause_end and match.last < clause_end:
            _mark_list(marks, at, limit, clause_stops, list_words, stop_words | statements)


def _mark_list(
    marks: _Marks,
    start: int,
    limit: int,
    clause_stops: Sequence[int],
    list_words: set[int],
    breaks: set[int],
) -> None:
    """ "No fever, cough, or chest pain": short items without a verb, closed by an "or"."""
    at = start
    items: list[tuple[int, int]] = []
    while at < limit and len(items) < NEGATION_REACH:
        end = min(clause_stops[at], limit)
        if end - at > NEGATION_REACH or any(place in breaks for place in range(at, end)):
            return
        items.append((at, end))
        if any(place in list_words for place in range(at, end)):
            for first, last in items:
                _mark(marks.negated, first, last)
            return
        at = end


def _mark_past(marks: _Marks, cues: Mapping[str, list[Match]], found: Sequence[Token]) -> None:
    """What is long over. A sentence that says it goes on, or began then, is about today."""
    statements = _places(cues["statement"])
    ongoing = {found[match.first].sentence for match in cues["ongoing"]}
    clause_stops = _stops([token.clause for token in found])
    for match in cues["past_before"]:
        if found[match.first].sentence not in ongoing:
            at, end = match.last, min(match.last + NEGATION_REACH, clause_stops[match.first])
            while at < end and at not in statements:
                marks.past[at] = True
                at += 1
    for match in cues["past_after"]:
        if found[match.first].sentence not in ongoing:
            start = match.first
            while (
                start > 0
                and match.first - start < PAST_REACH
                and found[start - 1].clause == found[match.first].clause
            ):
                start -= 1
            _mark(marks.past, start, match.last)


def _fire(rule: Rule, mentions: Mapping[str, list[Mention]]) -> Fired | None:
    """The rule's most urgent reading of the text, or None."""
    live = {
        name: [mention for mention in said if not mention.is_past]
        for name, said in mentions.items()
    }
    firm = {
        name: [mention for mention in said if not mention.is_soft] for name, said in live.items()
    }
    readings = [(firm, rule.advice), (live, rule.if_soft)]
    if rule.if_past is not None:
        readings.append((dict(mentions), rule.if_past))
    for said, advice in readings:
        parts = _together(rule, said)
        if parts is not None:
            spans = tuple(sorted({part.span for part in parts if part.span is not None}))
            if spans:
                return Fired(rule.id, rule.question, advice.urgency, advice, rule.labels, spans)
    return None


def _together(rule: Rule, said: Mapping[str, list[Mention]]) -> list[Mention] | None:
    """One mention for each need, close enough to the first one that works."""
    near: list[list[Mention]] = []
    anywhere: list[list[Mention]] = []
    for need in rule.needs:
        far = [part for concept in need.anywhere for part in said.get(concept, ())]
        close = [
            part
            for concept in need.concepts
            if concept not in need.anywhere
            for part in said.get(concept, ())
        ]
        if not far and not close:
            return None
        if far:
            anywhere.append(far)
        else:
            near.append(sorted(close, key=lambda part: part.sentence))
    chosen = [options[0] for options in anywhere]
    if not near:
        return chosen
    others = [(options, [part.sentence for part in options]) for options in near[1:]]
    for anchor in near[0]:
        parts = [anchor]
        for options, sentences in others:
            at = bisect_left(sentences, anchor.sentence - rule.reach)
            if at == len(options) or sentences[at] > anchor.sentence + rule.reach:
                break
            parts.append(options[at])
        else:
            return chosen + parts
    return None


def load(folder: Path = REFERENCE) -> Reference:
    """The phrases, cues and rules. Raises BadTable with the row and column that are wrong."""
    means = {
        row.text("written"): row.text("means")
        for row in rows(folder / "misspellings.csv", columns=("written", "means"), key="written")
    }
    cues = [
        _phrase(row, row.one_of("kind", _CUES))
        for row in rows(folder / "cues.csv", columns=("kind", "language", "phrase"))
    ]
    found = list(rows(folder / "phrases.csv", columns=("concept", "language", "phrase")))
    rules = _rules(
        folder / "word_rules.csv", {row.text("concept").removeprefix("!") for row in found}
    )
    used = {concept for rule in rules for need in rule.needs for concept in need.concepts}
    for row in found:
        if row.text("concept").removeprefix("!") not in used:
            raise row.wrong("concept", "no rule needs it")
    return Reference(
        means=means,
        concepts=Lexicon([_phrase(row, row.text("concept")) for row in found]),
        cues=Lexicon(cues),
        negations=frozenset(
            word
            for cue in cues
            if cue.name == "negation" and len(cue.steps) == 1
            for word in cue.literals
        ),
        rules=rules,
    )


@cache
def shipped() -> Reference:
    """What the project brings, read once."""
    return load()


def _phrase(row: Row, name: str) -> Phrase:
    row.one_of("language", red_flags.LANGUAGES)
    return row.read("phrase", lambda text: Phrase.parse(name, text))


def _rules(path: Path, concepts: set[str]) -> tuple[Rule, ...]:
    advice = red_flags.shipped_advice()
    questions = {question.id for question in red_flags.shipped()}
    return tuple(
        _rule(row, advice, questions, concepts)
        for row in rows(path, columns=RULE_COLUMNS, key="id")
    )


def _rule(row: Row, advice: Mapping[str, Advice], questions: set[str], concepts: set[str]) -> Rule:
    if row.maybe("question"):
        row.one_of("question", questions)
    leveled = _leveled(row, "level", "advice", advice)
    soft = _leveled(row, "level_if_soft", "advice_if_soft", advice)
    needs = tuple(_need(row, part, concepts) for part in row.text("needs").split("&"))
    if leveled is None:
        raise row.wrong("level", "is empty")
    return Rule(
        id=row.text("id"),
        question=row.maybe("question"),
        advice=leveled,
        if_soft=soft or leveled,
        if_past=_leveled(row, "level_if_past", "advice_if_past", advice),
        needs=needs,
        reach=_REACHES[row.one_of("within", _REACHES)],
        labels=Texts(row.text("label_en"), row.text("label_es")),
        provenance=Provenance(
            row.text("source"), row.text("confidence"), row.day("as_of"), row.day("review_by")
        ),
    )


def _leveled(row: Row, level: str, column: str, advice: Mapping[str, Advice]) -> Advice | None:
    """The advice of a level, or None where the row has no such level."""
    if not row.maybe(level):
        return None
    urgency = row.read(level, Urgency.of_level)
    advised = advice[row.one_of(column, advice)]
    if advised.urgency is not urgency:
        raise row.wrong(column, f"{advised.code} is for level {advised.urgency.level}")
    return advised


def _need(row: Row, part: str, concepts: set[str]) -> Need:
    names = [name.strip() for name in part.split("|")]
    for name in names:
        if name.removeprefix("~") not in concepts:
            raise row.wrong("needs", f"{name!r} has no phrase")
    return Need(
        concepts=tuple(name.removeprefix("~") for name in names),
        anywhere=frozenset(name[1:] for name in names if name.startswith("~")),
    )
