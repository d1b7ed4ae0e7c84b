"""Choosing a time, holding it, confirming it; moving a visit; cancelling it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import patient_only, posted, user_of
from accounts.models import Clinician, Patient
from accounts.refusal import Refused
from triage.access import intake_of
from triage.models import Intake
from visits import access, booking, finding, lifecycle, wording
from visits.forms import CancelForm, NewTimeForm, SlotForm, WindowForm
from visits.models import Status, Visit, VisitType

DAYS = 7  # on one page
FIRST_TIMES = 9  # of one clinician on one day; the rest unfolds


@require_GET
@patient_only
def find_time(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    intake = _intake(patient, code)
    try:
        booking.may_be_booked(intake)
    except booking.IntakeNotReady as refusal:
        return _answer_first(request, intake, refusal)
    return _times(request, intake)


@require_POST
@patient_only
def hold(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    intake = _intake(patient, code)
    form = SlotForm(request.POST, patient=patient)
    if not form.is_valid():
        return _times(request, intake, refused=booking.NotASlot(), status=422)
    try:
        visit = booking.hold(intake, by=user_of(request), **form.cleaned_data)
    except booking.IntakeNotReady as refusal:
        return _answer_first(request, intake, refusal)
    except (
        booking.SlotTaken,
        booking.NotASlot,
        booking.NotLicensed,
        booking.AlreadyBookedThen,
    ) as refusal:
        return _times(request, intake, refused=refusal, status=409)
    except booking.AlreadyBooked as refusal:
        messages.warning(request, refusal.message)
        return redirect("visit", intake.visits.occupying().get().code)
    return redirect("confirm", visit.code)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_only
def confirm(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    visit = access.visit_of_patient(user_of(request), code)
    if request.method == "POST":
        try:
            visit = booking.confirm(visit, by=user_of(request))
        except booking.HoldExpired as refusal:
            return _times(request, _of(patient, visit), refused=refusal, status=409)
        except booking.IntakeNotReady as refusal:
            return _answer_first(request, visit.intake, refusal)
        messages.success(request, _("Your visit is booked. We sent you an e-mail."))
        return redirect("visit", visit.code)
    if visit.status == Status.RELEASED or (
        visit.status == Status.HELD
        and visit.held_until is not None
        and visit.held_until <= timezone.now()
    ):
        messages.warning(request, booking.HoldExpired.message)
        return redirect("find_time", visit.intake.code)
    if visit.status != Status.HELD or visit.held_until is None:
        return redirect("visit", visit.code)
    context = {
        "visit": visit,
        # Rounded up: the page must not give up a time that is still kept.
        "seconds": ceil((visit.held_until - timezone.now()).total_seconds()),
        "zone": wording.zone_name(patient.user.time_zone, visit.starts_at),
        "opens_at": visit.starts_at - lifecycle.CHECK_IN_OPENS,
    }
    return render(request, "visits/confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_only
def reschedule(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    """The times; with a time in the address the question whether to move; by POST the move."""
    visit = access.visit_of_patient(user_of(request), code)
    intake = _of(patient, visit)
    if Status.RESCHEDULED not in lifecycle.MOVES[Status(visit.status)]:
        raise lifecycle.NotNow
    data = request.POST if request.method == "POST" else request.GET
    if "starts_at" not in data:
        return _times(request, intake, moving=visit)
    form = NewTimeForm(data, patient=patient)
    if not form.is_valid():
        return _times(request, intake, moving=visit, refused=booking.NotASlot(), status=422)
    if request.method != "POST":
        context = {
            "visit": visit,
            "form": form,
            **form.cleaned_data,
            "is_other": form.cleaned_data["clinician"].pk != visit.clinician_id,
        }
        return render(request, "visits/reschedule.html", context)
    try:
        new = booking.reschedule(visit, by=user_of(request), **form.cleaned_data)
    except (
        booking.SlotTaken,
        booking.NotASlot,
        booking.NotLicensed,
        booking.AlreadyBookedThen,
    ) as refusal:
        return _times(request, intake, moving=visit, refused=refusal, status=409)
    messages.success(request, _("Your visit has a new time. We sent you an e-mail."))
    return redirect("visit", new.code)


@require_http_methods(["GET", "HEAD", "POST"])
@patient_only
def cancel(request: HttpRequest, patient: Patient, code: UUID) -> HttpResponse:
    visit = access.visit_of_patient(user_of(request), code)
    if Status.CANCELLED not in lifecycle.MOVES[Status(visit.status)]:
        raise lifecycle.NotNow
    form = CancelForm(posted(request))
    if request.method == "POST" and form.is_valid():
        booking.cancel(visit, by=user_of(request), **form.cleaned_data)
        messages.success(request, _("Your visit is cancelled."))
        return redirect("patient_home")
    context = {"visit": visit, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "visits/cancel.html", context, status=status)


# --- the page of times ---


@dataclass(frozen=True)
class Day:
    day: date
    count: int
    is_chosen: bool
    url: str


@dataclass(frozen=True)
class Time:
    """A start as its button sends and shows it: on a full day there are many."""

    value: str
    text: str


@dataclass(frozen=True)
class Card:
    """One clinician on the chosen day."""

    clinician: Clinician
    languages: str
    why_allowed: object
    other_zone: str
    times: list[Time]
    more: list[Time]


def _times(
    request: HttpRequest,
    intake: Intake,
    *,
    moving: Visit | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of times, also after a refusal: what was chosen stays chosen."""
    now = timezone.now()
    window = WindowForm(request.POST if request.method == "POST" else request.GET)
    types = [moving.visit_type] if moving else _types(intake)
    visit_type = next((each for each in types if each.code == window.chosen_type), types[0])
    today = timezone.localdate(now)
    chosen = window.day_between(today, today + finding.HORIZON)
    first_day = _first_of_week(chosen or today, today)
    found = finding.find(intake, visit_type, first_day=first_day, days=DAYS, now=now, moving=moving)
    days = [first_day + timedelta(days=n) for n in range(DAYS)]
    if chosen is None:
        chosen = next((day for day in days if found.count_on(day)), first_day)
    page = reverse("reschedule", args=[moving.code]) if moving else ""
    page = page or reverse("find_time", args=[intake.code])

    def address(day: date) -> str:
        return f"{page}?visit_type={visit_type.code}&day={day.isoformat()}"

    last_day = today + finding.HORIZON
    context: dict[str, Any] = {
        "intake": intake,
        "moving": moving,
        "refused": refused,
        "page": page,
        "types": types,
        "visit_type": visit_type,
        "length": timedelta(minutes=visit_type.minutes),
        "zone": wording.zone_name(intake.patient.user.time_zone, now),
        "chosen": chosen,
        "days": [
            Day(day, found.count_on(day), day == chosen, address(day))
            for day in days
            if day <= last_day
        ],
        "earlier": address(first_day - timedelta(days=DAYS)) if first_day > today else "",
        "later": address(days[-1] + timedelta(days=1)) if days[-1] < last_day else "",
        "cards": [_card(offer, chosen, intake) for offer in found.on(chosen)],
        "nothing": found.nothing,
        "next_free": address(found.nothing.day) if found.nothing and found.nothing.day else "",
    }
    return render(request, "visits/find_time.html", context, status=status)


