"""Bad luck in a browser: the network, a process or the other person fails, and nothing is lost."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from accounts.models import Clinician, Notice, Patient
from telemed import embedded
from tests import world
from tests.browser.conftest import Site
from tests.browser.person import Person
from triage.models import Intake
from visits.models import Note, Visit, VisitType

Behind = Callable[..., Any]
Comes = Callable[..., Person]

ROOM = "document.querySelector('tm-room')"


class Pair:
    """Ada and Dr. Bello, each at their page of the visit."""

    def __init__(self, ada: Person, bello: Person, visit: Visit) -> None:
        self.ada, self.bello, self.visit = ada, bello, visit
        self.both = (ada, bello)

    def open(self) -> None:
        self.bello.goes_to(f"/visits/{self.visit.code}/chart/")
        self.ada.goes_to(f"/visits/{self.visit.code}/room/")

    def until_it_flows(self) -> None:
        for person in self.both:
            person.until_call_flows()

    def still_flows(self) -> None:
        """New pictures and new sound arrive on both sides, and both pages say so."""
        before = [person.call() for person in self.both]
        for person, earlier in zip(self.both, before, strict=True):
            person.until_call_flows(more_than=earlier)
            expect(person.page.locator("tm-room")).to_have_attribute("data-phase", "connected")

    def connections(self) -> list[str]:
        return [person.page.evaluate(f"{ROOM}.call.active.id") for person in self.both]


@pytest.fixture
def pair(comes_in: Comes, desk: Person, ada: Patient, booked: Visit) -> Pair:
    return Pair(comes_in(ada, phone=True), desk, booked)


@pytest.fixture
def call(pair: Pair, in_progress: Visit) -> Pair:
    """A running call."""
    pair.open()
    pair.until_it_flows()
    return pair


def until(person: Person, expression: str, *, within: float = 10) -> None:
    # Not Playwright's own: that evaluates a string in the page, which the policy forbids.
    end = time.monotonic() + within
    while not person.page.evaluate(expression):
        assert time.monotonic() < end, f"{person.name}: in vain waited for {expression}"
        person.page.wait_for_timeout(50)


def is_joined(person: Person) -> bool:
    return bool(person.page.evaluate(f"{ROOM}.signaling.welcomed"))


def joins(person: Person, *, within: float = 10) -> None:
    until(person, f"{ROOM}.signaling.welcomed", within=within)


# --- A running call ---


def test_a_dropped_socket_comes_back_and_the_call_never_notices(call: Pair) -> None:
    connections = call.connections()
    call.ada.page.evaluate(f"window.old = {ROOM}.signaling.socket; window.old.close()")
    until(call.ada, f"{ROOM}.signaling.socket !== window.old")
    joins(call.ada)
    call.still_flows()
    assert call.connections() == connections


def test_a_reloaded_page_is_back_in_the_call(call: Pair) -> None:
    call.ada.page.reload()
    call.until_it_flows()
    call.still_flows()
    call.bello.page.reload()
    call.until_it_flows()
    call.still_flows()


def test_three_seconds_without_network(call: Pair) -> None:
    connections = call.connections()
    ada = call.ada
    ada.page.evaluate(f"{ROOM}.signaling.socket.close()")
    ada.page.context.set_offline(True)
    ada.sees("You are offline")
    ada.page.wait_for_timeout(3_000)
    assert not is_joined(ada)
    ada.page.context.set_offline(False)
    joins(ada, within=3)
    expect(ada.page.get_by_text("You are offline")).to_be_hidden()
    call.still_flows()
    assert call.connections() == connections
    ada.had_bad_luck()


def test_a_killed_web_process_costs_no_picture_and_no_word(
    call: Pair, site: Site, behind: Behind
) -> None:
    connections = call.connections()
    page = call.bello.page
    site.kill_web()
    try:
        page.get_by_label("Plan").first.fill("Rest and fluids.")
        page.get_by_label("Plan").first.press("Tab")
        expect(page.locator("[data-save=said]")).to_contain_text("Not saved — trying again")
        call.still_flows()
    finally:
        site.start_web()
    for person in call.both:
        joins(person)
    expect(page.locator("[data-save=said]")).to_contain_text("Saved")
    assert behind(Note.objects.get).plan == "Rest and fluids."
    assert call.connections() == connections
    call.still_flows()
    for person in call.both:
        person.had_bad_luck()


def test_a_second_tab_takes_the_seat_and_the_first_says_so(call: Pair) -> None:
    first = call.ada
    second = Person("Ada's second tab", first.page.context.new_page(), first.server)
    second.goes_to(f"/visits/{call.visit.code}/room/")
    second.until_call_flows()
    first.sees("You went on in another tab or on another device, so this page stopped.")
    first.page_is_accessible()
    assert first.page.evaluate(f"{ROOM}.devices === null"), "its camera is still on"

    with first.page.expect_navigation():
        first.page.locator("[data-act=seat]").click()
    call.until_it_flows()
    second.sees("so this page stopped")
    second.must_be_clean()


# --- Before the clinician lets the patient in ---

# Every connection that a page ever makes, and every track that it gives to one.
WATCH = """
window.made = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) { super(...args); window.made.push(this); }
};
"""
SENDING = """window.made.flatMap((each) => each.getSenders())
  .filter((each) => each.track && each.transport?.state !== "closed").length"""


def test_no_picture_and_no_sound_leave_a_browser_before_admit_and_after_being_put_back(
    pair: Pair, waiting: Visit, behind: Behind
) -> None:
    for person in pair.both:
        person.page.add_init_script(WATCH)
    pair.open()
    for person in pair.both:
        until(person, f"{ROOM}.devices?.stream.getTracks().length === 2")  # both see themselves
        joins(person)
    until(pair.bello, f"{ROOM}.call.present")
    pair.ada.page.wait_for_timeout(1_000)
    for person in pair.both:
        assert person.page.evaluate("window.made.length") == 0
        reading = person.call()
        assert (reading["frames"], reading["audioBytes"], reading["packets"]) == (0, 0, 0)

    pair.bello.presses("Admit")
    pair.until_it_flows()
    for person in pair.both:
        assert person.page.evaluate(SENDING) == 2

    pair.bello.presses("Back to the waiting room")
    pair.ada.sees("knows you are here")
    for person in pair.both:
        until(person, f"{ROOM}.call.active === null")
        states = person.page.evaluate("window.made.map((each) => each.connectionState)")
        assert set(states) == {"closed"}
        assert person.page.evaluate(SENDING) == 0


# --- Alone ---


def test_one_person_with_one_browser_practices(comes_in: Comes, ada: Patient) -> None:
    alone = comes_in(ada, phone=True)
    alone.goes_to("/practice/")
    alone.page_is_accessible()
    alone.presses("Start practice visit")
    alone.sees("Practice waiting room")
    alone.page_is_accessible()
    alone.until_call_flows(seconds=30)
    alone.page_is_accessible()
    # The microphone's level needs a moment; the fake one beeps once a second.
    until(alone, f"{ROOM}.peak > 0.02 && {ROOM}.best !== undefined")
    alone.presses("End")
    alone.sees("Your camera works.")
    alone.sees("Your microphone works.")
    expect(alone.page.locator(".checks")).to_contain_text("Your connection is")
    alone.page_is_accessible()


# --- Somebody else was quicker, or oneself was twice ---


@pytest.fixture
def choosing(
    comes_in: Comes, ada: Patient, intake: Intake, bello: Clinician, visit_type: VisitType
) -> Person:
    """Ada at the page of times, on its third day."""
    person = comes_in(ada, phone=True)
    person.goes_to(f"/intakes/{intake.code}/times/")
    person.page.locator(".days a").nth(2).click()
    expect(person.page.locator(".days a").nth(2)).to_have_attribute("aria-current", "date")
    return person


def slots(person: Person) -> Locator:
    return person.page.locator("form.slots button[name=starts_at]")


def test_a_time_that_somebody_holds_since_a_second_is_refused_and_all_else_stays(
    choosing: Person, comes_in: Comes, zed: Patient, behind: Behind
) -> None:
    need = behind(world.make_intake, zed)
    other = comes_in(zed)
    other.goes_to(f"/intakes/{need.code}/times/")
    other.page.locator(".days a").nth(2).click()
    wanted = slots(choosing).nth(3).get_attribute("value")
    other.page.locator(f"button[value='{wanted}']").click()
    other.sees("Is this right?")

    with choosing.page.expect_response("**/hold/") as answer:
        slots(choosing).nth(3).click()
    assert answer.value.status == 409
    choosing.sees("Someone else just took this time")
    expect(choosing.page.locator(".days a").nth(2)).to_have_attribute("aria-current", "date")
    expect(choosing.page.locator(f"button[value='{wanted}']")).to_have_count(0)
    choosing.page_is_accessible()
    slots(choosing).first.click()
    choosing.sees("Is this right?")


def test_two_clicks_book_once_and_the_way_back_leads_to_the_visit(
    choosing: Person, behind: Behind
) -> None:
    page = choosing.page
    slots(choosing).first.dblclick()
    choosing.sees("Is this right?")
    assert behind(lambda: [each.status for each in Visit.objects.all()]) == ["held"]
    page.get_by_role("button", name="Book this visit").dblclick()
    choosing.sees("Your visit is booked")
    assert behind(lambda: [each.status for each in Visit.objects.all()]) == ["booked"]
    assert behind(Notice.objects.filter(kind="visit.booked").count) == 1

    answers: list[int] = []
    page.on("response", lambda response: answers.append(response.status))
    visit_page = page.url
    page.go_back()
    page.wait_for_load_state()
    again = page.get_by_role("button", name="Book this visit")
    if again.is_visible():  # the browser showed the page as it was
        again.click()
    expect(page).to_have_url(visit_page)
    page.go_back()
    page.wait_for_load_state()
    assert [status for status in answers if status >= 400] == []
    assert behind(Visit.objects.count) == 1


# --- Signed out while writing ---


def test_whoever_is_signed_out_while_writing_loses_no_word(
    desk: Person, in_progress: Visit, bello: Clinician, behind: Behind
) -> None:
    desk.goes_to(f"/visits/{in_progress.code}/chart/")
    page = desk.page
    plan, said = page.get_by_label("Plan").first, page.locator("[data-save=said]")
    plan.fill("Rest.")
    plan.press("Tab")
    expect(said).to_contain_text("Saved")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    other = Person("her other tab", page.context.new_page(), desk.server)
    other.goes_to("/profile/")
    other.page.get_by_text("Account", exact=True).click()
    other.presses("Sign out")

    plan.fill("Rest and fluids.")
    plan.press("Tab")
    expect(said).to_contain_text("you are signed out")
    expect(plan).to_have_value("Rest and fluids.")
    desk.page_is_accessible()
    # The news socket learns of it at its next ping; the page must not go away over that.
    page.evaluate("document.querySelector('tm-live[socket]').socket.send('{\"type\":\"ping\"}')")
    until(desk, "document.querySelector('tm-live[socket]').socket === null")
    page.wait_for_timeout(500)
    expect(plan).to_have_value("Rest and fluids.")

    other.signs_in(bello.user)
    expect(said).to_contain_text("Saved")
    assert behind(Note.objects.get).plan == "Rest and fluids."
    assert asked == []
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # she is back here
    until(desk, "document.querySelector('tm-live[socket]').up")
    other.must_be_clean()


def test_news_take_nothing_back_that_was_chosen_and_not_sent_yet(
    desk: Person, in_progress: Visit
) -> None:
    desk.goes_to(f"/visits/{in_progress.code}/chart/")
    page = desk.page
    joins(desk)

    def news(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text() + "<p>More to say</p>")

    page.route("**/chart/state/?finish", news)
    page.get_by_label("Advice").check()
    page.evaluate("document.dispatchEvent(new Event('tm-news'))")
    desk.sees("More to say")
    expect(page.get_by_label("Advice")).to_be_checked()
    page.unroute("**/chart/state/?finish", news)
    page.get_by_role("button", name="Finish the visit").click()
    desk.sees("Review and sign")


# --- Redis is gone ---


class OwnRedis:
    """A Redis of one site's own, to be switched off and on."""

    def __init__(self, folder: str) -> None:
        self.socket = Path(folder) / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        quiet = ("--save", "", "--appendonly", "no", "--loglevel", "warning")
        program = str(embedded.redis_server())
        address = ("--port", "0", "--unixsocket", str(self.socket))
        self.process = subprocess.Popen([program, *address, *quiet], cwd=self.socket.parent)
        for _ in range(100):
            if embedded._answers(self.socket):
                return
            time.sleep(0.05)
        raise RuntimeError("Redis did not start")

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    with tempfile.TemporaryDirectory(prefix="telemed-") as folder:
        redis = OwnRedis(folder)
        redis.start()
        yield redis
        redis.stop()


