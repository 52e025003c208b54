"""OpenAPI Overlays 1.0: corrections of a description as data, each with a reason and a source.

See https://spec.openapis.org/overlay/v1.0.0.html. Actions have extensions: `x-reason` says what is wrong in
the published description, `x-source` where this can be verified, and actions with the same `x-together` only
apply together. `x-two-descriptions` names a point on which two descriptions of a version differ: the document
follows one, the action adds what the other says, and the added part has the same mark.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aoai_specs.errors import DocumentError, OverlayError
from aoai_specs.loading.files import Loaded
from aoai_specs.loading.jsonpath import JsonPath
from aoai_specs.pointers import canonical, find, join


@dataclass(frozen=True, slots=True)
class Action:
    """A correction: `update` is merged into each node that `path` selects, or the node is removed."""

    path: JsonPath
    update: Any
    remove: bool
    reason: str
    source: str
    together: str | None = None


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
    def parse(cls, loaded: Loaded) -> Overlay:
        """Parse an overlay. Raises OverlayError with file and line if it is malformed."""
        content = loaded.content
        version = content.get("overlay")
        if not isinstance(version, str) or not version.startswith("1.0"):
            raise _overlay_error(loaded, "an overlay must begin with 'overlay: 1.0.0'.", "#/overlay")
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
            actions=tuple(_action(loaded, action, index) for index, action in enumerate(actions)),
            source=loaded.source,
        )

    def apply(self, content: Mapping[str, Any]) -> Application:
        """Apply every action in order to a copy of a description.

        An action without a match changes nothing. Raises OverlayError if an update cannot be merged.
        """
        corrected: dict[str, Any] = copy.deepcopy(dict(content))
        matches = tuple(_apply(action, corrected) for action in self.actions)
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


def _action(loaded: Loaded, action: Any, index: int) -> Action:
    pointer = join("#/actions", index)
    if not isinstance(action, Mapping) or not isinstance(action.get("target"), str):
        raise _overlay_error(loaded, "an action needs a target that is a JSONPath.", pointer)
    for extension in ("x-reason", "x-source"):
        if not isinstance(action.get(extension), str) or not action[extension].strip():
            raise _overlay_error(loaded, f"an action needs {extension}.", pointer)
    remove = action.get("remove", False)
    if not isinstance(remove, bool):
        raise _overlay_error(loaded, "remove must be true or false.", join(pointer, "remove"))
    if not remove and "update" not in action:
        raise _overlay_error(loaded, "an action needs an update, or remove: true.", pointer)
    try:
        path = JsonPath.parse(action["target"])
    except OverlayError as error:
        raise _overlay_error(loaded, str(error), join(pointer, "target")) from None
    together = action.get("x-together")
    return Action(
        path=path,
        update=action.get("update"),
        remove=remove,
        reason=action["x-reason"],
        source=action["x-source"],
        together=None if together is None else str(together),
    )


def _overlay_error(loaded: Loaded, message: str, pointer: str) -> OverlayError:
    return OverlayError(str(loaded.error(message, pointer)))


def _apply(action: Action, content: dict[str, Any]) -> int:
    """Apply an action in place, completely or not at all. Return the number of matched nodes."""
    found = action.path.find(content)
    if action.remove:
        if any(node.container is None for node in found):
            raise OverlayError(f"The action on {action.path.text} would remove the whole description.")
        for node in reversed(found):
            del node.container[node.key]
        return len(found)
    if not all(_can_update(node.value, action.update) for node in found):
        raise OverlayError(f"The action on {action.path.text} can only update objects and lists.")
    for node in found:
        if isinstance(node.value, list):
            node.value.append(copy.deepcopy(action.update))
        else:
            _merge(node.value, action.update)
    return len(found)


def _can_update(value: Any, update: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and isinstance(update, Mapping))


def _merge(into: dict[str, Any], update: Mapping[str, Any]) -> None:
    for key, value in update.items():
        there = into.get(key)
        if isinstance(there, dict) and isinstance(value, Mapping):
            _merge(there, value)
        elif isinstance(there, list) and isinstance(value, list):
            there.extend(copy.deepcopy(value))
        else:
            into[key] = copy.deepcopy(value)
