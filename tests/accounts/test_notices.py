"""The outbox: once, or not at all when it is no longer true; never lost, never clinical."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import notices
from accounts.models import Notice

KIND = "test.hello"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    """A kind of the tests' own."""

    def compose(notice: Notice) -> notices.Message | None:
        return notices.Message(subject=gettext("Sign in"), body="https://clinic.example/")

    monkeypatch.setitem(notices._kinds, KIND, compose)


def enqueue(to, key="k1", **fields):
    notices.enqueue(KIND, key=key, to=to, **fields)


def test_a_due_notice_goes_out_once(gus):
    enqueue(gus)
    assert notices.send_due() == 1
    assert notices.send_due() == 0
    assert [message.to for message in mail.outbox] == [[gus.email]]


def test_the_same_key_is_the_same_notice(gus):
    enqueue(gus)
    enqueue(gus)
    notices.send_due()
    assert len(mail.outbox) == 1


def test_what_is_not_due_waits(gus, clock):
    enqueue(gus, due_at=clock.now + timedelta(hours=1))
    assert notices.send_due() == 0
    clock.move(minutes=61)
    assert notices.send_due() == 1


def test_a_stale_notice_is_never_sent(gus, clock):
    enqueue(gus, due_at=clock.now, stale_at=clock.now + timedelta(minutes=50))
    clock.move(hours=1)
    assert notices.send_due() == 0
    assert Notice.objects.get().status == "stale"


def test_a_notice_that_is_stale_before_it_is_due_is_not_kept(gus, clock):
    enqueue(gus, due_at=clock.now, stale_at=clock.now - timedelta(minutes=1))
    assert not Notice.objects.exists()


def test_a_withdrawn_notice_is_not_sent(gus, clock):
    enqueue(gus, due_at=clock.now + timedelta(hours=1))
    assert notices.withdraw("k1") == 1
    clock.move(hours=2)
    assert notices.send_due() == 0


def test_a_composer_that_says_nothing_sends_nothing(gus, monkeypatch):
    monkeypatch.setitem(notices._kinds, KIND, lambda notice: None)
    enqueue(gus)
    assert notices.send_due() == 0
    assert Notice.objects.get().status == "stale"


def test_it_speaks_the_language_of_the_person(gus):
    gus.language = "es"
    gus.save()
    enqueue(gus)
    notices.send_due()
    with translation.override("es"):
        assert mail.outbox[0].subject == gettext("Sign in")


class Down(Exception):
    """The mail server does not answer."""


def test_a_failed_send_is_tried_again_later_and_then_given_up(gus, clock, monkeypatch):
    def compose(notice):
        raise Down

    monkeypatch.setitem(notices._kinds, KIND, compose)
    enqueue(gus)
    for pause in (*notices.RETRIES, timedelta(days=1)):
        notices.send_due()
        clock.now += pause
    notice = Notice.objects.get()
    assert (notice.status, notice.failure) == ("failed", "Down")
    assert notice.attempts == len(notices.RETRIES) + 1


def test_a_retry_that_would_come_too_late_is_not_made(gus, clock, monkeypatch):
    monkeypatch.setitem(notices._kinds, KIND, lambda notice: 1 / 0)
    enqueue(gus, stale_at=clock.now + timedelta(seconds=10))
    notices.send_due()
    assert Notice.objects.get().status == "stale"


def test_one_broken_notice_does_not_keep_the_others(gus, zed, monkeypatch):
    def compose(notice):
        if notice.to_id == gus.pk:
            raise Down
        return notices.Message("subject", "body")

    monkeypatch.setitem(notices._kinds, KIND, compose)
    enqueue(gus, key="a")
    enqueue(zed.user, key="b")
    assert notices.send_due() == 1


def test_a_worker_that_died_before_sending_is_taken_over(gus, clock):
    enqueue(gus)
    assert len(notices.claim(now=clock.now)) == 1  # … and the worker is killed here
    assert notices.send_due() == 0
    clock.now += notices.CLAIM + timedelta(seconds=1)
    assert notices.send_due() == 1


def test_a_worker_that_died_after_sending_sends_the_same_message_id(
    gus, clock, settings, tmp_path, monkeypatch
):
    settings.EMAIL_BACKEND = "accounts.mailbox.FolderBackend"
    settings.MAIL_FOLDER = tmp_path
    enqueue(gus)
    with monkeypatch.context() as killed:
        killed.setattr(notices, "_close", lambda *_: False)  # killed before the row was closed
        notices.send_due()
    clock.now += notices.CLAIM + timedelta(seconds=1)
    notices.send_due()
    assert len(list(tmp_path.glob("*.eml"))) == 1
    assert Notice.objects.get().status == "sent"


def test_a_sealed_text_is_unreadable_in_the_database_and_wiped_once_sent(gus, run_sql):
    notices.enqueue("account.mail", key="code", to=gus, sealed='{"subject": "a", "body": "314159"}')
    [(sealed,)] = run_sql("SELECT sealed FROM accounts_notice")
    assert "314159" not in sealed
    notices.send_due()
    assert Notice.objects.get().sealed is None


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_eight_workers_never_claim_the_same_notice(gus):
    for number in range(60):
        enqueue(gus, key=f"k{number}")
    claimed: list[int] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        while batch := notices.claim(now=timezone.now(), most=5):
            claimed.extend(notice.pk for notice in batch)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 60
