"""Who has a seat in which room, and what is known about rooms. Consumers ask here, never the ORM.

Nobody but the visit's own patient and its clinician ever has a seat.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.utils import timezone

from accounts import access
from accounts.models import User
from accounts.refusal import Refused
from video import turn
from video.models import CallEvent, PracticeCall, Role, Room
from visits.models import Status, Visit

# A visit may run late; its relay credentials are then renewed, a little at a time.
GRACE = timedelta(minutes=30)
RENEW_BEFORE = timedelta(minutes=10)
PRACTICE = "practice"


class NoSeat(Refused):
    """No such room, or none for this person: the same answer on purpose."""

    code = "not_found"


class RoomClosed(Refused):
    """The visit or practice call is over."""

    code = "over"


@dataclass(frozen=True)
class Seat:
    """One person's place in a room, as it is right now."""

    role: str
    offers: bool
    group: str
    status: str
    signal: bool
    live: bool
    room_id: int | None = None
    since: int | None = None  # Unix seconds
    ice_until: datetime | None = None
    ice: list[dict[str, Any]] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        """The `state` frame of docs/signaling.md."""
        frame: dict[str, Any] = {
            "type": "state",
            "status": self.status,
            "signal": self.signal,
            "live": self.live,
            "since": self.since,
        }
        if self.signal and self.ice_until:
            frame |= {"ice": self.ice, "ice_until": int(self.ice_until.timestamp())}
        return frame

    def is_news_to(self, before: "Seat") -> bool:
        """Is there something that the browser does not know from `before`?"""
        if (self.status, self.signal, self.live) != (before.status, before.signal, before.live):
            return True
        return bool(before.ice_until and before.ice_until - timezone.now() < RENEW_BEFORE)


def room_group(room: Room) -> str:
    return f"room.{room.code.hex}"


def visit_news_group(visit: Visit) -> str:
    return f"news.visit.{visit.code.hex}"


def clinician_news_group(clinician_id: int) -> str:
    return f"news.clinician.{clinician_id}"


def practice_group(code: UUID) -> str:
    return f"practice.{code.hex}"


def seat_for(user: User, code: UUID) -> Seat:
    """The user's seat in the room of a visit. Raises NoSeat or RoomClosed."""
    visit, role = _own_visit(user, code)
    if visit.is_over:
        raise RoomClosed
    room, _ = Room.objects.get_or_create(visit=visit)
    is_admitted = visit.status == Status.IN_PROGRESS
    until = max(visit.ends_at, timezone.now()) + GRACE
    return Seat(
        role=role,
        offers=role == Role.CLINICIAN,
        group=room_group(room),
        status=visit.status,
        signal=is_admitted,
        live=is_admitted,
        room_id=room.pk,
        since=int(visit.started_at.timestamp()) if visit.started_at else None,
        ice_until=until if is_admitted else None,
        ice=_ice(code, until) if is_admitted else [],
    )


def _own_visit(user: User, code: UUID) -> tuple[Visit, Role]:
    # A hold is not a visit yet.
    visits = Visit.objects.exclude(status=Status.HELD)
    if visit := visits.filter(code=code, patient__user=user).first():
        return visit, Role.PATIENT
    clinician = access.clinician_of(user)
    if clinician and (visit := visits.filter(code=code, clinician=clinician).first()):
        return visit, Role.CLINICIAN
    raise NoSeat


def _ice(code: UUID, until: datetime) -> list[dict[str, Any]]:
    return turn.ice_servers(settings.TURN_URLS, settings.TURN_SECRET, name=code.hex, until=until)


def visit_news_for(user: User, code: UUID) -> str:
    """The group that tells this person's pages about one visit. Raises NoSeat."""
    visit, _ = _own_visit(user, code)
    return visit_news_group(visit)


def queue_news_for(user: User) -> str | None:
    """The group that tells a clinician's pages about their visits; None for others."""
    clinician = access.clinician_of(user)
    return clinician_news_group(clinician.pk) if clinician else None


def follow(visit: Visit) -> Room | None:
    """Note on the room, if there is one, that its visit was admitted or is over."""
    room = Room.objects.filter(visit=visit).first()
    if room is None:
        return None
    now = timezone.now()
    if visit.status == Status.IN_PROGRESS and room.opened_at is None:
        Room.objects.filter(pk=room.pk, opened_at=None).update(opened_at=now)
    if visit.is_over and room.closed_at is None:
        Room.objects.filter(pk=room.pk, closed_at=None).update(closed_at=now)
    return room


def record(seat: Seat, kind: str, cause: str = "") -> None:
    """Add a call event. A practice call has none."""
    if seat.room_id is not None:
        CallEvent.objects.create(room_id=seat.room_id, role=seat.role, kind=kind, cause=cause)


def is_signed_in(scope: dict[str, Any]) -> bool:
    """Does the session behind a socket still hold? It may have ended meanwhile."""
    session = scope.get("session")
    if session is None or session.session_key is None:
        return False
    stored = type(session._wrapped if hasattr(session, "_wrapped") else session)(
        session.session_key
    )
    return str(stored.get(SESSION_KEY)) == str(scope["user"].pk)


# --- Practice -------------------------------------------------------------------------------------


def start_practice(user: User) -> PracticeCall:
    """A new practice call; the one before, if it was left open, ends."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        open_calls = PracticeCall.objects.filter(user=user, ended_at=None)
        open_calls.update(ended_at=timezone.now())
        return PracticeCall.objects.create(user=user)


def end_practice(call: PracticeCall, **result: str) -> PracticeCall:
    """End it and keep what was measured; what was kept once is not overwritten."""
    with transaction.atomic():
        call = PracticeCall.objects.select_for_update().get(pk=call.pk)
        if call.ended_at is None:
            call.ended_at = timezone.now()
            for name, value in result.items():
                setattr(call, name, value)
            call.save(update_fields=["ended_at", *result])
        return call


def practice_seat_for(user: User, code: UUID) -> Seat:
    """The user's seat in their own practice call. Raises NoSeat or RoomClosed."""
    call = PracticeCall.objects.filter(user=user, code=code).first()
    if call is None:
        raise NoSeat
    if call.ended_at is not None:
        raise RoomClosed
    return Seat(
        role=PRACTICE,
        offers=True,
        group=practice_group(code),
        status="",
        signal=False,
        live=False,
    )


def admitted_to_practice(seat: Seat, code: UUID) -> Seat:
    """The same seat after the practice partner has let the person in."""
    now = timezone.now()
    until = now + GRACE
    return Seat(
        role=seat.role,
        offers=seat.offers,
        group=seat.group,
        status=Status.IN_PROGRESS,
        signal=True,
        live=True,
        since=seat.since or int(now.timestamp()),
        ice_until=until,
        ice=_ice(code, until),
    )
