"""Who may treat whom where: by table, by boundary, and over random facts."""

# ruff: noqa: E501 - the cases read as a table, one a line

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts import licensing, places
from accounts.licensing import Authority, Facts
from accounts.reference import BadTable, Provenance
from telemed import evaluate

TODAY = date(2026, 11, 23)
RULES = licensing.shipped()


def held(words: str) -> tuple[Authority, ...]:
    """`license:NV, rn_license:TX:multistate` as authorities."""
    authorities = []
    for word in filter(None, (part.strip() for part in words.split(","))):
        kind, state, *qualifiers = [*word.split(":"), ""][: max(2, word.count(":") + 1)]
        facts: dict[str, object] = {}
        for qualifier in filter(None, qualifiers):
            name, _equals, value = qualifier.partition("=")
            if name == "multistate":
                facts["is_multistate"] = True
            elif name == "status":
                facts["status"] = value
            else:
                facts[f"{name}_on"] = date.fromisoformat(value)
        facts = {{"expires_on": "expires_on"}.get(k, k): v for k, v in facts.items()}
        authorities.append(Authority(kind=kind, state=state, **facts))
    return tuple(authorities)


# sentence; profession; home; held; place; day; outcome and code
CASES = """
a license of the patient's state; physician; CA; license:CA, license:NV; NV; ; allow FULL_LICENSE
the home license alone; physician; CA; license:CA; NV; ; deny NO_AUTHORITY_HELD
a license on its last day; physician; CA; license:NV:expires=2026-11-23; NV; ; allow FULL_LICENSE
a license the day after; physician; CA; license:NV:expires=2026-11-22; NV; ; deny LICENSE_EXPIRED
a license on its first day; physician; CA; license:NV:issued=2026-11-23; NV; ; allow FULL_LICENSE
a license of tomorrow; physician; CA; license:NV:issued=2026-11-24; NV; ; deny LICENSE_NOT_YET_ISSUED
a suspended license; physician; CA; license:NV:status=suspended; NV; ; deny LICENSE_SUSPENDED
a restricted license; physician; CA; license:NV:status=restricted; NV; ; deny LICENSE_RESTRICTED
a revoked license; physician; CA; license:NV:status=revoked; NV; ; deny LICENSE_REVOKED
a status nobody knows; physician; CA; license:NV:status=fine; NV; ; deny LICENSE_UNKNOWN_STATUS
a renewed one beside an old one; pa; CA; license:NV:expires=2020-01-01, license:NV; NV; ; allow FULL_LICENSE
a letter of qualification; physician; TX; license:TX, imlc_letter; WA; ; deny IMLC_IS_NOT_A_PRIVILEGE
a letter and the license that it sped up; physician; TX; imlc_letter, license:WA; WA; ; allow FULL_LICENSE
a privilege of the medical compact; physician; TX; license:TX, privilege:WA; WA; ; deny IMLC_IS_NOT_A_PRIVILEGE
Connecticut the day before it joined; rn; TX; license:TX:multistate; CT; 2025-09-30; deny COMPACT_NOT_YET_IN_FORCE
Connecticut the day that it joined; rn; TX; license:TX:multistate; CT; 2025-10-01; allow NLC_MULTISTATE
Pennsylvania the day before; rn; TX; license:TX:multistate; PA; 2025-07-06; deny COMPACT_NOT_YET_IN_FORCE
Pennsylvania on the day; rn; TX; license:TX:multistate; PA; 2025-07-07; allow NLC_MULTISTATE
a nurse in Guam; rn; TX; license:TX:multistate; GU; ; allow NLC_MULTISTATE
Guam cannot be the home of a multistate license; rn; GU; license:GU:multistate; TX; ; deny HOME_STATE_NOT_IN_COMPACT
a multistate license of another state than home; rn; FL; license:TX:multistate; AZ; ; deny MULTISTATE_NOT_FROM_HOME_STATE
an expired multistate license; rn; TX; license:TX:multistate:expires=2026-11-22; AZ; ; deny LICENSE_EXPIRED
a suspended multistate license; rn; TX; license:TX:multistate:status=suspended; AZ; ; deny LICENSE_SUSPENDED
a single-state license; rn; TX; license:TX; AZ; ; deny SINGLE_STATE_LICENSE
a nurse in a state outside the compact; rn; TX; license:TX:multistate; CA; ; deny NOT_A_MEMBER
a nurse in a state that only enacted it; rn; TX; rn_license:TX:multistate; MA; ; deny STATE_NOT_ISSUING
a nurse with the license named rn_license; rn; TX; rn_license:CA; CA; ; allow FULL_LICENSE
a nurse practitioner on a nurse's license; np; TX; license:TX, rn_license:TX:multistate; AZ; ; deny NLC_EXCLUDES_APRN
a nurse practitioner on a nurse's license of that state; np; TX; license:TX, rn_license:AZ; AZ; ; deny NLC_EXCLUDES_APRN
a nurse practitioner licensed there; np; TX; license:AZ, rn_license:TX:multistate; AZ; ; allow FULL_LICENSE
a psychologist without APIT; psychologist; TX; license:TX; FL; ; deny NO_AUTHORITY_HELD
a psychologist with APIT; psychologist; TX; license:TX, psypact_apit; FL; ; allow PSYPACT_APIT
an APIT outside the compact; psychologist; TX; license:TX, psypact_apit; NY; ; deny NOT_A_MEMBER
an APIT where membership is only believed; psychologist; TX; license:TX, psypact_apit; MP; ; deny STATE_STATUS_UNCONFIRMED
an APIT before anybody looked; psychologist; TX; license:TX, psypact_apit; FL; 2026-03-30; deny STATE_STATUS_UNCONFIRMED
an APIT whose home license lapsed; psychologist; TX; license:TX:expires=2026-11-22, psypact_apit; FL; ; deny HOME_LICENSE_NOT_IN_FORCE
an APIT from a home outside the compact; psychologist; CA; license:CA, psypact_apit; FL; ; deny HOME_STATE_NOT_IN_COMPACT
an expired APIT; psychologist; TX; license:TX, psypact_apit::expires=2026-11-22; FL; ; deny PSYPACT_APIT_EXPIRED
a physician with an APIT; physician; TX; license:TX, psypact_apit; FL; ; deny COMPACT_EXCLUDES_PROFESSION
a therapist's privilege; pt; OH; license:OH, privilege:PA; PA; ; allow PT_PRIVILEGE
a therapist's privilege for another state; pt; OH; license:OH, privilege:PA; KY; ; deny NO_AUTHORITY_HELD
a privilege whose home license is suspended; pt; OH; license:OH:status=suspended, privilege:PA; PA; ; deny HOME_LICENSE_NOT_IN_FORCE
an expired privilege; pt; OH; license:OH, privilege:PA:expires=2026-01-01; PA; ; deny PRIVILEGE_EXPIRED
a privilege in a state not issuing; pt; OH; license:OH, privilege:MI; MI; ; deny STATE_NOT_ISSUING
Georgia's counselors the day before; counselor; OH; license:OH, privilege:GA; GA; 2026-06-01; deny COMPACT_NOT_YET_IN_FORCE
Georgia's counselors on the day; counselor; OH; license:OH, privilege:GA; GA; 2026-06-02; allow COUNSELING_PRIVILEGE
a counselor where it was only enacted; counselor; OH; license:OH, privilege:FL; FL; ; deny STATE_NOT_ISSUING
a family therapist's privilege; mft; MN; license:MN, privilege:AZ; AZ; ; deny COMPACT_EXCLUDES_PROFESSION
a speech therapist's privilege; slp; OH; license:OH, privilege:KY; KY; ; deny STATE_STATUS_UNCONFIRMED
a speech therapist's license; slp; OH; license:KY; KY; ; allow FULL_LICENSE
a social worker's multistate license; social_worker; OH; license:OH:multistate; KY; ; deny STATE_NOT_ISSUING
a registration in Florida; physician; GA; license:GA, registration:FL; FL; ; allow TELEHEALTH_REGISTRATION
a suspended registration; physician; GA; license:GA, registration:FL:status=suspended; FL; ; deny REGISTRATION_SUSPENDED
a registration without any license; physician; GA; registration:FL; FL; ; deny HOME_LICENSE_NOT_IN_FORCE
a registration that Texas does not have; physician; GA; license:GA, registration:TX; TX; ; deny NO_REGISTRATION_SCHEME
a registration in a state without a row; physician; GA; license:GA, registration:NY; NY; ; deny NO_REGISTRATION_SCHEME
a registration that is not confirmed; physician; GA; license:GA, registration:MN; MN; ; deny STATE_STATUS_UNCONFIRMED
nobody knows where the patient is; physician; GA; license:GA; ; ; deny LOCATION_REQUIRED
a province of Canada; physician; CA; license:CA; CA-ON; ; deny OUTSIDE_US
outside the United States; physician; CA; license:CA; outside; ; deny OUTSIDE_US
a state that does not exist; physician; CA; license:CA; ZZ; ; deny UNKNOWN_PLACE
a territory with its license; physician; CA; license:PR; PR; ; allow FULL_LICENSE
a territory without one; physician; CA; license:CA; PR; ; deny TERRITORY_WITHOUT_AUTHORITY
a license of a state that does not exist; physician; CA; license:ZZ; ZZ; ; deny UNKNOWN_PLACE
small letters; physician; CA; license:NV; nv; ; allow FULL_LICENSE
a profession without rules; astrologer; CA; license:CA; CA; ; deny UNKNOWN_PROFESSION
"""
TABLE = [[cell.strip() for cell in line.split(";")] for line in CASES.strip().splitlines()]


