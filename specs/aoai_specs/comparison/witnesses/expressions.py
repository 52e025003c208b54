"""Strings that match some regular expressions and not others, found by derivatives.

The derivative of an expression by a character matches what may follow that character. Strings are tried in
order of their length; a combination of derivatives that was seen before leads to nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from aoai_specs.comparison.witnesses.cases import UnsupportedError
from aoai_specs.comparison.witnesses.pattern_syntax import (
    EMPTY,
    NEVER,
    Chars,
    Choice,
    Expression,
    Repeat,
    Sequence,
    choice_of,
    parsed,
    sequence_of,
)

_MOST_STATES = 1500
_WANTED = 12
#: Characters that stand for others of the same class, in the order of preference.
_REPRESENTATIVES = "abcxyzABCXYZ0123456789-_ .:/@#+,;!?~é\n"

_State = tuple[tuple[Expression, ...], tuple[Expression, ...], int]


def shortest(wanted: list[str], unwanted: list[str], least: int, most: int | None) -> Iterator[str]:
    """Yield some of the shortest strings that match all wanted patterns and no unwanted one.

    If none is yielded, there is none. Raises UnsupportedError if a pattern is not understood or there are too
    many combinations.
    """
    start: _State = (tuple(map(parsed, wanted)), tuple(map(parsed, unwanted)), 0)
    alphabet = _alphabet([*start[0], *start[1]])
    level: dict[_State, list[str]] = {start: [""]}
    seen: dict[_State, int] = {}
    yielded = 0
    while level:
        further: dict[_State, list[str]] = {}
        for state, words in level.items():
            ends = state[2] >= least and all(map(_accepts_empty, state[0]))
            if ends and not any(map(_accepts_empty, state[1])):
                for word in words:
                    yield word
                    yielded += 1
                    if yielded >= _WANTED:
                        return
            for letter in alphabet:
                following = _follow(state, letter, least, most)
                if following is None or seen.get(following, 0) > 1:
                    continue
                listed = further.setdefault(following, [])
                if len(listed) < 4:
                    listed += [word + letter for word in words[: 4 - len(listed)]]
        for state in further:
            seen[state] = seen.get(state, 0) + 1
        if len(seen) > _MOST_STATES:
            raise UnsupportedError
        level = further


def _follow(state: _State, letter: str, least: int, most: int | None) -> _State | None:
    wanted = tuple(_derivative(each, letter) for each in state[0])
    if NEVER in wanted:
        return None
    length = state[2] + 1
    if most is not None and length > most:
        return None
    unwanted = tuple(each for each in (_derivative(one, letter) for one in state[1]) if each is not NEVER)
    return wanted, unwanted, length if most is not None else min(length, least)


def _alphabet(expressions: list[Expression]) -> list[str]:
    """Return one or two characters for each class that the expressions distinguish."""
    sets: set[Chars] = set()
    waiting = list(expressions)
    while waiting:
        each = waiting.pop()
        if isinstance(each, Chars):
            sets.add(each)
        elif isinstance(each, Sequence | Choice):
            waiting += each.parts
        elif isinstance(each, Repeat):
            waiting.append(each.part)
    ordered = sorted(sets, key=repr)
    candidates = [*_REPRESENTATIVES, *(char for each in ordered for char in each.edges())]
    found: dict[tuple[bool, ...], list[str]] = {}
    for char in candidates:
        listed = found.setdefault(tuple(each.has(char) for each in ordered), [])
        if len(listed) < 2 and char not in listed:
            listed.append(char)
    return [char for index in (0, 1) for listed in found.values() for char in listed[index : index + 1]]


@lru_cache(maxsize=4096)
def _accepts_empty(expression: Expression) -> bool:
    if isinstance(expression, Sequence):
        return all(map(_accepts_empty, expression.parts))
    if isinstance(expression, Choice):
        return any(map(_accepts_empty, expression.parts))
    if isinstance(expression, Repeat):
        return expression.least == 0 or _accepts_empty(expression.part)
    return False


@lru_cache(maxsize=16384)
def _derivative(expression: Expression, letter: str) -> Expression:
    if isinstance(expression, Chars):
        return EMPTY if expression.has(letter) else NEVER
    if isinstance(expression, Choice):
        return choice_of(_derivative(each, letter) for each in expression.parts)
    if isinstance(expression, Sequence):
        options = []
        for index, part in enumerate(expression.parts):
            options.append(sequence_of([_derivative(part, letter), *expression.parts[index + 1 :]]))
            if not _accepts_empty(part):
                break
        return choice_of(options)
    if isinstance(expression, Repeat):
        if expression.most == 0:
            return NEVER
        most = None if expression.most is None else expression.most - 1
        rest = Repeat(expression.part, max(0, expression.least - 1), most)
        return sequence_of([_derivative(expression.part, letter), EMPTY if most == 0 else rest])
    return NEVER
