"""Messages that could not be sent, tried once more because an admin asks for it."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit, live
from accounts.models import Notice, User
from accounts.refusal import Refused

# Its text was fixed when it was made, and was wiped: a code of then is no use now.
SEALED = "account.mail"


class NotResendable(Refused):
    code = "not_resendable"
    message = _("This message cannot be sent again: it is no longer true, or it was sent.")


def failed() -> QuerySet[Notice]:
    """What could not be sent, newest first."""
    return (
        Notice.objects.filter(status=Notice.Status.FAILED)
        .select_related("to")
        .order_by("-due_at", "-id")
    )


def resendable() -> QuerySet[Notice]:
    """Those that are still worth sending."""
    is_true = Q(stale_at__isnull=True) | Q(stale_at__gt=timezone.now())
    return failed().filter(is_true).exclude(kind=SEALED)


def resend(notice: Notice, *, by: User) -> Notice:
    """Into the outbox again, with all its tries."""
    with transaction.atomic():
        row = resendable().select_for_update(of=("self",)).filter(pk=notice.pk).first()
        if row is None:
            raise NotResendable
        row.status, row.attempts, row.due_at = Notice.Status.DUE, 0, timezone.now()
        row.failure, row.claimed_until = "", None
        row.save(update_fields=["status", "attempts", "due_at", "failure", "claimed_until"])
        live.soon("accounts.send_due_notices")
        audit.record("notice.resend", row, by=by, detail=row.kind)
    return row
