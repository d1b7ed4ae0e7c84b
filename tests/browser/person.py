"""Somebody in front of a browser: what they can do, and what their pages must never do."""

import re
import time
from urllib.parse import urlsplit

from allauth.mfa.totp.internal import auth as totp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

from accounts.models import User
from tests import world

expect.set_options(timeout=15_000)
AXE = Axe()
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
# What a browser says on its own about answers that we mean: 404, 409, 422 and the like.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
# … and what it says while the network or the server is away.
AWAY = re.compile(r"net::ERR_|WebSocket connection to .* failed|responded with a status of 503")
STATS = """customElements.whenDefined("tm-room")
  .then(() => document.querySelector("tm-room").stats())"""
# Where the focus is, and whether it shows: an outline of two pixels or more around something that
# stands, at least in part, inside the window.
FOCUS = """(target) => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.width > 2 && box.height > 2 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
  return {
    there: element === target,
    nowhere: element === document.body,
    seen: outlined && inside,
    what: element.outerHTML.slice(0, 160),
  };
}"""


class Person:
    def __init__(self, name: str, page: Page, server: str) -> None:
        self.name, self.page, self.server = name, page, server
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._saw_request)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _saw_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"data", "blob", "about"}:
            return
        if address.netloc != urlsplit(self.server).netloc:
            self.foreign.append(request.url)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            self.complaints.append(message.text)

    def must_be_clean(self) -> None:
        """Nothing came from another origin, and the console stayed quiet."""
        assert self.foreign == [], f"{self.name}'s pages asked elsewhere: {self.foreign}"
        assert self.complaints == [], f"{self.name}'s console: {self.complaints}"

    def had_bad_luck(self) -> None:
        """The test took the network or the server away: the browser may have said so."""
        self.complaints[:] = [each for each in self.complaints if not AWAY.search(each)]

    def goes_to(self, path: str) -> None:
        self.page.goto(path)

    def follows(self, link: str) -> None:
        self.page.get_by_role("link", name=link).first.click()

    def presses(self, button: str) -> None:
        self.page.get_by_role("button", name=button).first.click()

    def submits(self) -> None:
        """Presses the page's one primary button."""
        self.page.locator("main form .primary, main form button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def types(self, label: str, text: str) -> None:
        self.page.get_by_label(label).first.fill(text)

    def sees(self, text: str, *, within: float = 10) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=within * 1000)

    def page_is_accessible(self) -> None:
        """axe finds nothing, and nothing runs over the side."""
        found = AXE.run(self.page, options=AXE_OPTIONS).response["violations"]
        told = [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]
        assert told == [], f"{self.page.url}: {told}"
        over = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, f"{self.page.url} is {over} px wider than the screen"

    def signs_in(self, user: User) -> None:
        """With the passphrase, and staff with the code of this half minute."""
        self.page.goto("/accounts/login/")
        self.page.locator("input[name=login]").fill(user.email)
        self.page.locator("input[name=password]").fill(world.PASSPHRASE)
        self.page.locator(
            "main form button[type=submit], main form button:not([type])"
        ).first.click()
        self.page.wait_for_load_state()
        if "2fa" in self.page.url:
            self.gives_second_factor()

    def gives_second_factor(self) -> None:
        self.page.locator("input[name=code]").first.fill(self.code())
        self.submits()
        self.page.wait_for_url(lambda url: "authenticate" not in url)

    def proves_identity(self) -> None:
        """The fresh proof that signing asks for."""
        expect(self.page).to_have_url(re.compile("reauthenticate"))
        self.page.locator("input[name=password]").fill(world.PASSPHRASE)
        self.submits()

    @staticmethod
    def code() -> str:
        """Of this half minute; one that is nearly over would be too old when it arrives."""
        if time.time() % 30 > 26:
            time.sleep(30 - time.time() % 30)
        counter = next(iter(totp.yield_hotp_counters_from_time()))
        return str(totp.format_hotp_value(totp.hotp_value(world.TOTP_SECRET, counter)))

    def tabs_to(self, target: Locator) -> None:
        """By keyboard alone: on every stop one sees where one is."""
        for _ in range(120):
            stop = dict(target.evaluate(FOCUS))
            # Nothing has it at first, and after the last stop before the first one comes again.
            assert stop["seen"] or stop["nowhere"], f"{self.page.url}: no focus on {stop['what']}"
            if stop["there"]:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: the Tab key does not lead to {target}")

    def call(self) -> dict[str, float]:
        """What the call measures now, from the browser's own statistics."""
        return dict(self.page.evaluate(STATS))

    def until_call_flows(
        self, *, more_than: dict[str, float] | None = None, seconds: float = 20
    ) -> dict[str, float]:
        """Waits until pictures arrive and sound is heard, after an earlier reading if given."""
        earlier = more_than or {"frames": 0, "audioEnergy": 0}
        end = time.monotonic() + seconds
        while True:
            reading = self.call()
            pictures = reading["frames"] - earlier["frames"]
            if pictures > 5 and reading["audioEnergy"] > earlier["audioEnergy"]:
                return reading
            assert time.monotonic() < end, f"{self.name}'s call does not flow: {reading}"
            self.page.wait_for_timeout(200)
