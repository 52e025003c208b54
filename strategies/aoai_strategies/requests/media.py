"""Small media files, always the same bytes: about one second of audio, and a tiny image.

No byte depends on floating point or on the version of a compressor, so that a plan is the same on every
machine. Servers should reject the broken files.
"""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import wave
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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


def _wav() -> bytes:
    """One second of 8-bit mono PCM in a RIFF container."""
    target = io.BytesIO()
    with wave.open(target, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(bytes(sample + 128 for sample in _samples()))
    return target.getvalue()


def _flac() -> bytes:
    """The same audio as FLAC, in verbatim subframes."""
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


def _mp3() -> bytes:
    """Just over one second of silence: MPEG-2 layer III frames at 16 kHz, 8 kbit/s, mono."""
    frame_length = 72 * 8000 // 16000
    frame = bytes([0xFF, 0xF3, 0x18, 0xC4]).ljust(frame_length, b"\x00")
    return frame * 28  # of 576 samples each


def _ogg() -> bytes:
    """2.4 seconds of silence as Opus in an Ogg container: a duration that no server reports by default."""
    skipped, played = 312, 115_200  # samples at 48 kHz
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
    top, mask = 1 << (width - 1), (1 << width) - 1
    table: list[int] = []
    for byte in range(256):
        entry = byte << (width - 8)
        for _ in range(8):
            entry = (entry << 1 ^ polynomial if entry & top else entry << 1) & mask
        table.append(entry)
    value = 0
    for byte in data:
        value = (value << 8 & mask) ^ table[(value >> (width - 8)) ^ byte]
    return value


def _png() -> bytes:
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


WAV, PNG = _wav(), _png()
#: The image as a `data:` URL, so that no server has to fetch anything.
PNG_DATA_URL = "data:image/png;base64," + base64.b64encode(PNG).decode("ascii")
#: The valid audio files by format.
AUDIO_FILES: Mapping[str, MediaFile] = MappingProxyType(
    {
        "wav": MediaFile("speech.wav", "audio/wav", WAV),
        "flac": MediaFile("speech.flac", "audio/flac", _flac()),
        "mp3": MediaFile("speech.mp3", "audio/mpeg", _mp3()),
        "ogg": MediaFile("speech.ogg", "audio/ogg", _ogg()),
    }
)
#: Uploads without audio: an empty file, a header cut in two, and text under the name of an audio file.
BROKEN_AUDIO_FILES: Mapping[str, MediaFile] = MappingProxyType(
    {
        "empty": MediaFile("speech.wav", "audio/wav", b""),
        "truncated": MediaFile("speech.wav", "audio/wav", WAV[:20]),
        "wrong-type": MediaFile("speech.wav", "audio/wav", b"This is text, not sound.\n"),
    }
)
