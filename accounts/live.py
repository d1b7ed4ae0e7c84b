"""Announce work and news after the commit. Redis may be away: then nothing is lost, only later.

What is due is found by the beat; what changed is read by the page when its socket is back.
"""

import asyncio
import logging
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from celery import current_app
from channels.layers import get_channel_layer
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

# A Redis that hangs must not hold up the page; a lost message is read at the next reconnect.
LONGEST_SEND = 1.0  # seconds

logger = logging.getLogger("telemed.live")


def soon(task: str, *arguments: Any) -> None:
    """Run a task (by name, with ids only) as soon as this transaction is committed."""
    transaction.on_commit(partial(_delay, task, arguments))


def _delay(task: str, arguments: tuple[Any, ...]) -> None:
    try:
        current_app.send_task(task, args=arguments)
    except (OperationalError, RedisError, OSError):
        logger.warning("task_not_announced", extra={"task": task})


def tell(group: str, message: dict[str, Any]) -> None:
    """Send one message to everybody in a group of sockets, once this transaction is committed."""
    transaction.on_commit(partial(_tell, group, message))


def _tell(group: str, message: dict[str, Any]) -> None:
    async def send() -> None:
        async with asyncio.timeout(LONGEST_SEND):
            await get_channel_layer().group_send(group, message)

    try:
        async_to_sync(send)()
    except (RedisError, OSError):
        logger.warning("news_not_sent", extra={"group": group.split(".")[0]})
