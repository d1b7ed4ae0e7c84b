"""May this be prescribed to this patient by this prescriber on this day?

Pure: no database, no clock, no request. It says stop, warn (sign only with a written reason) or
allow, with every finding. It fails closed: what it cannot read or does not know is a warning or
a stop, never silence. What it knows is little; LIMITS belongs beside every result.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from django.utils.translation import gettext_lazy as _

from accounts.reference import PROVENANCE, Provenance, read, refuse_repeats
from prescriptions import allergies, controlled, drugs, interactions, naming
from prescriptions.allergies import Said
from prescriptions.controlled import dea, refill_use, refills_allowed
from prescriptions.drugs import Drug
from prescriptions.findings import Decision, Finding, conclude, say

__all__ = [
    "LIMITS",
    "Decision",
    "Finding",
    "Order",
    "PatientFacts",
    "PrescriberFacts",
    "Said",
    "check",
    "dea",
    "refill_use",
    "refills_allowed",
]

LIMITS = _(
    "These checks know about 200 medicines and fewer than 100 interactions. They do not check"
    " doses, kidneys, liver or breastfeeding. Nothing found does not mean that it is safe."
)
PRESCRIBING_PROFESSIONS = {"physician", "np", "pa"}
CHILDBEARING_AGES = range(10, 56)


@dataclass(frozen=True)
class Order:
    """What is to be prescribed. `drug` is the name of a row of the drug table.

    `renews` says that the patient takes it already and is to go on.
    """

    drug: str
    form: str = ""
    strength: str = ""
    refills: int = 0
    renews: bool = False


@dataclass(frozen=True)
class PatientFacts:
    """The patient, in years and own words.

    `allergies` and `medicines` are the entries of the history: an empty tuple means that the
    patient said “none”, and None that nobody asked. `pregnancy` is one of the intake's words:
    no, pregnant, post_partum, unknown.
    """

    age: int | None
    sex: str  # female, male, unknown
    pregnancy: str = "unknown"
    allergies: tuple[Said, ...] | None = None
    medicines: tuple[Said, ...] | None = None


@dataclass(frozen=True)
class PrescriberFacts:
    """`may_treat_here` is the outcome of accounts.licensing for the place where the patient is."""

    profession: str
    may_prescribe: bool
    may_treat_here: bool


def check(
    order: Order, patient: PatientFacts, prescriber: PrescriberFacts, *, on: date
) -> Decision:
    """Every finding about this order; the gravest decides."""
    findings = _about_the_prescriber(prescriber)
    drug = drugs.find(order.drug)
    if drug is None:
        findings.append(
            Finding(
                "UNKNOWN_MEDICINE",
                "stop",
                say(
                    _("“{name}” is not in the list of medicines, so it cannot be checked."),
                    name=order.drug.strip(),
                ),
            )
        )
        return conclude(findings)
    findings += _about_the_law(order, drug)
    findings += _about_the_form(order, drug)
    findings += allergies.check(drug, patient.allergies)
    findings += interactions.check(drug, patient.medicines, renews=order.renews)
    findings += _about_pregnancy(drug, patient)
    findings += _about_age(drug, patient)
    findings += _about_the_row(drug, on)
    return conclude(findings)


def _about_the_prescriber(prescriber: PrescriberFacts) -> list[Finding]:
    findings = []
    if prescriber.profession not in PRESCRIBING_PROFESSIONS or not prescriber.may_prescribe:
        findings.append(
            Finding(
                "MAY_NOT_PRESCRIBE", "stop", _("You are not set up to prescribe in this clinic.")
            )
        )
    if not prescriber.may_treat_here:
        findings.append(
            Finding(
                "NOT_LICENSED_HERE",
                "stop",
                _("You are not licensed for the place where the patient is."),
            )
        )
    return findings


def _about_the_law(order: Order, drug: Drug) -> list[Finding]:
    findings = []
    if drug.is_controlled:
        findings.append(
            Finding(
                "CONTROLLED_SUBSTANCE",
                "stop",
                say(
                    _(
                        "{drug} is a controlled substance (schedule {schedule}). This software has"
                        " no certified channel for prescribing those (21 CFR part 1311): use your"
                        " certified system."
                    ),
                    drug=drug.name,
                    schedule=drug.schedule.removeprefix("C"),
                ),
                ("21 CFR 1311",),
            )
        )
    refills = controlled.refills_allowed(drug.schedule, order.refills)
    if refills.outcome != "allow":
        findings.append(Finding(refills.code, "stop", refills.reasons[0], refills.rows))
    if drug.restriction == "state_scheduled":
        findings.append(
            Finding(
                "CONTROLLED_IN_SOME_STATES",
                "warn",
                say(
                    _("Some states treat {drug} as a controlled substance or track it: check the"
                      " rule of the patient's state."),
                    drug=drug.name,
                ),
            )
        )  # fmt: skip
    if drug.restriction == "rems":
        findings.append(
            Finding(
                "SAFETY_PROGRAM",
                "warn",
                say(
                    _("{drug} may only be prescribed through its safety program. {note}"),
                    drug=drug.name,
                    note=_(drug.telehealth_note),
                ),
            )
        )
    return findings


def _about_the_form(order: Order, drug: Drug) -> list[Finding]:
    if not (order.form or order.strength) or drug.comes_as(order.form, order.strength):
        return []
    return [
        Finding(
            "STRENGTH_NOT_LISTED",
            "warn",
            say(
                _("{drug} is not listed as {form} {strength}."),
                drug=drug.name,
                form=order.form,
                strength=order.strength,
            ),
        )
    ]


def _may_be_pregnant(patient: PatientFacts) -> Literal["yes", "possibly", "no"]:
    if patient.pregnancy == "pregnant":
        return "yes"
    if patient.pregnancy in ("no", "post_partum") or patient.sex == "male":
        return "no"
    if patient.age is not None and patient.age not in CHILDBEARING_AGES:
        return "no"
    return "possibly"


def _about_pregnancy(drug: Drug, patient: PatientFacts) -> list[Finding]:
    findings = []
    answer = _may_be_pregnant(patient)
    for row in pregnancy_rows():
        if answer == "no" or row.drug not in (drug.name, *drug.ingredients):
            continue
        code, severity, sentence = (
            ("PREGNANT", row.if_pregnant, _("The patient is pregnant. {drug}: {advice}"))
            if answer == "yes"
            else (
                "MAY_BE_PREGNANT",
                row.if_possible,
                _("The patient may be pregnant: ask, or test. {drug}: {advice}"),
            )
        )
        findings.append(
            Finding(code, severity, say(sentence, drug=drug.name, advice=_(row.advice)), (row.row,))
        )
    if answer == "yes" and not findings:
        findings.append(
            Finding(
                "PREGNANCY_NOT_CHECKED",
                "warn",
                say(
                    _("The patient is pregnant, and our table says nothing about {drug}."),
                    drug=drug.name,
                ),
            )
        )
    if patient.pregnancy == "post_partum":
        findings.append(
            Finding(
                "MAY_BE_BREASTFEEDING",
                "warn",
                _("The patient gave birth in the last 12 months. Breastfeeding is not checked."),
            )
        )
    return findings


def _about_age(drug: Drug, patient: PatientFacts) -> list[Finding]:
    if patient.age is None:
        return [Finding("AGE_UNKNOWN", "warn", _("The patient's age is not known."))]
    findings = [
        Finding(
            "TOO_YOUNG",
            row.action,
            say(
                _("The patient is {age}. {drug}: {advice}"),
                age=patient.age,
                drug=drug.name,
                advice=_(row.advice),
            ),
            (row.row,),
        )
        for row in age_rows()
        if row.ingredient in drug.ingredients and patient.age < row.under_age
    ]
    if patient.age < 18:
        findings.append(
            Finding(
                "CHILD_DOSE_NOT_CHECKED",
                "warn",
                _("The patient is under 18. Doses for children are not checked here."),
            )
        )
    return findings


def _about_the_row(drug: Drug, on: date) -> list[Finding]:
    if not drug.provenance.is_overdue_on(on):
        return []
    return [
        Finding(
            "REFERENCE_OVERDUE",
            "info",
            say(
                _("What we know about {drug} should have been reviewed by {day}."),
                drug=drug.name,
                day=drug.provenance.review_by,
            ),
        )
    ]


# --- the tables ---


@dataclass(frozen=True)
class PregnancyRow:
    row: str
    drug: str
    if_pregnant: Literal["stop", "warn"]
    if_possible: Literal["stop", "warn"]
    advice: str
    provenance: Provenance


@dataclass(frozen=True)
class AgeRow:
    row: str
    ingredient: str
    under_age: int
    action: Literal["stop", "warn"]
    advice: str
    provenance: Provenance


def load_pregnancy(path: Path) -> tuple[PregnancyRow, ...]:
    """Pregnancy rows; raises `accounts.reference.BadTable`."""
    rows = read(path, ("row", "drug", "if_pregnant", "if_possible", "advice", *PROVENANCE))
    refuse_repeats(rows, "row")
    return tuple(
        PregnancyRow(
            row=row.text("row"),
            drug=row.text("drug", required=True),
            if_pregnant="stop" if row.choice("if_pregnant", _ACTIONS) == "stop" else "warn",
            if_possible="stop" if row.choice("if_possible", _ACTIONS) == "stop" else "warn",
            advice=row.text("advice", required=True),
            provenance=row.provenance(),
        )
        for row in rows
    )


def load_ages(path: Path) -> tuple[AgeRow, ...]:
    """Rows for the young; raises `accounts.reference.BadTable`."""
    rows = read(path, ("row", "ingredient", "under_age", "action", "advice", *PROVENANCE))
    refuse_repeats(rows, "row")
    return tuple(
        AgeRow(
            row=row.text("row"),
            ingredient=row.text("ingredient", required=True),
            under_age=row.number("under_age"),
            action="stop" if row.choice("action", _ACTIONS) == "stop" else "warn",
            advice=row.text("advice", required=True),
            provenance=row.provenance(),
        )
        for row in rows
    )


_ACTIONS = ("stop", "warn")


@lru_cache(maxsize=1)
def pregnancy_rows() -> tuple[PregnancyRow, ...]:
    return load_pregnancy(drugs.REFERENCE / "pregnancy.csv")


@lru_cache(maxsize=1)
def age_rows() -> tuple[AgeRow, ...]:
    return load_ages(drugs.REFERENCE / "ages.csv")


def warm() -> None:
    """Reads every table, so that a wrong one stops the start and not a signature."""
    naming.vocabulary()
    allergies.classes()
    allergies.cross_reactions()
    interactions.shipped()
    controlled.refill_rules()
    controlled.telemedicine_rules()
    pregnancy_rows()
    age_rows()
