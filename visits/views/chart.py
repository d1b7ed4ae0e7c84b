"""The clinician's whole visit on one screen, and the moves that are made from it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import access as people
from accounts import audit
from visits import access, brief, licensed, lifecycle, signing
from visits.models import Status, Visit
from visits.note_forms import AddendumForm, NoteForm, OutcomeForm, RedirectForm, parts_of

# The statuses in which the clinician's camera is asked for: somebody is coming.
ON_STAGE = (Status.CHECKED_IN, Status.WAITING, Status.IN_PROGRESS)


@require_safe
@login_required
def chart(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    visit = access.visit_of_clinician(user, code)
    response = render(request, "visits/clinician_visit.html", about(visit))
    audit.record("visit.read", visit, by=user, patient=visit.patient)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@login_required
def chart_state(request: HttpRequest, code: UUID) -> HttpResponse:
    """What changes while the chart is open: the state of the visit, and what can be done now.

    `?finish` asks for the end of the page instead of its head.
    """
    visit = access.visit_of_clinician(people.user_of(request), code)
    if "finish" in request.GET:
        return render(request, "visits/_finish.html", state(visit) | finish(visit))
    context = state(visit) | {"has_stage": "stage" in request.GET}
    return render(request, "visits/_chart_state.html", context)


@require_POST
@login_required
def admit(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    visit = lifecycle.admit(access.visit_of_clinician(user, code), by=user)
    return _moved(request, visit)


@require_POST
@login_required
def put_back(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    visit = lifecycle.put_back(access.visit_of_clinician(user, code), by=user)
    return _moved(request, visit)


@require_POST
@login_required
def complete(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    visit = access.visit_of_clinician(user, code)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _again(request, visit, outcome_form=form)
    lifecycle.complete(visit, by=user, outcome=form.cleaned_data["outcome"])
    return _ended(request, code)


@require_POST
@login_required
def no_show(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    lifecycle.no_show(access.visit_of_clinician(user, code), by=user)
    return redirect("queue")


@require_POST
@login_required
def redirect_visit(request: HttpRequest, code: UUID) -> HttpResponse:
    """This visit cannot help: the patient is told where to go."""
    user = people.user_of(request)
    visit = access.visit_of_clinician(user, code)
    form = RedirectForm(request.POST)
    if not form.is_valid():
        return _again(request, visit, redirect_form=form)
    lifecycle.redirect(visit, by=user, reason=form.cleaned_data["reason"])
    return _ended(request, code)


def about(visit: Visit) -> dict[str, object]:
    """Everything the chart shows."""
    note = signing.open_note(visit, by=visit.clinician.user)
    addenda = list(note.addenda.select_related("author")) if note.is_signed else []
    return {
        **state(visit),
        **finish(visit),
        "has_stage": visit.status in ON_STAGE,
        "socket_url": f"/ws/visits/{visit.code}/",
        "brief": brief.of(visit, now=timezone.now()),
        "note": note,
        "parts": parts_of(note),
        "note_form": NoteForm.of(note),
        "addenda": addenda,
        "addendum_form": AddendumForm(),
    }


def finish(visit: Visit) -> dict[str, object]:
    """How the visit may end, and whether a signature is left to give."""
    is_started = visit.started_at is not None and visit.status != Status.WAITING
    return {
        "may_sign": is_started and not signing.open_note(visit, by=visit.clinician.user).is_signed,
        "outcome_form": OutcomeForm(),
        "redirect_form": RedirectForm(),
    }


def state(visit: Visit) -> dict[str, object]:
    """What can be done with the visit now. The verbs ask again."""
    now = timezone.now()
    decision = licensed.standing(visit, visit.clinician.licenses.all(), now=now)
    moves = lifecycle.MOVES[Status(visit.status)]
    late = now >= visit.starts_at + lifecycle.NO_SHOW_AFTER
    return {
        "visit": visit,
        "decision": decision,
        "may_admit": Status.IN_PROGRESS in moves and decision is not None and decision.is_allowed,
        "may_put_back": visit.status == Status.IN_PROGRESS,
        "may_complete": Status.COMPLETED in moves,
        "may_no_show": Status.NO_SHOW_PATIENT in moves and late,
        "may_redirect": Status.REDIRECTED in moves,
    }


def _again(request: HttpRequest, visit: Visit, **forms: object) -> HttpResponse:
    # Beside the picture only the form changes: the call goes on.
    if getattr(request, "htmx", False):
        context = state(visit) | finish(visit) | forms
        return render(request, "visits/_finish.html", context, status=422)
    return render(request, "visits/clinician_visit.html", about(visit) | forms, status=422)


def _ended(request: HttpRequest, code: UUID) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(reverse("chart", args=[code]))
    return redirect("chart", code)


def _moved(request: HttpRequest, visit: Visit) -> HttpResponse:
    # On a page with the stage only this panel changes: a reload would end the call's set-up.
    if getattr(request, "htmx", False):
        return render(request, "visits/_chart_state.html", state(visit) | {"has_stage": True})
    return redirect("chart", visit.code)
