"""Show what a command imports and how long that takes, by package: the sums of `-X importtime`.

    python -m benchmarks.imports [--until-request] [--top N] -- run --profile smoke

With `--until-request`, the command is given `--target` with the address of a server that never responds, and
is stopped at its first request: what is imported later does not delay the start.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.runner.measuring import environment

_LINE = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)")


@contextlib.contextmanager
def silent_server() -> Iterator[tuple[str, threading.Event]]:
    """Listen on a free port; yield the URL and an event that is set when a request arrives."""
    arrived = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def wait() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                if connection.recv(1):
                    arrived.set()

        threading.Thread(target=wait, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", arrived


def import_lines(arguments: Sequence[str], *, until_request: bool = False) -> str:
    """Return what `-X importtime` prints for a command, at most until its first request."""
    command = [sys.executable, "-X", "importtime", "-m", "aoai_conformance", *arguments]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as lines, silent_server() as (url, arrived):
        if until_request:
            command += ["--target", url]
        env = environment(AZURE_OPENAI_API_KEY="benchmark")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=lines, env=env)
        while process.poll() is None and not arrived.wait(0.02):
            pass
        process.kill()
        process.wait()
        lines.seek(0)
        return lines.read()


def microseconds_by_package(lines: str) -> Counter[str]:
    """Return the time that each top-level package takes by itself, with all its modules."""
    found: Counter[str] = Counter()
    for spent, module in _LINE.findall(lines):
        package = module.partition(".")[0]
        found[f"{package} (standard library)" if package in sys.stdlib_module_names else package] += int(
            spent
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--until-request", action="store_true")
    parser.add_argument("--top", type=int, default=25)
    parser.add_argument("arguments", nargs="+")
    options = parser.parse_args()
    lines = import_lines(options.arguments, until_request=options.until_request)
    found = microseconds_by_package(lines)
    print(f"{sum(found.values()) / 1000:8.1f} ms in total, {len(_LINE.findall(lines))} modules")
    for package, spent in found.most_common(options.top):
        print(f"{spent / 1000:8.1f} ms {package}")


if __name__ == "__main__":
    main()
