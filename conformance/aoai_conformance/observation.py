"""Records which parts of a response a probe reads, so that a rule passes only if it examined something.

A rule without violations passes only if its probe found something to check. Reads are recorded
automatically: JSON objects of a response record each member that is read (`JsonObject`), and so do
`Reply.status`, `Reply.header`, `Reply.content` and `Stream.events`. A probe that uses anything else, such as
arrival times, calls `examined`. Null and empty lists and objects do not count.

Views cache computed values with this module's `cached_property`, which repeats the recorded reads for every
rule that uses the value.

If parts of a response violate its schema, reads of those parts are recorded as well: a rule that depends on
an invalid part is not applicable (`aoai_conformance.judging.precedence`). Only these are stored, so the cost
of a read does not grow with the size of the response.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Container,
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    ValuesView,
)
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any, Generic, Protocol, Self, TypeAlias, TypeVar, overload

from aoai_specs.pointers import join

__all__ = [
    "Examination",
    "JsonObject",
    "SharedValues",
    "Watch",
    "cached_property",
    "examined",
    "examined_beyond",
    "examining",
    "only_placing",
    "read_each",
    "watched",
]

#: The reads of a probe: each watched place with the names of the members read there.
Read: TypeAlias = dict[Hashable, set[str]]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_ABSENT: Any = object()
#: The types of the values in parsed JSON that hold no other values.
_SCALARS = frozenset({str, int, float, bool, type(None)})


class Watch(Protocol):
    """Maps a read to the watched places that it touches."""

    def at(self, origin: int, pointer: str, value: Any) -> Iterable[Hashable]:
        """Return the watched places that contain the value at a pointer into the response `origin`."""
        ...


class Examination:
    """What a probe has read: `found` if there was anything, and with a `watch` the watched places in `read`.

    `beyond_body` is set if the status was read, or the bytes of the body.
    """

    __slots__ = ("beyond_body", "found", "read", "watch")

    def __init__(self, watch: Watch | None = None) -> None:
        self.found = False
        self.beyond_body = False
        self.watch = watch
        self.read: Read = {}

    def absorb(self, other: Examination) -> None:
        """Add the reads of another examination."""
        self.found = self.found or other.found
        self.beyond_body = self.beyond_body or other.beyond_body
        if self.watch is not None:
            self.absorb_read(other.read)

    def absorb_read(self, read: Read) -> None:
        """Add reads of watched places."""
        for watched_place, names in read.items():
            self.read.setdefault(watched_place, set()).update(names)

    def note(self, holder: JsonObject, key: object, value: Any) -> None:
        """Record the read of a member, present or absent."""
        if self.watch is not None and isinstance(key, str):
            for touched in self.watch.at(holder.origin, join(holder.pointer, key), value):
                self.read.setdefault(touched, set()).add(key)
        if value is not _ABSENT and _is_something(value):
            self.found = True


_CURRENT: ContextVar[Examination | None] = ContextVar("examination", default=None)


class examining:  # noqa: N801 - a context manager, faster than a generator: every rule enters it
    """Record the reads inside this context, and no others."""

    __slots__ = ("_examination", "_token")
    _token: Token[Examination | None]

    def __init__(self, *, watch: Watch | None = None) -> None:
        self._examination = Examination(watch)

    def __enter__(self) -> Examination:
        self._token = _CURRENT.set(self._examination)
        return self._examination

    def __exit__(self, *error: object) -> None:
        _CURRENT.reset(self._token)


def examined(something: object = True) -> None:
    """Record that the running probe has something to check, unless `something` is empty or None."""
    current = _CURRENT.get()
    if current is not None and something:
        current.found = True


def examined_beyond(something: object = True) -> None:
    """Record that the running probe reads more than JSON, so that it does not depend on invalid JSON.

    It has something to check unless `something` is empty or None.
    """
    current = _CURRENT.get()
    if current is not None:
        current.beyond_body = True
    examined(something)


@contextmanager
def only_placing(names: Container[str]) -> Iterator[None]:
    """Inside this context reads do not count as examined, but rules depend on the members of these names."""
    current = _CURRENT.get()
    with examining(watch=None if current is None else current.watch) as inner:
        yield
    if current is not None and current.watch is not None:
        current.absorb_read(
            {place: kept for place, read in inner.read.items() if (kept := {n for n in read if n in names})}
        )


def _is_something(value: Any) -> bool:
    """Whether a JSON value is more than null, an empty list or object, or a list of such."""
    if isinstance(value, list):
        return any(each is not None and each not in ({}, []) for each in value)
    return value is not None and value != {}


class JsonObject(dict[str, Any]):
    """A JSON object of a response that records which of its members are read.

    `origin` is the id of its response, `pointer` its JSON Pointer in the body or the chunk. A copy is a
    plain dict unless it is a deep one.
    """

    __slots__ = ("origin", "pointer")
    origin: int
    pointer: str

    def _note(self, key: object, value: Any) -> None:
        current = _CURRENT.get()
        if current is not None and (current.watch is not None or not current.found):
            current.note(self, key, value)

    def _note_all(self) -> None:
        current = _CURRENT.get()
        if current is not None and (current.watch is not None or not current.found):
            for key, value in dict.items(self):
                current.note(self, key, value)

    def __getitem__(self, key: str) -> Any:
        value = dict.get(self, key, _ABSENT)
        self._note(key, value)
        if value is _ABSENT:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """Return the member, or the default if it is absent."""
        value = dict.get(self, key, _ABSENT)
        self._note(key, value)
        return default if value is _ABSENT else value

    def __contains__(self, key: object) -> bool:
        there = dict.__contains__(self, key)
        self._note(key, dict.__getitem__(self, str(key)) if there else _ABSENT)
        return there

    def __iter__(self) -> Iterator[str]:
        self._note_all()
        return dict.__iter__(self)

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        """Return the names of the members."""
        self._note_all()
        return dict.keys(self)

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        """Return the values of the members."""
        self._note_all()
        return dict.values(self)

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        """Return the members."""
        self._note_all()
        return dict.items(self)


def read_each(holders: Iterable[dict[str, Any]], name: str) -> list[Any]:
    """Return a member of each object, None where it is absent, as `get` does, and record the same reads."""
    current = _CURRENT.get()
    if current is not None and current.watch is not None:
        return [each.get(name) for each in holders]
    values = [dict.get(each, name) for each in holders]
    if current is not None and not current.found:
        current.found = any(map(_is_something, values))
    return values


def watched(value: Any, origin: int) -> Any:
    """Return parsed JSON with every object replaced by a `JsonObject`; lists are changed in place."""
    value = _object(value, origin, "") if isinstance(value, dict) else value
    waiting: list[tuple[Any, str]] = [(value, "")]
    while waiting:
        holder, pointer = waiting.pop()
        if isinstance(holder, dict):
            held: Iterable[tuple[Any, Any]] = list(dict.items(holder))
        else:
            held = enumerate(holder) if isinstance(holder, list) else ()
        for key, each in held:
            if isinstance(each, dict):
                inner = join(pointer, key)
                holder[key] = made = _object(each, origin, inner)
                waiting.append((made, inner))
            elif isinstance(each, list) and not _SCALARS.issuperset(map(type, each)):
                waiting.append((each, join(pointer, key)))
    return value


def _object(members: dict[str, Any], origin: int, pointer: str) -> JsonObject:
    made = JsonObject(members)
    made.origin = origin
    made.pointer = pointer
    return made


class SharedValues:
    """Values that several views of one response need, each computed once; each use repeats its reads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Watch | None], tuple[Any, Examination]] = {}

    def share(self, name: str, work_out: Callable[[], T]) -> T:
        """Return the value with a name, computing it if this is its first use while the same is watched."""
        current = _CURRENT.get()
        key = name, None if current is None else current.watch
        if key not in self._kept:
            with examining(watch=key[1]) as own:
                self._kept[key] = work_out(), own
        value, examination = self._kept[key]
        if current is not None:
            current.absorb(examination)
        return value  # type: ignore[no-any-return] # the value that work_out returned


class cached_property(Generic[T_co]):  # noqa: N801 - it replaces functools.cached_property
    """A property that is computed once; each use repeats the reads of the computation."""

    def __init__(self, work_out: Callable[[Any], T_co]) -> None:
        self._work_out = work_out
        self._name = ""
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = f"{name} of {owner.__qualname__}"

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T_co: ...
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Self | T_co:
        if instance is None:
            return self
        kept: tuple[T_co, Examination] | None = instance.__dict__.get(self._name)
        current = _CURRENT.get()
        if kept is None:
            with examining(watch=None if current is None else current.watch) as own:
                kept = self._work_out(instance), own
            instance.__dict__[self._name] = kept
        if current is not None:
            current.absorb(kept[1])
        return kept[0]

    def __set__(self, instance: object, value: object) -> None:
        raise AttributeError("The property is computed; it cannot be set.")
