"""The target of a replay: that of the run, reached as the run reached it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from aoai_conformance.options import RunChoices
from aoai_conformance.target.environment_values import has_variables
from aoai_conformance.target.request_headers import is_header_name
from aoai_reports.record.reader import Record
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError


def choices_of_replay(record: Record, choices: RunChoices, given: Collection[str]) -> RunChoices:
    """The choices about the target: those of the user, otherwise those of the run.

    `given` are the fields of `choices` that the user set. Files, proxies and values from the environment are
    never taken from a record, which may be someone else's. Raises ConformanceError for a header of the run
    whose value came from the environment and is not given again.
    """
    options = record.header.options
    auth, key_header = choices.auth, choices.api_key_header
    if "auth" not in given and options.get("auth") in ("bearer", "none"):
        auth = "bearer" if options["auth"] == "bearer" else "none"
    if auth == "key" and "api_key_header" not in given and "api_key_header" in options:
        key_header = str(options["api_key_header"])
    deployments = options.get("deployments")
    named = deployments if isinstance(deployments, dict) else {}
    return replace(
        choices,
        target=choices.target if "target" in given else record.header.target,
        deployments=tuple(f"{kind}={name}" for kind, name in named.items()),
        target_layout="openai" if options.get("target_layout") == "openai" else "azure",
        auth=auth,
        api_key_header=key_header,
        headers=(*_further_headers(recorded_headers(record), choices.headers), *choices.headers),
    )


def recorded_headers(record: Record) -> Mapping[str, str]:
    """The headers that the user of a run added to every request, variables included."""
    headers = record.header.options.get("headers")
    return {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}


def recorded_base_paths(
    record: Record, documents: Iterable[Document], default: Mapping[str, str]
) -> dict[str, str]:
    """The base path of each document in a run; `default` has those of the target's layout."""
    recorded = record.header.options.get("base_paths")
    found = recorded if isinstance(recorded, dict) else {}
    names = [str(document.name) for document in documents]
    return {name: str(found.get(name, default[name])) for name in names}


def _further_headers(recorded: Mapping[str, str], given: Iterable[str]) -> list[str]:
    """The recorded headers that the user does not give again, in the form NAME=VALUE."""
    again = {each.partition("=")[0].strip().lower() for each in given}
    further = {name: value for name, value in recorded.items() if name.lower() not in again}
    for name, value in further.items():
        if has_variables(value):
            shown = f"'{name}={value}'" if is_header_name(name) else "NAME=VALUE"
            raise ConformanceError(
                f"The run sent a header with a value from the environment; add --header {shown}."
            )
    return [f"{name}={value}" for name, value in further.items()]
