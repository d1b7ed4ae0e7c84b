"""Background work of accounts: ids only, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from accounts import adapters, audit, notices, staffing  # noqa: F401 - register their notices


@shared_task(name="accounts.send_due_notices", time_limit=60)
def send_due_notices() -> int:
    return notices.send_due()


@shared_task(name="accounts.sign_audit_days", time_limit=60)
def sign_audit_days() -> int:
    return len(list(audit.sign_days(until=timezone.now().date())))
