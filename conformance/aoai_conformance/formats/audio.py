"""Audio files: container, decoded duration, and loudness."""

from __future__ import annotations

import io
import math
import struct
from array import array
from dataclasses import dataclass

from aoai_specs.errors import MissingExtraError

#: Maximum number of seconds to decode.
_LONGEST = 600.0
#: Raw PCM of speech services: 24,000 16-bit samples per second.
_PCM_RATE, _PCM_BYTES = 24_000, 2
#: libav's sample formats: the type of an item, the value of silence, and full scale.
_SAMPLES = {
    "u8": ("B", 128.0, 128.0),
    "s16": ("h", 0.0, 32768.0),
    "s32": ("i", 0.0, 2147483648.0),
    "flt": ("f", 0.0, 1.0),
    "dbl": ("d", 0.0, 1.0),
}
#: Containers that raw samples can look like: a first sample just below 0 equals their frame marker.
_LIKE_SAMPLES = (None, "mp3", "aac")
#: The threshold of audibility: 60 dB below full scale.
_SILENCE = 0.001


class AudioError(Exception):
    """The bytes are not a complete audio file; the text is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A decoded audio file: container, duration in seconds, and the loudest sample (1 is full scale)."""

    container: str
    seconds: float
    loudest: float

    @property
    def is_silent(self) -> bool:
        """Whether it has a duration but is inaudible."""
        return self.seconds > 0 and self.loudest < _SILENCE


def detect_container(content: bytes) -> str | None:
    """Return the container by its first bytes: wav, flac, opus, ogg, mp3, aac, mp4, webm; else None."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    if content[:4] == b"fLaC":
        return "flac"
    if content[:4] == b"OggS":
        return "opus" if b"OpusHead" in content[:128] else "ogg"
    if content[:4] == b"\x1aE\xdf\xa3":
        return "webm"
    if content[4:8] == b"ftyp":
        return "mp4"
    if content[:3] == b"ID3":
        return "mp3"
    if len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0:
        return "aac" if content[1] & 0x06 == 0 else "mp3"
    return None


def decoded(content: bytes, requested: str) -> Sound:
    """Decode audio to its end; `requested` is the requested format, since raw PCM cannot be recognized.

    Raises AudioError, and MissingExtraError if the file must be decoded but the extra `audio` is missing.
    """
    container = detect_container(content)
    if requested.startswith("pcm") and container in _LIKE_SAMPLES:
        return _raw(content)
    if container is None:
        raise AudioError("The response is not an audio file.")
    _require_end(content, container)
    return _decoded(content, container)


def _raw(content: bytes) -> Sound:
    if len(content) % _PCM_BYTES:
        raise AudioError("The number of bytes is odd, but every sample has two bytes.")
    samples = struct.iter_unpack("<h", content[: int(_LONGEST) * _PCM_RATE * _PCM_BYTES])
    loudest = max((abs(sample) for (sample,) in samples), default=0)
    return Sound("pcm", len(content) / _PCM_BYTES / _PCM_RATE, loudest / 32768)


def _require_end(content: bytes, container: str) -> None:
    """Raise AudioError if the header of a file states more bytes than there are."""
    if container == "wav":
        promised = _wav_data(content)
        if promised is not None and promised[0] + promised[1] > len(content):
            raise AudioError(f"The file declares {promised[1]} bytes of samples, but ends before them.")
    elif container in ("opus", "ogg"):
        _require_whole_pages(content)


def _wav_data(content: bytes) -> tuple[int, int] | None:
    """Return the start and the declared size of the samples; None if a stream left the size open."""
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], struct.unpack("<I", content[at + 4 : at + 8])[0]
        if name == b"data":
            return None if size in (0, 0xFFFFFFFF, 0xFFFFFFFE) or size > 0x7FFFFFFF else (at + 8, size)
        at += 8 + size + size % 2
    raise AudioError("The file has no samples.")


def _require_whole_pages(content: bytes) -> None:
    at = 0
    while at < len(content):
        head = content[at : at + 27]
        if len(head) < 27 or head[:4] != b"OggS":
            raise AudioError("The file ends inside a page.")
        sizes = content[at + 27 : at + 27 + head[26]]
        at += 27 + head[26] + sum(sizes)
        if len(sizes) < head[26] or at > len(content):
            raise AudioError("The file ends inside a page.")


def _decoded(content: bytes, container: str) -> Sound:
    try:
        import av  # imported late, since only speech needs it
        from av.error import FFmpegError
    except ImportError:
        raise MissingExtraError("audio", "Decoding audio") from None

    seconds, loudest = 0.0, 0.0
    declared: float | None = None
    try:
        with av.open(io.BytesIO(content), "r", metadata_errors="replace") as opened:
            if not opened.streams.audio:
                raise AudioError("The file contains no audio.")
            stream = opened.streams.audio[0]
            if container in ("mp3", "flac", "wav") and stream.duration and stream.time_base:
                declared = float(stream.duration * stream.time_base)
            for frame in opened.decode(stream):
                seconds += frame.samples / frame.sample_rate
                loudest = max(loudest, _loudest(frame))
                if seconds >= _LONGEST:
                    return Sound(container, seconds, loudest)
    except (FFmpegError, ValueError) as error:
        raise AudioError(f"The file cannot be decoded to its end: {error.__class__.__name__}.") from None
    if container == "flac" and declared is not None and seconds < declared - 0.05:
        raise AudioError(f"The file declares {declared:.2f} s, but has {seconds:.2f} s.")
    return Sound(container, seconds, loudest)


def _loudest(frame: object) -> float:
    """Return the loudest sample of a frame in any libav format: u8, s16, s32, flt, dbl, planar or not."""
    planes = getattr(frame, "planes", ())
    name = str(getattr(getattr(frame, "format", None), "name", "")).removesuffix("p")
    code, middle, full = _SAMPLES.get(name, _SAMPLES["flt"])
    loudest = 0.0
    for plane in planes:
        raw = bytes(plane)
        samples = array(code)
        samples.frombytes(raw[: len(raw) // samples.itemsize * samples.itemsize])
        for sample in samples[::16]:
            value = abs(sample - middle) / full
            if math.isfinite(value) and value > loudest:
                loudest = value
    return loudest
