"""Requests and responses as trees of fields, with marks where two descriptions differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from aoai_specs.comparison.descriptions import Description
from aoai_specs.comparison.difference import Difference
from aoai_specs.comparison.endpoints.endpoint import Endpoint, Media, endpoints
from aoai_specs.comparison.endpoints.matches import base_path, match
from aoai_specs.comparison.endpoints.requests import request_differences
from aoai_specs.comparison.endpoints.schema_roots import SchemaRoot
from aoai_specs.comparison.schemas.judging import Judging
from aoai_specs.comparison.schemas.meaning import Meaning, Node
from aoai_specs.comparison.schemas.meanings import Meanings
from aoai_specs.comparison.schemas.pairs import BesideUnion, Schemas
from aoai_specs.comparison.schemas.unions import Branch, branches_of, matched
from aoai_specs.comparison.unknown import Unknown, unknown_between
from aoai_specs.errors import DocumentError

Mark = Literal["", "+", "-", "!"]
State = Literal["new", "updated", "removed", "same"]

#: The depth from which equal fields are not unfolded, and the depth from which nothing is.
_DEEP = 5
_DEEPEST = 9
#: How lines of branches, items and further properties start.
_KEYWORDS = ("| ", "[]:", "*:")
_NOT_NOTED = ("property-added", "property-removed", "description-changed")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a tree: its depth, its mark, and notes about the change."""

    depth: int
    text: str
    mark: Mark = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """The request, or the response of a status, as lines."""

    title: str
    lines: tuple[Line, ...]
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Method:
    """A method of an API: its name, its method and path (`POST /files`), and its trees.

    `operation` is the name that changes refer to.
    """

    name: str
    operation: str
    called: str
    state: State
    trees: tuple[Tree, ...] = field(repr=False)


def methods(base: Description, revision: Description) -> tuple[Method, ...]:
    """Return the methods of both descriptions in the order of the revision, with removed ones last.

    What is unknown, because a description is partial, has no mark, and no method is new or removed for it.
    Raises DocumentError for a description that cannot be read.
    """
    try:
        return _methods(base, revision)
    except RecursionError:
        raise DocumentError(f"the schemas of {base.name} or {revision.name} are nested too deeply.") from None


def _methods(base: Description, revision: Description) -> tuple[Method, ...]:
    outline = _Outline(Schemas(Meanings(base.content), Meanings(revision.content)))
    old, new = endpoints(base.content), endpoints(revision.content)
    bases = (base_path(base.content), base_path(revision.content))
    found = match(old, new, bases, (base.prefix, revision.prefix))
    before = {id(other): one for one, other in found.pairs}
    publications = (base.published_at, revision.published_at)
    unknown = unknown_between(base.content, revision.content, publications)
    listed = [_known_method(outline.method(before.get(id(each)), each), unknown, each) for each in new]
    listed += [_known_method(outline.method(each, None), unknown, each) for each in found.gone]
    return tuple(_without_unknown(method, unknown) for method in listed)


def _known_method(method: Method, unknown: Unknown, endpoint: Endpoint) -> Method:
    """Return a method that is neither new nor removed if the other description does not cover it."""
    covers = {"new": unknown.adds, "removed": unknown.removes}.get(method.state)
    return replace(method, state="same") if covers is not None and covers(endpoint.pointer) else method


def _without_unknown(method: Method, unknown: Unknown) -> Method:
    """Return a method without the marks that stand for something unknown."""
    marks = {mark for mark, applies in (("+", unknown.additions), ("-", unknown.removals)) if applies}
    state = {"new": "+", "removed": "-"}.get(method.state)
    if not marks:
        return method
    if state is not None:
        return replace(method, state="same") if state in marks else method
    trees = tuple(
        replace(tree, mark="" if tree.mark in marks else tree.mark, lines=tuple(_unmarked(tree.lines, marks)))
        for tree in method.trees
    )
    return replace(method, trees=trees)


def _unmarked(lines: tuple[Line, ...], marks: set[str]) -> Iterator[Line]:
    """Yield lines without some marks. Added or removed branches and items keep theirs, with all inside."""
    known_from = _DEEPEST + 1
    for line in lines:
        if line.depth <= known_from:
            known = line.mark in marks and line.text.startswith(_KEYWORDS)
            known_from = line.depth if known else _DEEPEST + 1
        else:
            known = True
        yield replace(line, mark="") if line.mark in marks and not known else line


