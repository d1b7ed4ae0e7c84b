"""A real server and a real Chromium. Every page that a test visits is checked on its way:
nothing from another origin, no violation of the content policy, no error in the console.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from accounts import notices
from accounts.models import Clinician, Patient
from tests import world
from tests.browser.person import Person
from tests.tools import chromium
from triage.models import Intake
from visits.models import Visit, VisitType

# Playwright keeps an event loop in this thread; Django's guard against that is not for tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker takes all browser tests: two servers and browsers are too much for two cores."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    environment = os.environ | {"STATIC_ROOT": str(folder)}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """Pages, sockets and the media process, as programs of their own on the test database."""

    def __init__(self, static_files: Path, **differences: str) -> None:
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        database = settings.DATABASES["default"]
        url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "PORT": str(self.port),
            "STATIC_ROOT": str(static_files),
            "DATABASE_POOL": "4",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "telemed.settings",
            **differences,
        }
        self.web: subprocess.Popen[bytes] | None = None
        self.media: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.media = self._run("manage.py", "media")
        self.start_web()

    def start_web(self) -> None:
        """At the same address as before; returns when it answers."""
        arguments = ("-b", "127.0.0.1", "-p", str(self.port), "telemed.asgi:application")
        self.web = self._run("-m", "daphne", *arguments)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self._must_run("web", self.web)
            self._must_run("media", self.media)
            if _answers(self.address):
                return
            time.sleep(0.1)
        raise RuntimeError("the server did not answer in a minute")

    def kill_web(self) -> None:
        """As when the machine is short of memory: no farewell to anybody."""
        assert self.web
        self.web.kill()
        self.web.wait()

    def stop(self) -> None:
        processes = [process for process in (self.web, self.media) if process]
        try:
            self._must_run("web", self.web)
            self._must_run("media", self.media)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=10)

    def _run(self, *command: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.environment)

    @staticmethod
    def _must_run(name: str, process: "subprocess.Popen[bytes] | None") -> None:
        if process and process.poll() is not None:
            raise RuntimeError(f"the {name} process ended with status {process.returncode}")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5):
            return True
    except urllib.error.HTTPError as answer:
        if answer.code != 503:  # 503, because no worker runs beside the tests
            raise RuntimeError(f"/healthz answers {answer.code}") from answer
        return True
    except OSError:
        return False


@pytest.fixture(scope="package")
def site(static_files: Path, django_db_setup: None) -> Iterator[Site]:
    site = Site(static_files)
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="package")
def server(site: Site) -> str:
    """The address of the site."""
    return site.address


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def behind(transactional_db: None) -> Iterator[Callable[..., Any]]:
    """Runs a verb behind the scenes, in a thread without Playwright's event loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:

        def run(act: Callable[..., T], *args: Any, **kwargs: Any) -> T:
            return pool.submit(act, *args, **kwargs).result(timeout=30)

        yield run
        pool.submit(connections.close_all).result()
    connection.close()


@pytest.fixture
def arrive(
    browser: Browser, server: str, behind: Callable[..., Any]
) -> Iterator[Callable[..., Person]]:
    """Somebody opens a browser of their own: `arrive("Ada", phone=True)`."""
    people: list[Person] = []
    contexts: list[BrowserContext] = []

    def open_browser(name: str, *, phone: bool = False, at: str = server, **options: Any) -> Person:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        context = options.pop("machine", browser).new_context(
            base_url=at,
            viewport=options.pop("viewport", size),
            permissions=["camera", "microphone"],
            locale=options.pop("locale", "en-US"),
            has_touch=phone,
            is_mobile=phone,
            **options,
        )
        contexts.append(context)
        page: Page = context.new_page()
        person = Person(name, page, at)
        people.append(person)
        return person

    yield open_browser
    for context in contexts:
        context.close()
    for person in people:
        person.must_be_clean()


@pytest.fixture
def comes_in(
    arrive: Callable[..., Person], signed_in: Callable[..., Client]
) -> Callable[..., Person]:
    """Somebody opens a browser in which they are signed in already."""

    def come(somebody: Clinician | Patient, **options: Any) -> Person:
        person = arrive(somebody.name, **options)
        session = signed_in(somebody).cookies["sessionid"].value
        person.page.context.add_cookies(
            [{"name": "sessionid", "value": session, "url": person.server}]
        )
        return person

    return come


@pytest.fixture
def desk(comes_in: Callable[..., Person], bello: Clinician) -> Person:
    """Dr. Bello at her computer."""
    return comes_in(bello)


@pytest.fixture
def booked(
    behind: Callable[..., Any], intake: Intake, bello: Clinician, visit_type: VisitType
) -> Visit:
    return behind(world.book, intake, bello, visit_type)


@pytest.fixture
def waiting(behind: Callable[..., Any], booked: Visit) -> Visit:
    return behind(world.wait, booked)


@pytest.fixture
def in_progress(behind: Callable[..., Any], booked: Visit) -> Visit:
    return behind(world.start, booked)


@pytest.fixture
def completed(behind: Callable[..., Any], booked: Visit) -> Visit:
    return behind(world.end, booked)


@pytest.fixture
def latest_mail(behind: Callable[..., Any]) -> Callable[[], str]:
    """Sends what is due, as the worker would, and returns the latest message's text."""

    def read() -> str:
        behind(notices.send_due)
        return str(mail.outbox[-1].body)

    return read


@pytest.fixture(autouse=True)
def _plain_settings(settings: Any) -> None:
    """As everywhere in the tests, but for the password hashes: the server reads them too."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _cache_table(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        call_command("createcachetable", verbosity=0)
        # A second factor's code is good once; the next test's people may have the same numbers.
        cache.clear()
