"""The names that a shell offers for arguments: rules, faults, documents, operations, runs and cases.

They are read from file names and with patterns, not by loading documents or importing rules, so that a shell
need not wait. Names from records and folders are offered only if a shell takes them as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from click.shell_completion import CompletionItem

Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]

_RULE = re.compile(r"^([A-Z][A-Z0-9-]*):", re.MULTILINE)
_OPERATION = re.compile(r"\boperationId[\"']?: *[\"']?([\w.-]+)")
_CASE = re.compile(rb'\{"type": ?"exchange", ?"case": ?"([^"\\]+)"')
_HARMLESS = re.compile(r"[\w./:\[\]@,=+-]+")
#: Larger records are read up to here, and larger descriptions not at all.
_MOST_BYTES = 256 * 1024 * 1024
_LARGEST_SPEC = 16 * 1024 * 1024


def complete_rules(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of rules, in either letter case."""
    text = _package("aoai_conformance").joinpath("explanations", "why.yaml").read_text(encoding="utf-8")
    return _items(_RULE.findall(text), incomplete.upper())


def complete_topics(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The topics of rules: the names of the modules that hold them."""
    areas = (each for each in _package("aoai_conformance").joinpath("rules").iterdir() if each.is_dir())
    modules = (each.name for area in areas for each in area.iterdir() if each.name.endswith(".py"))
    return _items(sorted(name.removesuffix(".py") for name in modules if name[0] != "_"), incomplete)


def complete_faults(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of the emulator's faults, for `emulator` also of its failures, with their summaries."""
    from click.shell_completion import CompletionItem

    from aoai_emulator import failure_catalogue, fault_catalogue

    summaries = {fault.id: fault.summary for fault in fault_catalogue()}
    if ctx.info_name == "emulator":
        summaries |= {failure.id: failure.summary for failure in failure_catalogue()}
    return [
        CompletionItem(name, help=summary)
        for name, summary in summaries.items()
        if name.startswith(incomplete)
    ]


def complete_versions(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The api-versions of the chosen surfaces, newest first, and after an `@` the names of documents."""
    if "@" in incomplete:
        return _items(_documents(), incomplete)
    if "surfaces" in ctx.params:  # of a command that serves both by default
        surfaces = ctx.params["surfaces"] or _surfaces()
    else:
        surfaces = (ctx.params.get("surface") or _surfaces()[0],)
    names = (name.partition("@") for name in reversed(_documents()))
    return _items([version for of, _, version in names if of in surfaces], incomplete)


def complete_documents(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The names of documents, the api-versions of azure-openai, and files."""
    found = [*_items(_documents(), incomplete), *complete_versions(ctx, parameter, incomplete)]
    return found or _files(incomplete)


def complete_operations(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The operations of the chosen documents, by default of all."""
    found = dict.fromkeys(id_ for text in _chosen_texts(ctx) for id_ in _OPERATION.findall(text))
    lowered = incomplete.casefold()
    return _items([id_ for id_ in sorted(found) if id_.casefold().startswith(lowered)], "")


def complete_runs(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The folders of runs in the default place, newest first, or else files."""
    from aoai_conformance.run.output_folder import default_runs

    return _items(map(str, default_runs()), incomplete) or _files(incomplete)


def complete_cases(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The cases of the record of RUN."""
    run = ctx.params.get("run")
    return _items(dict.fromkeys(_cases(Path(run))), incomplete) if run else []


def complete_deployments(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The kinds of deployments: `chat=`."""
    from aoai_conformance.options import SELECTABLE_KINDS

    return _items([f"{kind}=" for kind in SELECTABLE_KINDS], incomplete)


def complete_target(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The built-in emulator; URLs are typed."""
    from aoai_conformance.options import EMULATOR

    return _items([EMULATOR], incomplete)


def complete_targets(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The targets of the configuration file; none if it has mistakes."""
    from aoai_conformance.configuration.reading import find_configuration
    from aoai_specs.errors import ConformanceError

    file = ctx.params.get("config")
    try:
        configuration = find_configuration(None if file is None else Path(file))
    except ConformanceError:
        return []
    return [] if configuration is None else _items(configuration.targets, incomplete)


def complete_schemas(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the published JSON Schemas."""
    from aoai_reports.formats.machine.schemas import published_schemas

    return _items([*(each.id for each in published_schemas().values()), "config-v1"], incomplete)


#: The completers of the options that the table of `aoai_conformance.options` declares, by field.
FIELD_COMPLETERS: dict[str, Completer] = {
    "api_versions": complete_versions,
    "capabilities": complete_runs,
    "deployments": complete_deployments,
    "excluded": complete_operations,
    "operations": complete_operations,
    "rules": complete_rules,
    "target": complete_target,
}


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(name) for name in names if name.startswith(incomplete) and _HARMLESS.fullmatch(name)
    ]


def _files(incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the name of a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def _documents() -> list[str]:
    from aoai_specs.versions import names_in

    return list(map(str, names_in(_package("aoai_specs").joinpath("documents"))))


def _package(name: str) -> Traversable:
    """The folder of a package; every command imports this module, few complete anything."""
    from importlib.resources import files

    return files(name)


def _surfaces() -> tuple[str, ...]:
    from aoai_conformance.options import SURFACES

    return SURFACES


def _chosen_texts(ctx: click.Context) -> Iterator[str]:
    """The texts of the chosen documents: files, api-versions and their corrections, or all of the surface."""
    chosen = {"name", "base", "revision", "api_versions", "specs"} & ctx.params.keys()
    names = [
        str(name)
        for parameter in sorted(chosen)
        for name in (
            [ctx.params[parameter]] if isinstance(ctx.params[parameter], str) else ctx.params[parameter] or ()
        )
    ]
    surface = ctx.params.get("surface") or _surfaces()[0]
    for document in _documents():
        of, _, version = document.partition("@")
        wanted = document in names or (of == surface and (version in names or not names))
        parts = ("documents", "overlays") if wanted else ()
        for part in parts:  # corrections name operations that have no id
            file = _package("aoai_specs").joinpath(part, of, f"{version}.yaml")
            if file.is_file():
                yield _text(file)
    for file in map(Path, names):
        if file.is_file() and file.stat().st_size <= _LARGEST_SPEC:
            yield _text(file)


def _text(file: Traversable | Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


def _cases(run: Path) -> Iterator[str]:
    from aoai_reports.run_folder import record_file

    try:
        with record_file(run).open("rb") as opened:
            for line in iter(partial(opened.readline, _MOST_BYTES), b""):
                found = _CASE.match(line)
                if found:
                    yield found[1].decode("utf-8", "replace")
                if opened.tell() > _MOST_BYTES:
                    return
    except OSError:
        return
