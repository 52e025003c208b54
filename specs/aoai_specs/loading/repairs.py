"""Removing the parts of a description that cannot be used, and listing them as problems.

A schema that cannot be used becomes one that allows everything: nothing is rejected, sent or reported for a
reason that the description does not give.
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from aoai_specs.errors import DocumentError
from aoai_specs.json_values import as_object, quote
from aoai_specs.loading.files import Loaded
from aoai_specs.loading.problems import (
    CIRCULAR_REFERENCE,
    MALFORMED_PART,
    UNKNOWN_TYPE,
    UNREADABLE_PATTERN,
    UNRESOLVED_REFERENCE,
    Problem,
)
from aoai_specs.loading.references import (
    CircleError,
    follow,
    put_reference,
    reference_targets,
    references,
)
from aoai_specs.loading.structure import Mistake, is_pattern, is_sound, mistakes, openapi_kind
from aoai_specs.loading.text.overview import NAME_MAPS
from aoai_specs.pointers import find, item_index, join, tokens

Path = list[str | int]

#: How often a description is repaired; each repair can uncover mistakes of what is around it.
_ROUNDS = 30
#: Keywords whose schema may not become permissive, since that would reject or require more.
_NOT_PERMISSIVE: Final = frozenset({"not", "if", "contains", "unevaluatedProperties", "unevaluatedItems"})
_UNIONS: Final = frozenset({"oneOf", "anyOf"})
_REMOVED: Final = frozenset({"parameter", "named", "server"})


def repair(
    published: Loaded, *, keep_patterns: bool = False, targets: Collection[str] | None = None
) -> Loaded:
    """Return a description with a sound structure whose references all resolve, with its problems.

    With `keep_patterns`, patterns that are not regular expressions stay, for callers that only compare them.
    `targets` are those of all references of the description, if they are known.
    Raises DocumentError with file and line for what is no API description.
    """
    published = _with_required_fields(published)
    kind = openapi_kind(published)
    if not is_sound(kind, published.content):
        targets = None
        published = _without_malformed_parts(published, kind)
        published = _without_unreadable_patterns(published, kind, keep=keep_patterns)
    return _without_dangling_references(published, targets)


def _with_required_fields(loaded: Loaded) -> Loaded:
    """Return a description whose version is text and that has an `info` and `paths`."""
    content = dict(loaded.content)
    problems = list(loaded.problems)
    version = content.get("openapi")
    if isinstance(version, float) and str(version) in ("3.0", "3.1", "3.2"):
        content["openapi"] = str(version)
        problems.append(_malformed(loaded, "#/openapi", f"{version} is a number; it is read as text."))
    openapi_kind(replace(loaded, content=content))
    if "info" not in content:
        content["info"] = {}
        problems.append(_malformed(loaded, "#", "the description has no 'info'."))
    elif not isinstance(content["info"], dict):
        content["info"] = {}
        problems.append(_malformed(loaded, "#/info", "#/info is malformed: it is no object; it is ignored."))
    if "paths" not in content:
        content["paths"] = {}
        if not str(content.get("openapi")).startswith(("3.1", "3.2")):  # optional since 3.1
            problems.append(_malformed(loaded, "#", "the description has no 'paths'."))
    return replace(loaded, content=content, problems=tuple(problems))


def _malformed(loaded: Loaded, pointer: str, message: str) -> Problem:
    return loaded.problem(MALFORMED_PART, pointer, message)


def _without_malformed_parts(loaded: Loaded, kind: Literal["openapi", "swagger"]) -> Loaded:
    problems = list(loaded.problems)
    content = loaded.content
    seen: set[tuple[str, str]] = set()
    for round_ in range(_ROUNDS):
        found = mistakes(kind, content)
        if not found:
            return replace(loaded, content=content, problems=tuple(problems)) if round_ else loaded
        if content is loaded.content:
            content = copy.deepcopy(content)
        repairs = _Repairs(content)
        for mistake in found:
            pointer = join("#", *mistake.path)
            if (pointer, mistake.reason) not in seen:
                seen.add((pointer, mistake.reason))
                problems.append(_problem(loaded, mistake, pointer))
            repairs.take(mistake)
        repairs.remove_items()
    raise loaded.error(f"{join('#', *found[0].path)} is malformed: {found[0].reason}.")


def _problem(loaded: Loaded, mistake: Mistake, pointer: str) -> Problem:
    place = "the description" if pointer == "#" else pointer
    if mistake.is_type:
        message = f"{place} is not a type: {mistake.reason}; the type is ignored."
        return loaded.problem(UNKNOWN_TYPE, pointer, message)
    return loaded.problem(MALFORMED_PART, pointer, f"{place} is malformed: {mistake.reason}; it is ignored.")


@dataclass(slots=True)
class _Repairs:
    """Changes of a description. Items of lists are removed last, so that places stay valid."""

    content: dict[str, Any]
    _items: dict[str, tuple[list[Any], set[int]]] = field(default_factory=dict)

    def take(self, mistake: Mistake) -> None:
        path: Path = list(mistake.path)
        for name in mistake.names:
            self.remove([*path, name])
        if mistake.names:
            return
        if mistake.repeats:
            self.list_once(path)
            return
        if mistake.is_type:
            self.remove(path if isinstance(path[-1], str) else path[:-1])
        elif mistake.expected == "schema":
            self.allow_everything(path)
        elif mistake.expected in _REMOVED or not mistake.expected:
            self.remove(path)
        else:
            self.empty(path)

    def list_once(self, path: Path) -> None:
        """Remove the repeated items of a list."""
        held = self._around(path)
        if held is not None:
            owner, key = held
            owner[key] = [each for index, each in enumerate(owner[key]) if each not in owner[key][:index]]

    def allow_everything(self, path: Path) -> None:
        """Let a schema allow everything, or remove the keyword around it where that would allow less."""
        *around, last = path
        if isinstance(last, int) and around and around[-1] in _UNIONS:
            self.remove(around)
        elif last in _NOT_PERMISSIVE and not (around and around[-1] in NAME_MAPS):
            self.remove(path)
        else:
            self.empty(path)

    def empty(self, path: Path) -> None:
        """Replace a value by an empty object, or remove it if it is one."""
        held = self._around(path)
        if held is None:
            return
        owner, key = held
        if owner[key] == {}:
            self.remove(path)
        else:
            owner[key] = {}

    def remove(self, path: Path) -> None:
        """Remove a value."""
        held = self._around(path)
        if held is None:
            return
        owner, key = held
        if isinstance(owner, dict):
            del owner[key]
        else:
            self._items.setdefault(join("#", *path[:-1]), (owner, set()))[1].add(key)

    def remove_items(self) -> None:
        """Remove the items of lists; references to the other items still lead to them."""
        removed = {pointer: (items, sorted(indexes)) for pointer, (items, indexes) in self._items.items()}
        for pointer, target in list(references(self.content)) if removed else ():
            moved = _moved(target, removed)
            if moved != target:
                put_reference(self.content, pointer, moved)
        for items, indexes in removed.values():
            for index in reversed(indexes):
                del items[index]
        self._items = {}

    def _around(self, path: Path) -> tuple[Any, Any] | None:
        """Return the object or list around a place and its key there, or None if it is removed already."""
        owner: Any = self.content
        for token in path[:-1]:
            key = _key(owner, token)
            if key is None:
                return None
            owner = owner[key]
        key = _key(owner, path[-1]) if path else None
        return None if key is None else (owner, key)


def _key(owner: Any, token: str | int) -> str | int | None:
    if isinstance(owner, dict):
        return str(token) if str(token) in owner else None
    return item_index(owner, token) if isinstance(owner, list) else None


def _moved(target: str, removed: Mapping[str, tuple[Sequence[Any], Sequence[int]]]) -> str:
    """Return where a reference leads once items of lists are removed; the indexes of these are sorted.

    A removed item has no place: its index becomes `-`, which names no item.
    """
    parts = target.split("/")
    moved = list(parts)
    for number in range(1, len(parts)):
        items, indexes = removed.get("/".join(parts[:number]), ((), ()))
        index = item_index(items, parts[number])
        if index is not None:
            before = bisect_left(indexes, index)
            moved[number] = "-" if index in indexes[before : before + 1] else str(index - before)
    return "/".join(moved)


def _without_unreadable_patterns(
    loaded: Loaded, kind: Literal["openapi", "swagger"], *, keep: bool
) -> Loaded:
    content = loaded.content
    problems = list(loaded.problems)
    for _ in range(_ROUNDS):
        found = mistakes(kind, content, patterns=True)
        if not found:
            break
        if content is loaded.content:
            content = copy.deepcopy(content)
        repairs = _Repairs(content)
        for place, pattern in _unreadable(content, found):
            pointer = join("#", *place)
            done = "only its text is compared" if keep else "is ignored"
            message = f"the pattern {quote(pattern)} at {pointer} is not a regular expression and {done}."
            problems.append(loaded.problem(UNREADABLE_PATTERN, pointer, message, pattern))
            repairs.remove(place)
    return replace(loaded, content=loaded.content if keep else content, problems=tuple(problems))


def _unreadable(content: dict[str, Any], found: Iterable[Mistake]) -> Iterator[tuple[Path, str]]:
    """Yield the place and the text of each unreadable pattern: a value, or a name of patternProperties."""
    for path in dict.fromkeys(mistake.path for mistake in found):
        held = find(content, join("#", *path))
        if isinstance(held, str):
            yield list(path), held
        else:
            yield from (([*path, name], name) for name in list(held) if not is_pattern(name))


def _without_dangling_references(loaded: Loaded, targets: Collection[str] | None) -> Loaded:
    dangling = list(_dangling(loaded, reference_targets(loaded.content) if targets is None else targets))
    if not dangling:
        return loaded
    content = copy.deepcopy(loaded.content)
    repairs = _Repairs(content)
    legacy = not str(content.get("openapi")).startswith(("3.1", "3.2"))
    for pointer, _ in dangling:
        try:
            path = _path(content, pointer)
        except DocumentError:
            continue  # what is around it was repaired before
        owner = find(content, pointer.rpartition("/")[0])
        if path[-1] != "$ref":  # an entry of a discriminator's mapping
            repairs.remove(path)
        elif len(owner) > 1 and not legacy:
            del owner["$ref"]
        elif len(path) > 2 and path[-3] == "parameters" and isinstance(path[-2], int):
            repairs.remove(path[:-1])
        else:
            repairs.allow_everything(path[:-1])
    repairs.remove_items()
    return replace(
        loaded, content=content, problems=(*loaded.problems, *(problem for _, problem in dangling))
    )


def _path(content: Any, pointer: str) -> Path:
    """Return the path to the value at a pointer. Raises DocumentError if there is none."""
    path: Path = []
    for token in tokens(pointer):
        key = _key(content, token)
        if key is None:
            raise DocumentError(f"{pointer} does not exist: there is no {token!r}.")
        path.append(key)
        content = content[key]
    return path


def _plain_components(content: Mapping[str, Any]) -> set[str]:
    """Return the pointers of component schemas that are not references; most references lead there."""
    schemas = as_object(as_object(content.get("components")).get("schemas"))
    return {
        f"#/components/schemas/{name}"
        for name, schema in schemas.items()
        if isinstance(schema, dict) and "$ref" not in schema and "/" not in name and "~" not in name
    }


def _dangling(loaded: Loaded, targets: Collection[str]) -> Iterable[tuple[str, Problem]]:
    wrong: dict[str, tuple[str, str]] = {}
    plain = _plain_components(loaded.content)
    for target in targets:
        if target in plain:
            continue
        try:
            follow(loaded.content, target)
        except DocumentError as error:
            kind = CIRCULAR_REFERENCE if isinstance(error, CircleError) else UNRESOLVED_REFERENCE
            reason = str(error).rstrip(".")
            if not target.startswith("#"):
                reason = loaded.refused.get(target, "it leads to another file")
            wrong[target] = (kind, f"the reference {target!r} is ignored: {reason}.")
    for pointer, target in references(loaded.content) if wrong else ():
        if target in wrong:
            kind, message = wrong[target]
            yield pointer, loaded.problem(kind, pointer, message, target)
