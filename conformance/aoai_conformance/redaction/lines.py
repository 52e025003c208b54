"""Remove secrets that appear only in the lines of a record, not in any single part of a response.

Exchanges are redacted before they are judged. But rules join texts, such as the deltas of a stream, and quote
them, and the joined text may contain a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from typing import Any, TypeVar, cast

from aoai_conformance.redaction.secret_names import SecretNames
from aoai_conformance.redaction.secrets import Redactor
from aoai_model.exchange import Headers
from aoai_model.serialization import Serializable
from aoai_reports.record.lines import ExchangeLine

Value = TypeVar("Value")


def without_secrets(value: Value, redactor: Redactor) -> Value:
    """Return a part of a record, or any value in one, with the secrets in all of its texts masked."""
    if not redactor.has_secrets or not redactor.finds_any(_texts(value)):
        return value
    return cast("Value", _without(value, redactor))


def judgement_without_secrets(line: ExchangeLine, redactor: Redactor) -> ExchangeLine:
    """Return the line of an exchange with the secrets in the results of judging masked.

    Its request and response, by far the largest parts, are already redacted.
    """
    return replace(
        line,
        violations=without_secrets(line.violations, redactor),
        notes=without_secrets(line.notes, redactor),
        failure=without_secrets(line.failure, redactor),
        shown=without_secrets(line.shown, redactor),
        curl=without_secrets(line.curl, redactor),
    )


@dataclass(frozen=True)
class HeaderMask:
    """Masks headers of these names, as well as their values wherever else they occur."""

    names: tuple[str, ...]
    secrets: tuple[str, ...]

    @classmethod
    def of(cls, names: Sequence[str], lines: Iterable[ExchangeLine]) -> HeaderMask:
        """Return the mask for all lines of a record, given the names of the headers."""
        hidden = SecretNames(frozenset(name.strip().lower() for name in names))
        messages = (each for line in lines for each in (line.request, line.response) if each is not None)
        found = (value for each in messages for value in hidden.values_of(_named(each.headers, names)))
        return cls(tuple(names), tuple(dict.fromkeys(found)))

    def masked(self, line: Value) -> Value:
        """Return a line of the record without the secrets."""
        if isinstance(line, ExchangeLine):
            request = replace(line.request, headers=self._hidden.masked(line.request.headers))
            response = line.response
            if response is not None:
                response = replace(response, headers=self._hidden.masked(response.headers))
            hidden = replace(line, request=request, response=response)
            return cast("Value", without_secrets(hidden, self._redactor))
        return without_secrets(line, self._redactor)

    @cached_property
    def _hidden(self) -> SecretNames:
        return SecretNames(frozenset(name.strip().lower() for name in self.names))

    @cached_property
    def _redactor(self) -> Redactor:
        return Redactor(self.secrets)

    def __reduce__(self) -> tuple[type[HeaderMask], tuple[tuple[str, ...], tuple[str, ...]]]:
        return HeaderMask, (self.names, self.secrets)


def _named(headers: Headers, names: Sequence[str]) -> Headers:
    wanted = {name.strip().lower() for name in names}
    return tuple((name, value) for name, value in headers if name.strip().lower() in wanted)


def _without(value: Any, redactor: Redactor) -> Any:
    match value:
        case str():
            return redactor.text(value)
        case bytes():
            return redactor.bytes(value)
        case Serializable():
            changed = {each.name: _without(getattr(value, each.name), redactor) for each in fields(value)}
            return replace(value, **changed)
        case Mapping():
            return {redactor.text(name): _without(each, redactor) for name, each in value.items()}
        case tuple():
            return tuple(_without(each, redactor) for each in value)
        case list():
            return [_without(each, redactor) for each in value]
        case _:
            return value


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _texts(value: Any) -> Iterator[str | bytes]:
    """Yield every text in a value, the names in mappings included."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str | bytes):
            yield current
        elif isinstance(current, Serializable):
            kind: Any = type(current)
            waiting.extend(getattr(current, name) for name in _field_names(kind))
        elif isinstance(current, tuple | list):
            waiting.extend(current)
        elif isinstance(current, Mapping):
            yield from current
            waiting.extend(current.values())
