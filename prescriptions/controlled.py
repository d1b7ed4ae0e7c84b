"""The law of controlled substances: how often to refill, and what telemedicine may prescribe.

Pure: dated rows and a day decide. Federal rules come first, a state's own no comes before them;
where no row is in force the answer is no.
"""

import calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from django.utils.translation import gettext_lazy as _

from accounts import places
from accounts.reference import PROVENANCE, Provenance, read, refuse_repeats
from prescriptions import drugs
from prescriptions.findings import Ruling, Text, say


@dataclass(frozen=True)
class RefillRule:
    """`most_refills` and `months` are None where federal law and our default set no limit."""

    row: str
    schedule: str
    may_refill: bool
    most_refills: int | None
    months: int | None
    citation: str
    note: str
    provenance: Provenance


@dataclass(frozen=True)
class TelemedicineRule:
    """What a place allows, warns of or denies without an exam in person, from day to day."""

    row: str
    place: str  # US, or a state
    effect: Literal["allow", "warn", "deny"]
    schedules: tuple[str, ...]
    over: str  # video: picture and sound are needed; audio: sound alone will do
    purpose: str
    effective_from: date
    effective_to: date | None
    citation: str
    note: str
    provenance: Provenance

    def is_in_force_on(self, day: date) -> bool:
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )


# --- refills ---


def refills_allowed(schedule: str, refills: int) -> Ruling:
    """May a prescription of this schedule be written with so many refills?"""
    rule = refill_rules().get(_schedule(schedule))
    if rule is None:
        return _unknown_schedule(schedule)
    if refills < 0:
        return Ruling("deny", "REFILLS_BELOW_ZERO", (_BELOW_ZERO,))
    if refills and not rule.may_refill:
        return Ruling("deny", "NO_REFILLS", _cite(_NO_REFILLS, rule), (rule.row,))
    if rule.most_refills is not None and refills > rule.most_refills:
        reason = say(
            _("At most {most} refills are allowed ({citation})."),
            most=rule.most_refills,
            citation=rule.citation,
        )
        return Ruling("deny", "TOO_MANY_REFILLS", (reason,), (rule.row,))
    return Ruling("allow", "REFILLS_WITHIN_RULE", _cite(_WITHIN_RULE, rule), (rule.row,))


def refill_use(
    schedule: str,
    *,
    issued_on: date,
    refills_authorized: int,
    requested_on: date,
    refills_used: int,
) -> Ruling:
    """May one more refill of this prescription be used on that day?"""
    rule = refill_rules().get(_schedule(schedule))
    if rule is None:
        return _unknown_schedule(schedule)
    rows = (rule.row,)
    if not rule.may_refill:
        return Ruling("deny", "NO_REFILLS", _cite(_NO_REFILLS, rule), rows)
    if requested_on < issued_on:
        reason = say(_("The prescription is only from {day}."), day=issued_on)
        return Ruling("deny", "NOT_YET_ISSUED", (reason,), rows)
    if refills_used < 0 or refills_authorized < 0:
        return Ruling("deny", "REFILLS_BELOW_ZERO", (_BELOW_ZERO,), rows)
    most = refills_authorized
    if rule.most_refills is not None:
        most = min(most, rule.most_refills)
    if refills_used >= most:
        reason = say(_("All {most} refills have been used."), most=most)
        return Ruling("deny", "REFILLS_USED_UP", (reason,), rows)
    if rule.months is not None:
        last_day = months_after(issued_on, rule.months)
        if requested_on > last_day:
            reason = say(_("Its refills ended on {day}."), day=last_day)
            return Ruling("deny", "REFILLS_TOO_LATE", (reason,), rows)
    return Ruling("allow", "REFILLS_WITHIN_RULE", _cite(_WITHIN_RULE, rule), rows)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_NO_REFILLS = _("Schedule {schedule} has no refills: a renewal is a new prescription ({citation}).")
_BELOW_ZERO = _("The number of refills cannot be below zero.")
_WITHIN_RULE = _("Within the rule for its schedule ({citation}).")


def _cite(sentence: Text, rule: RefillRule) -> tuple[Text, ...]:
    return (say(sentence, schedule=rule.schedule.removeprefix("C"), citation=rule.citation),)


def _schedule(schedule: str) -> str:
    """`CIV`, `C-IV` and `IV` are one; so are `none`, `non-controlled` and nothing."""
    name = schedule.strip().upper().replace("-", "").replace("_", "")
    if name in ("", "NONE", "NONCONTROLLED", "NOTCONTROLLED"):
        return "none"
    return f"C{name}" if name in ("II", "III", "IV", "V") else name


def _unknown_schedule(schedule: str) -> Ruling:
    reason = say(_("“{schedule}” is not a schedule that we know."), schedule=schedule)
    return Ruling("deny", "UNKNOWN_SCHEDULE", (reason,))


# --- telemedicine ---


