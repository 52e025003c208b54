"""Installs each server that the tests try: from PyPI into an environment each, from npm below one folder.

    python tests/real_servers/install.py FOLDER

Versions are fixed, those of what the servers rest on too (`constraints`, and a date for npm), since the
expected deviations are those of one version. What is there already in these versions stays. A server that
cannot be installed does not keep the others from it: its test says that it is not there. Needs a C++ compiler
and Node.js 20.15 or newer, and 8 GB of disk (torch from PyPI brings its libraries for graphics cards).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from functools import partial
from pathlib import Path

FROM_PYPI = {
    "litellm": ["litellm[proxy]==1.106.2"],
    # built from source: a C++ compiler has to be there
    "llama-cpp-python": ["llama-cpp-python[server]==0.3.36", "gguf", "numpy"],
    "transformers": ["transformers[serving]==5.23.0", "torch"],
}
FROM_NPM = ["@copilotkit/aimock@1.43.0", "@stoplight/prism-cli@5.14.2", "@portkey-ai/gateway@1.15.2"]
#: No package younger than this, and no test runners, which aimock names as its peers.
NPM_OPTIONS = ["--before", "2026-11-20", "--legacy-peer-deps", "--no-fund", "--no-audit"]
CONSTRAINTS = Path(__file__).parent / "constraints"
INSTALL_SECONDS = 3600.0
_DONE = ".installed"


def install(folder: Path) -> list[str]:
    """Install what is missing; return the names of what could not be installed."""
    ways: dict[str, tuple[str, Callable[[Path], None]]] = {
        name: (_wanted(name), partial(_from_pypi, name)) for name in FROM_PYPI
    }
    ways["npm"] = ("\n".join([*FROM_NPM, *NPM_OPTIONS]), _from_npm)
    missing = []
    for name, (wanted, fetch) in ways.items():
        place = folder / name
        stamp = place / _DONE
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            continue
        sys.stdout.write(f"installing {name}\n")
        sys.stdout.flush()
        shutil.rmtree(place, ignore_errors=True)
        try:
            fetch(place)
        except (OSError, subprocess.SubprocessError) as problem:
            shutil.rmtree(place, ignore_errors=True)
            sys.stderr.write(f"{name} could not be installed: {problem}\n")
            missing.append(name)
        else:
            stamp.write_text(wanted, encoding="utf-8")
    return missing


def _wanted(name: str) -> str:
    """Return the required content of an environment, as in its stamp."""
    return "\n".join([*FROM_PYPI[name], (CONSTRAINTS / f"{name}.txt").read_text(encoding="utf-8")])


def _from_pypi(name: str, place: Path) -> None:
    venv.create(place, with_pip=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--constraint", str(CONSTRAINTS / f"{name}.txt"), *FROM_PYPI[name]])


def _from_npm(place: Path) -> None:
    place.mkdir(parents=True)
    _run(["npm", "install", *NPM_OPTIONS, "--prefix", str(place), *FROM_NPM])


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=INSTALL_SECONDS)


if __name__ == "__main__":
    sys.exit(1 if install(Path(sys.argv[1]).resolve()) else 0)
