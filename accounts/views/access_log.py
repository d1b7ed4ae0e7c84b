"""Who opened my record: the patient reads the audit, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import patient_only
from accounts.models import AuditEvent, Membership, Patient, User

ON_A_PAGE = 25

# What was done, by action. A test finds every action that the code records about a patient.
WORDS = {
    "history.change": gettext_lazy("Changed your health history"),
    "intake.answer": gettext_lazy("Answered your safety questions"),
    "intake.complete": gettext_lazy("Finished the questions before your visit"),
    "intake.place": gettext_lazy("Said where you are"),
    "intake.reason": gettext_lazy("Wrote down what is wrong"),
    "intake.start": gettext_lazy("Started the questions before your visit"),
    "note.addendum": gettext_lazy("Added to the signed note of your visit"),
    "note.sign": gettext_lazy("Signed the note of your visit"),
    "note.write": gettext_lazy("Wrote the note of your visit"),
    "patient.correct": gettext_lazy("Changed your details"),
    "patient.register": gettext_lazy("Entered your details"),
    "prescription.cancel": gettext_lazy("Cancelled a prescription"),
    "prescription.change": gettext_lazy("Changed the draft of a prescription"),
    "prescription.discard": gettext_lazy("Threw away the draft of a prescription"),
    "prescription.draft": gettext_lazy("Started a prescription"),
    "prescription.read": gettext_lazy("Opened a prescription"),
    "prescription.sign": gettext_lazy("Signed a prescription"),
    "summary.download": gettext_lazy("Saved the summary of your visit as a file"),
    "summary.read": gettext_lazy("Opened the summary of your visit"),
    "visit.admit": gettext_lazy("Let you into your visit"),
    "visit.book": gettext_lazy("Booked a visit"),
    "visit.cancel": gettext_lazy("Cancelled a visit"),
    "visit.check_in": gettext_lazy("Checked in for a visit"),
    "visit.complete": gettext_lazy("Ended your visit"),
    "visit.hold": gettext_lazy("Held a time for a visit"),
    "visit.no_show": gettext_lazy("Noted that a visit did not take place"),
    "visit.place": gettext_lazy("Corrected where you are for a visit"),
    "visit.read": gettext_lazy("Opened your visit"),
    "visit.redirect": gettext_lazy("Sent you to other care"),
    "visit.release": gettext_lazy("Let go of a held time"),
    "visit.reschedule": gettext_lazy("Moved a visit"),
    "visit.wait": gettext_lazy("Entered the waiting room"),
}


@dataclass(frozen=True)
class Entry:
    at: datetime
    who: str
    role: str
    what: str


@require_safe
@patient_only
def access_log(request: HttpRequest, patient: Patient) -> HttpResponse:
    """Everything that others did with this patient's record, not the patient's own steps."""
    events = (
        AuditEvent.objects.filter(patient=patient)
        .exclude(actor=patient.user)
        .select_related("actor__clinician")
        .prefetch_related("actor__memberships")
        .order_by("-at", "-id")
    )
    page = Paginator(events, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "entries": [entry(event) for event in page]}
    return render(request, "accounts/access_log.html", context)


def entry(event: AuditEvent) -> Entry:
    who, role = _who(event.actor)
    what = WORDS.get(event.action, gettext_lazy("Worked on your record"))
    return Entry(at=event.at, who=who, role=role, what=str(what))


def _who(actor: User | None) -> tuple[str, str]:
    if actor is None:
        return _("The clinic's computer"), _("by itself")
    if hasattr(actor, "clinician"):
        return str(actor.clinician), actor.clinician.get_profession_display()
    roles = {membership.role for membership in actor.memberships.all()}
    if Membership.Role.ADMIN in roles:
        return actor.name or actor.email, _("Clinic admin")
    return actor.name or actor.email, _("Someone you gave access")
