"""What can be booked and when: visit types, weekly hours, exceptions. Slots are never stored."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic, Clinician, Profession


class VisitType(models.Model):
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="visit_types")
    name = models.CharField(_("name"), max_length=80)
    name_es = models.CharField(_("name in Spanish"), max_length=80)
    about = models.CharField(_("what it is for"), max_length=200)
    about_es = models.CharField(_("what it is for, in Spanish"), max_length=200)
    minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), validators=[MinValueValidator(5), MaxValueValidator(180)]
    )
    price = models.DecimalField(
        _("price in dollars"), max_digits=8, decimal_places=2, validators=[MinValueValidator(0)]
    )
    professions = ArrayField(
        models.CharField(max_length=16, choices=Profession), verbose_name=_("who may give it")
    )
    order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=180), name="visit_type_length"
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="visit_type_price"),
        ]

    def __str__(self) -> str:
        return self.name_es if (get_language() or "").startswith("es") else self.name

    @property
    def about_here(self) -> str:
        """What it is for, in the reader's language."""
        return self.about_es if (get_language() or "").startswith("es") else self.about


class WeeklyHours(models.Model):
    """A block of a clinician's week, in the clinician's own wall time (Clinician.time_zone)."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    clinician = models.ForeignKey(Clinician, on_delete=models.CASCADE, related_name="weekly_hours")
    weekday = models.SmallIntegerField(_("day"), choices=Weekday)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"))  # 00:00 is the end of the day
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)  # included

    class Meta:
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")) | Q(ends="00:00"), name="weekly_hours_end_later"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="weekly_hours_valid_forwards",
            ),
            models.CheckConstraint(
                condition=Q(weekday__gte=0, weekday__lte=6), name="weekly_hours_weekday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"


class ScheduleException(models.Model):
    """Days on which the weekly hours do not hold: away, or here at other hours."""

    clinician = models.ForeignKey(Clinician, on_delete=models.CASCADE, related_name="exceptions")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    # Both empty: away all day. Both given: working these hours instead.
    starts = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("to"), null=True, blank=True)
    reason = models.CharField(_("reason, for colleagues"), max_length=100, blank=True)

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="exception_days_forwards"
            ),
            models.CheckConstraint(
                condition=Q(starts__isnull=True, ends__isnull=True) | Q(ends__gt=F("starts")),
                name="exception_hours_whole",
            ),
            ExclusionConstraint(
                name="exception_one_per_day",
                expressions=[
                    (
                        Func(
                            F("clinician_id"), F("clinician_id"), Value("[]"), function="int8range"
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("first_day"), F("last_day"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"

    @property
    def is_away(self) -> bool:
        return self.starts is None
