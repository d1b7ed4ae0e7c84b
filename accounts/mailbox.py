"""A mail port that is a folder: each message a file, named by its Message-ID.

The demo and the tests read it. Handing over the same Message-ID again changes nothing, so that a
sender who died between sending and noting it down may safely try once more.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

LONGEST_NAME = 120  # characters of a Message-ID that go into a file name
PRIVATE = 0o700  # sign-in codes are in there


class FolderBackend(BaseEmailBackend):
    """Write each message into settings.MAIL_FOLDER, once per Message-ID."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return sum(write(message) for message in email_messages)


def write(message: EmailMessage) -> bool:
    """True also when the message was there already: to the sender both are "sent"."""
    if not message.recipients():
        return False
    folder = Path(settings.MAIL_FOLDER)
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    content = message.message()
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never in place of another file.
        os.link(temporary, folder / _file_name(str(content["Message-ID"])))
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
    return True


def _file_name(message_id: str) -> str:
    bare = message_id.strip("<> ")
    name = re.sub(r"[^A-Za-z0-9@_-]|^-", "_", bare)[:LONGEST_NAME]
    if name != bare:
        # Two ids that differ only in what a file name cannot hold are two messages.
        name += "-" + hashlib.sha256(bare.encode()).hexdigest()[:12]
    return f"{name}.eml"


@dataclass(frozen=True)
class Letter:
    """A message as it lies in the folder. `name` is its file's name without the ending."""

    name: str
    at: datetime
    to: str
    subject: str
    body: str


def letters(*, most: int = 100) -> list[Letter]:
    """The newest messages, newest first."""
    folder = Path(settings.MAIL_FOLDER)
    if not folder.is_dir():
        return []
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [_read(file) for file in files[:most]]


def letter(name: str) -> Letter | None:
    """The message of that name; None where there is none. No name leads out of the folder."""
    if not re.fullmatch(r"[A-Za-z0-9@_][A-Za-z0-9@_-]*", name):
        return None
    file = Path(settings.MAIL_FOLDER) / f"{name}.eml"
    return _read(file) if file.is_file() else None


def _read(file: Path) -> Letter:
    parsed: Any = message_from_bytes(file.read_bytes(), _class=ParsedMessage, policy=policy.default)
    body = parsed.get_body(("plain",))
    return Letter(
        name=file.stem,
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        to=str(parsed["To"]),
        subject=str(parsed["Subject"]),
        body=body.get_content() if body else "",
    )
