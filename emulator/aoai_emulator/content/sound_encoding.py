"""Audio files: each format of audio/speech, written by a real encoder.

FFmpeg writes the compressed formats through PyAV, which is imported on first use. Without it, only WAV and
bare samples can be written. The same samples give the same file.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from aoai_emulator.content.voice_sound import BYTES_A_SAMPLE, RATE
from aoai_specs.errors import MissingExtraError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

#: The number of cached files, of about 2 MB each with their samples: writing one takes up to 0.2 seconds.
_MOST_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Encoding:
    """How FFmpeg writes a format: container, codec and bit rate (0: as required)."""

    container: str
    codec: str
    bit_rate: int = 0


#: The media type of each format.
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "mp3": "audio/mpeg",
        "opus": "audio/opus",
        "aac": "audio/aac",
        "flac": "audio/flac",
        "wav": "audio/wav",
        "pcm": "audio/pcm",
    }
)

_ENCODINGS = {
    "mp3": Encoding("mp3", "libmp3lame", 64_000),
    "opus": Encoding("ogg", "libopus", 32_000),
    "aac": Encoding("adts", "aac", 48_000),
    "flac": Encoding("flac", "flac"),
}


def is_writable(sound_format: str) -> bool:
    """Whether a format of MEDIA_TYPES can be written; without the extra `audio`, only `wav` and `pcm`."""
    return sound_format not in _ENCODINGS or find_spec("av") is not None


def missing_encoder() -> MissingExtraError:
    """The error for a format that cannot be written without the extra `audio`."""
    return MissingExtraError("audio", "Writing MP3, Opus, AAC and FLAC")


def encode(samples: bytes, sound_format: str, rate: int = RATE) -> bytes:
    """Return a file in a format of MEDIA_TYPES with these samples: 16 bits, mono, `rate` per second.

    `pcm` is the samples themselves. Raises KeyError for an unknown format, and MissingExtraError for one that
    is not writable.
    """
    if sound_format == "pcm":
        return samples
    if sound_format == "wav":
        return _wav(samples, rate)
    return _compressed(samples, _ENCODINGS[sound_format], rate)


def _wav(samples: bytes, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(BYTES_A_SAMPLE)
        writer.setframerate(rate)
        writer.writeframes(samples)
    return file.getvalue()


@lru_cache(maxsize=_MOST_REMEMBERED)
def _compressed(samples: bytes, encoding: Encoding, rate: int) -> bytes:
    try:
        import av
    except ImportError:
        raise missing_encoder() from None
    file = io.BytesIO()
    with av.open(file, "w", format=encoding.container, container_options={"fflags": "+bitexact"}) as writer:
        stream = cast("AudioStream", writer.add_stream(encoding.codec, rate=rate, layout="mono"))
        if encoding.bit_rate:
            stream.bit_rate = encoding.bit_rate
        if samples:
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // BYTES_A_SAMPLE)
            frame.planes[0].update(samples)
            frame.sample_rate = rate
            frame.pts = 0
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))
    return file.getvalue()
