"""The demo staff's sign-in code of this minute."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from telemed.demo import doors


class Command(BaseCommand):
    help = "Print the six-digit code with which the demo clinic's staff sign in."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo clinic has a code that everybody may know (DEMO=1).")
        code = doors.current_code()
        self.stdout.write(f"{code.digits}  (for {code.seconds_left} s)")
