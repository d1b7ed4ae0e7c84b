"""Write and verify the audit chain. The database seals each row (migration `audit_chain`)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import models
from django.utils import timezone

from accounts import sealing
from accounts.models import AuditDay, AuditEvent, Patient, User
from accounts.request_id import current_request_id

FIRST = "0" * 64


def record(
    action: str,
    subject: models.Model,
    *,
    by: User | None,
    patient: Patient | None = None,
    detail: str = "",
) -> None:
    """Add a row. `subject` needs a `code`. `detail` holds codes and counts, nothing clinical.

    Call it last in a transaction: until the commit, every other audited act waits for this one.
    """
    kind = subject._meta.model_name
    identity = getattr(subject, "code", None) or subject.pk
    AuditEvent.objects.create(
        at=timezone.now(),
        actor=by,
        action=action,
        subject=f"{kind}:{identity}",
        patient=patient,
        detail=detail,
        request_id=current_request_id(),
    )


@dataclass(frozen=True)
class Broken:
    """The first row, or the first signed day, that is not as it was written."""

    where: str
    reason: str


def seal(event: AuditEvent, previous: str) -> str:
    """The hash that the database gave this row, computed again from its contents.

    Fields are joined by the unit separator (U+001F), in the order of the trigger
    `audit_event_seal`; `at` counts as whole microseconds since 1970 in UTC.
    """
    at = event.at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    parts = [
        previous,
        str(event.id),
        str(at // timedelta(microseconds=1)),
        str(event.actor_id or ""),
        event.action,
        event.subject,
        str(event.patient_id or ""),
        event.detail,
        event.request_id,
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def verify() -> tuple[int, Broken | None]:
    """How many rows were read, and the first one that is broken, if any."""
    count, previous, heads = 0, FIRST, {}
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=5_000):
        count += 1
        if event.previous_hash != previous:
            return count, Broken(f"audit row {event.id}", "a row before it was removed or changed")
        if event.hash != seal(event, previous):
            return count, Broken(f"audit row {event.id}", "its contents were changed")
        previous = event.hash
        heads[event.id] = event.hash
    for day in AuditDay.objects.order_by("day"):
        if heads.get(day.last_event_id) != day.hash:
            return count, Broken(f"audit day {day.day}", "the chain was written anew since")
        statement = _statement(day.day, day.last_event_id, day.hash)
        if not sealing.is_signed("audit", statement, day.signature):
            return count, Broken(f"audit day {day.day}", "its signature does not match")
    return count, None


def sign_days(*, until: date) -> Iterator[AuditDay]:
    """Sign the head of every UTC day before `until` that is not signed yet."""
    last = AuditDay.objects.order_by("-day").first()
    events = AuditEvent.objects.filter(at__lt=datetime.combine(until, time(), tzinfo=UTC))
    if last:
        events = events.filter(id__gt=last.last_event_id)
    heads: dict[date, AuditEvent] = {}
    for event in events.order_by("id").iterator(chunk_size=5_000):
        heads[event.at.astimezone(UTC).date()] = event
    for day, head in sorted(heads.items()):
        signature = sealing.sign("audit", _statement(day, head.id, head.hash))
        yield AuditDay.objects.get_or_create(
            day=day,
            defaults={"last_event_id": head.id, "hash": head.hash, "signature": signature},
        )[0]


def _statement(day: date, event_id: int, digest: str) -> bytes:
    return f"{day.isoformat()}:{event_id}:{digest}".encode()
