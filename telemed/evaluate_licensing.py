"""The suite `licensing`: may this clinician treat a patient who is there on that day?

An authority is `kind:STATE:qualifier:…`, several are separated by semicolons; docs/rules.md shows
the kinds and qualifiers.
"""

import re
from datetime import date

from accounts import licensing
from accounts.licensing import Authority, Facts
from telemed.judged import Judged
from triage.tables import Row

COLUMNS = ("id", "profession", "home_state", "authorities", "location", "on", "expected")
KINDS = ("license", "rn_license", "registration", "privilege", "psypact_apit", "imlc_letter")
STATUSES = ("active", "suspended", "restricted", "revoked")


def judge(row: Row) -> Judged:
    """Decide one row. Raises BadTable for a cell that cannot be read."""
    expected = row.one_of("expected", ("allow", "deny"))
    held = [part.strip() for part in row.maybe("authorities").split(";")]
    decision = licensing.decide(
        Facts(
            profession=row.text("profession"),
            home_state=row.maybe("home_state"),
            authorities=tuple(_authority(row, words) for words in held if words),
        ),
        place=row.maybe("location"),
        on=row.day("on"),
    )
    return Judged(
        id=row.text("id"),
        expected=expected,
        got=decision.outcome,
        code=decision.code,
        is_right=decision.outcome == expected,
    )


def _authority(row: Row, words: str) -> Authority:
    kind, *parts = (part.strip() for part in words.split(":"))
    if kind not in KINDS:
        raise row.wrong("authorities", f"“{kind}” is none of {', '.join(KINDS)}")
    state, status, is_multistate = "", "active", False
    days: dict[str, date] = {}
    for part in filter(None, parts):
        name, _equals, value = part.partition("=")
        if part == "multistate":
            is_multistate = True
        elif name == "status" and value in STATUSES:
            status = value
        elif name in ("issued", "expires"):
            days[name] = _day(row, value)
        elif re.fullmatch(r"[A-Z]{2}", part) and not state:
            state = part
        else:
            raise row.wrong("authorities", f"“{part}” in “{words}” cannot be read")
    return Authority(
        kind=kind,
        state=state,
        is_multistate=is_multistate,
        status=status,
        issued_on=days.get("issued"),
        expires_on=days.get("expires"),
    )


def _day(row: Row, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise row.wrong("authorities", f"“{value}” is not a date such as 2026-11-23") from None
