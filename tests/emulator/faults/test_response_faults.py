"""Every fault of the v1 surface changes some reply that is right without it."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest

from aoai_emulator import fault_catalogue
from aoai_specs.catalogue import Catalogue

FAULTS = [fault for fault in fault_catalogue() if fault.document == "azure-openai@v1"]
#: What differs from one emulator to the next.
_ID = re.compile(r"(?<=_)[0-9a-f]{32}|(?<=file-)[0-9a-f]{32}")
#: Its characters depend on the second in which a response begins; only how many there are is promised.
_OBFUSCATION = re.compile(r'(?<="obfuscation":")[^"]*')
_MOMENT = re.compile(r"\b1[0-9]{9}\b")
FUNCTION = {
    "type": "function",
    "name": "look_up",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": True,
}
ASKED = {"model": "gpt-4o", "input": "What is new?"}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
VARIANTS: tuple[dict[str, Any], ...] = (
    {"temperature": 0.5, "top_p": 0.5, "instructions": "Be brief.", "metadata": {"a": "b"}, "store": True},
    {"input": [{"role": "user", "content": "Hello"}], "max_output_tokens": 3, "truncation": "auto"},
    {"tools": [FUNCTION], "tool_choice": "required", "parallel_tool_calls": False},
    {"tools": [FUNCTION], "tool_choice": "none"},
    {"tools": [FUNCTION], "tool_choice": {"type": "function", "name": "look_up"}},
    {"tools": [{"type": "web_search"}], "max_tool_calls": 1},
    {"text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}}},
    {"text": {"format": {"type": "json_object"}}, "input": "Answer in JSON."},
    {"reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"], "store": False},
    {"reasoning": {"effort": "low"}},
    {"include": ["message.output_text.logprobs"], "top_logprobs": 1},
    {"previous_response_id": "resp_0"},
    {"background": True, "store": False},
    {"model": "no-such-deployment"},
    {"temperature": "warm"},
    {"truncation": "some"},
    {"input": 5},
)


def _minutes_from_now(match: re.Match[str]) -> str:
    return f"{round((int(match[0]) - time.time()) / 60)} min"


class Tour:
    """Requests of every kind, and what is replied to them."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.replies: list[str] = []
        self._ids: dict[str, int] = {}

    async def send(self, method: str, path: str, **sent: Any) -> Any:
        request = self._http.build_request(method, f"/openai/v1{path}", **sent)
        if "authorization" in request.headers:
            request.headers.pop("api-key", None)
        response = await self._http.send(request)
        kept = f"{response.status_code} {response.headers.get('content-type')} {response.text}"
        numbered = _ID.sub(lambda match: str(self._ids.setdefault(match[0], len(self._ids))), kept)
        padded = _OBFUSCATION.sub(lambda match: "x" * len(match[0]), numbered)
        self.replies.append(_MOMENT.sub(_minutes_from_now, padded))
        try:
            return response.json()
        except ValueError:
            return response.text

    async def post(self, path: str, **fields: Any) -> Any:
        return await self.send("POST", path, json=fields)

    async def responses(self) -> None:
        for fields in VARIANTS:
            await self.post("/responses", **{**ASKED, **fields})
        await self.post("/responses", model="gpt-4o")
        await self.send("POST", "/responses", json=ASKED, headers={"authorization": "Bearer any"})

    async def streams(self) -> None:
        await self.post("/responses", **ASKED, stream=True)
        cut = {"stream": True, "max_output_tokens": 3, "stream_options": {"include_obfuscation": False}}
        await self.post("/responses", **ASKED, **cut)
        await self.post("/responses", **ASKED, stream=True, tools=[FUNCTION], tool_choice="required")
        await self.post("/responses", **ASKED, stream=True, tools=[{"type": "web_search"}])
        text = await self.post("/responses", **ASKED, stream=True)
        streamed = re.search(r"resp_\w+", text)
        assert streamed is not None
        for query in ("stream=true", "stream=true&starting_after=3"):
            await self.send("GET", f"/responses/{streamed[0]}?{query}")

    async def stored(self) -> None:
        given = [{"type": "message", "role": "user", "content": text} for text in ("a", "b", "c")]
        created = await self.post("/responses", **{**ASKED, "input": given})
        path = f"/responses/{created.get('id')}"
        await self.post("/responses", **ASKED, previous_response_id=created.get("id"))
        await self.send("GET", path)
        listed = await self.send("GET", f"{path}/input_items?limit=2")
        await self.send("GET", f"{path}/input_items?after={listed.get('last_id')}")
        await self.send("POST", f"{path}/cancel")
        await self.send("DELETE", path)
        await self.send("GET", path)
        unkept = await self.post("/responses", **ASKED, store=False)
        await self.send("GET", f"/responses/{unkept.get('id')}")

    async def background(self) -> None:
        begun = await self.post("/responses", **ASKED, background=True)
        for _ in range(4):
            await self.send("GET", f"/responses/{begun.get('id')}")
        begun = await self.post("/responses", **ASKED, background=True)
        for action in ("POST", "POST", "GET"):
            path = f"/responses/{begun.get('id')}" + ("/cancel" if action == "POST" else "")
            await self.send(action, path)

    async def conversations(self) -> None:
        item = {"type": "message", "role": "user", "content": "Hello"}
        created = await self.post("/conversations", items=[item, item], metadata={"a": "b"})
        path = f"/conversations/{created.get('id')}"
        await self.post("/responses", **ASKED, conversation=created.get("id"))
        await self.post(f"{path}/items", items=[item, item])
        listed = await self.send("GET", f"{path}/items")
        name = next((each["id"] for each in listed.get("data", ())), "msg_0")
        await self.send("GET", f"{path}/items/{name}")
        await self.send("DELETE", f"{path}/items/{name}")
        await self.send("GET", f"{path}/items")
        await self.post(path, metadata={"c": "d"})
        await self.send("GET", path)
        await self.send("DELETE", path)
        await self.send("GET", path)

    async def vector_stores(self) -> None:
        expiry = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "259200"}
        names = []
        for text in (b"Green glass.", b"Green glass and rye."):
            sent = {"files": {"file": ("a.txt", text)}, "data": {"purpose": "assistants", **expiry}}
            names.append((await self.send("POST", "/files", **sent))["id"])
        store = await self.post("/vector_stores", name="notes", file_ids=names)
        path = f"/vector_stores/{store.get('id')}"
        for _ in range(2):
            await self.send("GET", path)
        await self.post(f"{path}/search", query="green rye")
        await self.post(f"{path}/search", query="green rye", max_num_results=1)
        await self.send("GET", f"{path}/files/{names[0]}")
        batch = await self.post(f"{path}/file_batches", file_ids=names)
        await self.send("GET", f"{path}/file_batches/{batch.get('id')}")
        await self.send("DELETE", path)
        await self.send("GET", path)


