"""The one kind of "no" that a person may read.

Refused                      409, or a socket's error frame
├── visits.booking.SlotTaken, …
├── visits.lifecycle.NotNow, …
└── prescriptions.writing.Stopped, …
"""

from django.utils.functional import Promise


class Refused(Exception):
    """`code` is stable and for programs; `message` is a sentence that is safe to show."""

    code = "refused"
    message: str | Promise = ""

    def __init__(self, message: str | Promise | None = None, *, code: str | None = None) -> None:
        self.message = message if message is not None else self.message
        self.code = code or self.code
        super().__init__(str(self.message))
