"""An emulator that a thread with its own event loop serves."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from aoai_emulator.control.control import Control
from aoai_emulator.http.outgoing import Outgoing
from aoai_emulator.in_process.emulator_app import EmulatorApp
from aoai_emulator.in_process.options import EmulatorOptions, settings_of
from aoai_emulator.in_process.received import ReceivedRequests
from aoai_emulator.server import EmulatorServer, address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_emulator.tls import Certificate, new_certificate
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from openai import AsyncAzureOpenAI, AzureOpenAI

#: The api-version of clients where no document of azure-openai is served.
DEFAULT_VERSION = "2024-10-21"
_HOST = "127.0.0.1"
_END_SECONDS = 10.0


class RunningEmulator(ReceivedRequests):
    """An emulator on a free port of this machine, while a `with` or `async with` block runs.

    `url` is its address, `key` a key that it accepts; `control` changes it while it runs. With `tls`, it
    serves HTTPS with a new certificate.
    """

    def __init__(self, settings: Settings, *, tls: bool = False) -> None:
        self._app = EmulatorApp(settings, Outgoing())
        self._tls = tls
        self._certificate: Certificate | None = None
        self._resources = ExitStack()
        self._listener: socket.socket | None = None
        self._server: EmulatorServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address, without a slash at the end. Raises ConformanceError outside the `with` block."""
        if self._listener is None:
            raise ConformanceError("The emulator has an address only inside its `with` block.")
        return address_of(self._listener, "https" if self._tls else "http")

    @property
    def authority(self) -> Path | None:
        """The certificate that clients must trust, a file; None without TLS and outside the `with` block."""
        return None if self._certificate is None else self._certificate.authority

    @property
    def key(self) -> str:
        """A key that it accepts."""
        return self._app.key

    @property
    def settings(self) -> Settings:
        """What it was started with."""
        return self._app.settings

    @property
    def control(self) -> Control:
        """Its faults, limits, clock, fixtures and journal; another one after `restart`."""
        return self._app.control

    def restart(self, **options: Unpack[EmulatorOptions]) -> None:
        """Forget everything and start again with these options, at the same address.

        Raises what `run_emulator` raises; then it runs as before.
        """
        self._app.restart(**options)

    def azure_openai(self, **options: Any) -> AzureOpenAI:
        """Return a client of this emulator; `options` are those of `openai.AzureOpenAI`.

        Raises ConformanceError if openai is not installed.
        """
        client: AzureOpenAI = _openai().AzureOpenAI(**self._client_options(options))
        return client

    def async_azure_openai(self, **options: Any) -> AsyncAzureOpenAI:
        """Return an asynchronous client of this emulator; see `azure_openai`."""
        client: AsyncAzureOpenAI = _openai().AsyncAzureOpenAI(**self._client_options(options))
        return client

    def _client_options(self, options: dict[str, Any]) -> dict[str, Any]:
        chosen: dict[str, Any] = {
            "azure_endpoint": self.url,
            "api_version": _version_for(self._app.settings),
            **options,
        }
        if not options.keys() & {"api_key", "azure_ad_token", "azure_ad_token_provider"}:
            chosen["api_key"] = self.key
        return chosen

    def __enter__(self) -> Self:
        """Start to serve. Raises MissingExtraError for `tls` without the extra tls."""
        if self._tls:
            self._certificate = self._resources.enter_context(new_certificate(_HOST))
        self._listener = self._resources.enter_context(closing(listen(_HOST, 0)))
        self._server = make_server(
            self._app.settings,
            self._app.outgoing,
            app=self._app,
            finish_seconds=1,
            certificate=self._certificate,
        )
        # the socket listens already, so a client that is faster than the thread waits
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listener],), name="aoai-emulator", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End; requests in progress have a second."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(_END_SECONDS)
        self._resources.close()
        self._listener = self._server = self._thread = self._certificate = None

    async def __aenter__(self) -> Self:
        """Start to serve, with an event loop of its own."""
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End; the caller's event loop goes on meanwhile."""
        await asyncio.to_thread(self.__exit__, kind, error, traceback)


def run_emulator(*, tls: bool = False, **options: Unpack[EmulatorOptions]) -> RunningEmulator:
    """Return an emulator with these options, to be run by a `with` block.

    Raises what `settings_of` raises.
    """
    return RunningEmulator(settings_of(**options), tls=tls)


def _version_for(settings: Settings) -> str:
    """Choose the api-version of clients: the newest dated document, whose layout these clients use."""
    served = [name.version for name in settings.document_names if name.surface == "azure-openai"]
    dated = [str(version) for version in served if version.dated]
    return dated[-1] if dated else DEFAULT_VERSION


def _openai() -> Any:
    try:
        import openai
    except ImportError as error:
        raise ConformanceError(
            "A client of the emulator needs the package openai; run `pip install openai`."
        ) from error
    return openai