@pytest.mark.parametrize(
    ("profession", "home", "holds", "place", "day", "expected"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_decides_by_table(profession, home, holds, place, day, expected):
    decision = licensing.decide(
        Facts(profession, home, held(holds)),
        place=place,
        on=date.fromisoformat(day) if day else TODAY,
    )
    assert f"{decision.outcome} {decision.code}" == expected
    assert all(str(reason).endswith(".") for reason in decision.reasons)
    assert decision.reasons


def test_a_yes_names_the_authority_and_the_rule_rows():
    license_row = Authority("license", "OH", row="11-22")
    privilege = Authority("privilege", "PA", "P-9")
    decision = licensing.decide(Facts("pt", "OH", (license_row, privilege)), place="PA", on=TODAY)
    assert decision.rows == ("privilege:PA:P-9", "11-22", "pt_compact-PA", "pt_compact-OH")


def test_the_nearest_no_comes_first_and_the_others_stay():
    decision = licensing.decide(
        Facts("physician", "TX", held("imlc_letter, license:WA:expires=2026-01-31")),
        place="WA",
        on=TODAY,
    )
    assert decision.code == "LICENSE_EXPIRED"
    assert str(decision.reasons[0]) == "The license in Washington ended on Jan. 31, 2026."
    assert len(decision.reasons) == 2


def test_reasons_wait_for_the_reader_and_his_language():
    decision = licensing.decide(
        Facts("rn", "TX", held("license:TX:multistate")), place="CT", on=date(2025, 9, 30)
    )
    with translation.override("en"):
        assert "from Oct. 1, 2025 on" in str(decision.reasons[0])
    with translation.override("es"):
        assert "2025" in str(decision.reasons[0])
        assert "Oct. 1" not in str(decision.reasons[0])


def test_each_of_many_clinicians_gets_a_decision():
    decisions = licensing.may_treat(
        [(1, Facts("physician", "TX", held("license:TX"))), (2, Facts("physician", "TX"))],
        place="TX",
        on=TODAY,
    )
    assert [decisions[key].is_allowed for key in (1, 2)] == [True, False]


# --- over random facts ---

some_days = st.dates(date(2017, 1, 1), date(2028, 12, 31))
some_places = st.sampled_from([*sorted(places.STATE_CODES), "", "CA-ON", "outside", "ZZ"])
some_states = st.one_of(st.sampled_from(["TX", "OH", "FL", "GU", "PA", "CT"]), some_places)
some_authorities = st.builds(
    Authority,
    kind=st.sampled_from(
        ["license", "rn_license", "registration", "privilege", "psypact_apit", "imlc_letter", "x"]
    ),
    state=some_states,
    number=st.sampled_from(["", "1"]),
    is_multistate=st.booleans(),
    status=st.sampled_from(["active", "active", "active", "suspended", "revoked", "odd"]),
    issued_on=st.none() | some_days,
    expires_on=st.none() | some_days,
)
some_clinicians = st.builds(
    Facts,
    profession=st.sampled_from([*sorted(licensing.PROFESSIONS), "odd"]),
    home_state=some_states,
    authorities=st.lists(some_authorities, max_size=5).map(tuple),
)


@given(some_clinicians, some_states, some_days)
def test_no_yes_without_rows_in_force_there_on_that_day_for_that_profession(clinician, place, on):
    decision = licensing.decide(clinician, place=place, on=on, rules=RULES)
    if not decision.is_allowed:
        return
    held_by_name = {}
    for authority in clinician.authorities:
        if not authority.fault_on(on):
            held_by_name.setdefault(authority.name, authority)
    compact_rows = {row.row: row for row in RULES.compacts}
    registrations = {row.row: row for row in RULES.registrations}
    assert decision.rows[0] in held_by_name
    assert all(
        name in held_by_name or name in compact_rows or name in registrations
        for name in decision.rows
    )
    if decision.code == "FULL_LICENSE":
        assert held_by_name[decision.rows[0]].state == place
        return
    rule = next(row for name in decision.rows if (row := (compact_rows | registrations).get(name)))
    assert rule.state == place
    assert rule.authorizes == "yes"
    assert rule.first_day is None or rule.first_day <= on
    if rule.row in compact_rows:
        assert licensing.COMPACT_OF[clinician.profession] == rule.compact
    else:
        assert clinician.profession in rule.professions


@given(some_clinicians, some_authorities, some_states, some_days)
def test_one_more_authority_never_turns_yes_into_no(clinician, more, place, on):
    richer = replace(clinician, authorities=(*clinician.authorities, more))
    if licensing.decide(clinician, place=place, on=on, rules=RULES).is_allowed:
        assert licensing.decide(richer, place=place, on=on, rules=RULES).is_allowed


@given(some_clinicians, some_states, some_days)
def test_a_day_changes_the_answer_only_where_a_row_says_so(clinician, place, on):
    day_before = on - timedelta(days=1)
    now = licensing.decide(clinician, place=place, on=on, rules=RULES).outcome
    before = licensing.decide(clinician, place=place, on=day_before, rules=RULES).outcome
    starts = {row.first_day for row in (*RULES.compacts, *RULES.registrations)}
    starts |= {authority.issued_on for authority in clinician.authorities}
    ends = {authority.expires_on for authority in clinician.authorities}
    assert now == before or on in starts or day_before in ends


@given(
    st.builds(
        Facts,
        profession=st.text(),
        home_state=st.text(),
        authorities=st.lists(
            st.builds(
                Authority,
                kind=st.text(),
                state=st.text(),
                number=st.text(),
                status=st.text(),
                issued_on=st.none() | st.dates(),
                expires_on=st.none() | st.dates(),
            ),
            max_size=3,
        ).map(tuple),
    ),
    st.none() | st.text(),
    st.dates(),
)
def test_answers_whatever_the_facts_are(clinician, place, on):
    decision = licensing.decide(clinician, place=place, on=on, rules=RULES)
    assert decision.outcome == "deny"
    assert all(str(reason) for reason in decision.reasons)


# --- rules that change ---

PROVENANCE = Provenance("a board", date(2026, 1, 1), date(2026, 4, 1), "high")


def compact_row(row: str, authorizes: str, first: date | None, last: date | None = None):
    return licensing.CompactRow(
        row, "nlc", "CA", "in_force", authorizes, authorizes, first, last, PROVENANCE
    )


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("in", "yes", date(2026, 1, 1), None)], "NLC_MULTISTATE"),
        ([("in", "yes", date(2026, 1, 1), date(2026, 11, 23))], "NLC_MULTISTATE"),
        ([("in", "yes", date(2026, 1, 1), date(2026, 11, 22))], "NOT_A_MEMBER"),
        (
            [("in", "yes", date(2026, 1, 1), None), ("out", "no", date(2026, 11, 23), None)],
            "STATE_NOT_ISSUING",
        ),
        (
            [("in", "yes", date(2026, 1, 1), None), ("out", "no", date(2026, 1, 1), None)],
            "STATE_NOT_ISSUING",
        ),
    ],
    ids=[
        "a state that joined",
        "a row is good through its last day",
        "a row that ended yesterday",
        "a newer no takes back an older yes",
        "of two rows of one day the no wins",
    ],
)
def test_added_rows_decide_from_their_day_on(rows, code):
    rules = licensing.Rules((*RULES.compacts, *(compact_row(*row) for row in rows)), ())
    clinician = Facts("rn", "TX", held("license:TX:multistate"))
    assert licensing.decide(clinician, place="CA", on=TODAY, rules=rules).code == code


