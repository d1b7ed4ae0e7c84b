"""Whose visit is this. Strangers get 404; a patient at the clinician's door gets 403.

A clinician has nothing to do with a visit that is only held, or was let go before it was booked.
"""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404

from accounts.models import Membership, User
from visits.models import Status, Visit


def visit_for(user: User, code: UUID) -> Visit:
    """A visit for its patient or its clinician."""
    return get_object_or_404(
        Visit.objects.with_people(), Q(patient__user=user) | _as_clinician(user), code=code
    )


def visit_of_patient(user: User, code: UUID) -> Visit:
    """A visit for its patient alone; its clinician gets 404, too."""
    return get_object_or_404(Visit.objects.with_people(), patient__user=user, code=code)


def visit_of_clinician(user: User, code: UUID) -> Visit:
    """A visit for its clinician, who works here now. Its patient gets 403."""
    visit = visit_for(user, code)
    if visit.clinician.user_id != user.pk:
        raise PermissionDenied
    return visit


def _as_clinician(user: User) -> Q:
    works_here = Membership.objects.filter(
        user=user, role=Membership.Role.CLINICIAN, is_active=True
    )
    return Q(
        ~Q(status__in=[Status.HELD, Status.RELEASED]),
        clinician__user=user,
        clinician__is_active=True,
        clinician__clinic__in=works_here.values("clinic"),
    )
