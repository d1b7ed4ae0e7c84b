"""Sockets. They move messages (docs/signaling.md) and decide nothing: `rooms` says who may what.

Everything that can be away (Redis, the database) answers the browser with 4503, never a traceback.
"""

import asyncio
import json
import logging
import time
from typing import Any
from uuid import UUID, uuid4

from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django import db
from redis.exceptions import RedisError

from accounts import access
from accounts.models import User
from accounts.refusal import Refused
from video import protocol, rooms, watch
from video.models import CallEvent

logger = logging.getLogger("telemed.sockets")

LAYER_SECONDS = 2.0
LAYER_AWAY = (RedisError, OSError, TimeoutError)
MEDIA_GROUP = "media"


class Refusing(Exception):
    """This socket must be closed, with this error code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Socket(AsyncWebsocketConsumer):
    """What all sockets share: joining a group, refusing, limits, the ping."""

    group: str | None = None
    is_refused = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except LAYER_AWAY:
            # Only joining the layer fails here: nothing has been accepted yet.
            logger.warning("channel_layer_away")
            await send({"type": "websocket.accept"})
            await send(
                {"type": "websocket.send", "text": '{"type": "error", "code": "unavailable"}'}
            )
            await send({"type": "websocket.close", "code": protocol.Close.UNAVAILABLE})

    # --- socket ---

    async def connect(self) -> None:
        await self.accept()
        now = asyncio.get_running_loop().time()
        self.allowance = protocol.Allowance(at=now)
        self.session = uuid4().hex
        await self.join()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.group is not None and not self.is_refused:
            await self._receive(text_data)

    async def disconnect(self, code: int) -> None:
        group, self.group = self.group, None
        if group is None:
            return
        watch.leave(self.channel_name)
        try:
            async with asyncio.timeout(LAYER_SECONDS):
                await self.channel_layer.group_discard(group, self.channel_name)
            await self.left(group)
        except (*LAYER_AWAY, db.Error):
            logger.warning("left_while_a_part_was_away")

    # --- from the client ---

    async def _receive(self, text: str | None) -> None:
        if not self.allowance.take(asyncio.get_running_loop().time()):
            raise Refusing("flood")
        if text is None:
            raise Refusing("malformed")
        message = protocol.parse(text)
        if isinstance(message, protocol.Ping):
            await self.say({"type": "pong"})
            await self.refresh()
        else:
            await self.take(message)

    # --- from the group ---

    async def layer_back(self, event: dict[str, Any]) -> None:
        """What was said while Redis was away is lost."""
        if self.group is not None and not self.is_refused:
            await self.refresh()
            await self.catch_up()

    # --- for each kind of socket ---

    async def join(self) -> None:
        raise NotImplementedError

    async def refresh(self) -> None:
        """Is this person still allowed to be here?"""
        raise NotImplementedError

    async def take(self, message: protocol.Message) -> None:
        raise Refusing("unknown_type")

    async def catch_up(self) -> None:
        pass

    async def left(self, group: str) -> None:
        pass

    # --- words ---

    async def user(self) -> User:
        user = await database_sync_to_async(access.socket_user)(self.scope)
        if user is None:
            raise Refusing("signed_out")
        return user

    async def still_user(self) -> User:
        if not await database_sync_to_async(rooms.is_signed_in)(self.scope):
            raise Refusing("signed_out")
        return await self.user()

    async def enter(self, group: str) -> None:
        async with asyncio.timeout(LAYER_SECONDS):
            await self.channel_layer.group_add(group, self.channel_name)
        self.group = group
        watch.join(self.channel_name)

    async def say(self, frame: dict[str, Any]) -> None:
        if not self.is_refused:
            await self.send(json.dumps(frame))

    async def tell(self, group: str, event: dict[str, Any]) -> bool:
        try:
            async with asyncio.timeout(LAYER_SECONDS):
                await self.channel_layer.group_send(group, event)
        except LAYER_AWAY:
            logger.warning("event_not_sent")
            return False
        return True

    async def refuse(self, code: str) -> None:
        await self.say({"type": "error", "code": code})
        self.is_refused = True
        await self.close(protocol.CLOSE_OF.get(code, protocol.Close.BAD))

    async def dispatch(self, message: dict[str, Any]) -> None:
        try:
            await super().dispatch(message)
        except StopConsumer:
            raise
        except (Refusing, protocol.ProtocolError, Refused) as error:
            await self.refuse(error.code)
        except (*LAYER_AWAY, db.Error):
            logger.warning("part_away")
            await self.refuse("unavailable")


class NewsSocket(Socket):
    """Says `changed`, and nothing else."""

    async def join(self) -> None:
        await self.enter(await self.news_group(await self.user()))

    async def refresh(self) -> None:
        await self.news_group(await self.still_user())

    async def catch_up(self) -> None:
        await self.say({"type": "changed"})

    async def news_group(self, user: User) -> str:
        raise NotImplementedError

    # --- from the group ---

    async def news_changed(self, event: dict[str, Any]) -> None:
        await self.say({"type": "changed"})


class VisitNewsConsumer(NewsSocket):
    async def news_group(self, user: User) -> str:
        code: UUID = self.scope["url_route"]["kwargs"]["code"]
        return await database_sync_to_async(rooms.visit_news_for)(user, code)


class QueueConsumer(NewsSocket):
    async def news_group(self, user: User) -> str:
        group = await database_sync_to_async(rooms.queue_news_for)(user)
        if group is None:
            raise Refusing("wrong_person")
        return group


class SignalSocket(Socket):
    """A seat in a room: state, presence, and frames passed to the other side."""

    seat: rooms.Seat

    async def connect(self) -> None:
        self.joined_at = time.time()
        self.reports = 0
        self.is_replaced = False
        self.seen: tuple[str, bool] | None = None  # the other side's socket, as last told
        await super().connect()

    async def join(self) -> None:
        self.code: UUID = self.scope["url_route"]["kwargs"]["code"]
        self.seat = await self.find_seat(await self.user())
        await self.enter(self.seat.group)
        await self.say(
            {
                "type": "welcome",
                "role": self.seat.role,
                "offers": self.seat.offers,
                "session": self.session,
            }
        )
        await self.say(self.seat.state())
        await self.joined()

    async def refresh(self) -> None:
        await self._see(await self.find_seat(await self.still_user()))

    async def catch_up(self) -> None:
        await self.joined()

    async def _see(self, seat: rooms.Seat) -> None:
        before, self.seat = self.seat, seat
        if seat.is_news_to(before):
            await self.say(seat.state())
        else:
            # Credentials are renewed when they run out, not at every look.
            self.seat = before

    async def find_seat(self, user: User) -> rooms.Seat:
        raise NotImplementedError

    async def joined(self) -> None:
        raise NotImplementedError

    async def pass_on(self, frame: dict[str, Any]) -> None:
        raise NotImplementedError

    # --- from the client ---

    async def take(self, message: protocol.Message) -> None:
        if isinstance(message, protocol.Report):
            await self._report(message)
            return
        if isinstance(message, protocol.Ping):
            return
        protocol.check_role(message, offers=self.seat.offers)
        if not self.seat.signal:
            await self.say({"type": "error", "code": "not_yet"})
            return
        # The server, not the sender, says whose frame this is.
        stamp = {"from": self.seat.role, "session": self.session}
        await self.pass_on({**protocol.frame(message), **stamp})

    async def _report(self, report: protocol.Report) -> None:
        self.reports += 1
        if self.reports <= protocol.REPORTS_PER_SOCKET:
            await database_sync_to_async(rooms.record)(self.seat, report.event, report.cause or "")

    # --- from the group ---

    async def room_frame(self, event: dict[str, Any]) -> None:
        if event["frame"]["from"] != self.seat.role:
            await self.say(event["frame"])

    async def room_presence(self, event: dict[str, Any]) -> None:
        if event["role"] == self.seat.role:
            # The same person came in again elsewhere: the newest has the seat.
            newer = (event["at"], event["session"]) > (self.joined_at, self.session)
            if event["here"] and event["session"] != self.session and newer:
                self.is_replaced = True
                await self.refuse("elsewhere")
            return
        seen = (event["session"], event["here"])
        if seen != self.seen:
            self.seen = seen
            await self._show_presence(event)
        if event["asks"]:
            await self.announce(here=True, asks=False)

    async def _show_presence(self, event: dict[str, Any]) -> None:
        await self.say(
            {
                "type": "presence",
                "role": event["role"],
                "here": event["here"],
                "session": event["session"],
            }
        )

    async def announce(self, *, here: bool, asks: bool, group: str | None = None) -> None:
        await self.tell(
            group or self.seat.group,
            {
                "type": "room.presence",
                "role": self.seat.role,
                "session": self.session,
                "at": self.joined_at,
                "here": here,
                "asks": asks,
            },
        )


class VisitConsumer(SignalSocket):
    """The visit's patient and its clinician."""

    async def find_seat(self, user: User) -> rooms.Seat:
        return await database_sync_to_async(rooms.seat_for)(user, self.code)

    async def joined(self) -> None:
        await database_sync_to_async(rooms.record)(self.seat, CallEvent.Kind.JOINED)
        await self.announce(here=True, asks=True)

    async def catch_up(self) -> None:
        await self.announce(here=True, asks=True)

    async def left(self, group: str) -> None:
        await database_sync_to_async(rooms.record)(self.seat, CallEvent.Kind.LEFT)
        if not self.is_replaced:
            await self.announce(here=False, asks=False, group=group)

    async def pass_on(self, frame: dict[str, Any]) -> None:
        await self.tell(self.seat.group, {"type": "room.frame", "frame": frame})

    # --- from the group ---

    async def room_moved(self, event: dict[str, Any]) -> None:
        await self._see(await self.find_seat(await self.user()))


