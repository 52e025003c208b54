"""The events of a stream come in the recorded order, and say what the response at their end says."""

from __future__ import annotations

from typing import Any

from .conftest import FUNCTION, V1Client
from .test_responses import HOSTED, text_of

ORDER = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    found = [event["type"] for event in events]
    return [kind for place, kind in enumerate(found) if place == 0 or kind != found[place - 1]]


async def test_events_come_in_the_recorded_order(client: V1Client):
    events = await client.create(stream=True)
    assert kinds(events) == ORDER
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[0]["response"]["output"] == []
    assert events[0]["response"]["usage"] is None


async def test_deltas_join_to_the_text_of_the_response(client: V1Client):
    whole = await client.create()
    events = await client.create(stream=True)
    deltas = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    assert "".join(deltas) == text_of(events[-1]["response"]) == text_of(whole)
    assert events[-1]["response"]["usage"] == whole["usage"]


async def test_deltas_are_obfuscated_unless_excluded(client: V1Client):
    def obfuscated(events: list[dict[str, Any]]) -> set[bool]:
        return {"obfuscation" in event for event in events if event["type"].endswith(".delta")}

    assert obfuscated(await client.create(stream=True)) == {True}
    wish = {"include_obfuscation": False}
    assert obfuscated(await client.create(stream=True, stream_options=wish)) == {False}


async def test_arguments_and_reasoning_are_streamed(client: V1Client):
    events = await client.create(
        stream=True,
        tools=[FUNCTION],
        tool_choice="required",
        reasoning={"effort": "low", "summary": "auto"},
    )
    assert "response.reasoning_summary_text.delta" in kinds(events)
    parts = [each["delta"] for each in events if each["type"] == "response.function_call_arguments.delta"]
    done = next(each for each in events if each["type"] == "response.function_call_arguments.done")
    assert "".join(parts) == done["arguments"] == events[-1]["response"]["output"][-1]["arguments"]


async def test_tools_of_the_service_announce_their_states(client: V1Client):
    found = kinds(await client.create(stream=True, tools=list(HOSTED.values())))
    for kind in HOSTED:
        assert f"response.{kind}.in_progress" in found
        assert f"response.{kind}.completed" in found


async def test_a_refusal_is_streamed(client: V1Client):
    events = await client.create(input="[emulate: refuse No.]", stream=True)
    assert "response.refusal.done" in kinds(events)
    assert events[-1]["response"]["output"][0]["content"] == [{"type": "refusal", "refusal": "No."}]


async def test_a_stream_that_is_cut_off_ends_incomplete(client: V1Client):
    events = await client.create(stream=True, max_output_tokens=2)
    assert events[-1]["type"] == "response.incomplete"


async def test_a_stream_is_resumed_after_any_event(client: V1Client):
    events = await client.create(stream=True)
    path = f"/responses/{events[0]['response']['id']}?stream=true"
    assert await client.send("GET", path) == events
    assert await client.send("GET", f"{path}&starting_after=4") == events[5:]
    whole = await client.create()
    await client.send("GET", f"/responses/{whole['id']}?stream=true", status=400)
