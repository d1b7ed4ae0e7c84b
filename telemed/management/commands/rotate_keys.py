"""Write every encrypted value anew with the first of FIELD_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import encryption


class Command(BaseCommand):
    help = "Re-encrypt stored values with the first key (see docs/operations.md, Keys)."

    def handle(self, **_: Any) -> None:
        written = encryption.rotate()
        self.stdout.write(f"{written} rows written with the first key.")
