"""`python -m aoai_conformance.target.emulator_host`: serves emulators until its stdin is closed.

The parent writes one line of JSON, `{"surface", "api_versions": […], "specs": [FILE…], "overlays": [FILE…],
"remote_references", "standard_input", "emulators": [{"flavour", "faults", "seed", "documents": [NAME…],
"advance_on_poll"}…]}`, and reads one line: `{"urls": […]}`, or `{"error": …, "exit_code": …}` on failure. The
process ends with stdin, so no emulator outlives its parent.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aoai_conformance.target.documents import choose_documents
from aoai_emulator.server import EmulatorServer, address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError
from aoai_specs.loading.sources import provide_standard_input

#: How long the servers may take to stop.
_END_SECONDS = 5.0


def main() -> int:
    """Read the settings, serve the emulators, and stop with stdin."""
    settings = json.loads(sys.stdin.buffer.readline())
    try:
        servers = _servers(settings)
        sockets = [listen("127.0.0.1", 0) for _ in servers]
    except ConformanceError as error:
        _reply({"error": str(error), "exit_code": error.exit_code})
        return error.exit_code
    asyncio.run(_serve(servers, sockets))
    return 0


def _servers(settings: Mapping[str, Any]) -> list[EmulatorServer]:
    return [
        make_server(
            Settings(
                flavour=emulator["flavour"],
                faults=tuple(emulator["faults"]),
                documents=_documents(settings, emulator["documents"]),
                seed=emulator["seed"],
                advance_on_poll=emulator["advance_on_poll"],
            )
        )
        for emulator in settings["emulators"]
    ]


def _documents(settings: Mapping[str, Any], names: Sequence[str]) -> tuple[Document, ...]:
    """The documents of one emulator: those with these names, by default those of the process."""
    if names:
        return choose_documents(api_versions=names)
    given = settings.get("standard_input")
    if given is not None:
        provide_standard_input(given.encode("utf-8", "surrogateescape"))
    return choose_documents(
        surface=settings["surface"],
        api_versions=settings["api_versions"],
        specs=settings["specs"],
        overlays=settings["overlays"],
        remote_references=settings["remote_references"],
    )


async def _serve(servers: list[EmulatorServer], sockets: list[Any]) -> None:
    loop = asyncio.get_running_loop()

    def end_with_stdin() -> None:
        # os.read bypasses sys.stdin, whose lock a thread must not hold at interpreter exit.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        loop.call_soon_threadsafe(end)
        time.sleep(_END_SECONDS)  # if the event loop is stuck, exit anyway
        os._exit(1)

    def end() -> None:
        for server in servers:
            server.should_exit = True

    running = [
        asyncio.create_task(server.serve(sockets=[socket]))
        for server, socket in zip(servers, sockets, strict=True)
    ]
    while not all(server.started for server in servers):
        if any(task.done() for task in running):
            break
        await asyncio.sleep(0.005)
    else:
        _reply({"urls": [address_of(socket) for socket in sockets]})
        threading.Thread(target=end_with_stdin, daemon=True).start()
    await asyncio.gather(*running)


def _reply(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
