"""The forms of the schedule page. Each wrong entry is said at its field."""

from datetime import time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinician
from visits import hours
from visits.models import WeeklyHours

FURTHEST = timedelta(days=2 * 366)  # ahead; further is a slip of the finger
LONGEST = timedelta(days=366)

ENDS_BEFORE_START = _("The end must be later than the start.")


def _time(label: Any, *, required: bool = True, hint: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 300})
    return forms.TimeField(label=label, required=required, help_text=hint, widget=widget)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


class HoursForm(forms.Form):
    weekday = forms.TypedChoiceField(
        label=_("Day"), choices=WeeklyHours.Weekday.choices, coerce=int
    )
    starts = _time(_("From"))
    ends = _time(_("To"), hint=_("Midnight at the end of the day is 12:00 a.m."))

    def __init__(self, *args: Any, clinician: Clinician, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"auto_id": "id_hours_%s"})
        self.clinician = clinician

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, ends, weekday = data.get("starts"), data.get("ends"), data.get("weekday")
        if starts is None or ends is None:
            return data
        if ends <= starts and ends != hours.MIDNIGHT:
            self.add_error("ends", ENDS_BEFORE_START)
        elif weekday is not None:
            block = hours.overlaps(
                hours.weekly(self.clinician), weekday=weekday, starts=starts, ends=ends
            )
            if block:
                self.add_error("starts", hours.HoursOverlap.message)
        return data


class ExceptionForm(forms.Form):
    first_day = _day(_("First day"))
    last_day = _day(_("Last day"))
    kind = forms.ChoiceField(
        label=_("On these days"),
        choices=[("away", _("I am away")), ("hours", _("I work other hours"))],
        widget=forms.RadioSelect,
        initial="away",
    )
    starts = _time(_("From"), required=False, hint=_("Only for other hours."))
    ends = _time(_("To"), required=False)
    reason = forms.CharField(
        label=_("Reason, for colleagues"),
        max_length=100,
        required=False,
        help_text=_("Patients do not see it. Write nothing about a patient here."),
    )

    def __init__(self, *args: Any, clinician: Clinician, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"auto_id": "id_exception_%s"})
        self.clinician = clinician

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._check_days(data)
        self._check_hours(data)
        return data

    def _check_days(self, data: dict[str, Any]) -> None:
        first, last = data.get("first_day"), data.get("last_day")
        if first is None or last is None:
            return
        today = hours.day_of(self.clinician)
        if last < first:
            self.add_error("last_day", _("The last day must not be before the first."))
        elif last < today:
            self.add_error("last_day", _("These days are over."))
        elif last > today + FURTHEST:
            self.add_error("last_day", _("This is more than two years ahead."))
        elif last - first > LONGEST:
            self.add_error("last_day", _("This is longer than a year."))
        elif self.clinician.exceptions.filter(first_day__lte=last, last_day__gte=first).exists():
            self.add_error("first_day", hours.DaysOverlap.message)

    def _check_hours(self, data: dict[str, Any]) -> None:
        if data.get("kind") != "hours":
            data["starts"] = data["ends"] = None
            return
        starts: time | None = data.get("starts")
        ends: time | None = data.get("ends")
        for name, value in (("starts", starts), ("ends", ends)):
            if value is None and name not in self.errors:
                self.add_error(name, _("Enter a time."))
        if starts is not None and ends is not None and ends <= starts:
            self.add_error("ends", ENDS_BEFORE_START)
