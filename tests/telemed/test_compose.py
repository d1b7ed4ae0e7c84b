"""docker-compose.yml and its files hold every part and every value that production needs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.telemed.test_settings import required_by_settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
PROGRAMS = ["web", "sockets", "worker", "beat", "media", "migrate"]
PARTS = ["proxy", "postgres", "redis", "coturn"]
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)


def settings_variables() -> set[str]:
    """Every variable that the settings read, required or not."""
    source = (ROOT / "telemed" / "settings.py").read_text()
    return set(re.findall(r'env\.(?!stop)\w+\(\s*"([A-Z_]+)"', source))


def test_every_process_and_every_part_is_there() -> None:
    assert sorted(SERVICES) == sorted(PROGRAMS + PARTS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_process_gets_every_value_that_it_cannot_start_without(name: str) -> None:
    assert required_by_settings() <= SERVICES[name]["environment"].keys()


def test_compose_gives_no_value_that_the_settings_do_not_read() -> None:
    assert SERVICES["web"]["environment"].keys() <= settings_variables()


def test_the_example_explains_every_variable_that_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked == EXAMPLE.keys()


def test_the_example_holds_no_key_that_somebody_might_keep() -> None:
    for name in EXAMPLE:
        if name.endswith(("_KEY", "_KEYS", "_SECRET")) or name.endswith("_PASSWORD"):
            assert EXAMPLE[name] == "", name


def test_a_value_that_is_forgotten_stops_compose() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in required_by_settings() - {"BASE_URL", "DATABASE_URL", "REDIS_URL"}:
        assert f"{name}: ${{{name}:?is missing, see .env.example}}" in text


def test_only_the_proxy_and_the_relay_can_be_reached() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service}
    assert published == {"proxy", "coturn"}
    assert SERVICES["proxy"]["ports"] == ["80:80", "443:443", "443:443/udp"]
    relay = SERVICES["coturn"]["ports"]
    assert {"3478:3478", "3478:3478/udp", "5349:5349"} <= set(relay)


def test_the_databases_have_no_way_out() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_there_may_be_several_webs() -> None:
    assert "container_name" not in SERVICES["web"]
    assert "ports" not in SERVICES["web"]


@pytest.mark.parametrize("name", PROGRAMS + PARTS)
def test_every_container_is_held_on_a_short_leash(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True


@pytest.mark.parametrize("name", sorted({*PROGRAMS, *PARTS} - {"beat", "media", "migrate", "web"}))
def test_every_server_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_the_web_is_checked_as_the_image_says() -> None:
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    assert "healthcheck" not in SERVICES["web"]


def test_the_proxy_sends_each_path_to_the_process_that_serves_it() -> None:
    caddy = (ROOT / "docker" / "Caddyfile").read_text()
    assert "@sockets path /ws/*" in caddy
    assert "dynamic a sockets 8001" in caddy
    assert "dynamic a web 8000" in caddy
    assert "--port=8001" in SERVICES["sockets"]["command"]
    assert "0.0.0.0:8000" in (ROOT / "Dockerfile").read_text()


def test_the_proxy_logs_no_query() -> None:
    caddy = (ROOT / "docker" / "Caddyfile").read_text()
    assert re.search(r'request>uri regexp "\\\?\.\*" ""', caddy)
    assert "request>headers delete" in caddy


def test_the_relay_takes_short_lived_credentials_and_reaches_no_private_address() -> None:
    turn = (ROOT / "docker" / "turnserver.conf").read_text().splitlines()
    assert "use-auth-secret" in turn
    assert not any(line.startswith(("user=", "lt-cred-mech")) for line in turn)
    denied = {line.removeprefix("denied-peer-ip=") for line in turn if "denied-peer-ip" in line}
    assert {
        "10.0.0.0-10.255.255.255",
        "127.0.0.0-127.255.255.255",
        "172.16.0.0-172.31.255.255",
        "192.168.0.0-192.168.255.255",
        "169.254.0.0-169.254.255.255",
        "::1",
    } <= denied
    [ports] = [port for port in SERVICES["coturn"]["ports"] if "-" in port]
    low, high = re.findall(r"\d+", ports)[:2]
    assert f"min-port={low}" in turn
    assert f"max-port={high}" in turn


def test_the_image_is_not_root_and_takes_no_package_without_its_hash() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER telemed" in lines
    assert any("--require-hashes" in line for line in lines)
    copied = {line.split()[1] for line in lines if line.startswith("COPY ") and "--" not in line}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= copied


def test_the_image_is_healthy_only_while_its_server_answers() -> None:
    check = [sys.executable, str(ROOT / "docker" / "healthcheck.py"), "9"]
    assert subprocess.run(check, timeout=20).returncode == 1


def _has_compose() -> bool:
    docker = shutil.which("docker")
    return (
        bool(docker)
        and not subprocess.run([docker, "compose", "version"], capture_output=True).returncode
    )


@pytest.mark.skipif(not _has_compose(), reason="the docker client here has no compose")
def test_docker_finds_nothing_wrong() -> None:
    values = EXAMPLE | {name: value or "x" * 60 for name, value in EXAMPLE.items()}
    done = subprocess.run(
        ["docker", "compose", "--env-file", "/dev/null", "config", "--quiet"],
        cwd=ROOT,
        env=values | {"PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.returncode == 0
