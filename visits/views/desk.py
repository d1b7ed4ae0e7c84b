"""The admin's desk: today in numbers, and tomorrow's problems. Nothing clinical, no patient named.

Messages that failed are listed with the address that they were for: that is what an admin mends.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import access, resending
from accounts.access import admin_only
from accounts.models import Clinic, Clinician, License, Membership, Notice
from accounts.views.licenses import SOON, licenses_of, standing
from visits import licensed
from visits.models import OCCUPYING, Status, Visit

MOST_NOTICES = 20

KINDS = {
    "account.mail": gettext_lazy("Code or confirmation for signing in"),
    "account.welcome": gettext_lazy("Welcome to a new clinician"),
    "visit.booked": gettext_lazy("A visit was booked"),
    "visit.cancelled": gettext_lazy("A visit was cancelled"),
    "visit.moved": gettext_lazy("A visit was moved"),
    "visit.reminder_day": gettext_lazy("Reminder a day before a visit"),
    "visit.reminder_hour": gettext_lazy("Reminder an hour before a visit"),
}


@require_safe
@admin_only
def clinic(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    now = timezone.now()
    today = timezone.localtime(now, ZoneInfo(clinic.time_zone)).date()
    resendable = set(resending.resendable().values_list("pk", flat=True)[:MOST_NOTICES])
    context = {
        "today": today,
        "now": now,
        "numbers": numbers_of(clinic, today),
        "licenses": [(row, *standing(row, today)) for row in ending(clinic, today)],
        "unchecked": licenses_of(clinic).filter(verified_on__isnull=True).count(),
        "notices": [
            (notice, KINDS.get(notice.kind, _("Message")), notice.pk in resendable)
            for notice in resending.failed()[:MOST_NOTICES]
        ],
        "without_second_factor": without_second_factor(clinic),
        "stranded": stranded(clinic, now),
        "uncovered": licensed.uncovered(clinic, since=midnight(clinic, today), now=now),
    }
    return render(request, "visits/desk.html", context)


@require_POST
@admin_only
def resend_notice(request: HttpRequest, clinic: Clinic, code: UUID) -> HttpResponse:
    notice = get_object_or_404(Notice, code=code)
    resending.resend(notice, by=access.user_of(request))
    messages.success(request, _("It will be sent again now."))
    return redirect("clinic")


def midnight(clinic: Clinic, day: date) -> datetime:
    """When that day begins on the clinic's calendar."""
    return datetime.combine(day, time(), ZoneInfo(clinic.time_zone))


def numbers_of(clinic: Clinic, today: date) -> dict[str, int]:
    """How many visits of that day of the clinic's calendar stand where."""
    start, end = midnight(clinic, today), midnight(clinic, today + timedelta(days=1))
    return clinic.visits.filter(starts_at__gte=start, starts_at__lt=end).aggregate(
        to_come=Count("pk", filter=Q(status__in=[Status.BOOKED, Status.CHECKED_IN])),
        waiting=Count("pk", filter=Q(status=Status.WAITING)),
        in_progress=Count("pk", filter=Q(status=Status.IN_PROGRESS)),
        done=Count("pk", filter=Q(status=Status.COMPLETED)),
        not_come=Count(
            "pk", filter=Q(status__in=[Status.NO_SHOW_PATIENT, Status.NO_SHOW_CLINICIAN])
        ),
        cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
    )


def ending(clinic: Clinic, today: date) -> QuerySet[License]:
    """Active licenses that end within 90 days and are not renewed, with the visits that breaks.

    `breaks` counts visits after the last day, in the license's own state.
    """
    renewed = License.objects.filter(
        clinician=OuterRef("clinician"),
        kind=OuterRef("kind"),
        state=OuterRef("state"),
        status=License.Status.ACTIVE,
        issued_on__gt=OuterRef("expires_on"),
    )
    broken = (
        Visit.objects.filter(
            clinician=OuterRef("clinician"),
            place=OuterRef("state"),
            status__in=OCCUPYING,
            starts_at__date__gt=OuterRef("expires_on"),
        )
        .order_by()
        .values("clinician")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return (
        licenses_of(clinic)
        .filter(
            clinician__is_active=True,
            status=License.Status.ACTIVE,
            expires_on__gte=today,
            expires_on__lte=today + SOON,
        )
        .exclude(Exists(renewed))
        .annotate(breaks=Coalesce(Subquery(broken, output_field=IntegerField()), 0))
        .order_by("expires_on", "clinician__name", "state")
    )


def without_second_factor(clinic: Clinic) -> QuerySet[Membership]:
    has_one = Authenticator.objects.filter(
        user=OuterRef("user"), type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    )
    return (
        clinic.memberships.filter(is_active=True)
        .exclude(Exists(has_one))
        .select_related("user")
        .order_by("pk")
    )


def stranded(clinic: Clinic, now: datetime) -> QuerySet[Clinician]:
    """Clinicians who work here no more and still have visits to come, with how many."""
    to_come = Q(visits__status__in=OCCUPYING, visits__starts_at__gte=now)
    return (
        clinic.clinicians.filter(is_active=False)
        .annotate(count=Count("visits", filter=to_come))
        .filter(count__gt=0)
        .order_by("name")
    )
