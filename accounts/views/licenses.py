"""The license book: who may practice where, until when, and who looked it up."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access, staffing
from accounts.access import admin_only
from accounts.models import Clinic, License
from accounts.staff_forms import LicenseFilter, LicenseForm, StatusForm, VerificationForm

SOON = timedelta(days=90)
ON_A_PAGE = 50

FIELD_OF = {"license_overlaps": "issued_on", "number_taken": "number"}


def licenses_of(clinic: Clinic) -> QuerySet[License]:
    return License.objects.filter(clinician__clinic=clinic).select_related(
        "clinician", "verified_by"
    )


def standing(row: License, today: date) -> tuple[str, str]:
    """What the badge says and its kind: how this license stands on that day."""
    if row.status != License.Status.ACTIVE:
        return row.get_status_display(), "danger"
    if row.expires_on < today:
        return _("Ended"), ""
    if row.issued_on > today:
        return _("Not yet begun"), ""
    left = (row.expires_on - today).days
    if left == 0:
        return _("Ends today"), "soon"
    if left <= SOON.days:
        return ngettext("Ends in %(days)d day", "Ends in %(days)d days", left) % {
            "days": left
        }, "soon"
    return _("Active"), "good"


@require_safe
@admin_only
def license_book(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    form = LicenseFilter(request.GET, clinic=clinic)
    rows = licenses_of(clinic).order_by("clinician__name", "state", "kind", "-issued_on")
    if form.is_valid():
        wanted = {name: value for name, value in form.cleaned_data.items() if value}
        rows = rows.filter(**wanted)
    else:
        rows = rows.none()
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "rows": [(row, *standing(row, today)) for row in page],
        "asked": asked.urlencode(),
    }
    return render(
        request, "accounts/license_book.html", context, status=200 if form.is_valid() else 422
    )


@require_http_methods(["GET", "HEAD", "POST"])
@admin_only
def add_license(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """A new license; with `?renews=` filled in from the one that ends."""
    form = LicenseForm(access.posted(request), clinic=clinic, initial=_prefilled(request, clinic))
    if request.method == "POST" and form.is_valid():
        try:
            row = staffing.add_license(**form.cleaned_data, by=access.user_of(request))
        except (staffing.LicenseOverlaps, staffing.NumberTaken) as refused:
            form.add_error(FIELD_OF[refused.code], str(refused.message))
        else:
            messages.success(request, _("The license was added. Now check it with the board."))
            return redirect("verify_license", row.code)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/add_license.html", {"form": form}, status=status)


def _prefilled(request: HttpRequest, clinic: Clinic) -> dict[str, Any]:
    if code := _uuid(request.GET.get("renews", "")):
        old = get_object_or_404(licenses_of(clinic), code=code)
        return {
            "clinician": old.clinician.code,
            "kind": old.kind,
            "state": old.state,
            "number": old.number,
            "is_multistate": old.is_multistate,
            "issued_on": old.expires_on + timedelta(days=1),
        }
    if code := _uuid(request.GET.get("clinician", "")):
        return {"clinician": code}
    return {}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@admin_only
def verify_license(request: HttpRequest, clinic: Clinic, code: UUID) -> HttpResponse:
    row = get_object_or_404(licenses_of(clinic), code=code)
    form = VerificationForm(
        access.posted(request),
        initial={"on": timezone.localdate(), "at_source": row.verified_at_source},
    )
    if request.method == "POST" and form.is_valid():
        staffing.verify_license(row, **form.cleaned_data, by=access.user_of(request))
        messages.success(request, _("The check was recorded."))
        return redirect("license_book")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "license": row}
    return render(request, "accounts/verify_license.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_only
def change_license_status(request: HttpRequest, clinic: Clinic, code: UUID) -> HttpResponse:
    row = get_object_or_404(licenses_of(clinic), code=code)
    form = StatusForm(access.posted(request), initial={"status": row.status})
    if request.method == "POST" and form.is_valid():
        staffing.change_status(row, status=form.cleaned_data["status"], by=access.user_of(request))
        messages.success(request, _("Saved. It counts from now on."))
        return redirect("license_book")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "license": row}
    return render(request, "accounts/change_license_status.html", context, status=status)
