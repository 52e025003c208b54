"""Whether a schema allows a value, by JSON Schema 2020-12."""

from __future__ import annotations

from itertools import islice
from typing import Any

from aoai_specs.comparison.witnesses.form import Form, Key, equal, kind_of
from aoai_specs.comparison.witnesses.forms import Forms
from aoai_specs.schemas.patterns import matches

#: The limit of schemas inside each other that apply to the same value.
_DEEPEST = 60


class Evaluated:
    """The items and properties that the schemas applied so far have evaluated."""

    __slots__ = ("items", "names")

    def __init__(self) -> None:
        self.items: set[int] = set()
        self.names: set[str] = set()

    def add(self, other: Evaluated) -> None:
        """Add what another schema has evaluated."""
        self.items |= other.items
        self.names |= other.names


class Membership:
    """Examines values against the schemas of a description."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def allows(self, key: Key, value: Any, depth: int = 0) -> bool:
        """Whether a schema allows a value."""
        return self._applies(key, value, kind_of(value), depth, None)

    def _applies(self, key: Key, value: Any, kind: str, depth: int, seen: Evaluated | None) -> bool:
        """Whether a schema allows a value of a JSON type.

        The items and properties that the schema evaluates are added to `seen`, unless it is None.
        """
        if depth > _DEEPEST:
            raise RecursionError
        form = self._forms.form(key)
        if form.fixed is not None:
            return form.fixed
        if value is None and form.nullable:
            return True
        if not self._scalar(form, kind, value) or (kind == "object" and self._is_other(form, value)):
            return False
        if seen is None and (form.unevaluated_items or form.unevaluated_properties):
            seen = Evaluated()
        if not self._members(form, value, kind, depth, seen):
            return False
        if kind == "array":
            return self._array(form, value, depth, seen)
        return kind != "object" or self._object(form, value, depth, seen)

    def _applies_too(self, key: Key, value: Any, kind: str, depth: int, seen: Evaluated | None) -> bool:
        """Whether a subschema for the same value allows it. One that does not allow it evaluates nothing."""
        own = None if seen is None else Evaluated()
        if not self._applies(key, value, kind, depth + 1, own):
            return False
        if seen is not None and own is not None:
            seen.add(own)
        return True

    def _scalar(self, form: Form, kind: str, value: Any) -> bool:
        if kind not in form.kinds or (kind == "number" and form.whole and not _whole(value)):
            return False
        if form.values is not None and not _is_listed(value, form.values):
            return False
        if kind == "number":
            return _in_bounds(form, value)
        if kind in form.lengths:
            least, most = form.lengths[kind]
            if len(value) < least or (most is not None and len(value) > most):
                return False
        return kind != "string" or form.pattern is None or fits(form.pattern, value)

    def _is_other(self, form: Form, value: dict[str, Any]) -> bool:
        """Whether a property is missing or has a value that is not listed, which is fast to find out."""
        for name in form.required:
            if name not in value:
                return True
        for name, held in value.items():
            key = form.properties.get(name)
            if key is not None:
                values = self._forms.form(key).values
                if values is not None and held is not None and not _is_listed(held, values):
                    return True
        return False

    def _members(self, form: Form, value: Any, kind: str, depth: int, seen: Evaluated | None) -> bool:
        """Whether the schemas for the same value allow it: members, branches and conditions."""
        for key in form.all_of:
            if not self._applies_too(key, value, kind, depth, seen):
                return False
        for group in form.any_of:
            matching = (key for key in group if self._applies_too(key, value, kind, depth, seen))
            # one branch is enough, unless it matters what all of them evaluate
            if not (any(True for _ in matching) if seen is None else list(matching)):
                return False
        if form.one_of:
            matching = (key for key in form.one_of if self._applies_too(key, value, kind, depth, seen))
            if len(list(islice(matching, 2))) != 1:
                return False
        if form.excluded is not None and self.allows(form.excluded, value, depth + 1):
            return False
        return self._conditions(form, value, kind, depth, seen)

    def _conditions(self, form: Form, value: Any, kind: str, depth: int, seen: Evaluated | None) -> bool:
        if form.condition is not None:
            when, then, otherwise = form.condition
            chosen = then if self._applies_too(when, value, kind, depth, seen) else otherwise
            if chosen is not None and not self._applies_too(chosen, value, kind, depth, seen):
                return False
        return all(
            self._applies_too(key, value, kind, depth, seen)
            for name, key in (form.dependents.items() if isinstance(value, dict) else ())
            if name in value
        )

    def _array(self, form: Form, value: list[Any], depth: int, seen: Evaluated | None) -> bool:
        for index, item in enumerate(value):
            key = form.prefix[index] if index < len(form.prefix) else form.items
            if key is not None and not self.allows(key, item, depth + 1):
                return False
        matching: set[int] = set()
        if form.contains is not None:
            held, least, most = form.contains
            matching = {index for index, item in enumerate(value) if self.allows(held, item, depth + 1)}
            if len(matching) < least or (most is not None and len(matching) > most):
                return False
        if form.unique and any(
            equal(one, other) for index, one in enumerate(value) for other in value[index + 1 :]
        ):
            return False
        if seen is None:
            return True
        seen.items |= matching
        seen.items |= set(range(len(value) if "items" in form.present else min(len(value), len(form.prefix))))
        if form.unevaluated_items is not None:
            for index, item in enumerate(value):
                if index not in seen.items and not self.allows(form.unevaluated_items, item, depth + 1):
                    return False
        if "unevaluatedItems" in form.present:
            seen.items |= set(range(len(value)))
        return True

    def _object(self, form: Form, value: dict[str, Any], depth: int, seen: Evaluated | None) -> bool:
        for name, needed in form.needs.items():
            if name in value and any(each not in value for each in needed):
                return False
        plain = not (form.patterned or form.additional or form.names)
        for name, held in value.items():
            if plain:
                key = form.properties.get(name)
                if key is not None and not self.allows(key, held, depth + 1):
                    return False
                continue
            if form.names is not None and not self.allows(form.names, name, depth + 1):
                return False
            if any(not self.allows(key, held, depth + 1) for key in schemas_for(form, name)):
                return False
        if seen is None:
            return True
        if "additionalProperties" in form.present:
            seen.names |= value.keys()
        else:
            seen.names |= {name for name in value if name in form.properties or _patterned(form, name)}
        if form.unevaluated_properties is not None:
            for name, held in value.items():
                if name not in seen.names and not self.allows(form.unevaluated_properties, held, depth + 1):
                    return False
        if "unevaluatedProperties" in form.present:
            seen.names |= value.keys()
        return True


def schemas_for(form: Form, name: str) -> list[Key]:
    """Return the schemas that a form applies to the value of a property."""
    keys = [form.properties[name]] if name in form.properties else []
    keys += [key for pattern, key in form.patterned.items() if fits(pattern, name)]
    if not keys and form.additional is not None:
        keys.append(form.additional)
    return keys


def fits(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern; an invalid pattern matches nothing."""
    try:
        return matches(pattern, text)
    except ValueError:
        return False


def _is_listed(value: Any, values: tuple[Any, ...]) -> bool:
    if type(value) is str:
        return value in values
    return any(equal(value, each) for each in values)


def _patterned(form: Form, name: str) -> bool:
    return any(fits(pattern, name) for pattern in form.patterned)


def _in_bounds(form: Form, value: float) -> bool:
    low, high = form.low, form.high
    if low is not None and (value < low.value or (low.exclusive and value == low.value)):
        return False
    if high is not None and (value > high.value or (high.exclusive and value == high.value)):
        return False
    return form.multiple is None or _divides(form.multiple, value)


def _divides(divisor: float, value: float) -> bool:
    from decimal import Decimal  # few schemas have multipleOf

    return Decimal(repr(value)) % Decimal(repr(divisor)) == 0


def _whole(value: float) -> bool:
    return isinstance(value, int) or value.is_integer()
