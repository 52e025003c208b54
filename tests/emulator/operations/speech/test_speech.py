"""Speech is a real sound file of the requested format, as long as its text at its speed."""

from __future__ import annotations

import io
import subprocess
import sys
import wave

import pytest

from aoai_emulator.content.voice_sound import speak
from aoai_emulator.media.audio_files import read_audio

FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
# Both encoders fill whole frames, and add some: ADTS cannot say how many, and mutagen does not ask an MP3.
TOLERANCE = {"aac": 0.25, "mp3": 0.1}


@pytest.mark.parametrize("sound_format", FORMATS)
async def test_each_format_is_correct_and_as_long_as_its_text(emulator, seconds_of, sound_format):
    content = await emulator().sound(input="a" * 45, response_format=sound_format)
    assert seconds_of(content, sound_format) == pytest.approx(3.0, abs=TOLERANCE.get(sound_format, 0.02))


@pytest.mark.parametrize("sound_format", ["mp3", "opus", "flac", "wav"])
async def test_the_emulator_can_read_its_output(emulator, sound_format):
    sound = read_audio(await emulator().sound(input="a" * 30, response_format=sound_format))
    assert sound.seconds == pytest.approx(2.0, abs=0.01)


async def test_wav_contains_the_same_samples_as_pcm(emulator):
    bare = await emulator().sound(response_format="pcm")
    with wave.open(io.BytesIO(await emulator().sound(response_format="wav"))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.readframes(file.getnframes()) == bare


@pytest.mark.parametrize("sound_format", FORMATS)
async def test_the_real_service_names_the_format(emulator, sound_format):
    response = await emulator(flavour="azure").speech(response_format=sound_format)
    assert response.headers["content-type"] == MEDIA_TYPES[sound_format]


@pytest.mark.parametrize("sound_format", ["mp3", "flac"])
async def test_the_strict_flavour_names_what_the_document_declares(emulator, documents, sound_format):
    for document in documents:
        operation = next(each for each in document.operations.values() if each.kind == "speech")
        version = document.name.version.text
        response = await emulator(flavour="strict").speech(version=version, response_format=sound_format)
        assert operation.response_for(200).media_for(response.headers["content-type"]) is not None


async def test_without_a_format_it_is_mp3(emulator, seconds_of):
    assert seconds_of(await emulator().sound(response_format=...), "mp3") > 1


async def test_a_version_without_format_and_speed_ignores_both(emulator, seconds_of):
    content = await emulator().sound(
        version="2024-02-15-preview", input="a" * 30, response_format="flac", speed=4
    )
    assert seconds_of(content, "mp3") == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("sound_format", ["wav", "pcm"])
async def test_a_version_accepts_only_its_formats(emulator, sound_format):
    client = emulator()
    assert (await client.speech(response_format=sound_format)).status_code == 200
    refused = await client.speech(version="2024-06-01", response_format=sound_format)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "response_format"


@pytest.mark.parametrize(("speed", "seconds"), [(0.25, 8.0), (0.5, 4.0), (1.0, 2.0), (2.0, 1.0), (4.0, 0.5)])
async def test_speed_divides_the_duration(emulator, seconds_of, speed, seconds):
    content = await emulator().sound(input="a" * 30, speed=speed, response_format="flac")
    assert seconds_of(content, "flac") == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("sound_format", FORMATS)
async def test_the_same_request_sounds_the_same(emulator, sound_format):
    first = await emulator().sound(response_format=sound_format)
    assert await emulator().sound(response_format=sound_format) == first


@pytest.mark.parametrize("other", [{"voice": "onyx"}, {"input": "Good evening, how are you?"}])
async def test_another_voice_or_text_sounds_different(emulator, other):
    client = emulator()
    assert await client.sound(response_format="pcm") != await client.sound(response_format="pcm", **other)


@pytest.mark.parametrize("voice", ["alloy", "echo", "fable", "onyx", "nova", "shimmer"])
def test_every_voice_is_audible_and_never_too_loud(voice):
    samples = memoryview(speak("Good morning.", voice, 1.0, 0)).cast("h").tolist()
    assert 5_000 < max(map(abs, samples)) < 32_000
    assert sum(1 for sample in samples if sample == 0) < len(samples) / 10


@pytest.mark.parametrize("sound_format", FORMATS)
async def test_the_longest_text_is_bounded_and_costs_few_steps(
    emulator, seconds_of, sound_format, count_calls
):
    with count_calls() as work:
        content = await emulator().sound(input="é" * 4096, response_format=sound_format, speed=0.25)
    assert work.calls < 50_000
    assert seconds_of(content, sound_format) == pytest.approx(30.0, abs=TOLERANCE.get(sound_format, 0.02))


async def test_a_single_character_is_a_sound(emulator, seconds_of):
    assert seconds_of(await emulator().sound(input="a", speed=4, response_format="wav"), "wav") == 0.25


@pytest.mark.parametrize("version", ["2024-06-01", "2025-01-01-preview"])
@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": "a" * 4097}, "input"),
        ({"input": ...}, "input"),
        ({"input": 1}, "input"),
        ({"voice": "nobody"}, "voice"),
        ({"voice": ...}, "voice"),
        ({"speed": 0.24}, "speed"),
        ({"speed": 4.01}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"response_format": "midi"}, "response_format"),
    ],
)
async def test_rejects_what_cannot_be_read(emulator, version, fields, param):
    response = await emulator().speech(version=version, **fields)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


async def test_the_model_is_one_of_two_in_one_version_and_any_or_none_in_the_other(emulator):
    client = emulator()
    assert (await client.speech(version="2024-06-01", model=...)).status_code == 400
    assert (await client.speech(version="2024-06-01", model="tts-9")).status_code == 400
    assert (await client.speech(model=...)).status_code == 200


async def test_a_deployment_of_another_model_does_not_read(emulator):
    response = await emulator().http.post(
        "/openai/deployments/whisper/audio/speech",
        params={"api-version": "2025-01-01-preview"},
        json={"input": "a", "voice": "nova"},
    )
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "OperationNotSupported"


def test_starting_the_emulator_does_not_load_the_encoder():
    code = "import sys, aoai_emulator, aoai_emulator.app; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=300).returncode == 0
