"""Finding schemas of two descriptions that allow the same values, because their forms are equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from aoai_specs.comparison.witnesses.form import Form, Key
from aoai_specs.comparison.witnesses.forms import IMPLIED, Forms
from aoai_specs.json_values import key_of

#: How many levels of subschemas are compared by their forms; deeper ones have to be unchanged.
_DEEPEST = 4


class SameForms:
    """Compares the forms of two descriptions; `unchanged` says whether two schemas are written identically.

    Annotations, such as descriptions, make no difference, and neither does `contentSchema`.
    """

    def __init__(self, forms: tuple[Forms, Forms], unchanged: Callable[[Key, Key], bool]) -> None:
        self._forms = forms
        self._unchanged = unchanged
        self._known: dict[tuple[Key, Key, int], bool] = {}

    def __call__(self, base: Key, revision: Key, depth: int = _DEEPEST) -> bool:
        """Whether the forms of two schemas are equal, and those of their subschemas."""
        pair = (base, revision, depth)
        known = self._known.get(pair)
        if known is None:
            known = self._known[pair] = self._are_same(base, revision, depth)
        return known

    def _are_same(self, base: Key, revision: Key, depth: int) -> bool:
        implied = IMPLIED in base[0] or IMPLIED in revision[0]
        if not implied and self._unchanged(base, revision):
            return True
        if depth == 0:
            return False
        one, other = self._forms[0].form(base), self._forms[1].form(revision)
        return _are_alike(one, other) and all(
            self(*pair, depth - 1) for pair in zip(_keys(one), _keys(other), strict=True)
        )


def _are_alike(one: Form, other: Form) -> bool:
    """Whether two forms are equal apart from the schemas inside them."""
    if one.kinds != other.kinds or one.properties.keys() != other.properties.keys():
        return False  # most that differ do so here
    return _outline(one) == _outline(other) and _values(one) == _values(other)


def _outline(form: Form) -> tuple[object, ...]:
    return (
        form.fixed, form.types, form.nullable, form.low, form.high, form.multiple, form.lengths, form.pattern,
        form.unique, form.present, sorted(form.required), form.needs, len(form.prefix), form.items is None,
        form.contains and form.contains[1:], form.unevaluated_items is None, form.additional is None,
        form.names is None, form.unevaluated_properties is None, len(form.all_of), len(form.one_of),
        [len(group) for group in form.any_of], form.excluded is None,
        form.condition and [key is None for key in form.condition],
        *(sorted(named) for named in (form.properties, form.patterned, form.dependents)),
    )  # fmt: skip


def _values(form: Form) -> list[str] | None:
    return None if form.values is None else sorted(map(key_of, form.values))


def _keys(form: Form) -> Iterator[Key]:
    """Yield the schemas inside a form, in an order that is the same for forms that are alike."""
    single = (
        form.items, form.contains and form.contains.key, form.unevaluated_items, form.additional, form.names,
        form.unevaluated_properties, form.excluded, *(form.condition or ()),
    )  # fmt: skip
    yield from (key for key in single if key is not None)
    yield from chain(form.prefix, form.all_of, form.one_of, *form.any_of)
    for named in (form.properties, form.patterned, form.dependents):
        yield from (named[name] for name in sorted(named))
