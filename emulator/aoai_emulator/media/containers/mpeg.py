"""MPEG audio (MP3 and older layers): duration by walking the frames to the end of the file."""

from __future__ import annotations

from dataclasses import dataclass

from aoai_emulator.media.containers.sound import Sound, UnreadableAudioError, broken, truncated

_MOST_GAPS = 64
_MOST_TAGS = 8
_LONGEST_GAP = 64 * 1024
_TRAILING_TAGS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"3DI")

_KILOBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)
_RATE_DIVISORS = {0: 4, 2: 2, 3: 1}


@dataclass(frozen=True, slots=True)
class FrameKind:
    """The header of a frame: its size in bytes, samples, rate in hertz, layer."""

    size: int
    samples: int
    rate: int
    layer: int
    version: int


def _kinds() -> dict[int, FrameKind]:
    """Return every valid header, keyed by its bits without the sync, protection and private bits."""
    found = {}
    for version_code, divisor in _RATE_DIVISORS.items():
        version = 1 if version_code == 3 else 2
        for layer in (1, 2, 3):
            for bitrate_code, kilobits in enumerate(_KILOBITS[version, layer], start=1):
                for rate_code, full_rate in enumerate(_RATES):
                    for padding in (0, 1):
                        rate = full_rate // divisor
                        samples = 384 if layer == 1 else 576 if (layer, version) == (3, 2) else 1152
                        if layer == 1:
                            size = (12000 * kilobits // rate + padding) * 4
                        else:
                            size = samples // 8 * 1000 * kilobits // rate + padding
                        key = (
                            version_code << 9
                            | (4 - layer) << 7
                            | bitrate_code << 3
                            | rate_code << 1
                            | padding
                        )
                        found[key] = FrameKind(size, samples, rate, layer, version)
    return found


_KINDS = _kinds()


def frame_at(data: bytes, at: int) -> FrameKind | None:
    """Return the kind of the frame at `at`, or None if there is no frame header."""
    header = data[at : at + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] < 0xE0:
        return None
    return _KINDS.get((header[1] >> 1 & 0xF) << 7 | header[2] >> 1)


def starts_mpeg(data: bytes) -> bool:
    """Return whether `data` starts with an ID3v2 tag, or with a frame followed by another one or the end."""
    if data.startswith(b"ID3"):
        return True
    kind = frame_at(data, 0)
    return kind is not None and (len(data) <= kind.size or frame_at(data, kind.size) is not None)


def read_mpeg(data: bytes) -> Sound:
    """Return format and duration of an MPEG audio file, with or without tags.

    A frame with only Xing, Info or VBRI figures does not count as audio; the silence that LAME says it added
    is subtracted. Raises UnreadableAudioError if the last frame is cut off, if there are fewer frames than
    the Xing figures say, or if there is too much between the frames.
    """
    at = _first_frame(data)
    first = frame_at(data, at)
    if first is None:
        raise UnreadableAudioError("unsupported", "There is no MPEG audio frame.")
    figures = _Figures.of(data[at : at + first.size], first)
    if figures.present:
        at += first.size
    frames, samples = _walk(data, at, first)
    if figures.frames > frames:
        raise truncated(f"the frames ({frames} of {figures.frames})")
    if not frames:
        raise UnreadableAudioError("empty", "There is no frame with audio.")
    samples = max(samples - figures.added_silence, 1)
    return Sound("mp3" if first.layer == 3 else "mpga", f"mpeg layer {first.layer}", samples / first.rate)


def after_id3(data: bytes) -> int:
    """Return where the ID3v2 tags at the start end; raises UnreadableAudioError for damaged ones."""
    at = 0
    for _ in range(_MOST_TAGS):
        if data[at : at + 3] != b"ID3" or len(data) < at + 10:
            break
        size = 0
        for byte in data[at + 6 : at + 10]:
            if byte & 0x80:
                raise broken("The ID3 tag has an invalid size.")
            size = size << 7 | byte
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
        if len(data) < at:
            raise truncated("the ID3 tag")
    return at


def _first_frame(data: bytes) -> int:
    at = after_id3(data)
    if at == len(data):
        raise truncated("the tags, before any frame")
    found = at if frame_at(data, at) else _next_frame(data, at, None)
    return at if found is None else found


def _next_frame(data: bytes, at: int, like: FrameKind | None) -> int | None:
    """Return where, within 64 KiB, a frame starts that another one or the end of the file follows."""
    limit = min(len(data), at + _LONGEST_GAP)
    while (at := data.find(b"\xff", at, limit)) >= 0:
        kind = frame_at(data, at)
        if kind is not None and _alike(kind, like):
            after = at + kind.size
            follower = frame_at(data, after)
            if after == len(data) or (follower is not None and _alike(follower, kind)):
                return at
        at += 1
    return None


def _alike(kind: FrameKind, like: FrameKind | None) -> bool:
    return like is None or (kind.rate, kind.layer, kind.version) == (like.rate, like.layer, like.version)


def _walk(data: bytes, at: int, first: FrameKind) -> tuple[int, int]:
    frames, end = 0, len(data)
    for _ in range(_MOST_GAPS):
        while (kind := frame_at(data, at)) is not None and _alike(kind, first):
            at += kind.size
            if at > end:
                raise truncated("the last frame")
            frames += 1
        if at == end or data.startswith(_TRAILING_TAGS, at) or not data[at : at + _LONGEST_GAP].strip(b"\0"):
            return frames, frames * first.samples
        resumed = _next_frame(data, at, first)
        if resumed is None:
            if end - at < first.size and data[at] == 0xFF:
                raise truncated("the last frame")
            raise broken(f"There is no valid frame at byte {at}.")
        at = resumed
    raise broken(f"The frames are interrupted more than {_MOST_GAPS} times.")


@dataclass(frozen=True, slots=True)
class _Figures:
    """What an encoder wrote about the whole file into its first frame; zeros if nothing."""

    present: bool = False
    frames: int = 0
    added_silence: int = 0

    @classmethod
    def of(cls, frame: bytes, kind: FrameKind) -> _Figures:
        if kind.layer != 3:
            return cls()
        if frame[36:40] == b"VBRI":
            return cls(present=True, frames=int.from_bytes(frame[50:54], "big"))
        mono = len(frame) > 3 and frame[3] >> 6 == 3
        side_information = (17 if mono else 32) if kind.version == 1 else (9 if mono else 17)
        start = 4 + side_information
        if frame[start : start + 4] not in (b"Xing", b"Info"):
            return cls()
        flags = int.from_bytes(frame[start + 4 : start + 8], "big")
        frames = int.from_bytes(frame[start + 8 : start + 12], "big") if flags & 1 else 0
        lame = (
            start + 8 + 4 * (flags & 1) + 4 * (flags >> 1 & 1) + 100 * (flags >> 2 & 1) + 4 * (flags >> 3 & 1)
        )
        silence = 0
        if frame[lame : lame + 4] in (b"LAME", b"Lavf", b"Lavc"):
            packed = int.from_bytes(frame[lame + 21 : lame + 24], "big")
            silence = (packed >> 12) + (packed & 0xFFF)
        return cls(present=True, frames=frames, added_silence=silence)
