from __future__ import annotations

import base64
import hashlib
import io

import mutagen
import pytest
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.oggopus import OggOpus
from mutagen.wave import WAVE

from aoai_strategies.requests.media import (
    AUDIO_FILES,
    BROKEN_AUDIO_FILES,
    PNG,
    PNG_DATA_URL,
    WAV,
)

#: Not all of one length, so that a server that makes its durations up is seen.
SECONDS = {"wav": 1.0, "flac": 1.0, "mp3": 1.0, "ogg": 2.4}
KINDS = {"wav": WAVE, "flac": FLAC, "mp3": MP3, "ogg": OggOpus}


@pytest.mark.parametrize("name", KINDS)
def test_each_audio_file_has_its_format_and_duration(name: str) -> None:
    media = AUDIO_FILES[name]
    found = mutagen.File(io.BytesIO(media.content))
    assert isinstance(found, KINDS[name])
    assert found.info.length == pytest.approx(SECONDS[name], abs=0.05)
    assert media.filename.endswith(f".{name}")


@pytest.mark.parametrize("name", KINDS)
def test_each_audio_file_is_small(name: str) -> None:
    assert len(AUDIO_FILES[name].content) < 10_000


def test_flac_has_the_checksum_of_its_samples() -> None:
    pcm = WAV[44:]
    signed = bytes((sample - 128) & 0xFF for sample in pcm)
    assert FLAC(io.BytesIO(AUDIO_FILES["flac"].content)).info.md5_signature == int.from_bytes(
        hashlib.md5(signed, usedforsecurity=False).digest(), "big"
    )
    assert signed[:4000] in AUDIO_FILES["flac"].content


def test_the_bytes_are_the_same_on_every_machine() -> None:
    digests = [
        hashlib.sha256(content).hexdigest()[:16]
        for content in (
            WAV,
            AUDIO_FILES["flac"].content,
            AUDIO_FILES["mp3"].content,
            AUDIO_FILES["ogg"].content,
            PNG,
        )
    ]
    assert digests == DIGESTS


@pytest.mark.parametrize("name", ["empty", "truncated", "wrong-type"])
def test_broken_files_contain_no_audio(name: str) -> None:
    content = BROKEN_AUDIO_FILES[name].content
    try:
        found = mutagen.File(io.BytesIO(content))
    except mutagen.MutagenError:
        found = None
    assert found is None or not getattr(found.info, "length", 0)


def test_the_image_is_a_png_in_a_data_url() -> None:
    head, _, encoded = PNG_DATA_URL.partition(",")
    assert head == "data:image/png;base64"
    content = base64.b64decode(encoded, validate=True)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content == PNG
    assert content[16:24] == (8).to_bytes(4, "big") * 2


DIGESTS = [
    "ac06f0b32946cb20",
    "4aad062e0866abe6",
    "abc6d5834a68eba7",
    "5cb749e4daf7df60",
    "60503f771afa3e6b",
]