def test_a_row_past_its_review_day_is_overdue_the_day_after():
    rules = licensing.Rules((compact_row("in", "yes", None),), ())
    assert rules.overdue_on(date(2026, 4, 1)) == []
    assert [row.row for row in rules.overdue_on(date(2026, 4, 2))] == ["in"]


def test_the_shipped_tables_count_what_the_compacts_say():
    counts = {}
    for row in RULES.compacts:
        if row.authorizes == "yes":
            counts[row.compact] = counts.get(row.compact, 0) + 1
    # 40 states and Guam, where nurses may come in; no compact of physicians authorizes at all.
    assert counts == {"nlc": 41, "pt_compact": 38, "psypact": 42, "counseling": 6}


HEADING = "row,compact,state,standing,authorizes,issues,effective_from,effective_to,source,as_of,review_by,confidence,note"
GOOD = "a,nlc,TX,in_force,yes,yes,2020-01-01,,board,2026-01-01,2026-04-01,high,"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEADING}\n{GOOD.replace('TX', 'XX')}\n", "row 2, column state: “XX”"),
        (f"{HEADING}\n{GOOD}\n{GOOD}\n", "row 3, column row: “a” is in row 2 already"),
        (f"{HEADING}\n{GOOD.replace('2020-01-01', '1/1/20')}\n", "column effective_from: “1/1/20”"),
        (
            f"{HEADING}\n{GOOD.replace('2020-01-01,', '2020-01-02,2020-01-01')}\n",
            "column effective_to",
        ),
        (f"{HEADING}\n{GOOD.replace('board', '')}\n", "column source: is empty"),
        (f"{HEADING}\n{GOOD.replace('nlc', 'imlc')}\n", "column authorizes: the medical compact"),
        (f"{HEADING}\n{GOOD},\n", "row 2: has 14 cells"),
        (f"{HEADING.replace('state,', '')}\n", "row 1, column state: the column is missing"),
        ("", "is empty"),
    ],
    ids=[
        "a state that does not exist",
        "a name used twice",
        "a date written another way",
        "an end before the start",
        "a row without source",
        "a medical compact that authorizes",
        "a cell too many",
        "a column left out",
        "an empty file",
    ],
)
def test_a_wrong_table_is_refused_by_row_and_column(tmp_path: Path, text, said):
    path = tmp_path / "compacts.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadTable) as refused:
        licensing.load_compacts(path)
    assert said in str(refused.value)


