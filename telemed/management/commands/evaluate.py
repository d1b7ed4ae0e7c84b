"""`manage.py evaluate SUITE FILE.csv [--json]`: do the rules decide as this file expects?

Exit status 0 when every row passes, 1 when some fail, 2 when the file cannot be read.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from telemed import evaluate


class Command(BaseCommand):
    help = "Run a file of expected decisions through the rules of the clinic."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("suite", choices=sorted(evaluate.SUITES))
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = evaluate.run(options["suite"], options["file"])
        except evaluate.BadTable as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self._tell(report)
        if report["failed"]:
            sys.exit(1)

    def _tell(self, report: dict[str, Any]) -> None:
        for row in report["failed"]:
            self.stdout.write("{id}: expected {expected}, got {got} ({code})".format(**row))
        self.stdout.write("{suite}: {passed} of {total} rows pass.".format(**report))
        for name in ("sensitivity", "specificity"):
            if report.get(name) is not None:
                self.stdout.write(f"{name}: {report[name]:.2f}")
