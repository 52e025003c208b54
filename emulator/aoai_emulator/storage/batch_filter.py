"""The parameters $filter and $orderby of a list of batches.

Only the subset of OData in the published example is supported: comparisons joined by `and`, as in `created_at
gt 1646120000 and status eq 'completed'`, and one field to order by. Anything else is rejected.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from aoai_emulator.storage.batch_store import Batch

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_NUMBERS: dict[str, Callable[[Batch], int]] = {
    "created_at": lambda batch: int(batch.created),
    "expires_at": lambda batch: batch.expires,
}
_TEXTS: dict[str, Callable[[Batch], str]] = {
    "status": lambda batch: batch.status,
    "endpoint": lambda batch: batch.endpoint,
    "input_file_id": lambda batch: batch.input_file_id,
}
_TERM = re.compile(r"(\w{1,40}) (eq|ne|gt|ge|lt|le) (?:([0-9]{1,15})|'([^']{0,200})')")
_ORDER = re.compile(r"(\w{1,40})(?: (asc|desc))?")
_LONGEST = 1000

Condition = Callable[[Batch], bool]


class FilterError(ValueError):
    """An unsupported $filter or $orderby."""


def conditions(text: str) -> list[Condition]:
    """Parse a $filter, whose conditions must all hold. Raises FilterError."""
    if len(text) > _LONGEST:
        raise FilterError(f"It has more than {_LONGEST} characters.")
    return [_condition(term.strip()) for term in text.split(" and ")]


def ordered(batches: Iterable[Batch], text: str) -> list[Batch]:
    """Order batches, given newest first, by an $orderby. Raises FilterError."""
    found = _ORDER.fullmatch(text.strip())
    if found is None or found[1] not in _NUMBERS:
        raise FilterError(f"Batches are ordered by {' or '.join(_NUMBERS)}, asc or desc.")
    number = _NUMBERS[found[1]]
    if found[2] == "desc":
        return sorted(batches, key=number, reverse=True)
    eldest_first = list(batches)[::-1]
    return sorted(eldest_first, key=number)


def _condition(term: str) -> Condition:
    found = _TERM.fullmatch(term)
    if found is None:
        raise FilterError("It must consist of comparisons such as `created_at gt 1`, joined by `and`.")
    name, compare, digits, text = found[1], _COMPARISONS[found[2]], found[3], found[4]
    if name in _NUMBERS and digits is not None:
        number, bound = _NUMBERS[name], int(digits)
        return lambda batch: compare(number(batch), bound)
    if name in _TEXTS and text is not None:
        value = _TEXTS[name]
        return lambda batch: compare(value(batch), text)
    raise FilterError(f"{name!r} cannot be compared with that.")
