"""What patients can book: visit types, kept by clinic admins. Taken off the list, never deleted.

A visit keeps the price that was told when it was booked, whatever changes here.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import Clinic, Membership, User
from visits.models import VisitType

EDITABLE = (
    "name",
    "name_es",
    "about",
    "about_es",
    "minutes",
    "price",
    "professions",
    "is_active",
)


def add_visit_type(clinic: Clinic, *, by: User, **values: Any) -> VisitType:
    """A new line at the end of the list; `values` are EDITABLE."""
    _only_an_admin(clinic, by)
    with transaction.atomic():
        last = clinic.visit_types.aggregate(last=Max("order"))["last"]
        visit_type = VisitType.objects.create(
            clinic=clinic,
            order=0 if last is None else last + 1,
            **{name: values[name] for name in EDITABLE},
        )
        audit.record("visit_type.add", visit_type, by=by)
    return visit_type


def edit_visit_type(visit_type: VisitType, *, by: User, **values: Any) -> VisitType:
    """Change some of EDITABLE. Counts for visits booked from now on."""
    _only_an_admin(visit_type.clinic, by)
    with transaction.atomic():
        visit_type = VisitType.objects.select_for_update(of=("self",)).get(pk=visit_type.pk)
        changed = [name for name in EDITABLE if name in values]
        changed = [name for name in changed if values[name] != getattr(visit_type, name)]
        if not changed:
            return visit_type
        for name in changed:
            setattr(visit_type, name, values[name])
        visit_type.save(update_fields=changed)
        audit.record("visit_type.edit", visit_type, by=by, detail=" ".join(changed))
    return visit_type


def _only_an_admin(clinic: Clinic, user: User) -> None:
    if not user.memberships.filter(
        clinic=clinic, role=Membership.Role.ADMIN, is_active=True
    ).exists():
        raise PermissionDenied
