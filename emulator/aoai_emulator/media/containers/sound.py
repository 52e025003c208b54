"""What the readers of audio files give back and raise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Damage = Literal["empty", "truncated", "broken", "unsupported"]


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound in a file: its container ("wav", "flac", …), codec, and duration in seconds."""

    container: str
    codec: str
    seconds: float


class UnreadableAudioError(Exception):
    """A file that holds no whole sound.

    `damage` is "empty" (no bytes, or no audio in a sound container), "truncated" (it ends before its own
    figures say), "broken" (it contradicts its format) or "unsupported" (no format that is read here).
    """

    def __init__(self, damage: Damage, message: str) -> None:
        self.damage = damage
        super().__init__(message)


def truncated(what: str) -> UnreadableAudioError:
    """Return the error for a file that ends inside `what`."""
    return UnreadableAudioError("truncated", f"The file ends inside {what}.")


def broken(how: str) -> UnreadableAudioError:
    """Return the error for a file that contradicts its format; `how` is a sentence."""
    return UnreadableAudioError("broken", how)
