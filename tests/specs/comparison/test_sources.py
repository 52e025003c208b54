"""Sources of descriptions: files in every format, URLs, the catalogue."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from aoai_specs.comparison import Changes, compare, described

TEXT = {"type": "string"}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "things", "version": "1"},
    "host": "example.org",
    "basePath": "/v1",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "api-key"}},
    "security": [{"key": []}],
    "paths": {
        "/things": {
            "post": {
                "parameters": [
                    {
                        "name": "tags",
                        "in": "query",
                        "type": "array",
                        "items": TEXT,
                        "collectionFormat": "multi",
                    },
                    {
                        "name": "thing",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/thing"},
                    },
                ],
                "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/thing"}}},
            }
        }
    },
    "definitions": {"thing": {"type": "object", "properties": {"a": {**TEXT, "x-nullable": True}}}},
}
THING = {"type": "object", "properties": {"a": {"type": ["string", "null"]}}}
OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "things", "version": "2"},
    "servers": [{"url": "https://example.org/v1"}],
    "security": [{"apiKey": []}],
    "paths": {
        "/things": {
            "post": {
                "parameters": [{"name": "tags", "in": "query", "schema": {"type": "array", "items": TEXT}}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": THING}}},
                "responses": {
                    "200": {"description": "ok", "content": {"application/json": {"schema": THING}}}
                },
            }
        }
    },
    "components": {"securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "api-key"}}},
}


def compared(folder: Path, base: dict[str, Any], revision: dict[str, Any]) -> Changes:
    (folder / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    (folder / "revision.json").write_text(json.dumps(revision), encoding="utf-8")
    return compare(described(str(folder / "base.yaml")), described(str(folder / "revision.json")))


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_swagger_against_equivalent_openapi_gives_nothing(tmp_path: Path, version: str) -> None:
    assert compared(tmp_path, SWAGGER, {**OPENAPI, "openapi": version}).changes == ()
    assert compared(tmp_path, {**OPENAPI, "openapi": version}, SWAGGER).changes == ()


def test_a_list_in_the_query_with_another_notation_is_reported(tmp_path: Path) -> None:
    joined = json.loads(json.dumps(SWAGGER).replace('"multi"', '"pipes"'))
    assert {change.id for change in compared(tmp_path, SWAGGER, joined).changes} == {
        "parameter-style-changed",
        "parameter-explode-changed",
    }


def test_an_invalid_pattern_is_compared_without_running_it(tmp_path: Path) -> None:
    odd = json.loads(json.dumps(OPENAPI))
    odd["paths"]["/things"]["post"]["parameters"][0]["schema"]["items"] = {**TEXT, "pattern": "["}
    (change,) = compared(tmp_path, OPENAPI, odd).changes
    assert (change.id, change.verdict) == ("pattern-added", "breaking")


def test_a_malformed_part_is_reported_with_file_and_line_and_the_rest_is_compared(tmp_path: Path) -> None:
    broken = json.loads(json.dumps(OPENAPI))
    broken["paths"]["/things"]["post"]["parameters"] = {"name": "tags"}
    (tmp_path / "revision.json").write_text(json.dumps(broken), encoding="utf-8")
    revision = described(str(tmp_path / "revision.json"))
    (warning,) = revision.warnings
    assert warning.startswith(
        f"{tmp_path / 'revision.json'}, line 1: #/paths/~1things/post/parameters is malf"
    )
    assert {change.id for change in compared(tmp_path, OPENAPI, broken).changes} == {"parameter-removed"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    (tmp_path / "openapi.json").write_text(json.dumps(OPENAPI), encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/openapi.json"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def test_reads_from_a_url(served: str) -> None:
    description = described(served)
    assert compare(description, description).changes == ()
    assert description.line("#/paths") == 1


def test_a_file_of_a_known_version_is_corrected_unless_as_published(tmp_path: Path) -> None:
    published = described("2024-10-21", as_published=True)
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(published.content), encoding="utf-8")
    assert compare(described(str(file)), described("2024-10-21")).changes == ()
    assert compare(described(str(file), as_published=True), published).changes == ()
    assert compare(described(str(file), as_published=True), described("2024-10-21")).changes
