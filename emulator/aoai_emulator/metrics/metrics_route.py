"""The page of metrics that Prometheus fetches, and what measures the emulator."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aoai_emulator.metrics.measurement import Meter
from aoai_emulator.metrics.opentelemetry_meter import OpenTelemetryMeter
from aoai_emulator.metrics.prometheus_meter import PrometheusMeter
from aoai_emulator.settings import Settings

PATH = "/_emulator/metrics"
_OFF = f"Metrics are off: start the emulator with `--metrics prometheus` to serve {PATH}."


def meters_of(settings: Settings) -> tuple[Meter, ...]:
    """Return what measures an emulator. Raises MissingExtraError."""
    makers = {"prometheus": PrometheusMeter, "otel": OpenTelemetryMeter}
    return tuple(makers[name]() for name in dict.fromkeys(settings.metrics))


def metrics_routes(meters: Sequence[Meter], *, has_control: bool) -> tuple[Route, ...]:
    """Return the route of the page; where the control API is served, it says how to start without metrics."""
    meter = next((each for each in meters if isinstance(each, PrometheusMeter)), None)
    if meter is None and not has_control:
        return ()

    async def page(request: Request) -> Response:
        del request
        if meter is None:
            return JSONResponse({"error": {"code": "NotFound", "message": _OFF}}, 404)
        content, media_type = meter.exposition()
        return Response(content, media_type=media_type)

    return (Route(PATH, page, methods=["GET"]),)
