"""The clinician's own hours: the week, and the days on which it does not hold."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import access
from accounts.models import Clinician
from visits import hours
from visits.models import WeeklyHours
from visits.schedule_forms import ExceptionForm, HoursForm


@require_safe
@access.clinician_only
def schedule(request: HttpRequest, *, clinician: Clinician) -> HttpResponse:
    return _page(request, clinician)


@require_POST
@access.clinician_only
def add_hours(request: HttpRequest, *, clinician: Clinician) -> HttpResponse:
    form = HoursForm(request.POST, clinician=clinician)
    if not form.is_valid():
        return _page(request, clinician, hours_form=form, status=422)
    hours.add(clinician, **form.cleaned_data, by=access.user_of(request))
    messages.success(request, _("The hours are added."))
    return redirect("schedule")


@require_POST
@access.clinician_only
def remove_hours(request: HttpRequest, pk: int, *, clinician: Clinician) -> HttpResponse:
    block = get_object_or_404(hours.weekly(clinician), pk=pk)
    hours.remove(block, by=access.user_of(request))
    messages.success(request, _("The hours are removed. Booked visits stay booked."))
    return redirect("schedule")


@require_POST
@access.clinician_only
def add_exception(request: HttpRequest, *, clinician: Clinician) -> HttpResponse:
    form = ExceptionForm(request.POST, clinician=clinician)
    if not form.is_valid():
        return _page(request, clinician, exception_form=form, status=422)
    days = {name: value for name, value in form.cleaned_data.items() if name != "kind"}
    exception = hours.add_exception(clinician, **days, by=access.user_of(request))
    messages.success(request, _("The exception is added."))
    if count := len(hours.booked_outside(clinician, [exception])[exception]):
        messages.warning(
            request,
            ngettext(
                "%(count)d visit is booked in this time and stays booked. Please tell the patient.",
                "%(count)d visits are booked in this time and stay booked."
                " Please tell the patients.",
                count,
            )
            % {"count": count},
        )
    return redirect("schedule")


@require_POST
@access.clinician_only
def remove_exception(request: HttpRequest, pk: int, *, clinician: Clinician) -> HttpResponse:
    exception = get_object_or_404(hours.exceptions(clinician), pk=pk)
    hours.remove_exception(exception, by=access.user_of(request))
    messages.success(request, _("The exception is removed."))
    return redirect("schedule")


def _page(
    request: HttpRequest,
    clinician: Clinician,
    *,
    hours_form: HoursForm | None = None,
    exception_form: ExceptionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    blocks = list(hours.weekly(clinician))
    week = [
        (label, [block for block in blocks if block.weekday == day])
        for day, label in WeeklyHours.Weekday.choices
    ]
    context = {
        "clinician": clinician,
        "week": week,
        "has_hours": bool(blocks),
        "exceptions": hours.booked_outside(clinician, hours.exceptions(clinician)).items(),
        "hours_form": hours_form or HoursForm(clinician=clinician),
        "exception_form": exception_form or ExceptionForm(clinician=clinician),
    }
    response = render(request, "visits/schedule.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response
