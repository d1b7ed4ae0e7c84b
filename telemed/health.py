"""Is each part up. 200 when all are, 503 when one is down; says nothing about anybody.

Every part is asked at the same time and has two seconds, so that an answer comes even while
one of them hangs.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE = 2  # seconds


def redis_client() -> Redis:
    # Without retries: the client library would try for seconds before it said no.
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )


def seen_key(part: str) -> str:
    return f"telemed:{part}:seen_at"


def _database() -> None:
    # A connection of its own, so that a pool that is only busy does not count as down.
    parameters = connection.get_connection_params()
    parameters = {name: parameters.get(name) for name in ("dbname", "user", "password", "host")}
    port = connection.settings_dict["PORT"] or None
    with psycopg.connect(**parameters, port=port, connect_timeout=PATIENCE) as own:
        own.execute("SELECT 1")


def _redis() -> None:
    with redis_client() as client:
        client.ping()


def _worker() -> None:
    with redis_client() as client:
        seen = client.get(seen_key("worker"))
    if seen is None or time.time() - float(seen) > settings.WORKER_MISSED_AFTER:
        raise RuntimeError("the worker has not been seen")


def _channels() -> None:
    async_to_sync(get_channel_layer().group_send)("health", {"type": "health.ping"})


PARTS: dict[str, Callable[[], None]] = {
    "database": _database,
    "redis": _redis,
    "worker": _worker,
    "channels": _channels,
}


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    asked = ThreadPoolExecutor(len(PARTS), thread_name_prefix="health")
    answers = {name: asked.submit(ask) for name, ask in PARTS.items()}
    # Not waited for: a part that hangs must not make the whole answer hang.
    asked.shutdown(wait=False)
    deadline = time.monotonic() + PATIENCE + 0.5
    states = {name: _state(answer, deadline) for name, answer in answers.items()}
    is_up = all(state == "up" for state in states.values())
    response = JsonResponse(
        {"status": "up" if is_up else "down", **states}, status=200 if is_up else 503
    )
    # Whoever watches asks every few seconds; Django would log each 503 as an error.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _state(answer: "Future[None]", deadline: float) -> str:
    try:
        answer.result(timeout=max(0.0, deadline - time.monotonic()))
    except Exception:
        # Whatever a part does wrong, the answer is "down" and the others are still asked.
        return "down"
    return "up"
