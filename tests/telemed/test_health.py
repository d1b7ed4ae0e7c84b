"""/healthz names the part that is down, in time, even when a part hangs."""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import RequestFactory

from telemed import health, tasks

ALL_UP = {"status": "up", "database": "up", "redis": "up", "worker": "up", "channels": "up"}


@pytest.fixture(autouse=True)
def _beating(db: None) -> None:
    tasks.heartbeat()


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Path]:
    """A socket that takes every caller in and never says a word."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(50)
        yield path


def ask() -> tuple[int, dict, float]:
    begun = time.monotonic()
    answer = health.healthz(RequestFactory().get("/healthz"))
    return answer.status_code, json.loads(answer.content), time.monotonic() - begun


@pytest.fixture
def redis_at(settings) -> Callable[[str], None]:
    def point(url: str) -> None:
        settings.REDIS_URL = url
        hosts = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]
        layer = settings.CHANNEL_LAYERS["default"]
        config = layer["CONFIG"] | {"hosts": [hosts[0] | {"address": url}]}
        settings.CHANNEL_LAYERS = {"default": layer | {"CONFIG": config}}

    return point


@contextlib.contextmanager
def database_at(host: str) -> Iterator[None]:
    own = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = host
    try:
        yield
    finally:
        connection.settings_dict["HOST"] = own


def test_all_up() -> None:
    status, states, _ = ask()
    assert (status, states) == (200, ALL_UP)


def test_without_redis_three_parts_are_down(redis_at, tmp_path: Path) -> None:
    redis_at(f"unix://{tmp_path}/nobody.sock")
    status, states, seconds = ask()
    down = {"status": "down", "redis": "down", "worker": "down", "channels": "down"}
    assert (status, states) == (503, ALL_UP | down)
    assert seconds < 1


def test_a_redis_that_hangs_is_down_in_time(redis_at, hanging: Path) -> None:
    redis_at(f"unix://{hanging}")
    status, states, seconds = ask()
    assert status == 503
    assert states["redis"] == states["worker"] == states["channels"] == "down"
    assert states["database"] == "up"
    assert seconds < 3


def test_without_a_database_that_part_alone_is_down(tmp_path: Path) -> None:
    with database_at(str(tmp_path)):
        status, states, seconds = ask()
    assert (status, states) == (503, ALL_UP | {"status": "down", "database": "down"})
    assert seconds < 1


def test_a_database_that_hangs_is_down_in_time(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / ".s.PGSQL.5432"))
        server.listen(5)
        with database_at(str(tmp_path)):
            status, states, seconds = ask()
    assert (status, states["database"]) == (503, "down")
    assert seconds < 3


@pytest.mark.parametrize(("age", "state"), [(5, "up"), (50, "up"), (70, "down")])
def test_a_worker_that_was_not_seen_for_a_minute_is_down(age: float, state: str) -> None:
    with health.redis_client() as client:
        client.set(health.seen_key("worker"), time.time() - age)
    assert ask()[1]["worker"] == state


def test_a_worker_that_was_never_seen_is_down() -> None:
    with health.redis_client() as client:
        client.delete(health.seen_key("worker"))
    assert ask()[1]["worker"] == "down"


def test_the_beat_asks_for_a_sign_of_life_well_within_that_minute(settings) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["heartbeat"]
    assert entry["task"] == tasks.heartbeat.name
    assert entry["schedule"] * 3 < settings.WORKER_MISSED_AFTER


def test_nobody_may_keep_the_answer() -> None:
    answer = health.healthz(RequestFactory().get("/healthz"))
    assert "no-store" in answer["Cache-Control"]
