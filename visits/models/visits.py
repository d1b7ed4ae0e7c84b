"""The visit and everything that happened to it."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts import places
from accounts.models import Clinic, Clinician, Patient, User
from triage.models import Intake
from visits.models.schedule import VisitType


class Status(models.TextChoices):
    HELD = "held", _("Held for you")
    BOOKED = "booked", _("Booked")
    CHECKED_IN = "checked_in", _("Checked in")
    WAITING = "waiting", _("Waiting")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    RELEASED = "released", _("Released")
    CANCELLED = "cancelled", _("Cancelled")
    RESCHEDULED = "rescheduled", _("Moved to another time")
    NO_SHOW_PATIENT = "no_show_patient", _("Patient did not come")
    NO_SHOW_CLINICIAN = "no_show_clinician", _("Clinician did not come")
    REDIRECTED = "redirected", _("Sent elsewhere")


# The statuses in which a visit takes up its time, for the clinician and for the patient.
OCCUPYING = ("held", "booked", "checked_in", "waiting", "in_progress")
OVER = tuple(status for status in Status.values if status not in OCCUPYING)


def _one_at_a_time(who: str) -> list[tuple[Func | str, str]]:
    """No two rows of the same `who` overlap in time; needs no btree_gist (docs/adr/0006)."""
    return [
        (Func(F(who), F(who), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
        ("during", RangeOperators.OVERLAPS),
    ]


class VisitQuerySet(models.QuerySet["Visit"]):
    def occupying(self) -> Self:
        return self.filter(status__in=OCCUPYING)

    def for_clinician(self, clinician: Clinician) -> Self:
        return self.filter(clinician=clinician)

    def for_patient(self, patient: Patient) -> Self:
        return self.filter(patient=patient)

    def between(self, start: datetime, end: datetime) -> Self:
        """Those that start in [start, end)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def with_people(self) -> Self:
        return self.select_related(
            "patient__user", "clinician__user", "clinic", "visit_type", "intake", "note"
        )


class Visit(models.Model):
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="visits")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="visits")
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, related_name="+")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="visits")
    status = models.CharField(max_length=20, choices=Status, default=Status.HELD)
    during = DateTimeRangeField()  # half-open: a visit may start when another ends
    starts_at = models.DateTimeField(db_index=True)  # the start of `during`, for sorting
    held_until = models.DateTimeField(null=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)  # dollars, as told at booking
    place = models.CharField(max_length=8, choices=places.WHERE_NOW)  # where the patient last said
    moved_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="moved_to"
    )
    checked_in_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=20,
        blank=True,
        default="",
        choices=[
            ("advice", _("Advice")),
            ("prescription", _("Prescription")),
            ("referral", _("Seen in person next")),
            ("follow_up", _("Follow-up visit")),
            ("emergency", _("Emergency")),
        ],
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="visit_status_known"
            ),
            models.CheckConstraint(
                condition=Q(during__startswith=F("starts_at")), name="visit_starts_with_its_time"
            ),
            models.CheckConstraint(
                condition=Q(held_until__isnull=False) | ~Q(status="held"),
                name="visit_hold_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="") | ~Q(status="completed"),
                name="visit_completed_has_outcome",
            ),
            # One live visit per intake: a second tab cannot book the same need twice.
            models.UniqueConstraint(
                "intake", condition=Q(status__in=OCCUPYING), name="visit_one_live_per_intake"
            ),
            ExclusionConstraint(
                name="visit_clinician_one_at_a_time",
                expressions=_one_at_a_time("clinician_id"),
                condition=Q(status__in=OCCUPYING),
            ),
            ExclusionConstraint(
                name="visit_patient_one_at_a_time",
                expressions=_one_at_a_time("patient_id"),
                condition=Q(status__in=OCCUPYING),
            ),
        ]
        indexes = [
            models.Index(fields=["clinician", "starts_at"], name="visit_by_clinician_day"),
            models.Index(fields=["patient", "-starts_at"], name="visit_by_patient"),
        ]

    def __str__(self) -> str:
        return f"visit {self.code}"

    @property
    def ends_at(self) -> datetime:
        return self.during.upper

    @property
    def length(self) -> timedelta:
        return self.during.upper - self.during.lower

    @property
    def is_over(self) -> bool:
        return self.status in OVER


class VisitEvent(models.Model):
    """One move of a visit. Only ever added (trigger `visit_event_append_only`)."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="events")
    from_status = models.CharField(max_length=20, blank=True)  # empty for the first
    to_status = models.CharField(max_length=20, choices=Status)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=40, blank=True)  # a code

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class LicenseDecision(models.Model):
    """Whether this clinician could treat the patient in that place on that day, and why."""

    class Moment(models.TextChoices):
        BOOKING = "booking", _("at booking")
        JOIN = "join", _("at check-in")

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="license_decisions")
    moment = models.CharField(max_length=8, choices=Moment)
    at = models.DateTimeField()
    place = models.CharField(max_length=8)
    day = models.DateField()
    is_allowed = models.BooleanField()
    code = models.CharField(max_length=40)
    reasons = models.TextField()  # sentences in English, one a line, as they were given

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.moment} {self.code}"
