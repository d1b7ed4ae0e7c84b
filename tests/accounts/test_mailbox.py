"""The folder that stands in for a mail server: one message per Message-ID, whoever tries again."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from accounts import mailbox, notices
from accounts.models import Notice
from telemed import env


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.EMAIL_BACKEND = "accounts.mailbox.FolderBackend"
    return settings.MAIL_FOLDER


def message(
    message_id: str = "<one@example.com>", body: str = "Your code is 123456."
) -> EmailMessage:
    return EmailMessage("Sign in", body, to=["ada@example.com"], headers={"Message-ID": message_id})


def test_a_message_is_a_file_named_by_its_id(folder: Path) -> None:
    assert message().send() == 1
    (letter,) = mailbox.letters()
    assert (letter.to, letter.subject, letter.body.strip()) == (
        "ada@example.com",
        "Sign in",
        "Your code is 123456.",
    )
    assert mailbox.letter(letter.name) == letter
    assert folder.stat().st_mode & 0o077 == 0


def test_the_same_id_twice_is_one_message_and_the_first_one_stays(folder: Path) -> None:
    assert message(body="first").send() == 1
    assert message(body="second").send() == 1
    assert [letter.body.strip() for letter in mailbox.letters()] == ["first"]
    assert [file.suffix for file in folder.iterdir()] == [".eml"]


def test_eight_senders_at_once_leave_one_message(folder: Path) -> None:
    start = threading.Barrier(8)
    counts = []

    def send() -> None:
        start.wait()
        counts.append(message().send())

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1] * 8
    assert len(mailbox.letters()) == 1


def test_ids_that_differ_only_in_odd_characters_are_two_messages(folder: Path) -> None:
    get_connection().send_messages([message("<a:1@x>"), message("<a/1@x>")])
    assert len(mailbox.letters()) == 2


def test_a_message_to_nobody_is_not_written(folder: Path) -> None:
    assert EmailMessage("Sign in", "text", to=[]).send() == 0
    assert mailbox.letters() == []


@pytest.mark.parametrize("name", ["../secrets", "..", "", "a/b", ".part", "a.b", "nobody"])
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    folder.mkdir()
    (folder.parent / "secrets.eml").write_text("Subject: x\n\nkey")
    assert mailbox.letter(name) is None


def test_newest_first(folder: Path) -> None:
    for number in range(3):
        message(f"<{number}@example.com>", body=str(number)).send()
    assert [letter.body.strip() for letter in mailbox.letters(most=2)] == ["2", "1"]


@pytest.mark.django_db
def test_a_notice_whose_sender_died_after_sending_goes_out_once(folder: Path, ada) -> None:
    notices.enqueue(
        "account.mail", key="k", to=ada.user, sealed='{"subject": "Code", "body": "123456"}'
    )
    assert notices.send_due() == 1
    # As if the worker had been killed before it noted that the message was sent.
    Notice.objects.update(
        status="sending",
        sent_at=None,
        sealed='{"subject": "Code", "body": "123456"}',
        claimed_until=timezone.now() - timedelta(seconds=1),
    )
    assert notices.send_due() == 1
    assert len(mailbox.letters()) == 1
    assert Notice.objects.get().status == "sent"


SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("folder://", ("accounts.mailbox.FolderBackend", "", 0, "", "", False, False)),
        ("smtp://ann:p%40ss@mail.example", (SMTP, "mail.example", 587, "ann", "p@ss", False, True)),
        ("smtps://mail.example", (SMTP, "mail.example", 465, "", "", True, False)),
        ("smtp://localhost:25?plain=1", (SMTP, "localhost", 25, "", "", False, False)),
    ],
)
def test_mail_addresses_that_are_understood(url: str, wanted: tuple) -> None:
    assert tuple(env.mail(url)) == wanted


@pytest.mark.parametrize(
    "url", ["", "mail.example", "http://mail.example", "smtp://", "smtp://a:x1"]
)
def test_any_other_mail_address_stops_the_start(url: str, capsys) -> None:
    with pytest.raises(env.BadSetting, match="2"):
        env.mail(url)
    assert "EMAIL_URL must look like" in capsys.readouterr().err
