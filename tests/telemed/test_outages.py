"""A part goes away and comes back: pages say so or go on, and nothing has to be restarted."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer

from telemed import embedded, health

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("outages")


class Place:
    """A PostgreSQL and a Redis that nobody else uses, to be switched off."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database_url = embedded.start_postgres(folder / "postgres")
        self.postgres: Any = embedded._server(folder / "postgres")
        self.redis: subprocess.Popen[bytes] | None = None
        self.redis_url = f"unix://{folder}/redis.sock"
        self.start_redis()

    @property
    def environment(self) -> dict[str, str]:
        own = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        return os.environ | own | {"DATABASE_POOL": "4", "DEMO": "1"}

    def start_redis(self) -> None:
        socket = self.redis_url.removeprefix("unix://")
        quiet = ("--save", "", "--appendonly", "no", "--loglevel", "warning")
        self.redis = subprocess.Popen(
            [str(embedded.redis_server()), "--port", "0", "--unixsocket", socket, *quiet],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        until(lambda: embedded._answers(Path(socket)), "Redis answers")

    def stop_redis(self) -> None:
        if self.redis:
            self.redis.kill()
            self.redis.wait()
        self.redis = None

    def close(self) -> None:
        self.stop_redis()
        self.postgres.cleanup()


class Site:
    def __init__(self, place: Place) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.telemed.outage_site"],
            cwd=ROOT,
            env=place.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._answer()["text"] == "ready"

    def get(self, path: str) -> dict:
        assert self.process.stdin
        self.process.stdin.write(path + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


def until(is_so: Any, what: str, *, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, f"in vain waited until {what}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    # Not pytest's own folder: it may only be entered by its user, and PostgreSQL is never root.
    with tempfile.TemporaryDirectory(prefix="telemed-") as folder:
        place = Place(Path(folder))
        yield place
        place.close()


@pytest.fixture(scope="module")
def site(place: Place) -> Iterator[Site]:
    site = Site(place)
    yield site
    site.close()


def test_without_the_database_a_plain_page_says_so_and_then_all_is_well(
    place: Place, site: Site
) -> None:
    assert site.get("/rows/")["text"] == "read"
    assert site.get("/session/")["text"] == "False"

    place.postgres.stop()
    try:
        for path in ("/rows/", "/session/"):
            page = site.get(path)
            assert page["status"] == 503, path
            assert "We will be right back" in page["text"]
            assert page["seconds"] < 6
    finally:
        place.postgres.ensure_postgres_running()
    until(lambda: site.get("/rows/")["status"] == 200, "pages are back", within=10)
    assert site.get("/session/")["status"] == 200


def test_without_redis_a_page_with_news_is_as_quick_as_ever(place: Place, site: Site) -> None:
    assert site.get("/news/")["text"] == "told"
    place.stop_redis()
    try:
        page = site.get("/news/")
    finally:
        place.start_redis()
    assert (page["status"], page["text"]) == (200, "told")
    assert page["seconds"] < 1
    site.get("/news/")
    with redis.Redis.from_url(place.redis_url) as client:
        assert client.llen("celery") == 1


async def test_live_updates_resume_by_themselves(place: Place) -> None:
    kind = get_channel_layer().__class__
    assert kind is RedisPubSubChannelLayer
    layer = RedisPubSubChannelLayer(
        hosts=[{"address": place.redis_url, "socket_connect_timeout": 1, "socket_timeout": 2}]
    )
    mine = await layer.new_channel()
    await layer.group_add("queue", mine)
    place.stop_redis()
    await asyncio.sleep(1)
    place.start_redis()

    async def hear() -> dict:
        return await layer.receive(mine)

    heard = asyncio.ensure_future(hear())
    for _ in range(100):
        await layer.group_send("queue", {"type": "moved"})
        done, _pending = await asyncio.wait([heard], timeout=0.1)
        if done:
            break
    assert heard.done()
    assert heard.result() == {"type": "moved"}
    await layer.flush()


def test_the_worker_comes_back_by_itself(place: Place, site: Site) -> None:
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "--quiet", "--app", "telemed", "worker"),
            *("--pool", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        cwd=ROOT,
        env=place.environment | {"CELERY_SKIP_CHECKS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def was_seen() -> bool:
        with redis.Redis.from_url(place.redis_url) as client:
            return bool(client.get(health.seen_key("worker")))

    try:
        until(was_seen, "the worker is up", within=40)
        place.stop_redis()
        time.sleep(1)
        place.start_redis()
        assert not was_seen()
        site.get("/news/")
        until(was_seen, "the worker works again")
    finally:
        worker.kill()
        worker.wait()
