"""The clinic's clinicians, for its admins."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access, staffing
from accounts.access import admin_only
from accounts.models import Clinic
from accounts.staff_forms import ClinicianForm, NewClinicianForm

# Where a refusal of the verb belongs on the form.
FIELD_OF = {"email_taken": "email", "npi_taken": "npi", "may_not_prescribe": "may_prescribe"}


@require_safe
@admin_only
def clinicians(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    rows = clinic.clinicians.select_related("user").order_by("-is_active", "name")
    return render(request, "accounts/clinicians.html", {"clinicians": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@admin_only
def add_clinician(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    form = NewClinicianForm(
        access.posted(request), initial={"time_zone": clinic.time_zone, "languages": ["en"]}
    )
    if request.method == "POST" and form.is_valid():
        try:
            clinician = staffing.add_clinician(
                clinic, **form.cleaned_data, by=access.user_of(request)
            )
        except (staffing.EmailTaken, staffing.NpiTaken) as refused:
            form.add_error(FIELD_OF[refused.code], str(refused.message))
        else:
            messages.success(
                request, _("%(name)s was added. Now add a license.") % {"name": clinician.name}
            )
            return redirect("edit_clinician", clinician.code)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/add_clinician.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_only
def edit_clinician(request: HttpRequest, clinic: Clinic, code: UUID) -> HttpResponse:
    clinician = access.clinician_in(clinic, code)
    stored = {name: getattr(clinician, name) for name in staffing.EDITABLE}
    form = ClinicianForm(access.posted(request), initial=stored)
    if request.method == "POST" and form.is_valid():
        try:
            staffing.edit_clinician(clinician, **form.cleaned_data, by=access.user_of(request))
        except (staffing.NpiTaken, staffing.MayNotPrescribe) as refused:
            form.add_error(FIELD_OF[refused.code], str(refused.message))
        else:
            messages.success(request, _("Saved."))
            return redirect("clinicians")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "clinician": clinician}
    return render(request, "accounts/edit_clinician.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_only
def end_employment(request: HttpRequest, clinic: Clinic, code: UUID) -> HttpResponse:
    clinician = access.clinician_in(clinic, code)
    if request.method != "POST":
        return render(request, "accounts/end_employment.html", {"clinician": clinician})
    staffing.end_employment(clinician, by=access.user_of(request))
    messages.success(
        request, _("%(name)s no longer has access to the clinic.") % {"name": clinician.name}
    )
    return redirect("clinicians")


@require_POST
@admin_only
def resume_employment(request: HttpRequest, clinic: Clinic, code: UUID) -> HttpResponse:
    clinician = access.clinician_in(clinic, code)
    staffing.resume_employment(clinician, by=access.user_of(request))
    messages.success(request, _("%(name)s works here again.") % {"name": clinician.name})
    return redirect("clinicians")
