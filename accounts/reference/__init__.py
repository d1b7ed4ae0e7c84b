"""Reads the dated reference tables that the project ships.

A table with a wrong cell is refused whole, and the error names the file, the row and the column.
Rows are added, never overwritten: a changed law is a new row with its own dates.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PROVENANCE = ("source", "as_of", "review_by", "confidence")


class BadTable(ValueError):
    """A table that cannot be read: which file, row and column, and why."""

    def __init__(self, file: str, why: str, *, row: int | None = None, column: str = "") -> None:
        where = file
        if row is not None:
            where += f", row {row}"
        if column:
            where += f", column {column}"
        super().__init__(f"{where}: {why}")
        self.file, self.row, self.column, self.why = file, row, column, why


@dataclass(frozen=True)
class Provenance:
    """Where a row comes from, how sure it is, and when a person must look at it again."""

    source: str
    as_of: date
    review_by: date
    confidence: str

    def is_overdue_on(self, day: date) -> bool:
        return day > self.review_by


@dataclass(frozen=True)
class Row:
    """One line of a table. Every reader raises BadTable where the cell is not what it must be."""

    file: str
    line: int  # as a spreadsheet counts: the heading is row 1
    cells: dict[str, str]

    def bad(self, column: str, why: str) -> BadTable:
        return BadTable(self.file, why, row=self.line, column=column)

    def text(self, column: str, *, required: bool = False) -> str:
        value = self.cells[column].strip()
        if required and not value:
            raise self.bad(column, "is empty")
        return value

    def choice(self, column: str, allowed: Iterable[str]) -> str:
        value = self.text(column)
        known = sorted(allowed)
        if value not in known:
            raise self.bad(column, f"“{value}” is none of {', '.join(known)}")
        return value

    def words(self, column: str) -> tuple[str, ...]:
        """The parts of a cell that holds several, separated by semicolons."""
        return tuple(part.strip() for part in self.text(column).split(";") if part.strip())

    def day(self, column: str) -> date:
        value = self.text(column, required=True)
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.bad(column, f"“{value}” is not a date such as 2026-11-23") from None

    def maybe_day(self, column: str) -> date | None:
        return self.day(column) if self.text(column) else None

    def number(self, column: str) -> int:
        value = self.text(column, required=True)
        try:
            return int(value)
        except ValueError:
            raise self.bad(column, f"“{value}” is not a whole number") from None

    def provenance(self) -> Provenance:
        return Provenance(
            source=self.text("source", required=True),
            as_of=self.day("as_of"),
            review_by=self.day("review_by"),
            confidence=self.choice("confidence", ("high", "medium", "low")),
        )


def read(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file in UTF-8 (a BOM is fine) that has these columns and maybe more."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadTable(path.name, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadTable(path.name, "is not UTF-8 text") from error
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise BadTable(path.name, f"is not a CSV file ({error})") from error
    if not lines:
        raise BadTable(path.name, "is empty")
    heading = [name.strip() for name in lines[0]]
    for column in columns:
        if heading.count(column) > 1:
            raise BadTable(path.name, "the column is there twice", row=1, column=column)
        if column not in heading:
            raise BadTable(path.name, "the column is missing", row=1, column=column)
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(heading):
            why = f"has {len(line)} cells, the heading has {len(heading)}"
            raise BadTable(path.name, why, row=number)
        rows.append(Row(path.name, number, dict(zip(heading, line, strict=True))))
    return rows


def refuse_repeats(rows: Iterable[Row], column: str) -> None:
    """A value that must be unique (the name that stored decisions refer to) is there once."""
    seen: dict[str, int] = {}
    for row in rows:
        value = row.text(column, required=True)
        if value in seen:
            raise row.bad(column, f"“{value}” is in row {seen[value]} already")
        seen[value] = row.line
