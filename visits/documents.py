"""What the patient takes home: the facts of a summary, and any paper as an accessible PDF.

The page and the PDF are drawn from the same `Summary`. Words reach the PDF as data and never as
markup, so nothing that anybody typed can become an instruction to the typesetter.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.refusal import Refused
from accounts.templatetags.telemed import clock_text, minutes
from visits.models import Visit

PAPER = Path(__file__).parent / "paper"

# Typst's own fonts first: the same page on every machine. Some words (an emoji, Chinese) need a
# font of the machine; and where it has none, a paper with a gap is better than no paper.
ATTEMPTS: tuple[dict[str, Any], ...] = (
    {"ignore_system_fonts": True, "pdf_standards": "ua-1"},
    {"ignore_system_fonts": False, "pdf_standards": "ua-1"},
    {"ignore_system_fonts": False},
)


class SummaryNotReady(Refused):
    code = "summary_not_ready"
    message = gettext_lazy("Your clinician is still writing this summary. Please look again later.")


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class Section:
    heading: str
    paragraphs: tuple[str, ...]  # a line break inside one is kept


@dataclass(frozen=True)
class Medicine:
    code: str
    name: str
    directions: str
    amount: str


@dataclass(frozen=True)
class Summary:
    title: str
    clinic: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    medicines_heading: str
    medicines: tuple[Medicine, ...]
    signed: str
    questions: str  # whom to ask
    emergency: str


def is_ready(visit: Visit) -> bool:
    """A patient reads a summary when the visit is over and its note is signed."""
    note = getattr(visit, "note", None)
    return visit.is_over and note is not None and note.is_signed


def summary_of(visit: Visit) -> Summary:
    """In the active language; times in the patient's zone. SummaryNotReady before signing."""
    if not is_ready(visit):
        raise SummaryNotReady
    with timezone.override(ZoneInfo(visit.patient.user.time_zone)):
        return Summary(
            title=_("Visit summary"),
            clinic=visit.clinic.name,
            facts=_facts(visit),
            sections=_sections(visit),
            medicines_heading=_("Your prescriptions"),
            medicines=_medicines(visit),
            signed=_("Signed by %(clinician)s on %(day_and_time)s")
            % {"clinician": visit.clinician, "day_and_time": _moment(visit.note.signed_at)},
            questions=_("Questions about this visit? Call %(clinic)s at %(phone)s.")
            % {"clinic": visit.clinic.name, "phone": visit.clinic.phone},
            emergency=_("If you get much worse, or it feels like an emergency, call 911."),
        )


def summary_pdf(visit: Visit) -> bytes:
    summary = summary_of(visit)
    return typeset("summary.typ", asdict(summary))


def typeset(template: str | Path, data: Mapping[str, Any]) -> bytes:
    """A tagged PDF of a template (by name in `visits/paper/`, or a path of its own).

    The template reads `json(bytes(sys.inputs.data))`; `lang` and `of_pages` are added to `data`.
    """
    path = PAPER / template
    words = json.dumps(
        {**data, "lang": (get_language() or "en").split("-")[0], "of_pages": _("of")}
    )
    for attempt in ATTEMPTS[:-1]:
        try:
            return _compile(path, words, **attempt)
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
    return _compile(path, words, **ATTEMPTS[-1])


def _compile(path: Path, words: str, **options: Any) -> bytes:
    pdf = typst.compile(path, root=path.parent, sys_inputs={"data": words}, **options)
    return bytes(pdf)


def _facts(visit: Visit) -> tuple[Fact, ...]:
    patient = visit.patient
    return (
        Fact(_("For"), patient.name),
        Fact(_("Born"), formats.date_format(patient.born_on, "DATE_FORMAT")),
        Fact(_("Seen by"), str(visit.clinician)),
        Fact(_("When"), _moment(visit.started_at or visit.starts_at)),
        Fact(_("What kind"), f"{visit.visit_type}, {minutes(visit.length)}"),
        Fact(_("How it ended"), visit.get_outcome_display() or visit.get_status_display()),
    )


def _sections(visit: Visit) -> tuple[Section, ...]:
    told = (
        (_("Why you came, in your words"), visit.intake.reason),
        (_("What to know and do"), visit.note.for_patient),
        (_("The plan, as your clinician wrote it"), visit.note.plan),
        *(
            (_("Added on %(day_and_time)s") % {"day_and_time": _moment(each.at)}, each.text)
            for each in visit.note.addenda.all()
        ),
    )
    return tuple(Section(heading, _paragraphs(text)) for heading, text in told if text.strip())


def _medicines(visit: Visit) -> tuple[Medicine, ...]:
    signed = visit.prescriptions.filter(status="signed")
    return tuple(
        Medicine(
            code=str(each.code),
            name=each.medicine,
            directions=each.directions,
            amount=_("Amount: %(quantity)s. Refills: %(refills)s.")
            % {"quantity": each.quantity, "refills": each.refills},
        )
        for each in signed
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    blocks = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n\n")
    return tuple(block.strip() for block in blocks if block.strip())


def _moment(instant: Any) -> str:
    local = timezone.localtime(instant)
    return f"{formats.date_format(local, 'DATE_FORMAT')}, {clock_text(local)}"