class PracticeConsumer(SignalSocket):
    """One person and the media process, which hears of them through its own group."""

    is_admitted = False

    async def find_seat(self, user: User) -> rooms.Seat:
        seat = await database_sync_to_async(rooms.practice_seat_for)(user, self.code)
        return rooms.admitted_to_practice(seat, self.code) if self.is_admitted else seat

    async def refresh(self) -> None:
        await super().refresh()
        # A media process that was started anew hears of this call here.
        await self._tell_media({"type": "practice.open"})

    async def joined(self) -> None:
        await self.announce(here=True, asks=True)
        await self._tell_media({"type": "practice.open"})

    async def left(self, group: str) -> None:
        await self._tell_media({"type": "practice.left"})

    async def pass_on(self, frame: dict[str, Any]) -> None:
        await self._tell_media({"type": "practice.frame", "frame": frame})

    async def _tell_media(self, event: dict[str, Any]) -> None:
        about = {"code": self.code.hex, "session": self.session}
        await self.tell(MEDIA_GROUP, {**event, **about})

    # --- from the group ---

    async def room_wait(self, event: dict[str, Any]) -> None:
        await self.say({"type": "wait", "code": event["code"], "place": event["place"]})

    async def room_admitted(self, event: dict[str, Any]) -> None:
        self.is_admitted = True
        await self._see(await self.find_seat(await self.user()))

    async def room_over(self, event: dict[str, Any]) -> None:
        await self.refuse("time")
