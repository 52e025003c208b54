"""Pictures: real PNG files of the requested size, small, fast, and reproducible."""

from __future__ import annotations

import struct
import zlib

import pytest

from aoai_emulator.media.png import SIGNATURE, Wish, draw

SIZES = [(1024, 1024), (1792, 1024), (1024, 1792)]


def pieces(picture: bytes) -> list[tuple[bytes, bytes]]:
    assert picture.startswith(SIGNATURE)
    found, at = [], len(SIGNATURE)
    while at < len(picture):
        size, kind = struct.unpack_from(">I4s", picture, at)
        content = picture[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", picture, at + 8 + size)[0] == zlib.crc32(kind + content)
        found.append((kind, content))
        at += 12 + size
    return found


def lines(picture: bytes) -> list[bytes]:
    """Decode the picture to its lines of indexed pixels, four bits each, as in the standard."""
    named = dict(pieces(picture))
    width, height, bits, colour, *rest = struct.unpack(">IIBBBBB", named[b"IHDR"])
    assert (bits, colour, rest) == (4, 3, [0, 0, 0])
    assert len(named[b"PLTE"]) == 48
    raw = zlib.decompress(named[b"IDAT"])
    stride = width // 2
    assert len(raw) == height * (stride + 1)
    decoded: list[bytes] = []
    for start in range(0, len(raw), stride + 1):
        kind, line = raw[start], raw[start + 1 : start + 1 + stride]
        if kind == 2:
            line = (
                bytes((a + b) & 0xFF for a, b in zip(line, decoded[-1], strict=True))
                if any(line)
                else decoded[-1]
            )
        else:
            assert kind == 0
        decoded.append(line)
    return decoded


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("quality", ["standard", "hd"])
def test_draws_the_requested_size(width, height, quality):
    decoded = lines(draw(Wish("a corgi in a field", 3, width, height, quality)))
    assert (len(decoded[0]) * 2, len(decoded)) == (width, height)


def test_has_the_chunks_that_the_standard_requires():
    assert [kind for kind, _ in pieces(draw(Wish("x")))] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_is_a_few_kilobytes(width, height):
    assert len(draw(Wish("y", 0, width, height, "hd"))) < 8192


def test_shows_more_than_one_colour():
    assert len(set(lines(draw(Wish("z")))[0])) > 1


def test_is_mirrored():
    first = lines(draw(Wish("mirror")))[0]
    assert first == first[::-1]


def test_hd_has_finer_tiles():
    assert len(set(lines(draw(Wish("z", quality="hd"))))) > len(set(lines(draw(Wish("z")))))


@pytest.mark.parametrize(
    "other",
    [
        Wish("a", seed=1),
        Wish("b"),
        Wish("a", quality="hd"),
        Wish("a", style="natural"),
        Wish("a", width=1792),
    ],
)
def test_another_prompt_gives_another_picture(other):
    assert draw(Wish("a")) != draw(other)


def test_the_same_prompt_gives_the_same_picture():
    first = draw(Wish("again"))
    draw.cache_clear()
    assert draw(Wish("again")) == first


@pytest.mark.parametrize("width", [0, -32, 1000, 8192])
def test_rejects_a_size_that_cannot_be_drawn(width):
    with pytest.raises(ValueError, match="cannot be drawn"):
        draw(Wish("x", width=width))


def test_is_drawn_in_a_few_steps_for_each_row(count_calls):
    with count_calls() as work:
        draw(Wish("quick", 0, 1792, 1024, "hd"))
    assert work.calls < 5_000


def test_accepts_text_that_is_not_valid_unicode():
    assert draw(Wish("\ud800")).startswith(SIGNATURE)
