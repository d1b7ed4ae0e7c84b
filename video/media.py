"""The practice partner: sends people their own sound and picture back, so that they can judge them.

Encoded packets are passed through, never decoded: a session costs a few percent of a core. It has
no part in any visit, keeps nothing, and holds at most as many sessions as it was told.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from fractions import Fraction
from queue import Queue
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp
from av.packet import Packet

logger = logging.getLogger("telemed.media")

LIFETIME = 180.0  # seconds of one practice call
WELCOME = 3.0  # seconds in the waiting room, so that one sees it
COME_BACK = 20.0  # seconds that a session outlives its socket
LISTED = 45.0  # seconds without a word after which somebody in line is gone
KEYFRAME_PAUSE = 0.5  # seconds between two wishes for a whole picture
QUEUED = 64  # packets that wait to be sent back; more means that sending cannot keep up
MOST_CANDIDATES = 64
MOST_PARTS = 3  # sound, picture, and one that a browser may add
IN_LINE = 500

Tell = Callable[[str, dict[str, Any]], Awaitable[None]]
IceServers = Callable[[str], list[dict[str, Any]]]


class _Intake(Queue):
    """Takes the place of a receiver's decoder queue: hands encoded frames over, decodes none.

    aiortc 1.16 has no public way to receive without decoding; tests/video hold this to it.
    """

    def __init__(self, into: asyncio.Queue[Packet], time_base: Fraction) -> None:
        super().__init__()
        self._into = into
        self._time_base = time_base

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if item is None:  # the decoder thread, which waits here and does nothing, may end
            super().put(None)
            return
        _, encoded = item
        packet = Packet(encoded.data)
        packet.pts = encoded.timestamp
        packet.time_base = self._time_base
        if not self._into.full():
            self._into.put_nowait(packet)


class Echo(MediaStreamTrack):
    """Yields the encoded frames that a receiver gets."""

    def __init__(self, receiver: RTCRtpReceiver) -> None:
        super().__init__()
        self.kind = receiver.track.kind
        self._packets: asyncio.Queue[Packet] = asyncio.Queue(QUEUED)
        clock = 48_000 if self.kind == "audio" else 90_000
        intake = _Intake(self._packets, Fraction(1, clock))
        receiver._RTCRtpReceiver__decoder_queue = intake  # type: ignore[attr-defined]

    async def recv(self) -> Packet:
        if self.readyState != "live":
            raise MediaStreamError
        return await self._packets.get()


def ask_for_whole_pictures(sender: RTCRtpSender, receiver: RTCRtpReceiver) -> None:
    """What the browser asks of us, it must give itself: we encode nothing."""
    loop = asyncio.get_running_loop()
    asked_at = -KEYFRAME_PAUSE

    def ask() -> None:
        nonlocal asked_at
        if loop.time() - asked_at < KEYFRAME_PAUSE:
            return
        asked_at = loop.time()
        for source in receiver.getSynchronizationSources():
            task = asyncio.ensure_future(receiver._send_rtcp_pli(source.source))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    sender._send_keyframe = ask  # type: ignore[method-assign]


@dataclass
class Session:
    """One person's practice call."""

    code: str
    session: str  # of the browser's socket
    began_at: float
    left_at: float | None = None
    is_admitted: bool = False
    call: str = ""
    pc: RTCPeerConnection | None = None
    early: list[dict[str, Any]] = field(default_factory=list)


