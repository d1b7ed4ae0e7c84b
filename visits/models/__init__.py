"""Visits, the time they take, and what is written about them."""

from visits.models.notes import Addendum, Note
from visits.models.schedule import ScheduleException, VisitType, WeeklyHours
from visits.models.visits import OCCUPYING, OVER, LicenseDecision, Status, Visit, VisitEvent

__all__ = [
    "OCCUPYING",
    "OVER",
    "Addendum",
    "LicenseDecision",
    "Note",
    "ScheduleException",
    "Status",
    "Visit",
    "VisitEvent",
    "VisitType",
    "WeeklyHours",
]
