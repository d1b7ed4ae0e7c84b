"""The prescription as a person holds it: on the page, and as an accessible PDF.

Both are drawn from the signed statement and not from the columns. What the pharmacy reads is in
English; what the patient reads is in the active language.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.refusal import Refused
from accounts.templatetags.telemed import clock_text
from prescriptions import directions, statements
from prescriptions.models import Prescription
from visits.documents import Fact, typeset

PAPER = Path(__file__).parent / "paper"

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


class NotIntact(Refused):
    """What is stored is not what was signed: nobody may use it."""

    code = "not_intact"
    message = gettext_lazy(
        "This prescription does not match its signature. Do not use it, and call us."
    )


@dataclass(frozen=True)
class Paper:
    """One prescription to read. `cancelled` and `translated` are empty where they do not apply."""

    title: str
    clinic: str
    clinic_lines: tuple[str, ...]
    who: tuple[Fact, ...]  # for whom, and when
    order: tuple[Fact, ...]  # what, how much, how to take it
    signed: tuple[str, ...]
    cancelled: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """What the patient does with it."""

    heading: str
    steps: tuple[str, ...]
    directions_heading: str
    directions: str  # in the patient's language, where it is not English and we have it


def paper_of(prescription: Prescription) -> Paper:
    """A signed or cancelled prescription, in the active language. NotIntact if it was changed."""
    if not statements.is_intact(prescription):
        raise NotIntact
    statement = statements.read(prescription)
    return paper(
        statement,
        signed=_signed(prescription, statement),
        cancelled=_cancelled(prescription, statement),
    )


def paper(
    statement: statements.Statement,
    *,
    signed: tuple[str, ...] = (),
    cancelled: tuple[str, ...] = (),
) -> Paper:
    """A statement as it will look; nothing under it before it is signed."""
    clinic = statement["clinic"]
    return Paper(
        title=_("Prescription"),
        clinic=clinic["name"],
        clinic_lines=(clinic["address"], _("Phone %(phone)s") % {"phone": clinic["phone"]}),
        who=_who(statement),
        order=_order(statement),
        signed=signed,
        cancelled=cancelled,
    )


def advice_for(prescription: Prescription) -> Advice:
    """In the active language. Says what we do not do: no network carries this to the pharmacy."""
    clinic = prescription.visit.clinic
    code = statements.verification_code(prescription)
    return Advice(
        heading=_("How to use it"),
        steps=(
            _("Give this to your pharmacy: print it, or show the PDF. We do not send it to the"
              " pharmacy electronically."),
            _("Does your pharmacy want to check it, or hear it from us? Ask them to call %(clinic)s"
              " at %(phone)s. They can compare this code with us: %(code)s.")
            % {"clinic": clinic.name, "phone": clinic.phone, "code": code},
            _("Hives, a swollen face or trouble breathing after you took it? Call 911."),
        ),
        directions_heading=_("In your language"),
        directions=directions.translated(prescription.directions),
    )  # fmt: skip


def prescription_pdf(prescription: Prescription) -> bytes:
    """The paper in English, for the pharmacy, and the advice in the active language."""
    advice = None if prescription.is_cancelled else asdict(advice_for(prescription))
    cancelled_here = paper_of(prescription).cancelled
    with translation.override("en"):
        order = paper_of(prescription)
    data = {
        **asdict(order),
        "advice": advice,
        # A patient who reads no English must see this, too.
        "cancelled_here": cancelled_here if cancelled_here != order.cancelled else (),
    }
    return typeset(PAPER / "prescription.typ", data)


def in_words(number: int) -> str:
    """1 to 1000 in English, so that nobody adds a zero: 30 is thirty."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens = _TENS[number // 10 - 2]
        return tens if number % 10 == 0 else f"{tens}-{_ONES[number % 10]}"
    if number < 1000:
        hundreds = f"{_ONES[number // 100]} hundred"
        return hundreds if number % 100 == 0 else f"{hundreds} {in_words(number % 100)}"
    return "one thousand" if number == 1000 else str(number)


def _who(statement: statements.Statement) -> tuple[Fact, ...]:
    patient = statement["patient"]
    issued = Fact(_("Date"), _date(statement["issued_on"])) if statement["issued_on"] else None
    facts = (
        issued,
        Fact(_("Patient"), patient["name"]),
        Fact(_("Born"), _date(patient["born_on"])),
        Fact(_("Address"), patient["address"]),
    )
    return tuple(fact for fact in facts if fact)


def _order(statement: statements.Statement) -> tuple[Fact, ...]:
    order = statement["order"]
    facts = (
        Fact(_("Medicine"), order["drug"]),
        Fact(_("Strength"), order["strength"]),
        Fact(_("Form"), order["form"]),
        Fact(_("Quantity"), f"{order['quantity']} ({in_words(order['quantity'])})"),
        Fact(_("Directions"), order["directions"]),
        Fact(_("Refills"), _refills(order["refills"])),
        Fact(_("Pharmacy"), order["pharmacy"]),
    )
    return tuple(fact for fact in facts if fact.value)


def _refills(refills: int) -> str:
    if not refills:
        return _("No refills")
    return f"{refills} ({in_words(refills)})"


def _signed(prescription: Prescription, statement: statements.Statement) -> tuple[str, ...]:
    prescriber = statement["prescriber"]
    at = _moment(datetime.fromisoformat(statement["signed_at"]), statement)
    return (
        _("%(name)s, NPI %(npi)s") % {"name": prescriber["name"], "npi": prescriber["npi"]},
        _("Signed electronically on %(day_and_time)s") % {"day_and_time": at},
        _("Verification code %(code)s") % {"code": statements.verification_code(prescription)},
    )


def _cancelled(prescription: Prescription, statement: statements.Statement) -> tuple[str, ...]:
    if not (prescription.is_cancelled and prescription.cancelled_at):
        return ()
    at = _moment(prescription.cancelled_at, statement)
    return (
        _("Cancelled: do not use or fill"),
        _("%(clinician)s cancelled this prescription on %(day_and_time)s.")
        % {"clinician": statement["prescriber"]["name"], "day_and_time": at},
        _("Reason: %(reason)s") % {"reason": prescription.cancel_reason},
    )


def _date(text: str) -> str:
    return formats.date_format(date.fromisoformat(text), "DATE_FORMAT")


def _moment(at: datetime, statement: statements.Statement) -> str:
    """In the clinic's zone: a pharmacy reads it, and no two papers differ."""
    local = timezone.localtime(at, ZoneInfo(statement["clinic"]["time_zone"]))
    return f"{formats.date_format(local, 'DATE_FORMAT')}, {clock_text(local)}"


def amount(quantity: int, refills: int) -> str:
    """“20, no refills”, for lists."""
    if not refills:
        return _("%(quantity)s, no refills") % {"quantity": quantity}
    return ngettext(
        "%(quantity)s, %(refills)s refill", "%(quantity)s, %(refills)s refills", refills
    ) % {"quantity": quantity, "refills": refills}