class _Outline:
    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._judging = Judging(schemas)

    def method(self, base: Endpoint | None, revision: Endpoint | None) -> Method:
        shown = revision or base
        if shown is None:
            raise ValueError("a method needs an endpoint")
        name = str(shown.described.get("operationId") or shown.name)
        operation = base.name if base is not None else shown.name
        if revision is None:
            return Method(name, operation, shown.name, "removed", ())
        trees = (self._request(base, revision), *self._responses(base, revision))
        if base is None:
            return Method(name, operation, shown.name, "new", trees)
        marked = any(tree.mark or any(line.mark for line in tree.lines) for tree in trees)
        return Method(name, operation, shown.name, "updated" if marked else "same", trees)

    def _request(self, base: Endpoint | None, revision: Endpoint) -> Tree:
        lines: list[Line] = []
        new = base is None
        roots: dict[str, SchemaRoot] = {}
        messages: dict[str, list[str]] = {}
        if base is not None:
            for each in request_differences(base, revision, words=False):
                if isinstance(each, SchemaRoot):
                    roots[each.revision] = each
                elif not each.gone:
                    messages.setdefault(each.revision_pointer, []).append(each.message)
        known = {each.revision.rpartition("/")[0] for each in roots.values()}
        for (location, name), held in revision.parameters.items():
            root = roots.get(f"{held.pointer}/schema")
            pair = (
                self._pair(root)
                if root
                else (None, self._node(f"{held.pointer}/schema", there="schema" in held.described))
            )
            fresh = not new and root is None and held.pointer not in known
            notes = () if fresh else tuple(messages.get(held.pointer, ()))
            needed = location == "path" or held.under("required") is True
            lines += self._field(
                f"{name}{'' if needed else '?'} ({location})", pair, 1, "+" if fresh else "", notes, alone=new
            )
        if base is not None:
            places = dict(zip(base.places, revision.places, strict=False))
            for location, name in base.parameters:
                here = (location, places.get(name, name)) if location == "path" else (location, name)
                if here not in revision.parameters:
                    lines.append(Line(1, f"{name} ({location})", "-"))
        lines += self._bodies(None if base is None else base.request_media, revision.request_media, 1)
        return Tree("Request", tuple(lines))

    def _responses(self, base: Endpoint | None, revision: Endpoint) -> Iterator[Tree]:
        for status, response in revision.responses.items():
            before = None if base is None else base.responses.get(status)
            fresh = base is not None and before is None
            lines: list[Line] = []
            for name, header in response.headers.items():
                mark: Mark = "+" if before is not None and name not in before.headers else ""
                after = self._node(f"{header.pointer}/schema", there="schema" in header.described)
                held = None if before is None else before.headers.get(name)
                old = (
                    None
                    if held is None
                    else self._old(f"{held.pointer}/schema", there="schema" in held.described)
                )
                lines += self._field(
                    f"{name} (header)", (old, after), 1, mark, (), alone=base is None or fresh
                )
            for name in before.headers if before is not None else ():
                if name not in response.headers:
                    lines.append(Line(1, f"{name} (header)", "-"))
            media = None if before is None else before.media
            lines += self._bodies(media, response.media, 1, alone=fresh)
            yield Tree(f"Response ({status})", tuple(lines), "+" if fresh else "")
        for status in base.responses if base is not None else ():
            if status not in revision.responses:
                yield Tree(f"Response ({status})", (), "-")

    def _bodies(
        self,
        base: Mapping[str, Media] | None,
        revision: Mapping[str, Media],
        depth: int,
        *,
        alone: bool = False,
    ) -> Iterator[Line]:
        for name, media in revision.items():
            before = None if base is None else base.get(name)
            mark: Mark = "+" if base is not None and before is None and not alone else ""
            for key, pointer in (("", media.schema), ("each event ", media.item)):
                if pointer is None:
                    continue
                after = self._node(pointer)
                other = None if before is None else before.schema if key == "" else before.item
                old = None if other is None else self._old(other)
                yield from self._field(
                    f"{key}{media.media_type}", (old, after), depth, mark, (), alone=base is None or alone
                )
        for name, media in base.items() if base is not None else ():
            if name not in revision:
                yield Line(depth, media.media_type, "-")

    def _node(self, pointer: str, *, there: bool = True) -> Node | None:
        return self._schemas.revision.node(pointer) if there else None

    def _old(self, pointer: str, *, there: bool = True) -> Node | None:
        return self._schemas.base.node(pointer) if there else None

    def _pair(self, root: SchemaRoot) -> tuple[Node, Node]:
        return self._schemas.base.node(root.base), self._schemas.revision.node(root.revision)

    def _field(
        self,
        name: str,
        pair: tuple[Node | None, Node | None],
        depth: int,
        mark: Mark,
        notes: tuple[str, ...],
        *,
        alone: bool = False,
        around: tuple[tuple[Node | None, Node | None], ...] = (),
    ) -> Iterator[Line]:
        """Yield a field and its content.

        `alone` is set if there is nothing to compare and to mark, `mark` if the whole field is new or
        removed; `around` are the enclosing pairs.
        """
        before, after = pair
        node = after if after is not None else before
        if node is None:
            yield Line(depth, name, mark or ("!" if notes else ""), notes)
            return
        meanings = self._schemas.revision if after is not None else self._schemas.base
        meaning = meanings.meaning(node)
        compares = before is not None and after is not None and not mark and not alone
        differences: tuple[Difference, ...] = ()
        changed = False
        if compares and before is not None and after is not None:
            changed = not self._schemas.unchanged(before, after)
            if changed:
                differences = self._judging.judged(before, after).differences
        all_notes = (*notes, *(each.message for each in differences if each.id not in _NOT_NOTED))
        yield Line(
            depth,
            f"{name}: {_type(meaning)}",
            mark or ("!" if all_notes else ""),
            tuple(dict.fromkeys(all_notes)),
        )
        if (
            pair in around
            or depth >= _DEEPEST
            or (depth > _DEEP and not changed and not alone)
            or len(around) > _DEEPEST
        ):
            return
        inner = (*around, pair)
        yield from self._inside(pair, depth + 1, mark, alone=alone, around=inner)

    def _inside(
        self,
        pair: tuple[Node | None, Node | None],
        depth: int,
        mark: Mark,
        *,
        alone: bool,
        around: tuple[tuple[Node | None, Node | None], ...],
    ) -> Iterator[Line]:
        old = None if pair[0] is None else self._schemas.base.meaning(pair[0])
        new = None if pair[1] is None else self._schemas.revision.meaning(pair[1])
        compares = not mark and not alone and old is not None and new is not None
        here = new or old
        if here is None:
            return
        beside = self._schemas.beside_union(pair[0], pair[1]) if compares and pair[0] and pair[1] else None
        if beside is not None:
            yield from self._beside_union(beside, pair, depth, around=around)
            return
        both = (old.properties if old is not None else {}, new.properties if new is not None else {})
        for name in [*both[1], *(each for each in both[0] if each not in both[1])]:
            inner: Mark = mark
            if compares and name not in both[0]:
                inner = "+"
            elif compares and name not in both[1]:
                inner = "-"
            required = name in here.required
            yield from self._field(
                name if required else f"{name}?",
                (both[0].get(name), both[1].get(name)),
                depth,
                inner,
                (),
                alone=alone,
                around=around,
            )
        for keyword, title in (("items", "[]"), ("additionalProperties", "*")):
            nodes = (
                old.inside.get(keyword) if old is not None else None,
                new.inside.get(keyword) if new is not None else None,
            )
            if nodes[0] is not None or nodes[1] is not None:
                inner = mark
                if compares and nodes[0] is None:
                    inner = "+"
                elif compares and nodes[1] is None:
                    inner = "-"
                yield from self._field(title, nodes, depth, inner, (), alone=alone, around=around)
        yield from self._branches(old, new, depth, mark, alone=alone, around=around)

    def _beside_union(
        self,
        found: BesideUnion,
        pair: tuple[Node | None, Node | None],
        depth: int,
        *,
        around: tuple[tuple[Node | None, Node | None], ...],
    ) -> Iterator[Line]:
        """Yield the union or the plain schema of the revision, and what is gone of the other."""
        known = {id(other): one for one, other in found.pairs}
        if found.union_after:
            for branch in found.after:
                one = known.get(id(branch))
                nodes = (one.node if one else None, branch.node)
                yield from self._field(
                    f"| {branch.called}", nodes, depth, "" if one else "+", (), around=around
                )
        else:
            objects = [one.node for one, _ in found.pairs if one.meaning.properties or one.meaning.inside]
            before = objects[0] if len(objects) == 1 else None
            yield from self._inside((before, pair[1]), depth, "", alone=before is None, around=around)
        for branch in found.gone:
            yield from self._field(f"| {branch.called}", (branch.node, None), depth, "-", (), around=around)

    def _branches(
        self,
        old: Meaning | None,
        new: Meaning | None,
        depth: int,
        mark: Mark,
        *,
        alone: bool,
        around: tuple[tuple[Node | None, Node | None], ...],
    ) -> Iterator[Line]:
        before = _listed(old, self._schemas.base)
        after = _listed(new, self._schemas.revision)
        pairs, gone, _ = matched(before, after)
        compares = not mark and not alone and bool(before) and bool(after)
        known = {id(other): one for one, other in pairs}
        for branch in after:
            one = known.get(id(branch))
            inner: Mark = "+" if compares and one is None else mark
            yield from self._field(
                f"| {branch.called}",
                (one.node if one else None, branch.node),
                depth,
                inner,
                (),
                alone=alone or (not before and not mark),
                around=around,
            )
        if new is None or compares:
            for branch in gone if compares else before:
                inner = "-" if compares else mark
                yield from self._field(
                    f"| {branch.called}", (branch.node, None), depth, inner, (), alone=alone, around=around
                )


def _listed(meaning: Meaning | None, meanings: Meanings) -> list[Branch]:
    if meaning is None:
        return []
    return [branch for union in meaning.unions for branch in branches_of(union, meaning, meanings)]


def _type(meaning: Meaning) -> str:
    """Return the type of a field as text: `string`, `enum`, `file`, `integer or null`."""
    if meaning.values is not None:
        word = "const" if meaning.constant else "enum"
    elif meaning.facts.get("format") is not None and meaning.facts["format"].value == "binary":
        word = "file"
    elif meaning.unions:
        word = "one of" if meaning.unions[0].keyword != "anyOf" else "any of"
    elif meaning.types is None:
        word = "any"
    else:
        word = " or ".join(sorted(meaning.types)) or "null"
    return f"{word} or null" if meaning.nullable and meaning.types is not None else word
