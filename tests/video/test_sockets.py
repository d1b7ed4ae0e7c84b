"""Sockets of a visit, by who opens them and what they send. The real Redis is between them."""

import asyncio
import json
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from accounts import staffing
from video.models import CallEvent, Room
from visits import lifecycle

pytestmark = pytest.mark.django_db(transaction=True)

CALL = "a-call-id-1"
SDP = "v=0\r\n"


def room_of(visit):
    return f"/ws/visits/{visit.code}/"


async def both(join, visit):
    """Patient and clinician, each seeing the other."""
    patient = await join(visit.patient, room_of(visit))
    await patient.send(type="ping")
    await patient.until("pong")  # by now it has told the empty room of itself
    clinician = await join(visit.clinician, room_of(visit))
    assert (await patient.until("presence"))["here"]
    assert (await clinician.until("presence"))["here"]
    return patient, clinician


async def moved(verb, visit, **options):
    return await sync_to_async(verb)(visit, **options)


# --- Who has a seat ---


async def test_the_patient_is_told_who_they_are_and_where_things_stand(join, waiting):
    patient = await join(waiting.patient, room_of(waiting))
    welcome, state = await patient.next(), await patient.next()
    assert (welcome["type"], welcome["role"], welcome["offers"]) == ("welcome", "patient", False)
    assert state["type"] == "state"
    assert (state["status"], state["signal"], state["live"]) == ("waiting", False, False)
    assert "ice" not in state


async def test_the_clinician_offers(join, waiting):
    welcome = await (await join(waiting.clinician, room_of(waiting))).next()
    assert (welcome["role"], welcome["offers"]) == ("clinician", True)


async def test_nobody_else_has_a_seat(join, waiting, chen, dana, gus, zed):
    for person in (chen, dana, gus, zed):
        for path in (room_of(waiting), room_of(waiting) + "news/"):
            assert await (await join(person, path)).refusal() == ("not_found", 4404)


async def test_nobody_at_all_is_asked_to_sign_in(join, waiting):
    for path in (room_of(waiting), room_of(waiting) + "news/", "/ws/queue/"):
        assert await (await join(None, path)).refusal() == ("signed_out", 4401)


async def test_a_room_that_does_not_exist(join, ada):
    assert await (await join(ada, f"/ws/visits/{uuid.uuid4()}/")).refusal() == ("not_found", 4404)


async def test_the_room_of_a_finished_visit(join, completed):
    for person in (completed.patient, completed.clinician):
        assert await (await join(person, room_of(completed))).refusal() == ("over", 4410)


async def test_a_clinician_whose_membership_ended_has_no_seat(join, waiting, bello):
    await bello.user.memberships.aupdate(is_active=False)
    assert await (await join(bello, room_of(waiting))).refusal() == ("not_found", 4404)


async def test_the_queue_is_for_clinicians(join, ada, dana):
    for person in (ada, dana):
        assert await (await join(person, "/ws/queue/")).refusal() == ("wrong_person", 4403)


# --- News ---


async def test_admitting_reaches_both_sides_within_a_second(join, waiting):
    patient, clinician = await both(join, waiting)
    await moved(lifecycle.admit, waiting, by=waiting.clinician.user)
    async with asyncio.timeout(1):
        for browser in (patient, clinician):
            state = await browser.until("state")
            assert (state["status"], state["signal"], state["live"]) == ("in_progress", True, True)
    room = await Room.objects.aget(visit=waiting)
    assert room.opened_at is not None


async def test_when_the_visit_ends_its_sockets_are_closed(join, in_progress):
    patient, clinician = await both(join, in_progress)
    await moved(lifecycle.complete, in_progress, by=in_progress.clinician.user, outcome="advice")
    assert await patient.refusal() == ("over", 4410)
    assert await clinician.refusal() == ("over", 4410)
    assert (await Room.objects.aget(visit=in_progress)).closed_at is not None


async def test_open_pages_hear_that_something_changed(join, waiting, bello, chen):
    pages = [await join(bello, "/ws/queue/")]
    pages += [await join(person, room_of(waiting) + "news/") for person in (waiting.patient, bello)]
    colleague = await join(chen, "/ws/queue/")
    await moved(lifecycle.admit, waiting, by=bello.user)
    for page in pages:
        assert await page.next() == {"type": "changed"}
    assert await colleague.hears_nothing()


async def test_open_pages_hear_that_a_license_was_suspended(join, waiting, bello, chen, dana):
    pages = [await join(bello, "/ws/queue/"), await join(bello, room_of(waiting) + "news/")]
    colleague = await join(chen, "/ws/queue/")
    row = await bello.licenses.afirst()
    await moved(staffing.change_status, row, status="suspended", by=dana)
    for page in pages:
        assert await page.next() == {"type": "changed"}
    assert await colleague.hears_nothing()


# --- Signaling ---


async def test_frames_reach_the_other_side_stamped_by_the_server(join, in_progress):
    patient, clinician = await both(join, in_progress)
    await clinician.send(type="offer", call=CALL, sdp=SDP, **{"from": "patient", "evil": 1})
    offer = await patient.until("offer")
    assert (offer["from"], offer["call"], offer["sdp"]) == ("clinician", CALL, SDP)
    assert "evil" not in offer
    await patient.send(type="answer", call=CALL, sdp=SDP)
    assert (await clinician.until("answer"))["from"] == "patient"
    assert await patient.hears_nothing()


@pytest.mark.parametrize("kind", ["hello", "media"])
async def test_before_the_admit_no_signaling_passes(join, waiting, kind):
    patient, clinician = await both(join, waiting)
    await patient.send(type=kind, call=None, sound=True, picture=True)
    assert (await patient.until("error"))["code"] == "not_yet"
    assert await clinician.hears_nothing()
    await patient.send(type="ping")
    assert (await patient.until("pong"))["type"] == "pong"


