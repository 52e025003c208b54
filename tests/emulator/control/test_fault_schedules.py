"""Schedules of faults are read from text and from objects, and apply to the requests that they name."""

from __future__ import annotations

import pytest

from aoai_emulator.app import create_app
from aoai_emulator.control.fault_control import MOST_SCHEDULES, FaultControl
from aoai_emulator.control.fault_schedules import parse_schedule
from aoai_emulator.settings import Settings
from aoai_specs.errors import ConformanceError


async def lacks_usage(client, **fields):
    response = await client.chat(checked=False, **fields)
    return "usage" not in response.json()


async def test_a_fault_for_the_next_requests_ends_by_itself(emulator):
    client = emulator("chat-usage-missing,next=2")
    assert [await lacks_usage(client) for _ in range(4)] == [True, True, False, False]


async def test_requests_of_other_operations_do_not_use_up_a_fault(emulator):
    client = emulator("chat-usage-missing,next=1")
    await client.embeddings()
    assert [await lacks_usage(client) for _ in range(2)] == [True, False]


async def test_a_share_of_requests_depends_on_the_seed_only(emulator):
    async def shares(seed):
        client = emulator("chat-usage-missing,share=0.5", seed=seed)
        return [await lacks_usage(client) for _ in range(12)]

    first = await shares(7)
    assert first == await shares(7)
    assert first != await shares(8)
    assert 0 < sum(first) < 12


async def test_a_fault_applies_to_matching_requests_only(emulator):
    client = emulator('chat-usage-missing,text="rain, today",json.temperature=1')
    rain = [{"role": "user", "content": "Is there rain, today?"}]
    assert await lacks_usage(client, messages=rain, temperature=1)
    assert not await lacks_usage(client, messages=rain)
    assert not await lacks_usage(client, temperature=1)


async def test_faults_that_apply_at_once_add_up(emulator):
    client = emulator("chat-usage-missing", "request-id-missing,operation=chat,next=1")
    first = await client.chat(checked=False)
    assert "usage" not in first.json()
    assert "apim-request-id" not in first.headers
    assert "apim-request-id" in (await client.chat(checked=False)).headers


def test_a_text_and_an_object_are_the_same_schedule():
    text = "chat-usage-missing,next=3,share=0.1,deployment=gpt-4o,header.x-team=blue"
    value = {
        "fault": "chat-usage-missing",
        "next": 3,
        "share": 0.1,
        "match": {"deployment": "gpt-4o", "headers": {"x-team": "blue"}},
    }
    assert parse_schedule(text) == parse_schedule(value)
    assert parse_schedule(text).as_json() == value


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("chat-usage-mising", "There is no fault 'chat-usage-mising'; did you mean 'chat-usage-missing'?"),
        ("", "A fault must be ID or ID,NAME=VALUE"),
        ("chat-usage-missing,next", "'next' after the fault 'chat-usage-missing' must be NAME=VALUE."),
        ("chat-usage-missing,next=0", "next must be a whole number from 1, not 0."),
        ("chat-usage-missing,next=x", "next must be a number, not 'x'."),
        ("chat-usage-missing,next=1,next=2", "next is given twice for the fault 'chat-usage-missing'."),
        ("chat-usage-missing,share=2", "share must be a number above 0 and up to 1, not 2."),
        ("chat-usage-missing,nxt=2", "There is no setting of a fault 'nxt'; did you mean"),
        ('chat-usage-missing,text="a', 'The double quote in "chat-usage-missing,text=\\"a" is not closed.'),
        ({"fault": 1}, "A schedule must be an object such as"),
        ({"fault": "chat-usage-missing", "nxt": 1}, "There is no setting of a fault 'nxt'; did you mean"),
        ({"fault": "chat-usage-missing", "match": [1]}, "A match must be an object"),
    ],
)
def test_a_mistake_in_a_schedule_is_one_sentence(value, sentence):
    with pytest.raises(ConformanceError) as raised:
        parse_schedule(value)
    assert str(raised.value).startswith(sentence)


def test_an_unknown_fault_of_the_settings_is_reported_at_the_start(document):
    with pytest.raises(ConformanceError, match="There is no fault 'no-such-fault'"):
        create_app(Settings(documents=(document,), faults=("no-such-fault,next=1",)))


def test_a_fault_of_an_unknown_deployment_is_rejected():
    with pytest.raises(ConformanceError, match="There is no deployment 'gpt4o'; did you mean 'gpt-4o'"):
        FaultControl(Settings()).add("error-500,deployment=gpt4o")


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"messages": [[[{"content": {"text": [1, null]}}]], 5]}'),
        ("application/json", b'{"messages": {"content": "' + b"\\ud800" * 3 + b'"}}'),
        ("application/json", b"\xff\xfe"),
        ("multipart/form-data", b"--"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x"),
        ("text/plain", b"{}"),
        ("", b""),
    ],
)
@pytest.mark.parametrize("path", ["gpt-4o/chat/completions", "whisper/audio/translations"])
async def test_a_hostile_body_is_rejected_while_conditions_look_at_it(path, media_type, body, emulator):
    client = emulator("error-500,text=x,model=y,json.a[*].b=1", has_control=True)
    headers = {"content-type": media_type} if media_type else {}
    response = await client.http.post(f"/openai/deployments/{path}", content=body, headers=headers)
    assert 400 <= response.status_code < 500
    verified = await client.http.post(
        "/_emulator/requests/verify", json={"match": {"text": "x", "json": {"a[*].b": 1}}}
    )
    assert verified.json()["matched"] == 0
    assert (await client.http.get("/_emulator/requests")).status_code == 200


def test_the_number_of_schedules_is_bounded_and_those_that_are_over_make_room():
    control = FaultControl(Settings())
    for _ in range(MOST_SCHEDULES):
        control.add("chat-usage-missing,next=1")
    with pytest.raises(ConformanceError, match="At most 200 faults can be in use"):
        control.add("chat-usage-missing")
    control.all()[0].applied = 1
    assert control.add("chat-usage-missing").number == MOST_SCHEDULES + 1


def test_faults_are_removed_one_by_one_and_all_together_and_return_with_a_reset():
    control = FaultControl(Settings(faults=("chat-usage-missing",)))
    added = control.add({"fault": "json-as-html", "next": 2})
    control.remove(1)
    assert control.all() == [added]
    with pytest.raises(ConformanceError, match="There is no scheduled fault '1'"):
        control.remove(1)
    control.clear()
    assert control.all() == []
    control.reset()
    assert [each.schedule.fault for each in control.all()] == ["chat-usage-missing"]
