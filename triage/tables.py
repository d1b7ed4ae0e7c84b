"""Reads the reference files of triage and stops at the first cell that is not right.

A reference file with a mistake must stop the start, never a patient: every error names
the file, the row (the header is row 1, as in a spreadsheet) and the column.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

REFERENCE = Path(__file__).parent / "reference"

T = TypeVar("T")


class BadTable(Exception):
    """A file that cannot be used: which row and column, and why."""

    def __init__(self, file: str, row: int, column: str, why: str) -> None:
        super().__init__(f"{file}, row {row}, column {column}: {why}")
        self.file, self.row, self.column, self.why = file, row, column, why


@dataclass(frozen=True)
class Row:
    file: str
    number: int
    cells: dict[str, str]

    def wrong(self, column: str, why: str) -> BadTable:
        return BadTable(self.file, self.number, column, why)

    def text(self, column: str) -> str:
        """What the cell says; an empty one is refused."""
        if value := self.cells[column]:
            return value
        raise self.wrong(column, "is empty")

    def maybe(self, column: str) -> str:
        return self.cells[column]

    def read(self, column: str, convert: Callable[[str], T]) -> T:
        """The cell through `convert`, whose ValueError or KeyError becomes a BadTable."""
        value = self.text(column)
        try:
            return convert(value)
        except (ValueError, KeyError) as error:
            raise self.wrong(column, str(error)) from error

    def one_of(self, column: str, allowed: object) -> str:
        value = self.text(column)
        if value not in allowed:  # type: ignore[operator]
            raise self.wrong(column, f"{value!r} is not known")
        return value

    def day(self, column: str) -> date:
        return self.read(column, date.fromisoformat)


def rows(
    path: Path, *, columns: tuple[str, ...], key: str | None = None, others: bool = False
) -> Iterator[Row]:
    """Each row of a UTF-8 CSV file that has these columns, in any order.

    Raises BadTable for a missing column, an unknown one (unless `others`), a row of the wrong
    length, and a value of `key` that was there before.
    """
    name = path.name
    seen: dict[str, int] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            _check_header(name, header, columns, others)
            for number, cells in enumerate(reader, start=2):
                if not cells:
                    continue
                if len(cells) != len(header):
                    last = header[min(len(cells), len(header) - 1)]
                    why = f"{len(cells)} cells where the header has {len(header)}"
                    raise BadTable(name, number, last, why)
                stripped = (cell.strip() for cell in cells)
                row = Row(name, number, dict(zip(header, stripped, strict=True)))
                for column, value in row.cells.items():
                    if "\0" in value:
                        raise row.wrong(column, "has a null byte in it")
                if key is not None:
                    value = row.text(key)
                    if value in seen:
                        raise row.wrong(key, f"{value!r} is in row {seen[value]} already")
                    seen[value] = number
                yield row
    except OSError as error:
        raise BadTable(name, 1, "-", error.strerror or "cannot be opened") from error
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8 text"
        raise BadTable(name, max(seen.values(), default=1) + 1, "-", why) from error
    except csv.Error as error:
        raise BadTable(name, max(seen.values(), default=1) + 1, "-", str(error)) from error


def _check_header(name: str, header: list[str], columns: tuple[str, ...], others: bool) -> None:
    for column in columns:
        if column not in header:
            raise BadTable(name, 1, column, "is missing")
    for column in header:
        if header.count(column) > 1:
            raise BadTable(name, 1, column, "is there twice")
        if not others and column not in columns:
            raise BadTable(name, 1, column, "is not a known column")
