"""The emulator as an ASGI application that can be started again with other options."""

from __future__ import annotations

from typing import Unpack

from starlette.types import ASGIApp, Receive, Scope, Send

from aoai_emulator.app import create_app
from aoai_emulator.control.control import Control
from aoai_emulator.http.outgoing import Outgoing
from aoai_emulator.in_process.options import EmulatorOptions, settings_of
from aoai_emulator.in_process.received import ReceivedRequests
from aoai_emulator.settings import Settings

#: What clients send if the emulator accepts every key.
ANY_KEY = "any-key-of-the-emulator"


class EmulatorApp(ReceivedRequests):
    """An ASGI application, such as for `httpx.ASGITransport`.

    `settings` are what it was started with; `control` changes it while it runs. Both are others after
    `restart`. `outgoing` counts what clients have not read yet, where a server counts it.
    """

    settings: Settings
    _control: Control

    def __init__(self, settings: Settings, outgoing: Outgoing | None = None) -> None:
        self.outgoing = Outgoing() if outgoing is None else outgoing
        self._app = self._create(settings)

    @property
    def control(self) -> Control:
        """Its faults, limits, clock, fixtures and journal; another one after `restart`."""
        return self._control

    @property
    def key(self) -> str:
        """A key that it accepts."""
        return self.settings.api_key or ANY_KEY

    def restart(self, **options: Unpack[EmulatorOptions]) -> None:
        """Forget everything and start again with these options.

        Raises what `settings_of` raises; then it runs as before.
        """
        self._app = self._create(settings_of(**options))

    def _create(self, settings: Settings) -> ASGIApp:
        control = Control(settings)
        app = create_app(settings, outgoing=self.outgoing, control=control)
        self.settings, self._control = settings, control
        return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        await self._app(scope, receive, send)
