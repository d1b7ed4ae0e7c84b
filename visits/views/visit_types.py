"""The list of visit types, for clinic admins."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from accounts.access import admin_only
from accounts.models import Clinic, Profession
from visits import offering
from visits.models import VisitType
from visits.visit_type_forms import VisitTypeForm


@require_safe
@admin_only
def visit_types(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    words = dict(Profession.choices)
    rows = [
        (visit_type, [words.get(each, each) for each in visit_type.professions])
        for visit_type in clinic.visit_types.order_by("-is_active", "order", "id")
    ]
    return render(request, "visits/visit_types.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@admin_only
def add_visit_type(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    form = VisitTypeForm(access.posted(request))
    if request.method == "POST" and form.is_valid():
        offering.add_visit_type(clinic, **form.cleaned_data, by=access.user_of(request))
        messages.success(request, _("Saved."))
        return redirect("visit_types")
    status = 422 if request.method == "POST" else 200
    return render(request, "visits/edit_visit_type.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_only
def edit_visit_type(request: HttpRequest, clinic: Clinic, code: UUID) -> HttpResponse:
    visit_type = get_object_or_404(VisitType, clinic=clinic, code=code)
    stored = {name: getattr(visit_type, name) for name in offering.EDITABLE}
    form = VisitTypeForm(access.posted(request), initial=stored)
    if request.method == "POST" and form.is_valid():
        offering.edit_visit_type(visit_type, **form.cleaned_data, by=access.user_of(request))
        messages.success(request, _("Saved."))
        return redirect("visit_types")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "visit_type": visit_type}
    return render(request, "visits/edit_visit_type.html", context, status=status)
