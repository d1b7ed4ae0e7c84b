"""The front door: what this clinic is for a visitor, and where a signed-in person lands."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import access, languages, licensing, places
from accounts.models import Clinic, Clinician
from visits import finding, licensed
from visits.models import VisitType


@dataclass(frozen=True)
class Face:
    """A clinician as a visitor meets them: who, what, and where they may treat today."""

    clinician: Clinician
    languages: str
    states: list[str]


def front(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    clinic = Clinic.objects.order_by("pk").first()
    context = {
        "visit_types": VisitType.objects.filter(clinic=clinic, is_active=True),
        "faces": faces_of(clinic),
    }
    return render(request, "front.html", context)


def faces_of(clinic: Clinic | None) -> list[Face]:
    """Clinicians who may treat somewhere today, decided by the same rule that booking asks."""
    today = timezone.localdate()
    clinicians = (
        finding.working_here().filter(clinic=clinic).prefetch_related("licenses").order_by("pk")
    )
    faces = [
        Face(
            clinician,
            languages.names_of(clinician.languages),
            [
                name
                for code, name in places.STATES
                if licensing.decide(
                    licensed.facts_of(clinician, clinician.licenses.all()), place=code, on=today
                ).is_allowed
            ],
        )
        for clinician in clinicians
    ]
    return [face for face in faces if face.states]


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to their first page: the queue, the clinic's desk, or the patient's home."""
    user = access.user_of(request)
    if access.clinician_of(user):
        return redirect("queue")
    if access.administered_clinic(user):
        return redirect("clinic")
    return redirect("patient_home" if access.patient_of(user) else "profile")


def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html")