PARTS = ("responses", "streams", "stored", "background", "conversations", "vector_stores")


@pytest.fixture(scope="module")
def v1() -> Any:
    return Catalogue.packaged().load("azure-openai@v1")


async def tour(emulator: Any, v1: Any, *faults: str, parts: tuple[str, ...] = PARTS) -> list[str]:
    http = emulator(*faults, served=v1, advance_on_poll=True).http
    http.params = httpx.QueryParams()
    sent = Tour(http)
    for part in parts:
        await getattr(sent, part)()
    return sent.replies


def _parts_of(topic: str) -> tuple[str, ...]:
    found = {
        "conversations": ("conversations",),
        "vector_stores": ("vector_stores",),
        "background_responses": ("responses", "background", "stored"),
        "input_items": ("stored",),
        "stored_responses": ("responses", "streams", "stored"),
        "response_events": ("streams",),
        "response_texts": ("streams",),
        "response_framing": ("streams", "stored"),
    }
    return found.get(topic, ("responses", "stored", "background", "conversations"))


@pytest.mark.whole_selftest
async def test_every_fault_of_v1_shows(emulator: Any, v1: Any) -> None:
    unchanged = {}
    silent = []
    for fault in FAULTS:
        parts = _parts_of(fault.topic)
        if parts not in unchanged:
            unchanged[parts] = await tour(emulator, v1, parts=parts)
            assert await tour(emulator, v1, parts=parts) == unchanged[parts]
        if await tour(emulator, v1, fault.id, parts=parts) == unchanged[parts]:
            silent.append(fault.id)
    assert not silent, ", ".join(silent)