def dea(
    schedule: str, *, relationship: str, audio_only: bool, purpose: str, on: date, location: str
) -> Ruling:
    """May this schedule be prescribed at a distance, in this place, on that day?

    `relationship` is `in_person`, or anything else (`telemedicine_only`), which counts as never
    examined in person; `purpose` may be `opioid_use_disorder`.
    """
    name, place = _schedule(schedule), location.strip().upper()
    if name not in drugs.SCHEDULES:
        return _unknown_schedule(schedule)
    if place not in places.STATE_CODES:
        return Ruling(
            "deny", "LOCATION_REQUIRED", (_("The state where the patient is must be known."),)
        )
    if name == "none":
        return Ruling("allow", "NOT_CONTROLLED", (_("It is not a controlled substance."),))
    if _was_in_person(relationship):
        return Ruling(
            "allow", "SEEN_IN_PERSON", (_("The prescriber has examined the patient in person."),)
        )
    rules = [
        rule
        for rule in telemedicine_rules()
        if rule.place in ("US", place)
        and name in rule.schedules
        and rule.is_in_force_on(on)
        and rule.purpose in ("", purpose.strip().lower())
    ]
    denying = [rule for rule in rules if rule.effect == "deny"]
    if denying:
        return _rule("deny", "STATE_NEEDS_EXAM_IN_PERSON", denying[0])
    fitting = [rule for rule in rules if not audio_only or rule.over == "audio"]
    for effect, code in (("allow", "RULE_IN_FORCE"), ("warn", "RULE_TO_CONFIRM")):
        for rule in fitting:
            if rule.effect == effect:
                return _rule(rule.effect, code, rule)
    if rules:
        return Ruling(
            "deny",
            "NEEDS_VIDEO",
            (_("Picture and sound are needed: sound alone is not enough for this."),),
            tuple(rule.row for rule in rules),
        )
    reason = say(_("No rule in force on {day} allows it without an exam in person first."), day=on)
    return Ruling("deny", "NO_RULE_IN_FORCE", (reason,))


def _was_in_person(relationship: str) -> bool:
    """`in_person`, `prior_in_person_exam`; not `no_in_person_exam`."""
    words = relationship.strip().lower().replace("-", "_").split("_")
    return "in_person" in "_".join(words) and not {"no", "not", "never", "without"} & set(words)


def _rule(outcome: Literal["allow", "warn", "deny"], code: str, rule: TelemedicineRule) -> Ruling:
    reason = say("{note} ({citation})", note=_(rule.note), citation=rule.citation)
    return Ruling(outcome, code, (reason,), (rule.row,))


# --- the tables ---


def load_refill_rules(path: Path) -> dict[str, RefillRule]:
    """Refill rules by schedule; raises `accounts.reference.BadTable`."""
    columns = ("row", "schedule", "may_refill", "most_refills", "months", "citation", "note")
    rows = read(path, (*columns, *PROVENANCE))
    refuse_repeats(rows, "row")
    refuse_repeats(rows, "schedule")
    rules = {}
    for row in rows:
        rules[row.choice("schedule", drugs.SCHEDULES)] = RefillRule(
            row=row.text("row"),
            schedule=row.text("schedule"),
            may_refill=row.choice("may_refill", ("yes", "no")) == "yes",
            most_refills=row.number("most_refills") if row.text("most_refills") else None,
            months=row.number("months") if row.text("months") else None,
            citation=row.text("citation", required=True),
            note=row.text("note"),
            provenance=row.provenance(),
        )
    return rules


def load_telemedicine_rules(path: Path) -> tuple[TelemedicineRule, ...]:
    """Telemedicine rules; raises `accounts.reference.BadTable`."""
    columns = ("row", "place", "effect", "schedules", "over", "purpose", "effective_from")
    rows = read(path, (*columns, "effective_to", "citation", "note", *PROVENANCE))
    refuse_repeats(rows, "row")
    rules = []
    for row in rows:
        first, last = row.day("effective_from"), row.maybe_day("effective_to")
        if last and last < first:
            raise row.bad("effective_to", "is before effective_from")
        for schedule in row.words("schedules"):
            if schedule not in drugs.SCHEDULES:
                raise row.bad("schedules", f"“{schedule}” is not a schedule")
        effect = row.choice("effect", ("allow", "warn", "deny"))
        rules.append(
            TelemedicineRule(
                row=row.text("row"),
                place=row.choice("place", places.STATE_CODES | {"US"}),
                effect="allow" if effect == "allow" else "warn" if effect == "warn" else "deny",
                schedules=row.words("schedules"),
                over=row.choice("over", ("video", "audio")),
                purpose=row.text("purpose"),
                effective_from=first,
                effective_to=last,
                citation=row.text("citation", required=True),
                note=row.text("note", required=True),
                provenance=row.provenance(),
            )
        )
    return tuple(rules)


@lru_cache(maxsize=1)
def refill_rules() -> dict[str, RefillRule]:
    return load_refill_rules(drugs.REFERENCE / "refill_rules.csv")


@lru_cache(maxsize=1)
def telemedicine_rules() -> tuple[TelemedicineRule, ...]:
    return load_telemedicine_rules(drugs.REFERENCE / "telemedicine_rules.csv")
