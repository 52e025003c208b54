"""Small media files made on the fly, always the same bytes: about one second of audio, and a tiny picture.

Nothing here depends on floating point or on a compressor's version, so that a plan is the same byte for byte
on every machine. The broken files are meant to be refused.
"""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import wave
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

SAMPLE_RATE = 8000
_FLAC_BLOCK = 4000


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file as it is uploaded."""

    filename: str
    content_type: str
    content: bytes


def _samples() -> list[int]:
    """One second of a quiet triangle wave at 400 Hz, as signed 8-bit numbers."""
    return [abs(index % 20 - 10) * 4 - 20 for index in range(SAMPLE_RATE)]


@cache
def wav() -> bytes:
    """One second of 8-bit mono PCM in a RIFF container."""
    target = io.BytesIO()
    with wave.open(target, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(bytes(sample + 128 for sample in _samples()))
    return target.getvalue()


@cache
def flac() -> bytes:
    """The same second as FLAC, in verbatim subframes."""
    samples = _samples()
    pcm = bytes(sample & 0xFF for sample in samples)
    information = (
        struct.pack(">HH", _FLAC_BLOCK, _FLAC_BLOCK)
        + bytes(6)  # smallest and largest frame: unknown
        + (SAMPLE_RATE << 44 | 0 << 41 | (8 - 1) << 36 | len(samples)).to_bytes(8, "big")
        + hashlib.md5(pcm, usedforsecurity=False).digest()
    )
    header = b"fLaC" + bytes([0x80]) + len(information).to_bytes(3, "big") + information
    frames = (
        _flac_frame(number, pcm[start : start + _FLAC_BLOCK])
        for number, start in enumerate(range(0, len(pcm), _FLAC_BLOCK))
    )
    return header + b"".join(frames)


def _flac_frame(number: int, pcm: bytes) -> bytes:
    # sync and fixed block size; 16-bit block size follows, 8 kHz; mono, 8 bits a sample
    head = bytes([0xFF, 0xF8, 0x74, 0x02, number]) + struct.pack(">H", len(pcm) - 1)
    body = head + bytes([_crc(head, 8, 0x07)]) + b"\x02" + pcm  # 0x02: a verbatim subframe, no wasted bits
    return body + _crc(body, 16, 0x8005).to_bytes(2, "big")


@cache
def mp3() -> bytes:
    """Just over one second of silence: MPEG-2 layer III frames at 16 kHz, 8 kbit/s, mono."""
    frame_length = 72 * 8000 // 16000
    frame = bytes([0xFF, 0xF3, 0x18, 0xC4]).ljust(frame_length, b"\x00")
    return frame * 28  # of 576 samples each


@cache
def ogg() -> bytes:
    """Silence as Opus in an Ogg container, for a time that no server would make up."""
    skipped, played = 312, 115_200  # samples at 48 kHz: 2.4 seconds
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, skipped, 48000, 0, 0)
    vendor = b"aoai-conformance"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    silence = b"\xf8\xff\xfe"  # 20 ms of silence, full band, mono
    pages = [
        _ogg_page(0, 0, [head], first=True),
        _ogg_page(1, 0, [tags]),
        _ogg_page(2, skipped + played, [silence] * 121, last=True),
    ]
    return b"".join(pages)


def _ogg_page(
    number: int, granule: int, packets: list[bytes], *, first: bool = False, last: bool = False
) -> bytes:
    flags = (0x02 if first else 0) | (0x04 if last else 0)
    sizes = bytes(len(packet) for packet in packets)  # every packet here is shorter than 255 bytes
    start = b"OggS" + struct.pack("<BBqII", 0, flags, granule, 0x0A0A1, number)
    rest = bytes([len(sizes)]) + sizes + b"".join(packets)
    checksum = _crc(start + bytes(4) + rest, 32, 0x04C11DB7)
    return start + struct.pack("<I", checksum) + rest


def _crc(data: bytes, width: int, polynomial: int) -> int:
    """A plain cyclic redundancy check, most significant bit first, starting at zero."""
    table = _crc_table(width, polynomial)
    mask = (1 << width) - 1
    value = 0
    for byte in data:
        value = (value << 8 & mask) ^ table[(value >> (width - 8)) ^ byte]
    return value


@cache
def _crc_table(width: int, polynomial: int) -> tuple[int, ...]:
    def entries() -> Iterator[int]:
        top, mask = 1 << (width - 1), (1 << width) - 1
        for byte in range(256):
            value = byte << (width - 8)
            for _ in range(8):
                value = (value << 1 ^ polynomial if value & top else value << 1) & mask
            yield value

    return tuple(entries())


@cache
def png() -> bytes:
    """A red square of 8 by 8 pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

    rows = (b"\x00" + b"\xff\x00\x00" * 8) * 8
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF) + rows
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", stored + struct.pack(">I", zlib.adler32(rows)))
        + chunk(b"IEND", b"")
    )


@cache
def png_data_url() -> str:
    """The picture as a `data:` URL, so that no server has to fetch anything."""
    return "data:image/png;base64," + base64.b64encode(png()).decode("ascii")


@cache
def audio_files() -> dict[str, MediaFile]:
    """The valid audio files by format."""
    return {
        "wav": MediaFile("speech.wav", "audio/wav", wav()),
        "flac": MediaFile("speech.flac", "audio/flac", flac()),
        "mp3": MediaFile("speech.mp3", "audio/mpeg", mp3()),
        "ogg": MediaFile("speech.ogg", "audio/ogg", ogg()),
    }


@cache
def filled_up_to(content: bytes, size: int) -> bytes:
    """A file's beginning with zeros after it, up to a size in bytes; kept, since it may be large."""
    return content.ljust(size, b"\x00")


@cache
def broken_audio_files() -> dict[str, MediaFile]:
    """Uploads that hold no audio: nothing at all, a header cut in two, and text under an audio name."""
    return {
        "empty": MediaFile("speech.wav", "audio/wav", b""),
        "truncated": MediaFile("speech.wav", "audio/wav", wav()[:20]),
        "wrong-type": MediaFile("speech.wav", "audio/wav", b"This is text, not sound.\n"),
    }
