"""Tells open pages that a visit moved: its room, its news, its clinician's queue."""

from typing import Any

from accounts import live
from video import rooms
from visits.models import Visit

CHANGED = {"type": "news.changed"}
MOVED = {"type": "room.moved"}


def visit_has_moved(sender: object, *, visit: Visit, **_: Any) -> None:
    """Receiver of `visits.signals.visit_moved`, which is sent after the commit."""
    if room := rooms.follow(visit):
        live.tell(rooms.room_group(room), MOVED)
    live.tell(rooms.visit_news_group(visit), CHANGED)
    live.tell(rooms.clinician_news_group(visit.clinician_id), CHANGED)
