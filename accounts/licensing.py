"""Who may treat a patient who is in this place on this day.

Pure: facts, a place, a day and dated rules in; a decision with its reasons and rows out. It asks
no database, no clock and nobody's network, never raises on odd facts, and says no wherever
nothing says yes. The order of the questions is the one of docs/rules.md, “Licensing”.
"""

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypeVar

from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import places
from accounts.reference import PROVENANCE, Provenance, read, refuse_repeats

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REFERENCE = Path(__file__).parent / "reference"
Text: TypeAlias = "str | _StrPromise"
Outcome = Literal["allow", "deny"]

PROFESSIONS = {
    "physician", "np", "pa", "rn", "psychologist", "counselor", "mft", "social_worker", "pt", "slp",
}  # fmt: skip
# The one compact that each profession has. NP and PA have none in operation; marriage and family
# therapists are left out of the Counseling Compact by its text.
COMPACT_OF = {
    "rn": "nlc",
    "physician": "imlc",
    "pt": "pt_compact",
    "psychologist": "psypact",
    "counselor": "counseling",
    "social_worker": "social_work",
    "slp": "aslp_ic",
}
COMPACT_NAMES = {
    "nlc": "Nurse Licensure Compact",
    "imlc": "Interstate Medical Licensure Compact",
    "pt_compact": "Physical Therapy Compact",
    "psypact": "PSYPACT",
    "counseling": "Counseling Compact",
    "social_work": "Social Work Licensure Compact",
    "aslp_ic": "Audiology and Speech-Language Pathology Compact",
}
# Compacts whose members issue a privilege per state, and the code that a yes gets.
PRIVILEGE_CODES = {
    "pt_compact": "PT_PRIVILEGE",
    "counseling": "COUNSELING_PRIVILEGE",
    "aslp_ic": "ASLP_PRIVILEGE",
}
# Nursing and social work have a license that is itself good in every member state.
MULTISTATE_CODES = {"nlc": "NLC_MULTISTATE", "social_work": "SOCIAL_WORK_MULTISTATE"}

TERRITORIES = {"AS", "GU", "MP", "PR", "VI"}
FOREIGN_PLACE = re.compile(r"(?!US-)[A-Z]{2}-[A-Z0-9]{1,3}")


# --- what goes in ---


@dataclass(frozen=True)
class Authority:
    """One thing that a clinician holds. Good through its last day; no date means no limit known.

    `row` names it in decisions: give the License's code, so that a stored decision finds it again.
    """

    kind: str
    state: str = ""
    number: str = ""
    is_multistate: bool = False
    status: str = "active"
    issued_on: date | None = None
    expires_on: date | None = None
    row: str = ""

    def fault_on(self, day: date) -> str:
        """Why it is not in force on that day, as a code; empty when it is."""
        if self.status != "active":
            return self.status.upper() if self.status in STATUS_SENTENCES else "UNKNOWN_STATUS"
        if self.issued_on and day < self.issued_on:
            return "NOT_YET_ISSUED"
        if self.expires_on and day > self.expires_on:
            return "EXPIRED"
        return ""

    @property
    def name(self) -> str:
        return self.row or ":".join(part for part in (self.kind, self.state, self.number) if part)


@dataclass(frozen=True)
class Facts:
    """A clinician, as far as licensing needs to know."""

    profession: str
    home_state: str
    authorities: tuple[Authority, ...] = ()


@dataclass(frozen=True)
class CompactRow:
    """A compact in one state from one day on: does it authorize practice there?

    A yes without a known first day counts from the day on which it was seen to be so (`as_of`).
    """

    row: str
    compact: str
    state: str
    standing: str
    authorizes: str  # yes, no, unconfirmed
    issues: str  # may that state be the home state of a holder
    effective_from: date | None
    effective_to: date | None
    provenance: Provenance
    note: str = ""

    @property
    def first_day(self) -> date | None:
        if self.effective_from is None and self.authorizes == "yes":
            return self.provenance.as_of
        return self.effective_from

    def is_in_force_on(self, day: date) -> bool:
        first, last = self.first_day, self.effective_to
        return (first is None or first <= day) and (last is None or day <= last)


