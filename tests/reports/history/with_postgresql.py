"""Run a command with a PostgreSQL server of its own: `with_postgresql.py pytest tests/reports/history`.

The server is installed with apt if there is none. It listens on loopback, requires a password, and is
stopped and deleted at the end. AOAI_HISTORY_URL is its URL, with the password in AOAI_HISTORY_PASSWORD.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "conformance"


def program(name: str) -> str:
    """The path of a program of the server, which Debian does not put into PATH."""
    found = shutil.which(name)
    folders = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found is None and not folders:
        raise SystemExit(
            f"PostgreSQL is not installed ({name} is missing); install it, or run this as root on Debian."
        )
    return found or str(folders[-1])


def install() -> None:
    """Install the server with apt if it is missing and this is root on Debian."""
    if shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update"], check=True)
        subprocess.run(["apt-get", "install", "--yes", "--no-install-recommends", "postgresql"], check=True)


@contextmanager
def server(folder: Path) -> Iterator[dict[str, str]]:
    """A running server, as environment variables. PostgreSQL refuses to run as root."""
    as_owner = ["runuser", "--user", "postgres", "--"] if os.geteuid() == 0 else []
    password, data = secrets.token_urlsafe(12), folder / "data"
    (folder / "password").write_text(password)
    if as_owner:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    initdb = [program("initdb"), "--pgdata", str(data), "--username", USER, "--encoding", "UTF8"]
    initdb += ["--auth", "scram-sha-256", "--pwfile", str(folder / "password"), "--no-sync"]
    subprocess.run([*as_owner, *initdb], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [*as_owner, program("pg_ctl"), "--pgdata", str(data), "--wait", "--silent"]
    subprocess.run(
        [*control, "--log", str(folder / "log"), "--options", settings, "start"], check=True, cwd=folder
    )
    try:
        yield {
            "AOAI_HISTORY_URL": f"postgresql+psycopg://{USER}:${{AOAI_HISTORY_PASSWORD}}@127.0.0.1:{port}/postgres",
            "AOAI_HISTORY_PASSWORD": password,
        }
    finally:
        subprocess.run([*control, "--mode", "immediate", "stop"], check=True, cwd=folder)


def main() -> int:
    """Run the command of the arguments and return its exit code. The server is stopped at a signal too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    install()
    with tempfile.TemporaryDirectory(prefix="aoai-postgresql-") as folder, server(Path(folder)) as variables:
        return subprocess.run(sys.argv[1:], env={**os.environ, **variables}, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
