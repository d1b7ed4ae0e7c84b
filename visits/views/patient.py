"""The patient's own pages: all visits, one visit, check-in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import patient_only, posted, user_of
from accounts.models import Patient
from triage import intakes
from triage.forms import PlaceForm
from visits import access, lifecycle, wording
from visits.forms import CheckInForm
from visits.models import Status, Visit

MOST_PAST = 30  # past visits on the page
FORGOTTEN = timedelta(hours=3)  # after its end a visit that nobody closed counts as past


@dataclass(frozen=True)
class Step:
    """The one thing to do next about a visit."""

    label: str
    url: str


@require_GET
@patient_only
def patient_home(request: HttpRequest, patient: Patient) -> HttpResponse:
    now = timezone.now()
    visits = _visits(patient, now)
    upcoming = sorted((v for v in visits if _is_ahead(v, now)), key=lambda v: v.starts_at)
    past = [visit for visit in visits if not _is_ahead(visit, now)]
    next_visit = upcoming[0] if upcoming else None
    context = {
        "patient": patient,
        "next": next_visit,
        "step": next_step(next_visit, now) if next_visit else None,
        "zone": wording.zone_name(patient.user.time_zone, now),
        "upcoming": upcoming[1:],
        "past": past,
        "emergency": intakes.recent_emergency(patient),
        "emergency_hours": intakes.EMERGENCY_HOLDS // timedelta(hours=1),
        "unfinished": intakes.open_intake(patient),
    }
    return render(request, "visits/patient_home.html", context)


@require_GET
@patient_only
def visit(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    visit = access.visit_of_patient(user_of(request), code)
    if visit.status == Status.HELD:
        return redirect("confirm", visit.code)
    now = timezone.now()
    opens_at = visit.starts_at - lifecycle.CHECK_IN_OPENS
    moves = lifecycle.MOVES[Status(visit.status)]
    context = {
        "visit": visit,
        "step": next_step(visit, now),
        "licensed": _is_licensed(visit),
        "languages": wording.language_names(visit.clinician.languages),
        "zone": wording.zone_name(patient.user.time_zone, visit.starts_at),
        "other_zone": wording.other_zone(visit.clinician, patient.user.time_zone, visit.starts_at),
        "opens_at": opens_at,
        "seconds": max(0, int((opens_at - now).total_seconds()) + 1),
        "is_before_check_in": visit.status == Status.BOOKED and now < opens_at,
        "is_missed": visit.status == Status.BOOKED and now >= visit.ends_at,
        "may_move": Status.RESCHEDULED in moves and now < visit.ends_at,
        "may_cancel": Status.CANCELLED in moves and now < visit.ends_at + FORGOTTEN,
        "moved_to": Visit.objects.filter(moved_from=visit).first(),
        "is_signed": _is_signed(visit),
    }
    return render(request, "visits/visit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_only
def check_in(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    """Booked: place, consent and a good spot. Checked in: the place alone, to correct it."""
    visit = access.visit_of_patient(user_of(request), code)
    is_first = visit.status == Status.BOOKED
    is_open = timezone.now() >= visit.starts_at - lifecycle.CHECK_IN_OPENS
    may = is_first or visit.status in (Status.CHECKED_IN, Status.WAITING)
    if request.method != "POST" and not (may and is_open):
        return redirect("visit", visit.code)
    if not may:
        raise lifecycle.NotNow
    intake = visit.intake
    # Said yesterday is not said now: the state must be chosen again, the rest is only proposed.
    proposed = {name: getattr(intake, name) for name in ("street", "city", "phone")}
    form = (CheckInForm if is_first else PlaceForm)(posted(request), initial=proposed)
    if request.method == "POST" and form.is_valid():
        say = lifecycle.check_in if is_first else lifecycle.attest_place
        where = {name: form.cleaned_data[name] for name in ("place", "street", "city", "phone")}
        visit = say(visit, by=user_of(request), **where)
        return redirect("room" if _is_licensed(visit) else "visit", visit.code)
    context = {"visit": visit, "form": form, "is_first": is_first}
    status = 422 if request.method == "POST" else 200
    return render(request, "visits/check_in.html", context, status=status)


def next_step(visit: Visit, now: datetime) -> Step | None:
    """What the patient does next about this visit; None when there is nothing to do."""
    status = visit.status
    if status == Status.HELD:
        return _step(_("Finish booking"), "confirm", visit)
    if status == Status.BOOKED:
        if now < visit.starts_at - lifecycle.CHECK_IN_OPENS:
            return Step(_("Test camera and sound"), reverse("video:practice"))
        if now < visit.ends_at:
            return _step(_("Check in"), "check_in", visit)
        return Step(_("Get care"), reverse("start_intake"))
    if status in (Status.CHECKED_IN, Status.WAITING):
        if not _is_licensed(visit):
            if status == Status.CHECKED_IN and now < visit.ends_at:
                return _step(_("Find another clinician"), "reschedule", visit)
            return _step(_("Correct where you are"), "check_in", visit)
        return _step(_("Go to the waiting room"), "room", visit)
    if status == Status.IN_PROGRESS:
        return _step(_("Join the visit"), "room", visit)
    if status == Status.COMPLETED:
        return _step(_("Read your summary"), "summary", visit) if _is_signed(visit) else None
    return Step(_("Get care"), reverse("start_intake"))


def _step(label: str, url: str, visit: Visit) -> Step:
    return Step(label, reverse(url, args=[visit.code]))


def _visits(patient: Patient, now: datetime) -> list[Visit]:
    """Newest first. What was let go before it was booked, or moved on, is no visit to a patient."""
    return list(
        Visit.objects.for_patient(patient)
        .exclude(status__in=[Status.RELEASED, Status.RESCHEDULED])
        .exclude(status=Status.HELD, held_until__lte=now)
        .with_people()
        .prefetch_related("license_decisions")
        .order_by("-starts_at")[: MOST_PAST + 20]
    )


def _is_ahead(visit: Visit, now: datetime) -> bool:
    return not visit.is_over and now < visit.ends_at + FORGOTTEN


def _is_licensed(visit: Visit) -> bool:
    decisions = sorted(visit.license_decisions.all(), key=lambda each: (each.at, each.pk))
    return bool(decisions) and decisions[-1].is_allowed


def _is_signed(visit: Visit) -> bool:
    note = getattr(visit, "note", None)
    return note is not None and note.is_signed
