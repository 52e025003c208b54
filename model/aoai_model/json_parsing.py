"""Parse JSON as servers send it: without a limit on digits, and strictly if asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn


def parse(source: str | bytes, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Parse JSON; an integer with more digits than Python reads becomes infinity. Raises ValueError.

    RFC 8259, section 6, sets no limit on the digits of a number, so such a body is valid JSON.
    """
    try:
        return json.loads(source, parse_constant=parse_constant)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        return json.loads(source, parse_constant=parse_constant, parse_int=_parse_integer)


def parse_strictly(source: str) -> Any:
    """Parse JSON by its standard, which excludes NaN and Infinity. Raises ValueError."""
    try:
        return _STRICT.decode(source)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        return parse(source, _reject_constant)


def _parse_integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # sys.get_int_max_str_digits()
        return float(digits)


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")


#: Kept, because making a decoder takes as long as parsing a chunk.
_STRICT = json.JSONDecoder(parse_constant=_reject_constant)
