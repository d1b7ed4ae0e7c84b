"""Keeps a handful of processes running under one roof, and leaves none behind.

Knows nothing of the clinic: it starts commands, shows their lines under their names, starts one
that died again (a little later each time, and not for ever), and ends all of them together.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from telemed import embedded

PATIENCE = 8.0  # seconds from "please end" to the end
STEADY = 60.0  # seconds a process must run for its earlier deaths to be forgotten
MOST_DEATHS = 6


@dataclass
class Child:
    name: str
    command: Sequence[str]
    is_vital: bool = False  # without it there is no point in going on
    environment: dict[str, str] = field(default_factory=dict)  # on top of our own
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    restart_at: float | None = None
    deaths: int = 0
    rest: bytes = field(default=b"", repr=False)  # of a line that has no end yet


class Supervisor:
    def __init__(
        self, children: Sequence[Child], *, say: Callable[[str, str], None], folder: Path
    ) -> None:
        """`say(name, line)` shows a line; `folder` is where the children work."""
        self.children = list(children)
        self.say = say
        self.folder = folder
        self.signals = 0
        self._pipes = selectors.DefaultSelector()

    def listen(self) -> None:
        """From here on Ctrl-C and SIGTERM are counted; the first ends all, the second at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, *_: object) -> None:
        self.signals += 1

    def start(self, *names: str) -> None:
        for child in self.children:
            if child.name in names:
                self._start(child)

    def _start(self, child: Child) -> None:
        # A group of its own: Ctrl-C in the terminal reaches this process alone, which passes it on
        # in its own way; and whatever the child starts can be ended with it.
        child.process = subprocess.Popen(  # noqa: S603
            child.command,
            cwd=self.folder,
            env=os.environ | child.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=embedded.die_with_parent(),
        )
        child.started_at, child.restart_at = time.monotonic(), None
        if child.process.stdout:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._pipes.register(child.process.stdout, selectors.EVENT_READ, child)

    def turn(self, seconds: float) -> None:
        """Pass on what was said, see who died and start again who is due."""
        if self._pipes.get_map():
            for key, _ in self._pipes.select(seconds):
                self._read(key.data)
        else:
            time.sleep(seconds)
        for child in self.children:
            if child.process and child.process.poll() is not None:
                self._bury(child)
            elif child.restart_at and child.restart_at <= time.monotonic():
                self._start(child)

    def _read(self, child: Child) -> bool:
        """Pass on what can be read now; False when there was nothing."""
        stream = child.process and child.process.stdout
        if not stream or stream.closed:
            return False
        try:
            heard = os.read(stream.fileno(), 65536)
        except BlockingIOError:
            return False
        *lines, child.rest = (child.rest + heard).split(b"\n")
        if not heard:
            lines, child.rest = [child.rest] if child.rest else [], b""
            self._pipes.unregister(stream)
            stream.close()
        for line in lines:
            self.say(child.name, line.decode(errors="replace").rstrip())
        return bool(heard)

    def _bury(self, child: Child) -> None:
        process = child.process
        if not process:
            return
        while self._read(child):
            pass
        if process.stdout and not process.stdout.closed:
            # Something that the child started holds the pipe open; its words are not waited for.
            self._pipes.unregister(process.stdout)
            process.stdout.close()
        _kill_group(process)
        child.process = None
        if self.signals:
            return
        lived = time.monotonic() - child.started_at
        child.deaths = 1 if lived > STEADY else child.deaths + 1
        if child.deaths >= MOST_DEATHS:
            self.say(child.name, f"ended {child.deaths} times in a row; given up.")
            if child.is_vital:
                self.signals += 1
            return
        pause = min(2.0 ** (child.deaths - 1), 30.0) / 2
        child.restart_at = time.monotonic() + pause
        self.say(child.name, f"ended ({_how(process.returncode)}); again in {pause:g} s.")

    @property
    def has_given_up(self) -> bool:
        return any(child.is_vital and child.deaths >= MOST_DEATHS for child in self.children)

    def stop(self) -> None:
        """End all, politely first. Nothing that was started here is left when this returns."""
        self.signals = max(self.signals, 1)
        begun_with, deadline = self.signals, time.monotonic() + PATIENCE
        for child in self.children:
            child.restart_at = None
            if child.process:
                child.process.terminate()
        while any(child.process for child in self.children):
            if time.monotonic() > deadline or self.signals > begun_with:
                for child in self.children:
                    if child.process:
                        _kill_group(child.process)
                        child.process.wait()
            self.turn(0.05)


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"
