"""Cues in a prompt trigger rare behaviour of the real service."""

from __future__ import annotations

from ..asking import ask, choice, message
from ..conftest import chunks


def saying(text):
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": f"Well, {text}"}]}]}


async def test_a_filtered_prompt_is_rejected_with_the_findings(emulator):
    azure = await emulator(flavour="azure").chat(**saying("[emulate: prompt filtered]"), checked=False)
    strict = await emulator(flavour="strict").chat(**saying("[emulate: prompt filtered]"))
    assert azure.status_code == strict.status_code == 400
    content = azure.json()["error"]
    assert (content["code"], content["param"], content["type"], content["status"]) == (
        "content_filter",
        "prompt",
        None,
        400,
    )
    assert content["innererror"]["code"] == "ResponsibleAIPolicyViolation"
    assert content["innererror"]["content_filter_result"]["violence"]["filtered"] is True
    inner = strict.json()["error"]["inner_error"]
    assert inner["content_filter_results"]["violence"]["filtered"] is True


async def test_a_filtered_prompt_of_a_completion_is_rejected_too(client):
    response = await client.completions(prompt=["a", "[emulate: prompt filtered]"], checked=False)
    assert response.json()["error"]["code"] == "content_filter"


async def test_a_filtered_answer_has_the_finish_reason_content_filter(emulator):
    azure = await ask(emulator(flavour="azure").chat(**saying("[emulate: answer filtered]"), checked=False))
    strict = await ask(emulator(flavour="strict").chat(**saying("[emulate: answer filtered]")))
    assert "content" not in message(azure)
    assert message(strict)["content"] == ""
    for body in (azure, strict):
        assert choice(body)["finish_reason"] == "content_filter"
        assert choice(body)["content_filter_results"]["violence"]["filtered"] is True


async def test_a_filtered_stream_has_the_finish_reason_content_filter(client):
    sent = chunks(await client.chat(**saying("[emulate: answer filtered]"), stream=True))
    assert sent[-1]["choices"][0]["finish_reason"] == "content_filter"
    assert sent[-1]["choices"][0]["content_filter_results"]["violence"]["filtered"] is True


async def test_the_asynchronous_filter_sends_its_findings_later(emulator):
    cue = saying("[emulate: asynchronous filter]")
    sent = chunks(await emulator().chat(**cue, stream=True, n=2, checked=False))
    *said, first, second = [chunk["choices"][0] for chunk in sent if chunk["choices"]]
    assert not any("content_filter_results" in part for part in said)
    for index, part in enumerate((first, second)):
        text = "".join(one["delta"].get("content", "") for one in said if one["index"] == index)
        assert part["index"] == index
        assert "delta" not in part
        assert part["content_filter_results"]["hate"]["filtered"] is False
        assert part["content_filter_offsets"]["end_offset"] == len(text)
    assert sent[-1]["id"] == ""


async def test_a_rate_limit_states_when_to_retry(client):
    response = await client.chat(**saying("[emulate: rate limit]"))
    assert response.status_code == 429
    assert response.headers["retry-after"] == "1"
    assert response.json()["error"]["code"] == "429"
