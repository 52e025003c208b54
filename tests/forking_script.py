#!/usr/bin/env -S python3 -IS
"""`aoai-conformance` for a shell: it forks the command from a process that has imported what it needs.

`Forks.in_shells` puts it on the PATH of a shell. It passes on its arguments, folder, environment and
standard streams, and ends with the exit code of the command. It starts faster without `pathlib`.
"""

import fcntl
import json
import os
import signal
import socket
import sys

#: The descriptor of the socket of `serve_forks`, and the length of a number in its messages.
CONTROL, DIGITS = "AOAI_TESTS_FORKS", 20


def main() -> int:
    life, held = socket.socketpair()
    control = socket.socket(fileno=int(os.environ[CONTROL]))
    command = ["aoai_conformance.cli", sys.argv[1:], None]
    message = {"folder": os.getcwd(), "environment": dict(os.environ), "command": command}  # noqa: PTH109
    with open(__file__, "rb") as lock:  # noqa: PTH123 - a pipeline starts several commands at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        socket.send_fds(control, [b"\n"], [0, 1, 2, held.fileno()])
        control.sendall(json.dumps(message).encode() + b"\n")
        held.close()
        pid = int(life.recv(DIGITS, socket.MSG_WAITALL))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: os.kill(pid, received))
    return int(life.recv(DIGITS, socket.MSG_WAITALL))


if __name__ == "__main__":
    sys.exit(main())
