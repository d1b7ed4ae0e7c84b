"""What every page knows of where it is: the clinic, and the ways that this person may go."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Clinic, User


@dataclass(frozen=True)
class Way:
    url: str
    label: str
    current: bool


def place(request: HttpRequest) -> dict[str, object]:
    """Lazy: a page that shows neither costs no query."""
    return {
        "clinic": SimpleLazyObject(Clinic.objects.order_by("pk").first),
        "nav": SimpleLazyObject(lambda: _ways(request)),
    }


def _ways(request: HttpRequest) -> list[Way]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    names: list[tuple[str, str]] = []
    if user.is_staff:
        if access.clinician_of(user):
            names += [("queue", _("Today")), ("schedule", _("My hours"))]
        if access.administered_clinic(user):
            names += [("clinic", _("Clinic")), ("license_book", _("Licenses"))]
            names += [("clinicians", _("Clinicians")), ("visit_types", _("Visit types"))]
    elif access.patient_of(user):
        names += [("patient_home", _("My visits")), ("history", _("My health"))]
    ways = [(reverse(name), label) for name, label in names]
    return [Way(url, label, request.path == url) for url, label in ways]
