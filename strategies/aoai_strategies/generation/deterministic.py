"""Draws examples from a strategy deterministically: the same seed gives the same examples.

By default Hypothesis also draws constants from the loaded modules, so that the same seed gives different
examples in another process. Plans must be the same byte for byte. Their examples therefore come from a custom
primitive provider, the documented way to give Hypothesis another source of randomness.
"""

from __future__ import annotations

import math
from contextvars import ContextVar
from random import Random
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, PrimitiveProvider
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

_BACKEND = "aoai-steady"
_seed: ContextVar[int] = ContextVar("aoai_steady_seed", default=0)


def draw_examples(strategy: SearchStrategy[T], *, seed: int, count: int) -> list[T]:
    """Draw `count` examples of a strategy, the same for the same seed.

    There are fewer if the strategy filters out too many drafts. Raises hypothesis.errors.Unsatisfiable if it
    filters out all of them.
    """
    found: list[T] = []
    if count < 1:
        return found

    AVAILABLE_PROVIDERS[_BACKEND] = f"{__name__}.{DeterministicProvider.__name__}"

    @settings(
        max_examples=count,
        backend=_BACKEND,
        database=None,
        verbosity=Verbosity.quiet,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    token = _seed.set(seed)
    try:
        collect()
    finally:
        _seed.reset(token)
    return found[:count]


class DeterministicProvider(PrimitiveProvider):
    """Draws from one generator that only the seed determines, preferring bounds and small values."""

    lifetime: ClassVar[Any] = "test_function"

    def __init__(self, conjecturedata: Any, /) -> None:
        super().__init__(conjecturedata)
        self._random = Random(_seed.get())

    def draw_boolean(self, p: float = 0.5) -> bool:
        """True with the probability `p`."""
        return self._random.random() < p

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: dict[int, float] | None = None,
        shrink_towards: int = 0,
    ) -> int:
        """An integer between the bounds; each bound has a chance of one in sixteen."""
        if weights:
            left = self._random.random()
            for value, weight in weights.items():
                left -= weight
                if left < 0:
                    return value
        bounds = [bound for bound in (min_value, max_value) if bound is not None]
        if bounds and self._random.random() < len(bounds) / 16:
            return self._random.choice(bounds)
        reach = 1 << self._random.choice((4, 8, 16, 32, 64))
        if min_value is None:
            low = (max_value if max_value is not None else shrink_towards) - reach
        else:
            low = min_value
        high = max_value if max_value is not None else low + reach * (2 if min_value is None else 1)
        return self._random.randint(low, high)

    def draw_float(
        self,
        *,
        min_value: float = -math.inf,
        max_value: float = math.inf,
        allow_nan: bool = True,  # noqa: ARG002 - part of the interface; JSON has no NaN
        smallest_nonzero_magnitude: float,
    ) -> float:
        """A finite number between the bounds: a bound, a plain decimal, or any."""
        low = max(min_value, -1e6)
        high = min(max_value, 1e6)
        if low > high:
            low = high = min_value if min_value > 1e6 else max_value
        chance = self._random.random()
        if chance < 0.2:
            value = self._random.choice((low, high))
        else:
            value = self._random.uniform(low, high)
            if chance < 0.7:
                value = min(max(round(value, 1), low), high)
        if 0 < abs(value) < smallest_nonzero_magnitude:
            value = 0.0 if low <= 0 <= high else math.copysign(smallest_nonzero_magnitude, value)
        return value

    def draw_string(self, intervals: Any, *, min_size: int = 0, max_size: int = 10_000) -> str:
        """A text over an alphabet; three out of four characters are among its simplest."""
        simplest = min(len(intervals), 64)
        return "".join(
            intervals.char_in_shrink_order(
                self._random.randrange(simplest if self._random.random() < 0.75 else len(intervals))
            )
            for _ in range(self._size(min_size, max_size))
        )

    def draw_bytes(self, min_size: int = 0, max_size: int = 10_000) -> bytes:
        """Some bytes."""
        return self._random.randbytes(self._size(min_size, max_size))

    def _size(self, min_size: int, max_size: int) -> int:
        if max_size <= min_size:
            return min_size
        if self._random.random() < 1 / 16:
            return min(max_size, min_size + 64)
        return min(max_size, min_size + int(self._random.expovariate(1 / 5)))
