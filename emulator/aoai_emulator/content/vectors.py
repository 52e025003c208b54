"""Vectors of length 1 that a text determines.

Their numbers are the coordinates of points on a circle, two for each byte of a digest. So every vector of one
dimension has the same few coordinates, which are scaled and written only once.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from aoai_emulator.content.vector_forms import as_floats

#: The points on the circle; between them and the axes is half a step, so that no coordinate is zero.
_POINTS: Final = tuple(
    (math.cos(angle), math.sin(angle)) for angle in (math.tau * (place + 0.5) / 256 for place in range(256))
)


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector in single precision: two numbers for each of its `points`, of the last one perhaps only one.

    A shorter vector of the same text is the start of a longer one, normalized.
    """

    points: bytes
    dimensions: int

    def numbers(self) -> array[float]:
        """Return its numbers."""
        found = array("f", b"".join(map(_scaled(self._scale).__getitem__, self.points)))
        return found[: self.dimensions]

    def text(self) -> str:
        """Return its numbers as JSON text, each as short as single precision permits."""
        text = ",".join(map(_written(self._scale).__getitem__, self.points))
        return f"[{text}]" if self.dimensions % 2 == 0 else f"[{text.rpartition(',')[0]}]"

    @property
    def _scale(self) -> float:
        square = float(self.dimensions // 2)
        if self.dimensions % 2:
            square += _POINTS[self.points[-1]][0] ** 2
        return 1 / math.sqrt(square)


def vector(model: str, text: str, dimensions: int) -> Vector:
    """Return the vector of a text."""
    points = hashlib.shake_128(f"{model}\n{text}".encode()).digest((dimensions + 1) // 2)
    return Vector(points, dimensions)


@lru_cache(maxsize=64)
def _scaled(scale: float) -> tuple[bytes, ...]:
    """Return the coordinates of each point in single precision."""
    return tuple(array("f", (scale * x, scale * y)).tobytes() for x, y in _POINTS)


@lru_cache(maxsize=64)
def _written(scale: float) -> tuple[str, ...]:
    """Return the same as JSON text."""
    return tuple(",".join(map(str, as_floats(array("f", numbers)))) for numbers in _scaled(scale))
