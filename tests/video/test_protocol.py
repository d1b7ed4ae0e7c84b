"""The parser lets through what docs/signaling.md lists, and refuses the rest with a code."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video import protocol
from video.protocol import ProtocolError

CALL = "a-call-id-1"
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "mid": "0", "line": 0}

GOOD = {
    "ping": ({"type": "ping"}, protocol.Ping()),
    "hello holding nothing": ({"type": "hello", "call": None}, protocol.Hello(None)),
    "hello without the field": ({"type": "hello"}, protocol.Hello(None)),
    "hello holding a call": ({"type": "hello", "call": CALL}, protocol.Hello(CALL)),
    "offer": ({"type": "offer", "call": CALL, "sdp": SDP}, protocol.Offer(CALL, SDP)),
    "answer": ({"type": "answer", "call": CALL, "sdp": SDP}, protocol.Answer(CALL, SDP)),
    "candidates": (
        {"type": "candidates", "call": CALL, "candidates": [CANDIDATE]},
        protocol.Candidates(CALL, (protocol.Candidate(**CANDIDATE),)),
    ),
    "again": (
        {"type": "again", "call": None, "why": "stalled"},
        protocol.Again(None, protocol.Cause.STALLED),
    ),
    "media": ({"type": "media", "sound": True, "picture": False}, protocol.Media(True, False)),
    "report": (
        {"type": "report", "event": "connected", "cause": ""},
        protocol.Report(protocol.Reported.CONNECTED, None),
    ),
    "unknown keys are dropped": ({"type": "ping", "from": "clinician"}, protocol.Ping()),
}


@pytest.mark.parametrize(("fields", "message"), GOOD.values(), ids=GOOD.keys())
def test_reads(fields, message):
    assert protocol.parse(json.dumps(fields)) == message


BAD = {
    "empty": ("", "malformed"),
    "no JSON": ("hello", "malformed"),
    "cut off": ('{"type": "pi', "malformed"),
    "a list": ("[]", "malformed"),
    "a number": ("7", "malformed"),
    "too deep": ("[" * 5000 + "]" * 5000, "malformed"),
    "a number too long to convert": ('{"type": ' + "9" * 5000 + "}", "malformed"),
    "no type": ("{}", "unknown_type"),
    "type that is no text": ('{"type": ["ping"]}', "unknown_type"),
    "unknown type": ('{"type": "admit"}', "unknown_type"),
    "a server's frame": ('{"type": "state"}', "unknown_type"),
    "offer without sdp": ({"type": "offer", "call": CALL}, "bad_field"),
    "offer without call": ({"type": "offer", "sdp": SDP}, "bad_field"),
    "sdp that is none": ({"type": "offer", "call": CALL, "sdp": "<script>"}, "bad_field"),
    "sdp too long": ({"type": "offer", "call": CALL, "sdp": SDP + "a" * 48_000}, "bad_field"),
    "half a surrogate pair": (
        '{"type": "offer", "call": "' + CALL + '", "sdp": "v=0\\ud800"}',
        "bad_field",
    ),
    "call with odd characters": ({"type": "hello", "call": "a/b/c/d/e"}, "bad_field"),
    "call with a line end": ({"type": "hello", "call": CALL + "\n"}, "bad_field"),
    "call too short": ({"type": "hello", "call": "abc"}, "bad_field"),
    "no candidates": ({"type": "candidates", "call": CALL, "candidates": []}, "bad_field"),
    "33 candidates": (
        {"type": "candidates", "call": CALL, "candidates": [CANDIDATE] * 33},
        "bad_field",
    ),
    "candidate too long": (
        {"type": "candidates", "call": CALL, "candidates": [CANDIDATE | {"candidate": "c" * 1025}]},
        "bad_field",
    ),
    "line that is true": (
        {"type": "candidates", "call": CALL, "candidates": [CANDIDATE | {"line": True}]},
        "bad_field",
    ),
    "unknown cause": ({"type": "again", "call": None, "why": "chest pain"}, "bad_field"),
    "report of anything else": ({"type": "report", "event": "left"}, "bad_field"),
    "sound as a word": ({"type": "media", "sound": "yes", "picture": True}, "bad_field"),
    "1 MB": ('{"type": "' + "x" * 1_000_000 + '"}', "too_large"),
    "over 64 KB in bytes only": ('{"type": "' + "é" * 40_000 + '"}', "too_large"),
}


@pytest.mark.parametrize(("frame", "code"), BAD.values(), ids=BAD.keys())
def test_refuses(frame, code):
    text = frame if isinstance(frame, str) else json.dumps(frame)
    with pytest.raises(ProtocolError) as error:
        protocol.parse(text)
    assert error.value.code == code


KEYS = ["type", "call", "sdp", "candidates", "candidate", "mid", "line", "why", "event", "cause"]
WORDS = ["ping", "hello", "offer", "answer", "candidates", "again", "media", "report", CALL, SDP]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(
    st.text()
    | VALUES.map(json.dumps)
    | st.dictionaries(st.sampled_from(KEYS), VALUES).map(json.dumps)
)
def test_whatever_comes_is_a_message_or_a_refusal(text):
    try:
        message = protocol.parse(text)
    except ProtocolError as error:
        code, message = error.code, None
    if message is None:
        assert code in protocol.CLOSE_OF
    elif not isinstance(message, protocol.Ping | protocol.Report):
        # What was let in can be passed on, and reads the same on the other side.
        assert protocol.parse(json.dumps(protocol.frame(message))) == message


def test_only_one_side_offers():
    offer, hello = protocol.Offer(CALL, SDP), protocol.Hello(None)
    protocol.check_role(offer, offers=True)
    protocol.check_role(hello, offers=False)
    for message, offers in ((offer, False), (hello, True), (protocol.Answer(CALL, SDP), True)):
        with pytest.raises(ProtocolError, match="wrong_role"):
            protocol.check_role(message, offers=offers)


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=300))
def test_the_allowance_never_grants_more_than_its_rate(pauses):
    allowance = protocol.Allowance(at=0.0)
    now, granted = 0.0, 0
    for pause in pauses:
        now += pause
        granted += allowance.take(now)
    most = protocol.FRAMES_AT_ONCE + now * protocol.FRAMES_PER_SECOND
    assert granted <= most + 1e-6


def test_the_allowance_comes_back_with_time_and_never_with_a_clock_set_back():
    allowance = protocol.Allowance(at=100.0)
    assert all(allowance.take(100.0) for _ in range(protocol.FRAMES_AT_ONCE))
    assert not allowance.take(100.0)
    assert not allowance.take(50.0)
    assert allowance.take(100.2)
