"""`manage.py run` in an empty folder: everything comes up, says so, and ends without a trace."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Of the test run's own; here the program must find its own.
GIVEN = {
    "DATABASE_URL",
    "REDIS_URL",
    "DATABASE_POOL",
    "DJANGO_SETTINGS_MODULE",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "SIGNING_KEY",
    "TURN_SECRET",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def processes_of(folder: str) -> list[str]:
    """Command lines and working folders of running processes that name this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text().replace("\0", " ")
            if folder in command or folder in str((process / "cwd").readlink()):
                found.append(command)
        except OSError:
            continue
    return found


@pytest.mark.xdist_group("run")
def test_from_an_empty_folder_to_an_open_clinic_and_back() -> None:
    with tempfile.TemporaryDirectory(prefix="telemed-") as folder:
        port = free_port()
        own = {"DEMO": "1", "DATA_DIR": folder, "PORT": str(port)}
        done = subprocess.run(
            [sys.executable, "manage.py", "run", "--once-ready"],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if k not in GIVEN} | own,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"http://127.0.0.1:{port}" in done.stdout
        for person in ("Patient", "Clinician", "Clinic admin"):
            assert person in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        assert processes_of(folder) == []
