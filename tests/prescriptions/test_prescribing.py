# ruff: noqa: E501 - the cases read as a table, one a line
"""What may be prescribed to whom: by table, by boundary, and over random words."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import people
from accounts.reference import BadTable
from prescriptions import allergies, controlled, drugs, interactions, naming, prescribing
from prescriptions.prescribing import Order, PatientFacts, PrescriberFacts, Said
from telemed import evaluate

TODAY = date(2026, 11, 23)
DR_BELLO = PrescriberFacts("physician", may_prescribe=True, may_treat_here=True)


def adult(allergies: str = "", medicines: str = "", **facts) -> PatientFacts:
    """A man of 40 who was asked about everything; entries are separated by semicolons."""
    given = {"age": 40, "sex": "male", "pregnancy": "no", **facts}
    return PatientFacts(
        allergies=tuple(Said(each.strip()) for each in allergies.split(";") if each.strip()),
        medicines=tuple(Said(each.strip()) for each in medicines.split(";") if each.strip()),
        **given,
    )


def check(drug: str, patient: PatientFacts, prescriber=DR_BELLO, **order):
    return prescribing.check(Order(drug, **order), patient, prescriber, on=TODAY)


# --- allergies ---

# sentence | medicine | allergies, as the patient wrote them | outcome and code
ALLERGIES = """
nothing to fear | amoxicillin | | allow NOTHING_FOUND
the patient said none | amoxicillin | NKDA | allow NOTHING_FOUND
the patient said none in Spanish | amoxicillin | ninguna | allow NOTHING_FOUND
the medicine itself | amoxicillin | amoxicillin | stop ALLERGIC_TO_IT
the class | amoxicillin | Penicillin | stop ALLERGIC_TO_CLASS
the class with the reaction | amoxicillin | penicillin (hives) | stop ALLERGIC_TO_CLASS
another one of the class | amoxicillin | ampicillin | stop CROSS_REACTION
the class in Spanish | amoxicillin | soy alérgica a la penicilina, ronchas | stop ALLERGIC_TO_CLASS
the medicine in Spanish | amoxicillin | amoxicilina | stop ALLERGIC_TO_IT
a brand | amoxicillin | Augmentin | stop ALLERGIC_TO_IT
a misspelling | amoxicillin | penacillin | stop ALLERGIC_TO_CLASS
two in one entry | azithromycin | sulfa and Zithromax | stop ALLERGIC_TO_IT
an allergy to something else | amoxicillin | sulfa | allow NOTHING_FOUND
a misspelling of something else is read by a person | amoxicillin | azithromacin | warn ALLERGY_READ_AS
a word that nobody knows | amoxicillin | the pink stuff | warn ALLERGY_NOT_CHECKED
a word that nobody knows beside a known one | azithromycin | sulfa zorbex | warn ALLERGY_NOT_CHECKED
only filler words | amoxicillin | medicine | warn ALLERGY_NOT_CHECKED
a class too wide to read | amoxicillin | antibiotics | warn ALLERGY_NOT_CHECKED
a look-alike that we do not know | hydroxyzine | hydralazine | warn ALLERGY_NOT_CHECKED
food | amoxicillin | peanuts | allow ALLERGY_TO_NO_MEDICINE
food in Spanish | amoxicillin | mariscos y huevo | allow ALLERGY_TO_NO_MEDICINE
none and then one | amoxicillin | none; penicillin | stop ALLERGIC_TO_CLASS
a denial is not read as none | amoxicillin | not allergic to penicillin | stop ALLERGIC_TO_CLASS
a cephalosporin after penicillin | cephalexin | penicillin, rash | warn CROSS_REACTION
a cephalosporin after a severe reaction | cefdinir | penicillin, Stevens-Johnson syndrome | stop CROSS_REACTION
a similar side chain | cephalexin | amoxicillin | warn CROSS_REACTION
a penicillin after a cephalosporin | amoxicillin | Keflex | warn CROSS_REACTION
an antibiotic with sulfa | sulfamethoxazole/trimethoprim | sulfa | stop ALLERGIC_TO_CLASS
a water pill after sulfa | furosemide | sulfa | allow CROSS_REACTION
trimethoprim is no sulfonamide | trimethoprim | sulfa | allow NOTHING_FOUND
trimethoprim after Bactrim | trimethoprim | Bactrim | stop ALLERGIC_TO_IT
an anti-inflammatory after another | naproxen | ibuprofen upset my stomach | warn CROSS_REACTION
an anti-inflammatory after hives | naproxen | aspirina (urticaria) | stop CROSS_REACTION
another quinolone | ciprofloxacin | Levaquin | stop CROSS_REACTION
another macrolide | azithromycin | erythromycin | warn CROSS_REACTION
an ACE inhibitor after a cough | lisinopril | enalapril, cough | warn CROSS_REACTION
an ACE inhibitor after swelling | lisinopril | enalapril, swelling of the lips | stop CROSS_REACTION
sacubitril after swelling | sacubitril/valsartan | lisinopril: angioedema | stop CROSS_REACTION
a statin after another | atorvastatin | simvastatin muscle pain | warn ALLERGY_NOT_CHECKED
"""


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


@pytest.mark.parametrize(
    ("drug", "said", "expected"),
    [row[1:] for row in table(ALLERGIES)],
    ids=[row[0] for row in table(ALLERGIES)],
)
def test_allergies_by_table(drug, said, expected):
    decision = check(drug, adult(allergies=said))
    assert f"{decision.outcome} {decision.code}" == expected


def test_nobody_asked_is_not_none():
    decision = check("amoxicillin", PatientFacts(40, "male", "no", None, ()))
    assert (decision.outcome, decision.code) == ("warn", "ALLERGIES_NOT_ASKED")


def test_the_detail_of_an_entry_is_read_too():
    patient = PatientFacts(40, "male", "no", (Said("an antibiotic", "penicillin"),), ())
    decision = check("amoxicillin", patient)
    assert {finding.code for finding in decision.findings} == {
        "ALLERGIC_TO_CLASS",
        "ALLERGY_NOT_CHECKED",
    }


def test_what_could_not_be_read_is_shown_word_for_word():
    decision = check("amoxicillin", adult(allergies="The pink stuff"))
    assert "“The pink stuff”" in str(decision.findings[0].message)


# --- medicines ---

# sentence | medicine | what the patient takes | outcome and code
MEDICINES = """
nothing else | sertraline | | allow NOTHING_FOUND
said none | sertraline | none | allow NOTHING_FOUND
a harmless neighbor | amoxicillin | metformin 500 mg twice a day | allow NOTHING_FOUND
a contraindicated pair | sertraline | phenelzine | stop INTERACTION
the pair by its brands | sertraline | Nardil 15mg | stop INTERACTION
the pair by its class | escitalopram | tranylcypromine | stop INTERACTION
the pair the other way round | clarithromycin | simvastatina 20 mg | stop INTERACTION
a major pair | fluconazole | Coumadin | warn INTERACTION
one ingredient of two | sulfamethoxazole/trimethoprim | warfarin | warn INTERACTION
a nitrate by another name | sildenafil | isosorbide dinitrate | stop INTERACTION
a misspelled one | fluconazole | warfarrinn | warn INTERACTION
one that nobody knows | amoxicillin | st john's wort | warn MEDICINE_NOT_CHECKED
a class instead of a name | fluconazole | a statin | warn MEDICINE_NOT_CHECKED
the same medicine | lisinopril | Zestril 10 mg | warn TAKES_IT_ALREADY
one ingredient of a combination | hydrochlorothiazide | Zestoretic | warn TAKES_IT_ALREADY
two of a kind | ibuprofen | Aleve | warn SAME_KIND_OF_MEDICINE
two that only share a chapter | acetaminophen | ibuprofen | allow NOTHING_FOUND
"""


@pytest.mark.parametrize(
    ("drug", "taken", "expected"),
    [row[1:] for row in table(MEDICINES)],
    ids=[row[0] for row in table(MEDICINES)],
)
def test_medicines_by_table(drug, taken, expected):
    decision = check(drug, adult(medicines=taken))
    assert f"{decision.outcome} {decision.code}" == expected


def test_nobody_asked_about_medicines():
    decision = check("amoxicillin", PatientFacts(40, "male", "no", (), None))
    assert (decision.outcome, decision.code) == ("warn", "MEDICINES_NOT_ASKED")


def test_one_medicine_under_two_names_is_one_finding():
    taken = (Said("albuterol inhaler"), Said("Ventolin"), Said("albuterol"))
    decision = check("albuterol", PatientFacts(40, "male", "no", (), taken))
    assert [finding.code for finding in decision.findings] == ["TAKES_IT_ALREADY"]
    assert "albuterol inhaler" in str(decision.findings[0].message)


def test_two_medicines_that_interact_in_one_way_are_two_findings():
    taken = (Said("phenelzine"), Said("tranylcypromine"))
    decision = check("sertraline", PatientFacts(40, "male", "no", (), taken))
    assert [finding.code for finding in decision.findings] == ["INTERACTION", "INTERACTION"]


def test_a_misspelling_is_asked_about_beside_the_right_name():
    taken = (Said("warfarin"), Said("warfrin"))
    decision = check("fluconazole", PatientFacts(40, "male", "no", (), taken))
    assert [finding.code for finding in decision.findings] == ["INTERACTION", "MEDICINE_READ_AS"]


def test_a_renewal_is_no_double():
    assert check("lisinopril", adult(medicines="lisinopril"), renews=True).outcome == "allow"


def test_a_finding_names_its_row():
    assert "DDI047" in check("fluconazole", adult(medicines="warfarin")).rows


# --- pregnancy, age, form ---


@pytest.mark.parametrize(
    ("drug", "facts", "expected"),
    [
        ("lisinopril", {"sex": "female", "pregnancy": "pregnant"}, "stop PREGNANT"),
        ("lisinopril", {"sex": "female", "pregnancy": "unknown"}, "warn MAY_BE_PREGNANT"),
        ("lisinopril", {"sex": "unknown", "pregnancy": "unknown"}, "warn MAY_BE_PREGNANT"),
        ("lisinopril", {"sex": "female", "pregnancy": "no"}, "allow NOTHING_FOUND"),
        ("lisinopril", {"sex": "male", "pregnancy": "unknown"}, "allow NOTHING_FOUND"),
        ("lisinopril", {"sex": "female", "pregnancy": "unknown", "age": 56}, "allow NOTHING_FOUND"),
        (
            "lisinopril",
            {"sex": "female", "pregnancy": "unknown", "age": 55},
            "warn MAY_BE_PREGNANT",
        ),
        ("isotretinoin", {"sex": "female", "pregnancy": "unknown"}, "stop MAY_BE_PREGNANT"),
        ("isotretinoin", {}, "warn SAFETY_PROGRAM"),
        ("cetirizine", {"sex": "female", "pregnancy": "pregnant"}, "warn PREGNANCY_NOT_CHECKED"),
        ("cetirizine", {"sex": "female", "pregnancy": "post_partum"}, "warn MAY_BE_BREASTFEEDING"),
        ("doxycycline", {"age": 7}, "warn TOO_YOUNG"),
        ("benzonatate", {"age": 9}, "stop TOO_YOUNG"),
        ("amoxicillin", {"age": 17}, "warn CHILD_DOSE_NOT_CHECKED"),
        ("amoxicillin", {"age": 18}, "allow NOTHING_FOUND"),
        ("amoxicillin", {"age": None}, "warn AGE_UNKNOWN"),
        ("gabapentin", {}, "warn CONTROLLED_IN_SOME_STATES"),
    ],
    ids=lambda value: str(value),
)
def test_pregnancy_age_and_restrictions(drug, facts, expected):
    decision = check(drug, adult(**facts))
    assert f"{decision.outcome} {decision.code}" == expected


def test_a_strength_that_is_not_listed_needs_a_reason():
    assert check("lisinopril", adult(), form="tablet", strength="10 mg").outcome == "allow"
    wrong = check("lisinopril", adult(), form="tablet", strength="100 mg")
    assert (wrong.outcome, wrong.code) == ("warn", "STRENGTH_NOT_LISTED")


# --- who prescribes, and what ---


@pytest.mark.parametrize(
    ("prescriber", "code"),
    [
        (PrescriberFacts("psychologist", True, True), "MAY_NOT_PRESCRIBE"),
        (PrescriberFacts("np", False, True), "MAY_NOT_PRESCRIBE"),
        (PrescriberFacts("pa", True, False), "NOT_LICENSED_HERE"),
    ],
    ids=["a psychologist", "one whom the clinic does not let", "one without a license here"],
)
def test_who_may_not_prescribe_is_stopped(prescriber, code):
    decision = check("amoxicillin", adult(), prescriber)
    assert (decision.outcome, decision.code) == ("stop", code)


def test_the_professions_are_those_of_the_model():
    assert {str(each) for each in people.PRESCRIBING} == prescribing.PRESCRIBING_PROFESSIONS


@pytest.mark.parametrize(
    "drug", [each.name for each in drugs.shipped().values() if each.is_controlled]
)
def test_no_controlled_substance_leaves_this_software(drug):
    decision = check(drug, adult())
    stops = {finding.code for finding in decision.at("stop")}
    assert decision.outcome == "stop"
    assert "CONTROLLED_SUBSTANCE" in stops
    assert any("1311" in str(finding.message) for finding in decision.findings)


def test_a_medicine_outside_the_table_is_stopped():
    decision = check("snake oil", adult())
    assert (decision.outcome, decision.code) == ("stop", "UNKNOWN_MEDICINE")


def test_the_gravest_finding_comes_first():
    decision = check("sertraline", adult(allergies="the pink stuff", medicines="phenelzine"))
    assert [finding.severity for finding in decision.findings] == ["stop", "warn"]
    assert not decision.needs_reason


def test_an_overdue_row_says_so():
    day = date(2027, 2, 24)
    decision = prescribing.check(Order("amoxicillin"), adult(), DR_BELLO, on=day)
    assert (decision.outcome, decision.code) == ("allow", "REFERENCE_OVERDUE")


# --- refills ---


@pytest.mark.parametrize(
    ("schedule", "refills", "expected"),
    [
        ("CII", 0, "allow"),
        ("CII", 1, "deny"),
        ("CIII", 5, "allow"),
        ("CIII", 6, "deny"),
        ("CIV", 5, "allow"),
        ("CIV", 6, "deny"),
        ("CV", 11, "allow"),
        ("none", 11, "allow"),
        ("non-controlled", 3, "allow"),
        ("none", -1, "deny"),
        ("CI", 0, "deny"),
        ("CVI", 0, "deny"),
        ("C-IV", 6, "deny"),
        ("iv", 5, "allow"),
    ],
)
def test_refills_that_may_be_written(schedule, refills, expected):
    assert prescribing.refills_allowed(schedule, refills).outcome == expected


# sentence | schedule | issued | authorized | requested | used | outcome and code
REFILL_USE = """
the last day of six months | CIV | 2026-01-15 | 5 | 2026-07-15 | 4 | allow REFILLS_WITHIN_RULE
the day after six months | CIV | 2026-01-15 | 5 | 2026-07-16 | 4 | deny REFILLS_TOO_LATE
six months after August 31 end in February | CIV | 2026-08-31 | 5 | 2027-02-28 | 1 | allow REFILLS_WITHIN_RULE
the day after that | CIV | 2026-08-31 | 5 | 2027-03-01 | 1 | deny REFILLS_TOO_LATE
in a leap year | CIII | 2027-08-31 | 5 | 2028-02-29 | 1 | allow REFILLS_WITHIN_RULE
five are used | CIII | 2026-03-01 | 5 | 2026-05-01 | 5 | deny REFILLS_USED_UP
more than five were written | CIII | 2026-03-01 | 9 | 2026-05-01 | 5 | deny REFILLS_USED_UP
schedule II has none | CII | 2026-03-01 | 0 | 2026-03-20 | 0 | deny NO_REFILLS
before it was issued | CIV | 2026-03-02 | 5 | 2026-03-01 | 0 | deny NOT_YET_ISSUED
schedule V has no federal cap | CV | 2026-03-01 | 11 | 2026-12-01 | 8 | allow REFILLS_WITHIN_RULE
a year for the others | none | 2026-03-01 | 11 | 2027-03-01 | 8 | allow REFILLS_WITHIN_RULE
and not a day more | none | 2026-03-01 | 11 | 2027-03-02 | 8 | deny REFILLS_TOO_LATE
a schedule that is none | C9 | 2026-03-01 | 1 | 2026-03-02 | 0 | deny UNKNOWN_SCHEDULE
"""


@pytest.mark.parametrize(
    "case", [row[1:] for row in table(REFILL_USE)], ids=[row[0] for row in table(REFILL_USE)]
)
def test_refills_that_may_be_used(case):
    schedule, issued, authorized, requested, used, expected = case
    ruling = prescribing.refill_use(
        schedule,
        issued_on=date.fromisoformat(issued),
        refills_authorized=int(authorized),
        requested_on=date.fromisoformat(requested),
        refills_used=int(used),
    )
    assert f"{ruling.outcome} {ruling.code}" == expected
    assert ruling.reasons[0]


# --- telemedicine ---

# sentence | schedule | relationship | sound alone | purpose | day | place | outcome and code
DEA = """
the last day of the flexibility | CII | telemedicine_only | no | | 2026-12-31 | FL | allow RULE_IN_FORCE
the day after | CII | telemedicine_only | no | | 2027-01-01 | FL | deny NO_RULE_IN_FORCE
the day after, seen in person | CII | in_person | no | | 2027-01-01 | FL | allow SEEN_IN_PERSON
the day after, never seen in person | CII | no_in_person_exam | no | | 2027-01-01 | FL | deny NO_RULE_IN_FORCE
New Jersey | CII | telemedicine_only | no | | 2026-11-23 | NJ | deny STATE_NEEDS_EXAM_IN_PERSON
New Jersey the day before its rule | CII | telemedicine_only | no | | 2026-02-16 | NJ | allow RULE_IN_FORCE
New Jersey, seen in person | CII | in_person | no | | 2026-11-23 | NJ | allow SEEN_IN_PERSON
New Jersey, another schedule | CIV | telemedicine_only | no | | 2026-11-23 | NJ | allow RULE_IN_FORCE
sound alone | CIV | telemedicine_only | yes | | 2026-11-23 | FL | deny NEEDS_VIDEO
buprenorphine by sound alone | CIII | telemedicine_only | yes | opioid_use_disorder | 2026-11-23 | OH | allow RULE_IN_FORCE
the same next year | CIII | telemedicine_only | yes | opioid_use_disorder | 2027-01-01 | OH | warn RULE_TO_CONFIRM
another purpose next year | CIII | telemedicine_only | yes | pain | 2027-01-01 | OH | deny NO_RULE_IN_FORCE
before the emergency | CIV | telemedicine_only | no | | 2020-03-15 | OH | deny NO_RULE_IN_FORCE
not controlled | none | telemedicine_only | yes | | 2027-01-01 | OH | allow NOT_CONTROLLED
a place unknown | CIV | telemedicine_only | no | | 2026-11-23 | | deny LOCATION_REQUIRED
outside the United States | CIV | in_person | no | | 2026-11-23 | CA-ON | deny LOCATION_REQUIRED
a relationship that nobody knows | CII | cousin | no | | 2027-01-01 | FL | deny NO_RULE_IN_FORCE
a schedule that is none | CX | in_person | no | | 2027-01-01 | FL | deny UNKNOWN_SCHEDULE
"""


@pytest.mark.parametrize(
    "case", [row[1:] for row in table(DEA)], ids=[row[0] for row in table(DEA)]
)
def test_prescribing_at_a_distance(case):
    schedule, relationship, audio, purpose, on, place, expected = case
    ruling = prescribing.dea(
        schedule,
        relationship=relationship,
        audio_only=audio == "yes",
        purpose=purpose,
        on=date.fromisoformat(on),
        location=place,
    )
    assert f"{ruling.outcome} {ruling.code}" == expected


# --- names ---


def test_no_two_names_are_spelled_alike_and_mean_different_things():
    meanings: dict[str, set[tuple[str, ...]]] = {}
    for drug in drugs.shipped().values():
        for ingredient in drug.ingredients:
            meanings.setdefault(naming.fold(ingredient), set()).add((ingredient,))
    for row in naming.load_names(drugs.REFERENCE / "names.csv"):
        meanings.setdefault(naming.fold(row.text("said")), set()).add(row.words("means"))
    assert {folded: meant for folded, meant in meanings.items() if len(meant) > 1} == {}


@given(st.text(max_size=80))
def test_text_is_understood_or_handed_back(text):
    reading = naming.read_text(text)
    decision = check("amoxicillin", adult(allergies=text))
    if naming.plain(text) and not (reading.found or reading.says_none):
        assert decision.outcome != "allow"


@given(st.sampled_from(sorted(drugs.shipped())), st.data())
def test_one_more_allergy_or_medicine_never_calms_a_check(drug, data):
    names = st.lists(st.sampled_from(sorted(drugs.shipped())), max_size=3)
    few = adult(allergies="; ".join(data.draw(names)), medicines="; ".join(data.draw(names)))
    more = PatientFacts(
        few.age,
        few.sex,
        few.pregnancy,
        (*few.allergies, Said(data.draw(st.sampled_from(sorted(drugs.shipped()))))),
        (*few.medicines, Said(data.draw(st.sampled_from(sorted(drugs.shipped()))))),
    )
    grave = {"allow": 0, "warn": 1, "stop": 2}
    assert grave[check(drug, more).outcome] >= grave[check(drug, few).outcome]


@given(st.sampled_from(sorted(drugs.shipped())))
def test_an_allergy_to_the_medicine_always_stops(drug):
    assert check(drug, adult(allergies=drug)).outcome == "stop"


def test_search_finds_by_beginning_by_brand_and_in_the_middle():
    assert naming.search("lisi")[0].name == "lisinopril"
    assert "lisinopril" in [drug.name for drug in naming.search("Zestril")]
    assert "amoxicillin/clavulanate" in [drug.name for drug in naming.search("clavul")]
    assert naming.search("x") == []
    assert len(naming.search("in", most=5)) == 5


# --- tables ---


def test_every_table_is_read():
    prescribing.warm()
    assert len(drugs.shipped()) == 201
    assert len(interactions.shipped()) >= 80
    assert len(allergies.classes()) == 16
    assert len(controlled.telemedicine_rules()) == 9


def test_every_side_of_every_row_is_a_name_that_can_be_read():
    known = set(naming.vocabulary())
    for row in interactions.shipped():
        assert all(naming.fold(each) in known for each in row.a | row.b), row.row
    for cross in allergies.cross_reactions():
        for side in (cross.allergic_to, cross.reaches):
            assert side in allergies.classes() or naming.fold(side) in known, cross.row


DRUG_HEADING = "name,ingredients,rxcui,drug_class,duplicate_group,schedule,restriction,forms,telehealth_note,source,as_of,review_by,confidence"
DRUG = "x,a;b,1;2,Class,,none,,tablet: 1 mg,,book,2026-01-01,2026-04-01,high"


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (",none,", ",CVI,", "row 2, column schedule: “CVI”"),
        ("tablet: 1 mg", "tablet", "row 2, column forms: “tablet”"),
        ("1;2", "1", "row 2, column rxcui: has 1 codes for 2 ingredients"),
        ("1;2", "1;two", "row 2, column rxcui: is not a number"),
        ("a;b", "", "row 2, column ingredients: is empty"),
        ("2026-04-01", "soon", "row 2, column review_by: “soon”"),
    ],
    ids=["a schedule", "a form", "a code too few", "a code of letters", "nothing in it", "a date"],
)
def test_a_wrong_drug_table_is_refused_by_row_and_column(tmp_path: Path, was, becomes, said):
    path = tmp_path / "drugs.csv"
    path.write_text(f"{DRUG_HEADING}\n{DRUG.replace(was, becomes, 1)}\n", encoding="utf-8")
    with pytest.raises(BadTable) as refused:
        drugs.load(path)
    assert said in str(refused.value)


# --- files of expected rulings ---


@pytest.mark.parametrize(
    ("suite", "text", "failed"),
    [
        ("refill_issue", "id,schedule,issued_on,refills,expected\nR1,CII,2026-11-23,1,deny\n", []),
        (
            "refill_use",
            "id,schedule,issued_on,refills_authorized,requested_on,refills_used,expected\n"
            "F1,CIV,2026-01-15,5,2026-07-15,4,deny\n",
            ["REFILLS_WITHIN_RULE"],
        ),
        (
            "dea",
            "id,schedule,relationship,audio_only,purpose,on,location,expected\n"
            "D1,CII,telemedicine_only,no,,2027-01-01,FL,allow\n",
            ["NO_RULE_IN_FORCE"],
        ),
    ],
    ids=["refills written", "refills used", "at a distance"],
)
def test_a_file_of_expected_rulings_is_judged(tmp_path: Path, suite, text, failed):
    path = tmp_path / "vectors.csv"
    path.write_text(text, encoding="utf-8")
    report = evaluate.run(suite, path)
    assert report["total"] == 1
    assert [each["code"] for each in report["failed"]] == failed


def test_a_file_of_rulings_that_cannot_be_read_names_row_and_column(tmp_path: Path):
    path = tmp_path / "vectors.csv"
    path.write_text("id,schedule,refills,expected\nR1,CII,one,deny\n", encoding="utf-8")
    with pytest.raises(evaluate.BadTable) as refused:
        evaluate.run("refill_issue", path)
    assert "row 2, column refills" in str(refused.value)
