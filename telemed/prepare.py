"""What must be true before the clinic opens. Each step looks first, and costs little when done."""

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts import encryption

Say = Callable[[str], None]


def everything(say: Say) -> None:
    """Tables, catalogs, static files and, in an empty demo, its people."""
    tables(say)
    call_command("compile_catalogs", verbosity=0)
    static_files(say)
    demo_clinic(say)


def tables(say: Say) -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Bringing the database up to date ({len(plan)} steps)…")
        call_command("migrate", verbosity=0, interactive=False)
    if settings.CACHES["default"]["LOCATION"] not in connection.introspection.table_names():
        call_command("createcachetable", verbosity=0)
    encryption.prove_key()


def static_files(say: Say) -> None:
    """Collect them when any has changed since the last time."""
    seal = settings.STATIC_ROOT / ".fingerprint"
    fingerprint = _fingerprint_of_static_files()
    if seal.exists() and seal.read_text() == fingerprint:
        return
    say("Collecting the static files…")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    seal.write_text(fingerprint)


def _fingerprint_of_static_files() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            seen = (storage.path(path), storage.get_modified_time(path), storage.size(path))
            digest.update(repr(seen).encode())
    return digest.hexdigest()


def demo_clinic(say: Say) -> None:
    if not settings.DEMO:
        return
    if get_user_model().objects.exists():
        # On a later day: nobody has waited since yesterday, and people wait again.
        call_command("seed", freshen=True, verbosity=0)
        return
    say("Filling the demo clinic…")
    call_command("seed", verbosity=0)
