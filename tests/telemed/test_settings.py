"""A wrong or missing value stops the start with one sentence and exit status 2."""

import ast
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from telemed import env
from tests.telemed.production import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = sorted(ENVIRONMENT.keys() - {"PATH", "TURN_URLS"})
WRONG = {
    "DEMO": "maybe",
    "DEBUG": "1",
    "SECRET_KEY": "tooshort1",
    "FIELD_ENCRYPTION_KEYS": "not-a-key",
    "SIGNING_KEY": "tooshort2",
    "TURN_SECRET": "tooshort3",
    "PORT": "99999",
    "BASE_URL": "http://clinic.example",
    "DATABASE_URL": "mysql://somewhere/telemed",
    "DATABASE_POOL": "many",
    "REDIS_URL": "localhost:6379",
    "EMAIL_URL": "mail.example",
    "TURN_URLS": "https://turn.example",
    "TRUSTED_PROXIES": "-1",
    "IDLE_MINUTES_STAFF": "0",
    "IDLE_MINUTES_PATIENT": "x",
    "MEDIA_SESSIONS": "0",
    "LOG_LEVEL": "LOUD",
}


def load(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> dict:
    """Run the settings file in this environment alone, without the modules that it configures."""
    environment = {k: v for k, v in (ENVIRONMENT | changes).items() if v is not None}
    monkeypatch.setattr(os, "environ", environment)
    return runpy.run_path(str(ROOT / "telemed" / "settings.py"))


def test_a_complete_environment_starts(monkeypatch, capsys) -> None:
    settings = load(monkeypatch)
    assert settings["ALLOWED_HOSTS"] == ["clinic.example"]
    assert settings["DATABASES"]["default"]["PASSWORD"] == "secret"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", REQUIRED)
def test_without_a_required_value_it_does_not_start(monkeypatch, capsys, name: str) -> None:
    with pytest.raises(SystemExit) as end:
        load(monkeypatch, **{name: None})
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert said.startswith(f"Telemed cannot start: {name} is missing.")
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", WRONG)
def test_with_a_wrong_value_it_does_not_start(monkeypatch, capsys, name: str) -> None:
    with pytest.raises(SystemExit) as end:
        load(monkeypatch, **{name: WRONG[name]})
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert said.startswith("Telemed cannot start: ")
    assert name in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "SIGNING_KEY", "TURN_SECRET"]
)
def test_no_key_is_repeated_on_the_screen(monkeypatch, capsys, name: str) -> None:
    with pytest.raises(SystemExit):
        load(monkeypatch, **{name: WRONG[name]})
    assert WRONG[name] not in capsys.readouterr().err


def test_a_process_ends_with_the_sentence_and_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import telemed.settings"],
        cwd=ROOT,
        env=ENVIRONMENT | {"SIGNING_KEY": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Telemed cannot start: SIGNING_KEY is missing.")
    assert done.stderr.count("\n") == 1


def test_the_required_values_are_those_that_the_settings_ask_for() -> None:
    """Read from the settings themselves, so that a new one cannot be forgotten here."""
    assert set(REQUIRED) == required_by_settings()


def required_by_settings() -> set[str]:
    """What `telemed/settings.py` asks for and has no default for outside the demo."""
    tree = ast.parse((ROOT / "telemed" / "settings.py").read_text())
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.func.attr in {"text", "secret", "fernet_keys"}
    ]
    return {ast.literal_eval(call.args[0]) for call in calls if not _has_default(call)}


def _has_default(call: ast.Call) -> bool:
    if len(call.args) < 2:
        return False
    default = call.args[1]
    # `x if DEMO else None`: a default for the demo alone.
    return not (
        isinstance(default, ast.IfExp)
        and isinstance(default.orelse, ast.Constant)
        and default.orelse.value is None
    )


def test_production_has_nothing_to_be_warned_of() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("System check identified no issues")


@pytest.mark.parametrize(
    "url",
    ["postgresql://host", "postgresql://host:port/name", "host/name", "postgresql://[::1/name"],
)
def test_half_a_database_address_is_refused(url: str, capsys) -> None:
    with pytest.raises(env.BadSetting):
        env.postgres(url)
    assert "DATABASE_URL must look like" in capsys.readouterr().err


def test_a_database_address_keeps_its_password_and_socket() -> None:
    parts = env.postgres("postgresql://a:p%40ss@/telemed?host=/run/postgresql")
    assert parts == {
        "NAME": "telemed",
        "USER": "a",
        "PASSWORD": "p@ss",
        "HOST": "/run/postgresql",
        "PORT": "",
    }


@pytest.mark.parametrize(
    "url", ["https://", "clinic.example", "https://clinic.example/app", "https://clinic:x"]
)
def test_half_a_site_address_is_refused(url: str, capsys) -> None:
    with pytest.raises(env.BadSetting):
        env.site(url)
    assert "BASE_URL must be" in capsys.readouterr().err


def test_the_host_of_an_address_is_written_as_django_compares_it() -> None:
    assert env.host("https://Clinic.Example:8443") == "clinic.example"
    assert env.host("http://[::1]:8000") == "[::1]"
