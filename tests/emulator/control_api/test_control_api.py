"""The control API changes the emulator, answers as its document says, and rejects mistakes in a sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.control_api.routes import ENDPOINTS, LARGEST_BODY
from aoai_emulator.settings import Settings
from aoai_specs.document import Document

CHAT = "/openai/deployments/gpt-4o/chat/completions?api-version=2025-01-01-preview"
PREFIX = "/_emulator"


class Api:
    """A client of the control API that validates every response against its document."""

    def __init__(self, document: Document) -> None:
        app = create_app(Settings(documents=(document,), has_control=True))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://emulator.test")
        self.described: dict[str, Any] = {}
        self.used: set[tuple[str, int]] = set()

    async def call(self, method: str, path: str, body: Any = None, **arguments: Any) -> httpx.Response:
        if not self.described:
            self.described = (await self.http.get(f"{PREFIX}/openapi.json")).json()
        response = await self.http.request(method, PREFIX + path, json=body, **arguments)
        self._check(method, path, response)
        return response

    def _check(self, method: str, path: str, response: httpx.Response) -> None:
        if response.status_code in (405, 413, 415) or "no-such" in path:
            schema = {"$ref": "#/components/schemas/Error"}
        else:
            operation = self._operation(method, path)
            self.used.add((operation["operationId"], response.status_code))
            content = operation["responses"][str(response.status_code)].get("content")
            if content is None:
                assert response.content == b""
                return
            schema = content["application/json"]["schema"]
        jsonschema.validate(response.json(), {**schema, "components": self.described["components"]})

    def _operation(self, method: str, path: str) -> Any:
        wanted = PREFIX + path.partition("?")[0]
        for template, operations in self.described["paths"].items():
            pieces, given = template.split("/"), wanted.split("/")
            fits = len(pieces) == len(given) and all(
                piece in (text, "{id}") for piece, text in zip(pieces, given, strict=True)
            )
            if fits and method.lower() in operations:
                return operations[method.lower()]
        raise AssertionError(f"{method} {path} is not described")

    async def chat(self, text: str = "Hi.") -> int:
        body = {"messages": [{"role": "user", "content": text}]}
        return (await self.http.post(CHAT, json=body, headers={"api-key": "any"})).status_code


@pytest.fixture
async def api(newer: Document) -> AsyncIterator[Api]:
    api = Api(newer)
    yield api
    await api.http.aclose()


def test_the_document_describes_every_endpoint_once():
    assert len({endpoint.id for endpoint in ENDPOINTS}) == len(ENDPOINTS)
    assert len({(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}) == len(ENDPOINTS)


async def test_the_document_is_a_valid_openapi_document(api):
    await api.call("GET", "/openapi.json")
    assert api.described["openapi"] == "3.1.0"
    assert sum(len(operations) for operations in api.described["paths"].values()) == len(ENDPOINTS)
    for schema in api.described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = {f"#/components/schemas/{name}" for name in api.described["components"]["schemas"]}
    assert set(_references(api.described)) <= names


def _references(value: Any):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


async def test_faults_are_added_shown_and_removed(api):
    added = await api.call("POST", "/faults", {"fault": "error-503", "next": 2, "match": {"text": "rain"}})
    assert added.status_code == 201
    assert await api.chat("Any rain?") == 503
    assert await api.chat() == 200
    shown = (await api.call("GET", f"/faults/{added.json()['id']}")).json()
    assert (shown["matched"], shown["applied"], shown["is_over"]) == (1, 1, False)
    assert (await api.call("GET", "/faults")).json()["faults"] == [shown]
    assert (await api.call("DELETE", f"/faults/{shown['id']}")).status_code == 204
    assert await api.chat("Any rain?") == 200
    await api.call("POST", "/faults", {"fault": "error-500"})
    assert (await api.call("DELETE", "/faults")).status_code == 204
    assert await api.chat() == 200
    listed = (await api.call("GET", "/faults/catalogue")).json()["faults"]
    assert {"transport-cut", "chat-usage-missing"} <= {each["id"] for each in listed}


async def test_limits_recover_when_the_clock_advances(api):
    limits = {
        "limits": [{"deployment": "gpt-4o", "requests_per_minute": 1}],
        "retry_headers": ["retry-after"],
    }
    assert (await api.call("PUT", "/limits", limits)).json()["retry_headers"] == ["retry-after"]
    assert [await api.chat(), await api.chat()] == [200, 429]
    assert (await api.call("GET", "/limits")).json()["used"][0]["requests"] == 1
    before = (await api.call("GET", "/clock")).json()["now"]
    after = (await api.call("POST", "/clock/advance", {"seconds": 60})).json()["now"]
    assert after >= before + 60
    assert await api.chat() == 200
    assert (await api.call("DELETE", "/limits")).status_code == 204
    assert await api.chat() == 200


async def test_latency_is_replaced_and_removed(api):
    latencies = {"latencies": [{"deployment": "gpt-4o", "first": "1ms", "token": "1ms±1ms"}]}
    assert (await api.call("PUT", "/latency", latencies)).json() == latencies
    assert (await api.call("GET", "/latency")).json() == latencies
    assert (await api.call("DELETE", "/latency")).status_code == 204
    assert (await api.call("GET", "/latency")).json() == {"latencies": []}


async def test_the_clock_is_set_and_stopped(api):
    change = {"now": 1_700_000_000, "is_stopped": True, "background": "poll"}
    assert (await api.call("PUT", "/clock", change)).json() == change
    assert (await api.call("GET", "/clock")).json() == change


async def test_requests_are_listed_counted_and_forgotten(api):
    for text in ("Hello.", "Bye."):
        await api.chat(text)
    listed = (await api.call("GET", "/requests?operation=chat&limit=1")).json()
    assert listed["count"] == 2
    (last,) = listed["requests"]
    assert last["body"]["messages"][0]["content"] == "Bye."
    assert (await api.call("GET", f"/requests?after={last['id'] - 1}")).json()["count"] == 1
    assert (await api.call("GET", "/requests/count?text=Hello&json.messages[0].role=user")).json() == {
        "count": 1
    }
    assert (await api.call("GET", f"/requests/{last['id']}")).json() == last
    assert (await api.call("DELETE", "/requests")).status_code == 204
    assert (await api.call("GET", f"/requests/{last['id']}")).status_code == 404


async def test_an_assertion_succeeds_or_says_what_was_received(api):
    await api.chat("Hello.")
    assert (await api.call("POST", "/requests/verify", {"match": {"operation": "chat"}})).status_code == 200
    assert (await api.call("POST", "/requests/verify")).status_code == 200
    failed = await api.call("POST", "/requests/verify", {"match": {"text": "Bye"}, "at_least": 1})
    assert failed.status_code == 409
    assert failed.json()["nearest"]["body"]["messages"][0]["content"] == "Hello."
    assert failed.json()["mismatches"] == ['The text "Bye" is not in "Hello.".']


async def test_a_reset_forgets_faults_requests_and_what_was_stored(api):
    await api.call("POST", "/faults", {"fault": "error-500", "next": 1})
    await api.chat()
    await api.http.post(
        "/openai/files?api-version=2025-01-01-preview",
        headers={"api-key": "any"},
        data={"purpose": "assistants"},
        files={"file": ("a.txt", b"text", "text/plain")},
    )
    held = (await api.call("GET", "/state")).json()
    assert (held["faults"], held["requests"], held["files"]) == (1, 2, 1)
    assert (await api.call("POST", "/state/reset")).status_code == 204
    held = (await api.call("GET", "/state")).json()
    assert (held["faults"], held["requests"], held["files"], held["batches"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("POST", "/faults", {"fault": "error-4299"}, 400, "There is no fault 'error-4299'; did you mean"),
        ("POST", "/faults", {"fault": "error-429", "nxt": 1}, 400, "There is no setting of a fault 'nxt'"),
        ("POST", "/faults", None, 400, "/faults needs a JSON object."),
        ("POST", "/faults", [], 400, "The body must be a JSON object."),
        ("GET", "/faults/9", None, 404, "There is no scheduled fault '9'"),
        ("DELETE", "/faults/x", None, 404, "There is no scheduled fault 'x'"),
        ("GET", "/requests/9", None, 404, "No request '9' is recorded; the latest 1000 are."),
        ("PUT", "/limits", {}, 400, "Expected limits or retry_headers, received nothing."),
        ("PUT", "/limits", {"retry_headers": "none"}, 400, "Retry headers are retry-after"),
        ("PUT", "/latency", {"latency": []}, 400, "Expected latencies, received 'latency'."),
        ("PUT", "/clock", {"time": 1}, 400, "The clock has no 'time'; it has background, is_stopped, now."),
        ("PUT", "/clock", {"is_stopped": 1}, 400, "is_stopped must be true or false, not 1."),
        ("PUT", "/clock", {"background": "x"}, 400, 'background must be time or poll, not "x".'),
        ("POST", "/clock/advance", {}, 400, "Expected an object with seconds, such as {'seconds': 60}."),
        ("POST", "/clock/advance", {"seconds": -1}, 400, "The clock advances by a number of seconds from 0"),
        ("POST", "/requests/verify", {"least": 1}, 400, "An assertion has no 'least'; it has at_least"),
        ("GET", "/requests?limit=x", None, 400, "limit must be a whole number from 0, not 'x'."),
        ("GET", "/requests?operation=chta", None, 400, "There is no operation 'chta'; did you mean 'chat'?"),
        ("PATCH", "/clock", None, 405, "/_emulator/clock takes GET, PUT."),
        ("GET", "/no-such-thing", None, 404, "The control API has no /_emulator/no-such-thing;"),
    ],
)
async def test_a_mistake_is_one_sentence(method, path, body, status, sentence, api):
    response = await api.call(method, path, body)
    assert response.status_code == status
    assert response.json()["error"]["message"].startswith(sentence)


async def test_a_call_must_be_json_that_no_page_can_send_without_permission(api):
    response = await api.http.post(f"{PREFIX}/faults", content=b'{"fault": "error-500"}')
    assert response.status_code == 415
    broken = await api.http.post(
        f"{PREFIX}/faults", content=b"{", headers={"content-type": "application/json"}
    )
    assert broken.json()["error"]["message"].startswith("The body is not valid JSON: ")
    large = await api.http.post(f"{PREFIX}/faults", content=b" " * (LARGEST_BODY + 1))
    assert large.status_code == 413


@pytest.mark.parametrize(
    ("origin", "status"), [("http://emulator.test", 200), ("https://elsewhere.test", 403), ("null", 403)]
)
async def test_web_pages_of_other_origins_are_rejected(origin, status, api):
    response = await api.http.get(f"{PREFIX}/requests", headers={"origin": origin})
    assert response.status_code == status


async def test_without_control_there_is_no_control_api(document):
    app = create_app(Settings(documents=(document,)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://emulator.test") as http:
        response = await http.get(f"{PREFIX}/faults", headers={"api-key": "any"})
    assert response.status_code == 404
    assert response.json()["error"]["message"] == "Resource not found"
