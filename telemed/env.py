"""Settings from the environment. A wrong or missing value stops the start with one sentence."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet

T = TypeVar("T")


class BadSetting(SystemExit):
    """Ends the process with exit status 2 and a sentence on standard error, without a traceback."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        print(f"Telemed cannot start: {sentence}", file=sys.stderr)  # noqa: T201
        super().__init__(2)


def stop(sentence: str) -> NoReturn:
    raise BadSetting(sentence)


def text(name: str, default: str | None = None, *, why: str = "") -> str:
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        stop(f"{name} is missing. {why}".strip())
    return default


def _parsed(name: str, default: T, parse: Callable[[str], T], wanted: str) -> T:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError:
        stop(f"{name} is {raw!r}; it must be {wanted}.")


def flag(name: str, default: bool = False) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}

    def parse(raw: str) -> bool:
        if raw.lower() not in words:
            raise ValueError
        return words[raw.lower()]

    return _parsed(name, default, parse, "1 or 0")


def integer(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    def parse(raw: str) -> int:
        if not least <= int(raw) <= most:
            raise ValueError
        return int(raw)

    return _parsed(name, default, parse, f"a whole number from {least} to {most}")


def words(name: str, default: str = "") -> list[str]:
    """A list, separated by commas."""
    return [w.strip() for w in os.environ.get(name, default).split(",") if w.strip()]


def choice(name: str, default: str, options: list[str]) -> str:
    value = text(name, default)
    if value not in options:
        stop(f"{name} is {value!r}; it must be one of {', '.join(options)}.")
    return value


def secret(name: str, *, least: int, why: str) -> str:
    """A text of at least so many characters. The message never repeats it."""
    value = text(name, why=why)
    if len(value) < least or len(set(value)) < 5:
        stop(f"{name} is too simple: it needs at least {least} random characters. {why}")
    return value


def path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name, "").strip() or default).expanduser().resolve()


def fernet_keys(name: str, *, why: str) -> list[str]:
    """Keys of 32 bytes in URL-safe base64, separated by commas; the first one writes."""
    keys = [key.strip() for key in text(name, why=why).split(",")]
    for position, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError:
            stop(f"{name}: key {position} is not 32 bytes in URL-safe base64. {why}")
    return keys


def postgres(url: str) -> dict[str, str | int]:
    """Django's NAME, USER, PASSWORD, HOST and PORT of `postgresql://user:password@host:port/name`.

    A host in the query (`?host=/run/postgresql`) names a Unix socket's folder.
    """
    wanted = "DATABASE_URL must look like postgresql://user:password@host:5432/name."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        stop(wanted)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        stop(wanted)
    query = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
    return {
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", "") or parts.hostname or ""),
        "PORT": port or "",
    }


def redis(url: str) -> str:
    wanted = "REDIS_URL must look like redis://:password@host:6379/0, rediss://… or unix:///path."
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.path if parts.scheme == "unix" else parts.hostname)
        is_whole = is_whole and (parts.port is None or parts.port > 0)
    except ValueError:
        stop(wanted)
    if parts.scheme not in {"redis", "rediss", "unix"} or not is_whole:
        stop(wanted)
    return url


def site(url: str) -> str:
    """The address that people type, without a path: the links in our mail begin with it."""
    wanted = "BASE_URL must be an address without a path, for example https://clinic.example."
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        stop(wanted)
    if parts.scheme not in {"http", "https"} or not is_whole or parts.path.strip("/"):
        stop(wanted)
    return url.rstrip("/")


def host(url: str) -> str:
    """The name in an address as Django's ALLOWED_HOSTS writes it: no port, IPv6 in brackets."""
    name = urlsplit(url).hostname or ""
    return f"[{name}]" if ":" in name else name


def turn(urls: list[str]) -> list[str]:
    for url in urls:
        if url.partition(":")[0] not in {"turn", "turns"} or not url.partition(":")[2]:
            stop(f"TURN_URLS: {url!r} must look like turn:host:3478?transport=udp or turns:….")
    return urls


class MailPort(NamedTuple):
    backend: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    is_tls_from_the_start: bool = False
    upgrades_to_tls: bool = False


def mail(url: str) -> MailPort:
    """`smtp://user:password@host:587` asks for STARTTLS, `smtps://…` speaks TLS from the start.

    `smtp://localhost:25?plain=1` sends in the clear, for a relay on the same machine;
    `folder://` writes into MAIL_FOLDER instead of sending.
    """
    wanted = "EMAIL_URL must look like smtp://user:password@host:587, smtps://… or folder://."
    parts = urlsplit(url)
    if parts.scheme == "folder":
        return MailPort("accounts.mailbox.FolderBackend")
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        stop(wanted)
    try:
        port = parts.port
    except ValueError:
        stop(wanted)
    is_wrapped = parts.scheme == "smtps"
    return MailPort(
        "django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=port or (465 if is_wrapped else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls_from_the_start=is_wrapped,
        upgrades_to_tls=not is_wrapped and parts.query != "plain=1",
    )
