"""Notices when Redis is back after it was away, and tells the sockets of this process.

What was said meanwhile is lost, and nobody says it again: a page whose socket stayed open would
show what is old until something else happens.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

PAUSE = 1.0  # seconds between two looks
PATIENCE = 2.0  # seconds that a message may take from here to here
BACK = {"type": "layer.back"}

_watches: "WeakKeyDictionary[asyncio.AbstractEventLoop, Watch]" = WeakKeyDictionary()


def join(channel: str) -> None:
    """From now on this channel is sent `BACK` whenever Redis comes back."""
    loop = asyncio.get_running_loop()
    watch = _watches.setdefault(loop, Watch())
    watch.channels.add(channel)
    if watch.task is None or watch.task.done():
        watch.task = loop.create_task(watch.run())


def leave(channel: str) -> None:
    watch = _watches[asyncio.get_running_loop()]
    watch.channels.discard(channel)
    if not watch.channels and watch.task:
        watch.task.cancel()
        watch.task = None


class Watch:
    """One per event loop: sends itself a message every second and sees whether it arrives."""

    def __init__(self) -> None:
        self.channels: set[str] = set()
        self.task: asyncio.Task[None] | None = None
        self._own = ""
        self._heard: asyncio.Future[Any] | None = None

    async def run(self) -> None:
        was_away = False
        try:
            while True:
                await asyncio.sleep(PAUSE)
                is_here = await self._works()
                if is_here and was_away:
                    is_here = await self._tell()
                was_away = not is_here
        finally:
            if self._heard:
                self._heard.cancel()
            self._heard = None

    async def _works(self) -> bool:
        layer = get_channel_layer()
        try:
            async with asyncio.timeout(PATIENCE):
                self._own = self._own or await layer.new_channel()
                self._heard = self._heard or asyncio.ensure_future(layer.receive(self._own))
                await layer.send(self._own, {"type": "watch"})
        except (RedisError, OSError, TimeoutError):
            return False
        # Never cancelled for being late: the layer would forget the channel.
        done, _pending = await asyncio.wait([self._heard], timeout=PATIENCE)
        if done:
            self._heard = None
        return bool(done)

    async def _tell(self) -> bool:
        layer = get_channel_layer()
        try:
            async with asyncio.timeout(PATIENCE):
                for channel in self.channels:
                    await layer.send(channel, BACK)
        except (RedisError, OSError, TimeoutError):
            return False
        return True
