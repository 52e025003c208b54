"""The surface ai-model-inference: models named in bodies, extra parameters, vectors of many forms, info."""

from __future__ import annotations

import base64
import json
import struct

import pytest

from .conftest import MODELS, USER, document

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 16).decode()
IMAGE = f"data:image/png;base64,{PIXEL}"


def chunks(response):
    *events, done, rest = response.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in events]


async def ok(pending):
    response = await pending
    assert response.status_code == 200, response.text
    return response.json()


async def test_without_a_model_a_reasoning_model_answers(client):
    body = await ok(client.model())
    message = body["choices"][0]["message"]
    assert body["model"] == "DeepSeek-R1"
    assert message["reasoning_content"]
    assert message["reasoning_content"] not in message["content"]
    details = body["usage"]["completion_tokens_details"]
    assert 0 < details["reasoning_tokens"] < body["usage"]["completion_tokens"] == details["total_tokens"]


async def test_a_body_names_the_model_by_its_deployment_or_by_itself(client):
    assert (await ok(client.model(model="gpt-4o")))["model"] == "gpt-4o-2024-08-06"
    assert (await ok(client.model(model="gpt-4o-2024-08-06")))["model"] == "gpt-4o-2024-08-06"


async def test_a_model_that_is_not_deployed_is_unknown(client):
    refused = await client.model(model="nobody")
    assert refused.status_code == 404
    assert refused.json()["error"]["code"] == "unknown_model"
    assert refused.headers["x-ms-error-code"] == "unknown_model"


async def test_a_model_serves_its_own_operations_only(client):
    refused = await client.model(model="embed-v-4-0")
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "OperationNotSupported"


async def test_an_unknown_api_version_is_not_supported(client):
    refused = await client.http.post(
        "/models/chat/completions", params={"api-version": "1999-01-01"}, json={"messages": [USER]}
    )
    assert refused.status_code == 400
    assert refused.json() == {"error": {"code": "BadRequest", "message": "API version not supported"}}


@pytest.mark.parametrize("extra", [None, "error"])
async def test_extra_parameters_are_rejected_by_default(client, extra):
    refused = await client.model(extra=extra, unheard_of=1)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "unheard_of"


async def test_extra_parameters_may_be_dropped(client):
    assert len((await ok(client.model(extra="drop", n=2)))["choices"]) == 1


async def test_extra_parameters_may_reach_the_model(client):
    assert len((await ok(client.model(extra="pass-through", n=2, unheard_of=1)))["choices"]) == 2


async def test_the_model_rejects_an_extra_parameter_that_it_cannot_use(client):
    refused = await client.model(extra="pass-through", n="two")
    assert refused.status_code == 422
    assert refused.json()["detail"] == {"loc": ["body", "n"], "input": "two"}
    huge = await client.model(extra="pass-through", n=10**9)
    assert huge.status_code == 422


async def test_an_unknown_value_of_the_header_is_rejected(client):
    refused = await client.model(extra="perhaps")
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "extra-parameters"


async def test_the_temperature_goes_up_to_one(client):
    assert (await client.model(temperature=1)).status_code == 200
    assert (await client.model(temperature=1.1)).status_code == 400


async def test_an_unknown_modality_is_unsupported(client):
    refused = await client.model(modalities=["smell"])
    assert refused.status_code == 422
    assert refused.json()["code"] == "parameter_not_supported"


async def test_sound_needs_no_further_field(client):
    message = (await ok(client.model(modalities=["text", "audio"])))["choices"][0]["message"]
    assert message["audio"]["format"] == "wav"
    assert base64.b64decode(message["audio"]["data"]).startswith(b"RIFF")


async def test_a_conversation_with_calls_is_accepted(client):
    tool = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
    first = await ok(client.model(tools=[tool], tool_choice="required"))
    (call,) = first["choices"][0]["message"]["tool_calls"]
    messages = [
        {"role": "developer", "content": "Be kind."},
        USER,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "sunny"},
    ]
    last = await ok(client.model(messages=messages, tools=[tool]))
    assert last["choices"][0]["message"]["content"]


