"""The faults of image operations, ingestion jobs, lists and chats on data: each breaks what it describes."""

from __future__ import annotations

import json
import re
from uuid import UUID

import pytest

from aoai_emulator import fault_catalogue
from claims import for_each

from .test_extension_chat import NEW, OLD, QUESTION, SEARCH
from .test_image_operations import FILTERED
from .test_ingestion import HEADERS
from .test_ingestion import PATH as JOBS

KINDS = {
    "image-submit",
    "image-status",
    "image-delete",
    "ingestion-start",
    "ingestion-list",
    "ingestion-status",
    "model-list",
    "deployment-list",
    "extension-chat",
}
FAULTS = [fault for fault in fault_catalogue() if fault.kinds and fault.kinds <= KINDS]
#: The gate sends the requests for every third fault; `tox -e selftest` for all.
SOME_FAULTS = [
    pytest.param(fault, marks=pytest.mark.whole_selftest if place % 3 else (), id=fault.id)
    for place, fault in enumerate(FAULTS)
]
PICTURES, INGESTION, LISTS = "2023-06-01-preview", "2023-10-01-preview", "2024-06-01"
EXTENSION = "/deployments/gpt-4o/extensions/chat/completions"
SHOWN = ("content-type", "operation-location", "retry-after")


@pytest.fixture(autouse=True)
def nothing_changes_of_itself(monkeypatch):
    """Fix what varies between responses without any fault: ids; the clock stands still."""
    monkeypatch.setattr(
        "aoai_emulator.operations.image_operations.uuid.uuid4", lambda: UUID(int=next(COUNTER))
    )


COUNTER = iter(range(1, 10**9))


class Flow:
    """Sends requests in order and keeps the visible parts of the responses."""

    def __init__(self, client) -> None:
        self.client = client
        self.seen: list[object] = []
        self.ids: dict[str, str] = {}

    async def ask(self, method, path, version, **parts):
        response = await self.client.ask(method, path, version, **parts)
        text = response.text
        headers = [response.headers.get(name) for name in SHOWN]
        self.seen.append((response.status_code, self._stable(str(headers)), self._stable(text)))
        return response

    def _stable(self, text: str) -> str:
        """Number the ids and the URLs of pictures in order of appearance."""
        text = re.sub(
            r"generated-images/[0-9a-f]+",
            lambda found: self.ids.setdefault(found[0], f"generated-images/{len(self.ids)}"),
            text,
        )
        return re.sub(
            r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            lambda found: self.ids.setdefault(found[0], f"id {len(self.ids)}"),
            text,
        )

    async def pictures(self, prompt="A chair"):
        submitted = await self.ask(
            "POST", "/images/generations:submit", PICTURES, json={"prompt": prompt, "n": 2}
        )
        location = str(submitted.headers.get("operation-location", ""))
        place = f"/operations/images/{submitted.json().get('id') or location.rpartition('/')[2]}"
        await self.ask("GET", place, PICTURES)
        await self.ask("DELETE", place, PICTURES)
        self.client.turn(1)
        for method in ("GET", "GET", "DELETE", "GET", "DELETE"):
            await self.ask(method, place, PICTURES)
        await self.ask("GET", f"/operations/images/{UUID(int=0)}", PICTURES)
        for fields in ({"n": 6}, {"size": "1x1"}, {"prompt": "a" * 1001}):
            await self.ask("POST", "/images/generations:submit", PICTURES, json={"prompt": "a", **fields})

    async def jobs(self):
        for name, headers in (("one", HEADERS), ("two", {**HEADERS, "searchServiceEndpoint": "none"})):
            place, body = f"{JOBS}/{name}", {"dataRefreshIntervalInMinutes": 10}
            await self.ask("PUT", place, INGESTION, json=body, headers=headers)
            for seconds in (0.1, 0.1, 0.3, 5):
                self.client.turn(seconds)
                await self.ask("GET", place, INGESTION)
            await self.ask("GET", place, INGESTION)
        await self.ask("GET", JOBS, INGESTION)
        await self.ask("GET", f"{JOBS}/none", INGESTION)
        refused = [
            ({}, {}),
            ({**HEADERS, "embeddingEndpoint": "https://example.com"}, {}),
            (HEADERS, {"completionAction": "none"}),
            (HEADERS, {"chunkSize": "small"}),
        ]
        for headers, fields in refused:
            body = {"dataRefreshIntervalInMinutes": 10, **fields}
            await self.ask("PUT", f"{JOBS}/three", INGESTION, json=body, headers=headers)

    async def lists(self):
        for path in ("/models", "/deployments"):
            await self.ask("GET", path, LISTS)

    async def chats(self):
        whole = {"messages": [QUESTION], "dataSources": [SEARCH], "max_tokens": 40}
        for fields in (
            whole,
            {**whole, "stream": True},
            {**whole, "temperature": 3},
            {**whole, "stop": ["a", "b", "c"]},
            {**whole, "dataSources": [{"type": "None", "parameters": {}}]},
            {"messages": [QUESTION]},
        ):
            await self.ask("POST", EXTENSION, NEW, json=fields)
        await self.ask("POST", EXTENSION, OLD, json=whole)


