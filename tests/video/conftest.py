"""Open sockets as the cast, against the real channel layer."""

import json
from collections.abc import AsyncIterator, Callable

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.db import connections

from accounts.models import User
from video.routing import websocket_urlpatterns

SECONDS = 3


class Browser:
    """One open socket of one person."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self.patience = SECONDS

    async def send(self, **frame: object) -> None:
        await self.send_text(json.dumps(frame))

    async def send_text(self, text: str) -> None:
        await self.communicator.send_to(text_data=text)

    async def next(self) -> dict:
        return await self.communicator.receive_json_from(self.patience)

    async def until(self, kind: str) -> dict:
        """The next frame of this type; others before it are skipped."""
        while True:
            frame = await self.next()
            if frame["type"] == kind:
                return frame

    async def refusal(self) -> tuple[str, int]:
        """The error frame's code and the close code, which must follow each other at once."""
        error = await self.until("error")
        closing = await self.communicator.receive_output(self.patience)
        assert closing["type"] == "websocket.close"
        return error["code"], closing["code"]

    async def hears_nothing(self) -> bool:
        return await self.communicator.receive_nothing(0.3)

    async def leave(self) -> None:
        await self.communicator.disconnect(timeout=SECONDS)


@pytest.fixture
async def join(signed_in) -> AsyncIterator[Callable]:
    """Opens a socket: `await join(ada, "/ws/queue/")`; nobody is None."""
    opened = []

    async def open_socket(person: object, path: str) -> Browser:
        communicator = WebsocketCommunicator(URLRouter(websocket_urlpatterns), path)
        if person is not None:
            user = person if isinstance(person, User) else person.user
            session = await sync_to_async(lambda: signed_in(user).session)()
            communicator.scope["user"] = user
            communicator.scope["session"] = session
        connected, _ = await communicator.connect(SECONDS)
        assert connected
        browser = Browser(communicator)
        opened.append(browser)
        return browser

    yield open_socket
    for browser in opened:
        await browser.leave()
    await get_channel_layer().flush()
    await sync_to_async(connections.close_all)()
