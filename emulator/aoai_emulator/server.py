"""The emulator as a uvicorn server."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from aoai_emulator.addresses.notices import LOGGER as NOTICES
from aoai_emulator.app import create_app
from aoai_emulator.asgi.forwarded import ForwardedRequests
from aoai_emulator.asgi.protocols import is_fast_available, server_options
from aoai_emulator.checks.declared_fields import declared_names
from aoai_emulator.content.sound_encoding import is_writable, missing_encoder
from aoai_emulator.http.outgoing import Outgoing
from aoai_emulator.metrics.opentelemetry_meter import export_metrics
from aoai_emulator.operations.speech import DEFAULT_FORMAT
from aoai_emulator.settings import Settings
from aoai_emulator.tls import Certificate, new_certificate
from aoai_specs.errors import ConformanceError
from aoai_specs.lazy_documents import LazyDocuments

#: How long requests in progress may take when the emulator is to end; `docker stop` waits 10 seconds.
FINISH_SECONDS = 8


class ServingError(ConformanceError):
    """The emulator cannot listen on the given address."""


def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    tls: bool = False,
    authority: Path | None = None,
    fast: bool | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; print one line with the address once requests are accepted.

    With `tls`, it serves HTTPS with a new certificate, whose authority is written to `authority` or to a
    temporary file that a line on stderr names. Requests in progress get FINISH_SECONDS to end. Other lines on
    stderr say what it cannot serve without the extra `audio`, what was not found, and which document serves
    an api-version that has none of its own.

    It uses uvloop and httptools where they are installed (the extra `speed`), unless `fast` says otherwise.
    Port 0 chooses a free one. Raises ServingError if the address is unavailable, UnknownNameError for an
    unknown fault, and what `new_certificate` raises.
    """
    if "otel" in settings.metrics:
        export_metrics()
    with ExitStack() as stack:
        certificate = stack.enter_context(new_certificate(host, authority)) if tls else None
        server = make_server(
            settings,
            finish_seconds=FINISH_SECONDS,
            certificate=certificate,
            fast=is_fast_available() if fast is None else fast,
        )
        listener = stack.enter_context(closing(listen(host, port)))
        if not isinstance(settings.documents, LazyDocuments):
            _report_on(settings)
        if certificate is not None:
            trust = f"Clients must trust {certificate.authority}; for many, SSL_CERT_FILE names it."
            sys.stderr.write(f"The certificate is new. {trust}\n")
        scheme = "http" if certificate is None else "https"
        server.ready_line = f"aoai-emulator ready at {address_of(listener, scheme)}"
        stack.enter_context(_ended_by_signals(server))
        stack.enter_context(_notices_on_stderr())
        stack.enter_context(_brief_cancellation())
        server.run(sockets=[listener])


@contextmanager
def _ended_by_signals(server: EmulatorServer) -> Iterator[None]:
    """End the server with a signal, not the process: uvicorn raises signals again after it has stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        server.should_exit = True

    previous = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _notices_on_stderr() -> Iterator[None]:
    handler = logging.StreamHandler(sys.stderr)
    level, propagate = NOTICES.level, NOTICES.propagate
    NOTICES.addHandler(handler)
    NOTICES.setLevel(logging.INFO)
    NOTICES.propagate = False
    try:
        yield
    finally:
        NOTICES.removeHandler(handler)
        NOTICES.setLevel(level)
        NOTICES.propagate = propagate


@contextmanager
def _brief_cancellation() -> Iterator[None]:
    """Log requests that are cut off at the end in one sentence, without uvicorn's traceback for each."""

    def shorten(record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
            return False
        if str(record.msg).startswith("Cancel %s running task"):
            record.msg = f"Requests that did not end within {FINISH_SECONDS} seconds and are cut off: %s."
        return True

    log = logging.getLogger("uvicorn.error")
    log.addFilter(shorten)
    try:
        yield
    finally:
        log.removeFilter(shorten)


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
    """A uvicorn server that reports when it is ready, and then reads the documents that it has not read."""

    ready_line: str | None = None
    _reading: asyncio.Future[None] | None = None

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self.settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then print the ready line."""
        await super().startup(sockets)
        if not self.started or self.ready_line is None:
            return
        sys.stdout.write(self.ready_line + "\n")
        sys.stdout.flush()
        if isinstance(self.settings.documents, LazyDocuments):
            self._reading = asyncio.get_running_loop().run_in_executor(None, _report_on, self.settings)


def _report_on(settings: Settings) -> None:
    """Read the documents, and report on stderr what cannot be served."""
    if note := _missing_audio(settings):
        sys.stderr.write(f"{note}\n")


def make_server(
    settings: Settings,
    outgoing: Outgoing | None = None,
    *,
    app: ASGIApp | None = None,
    finish_seconds: int = 2,
    certificate: Certificate | None = None,
    fast: bool = False,
) -> EmulatorServer:
    """Build a server that does not listen yet; `outgoing` counts what its clients have not read.

    Without `app`, it serves a new emulator. When it is to end, requests in progress have `finish_seconds`.
    With a `certificate`, whose files are read now, it serves HTTPS. With `fast`, it uses uvloop
    and httptools.
    """
    outgoing = Outgoing() if outgoing is None else outgoing
    config = uvicorn.Config(
        ForwardedRequests(create_app(settings, outgoing=outgoing) if app is None else app),
        interface="asgi3",
        proxy_headers=False,  # which ForwardedRequests reads
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=finish_seconds,
        **server_options(outgoing, fast=fast),
        ssl_certfile=None if certificate is None else str(certificate.server),
    )
    config.load()
    return EmulatorServer(config, settings)


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


def address_of(listener: socket.socket, scheme: str = "http") -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port}"
