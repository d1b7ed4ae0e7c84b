"""The worker is killed in the middle of sending, again and again: each reminder goes out once."""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.utils import timezone
from kombu import Connection

from accounts.models import Clinic, Notice
from telemed import embedded
from telemed.celery import app
from tests import world

ROOT = Path(__file__).resolve().parents[2]
SENDERS = 2
KILLS = 4
ZOMBIE = psutil.STATUS_ZOMBIE
THE_WHOLE_WORKER = 1  # the kill that takes the parent too; the others take the process that sends

pytestmark = pytest.mark.django_db(transaction=True)


def until(is_so: Callable[[], object], what: str, *, within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, f"in vain waited until {what}"
        time.sleep(0.01)


class Office:
    """A worker with a queue and a mail folder of its own, on the test database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.redis = subprocess.Popen(
            [
                *(str(embedded.redis_server()), "--port", "0", "--loglevel", "warning"),
                *("--unixsocket", str(folder / "redis.sock"), "--save", "", "--appendonly", "no"),
            ],
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        until(lambda: embedded._answers(folder / "redis.sock"), "Redis answers")
        self.start_worker()

    def start_worker(self) -> None:
        database = settings.DATABASES["default"]
        url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
        self.worker = psutil.Popen(
            [
                *(sys.executable, "-m", "celery", "--quiet", "--app", "telemed", "worker"),
                *("--concurrency", str(SENDERS), "--without-gossip", "--without-mingle"),
            ],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": url,
                "REDIS_URL": f"unix://{self.folder}/redis.sock",
                "DJANGO_SETTINGS_MODULE": "tests.accounts.slow_settings",
                "SLOW_MAIL_FOLDER": str(self.folder),
                "CELERY_SKIP_CHECKS": "1",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def announce(self) -> None:
        """As the beat does every ten seconds; enough to keep everybody busy."""
        with Connection(f"redis+socket://{self.folder}/redis.sock") as connection:
            for _ in range(SENDERS):
                app.send_task("accounts.send_due_notices", connection=connection)

    def kill_a_sender(self) -> None:
        sender, *_ = [each for each in self.worker.children() if each.status() != ZOMBIE]
        sender.kill()
        # Dead at once; the worker takes its time to bury it and to start the next.
        until(lambda: not sender.is_running() or sender.status() == ZOMBIE, "it is dead")

    def kill_worker(self) -> None:
        everybody = [*self.worker.children(), self.worker]
        for process in reversed(everybody):
            process.kill()
        psutil.wait_procs(everybody)

    def letters(self) -> list[str]:
        return [file.stem.split("@")[0] for file in self.folder.glob("*.eml")]

    def tries(self) -> Counter[str]:
        return Counter((self.folder / "tries").read_text().split())


@pytest.fixture
def office() -> Iterator[Office]:
    # A short path of its own: sockets allow no long ones.
    with tempfile.TemporaryDirectory(prefix="telemed-") as folder:
        office = Office(Path(folder))
        yield office
        office.kill_worker()
        office.redis.kill()
        office.redis.wait()


@pytest.fixture
def reminders(clinic: Clinic) -> set[str]:
    """The codes of all notices of eight booked visits, all due now."""
    bello, visit_type = world.make_clinician(clinic), world.make_visit_type(clinic)
    for number in range(8):
        patient = world.make_patient(clinic, f"Ada {number} Rivera")
        start = world.next_slot(timedelta(days=3, minutes=20 * number))
        world.book(world.make_intake(patient), bello, visit_type, starts_at=start)
    Notice.objects.update(due_at=timezone.now())
    assert {"visit.reminder_day", "visit.reminder_hour"} <= {n.kind for n in Notice.objects.all()}
    return {str(notice.code) for notice in Notice.objects.all()}


def ninety_seconds_pass() -> None:
    """The claims of those who were killed run out."""
    claimed = Notice.objects.filter(status=Notice.Status.SENDING)
    claimed.update(claimed_until=timezone.now() - timedelta(seconds=1))


def test_every_reminder_goes_out_once(office: Office, reminders: set[str]) -> None:
    office.announce()
    for number in range(KILLS):
        before = len(office.letters())
        until(lambda seen=before: len(office.letters()) > seen + 1, "letters go out")
        if number == THE_WHOLE_WORKER:
            office.kill_worker()
            office.start_worker()
        else:
            office.kill_a_sender()
        office.announce()

    due = Notice.objects.filter(status=Notice.Status.DUE)
    until(lambda: not due.exists(), "nothing waits but what the dead had claimed")
    time.sleep(0.5)  # the living finish what they have in hand
    left_behind = Notice.objects.filter(status=Notice.Status.SENDING).count()
    assert 1 <= left_behind <= KILLS + 1  # two senders died with the whole worker
    ninety_seconds_pass()
    office.announce()

    sent = Notice.objects.filter(status=Notice.Status.SENT)
    until(lambda: sent.count() == len(reminders), "everything is sent")
    assert sorted(office.letters()) == sorted(reminders)
    # Only what was in hand is handed over again, and by its id it is the same message.
    assert office.tries().total() - len(reminders) <= left_behind
    assert Notice.objects.filter(attempts=1).count() == len(reminders) - left_behind
