"""Programs that the checks need and pip does not bring: `python -m tests.tools chromium`.

Prints the path of what was found, else installs it: where the system's package manager may be
used, with that.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """One on the PATH, else Playwright's own, else the system's."""
    return _on_path(*CHROMIUMS) or _playwrights() or _from_system("chromium", *CHROMIUMS)


def gettext() -> str | None:
    """xgettext, with which the texts of the program are collected."""
    return _on_path("xgettext") or _from_system("gettext", "xgettext")


TOOLS: dict[str, Callable[[], str | None]] = {"chromium": chromium, "gettext": gettext}


def _on_path(*names: str) -> str | None:
    return next((path for name in names if (path := shutil.which(name)) and _runs(path)), None)


def _runs(path: str) -> bool:
    # Ubuntu puts a script there that only says "install the snap".
    return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0


def _playwrights() -> str | None:
    if path := _playwrights_path():
        return path
    print("Downloading a Chromium for the browser tests…", file=sys.stderr)
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    if os.geteuid() == 0:
        install.append("--with-deps")
    subprocess.run(install, stdout=sys.stderr)
    return _playwrights_path()


def _playwrights_path() -> str | None:
    # In a process of its own: the synchronous interface refuses to run inside a running loop.
    ask = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True)
    path = Path(answer.stdout.strip() or "/nonexistent")
    return str(path) if path.is_file() and _runs(str(path)) else None


def _from_system(package: str, *names: str) -> str | None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {package} with apt-get…", file=sys.stderr)
        install = ["apt-get", "install", "-y", "--no-install-recommends", package]
        if not _does(install) and _does(["apt-get", "update"]):
            _does(install)
    return _on_path(*names)


def _does(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in TOOLS:
        print(f"python -m tests.tools {'|'.join(TOOLS)}", file=sys.stderr)
        return 2
    path = TOOLS[arguments[0]]()
    if not path:
        print(f"{arguments[0]} is needed: install it with your package manager.", file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
