"""Is each part up. 200 when all are, 503 when one is down; says nothing about anybody."""

import time
from collections.abc import Callable

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from redis import Redis


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _redis() -> None:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        client.ping()


def _channels() -> None:
    async_to_sync(get_channel_layer().group_send)("health", {"type": "health.ping"})


PARTS: dict[str, Callable[[], None]] = {
    "database": _database,
    "redis": _redis,
    "worker": lambda: _beats("worker"),
    "channels": _channels,
}


def _beats(part: str) -> None:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        seen = client.get(f"telemed:{part}:seen_at")
    if seen is None or time.time() - float(seen) > 60:
        raise RuntimeError(f"{part} has not been seen for a minute")


def healthz(request: HttpRequest) -> JsonResponse:
    states = {}
    for name, ask in PARTS.items():
        try:
            ask()
            states[name] = "up"
        except Exception:
            # Whatever a part does wrong, the answer is "down" and the others are still asked.
            states[name] = "down"
    is_up = all(state == "up" for state in states.values())
    return JsonResponse(
        {"status": "up" if is_up else "down", **states}, status=200 if is_up else 503
    )
