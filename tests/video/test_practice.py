"""The practice visit: its pages, its socket, and the media process behind it."""

import asyncio
import uuid
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.urls import reverse

from tests.video.test_media import Caller
from video import rooms
from video.management.commands import media

RESULT = {"camera": "works", "microphone": "works", "connection": "good"}


# --- Pages ---


@pytest.mark.parametrize("who", ["ada", "bello", "dana", "gus", "zed"])
def test_anybody_signed_in_may_practice(who, request, signed_in):
    browser = signed_in(request.getfixturevalue(who))
    assert browser.get("/practice/").status_code == 200
    response = browser.post("/practice/start/", follow=True)
    assert response.status_code == 200
    assert b"<tm-room" in response.content


def test_nobody_is_asked_to_sign_in(client, ada):
    call = rooms.start_practice(ada.user)
    for path in ("/practice/", f"/practice/{call.code}/"):
        assert client.get(path).headers["Location"].startswith("/accounts/login/")
    assert client.post("/practice/start/").status_code == 302


def test_somebody_elses_practice_is_not_found(ada, zed, signed_in):
    call = rooms.start_practice(ada.user)
    browser = signed_in(zed)
    for name, method in (("practice_call", browser.get), ("end_practice", browser.post)):
        assert method(reverse(f"video:{name}", args=[call.code])).status_code == 404
        assert method(reverse(f"video:{name}", args=[uuid.uuid4()])).status_code == 404


def test_starting_and_ending_are_done_by_post_only(ada, signed_in):
    call = rooms.start_practice(ada.user)
    browser = signed_in(ada)
    for path in ("/practice/start/", reverse("video:end_practice", args=[call.code])):
        assert browser.get(path).status_code == 405


def test_the_result_is_said_in_words(ada, signed_in):
    call = rooms.start_practice(ada.user)
    response = signed_in(ada).post(f"/practice/{call.code}/end/", RESULT, follow=True)
    page = response.content.decode()
    for sentence in ("Your camera works.", "Your microphone works.", "Your connection is good."):
        assert sentence in page


def test_a_call_that_ended_before_anything_was_measured_says_so(ada, signed_in):
    call = rooms.start_practice(ada.user)
    page = signed_in(ada).post(f"/practice/{call.code}/end/", follow=True).content.decode()
    assert "Your camera was not tried." in page
    assert "Your connection was not measured." in page


@pytest.mark.parametrize("field", RESULT)
def test_made_up_results_are_not_kept(ada, signed_in, field):
    call = rooms.start_practice(ada.user)
    response = signed_in(ada).post(f"/practice/{call.code}/end/", {**RESULT, field: "<b>"})
    assert response.status_code == 422
    call.refresh_from_db()
    assert call.ended_at is None


# --- Socket and media process ---


@asynccontextmanager
async def media_process():
    stop = asyncio.Event()
    running = asyncio.create_task(media.serve(stop=stop))
    await asyncio.sleep(0.2)
    try:
        yield
    finally:
        stop.set()
        await running


@pytest.mark.django_db(transaction=True)
async def test_whoever_practices_is_let_in_and_hears_themselves(join, gus):
    call = await sync_to_async(rooms.start_practice)(gus)
    async with media_process():
        browser = await join(gus, f"/ws/practice/{call.code}/")
        welcome = await browser.next()
        assert (welcome["role"], welcome["offers"]) == ("practice", True)
        assert (await browser.next())["live"] is False
        assert (await browser.until("wait"))["code"] == "starting"
        async with asyncio.timeout(6):
            browser.patience = 6
            assert (await browser.until("state"))["live"] is True
            assert (await browser.until("hello"))["from"] == "partner"
        caller = Caller()
        try:
            await caller.pc.setLocalDescription(await caller.pc.createOffer())
            sdp = caller.pc.localDescription.sdp
            await browser.send(type="offer", call="call-number-1", sdp=sdp)
            await caller.take((await browser.until("answer"))["sdp"])
            assert await caller.received("audio")
            assert (await caller.received("video")).width == 640
        finally:
            await caller.pc.close()


@pytest.mark.django_db(transaction=True)
async def test_a_practice_socket_is_its_persons_alone(join, gus, zed):
    call = await sync_to_async(rooms.start_practice)(gus)
    path = f"/ws/practice/{call.code}/"
    assert await (await join(zed, path)).refusal() == ("not_found", 4404)
    assert await (await join(None, path)).refusal() == ("signed_out", 4401)
    await sync_to_async(rooms.end_practice)(call)
    assert await (await join(gus, path)).refusal() == ("over", 4410)


@pytest.mark.django_db(transaction=True)
async def test_the_media_process_may_be_away_and_come_later(join, gus):
    call = await sync_to_async(rooms.start_practice)(gus)
    browser = await join(gus, f"/ws/practice/{call.code}/")
    await browser.until("state")
    async with media_process():
        await browser.send(type="ping")
        assert (await browser.until("wait"))["code"] == "starting"
