"""Checks a medicine against what the patient says about allergies.

Pure. What cannot be read is a warning, never silence; a list that nobody asked for is not
“no allergies”.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts.reference import PROVENANCE, Provenance, read, refuse_repeats
from prescriptions import drugs, naming
from prescriptions.drugs import Drug
from prescriptions.findings import RANK, Finding, Severity, say


class Said(NamedTuple):
    """An entry of the patient's history in the patient's own words."""

    name: str
    detail: str = ""


@dataclass(frozen=True)
class CrossReaction:
    """Who is allergic to one thing may react to another; `reaction` says after which reaction."""

    row: str
    allergic_to: str
    reaches: str
    reaction: str
    action: Severity
    advice: str
    provenance: Provenance


REACTIONS = {
    "severe": re.compile(
        r"\b(stevens|sjs|toxic epidermal|necrolisis|dress|h(a)?emol\w*|hemolit\w*|peel\w*"
        r"|blister\w*|ampollas?)\b"
    ),
    "breathing or skin": re.compile(
        r"\b(anaph\w*|anaf\w*|hives?|urticari\w*|ronchas|asthma|asma|wheez\w*|breath\w*|respir\w*"
        r"|throat|garganta|epipen|swell\w*|swollen|hinch\w*|angioedema)\b"
    ),
    "swelling": re.compile(
        r"\b(swell\w*|swollen|hinch\w*|angioedema|face|cara|lips?|labios?|tongue|lengua|throat"
        r"|garganta|anaph\w*|anaf\w*)\b"
    ),
}


def load_classes(path: Path) -> dict[str, frozenset[str]]:
    """Allergy classes with their ingredients; a class may hold others (`class:penicillins`)."""
    rows = read(path, ("allergy_class", "said_as", "members", *PROVENANCE))
    refuse_repeats(rows, "allergy_class")
    listed = {row.text("allergy_class"): row.words("members") for row in rows}
    classes = {}
    for row in rows:
        row.provenance()
        ingredients: set[str] = set()
        for member in row.words("members"):
            inner = member.removeprefix("class:")
            if inner == member:
                ingredients.add(member)
            elif inner in listed:
                ingredients |= {each for each in listed[inner] if not each.startswith("class:")}
            else:
                raise row.bad("members", f"there is no class “{inner}”")
        if not ingredients:
            raise row.bad("members", "is empty")
        classes[row.text("allergy_class")] = frozenset(ingredients)
    return classes


def load_cross_reactions(path: Path) -> tuple[CrossReaction, ...]:
    rows = read(
        path, ("row", "allergic_to", "reaches", "reaction", "action", "advice", *PROVENANCE)
    )
    refuse_repeats(rows, "row")
    loaded = []
    for row in rows:
        action = row.choice("action", RANK)
        loaded.append(
            CrossReaction(
                row=row.text("row"),
                allergic_to=row.text("allergic_to", required=True),
                reaches=row.text("reaches", required=True),
                reaction=row.choice("reaction", ("any", *REACTIONS)),
                action="stop" if action == "stop" else "warn" if action == "warn" else "info",
                advice=row.text("advice", required=True),
                provenance=row.provenance(),
            )
        )
    return tuple(loaded)


@lru_cache(maxsize=1)
def classes() -> dict[str, frozenset[str]]:
    return load_classes(drugs.REFERENCE / "allergy_classes.csv")


@lru_cache(maxsize=1)
def cross_reactions() -> tuple[CrossReaction, ...]:
    return load_cross_reactions(drugs.REFERENCE / "allergy_cross_reactions.csv")


def check(drug: Drug, allergies: Iterable[Said] | None) -> list[Finding]:
    """What the allergies say about this medicine. None means that nobody asked."""
    if allergies is None:
        return [
            Finding(
                "ALLERGIES_NOT_ASKED",
                "warn",
                _("Nobody has asked about allergies yet. Ask before you sign."),
            )
        ]
    findings: list[Finding] = []
    unread: list[str] = []
    for said in allergies:
        reading = naming.read_text(said.name)
        about = naming.read_text(said.detail)
        matches = [*reading.found, *about.found]
        if reading.says_none and not matches:
            continue
        if reading.unread or not matches:
            unread.append(said.name.strip())
        findings += _compare(drug, matches, _reactions_in(f"{said.name} {said.detail}"))
    if any(unread):
        findings.append(
            Finding(
                "ALLERGY_NOT_CHECKED",
                "warn",
                say(
                    _("Could not be checked, read it yourself: {words}."),
                    words="; ".join(f"“{words}”" for words in unread if words),
                ),
            )
        )
    return findings


def _compare(drug: Drug, matches: Iterable[naming.Match], reactions: set[str]) -> list[Finding]:
    findings = []
    for match in matches:
        if not match.name.is_medicine:
            findings.append(
                Finding(
                    "ALLERGY_TO_NO_MEDICINE",
                    "info",
                    say(_("Allergy to {what}: not compared with ingredients."), what=match.said),
                )
            )
            continue
        gravest = max(
            _about(drug, match, reactions),
            key=lambda finding: RANK[finding.severity],
            default=None,
        )
        if gravest:
            findings.append(gravest)
        if match.is_close and (gravest is None or gravest.severity == "info"):
            findings.append(
                Finding(
                    "ALLERGY_READ_AS",
                    "warn",
                    say(
                        _("“{said}” was read as {name}. Check that this is right."),
                        said=match.said,
                        name=match.read_as,
                    ),
                )
            )
    return findings


def _about(drug: Drug, match: naming.Match, reactions: set[str]) -> list[Finding]:
    named = set(match.name.ingredients)
    ordered = set(drug.ingredients)
    allergic_classes = {name for name, ingredients in classes().items() if named & ingredients} | {
        match.name.drug_class
    } - {""}
    findings = []
    if named & ordered:
        findings.append(
            Finding(
                "ALLERGIC_TO_IT",
                "stop",
                say(
                    _("The patient is allergic to {allergen}, and {drug} contains it."),
                    allergen=match.said,
                    drug=drug.name,
                ),
                tuple(f"ingredient:{each}" for each in sorted(named & ordered)),
            )
        )
    elif match.name.drug_class and ordered & classes()[match.name.drug_class]:
        findings.append(
            Finding(
                "ALLERGIC_TO_CLASS",
                "stop",
                say(
                    _("The patient is allergic to {allergen}, and {drug} is one of them."),
                    allergen=match.said,
                    drug=drug.name,
                ),
                (f"class:{match.name.drug_class}",),
            )
        )
    for cross in cross_reactions():
        if cross.reaction != "any" and cross.reaction not in reactions:
            continue
        if cross.allergic_to not in allergic_classes | named:
            continue
        if ordered & classes().get(cross.reaches, frozenset([cross.reaches])):
            findings.append(
                Finding(
                    "CROSS_REACTION",
                    cross.action,
                    say(
                        _("Allergy to {allergen}. {advice}"),
                        allergen=match.said,
                        advice=_(cross.advice),
                    ),
                    (cross.row,),
                )
            )
    return findings


def _reactions_in(text: str) -> set[str]:
    words = naming.plain(text)
    return {name for name, pattern in REACTIONS.items() if pattern.search(words)}
