"""A mail port that takes its time, and writes down every try, for the worker that is killed."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from django.core.mail import EmailMessage

from accounts import mailbox

PAUSE = 0.06  # seconds before handing over, and again before the worker learns of it


class SlowFolder(mailbox.FolderBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        time.sleep(PAUSE)
        with (Path(os.environ["SLOW_MAIL_FOLDER"]) / "tries").open("a") as tries:
            tries.writelines(f"{each.extra_headers['Message-ID']}\n" for each in email_messages)
        sent = super().send_messages(email_messages)
        time.sleep(PAUSE)
        return sent
