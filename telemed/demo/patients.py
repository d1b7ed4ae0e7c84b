"""The demo clinic's forty patients (patients.csv). Nobody of them exists.

Ada comes first; the four after her are the cast of the waiting room.
"""

import csv
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ADA = "Ada Rivera"
ZONES = {
    "TX": "America/Chicago",
    "OK": "America/Chicago",
    "NM": "America/Denver",
    "CO": "America/Denver",
    "UT": "America/Denver",
    "AZ": "America/Phoenix",
    "CA": "America/Los_Angeles",
    "WA": "America/Los_Angeles",
    "OR": "America/Los_Angeles",
    "PA": "America/New_York",
    "GA": "America/New_York",
    "FL": "America/New_York",
}


@dataclass(frozen=True)
class Invented:
    name: str
    sex: str
    born_on: date
    street: str
    city: str
    state: str
    postal_code: str
    conditions: tuple[str, ...]
    medicines: tuple[str, ...]
    allergies: tuple[str, ...]
    language: str

    @property
    def email(self) -> str:
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        return ".".join(plain.lower().replace("-", "").split()) + "@example.com"


def _read(row: dict[str, str]) -> Invented:
    values: dict[str, Any] = dict(row)
    for name in ("conditions", "medicines", "allergies"):
        values[name] = tuple(part for part in row[name].split("|") if part)
    return Invented(**values | {"born_on": date.fromisoformat(row["born_on"])})


with (Path(__file__).parent / "patients.csv").open(newline="") as _file:
    PATIENTS = [_read(row) for row in csv.DictReader(_file)]
