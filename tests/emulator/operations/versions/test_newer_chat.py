"""What 2025-01-01-preview adds to chat: sound, predictions, reasoning, stored answers."""

from __future__ import annotations

import base64
import io
import json
import wave

import av
import pytest

from .conftest import USER

SOUND = {"modalities": ["text", "audio"]}


def spoken(response):
    assert response.status_code == 200, response.text
    return response.json()["choices"][0]["message"]


async def test_a_spoken_answer_has_a_recording_and_its_words(client):
    response = await client.chat(**SOUND, audio={"voice": "alloy", "format": "wav"})
    message = spoken(response)
    audio = message["audio"]
    assert message["content"] is None
    assert set(audio) == {"id", "expires_at", "data", "transcript"}
    assert audio["expires_at"] > response.json()["created"]
    assert audio["transcript"]
    with wave.open(io.BytesIO(base64.b64decode(audio["data"], validate=True))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 24_000)
        assert sound.getnframes() > 6_000


@pytest.mark.parametrize(("asked", "codec"), [("mp3", "mp3"), ("flac", "flac"), ("opus", "opus")])
async def test_a_recording_decodes_as_the_requested_format(emulator, asked, codec):
    message = spoken(await emulator().chat(**SOUND, audio={"voice": "echo", "format": asked}, max_tokens=8))
    with av.open(io.BytesIO(base64.b64decode(message["audio"]["data"]))) as sound:
        assert sound.streams.audio[0].codec_context.name.startswith(codec)
        assert sum(frame.samples for frame in sound.decode(audio=0)) > 2_000


async def test_bare_samples_are_half_as_many_numbers_as_bytes(emulator):
    message = spoken(await emulator().chat(**SOUND, audio={"voice": "nova", "format": "pcm16"}, max_tokens=2))
    assert len(base64.b64decode(message["audio"]["data"])) % 2 == 0
    assert not base64.b64decode(message["audio"]["data"]).startswith(b"RIFF")


async def test_sound_needs_a_voice_and_a_format(client):
    refused = await client.chat(**SOUND)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "audio"


async def test_many_spoken_answers_stay_bounded(emulator):
    response = await emulator().chat(**SOUND, audio={"voice": "onyx", "format": "pcm16"}, n=128)
    assert len(response.content) < 8_000_000


async def test_json_is_written_beside_the_sound(client):
    fields = {
        **SOUND,
        "audio": {"voice": "alloy", "format": "wav"},
        "messages": [{"role": "user", "content": "Answer in JSON."}],
        "response_format": {"type": "json_object"},
    }
    message = spoken(await client.chat(**fields))
    assert json.loads(message["content"]) == json.loads(message["audio"]["transcript"])
    streamed = await client.chat(**fields, stream=True)
    deltas = [
        choice["delta"]
        for event in streamed.text.split("\n\n")
        if event.startswith("data: {")
        for choice in json.loads(event[6:])["choices"]
    ]
    text = "".join(delta.get("content") or "" for delta in deltas)
    assert json.loads(text) == json.loads(message["content"])
    assert "".join(delta.get("audio", {}).get("transcript", "") for delta in deltas) == text


async def test_a_prediction_is_partly_accepted_and_counted(client):
    fields = {"prediction": {"type": "content", "content": "one two three four five six"}}
    body = (await client.chat(**fields)).json()
    assert body["choices"][0]["message"]["content"].startswith("one two three")
    usage = body["usage"]
    details = usage["completion_tokens_details"]
    assert details["accepted_prediction_tokens"] == 3
    assert details["rejected_prediction_tokens"] == 3
    assert sum(details.values()) <= usage["completion_tokens"]


async def test_a_prediction_may_have_parts(client):
    parts = [{"type": "text", "text": "one two"}, {"type": "text", "text": " three four"}]
    body = (await client.chat(prediction={"type": "content", "content": parts})).json()
    assert body["choices"][0]["message"]["content"].startswith("one two")


async def test_a_rejected_prediction_respects_the_limit(client):
    long = "word " * 200
    body = (await client.chat(prediction={"type": "content", "content": long}, max_tokens=20)).json()
    assert body["usage"]["completion_tokens"] <= 20


async def test_more_effort_takes_more_reasoning(client):
    spent = [
        (await client.chat(reasoning_effort=effort)).json()["usage"]["completion_tokens_details"]
        for effort in ("low", "medium", "high")
    ]
    counts = [details["reasoning_tokens"] for details in spent]
    assert 0 < counts[0] < counts[1] < counts[2]
    assert (await client.chat(reasoning_effort="utmost")).status_code == 400


async def test_reasoning_respects_the_limit(client):
    usage = (await client.chat(reasoning_effort="high", max_completion_tokens=200)).json()["usage"]
    details = usage["completion_tokens_details"]
    assert 0 < details["reasoning_tokens"] < usage["completion_tokens"] <= 200


async def test_developers_store_and_security_context_are_accepted(client):
    response = await client.chat(
        messages=[{"role": "developer", "content": "Be kind."}, USER],
        store=True,
        metadata={"case": "7"},
        user_security_context={"application_name": "x", "source_ip": "192.0.2.7"},
    )
    assert response.status_code == 200
    wrong = await client.chat(metadata={"case": 7})
    assert wrong.status_code == 400


async def test_input_recordings_are_counted(client):
    data = base64.b64encode(b"RIFF").decode()
    part = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
    response = await client.chat(messages=[{"role": "user", "content": [part]}])
    assert response.json()["usage"]["prompt_tokens_details"]["audio_tokens"] == 40
