"""Pictures and recordings from FFmpeg, complete and truncated."""

from __future__ import annotations

from pathlib import Path

import pytest
from by_hand import picture, recording

from aoai_conformance.formats.images import ImageError, ImageFile, parse_image
from aoai_conformance.formats.recordings import read_duration

MEDIA = Path(__file__).parent / "media"
PICTURES = {"red.png": "png", "red.jpg": "jpeg", "red.webp": "webp", "red-lossless.webp": "webp"}


@pytest.mark.parametrize(("name", "kind"), PICTURES.items())
def test_reads_the_size_of_pictures(name: str, kind: str) -> None:
    assert parse_image((MEDIA / name).read_bytes()) == ImageFile(kind, 32, 16)


@pytest.mark.parametrize("name", PICTURES)
def test_rejects_a_truncated_picture(name: str) -> None:
    content = (MEDIA / name).read_bytes()
    for end in range(len(content) - 2):
        with pytest.raises(ImageError):
            parse_image(content[:end])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xd9",
        b"RIFF\x04\x00\x00\x00WEBP",
        b"BM",
    ],
)
def test_rejects_what_is_not_a_picture(content: bytes) -> None:
    with pytest.raises(ImageError):
        parse_image(content)


def test_detects_a_wrong_checksum() -> None:
    content = bytearray(picture(4, 4))
    content[20] ^= 1
    with pytest.raises(ImageError, match="checksum"):
        parse_image(bytes(content))


def test_rejects_a_picture_without_area() -> None:
    with pytest.raises(ImageError, match="no width"):
        parse_image(picture(0, 4))


@pytest.mark.parametrize("name", ["tone.mp3", "tone.flac", "tone.ogg", "tone.m4a"])
def test_measures_the_duration_of_recordings(name: str) -> None:
    assert read_duration((MEDIA / name).read_bytes()) == pytest.approx(1.5, abs=0.1)


def test_measures_the_duration_of_a_wav() -> None:
    assert read_duration(recording(2.25)) == pytest.approx(2.25, abs=0.001)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no audio at all" * 9, b"\x00" * 64])
def test_does_not_guess_the_duration_of_other_formats(content: bytes) -> None:
    assert read_duration(content) is None
