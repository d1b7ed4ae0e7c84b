"""The front door: what this clinic is for a visitor, and where a signed-in person lands."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import access


def front(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    return render(request, "front.html")


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to their first page: the queue, the clinic's desk, or the patient's home."""
    user = access.user_of(request)
    if access.clinician_of(user):
        return redirect("queue")
    if access.administered_clinic(user):
        return redirect("clinic")
    return redirect("patient_home")


def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html")
