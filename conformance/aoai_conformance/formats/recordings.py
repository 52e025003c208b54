"""The duration of audio files."""

from __future__ import annotations

import io
import wave

from aoai_specs.errors import MissingExtraError


def read_duration(content: bytes) -> float | None:
    """Return the duration of a WAV, FLAC, MP3, OGG or MP4 file in seconds; None if it is unknown.

    Raises MissingExtraError if the file is not a plain WAV file and the extra `audio` is missing.
    """
    return _seconds_of_wave(content) or _seconds_of_any(content)


def _seconds_of_wave(content: bytes) -> float | None:
    try:
        with wave.open(io.BytesIO(content)) as opened:
            return float(opened.getnframes()) / float(opened.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return None


def _seconds_of_any(content: bytes) -> float | None:
    try:
        import mutagen  # imported late, since only uploads in other formats need it
    except ImportError:
        raise MissingExtraError("audio", "Reading the duration of audio") from None
    try:
        read = mutagen.File(io.BytesIO(content))
    except Exception:  # noqa: BLE001 - a file that mutagen stumbles over is one whose length we do not know
        return None
    length = getattr(getattr(read, "info", None), "length", None)
    return float(length) if isinstance(length, int | float) and length > 0 else None
