"""Sound files of the independent server: a hum as long as its text, in each format and valid variant.

FFmpeg encodes the packets; this module can also write the containers, so that files differ.
"""

from __future__ import annotations

import io
import math
import struct
from array import array
from collections.abc import Collection
from functools import cache

import av

RATE = 24_000
PER_SECOND = 55.0  # characters per second
_CODECS = {"mp3": "libmp3lame", "opus": "libopus", "aac": "aac", "flac": "flac"}
_MUXERS = {"mp3": "mp3", "opus": "ogg", "aac": "adts", "flac": "flac"}
_CRC = [0] * 256
for _byte in range(256):
    _value = _byte << 24
    for _ in range(8):
        _value = ((_value << 1) ^ 0x04C11DB7 if _value & 0x80000000 else _value << 1) & 0xFFFFFFFF
    _CRC[_byte] = _value


def spoken(text: str, speed: float, kind: str, on: Collection[str]) -> bytes:
    """Return a text as a sound; `on` are switches without their prefix."""
    seconds = max(len(text) / PER_SECOND / speed, 0.25)
    if "speed-ignored" in on:
        seconds = max(len(text) / PER_SECOND, 0.25)
    if "speed-turned" in on:
        seconds = max(len(text) / PER_SECOND * speed, 0.25)
    if "always-a-second" in on:
        seconds = 1.0
    if "very-short" in on:
        seconds = 0.02
    if "always-mp3" in on:
        kind = "mp3"
    if "always-wav" in on:
        kind = "wav"
    if "wav-for-pcm" in on and kind.startswith("pcm"):
        kind = "wav"
    if "pcm-for-wav" in on and kind == "wav":
        kind = "pcm"
    if "flac-for-opus" in on and kind == "opus":
        kind = "flac"
    silent = "silent" in on
    if kind.startswith("pcm"):
        raw = samples(seconds, silent)
        return raw + b"\0" if "pcm-odd" in on else raw
    content = (
        _wav(seconds, silent, on)
        if kind == "wav"
        else _packed(round(seconds, 1), kind, silent, _ways(kind, on))
    )
    if "cut" in on:
        content = content[: len(content) // 2]
    if "header-only" in on:
        content = content[:44]
    if "garbage" in on:
        content = content[:2] + bytes(len(content) - 2)
    if "noise-inside" in on and len(content) > 4000:
        middle = len(content) // 2
        content = content[:middle] + b"\x55" * 900 + content[middle + 900 :]
    return content


@cache
def samples(seconds: float, silent: bool = False, rate: int = RATE) -> bytes:
    """Return a hum of 16 bits, one channel."""
    count = int(seconds * rate)
    if silent:
        return bytes(2 * count)
    turn = array("h", [int(9000 * math.sin(2 * math.pi * at / 100)) for at in range(100)])
    return (turn.tobytes() * (count // 100 + 1))[: 2 * count]


def _wav(seconds: float, silent: bool, on: Collection[str]) -> bytes:
    data = samples(seconds, silent)
    shape = struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16)
    if "lawful-extensible-wav" in on:
        shape = struct.pack("<HHIIHH", 0xFFFE, 1, RATE, RATE * 2, 2, 16) + struct.pack("<HHI", 22, 16, 4)
        shape += bytes.fromhex("0100000000001000800000aa00389b71")
    if "lawful-float-wav" in on:
        floats = array("f", [value / 32768 for value in array("h", data)])
        data, shape = floats.tobytes(), struct.pack("<HHIIHH", 3, 1, RATE, RATE * 4, 4, 32)
    before = (
        b"LIST" + struct.pack("<I", 12) + b"INFOISFT" + struct.pack("<I", 0)
        if "lawful-list-chunk" in on
        else b""
    )
    size = len(data)
    if "lawful-streamed-wav" in on:
        return (
            b"RIFF\xff\xff\xff\xffWAVEfmt "
            + struct.pack("<I", len(shape))
            + shape
            + b"data\xff\xff\xff\xff"
            + data
        )
    if "lawful-zero-wav" in on:
        return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", len(shape)) + shape + b"data\0\0\0\0" + data
    if "promises-more" in on:
        size *= 2
    body = (
        b"WAVEfmt "
        + struct.pack("<I", len(shape))
        + shape
        + before
        + b"data"
        + struct.pack("<I", size)
        + data
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _ways(kind: str, on: Collection[str]) -> frozenset[str]:
    lawful = {
        "mp3": {"lawful-bare-mp3", "lawful-tagged-mp3", "lawful-low-mp3", "lawful-tail-tagged-mp3"},
        "opus": {"lawful-own-ogg", "lawful-webm"},
        "aac": {"lawful-mp4"},
        "flac": {"lawful-streamed-flac"},
    }
    return frozenset(on) & lawful[kind]


@cache
def _packed(seconds: float, kind: str, silent: bool, ways: frozenset[str]) -> bytes:
    rate = 48_000 if kind == "opus" else 16_000 if "lawful-low-mp3" in ways else RATE
    out = io.BytesIO()
    muxer = "mp4" if "lawful-mp4" in ways else "webm" if "lawful-webm" in ways else _MUXERS[kind]
    packets: list[bytes] = []
    extra = b""
    with av.open(out, "w", format=muxer) as box:
        stream = box.add_stream(_CODECS[kind], rate=rate, layout="mono")
        for packet in _encoded(stream, samples(seconds, silent, rate), rate):
            packets.append(bytes(packet))
            box.mux(packet)
        extra = bytes(stream.codec_context.extradata or b"")
    content = out.getvalue()
    if "lawful-own-ogg" in ways:
        return _ogg(extra, packets)
    if "lawful-bare-mp3" in ways:
        return b"".join(packets)
    if "lawful-tagged-mp3" in ways:
        frame = b"TIT2" + struct.pack(">I", 8) + b"\0\0" + b"\0speech\0"
        return b"ID3\x03\0\0\0\0\0" + bytes([len(frame)]) + frame + b"".join(packets)
    if "lawful-tail-tagged-mp3" in ways:
        return content + b"TAG" + b"speech".ljust(125, b"\0")
    if "lawful-streamed-flac" in ways:
        at = 8  # behind fLaC and the block's head; total samples are the last 36 bits before the checksum
        bits = bytearray(content)
        bits[at + 13] &= 0xF0
        bits[at + 14 : at + 18] = bytes(4)
        bits[at + 18 : at + 34] = bytes(16)
        return bytes(bits)
    return content


def _encoded(stream: av.AudioStream, raw: bytes, rate: int) -> list[av.Packet]:
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(raw) // 2)
    frame.planes[0].update(raw)
    frame.sample_rate, frame.pts = rate, 0
    fitting = av.AudioResampler(
        format=stream.codec_context.format,
        layout="mono",
        rate=rate,
        frame_size=stream.codec_context.frame_size or 0,
    )
    made: list[av.Packet] = []
    for one in [*fitting.resample(frame), *fitting.resample(None)]:
        made += stream.encode(one)
    return made + stream.encode(None)


def _page(kind: int, granule: int, number: int, packets: list[bytes]) -> bytes:
    lacing = b"".join(b"\xff" * (len(one) // 255) + bytes([len(one) % 255]) for one in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, kind, granule, 7, number, 0, len(lacing)) + lacing
    page = bytearray(head + b"".join(packets))
    sum_ = 0
    for value in page:
        sum_ = ((sum_ << 8) & 0xFFFFFFFF) ^ _CRC[(sum_ >> 24) ^ value]
    page[22:26] = struct.pack("<I", sum_)
    return bytes(page)


def _ogg(head: bytes, packets: list[bytes]) -> bytes:
    """Write Opus in Ogg: long comments, three packets per page, an empty last page."""
    tags = (
        b"OpusTags"
        + struct.pack("<I", 4)
        + b"ours"
        + struct.pack("<I", 1)
        + struct.pack("<I", 307)
        + b"A="
        + b"b" * 305
    )
    pages = [_page(2, 0, 0, [head]), _page(0, 0, 1, [tags])]
    at = 0
    for place in range(0, len(packets), 3):
        some = packets[place : place + 3]
        at += 960 * len(some)
        pages.append(_page(0, at, len(pages), some))
    pages.append(_page(4, at, len(pages), []))
    return b"".join(pages)
