"""Record what the emulator passes on to a target, while it serves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aoai_conformance.baseline.baseline import Baseline
from aoai_conformance.engine.network import WatchedTransport
from aoai_conformance.recording.forwarding import Forwarder
from aoai_conformance.recording.proxy.recorder import TrafficRecorder
from aoai_conformance.recording.proxy.server import transport_to
from aoai_conformance.run.recording.traffic_recording import RecordingChoices, TrafficRecording, record_with
from aoai_conformance.target.connection import Connection
from aoai_conformance.target.targets import is_loopback
from aoai_emulator.traffic.forwarding import Forward
from aoai_model.exchange import Request, Response, TransportFailure


def record_emulator(
    choices: RecordingChoices, serve: Callable[[Forward], None], key: str | None = None
) -> TrafficRecording:
    """Serve the emulator, pass on what it does not respond to itself, and write the record and its reports.

    `serve` gets the function that passes on, and returns when the emulator ends. With `key`, the target gets
    this key instead of the client's credentials. Raises ConformanceError for choices that cannot be used, and
    OutputError if the record cannot be written.
    """

    def pass_traffic(root: str, connection: Connection, recorder: TrafficRecorder) -> None:
        failures: list[Exception] = []

        def add(request: Request, outcome: Response | TransportFailure) -> None:
            try:
                recorder.add(request, outcome)
            except Exception as error:  # noqa: BLE001 - raised again after the emulator has ended
                failures.append(error)

        def submit(request: Request, outcome: Response | TransportFailure) -> None:
            thread.submit(add, request, outcome)

        def transport() -> WatchedTransport:
            return transport_to(
                root,
                verify=connection.ssl_context,
                use_proxies=not is_loopback(root),
                proxy=connection.proxy,
            )

        with ThreadPoolExecutor(1, "record") as thread:
            serve(Forwarder(root, transport, submit, key))
        if failures:
            raise failures[0]

    return record_with(choices, Baseline(), pass_traffic, "--record")