def test_a_table_with_a_byte_order_mark_is_read(tmp_path: Path):
    path = tmp_path / "compacts.csv"
    path.write_text(f"{HEADING}\n{GOOD}\n", encoding="utf-8-sig")
    assert [row.row for row in licensing.load_compacts(path)] == ["a"]


# --- a file of expected decisions ---

VECTORS = "id,profession,home_state,authorities,location,on,expected\n"


def test_a_file_of_expected_decisions_is_judged_row_by_row(tmp_path: Path):
    path = tmp_path / "vectors.csv"
    path.write_text(
        VECTORS
        + "A1,rn,TX,license:TX:multistate,CT,2025-10-01,allow\n"
        + "A2,pt,OH,license:OH; privilege:PA:issued=2026-01-01:expires=2026-11-22,PA,2026-11-23,deny\n"
        + "A3,psychologist,TX,license:TX; psypact_apit:status=suspended,FL,2026-11-23,allow\n"
        + "A4,physician,TX,,,2026-11-23,deny\n",
        encoding="utf-8",
    )
    report = evaluate.run("licensing", path)
    assert (report["total"], report["passed"]) == (4, 3)
    assert report["failed"] == [
        {"id": "A3", "expected": "allow", "got": "deny", "code": "PSYPACT_APIT_SUSPENDED"}
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A1,rn,TX,licence:TX,CT,2025-10-01,allow", "row 2, column authorities: “licence”"),
        ("A1,rn,TX,license:TX:expires=soon,CT,2025-10-01,allow", "column authorities: “soon”"),
        (
            "A1,rn,TX,license:TX:status=fine,CT,2025-10-01,allow",
            "column authorities: “status=fine”",
        ),
        ("A1,rn,TX,license:TX,CT,yesterday,allow", "row 2, column on: "),
        ("A1,rn,TX,license:TX,CT,2025-10-01,maybe", "row 2, column expected: "),
        ("A1,,TX,license:TX,CT,2025-10-01,allow", "row 2, column profession: is empty"),
    ],
    ids=["a kind", "a date in a qualifier", "a status", "a day", "an outcome", "no profession"],
)
def test_a_file_that_cannot_be_read_names_row_and_column(tmp_path: Path, line, said):
    path = tmp_path / "vectors.csv"
    path.write_text(VECTORS + line + "\n", encoding="utf-8")
    with pytest.raises(evaluate.BadTable) as refused:
        evaluate.run("licensing", path)
    assert said in str(refused.value)
