"""The suites `refill_issue`, `refill_use` and `dea`: the law of refills and of telemedicine."""

from prescriptions import controlled
from prescriptions.findings import Ruling
from telemed.judged import Judged
from triage.tables import Row

REFILL_ISSUE_COLUMNS = ("id", "schedule", "refills", "expected")
REFILL_USE_COLUMNS = (
    "id",
    "schedule",
    "issued_on",
    "refills_authorized",
    "requested_on",
    "refills_used",
    "expected",
)
DEA_COLUMNS = (
    "id",
    "schedule",
    "relationship",
    "audio_only",
    "purpose",
    "on",
    "location",
    "expected",
)


def judge_refill_issue(row: Row) -> Judged:
    """May a prescription be written with so many refills?"""
    return _judged(row, controlled.refills_allowed(row.maybe("schedule"), row.read("refills", int)))


def judge_refill_use(row: Row) -> Judged:
    """May one more refill be used on that day?"""
    ruling = controlled.refill_use(
        row.maybe("schedule"),
        issued_on=row.day("issued_on"),
        refills_authorized=row.read("refills_authorized", int),
        requested_on=row.day("requested_on"),
        refills_used=row.read("refills_used", int),
    )
    return _judged(row, ruling)


def judge_dea(row: Row) -> Judged:
    """May it be prescribed at a distance, there and on that day?"""
    ruling = controlled.dea(
        row.maybe("schedule"),
        relationship=row.text("relationship"),
        audio_only=row.one_of("audio_only", ("yes", "no")) == "yes",
        purpose=row.maybe("purpose"),
        on=row.day("on"),
        location=row.maybe("location"),
    )
    return _judged(row, ruling)


def _judged(row: Row, ruling: Ruling) -> Judged:
    expected = row.one_of("expected", ("allow", "warn", "deny"))
    return Judged(
        id=row.text("id"),
        expected=expected,
        got=ruling.outcome,
        code=ruling.code,
        is_right=ruling.outcome == expected,
    )
