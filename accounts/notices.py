"""The outbox: enqueue, claim, compose, send. A notice is sent once, or not at all when stale.

A kind is registered by the app that knows what it says:

    @notices.kind("visit.reminder_day")
    def reminder_day(notice: Notice) -> Message | None: ...

A claim is committed before the message goes out and ends by itself when the worker dies. The
sending port gets the notice's key, so that a second try after a crash is the same message to it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation

from accounts import live
from accounts.models import Notice, User

logger = logging.getLogger("telemed.notices")

CLAIM = timedelta(seconds=90)  # longer than any send may take
RETRIES = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))


@dataclass(frozen=True)
class Message:
    subject: str
    body: str


Composer = Callable[[Notice], Message | None]
_kinds: dict[str, Composer] = {}


def kind(name: str) -> Callable[[Composer], Composer]:
    """Register what a kind says. None from a composer means: no longer true, do not send."""

    def register(compose: Composer) -> Composer:
        _kinds[name] = compose
        return compose

    return register


def enqueue(
    name: str,
    *,
    key: str,
    to: User | None,
    about: UUID | None = None,
    due_at: datetime | None = None,
    stale_at: datetime | None = None,
    address: str = "",
    sealed: str | None = None,
) -> None:
    """Put a notice into the outbox, once per `key`. Nothing clinical may be in `sealed`."""
    due_at = due_at or timezone.now()
    if stale_at and stale_at <= due_at:
        return
    Notice.objects.bulk_create(
        [
            Notice(
                key=key,
                kind=name,
                to=to,
                address=address or (to.email if to else ""),
                subject_code=about,
                due_at=due_at,
                stale_at=stale_at,
                sealed=sealed,
            )
        ],
        ignore_conflicts=True,
    )
    if due_at <= timezone.now():
        live.soon("accounts.send_due_notices")


def withdraw(*keys: str) -> int:
    """Take notices that were not sent yet out of the outbox."""
    return Notice.objects.filter(key__in=keys, status=Notice.Status.DUE).update(
        status=Notice.Status.STALE, sealed=None
    )


def claim(*, now: datetime, most: int = 50) -> list[Notice]:
    """Due notices, and those whose sender died, claimed for this worker alone."""
    due = Q(status=Notice.Status.DUE, due_at__lte=now)
    abandoned = Q(status=Notice.Status.SENDING, claimed_until__lt=now)
    with transaction.atomic():
        notices = list(
            Notice.objects.select_for_update(skip_locked=True)
            .filter(due | abandoned)
            .order_by("due_at")[:most]
        )
        Notice.objects.filter(pk__in=[n.pk for n in notices]).update(
            status=Notice.Status.SENDING, claimed_until=now + CLAIM, attempts=F("attempts") + 1
        )
    for notice in notices:
        notice.attempts += 1
    return notices


def send_due(*, most: int = 50) -> int:
    """Send what is due. Returns how many messages went out."""
    sent = 0
    for _ in range(most):
        # One by one: a worker that is killed, or held up by a mail server, must not take the
        # others' tries and a minute and a half of their time with it.
        claimed = claim(now=timezone.now(), most=1)
        if not claimed:
            break
        sent += _send(claimed[0])
    return sent


def _send(notice: Notice) -> bool:
    if notice.stale_at and timezone.now() >= notice.stale_at:
        return _close(notice, Notice.Status.STALE)
    try:
        language = notice.to.language if notice.to else settings.LANGUAGE_CODE
        with translation.override(language):
            message = _kinds[notice.kind](notice)
        if message is None:
            return _close(notice, Notice.Status.STALE)
        EmailMessage(
            subject=message.subject,
            body=message.body,
            to=[formataddr(("", notice.address))],
            # The same id on every try: a mail server that saw it already drops the second.
            headers={"Message-ID": f"<{notice.code}@{settings.BASE_URL.split('//')[1]}>"},
        ).send()
    except Exception as error:
        # Whatever a composer or a mail server does, the other notices must go out.
        logger.warning("notice_failed", extra={"kind": notice.kind, "error": type(error).__name__})
        return _try_later(notice, type(error).__name__)
    return _close(notice, Notice.Status.SENT)


def _close(notice: Notice, status: Notice.Status) -> bool:
    is_sent = status == Notice.Status.SENT
    Notice.objects.filter(pk=notice.pk).update(
        status=status, sealed=None, sent_at=timezone.now() if is_sent else None
    )
    return is_sent


def _try_later(notice: Notice, failure: str) -> bool:
    row = Notice.objects.filter(pk=notice.pk)
    if notice.attempts > len(RETRIES):
        row.update(status=Notice.Status.FAILED, failure=failure[:60], sealed=None)
        return False
    due_at = timezone.now() + RETRIES[notice.attempts - 1]
    if notice.stale_at and due_at >= notice.stale_at:
        return _close(notice, Notice.Status.STALE)
    row.update(status=Notice.Status.DUE, failure=failure[:60], due_at=due_at)
    return False
