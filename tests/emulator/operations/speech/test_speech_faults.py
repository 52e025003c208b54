"""The faults of speech: each breaks what it describes."""

from __future__ import annotations

import base64
import io
import re

import mutagen
import pytest

from aoai_emulator import fault_catalogue
from aoai_emulator.media.audio_files import read_audio
from aoai_emulator.media.containers.sound import UnreadableAudioError
from claims import for_each

SPEECH = [fault for fault in fault_catalogue() if fault.kinds == {"speech"}]
REQUESTS = [
    {"response_format": "flac"},
    {"response_format": "wav", "speed": 2.5},
    {"response_format": ..., "input": "Once."},
    {"input": "a" * 4097},
    {"voice": "nobody"},
    {"voice": ...},
    {"speed": 5},
    {"response_format": "midi"},
]


def kind(content: bytes) -> str:
    return type(mutagen.File(io.BytesIO(content))).__name__


async def observed(client) -> list[tuple[int, str, bytes]]:
    answers = [await client.speech(**fields) for fields in REQUESTS]
    return [(each.status_code, each.headers["content-type"], each.content) for each in answers]


USUAL: list[tuple[int, str, bytes]] = []


@pytest.fixture
async def usual(emulator):
    if not USUAL:
        USUAL.extend(await observed(emulator()))
    return USUAL


@pytest.mark.parametrize("fault", SPEECH, ids=lambda fault: fault.id)
async def test_every_fault_changes_some_response(emulator, usual, fault, caplog):
    assert await observed(emulator(fault.id)) != usual
    assert caplog.text == ""


@for_each(SPEECH, group=lambda fault: fault.stage, name=lambda fault: fault.id)
def test_every_fault_is_described_in_one_sentence(fault):
    assert re.fullmatch(r"[A-Z`][^\n]{10,140}\.", fault.summary)


async def test_all_faults_at_once_break_nothing_else(emulator, caplog):
    for together in (SPEECH, SPEECH[::-1]):
        client = emulator(*(fault.id for fault in together))
        for fields in REQUESTS:
            await client.speech(**fields)
    assert caplog.text == ""


async def test_the_container_differs(emulator):
    client = emulator("speech-container-wrong")
    assert kind(await client.sound(response_format="mp3")) == "FLAC"
    assert kind(await client.sound(response_format="flac")) == "WAVE"


async def test_the_file_is_truncated(emulator):
    content = await emulator("speech-truncated").sound(response_format="flac")
    with pytest.raises(UnreadableAudioError, match="ends"):
        read_audio(content)
    assert len(await emulator("speech-truncated").sound(response_format="pcm")) % 2 == 1


async def test_the_sound_is_silent(emulator):
    content = await emulator("speech-silent").sound(response_format="wav")
    assert not any(content[44:])
    assert read_audio(content).seconds > 1


@pytest.mark.parametrize(
    ("fault", "speed", "seconds"),
    [
        ("speech-speed-ignored", 2.0, 2.0),
        ("speech-speed-inverted", 2.0, 4.0),
        ("speech-without-samples", 1.0, 0.001),
    ],
)
@pytest.mark.parametrize("sound_format", ["wav", "mp3", "pcm"])
async def test_the_duration_differs(emulator, seconds_of, fault, speed, seconds, sound_format):
    content = await emulator(fault).sound(input="a" * 30, speed=speed, response_format=sound_format)
    assert seconds_of(content, sound_format) == pytest.approx(seconds, abs=0.1)


async def test_the_sound_is_wrapped_in_json(emulator):
    response = await emulator("speech-in-json").speech(response_format="wav")
    assert response.headers["content-type"] == "application/json"
    assert base64.b64decode(response.json()["audio"]).startswith(b"RIFF")
