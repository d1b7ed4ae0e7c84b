"""What a suite of `evaluate` says about one row of a file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Judged:
    """`expected` is what the row asks for and `got` what the rules say; the code is shown only."""

    id: str
    expected: str
    got: str
    code: str
    is_right: bool
