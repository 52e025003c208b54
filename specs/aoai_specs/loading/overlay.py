"""OpenAPI Overlays 1.0 and 1.1: changes of a description as data.

See https://spec.openapis.org/overlay/v1.1.0.html. Version 1.1 adds actions that copy a node, updates of plain
values, and updates that join lists. Overlays of the catalogue are corrections, whose actions have extensions:
`x-reason` says what is wrong in the published description, `x-source` where this can be verified, and actions
with the same `x-together` only apply together. `x-two-descriptions` names a point on which two descriptions
of a version differ: the document follows one, the action adds what the other says, and the added part has the
same mark.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aoai_specs.errors import DocumentError, OverlayError
from aoai_specs.json_values import count_values
from aoai_specs.loading.files import MAX_VALUES, Loaded
from aoai_specs.loading.jsonpath import Found, JsonPath
from aoai_specs.pointers import canonical, find, join


@dataclass(frozen=True, slots=True)
class Action:
    """A change: `update`, or what `copy` selects, is merged into each node of `path`, or the node is removed.

    `modern` is set for an action of Overlay 1.1.
    """

    path: JsonPath
    update: Any
    remove: bool
    reason: str
    source: str
    together: str | None = None
    copy: JsonPath | None = None
    modern: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """The result of applying an overlay: the corrected content, and the match count of each action."""

    content: dict[str, Any]
    matches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overlay:
    """An ordered list of actions, and the description that it extends."""

    title: str
    version: str
    extends: str | None
    actions: tuple[Action, ...]
    source: str

    @classmethod
    def parse(cls, loaded: Loaded, *, reasons: bool = True) -> Overlay:
        """Parse an overlay. Raises OverlayError with file and line if it is malformed.

        With `reasons`, each action must have x-reason and x-source, as those of the catalogue have.
        """
        content = loaded.content
        version = content.get("overlay")
        if not isinstance(version, str) or not version.startswith(("1.0.", "1.1.")):
            message = "an overlay must begin with 'overlay: 1.0.0' or 'overlay: 1.1.0'."
            raise _overlay_error(loaded, message, "#/overlay")
        modern = version.startswith("1.1.")
        info = content.get("info")
        if not isinstance(info, Mapping) or not all(
            isinstance(info.get(k), str) for k in ("title", "version")
        ):
            raise _overlay_error(loaded, "the overlay's info needs a title and a version.", "#/info")
        actions = content.get("actions")
        if not isinstance(actions, list) or not actions:
            raise _overlay_error(loaded, "an overlay needs at least one action.", "#/actions")
        extends = content.get("extends")
        return cls(
            title=info["title"],
            version=info["version"],
            extends=extends if isinstance(extends, str) else None,
            actions=tuple(
                _action(loaded, action, index, reasons=reasons, modern=modern)
                for index, action in enumerate(actions)
            ),
            source=loaded.source,
        )

    def apply(self, content: Mapping[str, Any]) -> Application:
        """Apply every action in order to a copy of a description.

        An action without a match changes nothing. Raises OverlayError if an update cannot be merged, and if
        the actions add more values than a description may have.
        """
        corrected: dict[str, Any] = copy.deepcopy(dict(content))
        room = _Room(MAX_VALUES)
        matches = tuple(_apply(action, corrected, room) for action in self.actions)
        return Application(corrected, matches)

    def fitting(self, content: Mapping[str, Any]) -> Overlay:
        """Return the overlay without the actions that do not fit a description.

        Used for descriptions from users. Removed are actions that match nothing, updates of a value that is
        neither object nor list, actions that would refer to something missing, actions whose `x-together`
        group is incomplete, and updates that the description already contains.
        """
        kept = self.actions
        while misfits := _misfits(kept, content):
            groups = {action.together for action in misfits if action.together}
            kept = tuple(action for action in kept if action not in misfits and action.together not in groups)
        kept = tuple(_effective(kept, content))
        return Overlay(self.title, self.version, self.extends, kept, self.source)


@dataclass(slots=True)
class _Room:
    """How many values the actions of an overlay may still add."""

    left: int

    def take(self, values: int) -> None:
        self.left -= values
        if self.left < 0:
            raise OverlayError(f"The actions add more than {MAX_VALUES:,} values.")


def share_of_matches(overlay: Overlay, content: Mapping[str, Any], least: float = 0.0) -> float:
    """Return the share of an overlay's actions that match something in a description, between 0 and 1.

    A share below `least` is returned as 0. Paths that visit many nodes are tried last.
    """
    whole = len(overlay.actions)
    found = missed = 0
    for action in sorted(overlay.actions, key=lambda each: not each.path.singular):
        if action.path.find(content):
            found += 1
        else:
            missed += 1
        if whole - missed < least * whole:
            return 0.0
    return found / whole


def _misfits(actions: Iterable[Action], content: Mapping[str, Any]) -> list[Action]:
    corrected: dict[str, Any] = copy.deepcopy(dict(content))
    applied: list[Action] = []
    misfits: list[Action] = []
    for action in actions:
        try:
            fits = _apply(action, corrected) > 0
        except OverlayError:
            fits = False
        (applied if fits else misfits).append(action)
    return misfits or [action for action in applied if _dangles(action.update, corrected)]


def _effective(actions: Iterable[Action], content: Mapping[str, Any]) -> Iterator[Action]:
    """Yield the actions that change something after the actions before them."""
    corrected: dict[str, Any] = copy.deepcopy(dict(content))
    for action in actions:
        found = action.path.find(corrected)
        if action.remove or not all(_contains(node.value, action.update) for node in found):
            yield action
        _apply(action, corrected)


def _contains(there: Any, update: Any) -> bool:
    """Whether a value already contains an update, so that merging would only repeat list items."""
    if isinstance(there, dict) and isinstance(update, Mapping):
        return all(key in there and _contains(there[key], value) for key, value in update.items())
    if isinstance(there, list):
        return all(item in there for item in (update if isinstance(update, list) else [update]))
    return bool(there == update)


def _dangles(update: Any, content: Mapping[str, Any]) -> bool:
    for target in _references(update):
        try:
            find(content, canonical(target))
        except DocumentError:
            return True
    return False


def _references(update: Any) -> Iterator[str]:
    """Yield the references of an update, under any key, since keys of a fragment are ambiguous."""
    if isinstance(update, Mapping):
        if isinstance(update.get("$ref"), str):
            yield update["$ref"]
        for value in update.values():
            yield from _references(value)
    elif isinstance(update, list):
        for value in update:
            yield from _references(value)


def _action(loaded: Loaded, action: Any, index: int, *, reasons: bool, modern: bool) -> Action:
    pointer = join("#/actions", index)
    if not isinstance(action, Mapping) or not isinstance(action.get("target"), str):
        raise _overlay_error(loaded, "an action needs a target that is a JSONPath.", pointer)
    for extension in ("x-reason", "x-source") if reasons else ():
        if not isinstance(action.get(extension), str) or not action[extension].strip():
            raise _overlay_error(loaded, f"an action needs {extension}.", pointer)
    remove = action.get("remove", False)
    if not isinstance(remove, bool):
        raise _overlay_error(loaded, "remove must be true or false.", join(pointer, "remove"))
    copied = action.get("copy") if modern else None
    if not remove and "update" not in action and copied is None:
        choices = "an update, a copy, or remove: true" if modern else "an update, or remove: true"
        raise _overlay_error(loaded, f"an action needs {choices}.", pointer)
    if copied is not None and not isinstance(copied, str):
        raise _overlay_error(loaded, "copy must be a JSONPath.", join(pointer, "copy"))
    together = action.get("x-together")
    return Action(
        path=_path(loaded, action["target"], join(pointer, "target")),
        update=action.get("update"),
        remove=remove,
        reason=str(action.get("x-reason", "")),
        source=str(action.get("x-source", "")),
        together=None if together is None else str(together),
        copy=None if copied is None else _path(loaded, copied, join(pointer, "copy")),
        modern=modern,
    )


def _path(loaded: Loaded, text: str, pointer: str) -> JsonPath:
    try:
        return JsonPath.parse(text)
    except OverlayError as error:
        raise _overlay_error(loaded, str(error), pointer) from None


def _overlay_error(loaded: Loaded, message: str, pointer: str) -> OverlayError:
    return OverlayError(str(loaded.error(message, pointer)))


def _apply(action: Action, content: dict[str, Any], room: _Room | None = None) -> int:
    """Apply an action in place, completely or not at all. Return the number of matched nodes."""
    found = action.path.find(content)
    if action.remove:
        if any(node.container is None for node in found):
            raise OverlayError(f"The action on {action.path.text} would remove the whole description.")
        for node in sorted(found, key=_item_number, reverse=True):  # so that other items keep their index
            del node.container[node.key]
        return len(found)
    update = action.update if action.copy is None else _copied(action.copy, content)
    if not all(_can_update(node, update, modern=action.modern) for node in found):
        what = "objects, lists and plain values with the like" if action.modern else "objects and lists"
        raise OverlayError(f"The action on {action.path.text} can only update {what}.")
    if room is not None:
        room.take(len(found) * count_values(update))
    for node in found:
        if isinstance(node.value, list):
            node.value.extend(_items(update, modern=action.modern))
        elif isinstance(node.value, dict):
            _merge(node.value, update)
        else:
            node.container[node.key] = update
    return len(found)


def _item_number(node: Found) -> int:
    return node.key if isinstance(node.key, int) else -1


def _copied(path: JsonPath, content: dict[str, Any]) -> Any:
    """Return the one node that an action copies."""
    found = path.find(content)
    if len(found) != 1:
        raise OverlayError(f"The copy of {path.text} must select one node; it selects {len(found)}.")
    return copy.deepcopy(found[0].value)


def _items(update: Any, *, modern: bool) -> list[Any]:
    """Return what an update adds to a list."""
    return copy.deepcopy(update if modern and isinstance(update, list) else [update])


def _can_update(node: Found, update: Any, *, modern: bool) -> bool:
    if isinstance(node.value, list):
        return True
    if isinstance(node.value, dict):
        return isinstance(update, Mapping)
    return modern and node.container is not None and not isinstance(update, Mapping | list)


def _merge(into: dict[str, Any], update: Mapping[str, Any]) -> None:
    for key, value in update.items():
        there = into.get(key)
        if isinstance(there, dict) and isinstance(value, Mapping):
            _merge(there, value)
        elif isinstance(there, list) and isinstance(value, list):
            there.extend(copy.deepcopy(value))
        else:
            into[key] = copy.deepcopy(value)
