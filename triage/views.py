"""The intake, page by page, and the patient's history."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import patient_only, posted, user_of
from accounts.models import Patient
from triage import access, intakes
from triage.forms import HistoryForm, PlaceForm, ReasonForm, SafetyForm
from triage.levels import Urgency
from triage.models import FiredFlag, HistoryEntry, Intake
from triage.wording import flag_text

WHERE = gettext_lazy("Where are you right now?")


@patient_only
def start(request: HttpRequest, patient: Patient) -> HttpResponse:
    if emergency := intakes.recent_emergency(patient):
        return redirect("emergency", emergency.code)
    at_home = {name: getattr(patient, name) for name in ("street", "city", "phone")}
    form = PlaceForm(posted(request), initial={"place": patient.state, **at_home})
    if request.method != "POST" or not form.is_valid():
        context = {"unfinished": intakes.open_intake(patient)}
        return _page(request, "triage/place.html", form, title=WHERE, step=1, **context)
    intake = intakes.start(patient, by=user_of(request), **form.cleaned_data)
    return redirect("intake_reason", intake.code)


@patient_only
def place(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    intake = access.intake_of(patient, code)
    if ended := _ended(intake):
        return ended
    now = {name: getattr(intake, name) for name in ("place", "street", "city", "phone")}
    form = PlaceForm(posted(request), initial=now)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "triage/place.html", form, title=WHERE, step=1)
    intakes.move(intake, by=user_of(request), **form.cleaned_data)
    return redirect("intake_reason", intake.code)


@patient_only
def reason(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    intake = access.intake_of(patient, code)
    if ended := _ended(intake):
        return ended
    said = {"reason": intake.reason, "pregnancy": intake.pregnancy}
    asks = intakes.may_be_pregnant(patient)
    form = ReasonForm(posted(request), initial=said, asks_pregnancy=asks)
    if request.method != "POST" or not form.is_valid():
        back = reverse("intake_place", args=[code])
        title = _("What is wrong?")
        return _page(request, "triage/reason.html", form, title=title, step=2, back=back)
    pregnancy = form.cleaned_data.get("pregnancy", "no")
    intake = intakes.tell_reason(
        intake, reason=form.cleaned_data["reason"], pregnancy=pregnancy, by=user_of(request)
    )
    return _ended(intake) or redirect("intake_safety", code)


@patient_only
def safety(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    intake = access.intake_of(patient, code)
    if ended := _ended(intake):
        return ended
    form = SafetyForm(
        posted(request),
        questions=intakes.questions_for(intake),
        ticked=set(intake.fired_flags.filter(came_from="answer").values_list("flag", flat=True)),
    )
    if request.method != "POST" or not form.is_valid():
        back = reverse("intake_reason", args=[code])
        title = _("Is any of this happening now?")
        return _page(request, "triage/safety.html", form, title=title, step=3, back=back)
    intake = intakes.answer(intake, answers=form.answers, by=user_of(request))
    return _ended(intake) or redirect("intake_history", code)


@patient_only
def history(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    intake = access.intake_of(patient, code)
    if ended := _ended(intake):
        return ended
    form = HistoryForm(posted(request), initial=_lists(patient))
    if request.method != "POST" or not form.is_valid():
        back = reverse("intake_safety", args=[code])
        return _page(request, "triage/history.html", form, intake=intake, back=back)
    said = {kind: form.lines(kind) for kind in HistoryEntry.Kind}
    intake = intakes.complete(intake, history=said, by=user_of(request))
    return _ended(intake) or redirect("intake_result", code)


@patient_only
def result(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    intake = access.intake_of(patient, code)
    if intake.is_emergency:
        return redirect("emergency", code)
    if not intake.completed_at:
        return redirect("intake_reason", code)
    urgency = Urgency(intake.urgency)
    heading, lead = RESULTS.get(urgency, ("", ""))
    context = {
        "intake": intake,
        "stops": urgency.stops_booking,
        "heading": heading,
        "lead": lead,
        **_why(intake),
    }
    return render(request, "triage/result.html", context)


@patient_only
def emergency(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    intake = access.intake_of(patient, code)
    if not intake.is_emergency:
        return redirect("intake_reason", code)
    return render(request, "triage/emergency.html", {"intake": intake, **_why(intake)})


@patient_only
def my_health(request: HttpRequest, patient: Patient) -> HttpResponse:
    """The history outside an intake."""
    form = HistoryForm(posted(request), initial=_lists(patient))
    if request.method != "POST" or not form.is_valid():
        return _page(request, "triage/history.html", form)
    said = {kind: form.lines(kind) for kind in HistoryEntry.Kind}
    intakes.set_history(patient, said, by=user_of(request))
    audit.record("history.change", patient, by=user_of(request), patient=patient)
    messages.success(request, _("Saved."))
    return redirect("history")


# For the urgencies that may be booked; the page of the others speaks for itself.
RESULTS = {
    Urgency.SAME_DAY: (
        gettext_lazy("Talk to a clinician today"),
        gettext_lazy("Choose the earliest time you can. If you get worse, call 911."),
    ),
    Urgency.VIDEO_SUITS: (
        gettext_lazy("A video visit suits this"),
        gettext_lazy("Choose a time and a clinician on the next page."),
    ),
    Urgency.SELF_CARE: (
        gettext_lazy("You may get well without a visit"),
        gettext_lazy("You can still choose a time if you want to talk to someone."),
    ),
}


def _ended(intake: Intake) -> HttpResponse | None:
    """Where an intake that is over leads."""
    if intake.is_emergency:
        return redirect("emergency", intake.code)
    if intake.completed_at:
        return redirect("intake_result", intake.code)
    return None


def _why(intake: Intake) -> dict[str, Any]:
    language = get_language()
    fired = FiredFlag.objects.filter(intake=intake, urgency=intake.urgency)
    return {
        "flags": list(dict.fromkeys(flag_text(flag.flag, language) for flag in fired)),
        "advices": [
            {
                "title": advice.title(language),
                "steps": advice.steps(language),
                "phones": advice.phones,
            }
            for advice in intakes.advice_for(intake)
        ],
    }


def _lists(patient: Patient) -> dict[str, str]:
    return {kind: "\n".join(names) for kind, names in intakes.history_of(patient).items()}


def _page(request: HttpRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **context}, status=status)
