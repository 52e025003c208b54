"""JSONPath (RFC 9535), as overlays use it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import jsonschema_rs

from aoai_specs.errors import OverlayError
from aoai_specs.loading.jsonpath_selectors import (
    Evaluation,
    Found,
    Segment,
    Selector,
    Test,
    element,
    every,
    filtered,
    member,
    run,
    sliced,
)

__all__ = ["Found", "JsonPath"]

_DEEPEST_FILTER = 50
#: The most digits of an integer; Python refuses to read thousands of them.
_MOST_DIGITS = 16
# Written as what is excluded: letters, `_` and everything beyond ASCII; ranges up to U+10FFFF compile slowly.
_NAME = re.compile(r"[^\x00-@\[-^`{-\x7f][^\x00-/:-@\[-^`{-\x7f]*")
_INTEGER = re.compile(rf"-?[1-9][0-9]{{0,{_MOST_DIGITS - 1}}}(?![0-9])|0")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SPACE = re.compile(r"[ \t\n\r]*")
_COMPARISON = re.compile(r"==|!=|<=|>=|<|>")
_FUNCTION = re.compile(r"(length|count|value|match|search)\(")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
_NOTHING = object()

_Query = Callable[[Any, Evaluation], list[Found]]
_Operand = Callable[[Any, Evaluation], Any]


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A parsed path. `parse` raises OverlayError for a malformed one."""

    text: str
    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Parse a path such as `$.paths['/chat'].post`. Raises OverlayError."""
        if not text.startswith("$"):
            raise OverlayError(f"{text!r} is not a JSONPath; a path starts with '$'.")
        parser = _Parser(text, 1)
        segments = parser.segments()
        if parser.at < len(text):
            parser.fail()
        return cls(text, segments)

    @property
    def singular(self) -> bool:
        """Whether the path selects at most one node, wherever it is applied."""
        return all(segment.singular for segment in self.segments)

    def find(self, content: Any) -> list[Found]:
        """Return every node that the path selects, in document order, each once.

        Raises OverlayError for a path that visits too many nodes.
        """
        found = run(self.segments, content, Evaluation(content))
        return list({(id(each.container), each.key): each for each in found}.values())


class _Parser:
    """A parser of paths and filters by recursive descent."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self._depth = 0

    def fail(self) -> NoReturn:
        raise OverlayError(f"The JSONPath {self.text!r} cannot be parsed from character {self.at + 1} on.")

    def segments(self) -> tuple[Segment, ...]:
        found: list[Segment] = []
        while True:
            before = self.at
            self._space()
            if not self.text.startswith((".", "["), self.at):
                self.at = before
                return tuple(found)
            found.append(self._segment())

    def _segment(self) -> Segment:
        descends = self._takes("..")
        dotted = not descends and self._takes(".")
        if not dotted and self.text.startswith("[", self.at):
            return self._bracketed(descends=descends)
        if self._takes("*"):
            return Segment((every,), descends, singular=False)
        name = self._match(_NAME)
        return Segment((member(name),), descends, singular=not descends)

    def _bracketed(self, *, descends: bool) -> Segment:
        self._require("[")
        selectors: list[Selector] = []
        singular = not descends
        while True:
            self._space()
            selector, single = self._selector()
            selectors.append(selector)
            singular = singular and single
            self._space()
            if self._takes("]"):
                return Segment(tuple(selectors), descends, singular and len(selectors) == 1)
            self._require(",")

    def _selector(self) -> tuple[Selector, bool]:
        if self.text.startswith(("'", '"'), self.at):
            return member(self._quoted()), True
        if self._takes("*"):
            return every, False
        if self._takes("?"):
            self._space()
            return filtered(self._either()), False
        bounds = [self._index()]
        for _ in range(2):
            before = self.at
            self._space()
            if not self._takes(":"):
                self.at = before
                break
            self._space()
            bounds.append(self._index())
        if len(bounds) > 1:
            return sliced(bounds[0], bounds[1], bounds[2] if len(bounds) > 2 else None), False
        if bounds[0] is None:
            self.fail()
        return element(bounds[0]), True

    def _index(self) -> int | None:
        found = _INTEGER.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return int(found[0])

    def _either(self) -> Test:
        return self._joined("||", self._both, any)

    def _both(self) -> Test:
        return self._joined("&&", self._basic, all)

    def _joined(self, sign: str, part: Callable[[], Test], how: Callable[[Iterator[bool]], bool]) -> Test:
        tests = [part()]
        while True:
            before = self.at
            self._space()
            if not self._takes(sign):
                self.at = before
                break
            self._space()
            tests.append(part())
        if len(tests) == 1:
            return tests[0]
        return lambda value, evaluation: how(test(value, evaluation) for test in tests)

    def _basic(self) -> Test:
        self._enter()
        negated = self._takes("!")
        self._space()
        if self._takes("("):
            self._space()
            test = self._either()
            self._space()
            self._require(")")
        else:
            test = self._comparison_or_test(negated=negated)
        self._depth -= 1
        return (lambda value, evaluation: not test(value, evaluation)) if negated else test

    def _comparison_or_test(self, *, negated: bool) -> Test:
        start = self.at
        operand, is_test, singular = self._operand()
        before = self.at
        self._space()
        sign = None if negated else _COMPARISON.match(self.text, self.at)
        if sign is None:
            self.at = before
            if not is_test:
                self.at = start
                self.fail()
            return lambda value, evaluation: _holds(operand(value, evaluation))
        if not singular:
            self.at = start
            self.fail()
        self.at = sign.end()
        self._space()
        start = self.at
        other, _, singular = self._operand()
        if not singular:
            self.at = start
            self.fail()
        return lambda value, evaluation: _compared(
            sign[0], _single(operand(value, evaluation)), _single(other(value, evaluation))
        )

    def _operand(self) -> tuple[_Operand, bool, bool]:
        """Return an operand, whether it is a test by itself, and whether it can be compared."""
        if self.text.startswith(("@", "$"), self.at):
            query, singular = self._query()
            return query, True, singular
        function = _FUNCTION.match(self.text, self.at)
        if function is not None:
            self.at = function.end()
            return self._function(function[1])
        if self.text.startswith(("'", '"'), self.at):
            text = self._quoted()
            return (lambda _, __: text), False, True
        for word, constant in _WORDS.items():
            if self._takes(word):
                return (lambda _, __, constant=constant: constant), False, True
        number = _number(self._match(_NUMBER))
        return (lambda _, __: number), False, True

    def _query(self) -> tuple[_Query, bool]:
        from_root = self.text[self.at] == "$"
        self.at += 1
        segments = self.segments()

        def query(value: Any, evaluation: Evaluation) -> list[Found]:
            return run(segments, evaluation.root if from_root else value, evaluation)

        return query, all(segment.singular for segment in segments)

    def _function(self, name: str) -> tuple[_Operand, bool, bool]:
        arguments = [self._argument()]
        if name in ("match", "search"):
            self._require(",")
            arguments.append(self._argument())
        self._require(")")
        function = _FUNCTIONS[name]
        is_test = name in ("match", "search")
        return (
            (lambda value, evaluation: function(*[each(value, evaluation) for each in arguments])),
            is_test,
            not is_test,
        )

    def _argument(self) -> _Operand:
        self._enter()
        self._space()
        operand, _, _ = self._operand()
        self._space()
        self._depth -= 1
        return operand

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST_FILTER:
            self.fail()

    def _quoted(self) -> str:
        quote = self.text[self.at]
        found = re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL).match(self.text, self.at)
        if found is None:
            self.fail()
        self.at = found.end()
        text = _ESCAPE.sub(lambda each: chr(int(each[1], 16)) if each[1] else _unescaped(each[2]), found[1])
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins surrogate pairs

    def _space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _takes(self, text: str) -> bool:
        if not self.text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def _require(self, text: str) -> None:
        if not self._takes(text):
            self.fail()

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            self.fail()
        self.at = found.end()
        return found[0]


