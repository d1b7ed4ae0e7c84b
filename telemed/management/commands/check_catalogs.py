"""Fail when a text of the program lacks its translation. Needs xgettext."""

import io
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from telemed import catalogs

# Only what the program shows: its own packages and templates.
PLACES = ["accounts", "triage", "visits", "prescriptions", "video", "telemed", "templates"]


class Command(BaseCommand):
    help = "Compare the language catalogs with the texts of the program."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="show every fault, not the first 20")

    def handle(self, *, all: bool, **_: Any) -> None:
        if not shutil.which("xgettext"):
            raise CommandError("xgettext is missing: python -m tests.tools gettext")
        template = extracted()
        found = []
        for language, _name in settings.LANGUAGES:
            if language == settings.LANGUAGE_CODE:
                continue
            path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
            catalog = _read(path) if path.exists() else Catalog(language)
            found += [f"{language}: {fault}" for fault in catalogs.faults(template, catalog)]
        for fault in found if all else found[:20]:
            self.stderr.write(fault)
        if found:
            raise CommandError(f"{len(found)} faults in the language catalogs (make messages).")


def extracted() -> Catalog:
    """The texts that are in the program at this moment, as Django itself finds them."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for place in PLACES:
            shutil.copytree(
                settings.BASE_DIR / place,
                root / place,
                ignore=shutil.ignore_patterns("locale", "__pycache__", "migrations", "*.csv"),
            )
        (root / "locale" / "en").mkdir(parents=True)
        subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "django", "makemessages", "--locale", "en"),
                *("--verbosity", "0", "--keep-pot"),
            ],
            cwd=root,
            check=True,
            env={"PATH": _path()},
        )
        template = root / "locale" / "django.pot"
        # The template leaves the number of plural forms open, which no reader accepts.
        plain = template.read_text().replace("nplurals=INTEGER; plural=EXPRESSION;", "")
        return read_po(io.BytesIO(plain.encode()), abort_invalid=True)


def _path() -> str:
    return str(Path(shutil.which("xgettext") or "/usr/bin/xgettext").parent)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)
