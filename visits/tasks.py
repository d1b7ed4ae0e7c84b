"""Background work of visits: ids only, safe to run twice."""

from celery import shared_task

from visits import booking


@shared_task(name="visits.release_expired_holds", time_limit=60)
def release_expired_holds() -> int:
    return booking.release_expired()
