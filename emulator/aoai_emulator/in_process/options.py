"""The options of an emulator inside another program, named like those of the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from aoai_emulator import (
    choose_documents,
    parse_deployments,
    parse_latencies,
    parse_limits,
    read_fixtures,
)
from aoai_emulator.settings import Flavour, Metrics, Settings, Versions
from aoai_emulator.traffic.recorded_exchange import RecordedExchange
from aoai_specs.document import Document
from aoai_specs.errors import UnknownNameError

#: One value for every deployment, or a value for each.
PerDeployment = str | float | Mapping[str, str | float]
_NONE: PerDeployment = {}


class EmulatorOptions(TypedDict, total=False):
    """What an emulator is started with; the options of `aoai-conformance emulator` explain each.

    `deployments` are `NAME=MODEL` pairs, or a mapping from names to models; `deployment_files` are files of
    deployments. `fixtures` are paths of files, and entries as in such a file; `recorded` are exchanges whose
    responses are sent again, such as those of `aoai_conformance.recording.tape.read_recordings`. `latency`
    and `token_latency` (`0.2`, in seconds, or `"200ms±50ms"`), `rpm`, `tpm` and `ptu` hold for every
    deployment, or are mappings from deployments to values. `control` is False for what `--no-control` means.
    """

    api_key: str | None
    flavour: Flavour
    seed: int
    surfaces: Collection[str]
    api_versions: Sequence[str]
    specs: Sequence[str]
    versions: Versions
    deployments: Mapping[str, str] | Iterable[str]
    deployment_files: Iterable[str]
    any_deployment: bool
    faults: Iterable[str]
    fixtures: Iterable[Mapping[str, Any] | str | Path]
    fixtures_only: bool
    recorded: Iterable[RecordedExchange]
    control: bool
    latency: PerDeployment
    token_latency: PerDeployment
    rpm: PerDeployment
    tpm: PerDeployment
    ptu: Mapping[str, int]
    retry_headers: Sequence[str]
    background: Literal["time", "poll"]
    metrics: Iterable[Metrics]


def settings_of(**options: Unpack[EmulatorOptions]) -> Settings:
    """Return the settings for some options; by default, everything is served.

    Raises UnknownNameError for an option, fault, model, surface or api-version that does not exist, and
    another ConformanceError for a value that cannot be used.
    """
    for name in options:
        if name not in EmulatorOptions.__annotations__:
            raise UnknownNameError("option of the emulator", name, EmulatorOptions.__annotations__)
    documents = _documents(
        tuple(options.get("surfaces", ())),
        tuple(options.get("api_versions", ())),
        tuple(options.get("specs", ())),
    )
    deployments = options.get("deployments", ())
    return Settings(
        api_key=options.get("api_key"),
        flavour=options.get("flavour", "azure"),
        faults=tuple(options.get("faults", ())),
        documents=documents,
        seed=options.get("seed", 0),
        deployments=parse_deployments(
            _pairs(deployments) if isinstance(deployments, Mapping) else deployments,
            options.get("deployment_files", ()),
        ),
        advance_on_poll=options.get("background") == "poll",
        advances_with_time=options.get("background", "time") == "time",
        versions=options.get("versions", "nearest"),
        any_deployment=options.get("any_deployment", False),
        has_control=options.get("control", True),
        latencies=parse_latencies(
            _delays(options.get("latency", _NONE)), _delays(options.get("token_latency", _NONE))
        ),
        limits=parse_limits(
            _numbers(options.get("rpm", _NONE)),
            _numbers(options.get("tpm", _NONE)),
            _pairs(options.get("ptu", {})),
        ),
        retry_headers=tuple(options.get("retry_headers", Settings().retry_headers)),
        fixtures=_fixtures(options.get("fixtures", ()), documents),
        fixtures_only=options.get("fixtures_only", False),
        recorded=tuple(options.get("recorded", ())),
        metrics=tuple(options.get("metrics", ())),
    )


def _pairs(given: Mapping[str, Any]) -> list[str]:
    return [f"{name}={value}" for name, value in given.items()]


def _numbers(given: PerDeployment) -> list[str]:
    return _pairs(given) if isinstance(given, Mapping) else [str(given)]


def _delays(given: PerDeployment) -> list[str]:
    """Return delays as text; a number is in seconds."""
    if isinstance(given, Mapping):
        return [f"{name}={_delay(value)}" for name, value in given.items()]
    return [_delay(given)]


def _delay(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value}s"


def _fixtures(
    given: Iterable[Mapping[str, Any] | str | Path], documents: Sequence[Document]
) -> tuple[Mapping[str, Any], ...]:
    """Return all entries in the order in which they are given; those of files are checked here."""
    entries: list[Mapping[str, Any]] = []
    for each in given:
        entries += [each] if isinstance(each, Mapping) else read_fixtures([each], documents)
    return tuple(entries)


def _documents(
    surfaces: tuple[str, ...], api_versions: tuple[str, ...], specs: tuple[str, ...]
) -> Sequence[Document]:
    """Read packaged documents once, however many emulators serve them; files may change."""
    if specs:
        return choose_documents(surfaces, api_versions, specs)
    return _packaged_documents(surfaces, api_versions)


@lru_cache(maxsize=16)
def _packaged_documents(surfaces: tuple[str, ...], api_versions: tuple[str, ...]) -> Sequence[Document]:
    return choose_documents(surfaces, api_versions)
