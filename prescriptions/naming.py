"""Reads the names of medicines out of what people write, in English or Spanish.

Pure. A word that is not understood is handed back, never dropped: the checks must say that they
could not check it. A word that is only close to a name is marked, so that a person looks.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from accounts.reference import PROVENANCE, Row, read, refuse_repeats
from prescriptions import drugs

LONGEST_NAME = 4  # words
_SEPARATORS = re.compile(
    r"[,;\n•|()\[\]:&+]| and | y | e | plus | mas ",
    re.IGNORECASE,
)
_DOSE = re.compile(r"\d+([.]\d+)?(mg|mcg|ml|g|iu|units?|x|%)?")


@dataclass(frozen=True)
class Name:
    """What a name means: ingredients, or a class of them, or something that is no medicine."""

    ingredients: tuple[str, ...] = ()
    drug_class: str = ""
    is_medicine: bool = True


@dataclass(frozen=True)
class Match:
    """A name found in the text. `is_close` means misspelled: a person has to confirm it."""

    said: str
    name: Name
    read_as: str
    is_close: bool = False


@dataclass(frozen=True)
class Reading:
    """What a text says: the names in it, the words that nobody understood, or “none”."""

    found: tuple[Match, ...] = ()
    unread: tuple[str, ...] = ()
    says_none: bool = False


def plain(text: str) -> str:
    """Small letters without accents or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())


def fold(text: str) -> str:
    """A spelling that English and Spanish names, and common misspellings of them, share.

    amoxicillin, amoxicilina and amoxycilin are all `amoxicilin`.
    """
    return " ".join(_fold_word(word) for word in plain(text).split())


def _fold_word(word: str) -> str:
    for written, sounds in (
        ("ph", "f"), ("th", "t"), ("ch", "c"), ("rh", "r"), ("qu", "c"), ("y", "i"), ("k", "c"),
        ("z", "s"),
    ):  # fmt: skip
        word = word.replace(written, sounds)
    word = re.sub(r"(.)\1+", r"\1", word)
    return word[:-1] if len(word) > 5 and word[-1] in "aeo" else word


@lru_cache(maxsize=1)
def _filler() -> frozenset[str]:
    """Words around a name that say nothing about which medicine it is."""
    words = (drugs.REFERENCE / "words_without_meaning.txt").read_text(encoding="utf-8")
    return frozenset(words.split())


@lru_cache(maxsize=1)
def _none() -> frozenset[str]:
    """The ways to say that there is nothing to list."""
    phrases = (drugs.REFERENCE / "phrases_for_none.txt").read_text(encoding="utf-8")
    return frozenset(plain(phrase) for phrase in phrases.splitlines())


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, tuple[str, Name]]:
    """Every name that we know, folded, with how it is written and what it means."""
    known: dict[str, tuple[str, Name]] = {}

    def learn(said: str, name: Name) -> None:
        known.setdefault(fold(said), (said, name))

    for ingredient in sorted(_all_ingredients()):
        learn(ingredient, Name((ingredient,)))
    for row in _allergy_rows():
        for said in row.words("said_as"):
            learn(said, Name(drug_class=row.text("allergy_class")))
    for drug in drugs.shipped().values():
        learn(drug.name, Name(drug.ingredients))
    for row in load_names(drugs.REFERENCE / "names.csv"):
        meant = row.words("means")
        learn(row.text("said"), Name(meant, is_medicine=bool(meant)))
    return known


def load_names(path: Path) -> list[Row]:
    """Brand, Spanish and everyday names; raises `accounts.reference.BadTable`."""
    rows = read(path, ("said", "means", "kind", *PROVENANCE))
    refuse_repeats(rows, "said")
    for row in rows:
        row.provenance()
        kind = row.choice("kind", ("brand", "spanish", "common", "not_medicine"))
        if (kind == "not_medicine") == bool(row.words("means")):
            raise row.bad("means", "must be empty for what is no medicine, and only there")
    return rows


def _allergy_rows() -> list[Row]:
    return read(
        drugs.REFERENCE / "allergy_classes.csv",
        ("allergy_class", "said_as", "members", *PROVENANCE),
    )


