"""Whether a schema allows a value, by JSON Schema 2020-12."""

from __future__ import annotations

from typing import Any

from aoai_specs.comparison.witnesses.forms import Form, Forms, Key, equal, kind_of
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
        return self._evaluated(key, value, kind_of(value), depth) is not None

    def _evaluated(self, key: Key, value: Any, kind: str, depth: int) -> Evaluated | None:
        """Return what a schema evaluates in a value of a JSON type, or None if it does not allow it."""
        if depth > _DEEPEST:
            raise RecursionError
        form = self._forms.form(key)
        if form.fixed is not None:
            return Evaluated() if form.fixed else None
        if value is None and form.nullable:
            return Evaluated()
        if not self._scalar(form, kind, value) or (kind == "object" and self._is_other(form, value)):
            return None
        seen = Evaluated()
        if not self._applied(form, value, kind, depth, seen):
            return None
        if kind == "array" and not self._array(form, value, depth, seen):
            return None
        if kind == "object" and not self._object(form, value, depth, seen):
            return None
        return seen

    def _scalar(self, form: Form, kind: str, value: Any) -> bool:
        if not form.allows(kind) or (kind == "number" and form.whole and not _whole(value)):
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

    def _applied(self, form: Form, value: Any, kind: str, depth: int, seen: Evaluated) -> bool:
        for key in form.all_of:
            found = self._evaluated(key, value, kind, depth + 1)
            if found is None:
                return False
            seen.add(found)
        for group in form.any_of:
            listed = [self._evaluated(key, value, kind, depth + 1) for key in group]
            if all(each is None for each in listed):
                return False
            for each in listed:
                if each is not None:
                    seen.add(each)
        if form.one_of:
            listed = [self._evaluated(key, value, kind, depth + 1) for key in form.one_of]
            matching = [found for found in listed if found is not None]
            if len(matching) != 1:
                return False
            seen.add(matching[0])
        if form.excluded is not None and self.allows(form.excluded, value, depth + 1):
            return False
        return self._conditions(form, value, kind, depth, seen)

    def _conditions(self, form: Form, value: Any, kind: str, depth: int, seen: Evaluated) -> bool:
        if form.condition is not None:
            found = self._evaluated(form.condition.when, value, kind, depth + 1)
            chosen = form.condition.otherwise if found is None else form.condition.then
            if found is not None:
                seen.add(found)
            if chosen is not None:
                held = self._evaluated(chosen, value, kind, depth + 1)
                if held is None:
                    return False
                seen.add(held)
        for name, key in form.dependents.items() if isinstance(value, dict) else ():
            if name in value:
                held = self._evaluated(key, value, kind, depth + 1)
                if held is None:
                    return False
                seen.add(held)
        return True

    def _array(self, form: Form, value: list[Any], depth: int, seen: Evaluated) -> bool:
        for index, item in enumerate(value):
            key = form.prefix[index] if index < len(form.prefix) else form.items
            if index < len(form.prefix):
                seen.items.add(index)
            if key is not None and not self.allows(key, item, depth + 1):
                return False
        if form.contains is not None:
            matching = {
                index for index, item in enumerate(value) if self.allows(form.contains.key, item, depth + 1)
            }
            most = form.contains.most
            if len(matching) < form.contains.least or (most is not None and len(matching) > most):
                return False
            seen.items |= matching
        if form.unique and any(
            equal(one, other) for index, one in enumerate(value) for other in value[index + 1 :]
        ):
            return False
        if "items" in form.present:
            seen.items |= set(range(len(value)))
        if form.unevaluated_items is not None:
            for index, item in enumerate(value):
                if index not in seen.items and not self.allows(form.unevaluated_items, item, depth + 1):
                    return False
        if "unevaluatedItems" in form.present:
            seen.items |= set(range(len(value)))
        return True

    def _object(self, form: Form, value: dict[str, Any], depth: int, seen: Evaluated) -> bool:
        if any(name not in value for name in form.required):
            return False
        for name, needed in form.needs.items():
            if name in value and any(each not in value for each in needed):
                return False
        plain = not (form.patterned or form.additional or form.names)
        for name, held in value.items():
            if plain:
                key = form.properties.get(name)
                if key is not None:
                    if not self.allows(key, held, depth + 1):
                        return False
                    seen.names.add(name)
                continue
            if form.names is not None and not self.allows(form.names, name, depth + 1):
                return False
            keys = schemas_for(form, name)
            if any(not self.allows(key, held, depth + 1) for key in keys):
                return False
            if name in form.properties or _patterned(form, name):
                seen.names.add(name)
        if "additionalProperties" in form.present:
            seen.names |= value.keys()
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
