"""Unix time as the documents mean it: whole seconds, of a moment when such a service could have answered."""

from __future__ import annotations

from typing import Any

from aoai_conformance.json_access import whole

#: 2015-01-01 and 2100-01-01: milliseconds, durations and zeros lie outside, and no clock has to be read.
_FIRST, _LAST = 1_420_070_400, 4_102_444_800


def is_unix_seconds(value: Any) -> bool:
    """Whether a JSON value can be the Unix time, in seconds, of an answer."""
    seconds = whole(value)
    return seconds is not None and _FIRST <= seconds <= _LAST
