"""A Hypothesis strategy for objects with required and optional fields that shrinks well."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from aoai_model.serialization import Json


class _Absent:
    """Marks a field as absent."""

    def __repr__(self) -> str:
        return "absent"


_ABSENT = _Absent()


def fragments(
    *,
    required: Mapping[str, SearchStrategy[Json]] | None = None,
    optional: Mapping[str, SearchStrategy[Json]] | None = None,
) -> SearchStrategy[dict[str, Json]]:
    """Objects with every required field and some of the optional ones, in the order given.

    Shrinks to the required fields: absence is the simplest value of an optional field, so that optional
    fields disappear one by one in any order.
    """
    fields: dict[str, SearchStrategy[Json | _Absent]] = dict(required or {})
    for name, strategy in (optional or {}).items():
        fields[name] = st.one_of(st.just(_ABSENT), strategy)
    return st.fixed_dictionaries(fields).map(_present)


def _present(found: dict[str, Json | _Absent]) -> dict[str, Json]:
    return {name: value for name, value in found.items() if not isinstance(value, _Absent)}
