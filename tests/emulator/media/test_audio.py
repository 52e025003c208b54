"""audio/transcriptions and audio/translations: five formats, true durations, and rejections."""

from __future__ import annotations

import re

import pytest

KINDS = {"transcriptions": "transcribe", "translations": "translate"}
MADE = ("speech.wav", "speech.flac", "speech.mp3", "speech.ogg")


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("operation", KINDS)
@pytest.mark.parametrize("flavour", ["azure", "strict"])
async def test_states_the_true_duration_of_every_format(emulator, audio, name, operation, flavour):
    client = emulator(flavour=flavour)
    data, seconds = audio.every()[name]
    response = await client.audio(data, operation, filename=name, fields={"response_format": "verbose_json"})
    assert response.status_code == 200
    client.check(response)
    body = response.json()
    assert body["duration"] == pytest.approx(seconds, abs=1e-6)
    assert body["task"] == KINDS[operation]
    assert body["language"] == "english"
    assert body["segments"][-1]["end"] == body["duration"]
    assert "".join(segment["text"] for segment in body["segments"]).strip() == body["text"]


@pytest.mark.parametrize("name", ["vorbis.ogg", "tone.m4a", "tone.webm", "lame.mp3"])
async def test_accepts_the_output_of_encoders(emulator, recordings, name):
    client = emulator()
    response = await client.audio(
        (recordings / name).read_bytes(), fields={"response_format": "verbose_json"}
    )
    assert response.json()["duration"] == pytest.approx(1.25, abs=0.05)


@pytest.mark.parametrize("fields", [{}, {"response_format": "json"}])
@pytest.mark.parametrize("operation", KINDS)
async def test_answers_json_by_default(emulator, audio, operation, fields):
    client = emulator()
    response = await client.audio(audio.wav(), operation, fields=fields)
    client.check(response)
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()) == {"text"}


@pytest.mark.parametrize("response_format", ["text", "srt", "vtt"])
@pytest.mark.parametrize("operation", KINDS)
async def test_answers_text_formats_as_plain_text(emulator, audio, operation, response_format):
    client = emulator()
    response = await client.audio(audio.wav(3.0), operation, fields={"response_format": response_format})
    client.check(response)
    assert response.headers["content-type"].startswith("text/plain")
    plain = (await client.audio(audio.wav(3.0), operation)).json()["text"]
    begins = {"text": plain, "srt": "1\n00:00:00,000 --> ", "vtt": "WEBVTT\n\n00:00:00.000 --> "}
    assert response.text.startswith(begins[response_format])
    spoken = [
        line for line in response.text.splitlines() if line and not re.match(r"WEBVTT|\d+$|\d\d:", line)
    ]
    assert " ".join(spoken) == plain


async def test_transcribes_the_same_file_to_the_same_words(emulator, audio):
    first, second, other_file, other_seed = [
        (await emulator(seed=seed).audio(audio.wav(9.0, shade=shade))).json()["text"]
        for seed, shade in ((0, 0), (0, 0), (0, 1), (1, 0))
    ]
    assert first == second
    assert len({first, other_file, other_seed}) == 3


async def test_honours_the_language(emulator, audio):
    client = emulator()
    fields = {"response_format": "verbose_json", "language": "de"}
    german = (await client.audio(audio.wav(9.0), fields=fields)).json()
    assert german["language"] == "german"
    assert german["text"] != (await client.audio(audio.wav(9.0))).json()["text"]


async def test_a_translation_is_english_whatever_the_language(emulator, audio):
    fields = {"response_format": "verbose_json", "language": "de"}
    assert (await emulator().audio(audio.wav(), "translations", fields=fields)).json()[
        "language"
    ] == "english"


async def test_an_unknown_language_is_accepted(emulator, audio):
    assert (await emulator().audio(audio.wav(), fields={"language": "tlh"})).status_code == 200


@pytest.mark.parametrize("temperature", ["0", "0.25", "1", "1.0"])
async def test_states_the_temperature_of_each_segment(emulator, audio, temperature):
    fields = {"response_format": "verbose_json", "temperature": temperature}
    body = (await emulator().audio(audio.wav(3.0), fields=fields)).json()
    assert {segment["temperature"] for segment in body["segments"]} == {float(temperature)}


async def test_follows_the_style_of_the_prompt(emulator, audio):
    text = (await emulator().audio(audio.wav(9.0), fields={"prompt": "no capitals here"})).json()["text"]
    assert text == text.lower()


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": "xml"}, "response_format"),
        ({"response_format": ""}, "response_format"),
        ({"response_format": ["json", "text"]}, "response_format"),
        ({"temperature": "1.0000001"}, "temperature"),
        ({"temperature": "-0.1"}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": ""}, "temperature"),
        ({"temperature": "nan"}, "temperature"),
        ({"temperature": ["0", "1"]}, "temperature"),
        ({"prompt": ["a", "b"]}, "prompt"),
    ],
)
@pytest.mark.parametrize("operation", KINDS)
async def test_rejects_a_field_that_the_document_does_not_allow(emulator, audio, operation, fields, param):
    response = await emulator().audio(audio.wav(), operation, fields=fields)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["param"].startswith(param)


async def test_rejects_two_languages(emulator, audio):
    response = await emulator().audio(audio.wav(), fields={"language": ["en", "de"]})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "language"


@pytest.mark.parametrize("operation", KINDS)
async def test_rejects_a_form_without_a_file(emulator, operation):
    response = await emulator().audio(None, operation, fields={"response_format": "json"})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "file"


async def test_a_rejection_has_the_declared_shape(emulator):
    client = emulator(flavour="strict")
    client.check(await client.audio(None, fields={"response_format": "json"}))
    client.check(await client.audio(b"no audio", "translations"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty", b""),
        ("text", b"This is no audio."),
        ("truncated", None),
        ("picture", b"\x89PNG\r\n\x1a\n" + bytes(200)),
    ],
)
@pytest.mark.parametrize("operation", KINDS)
@pytest.mark.parametrize("flavour", ["azure", "strict"])
async def test_rejects_a_file_that_is_not_complete_audio(emulator, audio, name, content, operation, flavour):
    data = audio.wav()[:5000] if content is None else content
    response = await emulator(flavour=flavour).audio(data, operation, filename=f"{name}.wav")
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", "file")


async def test_rejects_a_file_of_more_than_25_mebibytes(emulator):
    response = await emulator().audio(bytes(25 * 1024 * 1024 + 1))
    assert response.status_code == 413


async def test_rejects_a_body_far_beyond_25_mebibytes(emulator):
    assert (await emulator().audio(bytes(27 * 1024 * 1024))).status_code == 413


async def test_rejects_json_if_a_form_is_required(emulator):
    path = "/openai/deployments/whisper/audio/transcriptions"
    assert (await emulator().http.post(path, json={"file": "x"})).status_code in {400, 415}


async def test_remembers_a_bounded_number_of_files(emulator, audio):
    from aoai_emulator.operations import audio as module

    client = emulator()
    for shade in range(70):
        assert (await client.audio(audio.wav(0.01, shade=shade))).status_code == 200
    assert len(module._remembered) == 64
