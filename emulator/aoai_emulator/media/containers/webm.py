"""WebM and Matroska: duration as stated, or from the blocks if a live recorder stated none."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from aoai_emulator.media.containers.sound import Sound, UnreadableAudioError, broken, truncated

_MOST_ELEMENTS = 500_000

_SOUND = 2


class _Id(IntEnum):
    HEADER = 0x1A45DFA3
    SEGMENT = 0x18538067
    INFO = 0x1549A966
    TIME_SCALE = 0x2AD7B1
    DURATION = 0x4489
    TRACKS = 0x1654AE6B
    TRACK = 0xAE
    TRACK_KIND = 0x83
    CODEC = 0x86
    CLUSTER = 0x1F43B675
    CLUSTER_TIME = 0xE7
    SIMPLE_BLOCK = 0xA3
    GROUP = 0xA0
    BLOCK = 0xA1
    BLOCK_DURATION = 0x9B


_FOLDERS = frozenset({_Id.HEADER, _Id.SEGMENT, _Id.INFO, _Id.TRACKS, _Id.TRACK, _Id.CLUSTER, _Id.GROUP})


@dataclass(slots=True)
class _Found:
    """What was read from the elements; times are in ticks of `scale` nanoseconds."""

    scale: int = 1_000_000
    duration: float = 0.0
    codec: str = ""
    kinds: set[int] = field(default_factory=set)
    cluster: int = 0
    block: int | None = None
    gap: int = 0
    block_end: int = 0


def starts_webm(data: bytes) -> bool:
    """Return whether `data` starts like an EBML file."""
    return data.startswith(b"\x1a\x45\xdf\xa3")


def read_webm(data: bytes) -> Sound:
    """Return format and duration of a WebM or Matroska file.

    Raises UnreadableAudioError if an element is longer than the file, if there is no audio track, or if no
    duration is found.
    """
    found = _Found()
    for element, start, end in _elements(data, found):
        _note(found, element, data[start : min(end, start + 64)])
    if _SOUND not in found.kinds:
        if not found.kinds:
            raise truncated("the segment, before any track")
        raise UnreadableAudioError("unsupported", "There is no audio track.")
    ticks = found.duration or float(max(found.block_end, (found.block or 0) + found.gap))
    if not 0 < ticks < 1e15:
        raise UnreadableAudioError("empty", "The audio track contains no audio.")
    return Sound("webm", found.codec or "unknown", ticks * found.scale / 1e9)


def _note(found: _Found, element: int, content: bytes) -> None:
    match element:
        case _Id.TIME_SCALE:
            found.scale = int.from_bytes(content[:8], "big")
        case _Id.DURATION if len(content) in (4, 8):
            found.duration = struct.unpack(">f" if len(content) == 4 else ">d", content)[0]
        case _Id.CODEC:
            found.codec = found.codec or content.decode("ascii", "replace").removeprefix("A_").lower()
        case _Id.TRACK_KIND:
            found.kinds.add(int.from_bytes(content[:8], "big"))
        case _Id.CLUSTER_TIME:
            found.cluster = int.from_bytes(content[:8], "big")
        case _Id.BLOCK | _Id.SIMPLE_BLOCK if len(content) >= 4:
            track_bytes = 9 - content[0].bit_length()
            offset = int.from_bytes(content[track_bytes : track_bytes + 2], "big", signed=True)
            time = found.cluster + offset
            if found.block is not None and time > found.block:
                found.gap = time - found.block
            found.block = max(time, found.block or 0)
        case _Id.BLOCK_DURATION:
            found.block_end = (found.block or 0) + int.from_bytes(content[:8], "big")


def _elements(data: bytes, found: _Found) -> Iterator[tuple[int, int, int]]:
    """Yield id, start and end of each element, containers opened, in the order of the file.

    Clusters are skipped once a duration was found.
    """
    at, end = 0, len(data)
    for _ in range(_MOST_ELEMENTS):
        if at >= end:
            return
        id_bytes = 9 - data[at].bit_length()
        if id_bytes > 4 or at + id_bytes >= end:
            raise (
                broken(f"There is no valid element at byte {at}.")
                if id_bytes > 4
                else truncated("an element")
            )
        element = int.from_bytes(data[at : at + id_bytes], "big")
        at += id_bytes
        size_bytes = 9 - data[at].bit_length()
        if size_bytes > 8:
            raise broken(f"The element before byte {at} has an invalid size.")
        if at + size_bytes > end:
            raise truncated("an element")
        size = int.from_bytes(data[at : at + size_bytes], "big") & (1 << 7 * size_bytes) - 1
        unknown = size == (1 << 7 * size_bytes) - 1
        at += size_bytes
        if not unknown and at + size > end:
            raise truncated("an element")
        if element in _FOLDERS and not (element == _Id.CLUSTER and found.duration and not unknown):
            continue
        if unknown:
            raise broken(f"The element before byte {at} has no size.")
        yield element, at, at + size
        at += size
    raise broken(f"There are more than {_MOST_ELEMENTS} elements.")
