"""The real settings with a mail port that takes its time, for the worker that is killed."""

import os
from pathlib import Path

from telemed.settings import *  # noqa: F403

EMAIL_BACKEND = "tests.accounts.slow_mail.SlowFolder"
MAIL_FOLDER = Path(os.environ["SLOW_MAIL_FOLDER"])