@pytest.fixture
def other_site(static_files: Path, redis: OwnRedis, transactional_db: None) -> Iterator[Site]:
    """A second site on the same database, with a Redis that can be switched off."""
    site = Site(static_files, REDIS_URL=f"unix://{redis.socket}")
    try:
        site.start_web()
        yield site
    finally:
        site.stop()


def test_ten_seconds_without_redis(
    other_site: Site,
    redis: OwnRedis,
    comes_in: Comes,
    booked: Visit,
    bello: Clinician,
    ada: Patient,
    zed: Patient,
    behind: Behind,
) -> None:
    behind(world.check_in, booked)
    need = behind(world.make_intake, zed)
    desk = comes_in(bello, at=other_site.address)
    phone = comes_in(ada, phone=True, at=other_site.address)
    third = comes_in(zed, at=other_site.address)
    desk.goes_to("/queue/")
    until(desk, "document.querySelector('tm-live').up")
    phone.goes_to(f"/visits/{booked.code}/room/")
    joins(phone)

    redis.stop()
    gone_at = time.monotonic()
    third.goes_to(f"/intakes/{need.code}/times/")
    third.page.locator(".days a").nth(2).click()
    slots(third).first.click()
    third.presses("Book this visit")
    third.sees("Your visit is booked")
    phone.presses("I’m ready")
    phone.sees("knows you are here")
    phone.page.wait_for_timeout(max(0, 10 - (time.monotonic() - gone_at)) * 1000)
    expect(desk.page.get_by_role("button", name="Admit")).to_have_count(0)
    redis.start()

    # What happened meanwhile is seen soon, and what happens now at once.
    expect(desk.page.get_by_role("button", name="Admit")).to_be_visible(timeout=5_000)
    desk.page.get_by_role("button", name="Admit").click()
    for person in (phone, desk):
        person.until_call_flows()
