"""Checks a medicine against the others that the patient takes: interactions and doubles.

Pure. The table is short (docs/rules.md, “Prescribing: limits”): no finding is not “no
interaction”. A medicine that cannot be read is a warning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from accounts.reference import PROVENANCE, Provenance, read, refuse_repeats
from prescriptions import drugs, naming
from prescriptions.allergies import Said
from prescriptions.drugs import Drug
from prescriptions.findings import RANK, Finding, Severity, say


@dataclass(frozen=True)
class Interaction:
    """Two sides that do not go together; a side is an ingredient or `group:…`."""

    row: str
    a: frozenset[str]
    b: frozenset[str]
    action: Severity
    consequence: str
    mechanism: str
    provenance: Provenance

    def joins(self, one: str, other: str) -> bool:
        return (one in self.a and other in self.b) or (one in self.b and other in self.a)


def load(path: Path) -> tuple[Interaction, ...]:
    """Interactions; raises `accounts.reference.BadTable` naming row and column."""
    rows = read(path, ("row", "a", "b", "action", "consequence", "mechanism", *PROVENANCE))
    refuse_repeats(rows, "row")
    loaded = []
    for row in rows:
        for side in ("a", "b"):
            name = row.text(side, required=True)
            if name.startswith("group:") and name.removeprefix("group:") not in drugs.groups():
                raise row.bad(side, f"there is no group “{name}”")
        action = row.choice("action", RANK)
        loaded.append(
            Interaction(
                row=row.text("row"),
                a=drugs.members(row.text("a")),
                b=drugs.members(row.text("b")),
                action="stop" if action == "stop" else "warn" if action == "warn" else "info",
                consequence=row.text("consequence", required=True),
                mechanism=row.text("mechanism", required=True),
                provenance=row.provenance(),
            )
        )
    return tuple(loaded)


@lru_cache(maxsize=1)
def shipped() -> tuple[Interaction, ...]:
    return load(drugs.REFERENCE / "interactions.csv")


def check(drug: Drug, medicines: Iterable[Said] | None, *, renews: bool = False) -> list[Finding]:
    """What the patient's other medicines say. None means that nobody asked.

    `renews` says that the patient takes this medicine already and is to go on with it.
    """
    if medicines is None:
        return [
            Finding(
                "MEDICINES_NOT_ASKED",
                "warn",
                _("Nobody has asked about other medicines yet. Ask before you sign."),
            )
        ]
    findings: list[Finding] = []
    unread: list[str] = []
    compared: set[frozenset[str]] = set()
    for said in medicines:
        reading = naming.read_text(said.name)
        matches = [match for match in reading.found if match.name.ingredients]
        if reading.says_none:
            continue
        if reading.unread or len(matches) < max(1, len(reading.found)):
            unread.append(said.name.strip())
        for match in matches:
            ingredients = frozenset(match.name.ingredients)
            # What is taken under two names is one cause.
            if ingredients not in compared:
                findings += _compare(drug, match, renews=renews)
            findings += _read_as(match)
            compared.add(ingredients)
    if any(unread):
        findings.append(
            Finding(
                "MEDICINE_NOT_CHECKED",
                "warn",
                say(
                    _("Could not be checked for interactions, read it yourself: {words}."),
                    words="; ".join(f"“{words}”" for words in unread if words),
                ),
            )
        )
    return findings


def _compare(drug: Drug, match: naming.Match, *, renews: bool) -> list[Finding]:
    findings = []
    repeated = _same_medicine(drug, match, renews=renews)
    if repeated:
        findings.append(repeated)
    elif double := _same_therapy(drug, match):
        findings.append(double)
    findings += _interactions_with(drug, match)
    return findings


def _read_as(match: naming.Match) -> list[Finding]:
    if not match.is_close:
        return []
    return [
        Finding(
            "MEDICINE_READ_AS",
            "warn",
            say(
                _("“{said}” was read as {name}. Check that this is right."),
                said=match.said,
                name=match.read_as,
            ),
        )
    ]


def _same_medicine(drug: Drug, match: naming.Match, *, renews: bool) -> Finding | None:
    shared = sorted(set(drug.ingredients) & set(match.name.ingredients))
    if not shared:
        return None
    return Finding(
        "TAKES_IT_ALREADY",
        "info" if renews else "warn",
        say(
            _("The patient takes {medicine} already, which has the same ingredient."),
            medicine=match.said,
        ),
        tuple(f"ingredient:{each}" for each in shared),
    )


def _same_therapy(drug: Drug, match: naming.Match) -> Finding | None:
    if not drug.duplicate_group:
        return None
    for other in drugs.shipped().values():
        if other.duplicate_group == drug.duplicate_group and set(other.ingredients) & set(
            match.name.ingredients
        ):
            return Finding(
                "SAME_KIND_OF_MEDICINE",
                "warn",
                say(
                    _("{medicine} and {drug} are the same kind of medicine."),
                    medicine=match.said,
                    drug=drug.name,
                ),
                (f"duplicate_group:{drug.duplicate_group}",),
            )
    return None


def _interactions_with(drug: Drug, match: naming.Match) -> list[Finding]:
    """The gravest row for each pair of ingredients; a row for the pair before one for its group."""
    findings: dict[str, Finding] = {}
    for ordered in drug.ingredients:
        for taken in match.name.ingredients:
            rows = [row for row in shipped() if ordered != taken and row.joins(ordered, taken)]
            if not rows:
                continue
            row = max(rows, key=lambda row: (RANK[row.action], -len(row.a) - len(row.b)))
            findings[row.row] = Finding(
                "INTERACTION",
                row.action,
                say(
                    _("{drug} with {medicine}. {consequence}. {mechanism}"),
                    drug=drug.name,
                    medicine=match.said,
                    consequence=_(row.consequence),
                    mechanism=_(row.mechanism),
                ),
                (row.row,),
            )
    return list(findings.values())
