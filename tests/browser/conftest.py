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
from django.core.management import call_command
from django.db import connection, connections
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from accounts import notices
from tests.browser.person import Person
from tests.tools import chromium

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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def server(static_files: Path, django_db_setup: None) -> Iterator[str]:
    """Pages, sockets and the media process, on the test database. Yields the address."""
    port = _free_port()
    database = settings.DATABASES["default"]
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "PORT": str(port),
        "STATIC_ROOT": str(static_files),
        "DATABASE_POOL": "4",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "telemed.settings",
    }
    commands = [
        ["-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "telemed.asgi:application"],
        ["manage.py", "media"],
    ]
    processes = [
        subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)
        for command in commands
    ]
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(address, processes[0])
        yield address
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=10)


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers: 503, because no worker runs beside the tests
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not answer in 30 seconds")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
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

    def open_browser(name: str, *, phone: bool = False, **options: Any) -> Person:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        context = browser.new_context(
            base_url=server,
            viewport=size,
            permissions=["camera", "microphone"],
            locale=options.pop("locale", "en-US"),
            has_touch=phone,
            is_mobile=phone,
            **options,
        )
        contexts.append(context)
        page: Page = context.new_page()
        person = Person(name, page, server)
        people.append(person)
        return person

    yield open_browser
    for context in contexts:
        context.close()
    for person in people:
        person.must_be_clean()


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
