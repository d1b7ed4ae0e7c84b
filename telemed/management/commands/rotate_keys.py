"""Write every encrypted value anew with the first of FIELD_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import encryption


class Command(BaseCommand):
    help = "Re-encrypt stored values with the first key (see docs/operations.md, Keys)."

    def handle(self, **_: Any) -> None:
        rotated = encryption.rotate()
        self.stdout.write(f"{rotated.written} rows are now written with the first key.")
        if rotated.locked:
            self.stdout.write(
                f"{rotated.locked} rows are locked (signed notes, prescriptions, addenda) and stay "
                "as they are: keep the older keys in FIELD_ENCRYPTION_KEYS, after the first."
            )