@dataclass(frozen=True)
class RegistrationRow:
    """A state's telehealth registration: for whom, since when, and whether it is confirmed."""

    row: str
    state: str
    mechanism: str
    kind: str
    professions: tuple[str, ...]
    authorizes: str
    effective_from: date | None
    effective_to: date | None
    legal_basis: str
    provenance: Provenance
    note: str = ""

    @property
    def first_day(self) -> date | None:
        if self.effective_from is None and self.authorizes == "yes":
            return self.provenance.as_of
        return self.effective_from

    def is_in_force_on(self, day: date) -> bool:
        first, last = self.first_day, self.effective_to
        return (first is None or first <= day) and (last is None or day <= last)


@dataclass(frozen=True)
class Rules:
    """All dated rows that licensing decides by; build one from rows, or take `shipped()`."""

    compacts: tuple[CompactRow, ...]
    registrations: tuple[RegistrationRow, ...]
    _by_compact: dict[tuple[str, str], list[CompactRow]] = field(
        init=False, repr=False, compare=False
    )
    _by_state: dict[str, list[RegistrationRow]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_compact: dict[tuple[str, str], list[CompactRow]] = {}
        for compact in self.compacts:
            by_compact.setdefault((compact.compact, compact.state), []).append(compact)
        by_state: dict[str, list[RegistrationRow]] = {}
        for registration in self.registrations:
            by_state.setdefault(registration.state, []).append(registration)
        object.__setattr__(self, "_by_compact", by_compact)
        object.__setattr__(self, "_by_state", by_state)

    def compact_rows(self, compact: str, state: str) -> list[CompactRow]:
        return self._by_compact.get((compact, state), [])

    def registration_rows(self, state: str) -> list[RegistrationRow]:
        return self._by_state.get(state, [])

    def overdue_on(self, day: date) -> list[CompactRow | RegistrationRow]:
        """Rows that somebody should have looked at again before that day."""
        rows: list[CompactRow | RegistrationRow] = [*self.compacts, *self.registrations]
        return [row for row in rows if row.provenance.is_overdue_on(day)]


# --- what comes out ---


@dataclass(frozen=True)
class Decision:
    """Store `outcome`, `code` and `rows` with the visit: they explain it after the rules change.

    `rows` names the authorities and the reference rows that decided. `reasons` are sentences in
    the reader's language, the one that decided first.
    """

    outcome: Outcome
    code: str
    reasons: tuple[Text, ...]
    rows: tuple[str, ...] = ()

    @property
    def is_allowed(self) -> bool:
        return self.outcome == "allow"


class _Answer(NamedTuple):
    """What one authority comes to. The no that came nearest to a yes gives the code."""

    allows: bool
    nearness: int
    code: str
    reason: Text
    rows: tuple[str, ...] = ()


def _no(nearness: int, code: str, reason: Text, *rows: str) -> _Answer:
    return _Answer(False, nearness, code, reason, rows)


_long_date = lazy(date_format, str)
_place_name = lazy(places.name_of, str)


def _say(sentence: Text, **facts: object) -> Text:
    shown = {
        name: _long_date(value, "DATE_FORMAT") if isinstance(value, date) else value
        for name, value in facts.items()
    }
    return format_lazy(sentence, **shown)


# --- deciding ---


def decide(
    clinician: Facts, *, place: str | None, on: date, rules: Rules | None = None
) -> Decision:
    """May this clinician treat a patient who is in `place` on that day?

    `place` is a USPS code, an ISO 3166-2 code outside the United States, `outside`, or empty.
    Without `rules` the tables that the project ships decide.
    """
    rules = shipped() if rules is None else rules
    state = (place or "").strip().upper()
    refusal = _refuse_place(state) or _refuse_profession(clinician.profession)
    if refusal:
        return refusal
    answers = [
        answer
        for authority in clinician.authorities
        if (answer := _weigh(authority, clinician, state, on, rules))
    ]
    yes = [answer for answer in answers if answer.allows]
    if yes:
        best = max(yes, key=lambda answer: answer.nearness)
        return Decision("allow", best.code, (best.reason,), best.rows)
    if not answers:
        return _nothing_held(state)
    answers.sort(key=lambda answer: -answer.nearness)
    reasons = tuple(answer.reason for answer in answers)
    rows = tuple(dict.fromkeys(row for answer in answers for row in answer.rows))
    return Decision("deny", answers[0].code, reasons, rows)


Key = TypeVar("Key", bound=Hashable)


def may_treat(
    clinicians: Iterable[tuple[Key, Facts]],
    *,
    place: str | None,
    on: date,
    rules: Rules | None = None,
) -> dict[Key, Decision]:
    """The decision for each of many clinicians, by the key that came with the facts."""
    rules = shipped() if rules is None else rules
    return {key: decide(facts, place=place, on=on, rules=rules) for key, facts in clinicians}


def _refuse_place(state: str) -> Decision | None:
    if not state:
        return Decision(
            "deny",
            "LOCATION_REQUIRED",
            (_("We do not know where the patient is. The state is needed first."),),
        )
    if state == places.OUTSIDE_US.upper() or FOREIGN_PLACE.fullmatch(state):
        return Decision(
            "deny",
            "OUTSIDE_US",
            (_("The patient is outside the United States. A visit cannot take place there."),),
        )
    if state not in places.STATE_CODES:
        return Decision(
            "deny",
            "UNKNOWN_PLACE",
            (_say(_("“{place}” is not a state or territory that we know."), place=state),),
        )
    return None


def _refuse_profession(profession: str) -> Decision | None:
    if profession in PROFESSIONS:
        return None
    reason = _say(_("We have no licensing rules for the profession “{name}”."), name=profession)
    return Decision("deny", "UNKNOWN_PROFESSION", (reason,))


def _nothing_held(state: str) -> Decision:
    if state in TERRITORIES:
        reason = _say(
            _(
                "{state} is a territory that licenses clinicians itself, and nothing is on file"
                " for it."
            ),
            state=_place_name(state),
        )
        return Decision("deny", "TERRITORY_WITHOUT_AUTHORITY", (reason,))
    reason = _say(
        _("No license or other authority for {state} is on file."), state=_place_name(state)
    )
    return Decision("deny", "NO_AUTHORITY_HELD", (reason,))


def _weigh(
    authority: Authority, clinician: Facts, state: str, on: date, rules: Rules
) -> _Answer | None:
    """What this authority says about this state; None when it has nothing to do with it."""
    profession = clinician.profession
    is_own_license = authority.kind == "license" or (
        authority.kind == "rn_license" and profession == "rn"
    )
    if is_own_license and authority.state == state:
        return _weigh_license(authority, on)
    if authority.kind in ("license", "rn_license") and profession in ("rn", "np", "social_worker"):
        return _weigh_elsewhere(authority, clinician, state, on, rules)
    if authority.kind == "privilege" and authority.state == state:
        return _weigh_privilege(authority, clinician, state, on, rules)
    if authority.kind == "psypact_apit":
        return _weigh_apit(authority, clinician, state, on, rules)
    if authority.kind == "registration" and authority.state == state:
        return _weigh_registration(authority, clinician, state, on, rules)
    if authority.kind == "imlc_letter":
        return _no(
            40,
            "IMLC_IS_NOT_A_PRIVILEGE",
            _say(
                _(
                    "A letter of qualification only speeds up getting a license. A full license"
                    " in {state} is needed."
                ),
                state=_place_name(state),
            ),
            authority.name,
        )
    return None


def _weigh_license(authority: Authority, on: date) -> _Answer:
    fault = authority.fault_on(on)
    if fault:
        return _faulty(authority, fault, nearness=90)
    if authority.expires_on:
        reason = _say(
            _("Licensed in {state} through {last_day}."),
            state=_place_name(authority.state),
            last_day=authority.expires_on,
        )
    else:
        reason = _say(_("Licensed in {state}."), state=_place_name(authority.state))
    return _Answer(True, 100, "FULL_LICENSE", reason, (authority.name,))


STATUS_SENTENCES = {
    "suspended": _("The {kind} in {state} is suspended."),
    "restricted": _("The {kind} in {state} is restricted."),
    "revoked": _("The {kind} in {state} is revoked."),
}
KIND_NAMES = {
    "license": _("license"),
    "rn_license": _("registered nurse license"),
    "registration": _("telehealth registration"),
    "privilege": _("compact privilege"),
    "psypact_apit": _("PSYPACT authority"),
}


def _faulty(authority: Authority, fault: str, *, nearness: int) -> _Answer:
    """The no of an authority that would do if it were in force."""
    what = {
        "kind": KIND_NAMES.get(authority.kind, authority.kind),
        "state": _place_name(authority.state),
    }
    if authority.kind == "psypact_apit":
        what["state"] = _("the compact's states")
    if fault == "EXPIRED":
        reason = _say(
            _("The {kind} in {state} ended on {last_day}."), last_day=authority.expires_on, **what
        )
    elif fault == "NOT_YET_ISSUED":
        reason = _say(
            _("The {kind} in {state} starts on {first_day}."),
            first_day=authority.issued_on,
            **what,
        )
    else:
        sentence = STATUS_SENTENCES.get(
            authority.status, _("The {kind} in {state} has a status that we do not know.")
        )
        reason = _say(sentence, **what)
    kind = {"license": "LICENSE", "rn_license": "LICENSE"}.get(
        authority.kind, authority.kind.upper()
    )
    return _no(nearness, f"{kind}_{fault}", reason, authority.name)


def _weigh_elsewhere(
    authority: Authority, clinician: Facts, state: str, on: date, rules: Rules
) -> _Answer | None:
    """A license of another state: only a multistate one of the home state reaches further."""
    if clinician.profession == "np":
        if authority.kind != "rn_license" or not (
            authority.is_multistate or authority.state == state
        ):
            return None
        return _no(
            50,
            "NLC_EXCLUDES_APRN",
            _say(
                _(
                    "A registered nurse license does not cover nurse practitioners. A nurse"
                    " practitioner license in {state} is needed."
                ),
                state=_place_name(state),
            ),
            authority.name,
        )
    if clinician.profession == "social_worker" and not authority.is_multistate:
        return None
    if clinician.profession == "social_worker" and authority.kind != "license":
        return None
    compact = COMPACT_OF[clinician.profession]
    if not authority.is_multistate:
        return _no(
            20,
            "SINGLE_STATE_LICENSE",
            _say(
                _("The license of {home} is good in {home} alone, not in {state}."),
                home=_place_name(authority.state),
                state=_place_name(state),
            ),
            authority.name,
        )
    fault = authority.fault_on(on)
    if fault:
        return _faulty(authority, fault, nearness=70)
    if authority.state != clinician.home_state:
        return _no(
            60,
            "MULTISTATE_NOT_FROM_HOME_STATE",
            _say(
                _("A multistate license counts only when the home state, {home}, gave it."),
                home=_place_name(clinician.home_state),
            ),
            authority.name,
        )
    return _through_compact(
        compact, MULTISTATE_CODES[compact], (authority,), clinician, state, on, rules
    )


def _weigh_privilege(
    authority: Authority, clinician: Facts, state: str, on: date, rules: Rules
) -> _Answer:
    compact = COMPACT_OF.get(clinician.profession, "")
    if compact == "imlc":
        return _no(
            40,
            "IMLC_IS_NOT_A_PRIVILEGE",
            _("The medical licensure compact gives no privilege. A full license is needed."),
            authority.name,
        )
    if compact not in PRIVILEGE_CODES:
        return _no(
            50,
            "COMPACT_EXCLUDES_PROFESSION",
            _("No compact gives this profession a privilege."),
            authority.name,
        )
    fault = authority.fault_on(on)
    if fault:
        return _faulty(authority, fault, nearness=80)
    return _on_home_license(
        compact, PRIVILEGE_CODES[compact], authority, clinician, state, on, rules
    )


def _weigh_apit(
    authority: Authority, clinician: Facts, state: str, on: date, rules: Rules
) -> _Answer:
    if clinician.profession != "psychologist":
        return _no(
            50, "COMPACT_EXCLUDES_PROFESSION", _("PSYPACT is for psychologists."), authority.name
        )
    fault = authority.fault_on(on)
    if fault:
        return _faulty(authority, fault, nearness=70)
    return _on_home_license("psypact", "PSYPACT_APIT", authority, clinician, state, on, rules)


def _on_home_license(
    compact: str,
    code: str,
    authority: Authority,
    clinician: Facts,
    state: str,
    on: date,
    rules: Rules,
) -> _Answer:
    """A privilege and an APIT live only as long as the license of the home state does."""
    home = _license_in_force(clinician, on, state=clinician.home_state)
    # The compact's own no comes first: it is the one that no renewal can mend.
    answer = _through_compact(
        compact, code, (authority, home) if home else (authority,), clinician, state, on, rules
    )
    if not answer.allows or home:
        return answer
    return _no(65,
        "HOME_LICENSE_NOT_IN_FORCE",
        _say(
            _("The authority depends on the license of the home state, {home}, which is not"
              " in force."),
            home=_place_name(clinician.home_state),
        ),
        *answer.rows)  # fmt: skip


def _license_in_force(clinician: Facts, on: date, *, state: str | None = None) -> Authority | None:
    kinds = ("license", "rn_license") if clinician.profession == "rn" else ("license",)
    for authority in clinician.authorities:
        if (
            authority.kind in kinds
            and (state is None or authority.state == state)
            and authority.state in places.STATE_CODES
            and not authority.fault_on(on)
        ):
            return authority
    return None


def _through_compact(
    compact: str,
    code: str,
    held: tuple[Authority, ...],
    clinician: Facts,
    state: str,
    on: date,
    rules: Rules,
) -> _Answer:
    """Does the compact, on that day, open this state to somebody from that home state?"""
    facts = {"compact": COMPACT_NAMES[compact], "state": _place_name(state)}
    names = tuple(authority.name for authority in held)
    there = rules.compact_rows(compact, state)
    row = _row_on(there, on)
    if row is None or row.authorizes != "yes":
        return _not_open(there, row, on, facts, names)
    home_row = _row_on(rules.compact_rows(compact, clinician.home_state), on)
    if home_row is None or home_row.authorizes != "yes" or home_row.issues != "yes":
        return _no(
            62,
            "HOME_STATE_NOT_IN_COMPACT",
            _say(
                _("{home} is not known to take part in the {compact} on that day."),
                home=_place_name(clinician.home_state),
                **facts,
            ),
            *names,
            row.row,
        )
    reason = _say(_("Authorized in {state} through the {compact}."), **facts)
    return _Answer(True, 95, code, reason, (*names, row.row, home_row.row))


def _row_on(rows: Iterable[CompactRow], on: date) -> CompactRow | None:
    """The newest row in force. Of two that start on one day the one that says no wins."""
    in_force = [row for row in rows if row.is_in_force_on(on)]
    return max(
        in_force,
        key=lambda row: (row.first_day or date.min, row.authorizes != "yes"),
        default=None,
    )


def _not_open(
    rows: list[CompactRow],
    row: CompactRow | None,
    on: date,
    facts: Mapping[str, object],
    names: tuple[str, ...],
) -> _Answer:
    later = [each for each in rows if each.authorizes == "yes" and (each.first_day or on) > on]
    if later:
        first = min(later, key=lambda each: each.first_day or date.max)
        if first.effective_from is None:
            return _no(
                60,
                "STATE_STATUS_UNCONFIRMED",
                _say(
                    _(
                        "{state} is known to be open through the {compact} only from {first_day}"
                        " on."
                    ),
                    first_day=first.first_day,
                    **facts,
                ),
                *names,
                first.row,
            )
        return _no(
            60,
            "COMPACT_NOT_YET_IN_FORCE",
            _say(
                _("The {compact} is in force in {state} only from {first_day} on."),
                first_day=first.effective_from,
                **facts,
            ),
            *names,
            first.row,
        )
    if row is None or row.standing in ("bill", "left"):
        member_rows = (row.row,) if row else ()
        return _no(
            60,
            "NOT_A_MEMBER",
            _say(_("{state} is not a member of the {compact}."), **facts),
            *names,
            *member_rows,
        )
    if row.authorizes == "unconfirmed":
        return _no(
            60,
            "STATE_STATUS_UNCONFIRMED",
            _say(
                _("It is not confirmed that {state} is open through the {compact}."),
                **facts,
            ),
            *names,
            row.row,
        )
    return _no(
        60,
        "STATE_NOT_ISSUING",
        _say(_("{state} has joined the {compact}, but it is not working there yet."), **facts),
        *names,
        row.row,
    )


def _weigh_registration(
    authority: Authority, clinician: Facts, state: str, on: date, rules: Rules
) -> _Answer:
    fault = authority.fault_on(on)
    if fault:
        return _faulty(authority, fault, nearness=80)
    where = _place_name(state)
    rows = [row for row in rules.registration_rows(state) if row.is_in_force_on(on)]
    open_rows = [row for row in rows if row.authorizes == "yes" and row.kind == "registration"]
    # A later row takes an earlier one back; on the same day the one that says no wins.
    newest = max(
        rows,
        key=lambda row: (row.first_day or date.min, row.authorizes != "yes"),
        default=None,
    )
    if newest is None or newest not in open_rows:
        if newest is not None and newest.authorizes == "unconfirmed":
            reason = _say(
                _("It is not confirmed who may use the telehealth registration of {state}."),
                state=where,
            )
            return _no(55, "STATE_STATUS_UNCONFIRMED", reason, authority.name, newest.row)
        reason = _say(
            _("We know of no telehealth registration in force in {state} on that day."),
            state=where,
        )
        known = (newest.row,) if newest else ()
        return _no(55, "NO_REGISTRATION_SCHEME", reason, authority.name, *known)
    if clinician.profession not in newest.professions:
        reason = _say(
            _("The telehealth registration of {state} is not for this profession."), state=where
        )
        return _no(55, "REGISTRATION_EXCLUDES_PROFESSION", reason, authority.name, newest.row)
    home = _license_in_force(clinician, on)
    if home is None:
        reason = _say(
            _("A telehealth registration needs a license in force in some state."), state=where
        )
        return _no(65, "HOME_LICENSE_NOT_IN_FORCE", reason, authority.name, newest.row)
    reason = _say(_("Registered for telehealth in {state}."), state=where)
    return _Answer(
        True, 85, "TELEHEALTH_REGISTRATION", reason, (authority.name, home.name, newest.row)
    )


# --- the tables ---

_COMPACT_COLUMNS = (
    "row", "compact", "state", "standing", "authorizes", "issues", "effective_from",
    "effective_to", *PROVENANCE, "note",
)  # fmt: skip
_REGISTRATION_COLUMNS = (
    "row", "state", "mechanism", "kind", "professions", "authorizes", "effective_from",
    "effective_to", "legal_basis", *PROVENANCE, "note",
)  # fmt: skip
_YES_NO = ("yes", "no", "unconfirmed")


def load_compacts(path: Path) -> tuple[CompactRow, ...]:
    """Compact membership rows; raises `accounts.reference.BadTable` naming row and column."""
    rows = read(path, _COMPACT_COLUMNS)
    refuse_repeats(rows, "row")
    loaded = []
    for row in rows:
        first, last = row.maybe_day("effective_from"), row.maybe_day("effective_to")
        if first and last and last < first:
            raise row.bad("effective_to", "is before effective_from")
        if row.text("compact") == "imlc" and row.text("authorizes") != "no":
            raise row.bad("authorizes", "the medical compact never authorizes practice by itself")
        loaded.append(
            CompactRow(
                row=row.text("row"),
                compact=row.choice("compact", COMPACT_NAMES),
                state=row.choice("state", places.STATE_CODES),
                standing=row.choice(
                    "standing", ("in_force", "enacted", "bill", "unconfirmed", "left")
                ),
                authorizes=row.choice("authorizes", _YES_NO),
                issues=row.choice("issues", _YES_NO),
                effective_from=first,
                effective_to=last,
                provenance=row.provenance(),
                note=row.text("note"),
            )
        )
    return tuple(loaded)


def load_registrations(path: Path) -> tuple[RegistrationRow, ...]:
    """Telehealth registration rows; raises `accounts.reference.BadTable`."""
    rows = read(path, _REGISTRATION_COLUMNS)
    refuse_repeats(rows, "row")
    loaded = []
    for row in rows:
        first, last = row.maybe_day("effective_from"), row.maybe_day("effective_to")
        if first and last and last < first:
            raise row.bad("effective_to", "is before effective_from")
        professions = row.words("professions")
        for profession in professions:
            if profession not in PROFESSIONS:
                raise row.bad("professions", f"“{profession}” is not a profession")
        loaded.append(
            RegistrationRow(
                row=row.text("row"),
                state=row.choice("state", places.STATE_CODES | {"US"}),
                mechanism=row.text("mechanism", required=True),
                kind=row.choice("kind", ("registration", "exception", "federal", "none")),
                professions=professions,
                authorizes=row.choice("authorizes", _YES_NO),
                effective_from=first,
                effective_to=last,
                legal_basis=row.text("legal_basis", required=True),
                provenance=row.provenance(),
                note=row.text("note"),
            )
        )
    return tuple(loaded)


@lru_cache(maxsize=1)
def shipped() -> Rules:
    """The rules that the project ships with."""
    return Rules(
        load_compacts(REFERENCE / "license_compacts.csv"),
        load_registrations(REFERENCE / "license_telehealth_registrations.csv"),
    )
