"""Finds phrases in words, in time that grows with the text and with nothing else.

A phrase is written for the people who keep it: words with spaces between them, where
`pain*` is any word that begins so, `arm|leg` one of two, `pass+out` two words in the place
of one, `#131-300` a number in that range, `_` up to three words of any kind and `__` up to
six. A phrase never runs over the end of a sentence.

No regular expression of a caller's making is ever run: each place of the text is tried
against the few phrases that can begin there, and a phrase has at most two gaps.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\d+(?:[.,]\d+)?(?!\d)|[^\W\d_]+", re.ASCII)
_APOSTROPHES = "'’‘ʼ`´′"
_SENTENCE_ENDS = ".!?\n\r…;¡¿|•"
_CLAUSE_ENDS = ",:()[]—–"
_GAPS = {"_": 3, "__": 6}
_MOST_GAPS = 2
_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
    "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12,
}  # fmt: skip


@dataclass(frozen=True)
class Token:
    """A word as compared (lower case, no accents) and where it stands in the text."""

    word: str
    start: int
    end: int
    sentence: int
    clause: int


def tokens(text: str, means: Mapping[str, str]) -> list[Token]:
    """The words of a text, each with its sentence and clause.

    Case, accents, curly quotes, wide letters and invisible characters make no difference;
    `means` replaces a word that is written wrong. A blood pressure 168/110 reads "168 over 110".
    """
    plain, places = _plain(text)
    found: list[Token] = []
    sentence = clause = position = 0
    for match in _WORD.finditer(plain):
        between = plain[position : match.start()]
        ends_sentence = any(mark in _SENTENCE_ENDS for mark in between)
        if found and ends_sentence:
            sentence += 1
        if found and (ends_sentence or any(mark in _CLAUSE_ENDS for mark in between)):
            clause += 1
        start, end = places[match.start()], places[match.end() - 1] + 1
        word = match.group().replace(",", ".") if match.group()[0].isdigit() else match.group()
        if found and between == "/" and found[-1].word[-1].isdigit() and word[0].isdigit():
            found.append(Token("over", start - 1, start, sentence, clause))
        position = match.end()
        word = means.get(word, word)
        if found and word == "not" and found[-1].word == "can" and found[-1].clause == clause:
            found[-1] = Token("cant", found[-1].start, end, sentence, clause)
        else:
            found.append(Token(word, start, end, sentence, clause))
    return found


def _plain(text: str) -> tuple[str, list[int]]:
    """The text reduced to ASCII letters, digits and marks, and where each one came from."""
    plain: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character in _APOSTROPHES:
            continue
        if character.isascii():
            plain.append(character.lower())
            places.append(place)
            continue
        if character in _SENTENCE_ENDS or character in _CLAUSE_ENDS:
            plain.append(character)
            places.append(place)
            continue
        for part in unicodedata.normalize("NFKD", character).lower():
            if part in _APOSTROPHES:
                continue
            if part.isascii():
                plain.append(part)
                places.append(place)
            elif not (unicodedata.combining(part) or unicodedata.category(part) == "Cf"):
                plain.append(" ")
                places.append(place)
    return "".join(plain), places


@dataclass(frozen=True)
class _Atom:
    """One word of a phrase: a whole word, the beginning of one, or a range of numbers."""

    word: str
    is_prefix: bool = False
    low: float = 0
    high: float = -1

    @property
    def is_whole(self) -> bool:
        return self.high < 0 and not self.is_prefix

    def fits(self, word: str) -> bool:
        if self.high >= 0:
            number = _number(word)
            return number is not None and self.low <= number <= self.high
        return word.startswith(self.word) if self.is_prefix else word == self.word


@dataclass(frozen=True)
class _Step:
    """Either a gap, or one of several runs of words.

    Whole words, which most are, stand in `plain` so that one look decides; `others` are tried.
    """

    gap: int = 0
    runs: tuple[tuple[_Atom, ...], ...] = ()
    plain: frozenset[str] = frozenset()
    others: tuple[tuple[_Atom, ...], ...] = ()


@dataclass(frozen=True)
class Phrase:
    """Raises ValueError, with what is wrong, for a phrase that cannot be read."""

    name: str
    steps: tuple[_Step, ...]
    literals: frozenset[str]

    @classmethod
    def parse(cls, name: str, text: str) -> "Phrase":
        steps = tuple(_step(part) for part in text.split())
        if not steps or steps[0].gap or steps[-1].gap:
            raise ValueError("a phrase begins and ends with a word")
        if sum(bool(step.gap) for step in steps) > _MOST_GAPS:
            raise ValueError(f"a phrase has at most {_MOST_GAPS} gaps")
        literals = frozenset(
            atom.word for step in steps for run in step.runs for atom in run if atom.word
        )
        return cls(name, steps, literals)

    def end(self, words: Sequence[str], at: int, stop: int) -> int | None:
        """Where the phrase that begins at `at` ends, the nearest end first; None if it does not."""
        return _end(self.steps, 0, words, at, stop)


def _end(
    steps: tuple[_Step, ...], number: int, words: Sequence[str], at: int, stop: int
) -> int | None:
    if number == len(steps):
        return at
    step = steps[number]
    if step.gap:
        for skipped in range(min(step.gap, stop - at) + 1):
            end = _end(steps, number + 1, words, at + skipped, stop)
            if end is not None:
                return end
        return None
    if at == stop:
        return None
    if words[at] in step.plain:
        end = _end(steps, number + 1, words, at + 1, stop)
        if end is not None:
            return end
    for run in step.others:
        after = at + len(run)
        if after <= stop and all(atom.fits(words[at + i]) for i, atom in enumerate(run)):
            end = _end(steps, number + 1, words, after, stop)
            if end is not None:
                return end
    return None


def _step(part: str) -> _Step:
    if part in _GAPS:
        return _Step(gap=_GAPS[part])
    runs = tuple(tuple(_atom(word) for word in run.split("+")) for run in part.split("|"))
    others = tuple(run for run in runs if len(run) > 1 or not run[0].is_whole)
    plain = frozenset(run[0].word for run in runs if run not in others)
    return _Step(runs=runs, plain=plain, others=others)


def _atom(text: str) -> _Atom:
    if text.startswith("#"):
        low, dash, high = text[1:].partition("-")
        if not dash:
            raise ValueError(f"{text!r} is not a range such as #131-300")
        return _Atom("", low=float(low), high=float(high))
    word = text.removesuffix("*")
    if not re.fullmatch("[a-z]+|[0-9]+", word):
        raise ValueError(f"{text!r} is not a plain lower-case word or a number")
    return _Atom(word, is_prefix=text.endswith("*"))


def _number(word: str) -> float | None:
    if word[0].isdigit():
        return float(word)
    return _NUMBERS.get(word)


@dataclass(frozen=True)
class Match:
    """Words `first` up to, and not including, `last` are this phrase."""

    phrase: Phrase
    first: int
    last: int


class Lexicon:
    """Phrases, found by the word that they begin with."""

    _PREFIX = 3

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._by_word: dict[str, list[Phrase]] = {}
        self._by_prefix: dict[str, list[Phrase]] = {}
        self._by_number: list[Phrase] = []
        for phrase in phrases:
            for atom in dict.fromkeys(run[0] for run in phrase.steps[0].runs):
                self._place(phrase, atom)

    def _place(self, phrase: Phrase, atom: _Atom) -> None:
        if atom.high >= 0:
            self._by_number.append(phrase)
        elif atom.is_prefix:
            if len(atom.word) < self._PREFIX:
                raise ValueError(f"{atom.word}* is too short to begin a phrase")
            self._by_prefix.setdefault(atom.word[: self._PREFIX], []).append(phrase)
        else:
            self._by_word.setdefault(atom.word, []).append(phrase)

    def words(self) -> set[str]:
        """Every word, and beginning of a word, that the phrases know."""
        places = (self._by_word, self._by_prefix)
        phrases = [p for place in places for listed in place.values() for p in listed]
        return {word for phrase in phrases + self._by_number for word in phrase.literals}

    def _starting_with(self, word: str) -> Iterator[Phrase]:
        yield from self._by_word.get(word, ())
        yield from self._by_prefix.get(word[: self._PREFIX], ())
        if _number(word) is not None:
            yield from self._by_number

    def find(self, words: Sequence[str], stops: Sequence[int]) -> Iterator[Match]:
        """Every phrase at every place; `stops[i]` is where the sentence of word i ends."""
        for at in range(len(words)):
            for phrase in self._starting_with(words[at]):
                end = phrase.end(words, at, stops[at])
                if end is not None:
                    yield Match(phrase, at, end)
