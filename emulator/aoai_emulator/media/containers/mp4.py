"""MP4 and M4A: duration from the headers of the first audio track and of the movie."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from aoai_emulator.media.containers.sound import Sound, UnreadableAudioError, broken, truncated

_MOST_BOXES = 65536
_CODECS = {b"mp4a": "aac", b"alac": "alac", b"Opus": "opus", b"fLaC": "flac", b".mp3": "mp3", b"ac-3": "ac3"}

Box = tuple[bytes, int, int]


def starts_mp4(data: bytes) -> bool:
    """Return whether `data` starts with a box that MP4 and QuickTime files start with."""
    return data[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")


def read_mp4(data: bytes) -> Sound:
    """Return format and duration of an MP4, M4A or QuickTime file.

    The media of a track may start with samples that are not played, which the movie's header does not count,
    so the shorter of the two durations is used. Raises UnreadableAudioError if a box is longer than the file,
    if there is no audio track or no media data, or if the media are fragmented.
    """
    top = list(_boxes(data, 0, len(data)))
    movie = next((box for box in top if box[0] == b"moov"), None)
    if movie is None:
        raise truncated("the boxes, before any description of tracks")
    if not any(name == b"mdat" for name, _, _ in top):
        raise truncated("the boxes, before any media data")
    for track in _named(data, movie, b"trak"):
        media = next(_named(data, track, b"mdia"), None)
        if media is None or not _is_sound(data, media):
            continue
        header = next(_named(data, media, b"mdhd"), None)
        if header is None:
            raise broken("The audio track has no media header.")
        seconds = _duration(data, header)
        if not seconds:
            if next(_named(data, movie, b"mvex"), None) is not None:
                raise UnreadableAudioError("unsupported", "Fragmented files are not supported.")
            raise UnreadableAudioError("empty", "The audio track has no duration.")
        whole = next(_named(data, movie, b"mvhd"), None)
        if whole is not None:
            seconds = min(seconds, _duration(data, whole) or seconds)
        return Sound("mp4", _codec(data, media), seconds)
    raise UnreadableAudioError("unsupported", "There is no audio track.")


def _boxes(data: bytes, at: int, end: int) -> Iterator[Box]:
    for _ in range(_MOST_BOXES):
        if at >= end:
            return
        if end < at + 8:
            raise truncated("a box's header")
        size, name = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1:
            if end < at + 16:
                raise truncated("a box's header")
            size = struct.unpack_from(">Q", data, at + 8)[0]
            body = at + 16
        elif size == 0:
            size = end - at
        if at + size > end:
            raise truncated("a box")
        if size < body - at:
            raise broken(f"The box at byte {at} is smaller than its header.")
        yield name, body, at + size
        at += size
    raise broken(f"There are more than {_MOST_BOXES} boxes.")


def _named(data: bytes, box: Box, name: bytes) -> Iterator[Box]:
    return (inner for inner in _boxes(data, box[1], box[2]) if inner[0] == name)


def _is_sound(data: bytes, media: Box) -> bool:
    handler = next(_named(data, media, b"hdlr"), None)
    return handler is not None and data[handler[1] + 8 : handler[1] + 12] == b"soun"


def _duration(data: bytes, header: Box) -> float:
    """Return the seconds that an mdhd or mvhd box states; 0 if unknown."""
    _, at, end = header
    long_form = data[at : at + 1] == b"\x01"
    timescale_at, width = at + (20 if long_form else 12), 8 if long_form else 4
    if end < timescale_at + 4 + width:
        raise broken("A media header is too short.")
    timescale = int.from_bytes(data[timescale_at : timescale_at + 4], "big")
    duration = int.from_bytes(data[timescale_at + 4 : timescale_at + 4 + width], "big")
    if not timescale:
        raise broken("A media header has no time scale.")
    return 0.0 if duration == (1 << 8 * width) - 1 else duration / timescale


def _codec(data: bytes, media: Box) -> str:
    box: Box | None = media
    for name in (b"minf", b"stbl", b"stsd"):
        box = next(_named(data, box, name), None) if box is not None else None
    if box is None:
        raise broken("The audio track describes no samples.")
    return _CODECS.get(data[box[1] + 12 : box[1] + 16], "unknown")
