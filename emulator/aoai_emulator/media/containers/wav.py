"""WAV (RIFF/WAVE): duration from the format chunk and the actual bytes of the data chunk."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from aoai_emulator.media.containers.sound import Sound, UnreadableAudioError, broken, truncated

_MOST_CHUNKS = 4096
_SIZE_UNKNOWN = 0xFFFFFFFF
_EXTENSIBLE = 0xFFFE
_CODECS = {1: "pcm", 3: "float", 6: "alaw", 7: "mulaw"}
_WIDTHS = {"pcm": {8, 16, 24, 32}, "float": {32, 64}, "alaw": {8}, "mulaw": {8}}


def read_wav(data: bytes) -> Sound:
    """Return format and duration of a WAV file of integer, float, A-law or mu-law samples at any rate.

    Raises UnreadableAudioError if the data chunk is longer than the file, if the format chunk is missing,
    inconsistent or names another codec, or if there is no sample. A data chunk that a live encoder left at
    size 0xFFFFFFFF extends to the end of the file.
    """
    codec, rate, bytes_per_frame = "", 0, 0
    for name, start, size in _chunks(data):
        if name == b"fmt ":
            codec, rate, bytes_per_frame = _format(data, start, size)
        elif name == b"data":
            if not codec:
                raise broken("The data chunk comes before any format chunk.")
            return Sound("wav", codec, _frames(data, start, size, bytes_per_frame) / rate)
    if not codec:
        raise truncated("the chunks before any format")
    raise truncated("the chunks before any data")


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    for _ in range(_MOST_CHUNKS):
        if len(data) < at + 8:
            return
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, size
        at += 8 + size + size % 2
    raise broken(f"There are more than {_MOST_CHUNKS} chunks.")


def _format(data: bytes, start: int, size: int) -> tuple[str, int, int]:
    if size < 16:
        raise broken(f"The format chunk has {size} bytes instead of at least 16.")
    if len(data) < start + size:
        raise truncated("the format chunk")
    tag, channels, rate, _, bytes_per_frame, bits = struct.unpack_from("<HHIIHH", data, start)
    if tag == _EXTENSIBLE and size >= 40:
        tag = struct.unpack_from("<H", data, start + 24)[0]
    codec = _CODECS.get(tag)
    if codec is None:
        raise UnreadableAudioError("unsupported", f"WAV codec {tag:#06x} is not supported.")
    if not channels or not rate:
        raise broken("The format chunk lacks channels or a sample rate.")
    if bits not in _WIDTHS[codec] or bytes_per_frame != channels * bits // 8:
        raise broken(f"{channels} channels of {bits} bits do not match a frame of {bytes_per_frame} bytes.")
    return codec, rate, bytes_per_frame


def _frames(data: bytes, start: int, size: int, bytes_per_frame: int) -> int:
    there = len(data) - start
    if size == _SIZE_UNKNOWN:
        size = there
    if size > there:
        raise truncated(f"the data chunk ({there} of {size} bytes)")
    if size < bytes_per_frame:
        raise UnreadableAudioError("empty", "The data chunk contains no samples.")
    return size // bytes_per_frame