async def everything(client) -> list[object]:
    flow = Flow(client)
    await flow.pictures()
    await flow.pictures(FILTERED)
    await flow.jobs()
    await flow.lists()
    await flow.chats()
    return flow.seen


USUAL: list[object] = []


@pytest.fixture
async def usual(emulator):
    if not USUAL:
        USUAL.extend(await everything(emulator(seed=1)))
    return USUAL


async def test_without_a_fault_everything_is_reproducible(emulator, usual):
    assert await everything(emulator(seed=1)) == usual


@pytest.mark.parametrize("fault", SOME_FAULTS)
async def test_every_fault_changes_some_response(emulator, usual, fault, caplog):
    assert await everything(emulator(fault.id, seed=1)) != usual
    assert caplog.text == "" or fault.stage == "acceptance"


@pytest.mark.parametrize("stage", ["answer", "chunks", "frames", "reply"])
@pytest.mark.parametrize("backwards", [False, True])
async def test_all_faults_of_a_stage_at_once_break_nothing_else(emulator, caplog, stage, backwards):
    together = [fault.id for fault in FAULTS if fault.stage == stage]
    await everything(emulator(*(reversed(together) if backwards else together)))
    assert caplog.text == ""


@for_each(FAULTS, group=lambda fault: fault.stage, name=lambda fault: fault.id)
def test_every_fault_is_described_in_one_sentence(fault):
    assert re.fullmatch(r"[A-Z`][^\n]{10,140}\.", fault.summary)


def test_there_are_faults_of_every_kind():
    for kind in KINDS:
        assert sum(kind in fault.kinds for fault in FAULTS) >= 3, kind
    assert len(FAULTS) >= 70


async def test_a_status_goes_back(emulator):
    client = emulator("image-status-goes-back")
    submitted = await client.ask("POST", "/images/generations:submit", PICTURES, json={"prompt": "a"})
    client.turn(1)
    place = f"/operations/images/{submitted.json()['id']}"
    seen = [(await client.ask("GET", place, PICTURES)).json()["status"] for _ in range(3)]
    assert seen == ["succeeded", "running", "running"]


async def test_progress_goes_back(emulator):
    client = emulator("ingestion-progress-goes-back")
    body = {"dataRefreshIntervalInMinutes": 0}
    await client.ask("PUT", f"{JOBS}/one", INGESTION, json=body, headers=HEADERS)
    counts = []
    for _ in range(3):
        client.turn(0.05)
        answer = (await client.ask("GET", f"{JOBS}/one", INGESTION)).json()
        counts.append(answer["progress"]["stageProgress"][0]["processedItems"])
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == 3


async def test_the_end_marker_is_missing(emulator):
    body = {"messages": [QUESTION], "dataSources": [SEARCH], "stream": True}
    response = await emulator("extension-stream-mark-missing").ask("POST", EXTENSION, NEW, json=body)
    assert "[DONE]" not in response.text


async def test_citations_are_missing_streamed_or_not(emulator):
    client = emulator("extension-citations-missing")
    body = {"messages": [QUESTION], "dataSources": [SEARCH]}
    whole = await client.ask("POST", EXTENSION, NEW, json=body)
    content = json.loads(whole.json()["choices"][0]["messages"][0]["content"])
    assert "citations" not in content
    streamed = await client.ask("POST", EXTENSION, NEW, json={**body, "stream": True})
    assert "citations" not in streamed.text
