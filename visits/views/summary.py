"""What the patient takes home, as a page and as a PDF."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import access as people
from accounts import audit
from visits import access, documents


@require_safe
@login_required
def summary(request: HttpRequest, code: UUID) -> HttpResponse:
    """Before the note is signed the page says so; the clinician sees the same."""
    user = people.user_of(request)
    visit = access.visit_for(user, code)
    is_ready = documents.is_ready(visit)
    response = render(
        request,
        "visits/summary.html",
        {
            "visit": visit,
            "summary": documents.summary_of(visit) if is_ready else None,
            "is_patient": visit.patient.user_id == user.pk,
        },
    )
    if is_ready:
        audit.record("summary.read", visit, by=user, patient=visit.patient)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@login_required
def summary_pdf(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    visit = access.visit_for(user, code)
    pdf = documents.summary_pdf(visit)
    audit.record("summary.download", visit, by=user, patient=visit.patient)
    # The name says nothing of the visit: it stays in lists of downloads.
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": 'inline; filename="visit-summary.pdf"',
            "Cache-Control": "private, no-store",
        },
    )
