"""Tells open pages that a visit moved, or a license: the room, the news, the clinician's queue."""

from typing import Any

from accounts import live
from accounts.models import Clinician
from video import rooms
from visits.models import Status, Visit

CHANGED = {"type": "news.changed"}
MOVED = {"type": "room.moved"}


def visit_has_moved(sender: object, *, visit: Visit, **_: Any) -> None:
    """Receiver of `visits.signals.visit_moved`, which is sent after the commit."""
    if room := rooms.follow(visit):
        live.tell(rooms.room_group(room), MOVED)
    live.tell(rooms.visit_news_group(visit), CHANGED)
    live.tell(rooms.clinician_news_group(visit.clinician_id), CHANGED)


def license_has_changed(sender: object, *, clinician: Clinician, **_: Any) -> None:
    """Receiver of `accounts.signals.license_changed`: who may be admitted may be another now."""
    coming = Visit.objects.for_clinician(clinician).filter(
        status__in=[Status.CHECKED_IN, Status.WAITING]
    )
    for visit in coming:
        live.tell(rooms.visit_news_group(visit), CHANGED)
    live.tell(rooms.clinician_news_group(clinician.pk), CHANGED)
