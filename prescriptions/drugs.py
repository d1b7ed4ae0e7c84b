"""The medicines that can be prescribed here, as dated rows.

Pure: the tables are read once. A medicine that is not in them cannot be checked, so it cannot
be prescribed.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from accounts.reference import PROVENANCE, BadTable, Provenance, Row, read, refuse_repeats

REFERENCE = Path(__file__).parent / "reference"
SCHEDULES = ("none", "CII", "CIII", "CIV", "CV")


@dataclass(frozen=True)
class Form:
    """A form and the strengths that it comes in: `tablet`, (`5 mg`, `10 mg`)."""

    name: str
    strengths: tuple[str, ...]


@dataclass(frozen=True)
class Drug:
    """One medicine by its generic name.

    `rxcui` has one entry per ingredient, empty where no code is known. Two medicines with the
    same `duplicate_group` are one therapy twice.
    """

    name: str
    ingredients: tuple[str, ...]
    rxcui: tuple[str, ...]
    drug_class: str
    duplicate_group: str
    schedule: str
    restriction: str  # "", state_scheduled, rems
    forms: tuple[Form, ...]
    telehealth_note: str
    provenance: Provenance

    @property
    def is_controlled(self) -> bool:
        return self.schedule != "none"

    def comes_as(self, form: str, strength: str) -> bool:
        return any(form == each.name and strength in each.strengths for each in self.forms)


_COLUMNS = (
    "name", "ingredients", "rxcui", "drug_class", "duplicate_group", "schedule", "restriction",
    "forms", "telehealth_note", *PROVENANCE,
)  # fmt: skip


def load(path: Path) -> dict[str, Drug]:
    """Drugs by name; raises `accounts.reference.BadTable` naming row and column."""
    rows = read(path, _COLUMNS)
    refuse_repeats(rows, "name")
    return {row.text("name"): _drug(row) for row in rows}


def _drug(row: Row) -> Drug:
    ingredients = row.words("ingredients")
    if not ingredients:
        raise row.bad("ingredients", "is empty")
    codes = tuple("" if code == "-" else code for code in row.words("rxcui"))
    if codes and len(codes) != len(ingredients):
        raise row.bad("rxcui", f"has {len(codes)} codes for {len(ingredients)} ingredients")
    if any(code and not code.isdigit() for code in codes):
        raise row.bad("rxcui", "is not a number")
    return Drug(
        name=row.text("name"),
        ingredients=ingredients,
        rxcui=codes or ("",) * len(ingredients),
        drug_class=row.text("drug_class", required=True),
        duplicate_group=row.text("duplicate_group"),
        schedule=row.choice("schedule", SCHEDULES),
        restriction=row.choice("restriction", ("", "state_scheduled", "rems")),
        forms=_forms(row),
        telehealth_note=row.text("telehealth_note"),
        provenance=row.provenance(),
    )


def _forms(row: Row) -> tuple[Form, ...]:
    """`tablet: 5 mg, 10 mg; gel: 1%`."""
    forms = []
    for part in row.words("forms"):
        name, colon, listed = part.partition(":")
        strengths = tuple(each.strip() for each in listed.split(",") if each.strip())
        if not (name.strip() and colon and strengths):
            raise row.bad("forms", f"“{part}” is not “form: strength, strength”")
        forms.append(Form(name.strip(), strengths))
    if not forms:
        raise row.bad("forms", "is empty")
    return tuple(forms)


@lru_cache(maxsize=1)
def shipped() -> dict[str, Drug]:
    """The drugs that the project ships, by name."""
    return load(REFERENCE / "drugs.csv")


def find(name: str) -> Drug | None:
    return shipped().get(name.strip())


def load_groups(path: Path) -> dict[str, frozenset[str]]:
    rows = read(path, ("group", "members", *PROVENANCE))
    refuse_repeats(rows, "group")
    for row in rows:
        row.provenance()
        if not row.words("members"):
            raise row.bad("members", "is empty")
    return {row.text("group"): frozenset(row.words("members")) for row in rows}


@lru_cache(maxsize=1)
def groups() -> dict[str, frozenset[str]]:
    return load_groups(REFERENCE / "groups.csv")


def members(name: str) -> frozenset[str]:
    """The ingredients that a cell means: those of `group:…`, or the one that it names."""
    if not name.startswith("group:"):
        return frozenset([name])
    if name.removeprefix("group:") not in groups():
        raise BadTable("groups.csv", f"there is no group “{name}”", column="group")
    return groups()[name.removeprefix("group:")]
