"""The clinician's day on one screen, and its rows alone for the live update."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import access, audit
from accounts.models import Clinician
from visits import queue as day


@require_safe
@access.clinician_only
def queue(request: HttpRequest, *, clinician: Clinician) -> HttpResponse:
    return _answer(request, clinician, "visits/queue.html")


@require_safe
@access.clinician_only
def queue_rows(request: HttpRequest, *, clinician: Clinician) -> HttpResponse:
    return _answer(request, clinician, "visits/_queue.html")


def _answer(request: HttpRequest, clinician: Clinician, template: str) -> HttpResponse:
    today = day.today(clinician, now=timezone.now())
    response = render(request, template, {"clinician": clinician, "queue": today})
    # It shows patients' own words: that is reading records. One row for the whole page.
    audit.record("queue.read", clinician, by=access.user_of(request))
    response["Cache-Control"] = "private, no-store"
    return response