def _number(text: str) -> float:
    return int(text) if text.lstrip("-").isdecimal() and len(text) <= _MOST_DIGITS else float(text)


def _unescaped(character: str) -> str:
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(character, character)


def _holds(result: Any) -> bool:
    return bool(result) if isinstance(result, list) else result is True


def _single(result: Any) -> Any:
    """Return the value of a query, or `_NOTHING` if it selects none."""
    if isinstance(result, list) and all(isinstance(each, Found) for each in result):
        return result[0].value if len(result) == 1 else _NOTHING
    return result


def _compared(sign: str, left: Any, right: Any) -> bool:
    if sign in ("==", "!="):
        return _equal(left, right) is (sign == "==")
    if sign in ("<=", ">=") and _equal(left, right):
        return True
    both_texts = isinstance(left, str) and isinstance(right, str)
    if not both_texts and not (_is_number(left) and _is_number(right)):
        return False
    return bool((operator.lt if sign[0] == "<" else operator.gt)(left, right))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    return type(left) is type(right) and bool(left == right)


def _length(result: Any) -> Any:
    value = _single(result)
    return len(value) if isinstance(value, str | list | dict) else _NOTHING


def _count(result: Any) -> Any:
    return len(result) if isinstance(result, list) else _NOTHING


def _matches(result: Any, pattern: Any) -> bool:
    text, expression = _single(result), _single(pattern)
    if not isinstance(text, str) or not isinstance(expression, str):
        return False
    try:
        return bool(jsonschema_rs.is_valid({"pattern": expression}, text))
    except ValueError:
        return False


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "length": _length,
    "count": _count,
    "value": _single,
    "search": _matches,
    "match": lambda result, pattern: _matches(
        result, f"^(?:{_single(pattern)})$" if isinstance(_single(pattern), str) else None
    ),
}
