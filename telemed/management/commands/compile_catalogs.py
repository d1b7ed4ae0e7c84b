"""Turn the language catalogs (.po) into what Django reads (.mo). Needs no gettext tools."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compile the language catalogs that have changed."
    requires_system_checks: list[str] = []

    def handle(self, *, verbosity: int, **_: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                if compile_when_newer(source) and verbosity:
                    self.stdout.write(f"compiled {source.relative_to(settings.BASE_DIR)}")


def compile_when_newer(source: Path) -> bool:
    """Write the .mo beside a .po unless it is already newer; whether it was written."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
        return False
    with source.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    draft = target.with_suffix(".mo.draft")
    with draft.open("wb") as file:
        # A guessed text (fuzzy) is left out: better in English than wrong.
        write_mo(file, catalog, use_fuzzy=False)
    draft.replace(target)
    return True