class Partner:
    """Keeps the sessions and the line before them. Time is the event loop's."""

    def __init__(
        self,
        tell: Tell,
        *,
        most: int,
        ice_servers: IceServers = lambda code: [],
        lifetime: float = LIFETIME,
        welcome: float = WELCOME,
    ) -> None:
        self._tell = tell
        self._most = most
        self._ice_servers = ice_servers
        self._lifetime = lifetime
        self._welcome = welcome
        self.sessions: dict[str, Session] = {}
        self.line: dict[str, tuple[str, float]] = {}  # code: (socket, last heard), in order

    async def hear(self, event: dict[str, Any]) -> None:
        """One event of the `media` group. Never raises: the next person must be served."""
        try:
            match event["type"]:
                case "practice.open":
                    await self._open(event["code"], event["session"])
                case "practice.frame":
                    await self._frame(event["code"], event["frame"])
                case "practice.left":
                    self._left(event["code"], event["session"])
        except Exception:
            # Whatever a browser sent, it is that browser's trouble alone.
            logger.warning("practice_event_failed", exc_info=True)

    async def tend(self) -> None:
        """Let in, let go, and end what is over. Called about every half second."""
        now = _now()
        for session in list(self.sessions.values()):
            if now - session.began_at > self._lifetime + self._welcome:
                await self._end(session)
                await self._tell(session.code, {"type": "room.over"})
            elif session.left_at is not None and now - session.left_at > COME_BACK:
                await self._end(session)
            elif not session.is_admitted and now - session.began_at >= self._welcome:
                await self._admit(session)
        for code, (_, heard_at) in list(self.line.items()):
            if now - heard_at > LISTED:
                del self.line[code]
        moved = False
        while self.line and len(self.sessions) < self._most:
            code = next(iter(self.line))
            socket, _ = self.line.pop(code)
            await self._begin(code, socket)
            moved = True
        if moved:
            for place, code in enumerate(self.line, 1):
                await self._say_wait(code, "full", place)

    async def close(self) -> None:
        for session in list(self.sessions.values()):
            await self._end(session)
        self.line.clear()

    # --- one person ---

    async def _open(self, code: str, socket: str) -> None:
        if session := self.sessions.get(code):
            session.left_at = None
            if session.session != socket:
                session.session = socket
                if session.is_admitted:
                    await self._admit(session)
                else:
                    await self._say_wait(code, "starting", 0)
        elif code in self.line or len(self.sessions) >= self._most:
            await self._queue(code, socket)
        else:
            await self._begin(code, socket)

    async def _queue(self, code: str, socket: str) -> None:
        if code not in self.line and len(self.line) >= IN_LINE:
            return
        self.line[code] = (socket, _now())
        await self._say_wait(code, "full", list(self.line).index(code) + 1)

    async def _begin(self, code: str, socket: str) -> None:
        self.sessions[code] = Session(code=code, session=socket, began_at=_now())
        await self._say_wait(code, "starting", 0)

    async def _admit(self, session: Session) -> None:
        session.is_admitted = True
        await self._tell(session.code, {"type": "room.admitted"})
        here = {"role": "partner", "session": "partner", "here": True, "asks": False, "at": 0}
        await self._tell(session.code, {"type": "room.presence", **here})
        connected = session.pc is not None and session.pc.connectionState == "connected"
        await self._say(session, {"type": "hello", "call": session.call if connected else None})

    async def _frame(self, code: str, frame: dict[str, Any]) -> None:
        session = self.sessions.get(code)
        if session is None or not session.is_admitted:
            return
        if frame["type"] == "offer":
            await self._answer(session, frame)
        elif frame["type"] == "candidates":
            await self._candidates(session, frame)

    async def _answer(self, session: Session, offer: dict[str, Any]) -> None:
        call = session.call = offer["call"]
        session.early = []
        await self._hang_up(session)
        # Each part of an offer costs sockets and a thread.
        if not 1 <= offer["sdp"].count("\nm=") <= MOST_PARTS:
            raise ValueError("an offer of too little or too much")
        servers = [RTCIceServer(**each) for each in self._ice_servers(session.code)]
        # An empty list, not None: aiortc would ask a public STUN server.
        pc = RTCPeerConnection(
            RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        session.pc = pc
        try:
            await pc.setRemoteDescription(RTCSessionDescription(sdp=offer["sdp"], type="offer"))
            for transceiver in pc.getTransceivers():
                sender = pc.addTrack(Echo(transceiver.receiver))
                if transceiver.kind == "video":
                    ask_for_whole_pictures(sender, transceiver.receiver)
            await pc.setLocalDescription(await pc.createAnswer())
            await self._add(pc, session.early)
        except Exception:
            await self._hang_up(session)
            raise
        await self._say(session, {"type": "answer", "call": call, "sdp": pc.localDescription.sdp})

    async def _candidates(self, session: Session, frame: dict[str, Any]) -> None:
        if frame["call"] != session.call:
            return
        if session.pc is None or session.pc.localDescription is None:
            session.early = [*session.early, *frame["candidates"]][:MOST_CANDIDATES]
        else:
            await self._add(session.pc, frame["candidates"])

    async def _add(self, pc: RTCPeerConnection, candidates: list[dict[str, Any]]) -> None:
        for each in candidates:
            line = each["candidate"].removeprefix("candidate:")
            if not line:
                continue
            candidate = candidate_from_sdp(line)
            # A name that only the sender's own network can resolve is of no use here.
            if candidate.ip.endswith(".local"):
                continue
            candidate.sdpMid, candidate.sdpMLineIndex = each["mid"], each["line"]
            await pc.addIceCandidate(candidate)

    def _left(self, code: str, socket: str) -> None:
        if (session := self.sessions.get(code)) and session.session == socket:
            session.left_at = _now()
        if (waiting := self.line.get(code)) and waiting[0] == socket:
            del self.line[code]

    async def _end(self, session: Session) -> None:
        self.sessions.pop(session.code, None)
        await self._hang_up(session)

    async def _hang_up(self, session: Session) -> None:
        pc, session.pc = session.pc, None
        if pc is not None:
            await pc.close()

    async def _say(self, session: Session, frame: dict[str, Any]) -> None:
        stamp = {"from": "partner", "session": "partner"}
        await self._tell(session.code, {"type": "room.frame", "frame": {**frame, **stamp}})

    async def _say_wait(self, code: str, why: str, place: int) -> None:
        await self._tell(code, {"type": "room.wait", "code": why, "place": place})


def _now() -> float:
    return asyncio.get_running_loop().time()
