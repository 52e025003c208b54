"""What the readers of audio files return and raise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Damage = Literal["empty", "truncated", "broken", "unsupported"]


@dataclass(frozen=True, slots=True)
class Sound:
    """The audio in a file: its container ("wav", "flac", …), codec, and duration in seconds."""

    container: str
    codec: str
    seconds: float


class UnreadableAudioError(Exception):
    """A file without complete audio.

    `damage` is "empty" (no bytes, or no audio in a container), "truncated" (it ends before its own figures
    say), "broken" (it violates its format) or "unsupported" (an unknown format).
    """

    def __init__(self, damage: Damage, message: str) -> None:
        self.damage = damage
        super().__init__(message)


def truncated(what: str) -> UnreadableAudioError:
    """Return the error for a file that ends within `what`."""
    return UnreadableAudioError("truncated", f"The file ends inside {what}.")


def broken(how: str) -> UnreadableAudioError:
    """Return the error for a file that violates its format; `how` is a sentence."""
    return UnreadableAudioError("broken", how)
