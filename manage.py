#!/usr/bin/env python
"""The command line of telemed."""

import os
import signal
import sys
from pathlib import Path

# These commands read files alone; they must work where no database can be had.
WITHOUT_SERVICES = {
    "check_catalogs",
    "collectstatic",
    "compile_catalogs",
    "evaluate",
    "help",
    "makemessages",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telemed.settings")
    from telemed import embedded, env

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command != "run":
        # A command needs one connection; a pool would still be waiting for the next at its end.
        os.environ.setdefault("DATABASE_POOL", "0")
    if env.flag("DEMO"):
        data_dir = env.path("DATA_DIR", Path(__file__).parent / ".data")
        embedded.give_secrets(data_dir)
        if command not in WITHOUT_SERVICES:
            # An ordinary end, so that what is started here is also stopped.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            embedded.start(data_dir, with_redis=command == "run")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
