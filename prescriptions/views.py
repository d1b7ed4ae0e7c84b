"""Writing, reviewing, signing and reading prescriptions.

Nothing clinical is in an address or, by way of the request that asks for fresh proof, in a
session: a signature is posted with the digest of what was reviewed, and with nothing else.
"""

from datetime import timedelta
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access as people
from accounts import audit
from accounts.models import AuditEvent, User
from prescriptions import access, checking, documents, panel, prescribing, writing
from prescriptions.desk import Desk, checks_of, to_chart
from prescriptions.forms import CancelForm, ReasonsForm, ReviewedForm
from prescriptions.models import Prescription
from visits import access as visits
from visits.models import Visit

ONE_READING = timedelta(minutes=10)  # a list that looks again by itself is read once


# --- in the chart ---


@require_safe
@login_required
def prescription_list(request: HttpRequest, code: UUID) -> HttpResponse:
    """The rows of the chart's panel, when one of them changed."""
    user = people.user_of(request)
    visit = visits.visit_of_clinician(user, code)
    response = render(request, "prescriptions/_rows.html", {"panel": panel.of(visit)})
    if not _has_just_read(visit, user):
        audit.record("visit.read", visit, by=user, patient=visit.patient)
    return _private(response)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def draft_prescription(request: HttpRequest, code: UUID) -> HttpResponse:
    """Find a medicine, then order it. Each step is a POST, so no medicine is in an address."""
    user = people.user_of(request)
    visit = visits.visit_of_clinician(user, code)
    writing.must_be_writable(visit)
    return _private(Desk(request, visit, user).answer())


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_prescription(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    prescription = access.prescription_of_clinician(user, code)
    writing.must_be_writable(prescription.visit)
    if not prescription.is_draft:
        raise writing.NoDraft
    return _private(Desk(request, prescription.visit, user, prescription).answer())


@require_POST
@login_required
def discard_prescription(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    prescription = access.prescription_of_clinician(user, code)
    writing.discard(prescription, by=user)
    if request.htmx:  # type: ignore[attr-defined]
        context = {"panel": panel.of(prescription.visit)}
        return _private(render(request, "prescriptions/_rows.html", context))
    messages.success(request, _("The draft is thrown away."))
    return to_chart(prescription.visit)


# --- review and signature ---


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sign_prescription(request: HttpRequest, code: UUID) -> HttpResponse:
    """GET shows the whole prescription and what its check found; POST signs just that."""
    prescription = access.prescription_of_clinician(people.user_of(request), code)
    return _sign(request, prescription)


# Only who may see it at all is asked for fresh proof: strangers got their 404 before.
@reauthentication_required
def _sign(request: HttpRequest, prescription: Prescription) -> HttpResponse:
    user = people.user_of(request)
    if not prescription.is_draft:
        return redirect("prescription", prescription.code)
    if request.method == "POST":
        form = ReviewedForm(request.POST)
        if form.is_valid():
            writing.sign(prescription, by=user, seen=form.cleaned_data["seen"])
            messages.success(request, _("The prescription is signed. The patient can read it."))
            return redirect("prescription", prescription.code)
        return _review(request, prescription, status=422)
    response = _review(request, prescription)
    audit.record("prescription.read", prescription, by=user, patient=prescription.patient)
    return response


@require_POST
@login_required
def explain_prescription(request: HttpRequest, code: UUID) -> HttpResponse:
    """The reasons, by an ordinary request: the one that signs must not carry them."""
    user = people.user_of(request)
    prescription = access.prescription_of_clinician(user, code)
    if not prescription.is_draft:
        raise writing.NoDraft
    warnings = checking.findings_for(prescription).at("warn")
    form = ReasonsForm(request.POST, warnings=warnings, is_final=True)
    if not form.is_valid():
        return _review(request, prescription, form, status=422)
    writing.explain(prescription, reasons=form.reasons, by=user)
    return redirect("sign_prescription", code)


def _review(
    request: HttpRequest,
    prescription: Prescription,
    form: ReasonsForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    visit = prescription.visit
    reviewed = writing.review(prescription)
    is_writable = writing.may_prescribe(visit) and writing.is_time(visit)
    if form is None and reviewed.missing and is_writable and not reviewed.is_stopped:
        form = ReasonsForm(
            warnings=reviewed.decision.at("warn"), is_final=True, initial=reviewed.reasons
        )
    context = {
        "visit": visit,
        "prescription": prescription,
        "paper": documents.paper(reviewed.statement),
        "review": reviewed,
        "checks": checks_of(reviewed.decision, form, reviewed.reasons),
        "stops": reviewed.decision.at("stop"),
        "form": form,
        "is_writable": is_writable,
        "reviewed_form": ReviewedForm(initial={"seen": reviewed.digest}),
        "limits": prescribing.LIMITS,
    }
    return _private(render(request, "prescriptions/sign.html", context, status=status))


# --- reading and cancelling ---


@require_safe
@login_required
def prescription(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    shown = access.prescription_for(user, code)
    if shown.is_draft:
        return redirect("change_prescription", code)
    is_patient = shown.patient.user_id == user.pk
    context = {
        "prescription": shown,
        "visit": shown.visit,
        "paper": documents.paper_of(shown),
        "advice": documents.advice_for(shown),
        "is_patient": is_patient,
        "findings": [] if is_patient else shown.findings.all(),
    }
    response = render(request, "prescriptions/prescription.html", context)
    audit.record("prescription.read", shown, by=user, patient=shown.patient)
    return _private(response)


@require_safe
@login_required
def prescription_pdf(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    shown = access.prescription_for(user, code)
    if shown.is_draft:
        raise writing.NotSigned(_("This prescription is not signed yet."))
    pdf = documents.prescription_pdf(shown)
    audit.record("prescription.read", shown, by=user, patient=shown.patient, detail="pdf")
    # The name says nothing of the medicine: it stays in lists of downloads.
    headers = {"Content-Disposition": 'inline; filename="prescription.pdf"'}
    return _private(HttpResponse(pdf, content_type="application/pdf", headers=headers))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel_prescription(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    shown = access.prescription_of_clinician(user, code)
    if shown.status != Prescription.Status.SIGNED:
        raise writing.NotSigned
    form = CancelForm(people.posted(request))
    if request.method == "POST" and form.is_valid():
        writing.cancel(shown, reason=form.cleaned_data["reason"], by=user)
        messages.success(request, _("The prescription is cancelled. Tell the pharmacy, too."))
        return redirect("prescription", code)
    context = {"prescription": shown, "visit": shown.visit, "form": form}
    status = 422 if request.method == "POST" else 200
    return _private(render(request, "prescriptions/cancel.html", context, status=status))


def _has_just_read(visit: Visit, user: User) -> bool:
    since = timezone.now() - ONE_READING
    return AuditEvent.objects.filter(
        patient=visit.patient,
        at__gte=since,
        actor=user,
        action="visit.read",
        subject=f"visit:{visit.code}",
    ).exists()


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
