"""A synthetic voice: short tones with overtones for each syllable, always the same for the same text.

The sound is not speech, but longer texts take longer, higher speeds less time, each voice has its own pitch,
and no part is silent.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from math import pi, sin

from aoai_emulator.content.seeding import chance, digest

#: Samples per second; each is a signed 16-bit integer, little-endian, mono.
RATE = 24_000
BYTES_A_SAMPLE = 2
LONGEST_SECONDS = 30.0
SHORTEST_SECONDS = 0.25

_CHARACTERS_A_SECOND = 15
_SYLLABLE_SECONDS = 0.16
_LONGEST_SYLLABLE = 1.0
_LOUDEST = 9_000
_PITCHES = {"alloy": 170, "echo": 120, "fable": 200, "onyx": 95, "nova": 220, "shimmer": 245}
# The amplitudes of a vowel's overtones, the fundamental first.
_VOWELS = (
    (1.0, 0.6, 0.5, 0.4, 0.2),
    (1.0, 0.9, 0.2, 0.1, 0.4),
    (1.0, 0.3, 0.1, 0.3, 0.3),
    (1.0, 0.8, 0.6, 0.1, 0.0),
    (1.0, 0.2, 0.4, 0.1, 0.1),
)


def spoken_seconds(text: str, speed: float) -> float:
    """Return how long a text takes at a speed (1 is normal): from a quarter of a second to thirty seconds."""
    seconds = len(text) / _CHARACTERS_A_SECOND / max(speed, 0.01)
    return min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)


def speak(text: str, voice: str, speed: float, seed: int) -> bytes:
    """Return the samples of a text that is read aloud; the same arguments give the same bytes."""
    frames = round(spoken_seconds(text, speed) * RATE)
    syllables = _syllables(voice, min(_SYLLABLE_SECONDS / max(speed, 0.01), _LONGEST_SYLLABLE))
    luck = chance(seed, text, voice)
    samples = bytearray()
    while len(samples) < frames * BYTES_A_SAMPLE:
        samples += luck.choice(syllables)
    return bytes(samples[: frames * BYTES_A_SAMPLE])


@lru_cache(maxsize=32)
def _syllables(voice: str, seconds: float) -> tuple[bytes, ...]:
    """Return one syllable of this length for each vowel."""
    pitch = _PITCHES.get(voice) or 90 + digest(voice)[0]
    return tuple(_syllable(round(RATE / pitch), vowel, round(seconds * RATE)) for vowel in _VOWELS)


def _syllable(period: int, overtones: tuple[float, ...], frames: int) -> bytes:
    """Repeat one wave for so many samples, fading in and out."""
    wave = [
        sum(loud * sin(2 * pi * order * place / period) for order, loud in enumerate(overtones, 1))
        for place in range(period)
    ]
    scale = _LOUDEST / max(map(abs, wave))
    swell = max(frames // 5, 1)
    samples = array(
        "h",
        (
            round(wave[place % period] * scale * min(1.0, (place + 1) / swell, (frames - place) / swell))
            for place in range(frames)
        ),
    )
    return _little_endian(samples)


def _little_endian(samples: array[int]) -> bytes:
    if array("h", [1]).tobytes() != b"\x01\x00":
        samples.byteswap()
    return samples.tobytes()
