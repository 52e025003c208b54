"""Makes the edits that change one place of a request, and create the containers that the place needs.

A place deep inside a request needs valid values around it. Each missing container is created by a separate
edit, outermost first, so that two points in one container share those edits and can be packed together. Where
the base request already has an array (`messages`), a complete new item is appended instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from aoai_model.case import Edit
from aoai_model.serialization import Json
from aoai_specs.pointers import escape, tokens
from aoai_specs.schemas.shapes import Place, Shape, Step, branch_field
from aoai_strategies.errors import EditError
from aoai_strategies.requests.editing import copy_json, put
from aoai_strategies.requests.preferences import PREFERRED_KEYS
from aoai_strategies.requests.samples import Sampler, fits


@dataclass(frozen=True, slots=True)
class Put:
    """The change that sets the place to a value."""

    value: Json


@dataclass(frozen=True, slots=True)
class Drop:
    """The change that removes one property of the object at the place."""

    name: str


@dataclass(frozen=True, slots=True)
class Add:
    """The change that sets one property, declared or not, of the object at the place."""

    name: str
    value: Json


Change = Put | Drop | Add


@dataclass(slots=True)
class _Walk:
    """The state of a walk: the current value, its pointer, and the edits so far.

    Inside an appended item, `appended` is the pointer of the array and `item` the item as edited so far.
    """

    value: Json
    pointer: str = ""
    edits: list[Edit] = field(default_factory=list)
    appended: str | None = None
    item: Json = None

    def put(self, value: Json) -> None:
        """Set the current place to a value."""
        edit = Edit(self.pointer, value)
        if self.appended is None:
            self.edits.append(edit)
        else:
            self.item = put(self.item, edit)
        self.value = copy_json(value)


class EditPaths:
    """Makes the edits for the places of one operation.

    `root` is the shape of the whole body, `base` the body of the base request. The way to each place is
    followed once, since a place has many points.
    """

    def __init__(self, root: Shape, base: Json, sampler: Sampler) -> None:
        self._root = root
        self._base = base
        self._sampler = sampler
        self._walks: dict[tuple[tuple[Step, ...], bool], _Walk] = {}

    def edits_for(self, place: Place, change: Change) -> tuple[Edit, ...]:
        """The edits that make `change` at `place`.

        Containers of the place that the base lacks are created from samples; for `Drop` and `Add` this
        includes the place itself.
        """
        if isinstance(change, Put):
            steps = place.steps
            while steps and steps[-1].kind == "branch":
                steps = steps[:-1]
            walk = self._walk(steps, enter_last=False)
            last = Edit(walk.pointer, change.value)
        else:
            walk = self._walk(place.steps, enter_last=True)
            pointer = f"{walk.pointer}/{escape(change.name)}"
            last = Edit(pointer, remove=True) if isinstance(change, Drop) else Edit(pointer, change.value)
        if walk.appended is None:
            return (*walk.edits, last)
        return (*walk.edits, Edit(f"{walk.appended}/-", put(copy_json(walk.item), last)))

    def _walk(self, steps: tuple[Step, ...], *, enter_last: bool) -> _Walk:
        known = self._walks.get((steps, enter_last))
        if known is None:
            known = _Walk(copy_json(self._base))
            _follow(known, self._root, steps, "", self._sampler, enter_last=enter_last)
            self._walks[steps, enter_last] = known
        return known


def _follow(
    walk: _Walk, shape: Shape, steps: Sequence[Step], name: str, sampler: Sampler, *, enter_last: bool
) -> None:
    """Follow the steps and create each missing place on the way, the last one only with `enter_last`."""
    for number, step in enumerate(steps):
        following = steps[number + 1] if number + 1 < len(steps) else None
        if step.kind == "branch":
            shape, name = _branch(shape, step.name, name)
            continue  # the current value already fits the branch
        appends = step.kind == "item" and walk.appended is None and not walk.edits and bool(walk.value)
        if appends:
            walk.appended, walk.pointer = walk.pointer, ""
        else:
            walk.pointer += "/" + _key(walk.value, step, name)
        here = None if appends else _value_at(walk.value, step, walk.pointer)
        shape, name = _child(shape, step, name)
        walk.value = here
        if following is None and not enter_last:
            return
        needed, needed_name = shape, name
        for inner in takewhile(lambda each: each.kind == "branch", steps[number + 1 :]):
            needed, needed_name = _branch(needed, inner.name, needed_name)
        if here is None or not fits(needed, here):
            walk.put(sampler.sample(needed, needed_name))


def _key(value: Json, step: Step, name: str) -> str:
    """The escaped pointer token of one step from a value."""
    if step.kind == "property":
        return escape(step.name)
    if step.kind == "value":
        known = PREFERRED_KEYS.get(name.rpartition(".")[2])
        first = next(iter(value), None) if isinstance(value, dict) else None
        return escape(known or first or "key")
    return "0"


def _value_at(value: Json, step: Step, pointer: str) -> Json:
    if step.kind == "item":
        return value[0] if isinstance(value, list) and value else None
    return value.get(tokens(pointer)[-1]) if isinstance(value, dict) else None


def _child(shape: Shape, step: Step, name: str) -> tuple[Shape, str]:
    if step.kind == "property":
        return shape.properties[step.name], f"{name}.{step.name}" if name else step.name
    child = shape.items if step.kind == "item" else shape.values
    if child is None:
        raise EditError(f"{name!r} has neither items nor values.")
    return child, f"{name}[]" if step.kind == "item" else f"{name}.*"


def _branch(union: Shape, label: str, name: str) -> tuple[Shape, str]:
    shape = next(branch.shape for branch in union.branches if branch.label == label)
    return shape, branch_field(name, union, label)
