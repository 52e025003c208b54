"""Time `diff specs` for two descriptions of 1 MB.

    python benchmarks/diff_speed.py

Both consist of copies of one document; in the second, every third schema has an additional property. The last
line compares OpenAPI 3.0 with 3.1, where no identical schema can be skipped.
"""

from __future__ import annotations

import copy
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from aoai_specs.catalogue import Catalogue
from aoai_specs.comparison import compare, described

SIZE = 1_000_000
ROUNDS = 3
PREFIX = "#/components/schemas/"


def repeat(content: dict[str, Any]) -> dict[str, Any]:
    """Return a description of at least SIZE characters with renamed copies of another."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    whole = {**content, "paths": paths, "components": {**content["components"], "schemas": schemas}}
    copied = 0
    while len(json.dumps(whole, indent=1)) < SIZE:
        part = json.dumps({"paths": content["paths"], "schemas": content["components"]["schemas"]})
        renamed = json.loads(part.replace(PREFIX, f"{PREFIX}c{copied}"))
        for path, item in renamed["paths"].items():
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("operationId", None)
            paths[f"/c{copied}{path}"] = item
        schemas |= {f"c{copied}{name}": schema for name, schema in renamed["schemas"].items()}
        copied += 1
    return whole


def add_properties(content: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with an additional property in every third schema."""
    revision = copy.deepcopy(content)
    for index, schema in enumerate(revision["components"]["schemas"].values()):
        if index % 3 == 0 and isinstance(schema.get("properties"), dict):
            schema["properties"]["one_more"] = {"type": "string"}
    return revision


def fastest(work: Callable[[], object]) -> float:
    """Return the shortest processor time of `ROUNDS` calls."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    content = json.loads(json.dumps(Catalogue.packaged().load("2024-10-21").content))
    base = repeat(content)
    descriptions = {
        "base": base,
        "third": add_properties(base),
        "newer": {**add_properties(base), "openapi": "3.1.0"},
    }
    with tempfile.TemporaryDirectory() as folder:
        files = {name: str(Path(folder) / f"{name}.json") for name in descriptions}
        for name, held in descriptions.items():
            Path(files[name]).write_text(json.dumps(held, indent=1), encoding="utf-8")
        reading = fastest(lambda: [described(files[name], as_published=True) for name in ("base", "third")])
        read = {name: described(file, as_published=True) for name, file in files.items()}
    print(f"read and check both: {reading * 1000:.0f} ms")
    for name, revision in read.items():
        seconds = fastest(partial(compare, read["base"], revision))
        print(f"compare base with {name}: {seconds * 1000:.0f} ms")


if __name__ == "__main__":
    main()
