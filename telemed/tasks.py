"""Background work of the whole: the worker's sign of life."""

import time

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings

from telemed import health


@shared_task(name="telemed.heartbeat", time_limit=10, ignore_result=True)
def heartbeat() -> None:
    """Sent by the beat and written by the worker: recent only when both live."""
    with health.redis_client() as client:
        client.set(health.seen_key("worker"), time.time(), ex=settings.WORKER_MISSED_AFTER * 10)


@worker_ready.connect
def first_heartbeat(**_: object) -> None:
    heartbeat()
