"""How long `diff specs` takes over two descriptions of 1 MB.

    python benchmarks/diff_speed.py

Both are made of copies of one document; in the second, every third schema has one property more.
The last line compares OpenAPI 3.0 with 3.1, of which nothing can be skipped for being written alike.
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


def copies(content: dict[str, Any]) -> dict[str, Any]:
    """A description of at least SIZE characters: copies of one, each with names of its own."""
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


def changed(content: dict[str, Any]) -> dict[str, Any]:
    """The same, every third schema with one property more."""
    revision = copy.deepcopy(content)
    for index, schema in enumerate(revision["components"]["schemas"].values()):
        if index % 3 == 0 and isinstance(schema.get("properties"), dict):
            schema["properties"]["one_more"] = {"type": "string"}
    return revision


def fastest(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    content = json.loads(json.dumps(Catalogue.packaged().load("2024-10-21").content))
    base = copies(content)
    written = {"base": base, "third": changed(base), "newer": {**changed(base), "openapi": "3.1.0"}}
    with tempfile.TemporaryDirectory() as folder:
        files = {name: str(Path(folder) / f"{name}.json") for name in written}
        for name, held in written.items():
            Path(files[name]).write_text(json.dumps(held, indent=1), encoding="utf-8")
        reading = fastest(lambda: [described(files[name], as_published=True) for name in ("base", "third")])
        read = {name: described(file, as_published=True) for name, file in files.items()}
    print(f"read and check both: {reading * 1000:.0f} ms")
    for name, revision in read.items():
        seconds = fastest(partial(compare, read["base"], revision))
        print(f"compare base with {name}: {seconds * 1000:.0f} ms")


if __name__ == "__main__":
    main()
