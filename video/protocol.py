"""The frames a browser may send, as docs/signaling.md lists them. Pure: text in, message out.

Nothing unknown gets through: unknown keys are dropped, every field has a kind and a limit.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MAX_FRAME_BYTES = 64 * 1024
MAX_SDP = 48_000
MAX_CANDIDATE = 1024
MAX_CANDIDATES = 32
FRAMES_PER_SECOND = 10.0
FRAMES_AT_ONCE = 40
REPORTS_PER_SOCKET = 40

_CALL = re.compile(r"[A-Za-z0-9_-]{8,40}")


class Close:
    """WebSocket close codes."""

    BAD = 4400
    SIGNED_OUT = 4401
    WRONG_PERSON = 4403
    NOT_FOUND = 4404
    ELSEWHERE = 4409
    OVER = 4410
    TOO_LARGE = 4413
    FLOOD = 4429
    UNAVAILABLE = 4503


CLOSE_OF = {
    "malformed": Close.BAD,
    "unknown_type": Close.BAD,
    "bad_field": Close.BAD,
    "wrong_role": Close.BAD,
    "signed_out": Close.SIGNED_OUT,
    "wrong_person": Close.WRONG_PERSON,
    "not_found": Close.NOT_FOUND,
    "elsewhere": Close.ELSEWHERE,
    "over": Close.OVER,
    "time": Close.OVER,
    "too_large": Close.TOO_LARGE,
    "flood": Close.FLOOD,
    "unavailable": Close.UNAVAILABLE,
}


class Cause(StrEnum):
    """Why a join failed or degraded. Never anything about a person's health."""

    DENIED = "denied"
    NO_DEVICE = "no_device"
    BUSY = "busy"
    IN_APP = "in_app"
    INSECURE = "insecure"
    OLD_BROWSER = "old_browser"
    UNKNOWN_DEVICE = "unknown_device"
    ICE_FAILED = "ice_failed"
    STALLED = "stalled"
    NO_ANSWER = "no_answer"
    BLOCKED_PLAY = "blocked_play"


class Reported(StrEnum):
    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    FAILED = "failed"
    DEVICES = "devices"


class ProtocolError(Exception):
    """A frame that breaks the protocol; `code` is one of CLOSE_OF's."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Ping:
    pass


@dataclass(frozen=True)
class Hello:
    call: str | None


@dataclass(frozen=True)
class Offer:
    call: str
    sdp: str


@dataclass(frozen=True)
class Answer:
    call: str
    sdp: str


@dataclass(frozen=True)
class Candidate:
    candidate: str
    mid: str | None
    line: int | None


@dataclass(frozen=True)
class Candidates:
    call: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Again:
    call: str | None
    why: Cause


@dataclass(frozen=True)
class Media:
    sound: bool
    picture: bool


@dataclass(frozen=True)
class Report:
    event: Reported
    cause: Cause | None


Signal = Hello | Offer | Answer | Candidates | Again | Media
Message = Ping | Report | Signal

# Who may send what: the clinician's side offers, the other side answers (docs/signaling.md, Roles).
OFFERING: tuple[type, ...] = (Offer,)
ANSWERING: tuple[type, ...] = (Answer, Hello, Again)


def parse(text: str) -> Message:
    """One frame of a browser. Raises ProtocolError for what docs/signaling.md does not allow."""
    # Characters first: encoding a huge text only to refuse it would be work for nothing.
    if len(text) > MAX_FRAME_BYTES or len(text.encode("utf-8", "replace")) > MAX_FRAME_BYTES:
        raise ProtocolError("too_large")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("malformed") from error
    if not isinstance(fields, dict):
        raise ProtocolError("malformed")
    kind = fields.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise ProtocolError("unknown_type")
    return read(fields)


def frame(message: Signal) -> dict[str, Any]:
    """The message as it is passed on; the sender's role is added by whoever knows it."""
    return {"type": type(message).__name__.lower(), **asdict(message)}


def check_role(message: Signal, *, offers: bool) -> None:
    """Raise ProtocolError when this side of the call may not send this."""
    if isinstance(message, ANSWERING if offers else OFFERING):
        raise ProtocolError("wrong_role")


@dataclass
class Allowance:
    """A token bucket. Time is given, in seconds of any steady clock."""

    at: float
    left: float = FRAMES_AT_ONCE

    def take(self, now: float) -> bool:
        """Spend one; False when the sender is too fast."""
        earned = max(0.0, now - self.at) * FRAMES_PER_SECOND
        self.left = min(FRAMES_AT_ONCE, self.left + earned)
        self.at = max(self.at, now)
        if self.left < 1:
            return False
        self.left -= 1
        return True


def _text(fields: Mapping[str, Any], name: str, most: int) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise ProtocolError("bad_field")
    try:
        # JSON may carry half a surrogate pair, which no layer below can encode.
        value.encode()
    except UnicodeEncodeError as error:
        raise ProtocolError("bad_field") from error
    return value


def _call(fields: Mapping[str, Any]) -> str:
    call = _text(fields, "call", 40)
    if not _CALL.fullmatch(call):
        raise ProtocolError("bad_field")
    return call


def _call_or_none(fields: Mapping[str, Any]) -> str | None:
    return None if fields.get("call") is None else _call(fields)


def _sdp(fields: Mapping[str, Any]) -> str:
    sdp = _text(fields, "sdp", MAX_SDP)
    if not sdp.startswith("v=0"):
        raise ProtocolError("bad_field")
    return sdp


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise ProtocolError("bad_field")
    return value


def _cause(fields: Mapping[str, Any], name: str) -> Cause:
    try:
        return Cause(_text(fields, name, 20))
    except ValueError as error:
        raise ProtocolError("bad_field") from error


def _candidate(value: Any) -> Candidate:
    if not isinstance(value, dict):
        raise ProtocolError("bad_field")
    line = value.get("line")
    if line is not None and (type(line) is not int or not 0 <= line <= 255):
        raise ProtocolError("bad_field")
    mid = None if value.get("mid") is None else _text(value, "mid", 64)
    return Candidate(candidate=_text(value, "candidate", MAX_CANDIDATE), mid=mid, line=line)


def _candidates(fields: Mapping[str, Any]) -> Candidates:
    values = fields.get("candidates")
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_CANDIDATES:
        raise ProtocolError("bad_field")
    return Candidates(_call(fields), tuple(_candidate(value) for value in values))


def _report(fields: Mapping[str, Any]) -> Report:
    try:
        event = Reported(_text(fields, "event", 20))
    except ValueError as error:
        raise ProtocolError("bad_field") from error
    return Report(event, _cause(fields, "cause") if fields.get("cause") else None)


_READERS: dict[str, Callable[[Mapping[str, Any]], Message]] = {
    "ping": lambda fields: Ping(),
    "hello": lambda fields: Hello(_call_or_none(fields)),
    "offer": lambda fields: Offer(_call(fields), _sdp(fields)),
    "answer": lambda fields: Answer(_call(fields), _sdp(fields)),
    "candidates": _candidates,
    "again": lambda fields: Again(_call_or_none(fields), _cause(fields, "why")),
    "media": lambda fields: Media(_flag(fields, "sound"), _flag(fields, "picture")),
    "report": _report,
}
