"""The whole clinic in one terminal: for a trial, and for a small clinic on one machine."""

import contextlib
import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from telemed import demo, embedded, env, prepare
from telemed.supervisor import Child, Supervisor

READY_WITHIN = 60.0  # seconds
# Longer than a nap of a part that somebody stops to see what happens.
REVIVE_AFTER = 15.0


class Command(BaseCommand):
    help = "Start web, worker, beat and media, and end them together with Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once-ready",
            action="store_true",
            help="stop again as soon as everything answers (shows that an installation works)",
        )

    def handle(self, *, once_ready: bool, **_: Any) -> None:
        signal.signal(signal.SIGTERM, _leave)
        host = env.text("HOST", "127.0.0.1")
        _claim_port(host, settings.PORT)
        with _alone():
            self.say("Starting the clinic…")
            prepare.everything(self.say)
            # The children have connections of their own; what is not open cannot be inherited.
            _close_database()
            self.supervise(_children(host), once_ready=once_ready)

    def say(self, line: str) -> None:
        self.show("telemed", line)

    def show(self, name: str, line: str) -> None:
        self.stdout.write(f"{name:<7} │ {line}")
        self.stdout.flush()

    def supervise(self, children: list[Child], *, once_ready: bool) -> None:
        supervisor = Supervisor(children, say=self.show, folder=settings.BASE_DIR)
        supervisor.listen()
        try:
            supervisor.start("worker", "web")
            if self.wait_until_ready(supervisor) and not once_ready:
                self.attend(supervisor)
        finally:
            self.say("Closing…")
            supervisor.stop()
        if supervisor.has_given_up:
            sys.exit(1)

    def wait_until_ready(self, supervisor: Supervisor) -> bool:
        """Show the banner when every part answers; False when told to end before that."""
        asked_at, deadline = 0.0, time.monotonic() + READY_WITHIN
        while not supervisor.signals:
            supervisor.turn(0.1)
            if time.monotonic() - asked_at < 0.1:
                continue
            if _all_up():
                # Last, because they share the machine with those that the banner waits for.
                supervisor.start("beat", "media")
                self.stdout.write(_banner())
                self.stdout.flush()
                return True
            if time.monotonic() > deadline:
                self.say(f"Not everything is up after {READY_WITHIN:g} s; see /healthz.")
                deadline = float("inf")
            asked_at = time.monotonic()
        return False

    def attend(self, supervisor: Supervisor) -> None:
        looked_at, missing_since = time.monotonic(), 0.0
        while not supervisor.signals:
            supervisor.turn(0.25)
            now = time.monotonic()
            if now - looked_at < 2:
                continue
            looked_at = now
            if not embedded.missing(settings.DATA_DIR):
                missing_since = 0.0
            elif not missing_since:
                missing_since = now
            elif now - missing_since > REVIVE_AFTER:
                self.say(f"Started again: {', '.join(embedded.revive(settings.DATA_DIR))}.")


def _leave(*_: object) -> None:
    sys.exit(143)


def _children(host: str) -> list[Child]:
    os.environ |= {"PYTHONUNBUFFERED": "1", "CELERY_SKIP_CHECKS": "1"}
    # Celery warns whoever runs it as root, which in a container everybody is.
    os.environ["PYTHONWARNINGS"] = "ignore:::celery.platforms"
    python = sys.executable
    manage = [python, str(settings.BASE_DIR / "manage.py")]
    celery = [python, "-m", "celery", "--quiet", "--app", "telemed"]
    return [
        Child(
            "web",
            [
                *(python, "-m", "daphne", "--verbosity", "0", "--no-server-name"),
                *("--bind", host, "--port", str(settings.PORT), "telemed.asgi:application"),
            ],
            is_vital=True,
        ),
        Child(
            "worker",
            [
                *(*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            # Celery closes its connections after every task; a pool would be made anew each time.
            environment={"DATABASE_POOL": "0"},
        ),
        Child(
            "beat",
            [
                *(*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""),
                *("--schedule", str(settings.DATA_DIR / "beat-schedule")),
            ],
        ),
        Child("media", [*manage, "media"]),
    ]


def _claim_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            env.stop(f"port {port} needs more rights than you have. Choose one: PORT=8000 make run")
        except OSError as error:
            next_port = port + 1 if port < 65535 else 8000
            env.stop(
                f"{host}, port {port}, cannot be used ({error.strerror}). "
                f"Choose another one: PORT={next_port} make run"
            )


@contextlib.contextmanager
def _alone() -> Iterator[IO[str]]:
    """Two copies on one data folder would each send every notice."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            env.stop(
                f"another copy runs on the data in {settings.DATA_DIR}. "
                "Stop it, or name another folder: DATA_DIR=.data-2 make run"
            )
        yield lock


def _all_up() -> bool:
    """Ask ourselves, under the name that we go by: other names are refused."""
    caller = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=5)
    try:
        caller.request("GET", "/healthz", headers={"Host": urlsplit(settings.BASE_URL).netloc})
        return caller.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        caller.close()


def _banner() -> str:
    try:
        return demo.banner() if settings.DEMO else f"Open {settings.BASE_URL}; Ctrl-C ends it.\n"
    finally:
        _close_database()


def _close_database() -> None:
    connection.close()
    close_pool = getattr(connection, "close_pool", None)
    if close_pool and connection.settings_dict["OPTIONS"].get("pool"):
        close_pool()