def _card(offer: finding.Offer, day: date, intake: Intake) -> Card:
    starts = offer.days[day]
    times = [_time(start) for start in starts]
    return Card(
        clinician=offer.clinician,
        languages=wording.language_names(offer.clinician.languages),
        why_allowed=offer.decision.reasons[0],
        other_zone=wording.other_zone(offer.clinician, intake.patient.user.time_zone, starts[0]),
        times=times[:FIRST_TIMES],
        more=times[FIRST_TIMES:],
    )


def _time(start: datetime) -> Time:
    local = timezone.localtime(start)
    return Time(local.isoformat(), formats.time_format(local, "TIME_FORMAT"))


def _first_of_week(day: date, today: date) -> date:
    """Weeks of the page count from today, so that nothing of it lies behind us."""
    return today + timedelta(days=(day - today).days // DAYS * DAYS)


def _types(intake: Intake) -> list[VisitType]:
    types = list(VisitType.objects.filter(clinic=intake.patient.clinic_id, is_active=True))
    if not types:
        raise Refused(_("This clinic offers no visits yet."), code="no_visit_types")
    return types


def _intake(patient: Patient, code: UUID) -> Intake:
    intake = intake_of(patient, code)
    intake.patient = patient  # comes with its user
    return intake


def _of(patient: Patient, visit: Visit) -> Intake:
    visit.intake.patient = patient
    return visit.intake


def _answer_first(request: HttpRequest, intake: Intake, refusal: Refused) -> HttpResponse:
    """To where what stands in the way is explained, or can be put right."""
    if refusal.code == "emergency":
        return redirect("emergency", intake.code)
    if refusal.code in ("intake_incomplete", "in_person_first"):
        return redirect("intake_result", intake.code)
    return render(
        request, "visits/start_again.html", {"refused": refusal, "intake": intake}, status=409
    )
