"""Who is this, and may they be here. Strangers get 404, insiders without the role 403."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404

from accounts.models import Clinic, Clinician, Membership, Patient, User

View = Callable[..., HttpResponse]


def user_of(request: HttpRequest) -> User:
    """The signed-in user; views behind `login_required` and its kin may rely on it."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the body of a POST, even an empty one; nothing on a GET."""
    return request.POST if request.method == "POST" else None


def patient_of(user: User) -> Patient | None:
    """The user as a patient; asked of the database once for each request's user."""
    return getattr(user, "patient", None)


def clinician_of(user: User) -> Clinician | None:
    """The user as a clinician who works here now."""
    return (
        Clinician.objects.select_related("clinic", "user")
        .filter(
            user=user,
            is_active=True,
            user__memberships__role=Membership.Role.CLINICIAN,
            user__memberships__is_active=True,
        )
        .first()
    )


def administered_clinic(user: User) -> Clinic | None:
    membership = (
        user.memberships.select_related("clinic")
        .filter(role=Membership.Role.ADMIN, is_active=True)
        .first()
    )
    return membership.clinic if membership else None


def _only(find: Callable[[User], Any], name: str) -> Callable[[View], View]:
    """A decorator: the view gets what `find` finds as `name`; 403 where it finds nothing."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            found = find(user_of(request))
            if found is None:
                raise PermissionDenied
            return view(request, *args, **{name: found}, **kwargs)

        return login_required(guarded)

    return decorate


patient_only = _only(patient_of, "patient")
clinician_only = _only(clinician_of, "clinician")
admin_only = _only(administered_clinic, "clinic")


def clinician_in(clinic: Clinic, code: UUID) -> Clinician:
    return get_object_or_404(
        Clinician.objects.select_related("clinic", "user"), clinic=clinic, code=code
    )


def socket_user(scope: dict[str, Any]) -> User | None:
    """The signed-in user behind a socket; staff only with their second factor set up."""
    user = scope.get("user")
    if user is None or not isinstance(getattr(user, "pk", None), int) or not user.is_active:
        return None
    user = User.objects.get(pk=user.pk)
    if user.is_staff and not is_mfa_enabled(user):
        return None
    return user


def not_found() -> Http404:
    return Http404("nothing here for you")
