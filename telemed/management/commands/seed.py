"""Fill an empty database with the demo clinic."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import Clinic, User
from telemed.demo import clinic, freshening, schedule


class Command(BaseCommand):
    help = "Fill an empty database with the demo clinic. The same day gives the same clinic."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--freshen",
            action="store_true",
            help="in a demo clinic of an earlier day: close what is left over, fill the queue anew",
        )

    def handle(self, *, verbosity: int, freshen: bool, **_: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Made-up people belong into the demo clinic alone (DEMO=1).")
        if freshen:
            freshening.freshen(timezone.now())
            return
        if User.objects.exists() or Clinic.objects.exists():
            raise CommandError("This database is not empty; nothing was changed.")
        world = clinic.new_world(timezone.now())
        with transaction.atomic():
            clinic.build(world)
            schedule.fill(world)
        if verbosity:
            self.stdout.write(
                f"{world.clinic.name}: {len(world.clinicians)} clinicians,"
                f" {len(world.patients)} patients, {world.clinic.visits.count()} visits."
            )
