"""The practice partner against a real peer: what one sends comes back; and it survives anybody."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from video.media import Partner

CODE = "c" * 32


class Ears:
    """What the partner said, to whom."""

    def __init__(self) -> None:
        self.said = []
        self.more = asyncio.Event()

    async def tell(self, code, event):
        self.said.append((code, event))
        self.more.set()

    async def frame(self, kind):
        """The newest frame of this kind, waited for."""
        while True:
            for _, event in reversed(self.said):
                if event["type"] == "room.frame" and event["frame"]["type"] == kind:
                    return event["frame"]
            self.more.clear()
            await asyncio.wait_for(self.more.wait(), 5)

    def told(self, code=CODE):
        return [event["type"] for to, event in self.said if to == code]


@asynccontextmanager
async def partner_and_ears(**options):
    ears = Ears()
    partner = Partner(ears.tell, **{"most": 2, "welcome": 0.0, **options})
    try:
        yield partner, ears
    finally:
        await partner.close()


async def come_in(partner, code=CODE, socket="s1"):
    await partner.hear({"type": "practice.open", "code": code, "session": socket})
    await partner.tend()


def offer_event(sdp, call="call-number-1", code=CODE):
    frame = {"type": "offer", "call": call, "sdp": sdp, "from": "practice", "session": "s1"}
    return {"type": "practice.frame", "code": code, "session": "s1", "frame": frame}


class Caller:
    """A browser's side of the call, as aiortc plays it."""

    def __init__(self):
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pc.addTrack(AudioStreamTrack())
        self.pc.addTrack(VideoStreamTrack())

    async def call(self, partner, ears, name="call-number-1"):
        await self.pc.setLocalDescription(await self.pc.createOffer())
        await partner.hear(offer_event(self.pc.localDescription.sdp, name))
        answer = await ears.frame("answer")
        assert answer["call"] == name
        await self.take(answer["sdp"])

    async def take(self, sdp):
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def received(self, kind):
        receiver = next(t.receiver for t in self.pc.getTransceivers() if t.kind == kind)
        return await asyncio.wait_for(receiver.track.recv(), 15)


async def test_sound_and_picture_come_back():
    async with partner_and_ears() as (partner, ears):
        await come_in(partner)
        caller = Caller()
        try:
            await caller.call(partner, ears)
            sound, picture = await caller.received("audio"), await caller.received("video")
            assert (picture.width, picture.height) == (640, 480)
            assert sound.samples > 0
        finally:
            await caller.pc.close()


async def test_a_fresh_connection_takes_the_place_of_the_old_one():
    async with partner_and_ears() as (partner, ears):
        await come_in(partner)
        first, second = Caller(), Caller()
        try:
            await first.call(partner, ears)
            await first.received("audio")
            await second.call(partner, ears, "call-number-2")
            await second.received("audio")
            assert len(partner.sessions) == 1
        finally:
            await first.pc.close()
            await second.pc.close()


AUDIO_PART = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
BROKEN = [
    "v=0",
    "v=0\r\n" + AUDIO_PART * 500,
    "v=0\r\nm=audio x y z\r\n",
    "v=0\r\n" + "a=rtpmap:1\r\n" * 500,
    "v=0\x00\x00",
]


@pytest.mark.parametrize("sdp", BROKEN)
async def test_a_broken_offer_is_that_callers_trouble_alone(sdp, caplog):
    async with partner_and_ears() as (partner, ears):
        await come_in(partner)
        await partner.hear(offer_event(sdp))
        assert partner.sessions[CODE].pc is None
        caller = Caller()
        try:
            await caller.call(partner, ears, "call-number-2")
            assert await caller.received("audio")
        finally:
            await caller.pc.close()


@pytest.mark.parametrize(
    "candidate",
    ["", "candidate:nonsense", "candidate:1 1 udp 1 host.local 9 typ host", "x" * 1000],
)
async def test_broken_candidates_do_no_harm(candidate, caplog):
    async with partner_and_ears() as (partner, ears):
        await come_in(partner)
        caller = Caller()
        try:
            await caller.call(partner, ears)
            one = {"candidate": candidate, "mid": "0", "line": 0}
            frame = {"type": "candidates", "call": "call-number-1", "candidates": [one]}
            await partner.hear({"type": "practice.frame", "code": CODE, "frame": frame})
            assert await caller.received("audio")
        finally:
            await caller.pc.close()


async def test_nobody_is_answered_before_being_let_in():
    async with partner_and_ears(welcome=60.0) as (partner, ears):
        await come_in(partner)
        assert ears.told() == ["room.wait"]
        await partner.hear(offer_event("v=0"))
        assert ears.told() == ["room.wait"]


async def test_when_all_seats_are_taken_the_next_one_waits_in_line():
    async with partner_and_ears(most=1) as (partner, ears):
        await come_in(partner, "a" * 32, "s-a")
        await come_in(partner, "b" * 32, "s-b")
        await come_in(partner, "c" * 32, "s-c")
        waits = [(to[0], event["place"]) for to, event in ears.said if event.get("code") == "full"]
        assert waits == [("b", 1), ("c", 2)]
        await partner._end(partner.sessions["a" * 32])
        await partner.tend()
        assert list(partner.sessions) == ["b" * 32]
        assert ears.said[-1] == ("c" * 32, {"type": "room.wait", "code": "full", "place": 1})


async def test_a_call_ends_after_its_time():
    async with partner_and_ears(lifetime=0.0) as (partner, ears):
        await come_in(partner)
        await asyncio.sleep(0.01)
        await partner.tend()
        assert ears.told()[-1] == "room.over"
        assert not partner.sessions


async def test_who_left_may_come_back_for_a_while_and_is_let_in_at_once():
    async with partner_and_ears() as (partner, ears):
        await come_in(partner)
        await partner.tend()
        await partner.hear({"type": "practice.left", "code": CODE, "session": "s1"})
        assert partner.sessions[CODE].left_at is not None
        ears.said.clear()
        await partner.hear({"type": "practice.open", "code": CODE, "session": "s2"})
        assert ears.told()[:1] == ["room.admitted"]
        assert partner.sessions[CODE].left_at is None
        # The old socket is noticed late; the person is still here.
        await partner.hear({"type": "practice.left", "code": CODE, "session": "s1"})
        assert partner.sessions[CODE].left_at is None


async def test_no_public_server_is_asked_for_an_address(monkeypatch):
    seen = []

    class Watched(RTCPeerConnection):
        def __init__(self, configuration=None):
            seen.append(configuration)
            super().__init__(configuration)

    monkeypatch.setattr("video.media.RTCPeerConnection", Watched)
    async with partner_and_ears() as (partner, _):
        await come_in(partner)
        caller = Caller()
        await caller.pc.setLocalDescription(await caller.pc.createOffer())
        await partner.hear(offer_event(caller.pc.localDescription.sdp))
        await caller.pc.close()
    assert seen[0].iceServers == []
