"""“About you”: how somebody becomes a patient, and keeps their data right."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import access, patients, places
from accounts.models import Clinic
from accounts.profile_forms import PatientForm, PreferencesForm


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = access.user_of(request)
    patient = access.patient_of(user)
    if patient is None and user.is_staff:
        raise PermissionDenied  # clinicians and admins have no patient data of their own here
    form = PatientForm(access.posted(request), instance=patient)
    # A new patient chooses the zone: a guess that nobody looks at would be an hour off.
    guess = {"time_zone": ""} if patient is None else None
    preferences = PreferencesForm(access.posted(request), instance=user, initial=guess)
    if request.method != "POST":
        return render(request, "accounts/profile.html", _context(form, preferences))
    if not (form.is_valid() and preferences.is_valid()):
        return render(request, "accounts/profile.html", _context(form, preferences), status=422)
    preferences.save()
    if patient is None:
        clinic = Clinic.objects.order_by("pk").first()
        if clinic is None:
            raise PermissionDenied
        patients.register(form.save(commit=False), clinic=clinic, by=user)
    else:
        patients.correct(form.save(commit=False), changed=form.changed_data, by=user)
    messages.success(request, _("Saved."))
    return redirect("patient_home")


def _context(form: PatientForm, preferences: PreferencesForm) -> dict[str, object]:
    return {
        "form": form,
        "preferences": preferences,
        "is_new": form.instance.pk is None,
        "zones": places.ZONES,
    }
