"""The emulator as a uvicorn server."""

from __future__ import annotations

import errno
import socket
import sys

import uvicorn

from aoai_emulator.app import create_app
from aoai_emulator.checks.declared_fields import declared_names
from aoai_emulator.content.sound_encoding import is_writable, missing_encoder
from aoai_emulator.http.outgoing import Outgoing, protocol_for
from aoai_emulator.operations.speech import DEFAULT_FORMAT
from aoai_emulator.settings import Settings
from aoai_specs.errors import ConformanceError


class ServingError(ConformanceError):
    """The emulator cannot listen on the given address."""


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve until interrupted; print one line with the address once requests are accepted.

    Without the extra `audio`, a line on stderr says what it cannot serve.

    Port 0 chooses a free one. Raises ServingError if the address is unavailable, and UnknownNameError for an
    unknown fault.
    """
    server = make_server(settings)
    listener = listen(host, port)
    if note := _missing_audio(settings):
        sys.stderr.write(f"{note}\n")
    server.ready_line = f"aoai-emulator ready at {address_of(listener)}"
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()


def _missing_audio(settings: Settings) -> str:
    """Why some sound formats of the documents cannot be written, a sentence; empty if all can."""
    operations = [each for document in settings.documents for each in document.operations.values()]
    makes_sound = any(
        each.kind == "speech" or (each.kind == "chat" and "audio" in declared_names(each, "application/json"))
        for each in operations
    )
    if is_writable(DEFAULT_FORMAT) or not makes_sound:
        return ""
    return f"The emulator speaks only WAV and PCM. {missing_encoder()}"


class EmulatorServer(uvicorn.Server):
    """A uvicorn server that reports when it is ready."""

    ready_line: str | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then print the ready line."""
        await super().startup(sockets)
        if self.started and self.ready_line is not None:
            sys.stdout.write(self.ready_line + "\n")
            sys.stdout.flush()


def make_server(settings: Settings, outgoing: Outgoing | None = None) -> EmulatorServer:
    """Build a server that does not listen yet; `outgoing` counts what its clients have not read."""
    outgoing = Outgoing() if outgoing is None else outgoing
    config = uvicorn.Config(
        create_app(settings, outgoing=outgoing),
        http=protocol_for(outgoing),
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=2,
    )
    return EmulatorServer(config)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket. Raises ServingError with a sentence for the user."""
    if not 0 <= port <= 65535:
        raise ServingError(f"Port {port} does not exist; choose one up to 65535, or 0 for a free one.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise ServingError(f"The emulator cannot listen on {host!r}, port {port}: {error}.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServingError(
                f"Port {port} on {host} is in use; choose another with --port, or 0 for a free one."
            ) from error
        raise ServingError(f"The emulator cannot listen on {host!r}, port {port}: {error}.") from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
