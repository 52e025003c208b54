"""FLAC: duration from STREAMINFO, verified by the last frame, which must be complete and end there."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from aoai_emulator.media.containers.sound import Sound, UnreadableAudioError, broken, truncated

_MOST_BLOCKS = 1024
_MOST_CANDIDATES = 4096
_CHECKSUM_BUDGET = 2 * 1024 * 1024
_LONGEST_HEADER = 16
_ID3V1 = 128
_SYNCS = (b"\xff\xf8", b"\xff\xf9")


def _crc_table(polynomial: int, bits: int) -> tuple[int, ...]:
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    table = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
        table.append(value)
    return tuple(table)


_CRC8 = _crc_table(0x07, 8)
_CRC16 = _crc_table(0x8005, 16)


def crc8(data: bytes) -> int:
    """Return the checksum of a frame header."""
    value = 0
    for byte in data:
        value = _CRC8[value ^ byte]
    return value


def crc16(data: bytes) -> int:
    """Return the checksum of a frame."""
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFF) ^ _CRC16[value >> 8 ^ byte]
    return value


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """STREAMINFO: samples per block, sample rate in hertz, total samples (0: not stated)."""

    block_size: int
    rate: int
    samples: int

    @classmethod
    def parse(cls, content: bytes) -> StreamInfo:
        """Parse a block of 34 bytes; raises UnreadableAudioError without a sample rate."""
        largest_block = struct.unpack_from(">H", content, 2)[0]
        packed = int.from_bytes(content[10:18], "big")
        rate, samples = packed >> 44, packed & 0xFFFFFFFFF
        if not rate or largest_block < 16:
            raise broken("STREAMINFO lacks a sample rate or a block size.")
        return cls(largest_block, rate, samples)


def read_flac(data: bytes) -> Sound:
    """Return format and duration of a native FLAC file.

    Raises UnreadableAudioError if a metadata block is damaged, the file does not end with a complete frame,
    or the frames do not end where STREAMINFO says.
    """
    info, audio = _metadata(data)
    end = len(data)
    if data[max(audio, end - _ID3V1) :].startswith(b"TAG") and end - audio > _ID3V1:
        end -= _ID3V1
    if audio >= end:
        raise UnreadableAudioError("empty", "There is no frame after the metadata.")
    if not any(sync.startswith(data[audio : audio + 2]) for sync in _SYNCS):
        raise broken("No frame follows the metadata.")
    last = _last_sample(data, audio, end, info.block_size)
    if info.samples and last < info.samples:
        raise truncated(f"the frames ({last} of {info.samples} samples)")
    if info.samples and last > info.samples:
        raise broken(f"The frames contain {last} samples, but STREAMINFO says {info.samples}.")
    return Sound("flac", "flac", last / info.rate)


def _metadata(data: bytes) -> tuple[StreamInfo, int]:
    info: StreamInfo | None = None
    at = 4
    for _ in range(_MOST_BLOCKS):
        if len(data) < at + 4:
            raise truncated("the metadata")
        kind, size = data[at] & 0x7F, int.from_bytes(data[at + 1 : at + 4], "big")
        last = bool(data[at] & 0x80)
        at += 4
        if len(data) < at + size:
            raise truncated("the metadata")
        if kind == 0 and size == 34:
            info = StreamInfo.parse(data[at : at + size])
        elif info is None:
            raise broken("The first metadata block is not STREAMINFO.")
        at += size
        if last and info is not None:
            return info, at
    raise broken(f"There are more than {_MOST_BLOCKS} metadata blocks.")


def _last_sample(data: bytes, audio: int, end: int, block_size: int) -> int:
    sync = data[audio : audio + 2]
    stated = data[end - 2 : end]
    budget, position = _CHECKSUM_BUDGET, end
    for _ in range(_MOST_CANDIDATES):
        position = data.rfind(sync, audio, position + 1)
        if position < 0 or budget < end - position:
            break
        reach = _frame_reach(data[position : position + _LONGEST_HEADER], block_size)
        if reach is not None:
            budget -= end - position
            if crc16(data[position : end - 2]).to_bytes(2, "big") == stated:
                return reach
        position -= 1
        if position < audio:
            break
    raise truncated("the last frame")


def _frame_reach(header: bytes, block_size: int) -> int | None:
    """Return the number of the sample after the frame, or None if `header` is not a frame's."""
    if len(header) < 6 or header[3] & 1:
        return None
    size_code, rate_code = header[2] >> 4, header[2] & 0xF
    first = header[4]
    ones = 8 - (first ^ 0xFF).bit_length()
    length = max(ones, 1)
    if ones == 1 or ones == 8 or len(header) < 4 + length + 5:
        return None
    number = first & (0x7F >> ones)
    for byte in header[5 : 4 + length]:
        if byte >> 6 != 0b10:
            return None
        number = number << 6 | byte & 0x3F
    at = 4 + length
    samples = 0
    match size_code:
        case 0:
            return None
        case 1:
            samples = 192
        case 2 | 3 | 4 | 5:
            samples = 144 << size_code
        case 6:
            samples = header[at] + 1
            at += 1
        case 7:
            samples = int.from_bytes(header[at : at + 2], "big") + 1
            at += 2
        case _:
            samples = 1 << size_code
    at += {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if len(header) <= at or rate_code == 15 or crc8(header[:at]) != header[at]:
        return None
    variable = bool(header[1] & 1)
    return (number if variable else number * block_size) + samples
