"""Sites: the edits that make a place of a request exist, so that a point can change it and nothing else.

A place deep inside a request needs valid things around it. Each missing container is put there by an edit of
its own, outermost first, so that two points of one container share those edits and can be packed together.
Where the base request already holds the array (`messages`), a new item is appended instead, whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aoai_model.case import Edit, Json
from aoai_specs.schemas.shapes import Place, Shape, Step, branch_field
from aoai_strategies.points.preferences import PREFERRED_KEYS
from aoai_strategies.points.samples import Sampler, fits
from aoai_strategies.requests.editing import copied, put


@dataclass(frozen=True, slots=True)
class Put:
    """The change that sets the place to a value."""

    value: Json


@dataclass(frozen=True, slots=True)
class Drop:
    """The change that leaves out one property of the object at the place."""

    name: str


@dataclass(frozen=True, slots=True)
class Add:
    """The change that sets one property of the object at the place, declared there or not."""

    name: str
    value: Json


Change = Put | Drop | Add


@dataclass(slots=True)
class _Reached:
    """The state of a walk: what stands here, where that is, and the edits made so far."""

    value: Json
    pointer: str = ""
    edits: list[Edit] = field(default_factory=list)
    appended: str | None = None
    item: Json = None

    def put(self, value: Json) -> None:
        """Set the place reached to a value, which becomes what stands here."""
        edit = Edit(self.pointer, value)
        if self.appended is None:
            self.edits.append(edit)
        else:
            self.item = put(self.item, edit)
        self.value = copied(value)


def edits_for(place: Place, root: Shape, base: Json, change: Change, sampler: Sampler) -> tuple[Edit, ...]:
    """The edits that make `change` at `place` in a request whose base body is `base`.

    `root` is the shape of the whole body. The place's containers, and for `Drop` and `Add` the place itself,
    are made from samples where the base lacks them.
    """
    reached = _Reached(copied(base))
    steps = list(place.steps)
    if isinstance(change, Put):
        while steps and steps[-1].kind == "branch":
            steps.pop()
        _walk(reached, root, steps, "", sampler, enter_last=False)
        last = Edit(reached.pointer, change.value)
    else:
        _walk(reached, root, steps, "", sampler, enter_last=True)
        pointer = f"{reached.pointer}/{_token(change.name)}"
        last = Edit(pointer, remove=True) if isinstance(change, Drop) else Edit(pointer, change.value)
    if reached.appended is None:
        return (*reached.edits, last)
    return (*reached.edits, Edit(f"{reached.appended}/-", put(copied(reached.item), last)))


def _walk(
    reached: _Reached, shape: Shape, steps: Sequence[Step], name: str, sampler: Sampler, *, enter_last: bool
) -> None:
    """Follow the steps; each place passed through is made to exist, the last one only with `enter_last`."""
    for number, step in enumerate(steps):
        following = steps[number + 1] if number + 1 < len(steps) else None
        if step.kind == "branch":
            shape, name = _branch(shape, step.name, name)
            continue  # what stands here was already made to fit the branch
        appends = (
            step.kind == "item" and reached.appended is None and not reached.edits and bool(reached.value)
        )
        if appends:
            reached.appended, reached.pointer = reached.pointer, ""
        else:
            reached.pointer += "/" + _key(reached.value, step, name)
        here = None if appends else _value_at(reached.value, step, reached.pointer)
        shape, name = _child(shape, step, name)
        reached.value = here
        if following is None and not enter_last:
            return
        wanted, wanted_name = shape, name
        if following is not None and following.kind == "branch":
            wanted, wanted_name = _branch(shape, following.name, name)
        if here is None or not fits(wanted, here):
            reached.put(sampler.sample(wanted, wanted_name))


def _key(value: Json, step: Step, name: str) -> str:
    """The token of one step from a value."""
    if step.kind == "property":
        return _token(step.name)
    if step.kind == "value":
        known = PREFERRED_KEYS.get(name.rpartition(".")[2])
        first = next(iter(value), None) if isinstance(value, dict) else None
        return _token(known or first or "key")
    return "0"


def _value_at(value: Json, step: Step, pointer: str) -> Json:
    if step.kind == "item":
        return value[0] if isinstance(value, list) and value else None
    return value.get(pointer.rpartition("/")[2].replace("~1", "/")) if isinstance(value, dict) else None


def _child(shape: Shape, step: Step, name: str) -> tuple[Shape, str]:
    if step.kind == "property":
        return shape.properties[step.name], f"{name}.{step.name}" if name else step.name
    child = shape.items if step.kind == "item" else shape.values
    if child is None:
        raise ValueError(f"There is nothing inside {name!r} to step into.")
    return child, f"{name}[]" if step.kind == "item" else f"{name}.*"


def _branch(union: Shape, label: str, name: str) -> tuple[Shape, str]:
    shape = next(branch.shape for branch in union.branches if branch.label == label)
    return shape, branch_field(name, union, label)


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