def _all_ingredients() -> set[str]:
    ingredients = {each for drug in drugs.shipped().values() for each in drug.ingredients}
    ingredients |= {each for group in drugs.groups().values() for each in group}
    for row in _allergy_rows():
        ingredients |= {each for each in row.words("members") if not each.startswith("class:")}
    for row in read(drugs.REFERENCE / "interactions.csv", ("a", "b")):
        ingredients |= {row.text(side) for side in "ab" if not row.text(side).startswith("group:")}
    for row in load_names(drugs.REFERENCE / "names.csv"):
        ingredients |= set(row.words("means"))
    return ingredients


@lru_cache(maxsize=1)
def _single_words() -> dict[str, list[str]]:
    """Long one-word names by their first letter, for the comparison of misspellings."""
    by_letter: dict[str, list[str]] = {}
    for folded, (_said, name) in vocabulary().items():
        if " " not in folded and len(folded) >= 6 and name.is_medicine:
            by_letter.setdefault(folded[0], []).append(folded)
    return by_letter


def read_text(text: str) -> Reading:
    """The names in a text, and the words of it that could not be read."""
    if plain(text) in _none():
        return Reading(says_none=True)
    found: list[Match] = []
    unread: list[str] = []
    says_none = False
    for part in _SEPARATORS.split(text):
        words = plain(part).split()
        if not words:
            continue
        if " ".join(words) in _none():
            says_none = True
            continue
        matches, rest = _read_words(words)
        found += matches
        if rest:
            unread.append(" ".join(rest))
    return Reading(tuple(found), tuple(unread), says_none and not found and not unread)


def _read_words(words: list[str]) -> tuple[list[Match], list[str]]:
    found: list[Match] = []
    rest: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(LONGEST_NAME, len(words) - at), 0, -1):
            said = " ".join(words[at : at + length])
            known = vocabulary().get(fold(said))
            # “soy alérgica a…” is Spanish for “I am allergic to…”; “soy” alone is the bean.
            if known and not (length == 1 and said in _filler() and len(words) > 1):
                found.append(Match(said, known[1], known[0]))
                at += length
                break
        else:
            word = words[at]
            at += 1
            if word in _filler() or _DOSE.fullmatch(word) or len(word) == 1:
                continue
            close = _closest(word)
            if close:
                found.append(close)
            else:
                rest.append(word)
    return found, rest


def _closest(word: str) -> Match | None:
    """The one name that this word can be a misspelling of, if there is only one."""
    folded = fold(word)
    if len(folded) < 6:
        return None
    most = 2 if len(folded) >= 9 else 1
    near: dict[int, set[str]] = {}
    for candidate in _single_words().get(folded[0], []):
        if abs(len(candidate) - len(folded)) <= most:
            apart = _distance(folded, candidate)
            if apart <= most:
                near.setdefault(apart, set()).add(candidate)
    if not near:
        return None
    nearest = near[min(near)]
    meanings = {vocabulary()[each][1] for each in nearest}
    if len(meanings) > 1:
        return None  # two medicines are equally near: guessing between them is not ours to do
    said, name = vocabulary()[min(nearest)]
    return Match(word, name, said, is_close=True)


def _distance(one: str, other: str) -> int:
    """Letters to change, add, drop or swap with a neighbor."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]


def search(text: str, *, most: int = 20) -> list[drugs.Drug]:
    """Drugs to offer while somebody types, by generic or brand name; beginnings come first."""
    typed = plain(text)
    if len(typed) < 2:
        return []
    ranked: dict[str, tuple[int, str]] = {}
    for drug in drugs.shipped().values():
        _rank(ranked, drug.name, plain(drug.name), typed)
    for said, name in vocabulary().values():
        for drug in _with_ingredients(name.ingredients):
            _rank(ranked, drug.name, plain(said), typed)
    ordered = sorted(ranked, key=lambda drug_name: ranked[drug_name])
    return [drugs.shipped()[drug_name] for drug_name in ordered[:most]]


def _with_ingredients(ingredients: Iterable[str]) -> list[drugs.Drug]:
    wanted = frozenset(ingredients)
    return _by_ingredients().get(wanted, []) if wanted else []


@lru_cache(maxsize=1)
def _by_ingredients() -> dict[frozenset[str], list[drugs.Drug]]:
    found: dict[frozenset[str], list[drugs.Drug]] = {}
    for drug in drugs.shipped().values():
        found.setdefault(frozenset(drug.ingredients), []).append(drug)
    return found


def _rank(ranked: dict[str, tuple[int, str]], drug: str, name: str, typed: str) -> None:
    if typed not in name:
        return
    rank = (0 if name.startswith(typed) else 1, name)
    ranked[drug] = min(ranked.get(drug, rank), rank)