async def test_the_other_side_is_told_of_a_parting(join, in_progress):
    patient, clinician = await both(join, in_progress)
    await patient.leave()
    assert (await clinician.until("presence"))["here"] is False


async def test_the_newest_tab_has_the_seat_and_nobody_seems_to_leave(join, in_progress):
    patient, clinician = await both(join, in_progress)
    second = await join(in_progress.patient, room_of(in_progress))
    assert await patient.refusal() == ("elsewhere", 4409)
    assert (await clinician.until("presence"))["here"] is True
    await patient.leave()
    assert await clinician.hears_nothing()
    assert (await second.until("presence"))["here"] is True


async def test_relay_credentials_come_with_the_admit_and_end_with_the_visit(
    join, in_progress, settings
):
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:turn.example.com:3478"], "north"
    patient = await join(in_progress.patient, room_of(in_progress))
    state = await patient.until("state")
    (server,) = state["ice"]
    until = int(server["username"].split(":")[0])
    assert until == state["ice_until"]
    assert 0 < until - in_progress.ends_at.timestamp() <= 30 * 60 + 5


async def test_what_happened_is_kept_and_nothing_else(join, in_progress):
    patient = await join(in_progress.patient, room_of(in_progress))
    await patient.until("state")
    await patient.send(type="report", event="failed", cause="ice_failed")
    await patient.send(type="ping")
    await patient.until("pong")
    await patient.leave()
    events = [(e.role, e.kind, e.cause) async for e in CallEvent.objects.all()]
    assert events == [
        ("patient", "joined", ""),
        ("patient", "failed", "ice_failed"),
        ("patient", "left", ""),
    ]


# --- Bad input ---

BAD = {
    "malformed JSON": ("{", ("malformed", 4400)),
    "unknown type": ('{"type": "admit"}', ("unknown_type", 4400)),
    "a field missing": ('{"type": "answer"}', ("bad_field", 4400)),
    "1 MB": ("x" * 1_000_000, ("too_large", 4413)),
    "an offer from the answering side": (
        json.dumps({"type": "offer", "call": CALL, "sdp": SDP}),
        ("wrong_role", 4400),
    ),
}


@pytest.mark.parametrize(("text", "refusal"), BAD.values(), ids=BAD.keys())
async def test_bad_frames_close_that_socket_alone(join, in_progress, text, refusal):
    patient, clinician = await both(join, in_progress)
    await patient.send_text(text)
    assert await patient.refusal() == refusal
    await clinician.send(type="ping")
    await clinician.until("pong")


async def test_binary_frames_are_refused(join, in_progress):
    patient = await join(in_progress.patient, room_of(in_progress))
    await patient.communicator.send_to(bytes_data=b"\x00\x01")
    assert await patient.refusal() == ("malformed", 4400)


async def test_a_flood_is_cut_off(join, in_progress):
    patient = await join(in_progress.patient, room_of(in_progress))
    for _ in range(60):
        await patient.send(type="media", sound=True, picture=True)
    assert await patient.refusal() == ("flood", 4429)


async def test_news_sockets_take_nothing_but_pings(join, bello):
    page = await join(bello, "/ws/queue/")
    await page.send(type="ping")
    assert await page.next() == {"type": "pong"}
    await page.send(type="hello")
    assert await page.refusal() == ("unknown_type", 4400)


# --- Permission is not for ever ---


async def test_signing_out_closes_the_socket_at_the_next_ping(join, in_progress):
    patient = await join(in_progress.patient, room_of(in_progress))
    await patient.until("state")
    await sync_to_async(patient.communicator.scope["session"].flush)()
    await patient.send(type="ping")
    assert await patient.refusal() == ("signed_out", 4401)


async def test_a_ping_brings_news_that_was_lost(join, waiting, monkeypatch):
    patient = await join(waiting.patient, room_of(waiting))
    await patient.until("state")
    monkeypatch.setattr("accounts.live._tell", lambda *_: None)
    await moved(lifecycle.admit, waiting, by=waiting.clinician.user)
    await patient.send(type="ping")
    assert (await patient.until("state"))["status"] == "in_progress"


# --- Parts that are away ---


async def test_without_redis_a_join_is_put_off_and_an_open_socket_lives(
    join, in_progress, bello, monkeypatch
):
    monkeypatch.setattr("video.watch.PAUSE", 0.05)
    page = await join(bello, "/ws/queue/")
    patient = await join(in_progress.patient, room_of(in_progress))
    await patient.until("state")

    async def away(*_):
        raise ConnectionError("redis is away")

    with monkeypatch.context() as broken:
        shard = "channels_redis.pubsub.RedisSingleShardConnection"
        broken.setattr(f"{shard}.publish", away)
        broken.setattr(f"{shard}.subscribe", away)
        late = await join(in_progress.clinician, room_of(in_progress))
        assert await late.refusal() == ("unavailable", 4503)
        await patient.send(type="hello", call=None)
        for browser in (page, patient):
            await browser.send(type="ping")
            assert (await browser.until("pong"))["type"] == "pong"
        await asyncio.sleep(0.2)
    # Redis is back: what was said meanwhile is made up for, without being asked.
    assert await page.next() == {"type": "changed"}


async def test_without_the_database_a_join_is_put_off(join, waiting, monkeypatch):
    def away(*_):
        raise OperationalError("the database is away")

    monkeypatch.setattr("video.rooms.seat_for", away)
    browser = await join(waiting.patient, room_of(waiting))
    assert await browser.refusal() == ("unavailable", 4503)
