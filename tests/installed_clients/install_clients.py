"""Installs each client: from PyPI into an environment each, from npm below one folder.

    python tests/installed_clients/install_clients.py FOLDER

What is there already in these versions stays. A client that cannot be installed does not keep the others from
it: its test says that it is not there. Needs uv (tox installs it), Node.js 20.15 or newer and 3 GB of disk.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from client_table import BEFORE, CLIENTS

INSTALL_SECONDS = 1800.0
_DONE = ".installed"
_NPM_OPTIONS = ("--before", BEFORE, "--no-fund", "--no-audit", "--no-save")


def install(folder: Path) -> list[str]:
    """Install what is missing; return the environments that could not be installed."""
    wanted: dict[str, set[str]] = {}
    for client in CLIENTS:
        wanted.setdefault(client.environment, set()).update(client.packages)
    missing = []
    for name, packages in wanted.items():
        place, stamp = folder / name, "\n".join([BEFORE, *sorted(packages)])
        if (place / _DONE).exists() and (place / _DONE).read_text(encoding="utf-8") == stamp:
            continue
        sys.stdout.write(f"installing {', '.join(sorted(packages))}\n")
        sys.stdout.flush()
        shutil.rmtree(place, ignore_errors=True)
        try:
            _fetch(place, sorted(packages))
        except (OSError, subprocess.SubprocessError) as problem:
            shutil.rmtree(place, ignore_errors=True)
            sys.stderr.write(f"{name} could not be installed: {problem}\n")
            missing.append(name)
        else:
            (place / _DONE).write_text(stamp, encoding="utf-8")
    return missing


def _fetch(place: Path, packages: list[str]) -> None:
    if place.name == "npm":
        place.mkdir(parents=True)
        _run(["npm", "install", *_NPM_OPTIONS, "--prefix", str(place), *packages])
        return
    uv = [sys.executable, "-m", "uv"]
    _run([*uv, "venv", "--quiet", "--python", sys.executable, str(place)])
    options = ["--quiet", "--python", str(place), "--exclude-newer", BEFORE]
    _run([*uv, "pip", "install", *options, *packages])


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=INSTALL_SECONDS)


if __name__ == "__main__":
    sys.exit(1 if install(Path(sys.argv[1]).resolve()) else 0)
