"""`manage.py media`: the process behind practice calls. Ends on SIGTERM or Ctrl-C."""

import asyncio
import contextlib
import logging
import signal
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from redis.exceptions import RedisError

from video import rooms, turn
from video.consumers import MEDIA_GROUP
from video.media import Partner

logger = logging.getLogger("telemed.media")

TEND_SECONDS = 0.5
AGAIN_SECONDS = 1.0
LAYER_AWAY = (RedisError, OSError, TimeoutError)


class Command(BaseCommand):
    help = "Answers practice calls: people see and hear how they come across."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(serve())


async def serve(*, stop: asyncio.Event | None = None) -> None:
    """Answer practice calls until told to stop."""
    stop = stop or asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    layer = get_channel_layer()

    async def tell(code: str, event: dict[str, Any]) -> None:
        try:
            await layer.group_send(rooms.practice_group(UUID(code)), event)
        except LAYER_AWAY:
            logger.warning("event_not_sent")

    def ice_servers(code: str) -> list[dict[str, Any]]:
        until = timezone.now() + rooms.GRACE
        return turn.ice_servers(settings.TURN_URLS, settings.TURN_SECRET, name=code, until=until)

    partner = Partner(tell, most=settings.MEDIA_SESSIONS, ice_servers=ice_servers)
    tasks = [asyncio.create_task(_listen(layer, partner)), asyncio.create_task(_tend(partner))]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await partner.close()


async def _listen(layer: Any, partner: Partner) -> None:
    channel = await _join(layer)
    while True:
        event = await layer.receive(channel)
        # Each on its own, so that one slow answer keeps nobody waiting.
        _keep(asyncio.create_task(partner.hear(event)))


async def _join(layer: Any) -> str:
    while True:
        with contextlib.suppress(*LAYER_AWAY):
            channel: str = await layer.new_channel()
            await layer.group_add(MEDIA_GROUP, channel)
            return channel
        await asyncio.sleep(AGAIN_SECONDS)


async def _tend(partner: Partner) -> None:
    while True:
        await asyncio.sleep(TEND_SECONDS)
        try:
            await partner.tend()
        except Exception:
            logger.warning("tending_failed", exc_info=True)


_running: set[asyncio.Task[None]] = set()


def _keep(task: asyncio.Task[None]) -> None:
    # The event loop holds tasks weakly; an unheld one may vanish half done.
    _running.add(task)
    task.add_done_callback(_running.discard)
