"""The patient's waiting room, which turns into the call."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access as people
from visits import access, documents, licensed, lifecycle
from visits.models import Status, Visit


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def room(request: HttpRequest, code: UUID) -> HttpResponse:
    """GET: where the patient waits and is seen. POST: "I am ready"."""
    user = people.user_of(request)
    visit = access.visit_of_patient(user, code)
    if request.method == "POST":
        visit = lifecycle.arrive(visit, by=user)
        # Only the words change: a reload would open the camera anew.
        if getattr(request, "htmx", False):
            return _private(render(request, "visits/_room_state.html", _about(visit)))
        return redirect("room", code)
    if visit.status == Status.HELD:
        return redirect("confirm", code)
    if visit.status == Status.BOOKED:
        return redirect("check_in", code)
    return _private(render(request, "visits/room.html", _about(visit)))


@require_safe
@login_required
def room_state(request: HttpRequest, code: UUID) -> HttpResponse:
    visit = access.visit_of_patient(people.user_of(request), code)
    return _private(render(request, "visits/_room_state.html", _about(visit)))


def _about(visit: Visit) -> dict[str, object]:
    licenses = visit.clinician.licenses.all()
    decision = licensed.standing(visit, licenses, now=timezone.now())
    return {
        "visit": visit,
        "socket_url": f"/ws/visits/{visit.code}/",
        "leave_url": reverse("visit", args=[visit.code]),
        "is_licensed": decision is not None and decision.is_allowed,
        "is_summary_ready": documents.is_ready(visit),
        "sent_to": _sent_to(visit),
    }


def _sent_to(visit: Visit) -> str:
    """Where a redirected visit sent the patient: a code of `lifecycle.REDIRECTIONS`."""
    if visit.status != Status.REDIRECTED:
        return ""
    event = visit.events.filter(to_status=Status.REDIRECTED).last()
    return event.reason if event else ""


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
