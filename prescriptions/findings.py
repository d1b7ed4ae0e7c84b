"""What a check finds, and what the findings come to."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import format_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"
Severity = Literal["stop", "warn", "info"]
RANK: dict[str, int] = {"info": 0, "warn": 1, "stop": 2}

_long_date = lazy(date_format, str)


@dataclass(frozen=True)
class Finding:
    """One thing to know. `rows` names the reference rows that said so."""

    code: str
    severity: Severity
    message: Text
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """`allow`, `warn` (sign only with a written reason) or `stop`; the gravest finding first.

    Store `outcome`, `code` and `rows` with the prescription: they explain it after the tables
    change.
    """

    outcome: Literal["allow", "warn", "stop"]
    findings: tuple[Finding, ...]

    @property
    def code(self) -> str:
        return self.findings[0].code if self.findings else "NOTHING_FOUND"

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row for finding in self.findings for row in finding.rows))

    @property
    def needs_reason(self) -> bool:
        return self.outcome == "warn"

    def at(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)


@dataclass(frozen=True)
class Ruling:
    """The answer of a rule of law: `allow`, `warn` or `deny`, with its reasons and rows."""

    outcome: Literal["allow", "warn", "deny"]
    code: str
    reasons: tuple[Text, ...]
    rows: tuple[str, ...] = ()


def conclude(findings: list[Finding]) -> Decision:
    """The gravest finding decides."""
    ordered = tuple(sorted(findings, key=lambda finding: -RANK[finding.severity]))
    gravest = ordered[0].severity if ordered else "info"
    return Decision("allow" if gravest == "info" else gravest, ordered)


def say(sentence: Text, **facts: object) -> Text:
    """A sentence in the reader's language, made when it is read; dates are written out."""
    shown = {
        name: _long_date(value, "DATE_FORMAT") if isinstance(value, date) else value
        for name, value in facts.items()
    }
    return format_lazy(sentence, **shown)