async def test_parts_of_all_types_are_accepted(client):
    data = {"data": base64.b64encode(b"RIFF").decode(), "format": "wav"}
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": IMAGE, "detail": "low"}},
        {"type": "audio_url", "audio_url": {"url": "https://example.com/a.wav"}},
        {"type": "input_audio", "input_audio": data},
    ]
    body = await ok(client.model(messages=[{"role": "user", "content": parts}]))
    assert body["usage"]["prompt_tokens_details"]["audio_tokens"] == 80


async def test_a_stream_sends_its_reasoning_first_and_its_usage_last(client):
    whole = await ok(client.model())
    sent = [chunk for chunk in chunks(await client.model(stream=True)) if chunk["id"]]
    deltas = [choice["delta"] for chunk in sent for choice in chunk["choices"]]
    thought = "".join(delta.get("reasoning_content") or "" for delta in deltas)
    text = "".join(delta.get("content") or "" for delta in deltas)
    message = whole["choices"][0]["message"]
    assert (thought, text) == (message["reasoning_content"], message["content"])
    assert sent[-1]["usage"] == whole["usage"]


VECTOR = {"input": ["a"], "dimensions": 20, "input_type": "query"}


async def vector(client, form):
    body = await ok(client.model("embeddings", **VECTOR, encoding_format=form))
    return body["data"][0]["embedding"]


async def test_vectors_have_the_requested_format(client):
    plain = await vector(client, "float")
    assert struct.unpack("<20f", base64.b64decode(await vector(client, "base64"))) == pytest.approx(plain)
    largest = max(map(abs, plain))
    small = await vector(client, "int8")
    assert small == [round(value / largest * 127) for value in plain]
    assert await vector(client, "uint8") == [value + 128 for value in small]
    bits = await vector(client, "ubinary")
    assert [bits[place // 8] >> (7 - place % 8) & 1 for place in range(20)] == [value > 0 for value in plain]
    assert len(bits) == 3
    assert [value % 256 for value in await vector(client, "binary")] == bits


async def test_an_unknown_format_or_length_is_unsupported(client):
    for fields in ({"encoding_format": "odd"}, {"dimensions": 9_999}):
        refused = await client.model("embeddings", input=["a"], **fields)
        assert refused.status_code == 422


async def test_lists_of_vectors_have_unique_ids(client):
    first = await ok(client.model("embeddings", **VECTOR))
    second = await ok(client.model("embeddings", **VECTOR))
    assert first["id"] != second["id"]
    operation = next(each for each in document(MODELS).operations.values() if each.kind == "embeddings")
    assert operation.response_validator(200).errors(first) == []


async def test_images_have_vectors_that_depend_on_their_text(client):
    entries = [{"image": IMAGE}, {"image": IMAGE}, {"image": IMAGE, "text": "a dot"}]
    data = (await ok(client.model("images/embeddings", input=entries, dimensions=16)))["data"]
    assert [entry["index"] for entry in data] == [0, 1, 2]
    assert data[0]["embedding"] == data[1]["embedding"] != data[2]["embedding"]


@pytest.mark.parametrize("image", ["a", "https://example.com/a.png", "data:image/png;base64,", IMAGE[:40]])
async def test_what_is_not_an_image_is_rejected(client, image):
    refused = await client.model("images/embeddings", input=[{"image": image}])
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "input[0].image"


async def test_info_describes_the_named_model(client):
    assert (await client.info()).json() == {
        "model_name": "DeepSeek-R1",
        "model_type": "chat-completion",
        "model_provider_name": "DeepSeek",
    }
    assert (await client.info(model="embed-v-4-0")).json()["model_type"] == "embeddings"
    assert (await client.info(model="nobody")).status_code == 404
