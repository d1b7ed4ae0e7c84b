"""The supervisor shows, revives and ends its processes, and leaves none behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telemed import supervisor as module
from telemed.supervisor import Child, Supervisor

ROOT = Path(__file__).resolve().parents[2]
FOREVER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + FOREVER
PARENT = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True); time.sleep(600)"
)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


class Stage:
    """Children on stage, and what they have said so far."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.supervisor: Supervisor | None = None

    def play(self, **codes: str) -> Supervisor:
        children = [Child(name, python(code), name == "vital") for name, code in codes.items()]
        self.supervisor = Supervisor(
            children, say=lambda name, line: self.said.append(f"{name}: {line}"), folder=ROOT
        )
        self.supervisor.start(*codes)
        return self.supervisor

    def turn_until(self, is_so: Callable[[], object], *, within: float = 20) -> None:
        deadline = time.monotonic() + within
        while not is_so():
            assert time.monotonic() < deadline, self.said
            assert self.supervisor
            self.supervisor.turn(0.05)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    if stage.supervisor:
        stage.supervisor.stop()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def all_end(pids: list[int], *, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(is_alive(pid) for pid in pids)


def test_every_line_carries_the_name_of_who_said_it(stage: Stage) -> None:
    stage.play(web="print('one'); print('two', end='')", beat=FOREVER)
    stage.turn_until(lambda: {"web: one", "web: two", "beat: up"} <= set(stage.said))


def test_who_dies_is_started_again_a_little_later(stage: Stage) -> None:
    stage.play(worker="print('up'); raise SystemExit(3)")
    stage.turn_until(lambda: stage.said.count("worker: up") == 2)
    assert "worker: ended (exit status 3); again in 0.5 s." in stage.said


def test_who_is_killed_is_started_again(stage: Stage) -> None:
    [child] = stage.play(worker=FOREVER).children
    stage.turn_until(lambda: "worker: up" in stage.said)
    assert child.process
    child.process.kill()
    stage.turn_until(lambda: stage.said.count("worker: up") == 2)
    assert "worker: ended (signal 9); again in 0.5 s." in stage.said


def test_not_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DEATHS", 2)
    supervisor = stage.play(media="raise SystemExit(1)", web=FOREVER)
    stage.turn_until(lambda: "media: ended 2 times in a row; given up." in stage.said)
    assert not supervisor.has_given_up
    assert not supervisor.signals


def test_without_the_vital_one_all_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DEATHS", 2)
    supervisor = stage.play(vital="raise SystemExit(1)", beat=FOREVER)
    stage.turn_until(lambda: supervisor.signals)
    assert supervisor.has_given_up


def test_stop_ends_all_and_what_they_started(stage: Stage) -> None:
    supervisor = stage.play(web=FOREVER, worker=PARENT)
    stage.turn_until(lambda: len(stage.said) == 2)
    pids = [child.process.pid for child in supervisor.children if child.process]
    pids += [int(line.split()[1]) for line in stage.said if line.startswith("worker")]
    supervisor.stop()
    assert len(pids) == 3
    assert all_end(pids)


def test_who_does_not_listen_is_killed_in_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    supervisor = stage.play(web=STUBBORN)
    stage.turn_until(lambda: "web: up" in stage.said)
    begun = time.monotonic()
    supervisor.stop()
    assert 0.3 <= time.monotonic() - begun < 5


def test_a_second_ctrl_c_does_not_wait(stage: Stage) -> None:
    supervisor = stage.play(web=STUBBORN, worker=FOREVER)
    stage.turn_until(lambda: len(stage.said) == 2)
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        supervisor.listen()
        os.kill(os.getpid(), signal.SIGINT)
        assert supervisor.signals == 1
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        begun = time.monotonic()
        supervisor.stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert time.monotonic() - begun < 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_killed_supervisor_takes_its_children_along() -> None:
    code = (
        "from pathlib import Path\n"
        "from telemed.supervisor import Child, Supervisor\n"
        f"web = Child('web', {python(FOREVER)!r})\n"
        "it = Supervisor([web], say=lambda *_: None, folder=Path.cwd())\n"
        "it.start('web'); print(web.process.pid, flush=True)\n"
        "while True: it.turn(1)\n"
    )
    parent = subprocess.Popen(python(code), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert all_end([child])


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=os.environ | {"PORT": str(port), "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(f"Telemed cannot start: 127.0.0.1, port {port}, cannot be used")
    assert f"PORT={port + 1}" in done.stderr
    assert done.stderr.count("\n") == 1
