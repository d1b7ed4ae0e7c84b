"""Walk the audit chain and name the first broken row. Exit status 0 whole, 1 broken."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts import audit


class Command(BaseCommand):
    help = "Verify the audit chain and the signed days; name the first broken row."

    def handle(self, *args: Any, **options: Any) -> None:
        count, broken = audit.verify()
        if broken:
            self.stderr.write(f"BROKEN at {broken.where}: {broken.reason} ({count} rows read).")
            sys.exit(1)
        self.stdout.write(f"The audit chain is whole: {count} rows.")
