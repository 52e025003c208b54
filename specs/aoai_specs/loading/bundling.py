"""Bringing what the references of a description lead to in other files into the description."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from aoai_specs.errors import DocumentError
from aoai_specs.loading.files import Loaded, Part, read
from aoai_specs.loading.neighbours import canonical_source, neighbour
from aoai_specs.loading.references import put_reference, references
from aoai_specs.loading.sources import read_source
from aoai_specs.loading.text.limits import MAX_BYTES
from aoai_specs.loading.text.overview import NAME_MAPS
from aoai_specs.pointers import canonical, find, join, tokens

#: Limits of what is brought in: files, bytes, and parts of files.
MOST_FILES = 200
MOST_BYTES = 2 * MAX_BYTES
MOST_PARTS = 20_000
#: The kind of what a reference stands for, by the key around it.
_KINDS: Final = {
    "parameters": "parameters",
    "responses": "responses",
    "headers": "headers",
    "requestBody": "requestBodies",
    "requestBodies": "requestBodies",
    "paths": "pathItems",
    "pathItems": "pathItems",
    "links": "links",
    "callbacks": "callbacks",
}
_IN_SWAGGER: Final = {"schemas": "definitions", "parameters": "parameters", "responses": "responses"}


def bundle(loaded: Loaded, targets: Collection[str], *, remote: bool = False) -> Loaded:
    """Return a description in which references to files beside it lead to copies inside it.

    `targets` are those of all its references; if they are all inside, the description is returned as it is.
    References that may not be followed stay, and `refused` has the reasons. With `remote`, URLs are followed,
    too.
    """
    if all(target.startswith("#") for target in targets):
        return loaded
    return _Bundle(loaded, remote=remote).result()


class _Bundle:
    def __init__(self, loaded: Loaded, *, remote: bool) -> None:
        self._main = loaded
        self._remote = remote
        self._own = canonical_source(loaded.source)
        self._content: dict[str, Any] = copy.deepcopy(loaded.content)
        self._files: dict[str, Loaded] = {}
        self._unread: dict[str, DocumentError] = {}
        self._bytes = 0
        self._places: dict[tuple[str, str], str] = {}
        self._parts: dict[str, Part] = {}
        self._refused: dict[str, str] = {}

    def result(self) -> Loaded:
        waiting = [("#", self._own)]
        while waiting:
            place, file = waiting.pop()
            within = find(self._content, place)
            for pointer, target in list(references(within)):
                whole = place + pointer.removeprefix("#")
                if file == self._own and target.startswith("#"):
                    continue
                try:
                    new = self._follow(whole, file, waiting)
                except DocumentError as error:
                    self._refuse(whole, file, target, str(error).rstrip("."))
                else:
                    put_reference(self._content, whole, new)
        problems = [problem for file in self._files.values() for problem in file.problems]
        return replace(
            self._main,
            content=self._content,
            marked=None,
            parts=self._parts,
            refused=self._refused,
            problems=(*self._main.problems, *problems),
        )

    def _refuse(self, pointer: str, file: str, target: str, reason: str) -> None:
        """Note why a reference leads nowhere, and keep one within its file from leading elsewhere."""
        if target.startswith("#"):
            target = f"{_file_name(file)}{target}"
            put_reference(self._content, pointer, target)
        self._refused.setdefault(target, reason)

    def _follow(self, pointer: str, file: str, waiting: list[tuple[str, str]]) -> str:
        """Return the place of the copy of what the reference at a place leads to."""
        reference, _, fragment = find(self._content, pointer).partition("#")
        source = file
        if reference:
            source = neighbour(self._main.source, file, reference, remote=self._remote)
        fragment = f"#{canonical(fragment)}"
        if source == self._own:
            return fragment
        key = (source, fragment)
        if key not in self._places:
            if len(self._places) >= MOST_PARTS:
                raise DocumentError(f"more than {MOST_PARTS:,} parts of other files are referred to")
            value = copy.deepcopy(find(self._read(source).content, fragment))
            place = self._add(_kind(pointer, fragment), _name(source, fragment), value)
            self._places[key] = place
            self._parts[place] = Part(self._read(source), fragment, pointer)
            waiting.append((place, source))
        return self._places[key]

    def _read(self, source: str) -> Loaded:
        if source in self._unread:
            raise self._unread[source]
        if source not in self._files:
            if len(self._files) + len(self._unread) >= MOST_FILES:
                raise DocumentError(f"more than {MOST_FILES} files are referred to")
            try:
                self._files[source] = self._read_new(source)
            except DocumentError as error:
                self._unread[source] = error
                raise
        return self._files[source]

    def _read_new(self, source: str) -> Loaded:
        data = read_source(source)
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            raise DocumentError(f"the files together are larger than {MOST_BYTES // 2**20} MiB")
        return read(data, source)

    def _add(self, kind: str, name: str, value: Any) -> str:
        """Add a value to the components; return its pointer."""
        if "swagger" in self._content:
            keys: tuple[str, ...] = (_IN_SWAGGER.get(kind, "definitions"),)
        else:
            keys = ("components", kind)
        owner = self._content
        for key in keys:
            held = owner.setdefault(key, {})
            if not isinstance(held, dict):
                raise DocumentError(f"{key} is no object, so nothing can be added to it")
            owner = held
        unique, number = name, 2
        while unique in owner:
            unique, number = f"{name}_{number}", number + 1
        owner[unique] = value
        return join("#", *keys, unique)


def _kind(pointer: str, fragment: str) -> str:
    """Return the kind of component that a reference at a pointer stands for."""
    stated = tokens(fragment)
    if len(stated) == 3 and stated[0] == "components" and stated[1] in (*_KINDS.values(), "schemas"):
        return stated[1]
    if len(stated) == 2 and stated[0] in ("parameters", "responses"):
        return stated[0]
    owner, key = ["", "", *tokens(pointer)][-3:-1]
    return _KINDS.get(owner if owner in NAME_MAPS else key, "schemas")


def _name(source: str, fragment: str) -> str:
    last = tokens(fragment)[-1:] or [_file_name(source).partition(".")[0]]
    return re.sub(r"[^A-Za-z0-9._-]", "_", last[0])


def _file_name(source: str) -> str:
    return source.replace("\\", "/").rpartition("/")[2]
