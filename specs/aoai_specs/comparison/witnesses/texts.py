"""Strings that satisfy some keywords and violate others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product

from aoai_specs.comparison.witnesses.cases import Case, UnsupportedError
from aoai_specs.comparison.witnesses.membership import fits

#: Longer strings are not built.
_LONGEST = 20_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class TooLongError(Exception):
    """Every string would be too long to build."""


def texts(case: Case) -> Iterator[str]:
    """Yield strings of a case; the strings that some keyword refuses are among them.

    Raises UnsupportedError for patterns that are not understood, after strings that were found by trial, and
    TooLongError.
    """
    least, most = 0, None
    for _, form in case.forms:
        low, high = form.lengths.get("string", (0, None))
        least, most = max(least, low), high if most is None else most if high is None else min(most, high)
    wanted = [form.pattern for _, form in case.forms if form.pattern is not None]
    unwanted: list[str] = []
    for refusal in case.refusals:
        if refusal.what == "pattern":
            unwanted.append(refusal.argument)
        elif refusal.what == "least":
            most = refusal.argument - 1 if most is None else min(most, refusal.argument - 1)
        elif refusal.what == "most":
            least = max(least, refusal.argument + 1)
    if most is not None and least > most:
        return
    if least > _LONGEST:
        raise TooLongError
    if not wanted and not unwanted:
        yield from _plain(least, most)
        return
    try:
        yield from _shortest(wanted, unwanted, least, most)
    except UnsupportedError:
        yield from samples([*wanted, *unwanted], least, most)
        raise


def _shortest(wanted: list[str], unwanted: list[str], least: int, most: int | None) -> Iterator[str]:
    # imported late: few schemas have patterns, and it is slow to import
    from aoai_specs.comparison.witnesses.expressions import shortest

    return shortest(wanted, unwanted, least, most)


def _plain(least: int, most: int | None) -> Iterator[str]:
    last = least + 3 if most is None else min(most, least + 3)
    for length in range(least, last + 1):
        for letter in _LETTERS[: 1 if length == 0 else 12]:
            yield letter * length


def samples(patterns: list[str], least: int = 0, most: int | None = None) -> Iterator[str]:
    """Yield strings that may match some patterns, by trial."""
    letters = dict.fromkeys("".join(re.sub(r"\\.|[^\w-]", "", each) for each in patterns) + "a0-A _")
    words = [re.sub(r"\\.|[\^$?*+|(){}\[\]]", "", each) for each in patterns]
    for word in words:
        yield word
        yield from (word + other for other in words)
    for length in range(least, min(least + 4, 4 if most is None else most + 1)):
        for chosen in product(list(letters)[:9], repeat=length):
            yield "".join(chosen)


def matching(patterns: list[str]) -> list[str]:
    """Return two strings for each combination of patterns that a string can match alone, and for none."""
    found: dict[tuple[bool, ...], list[str]] = {}
    for pattern in [*patterns, None]:
        others = [each for each in patterns if each != pattern]
        for more in [None, *others]:
            wanted = [each for each in (pattern, more) if each is not None]
            unwanted = [each for each in patterns if each not in wanted]
            try:
                words = list(islice(_shortest(wanted, unwanted, 1, None), 2))
            except UnsupportedError:
                words = list(samples(patterns, 1))[:300]
            for word in words:
                signature = tuple(fits(each, word) for each in patterns)
                listed = found.setdefault(signature, [])
                if len(listed) < 2 and word not in listed:
                    listed.append(word)
    return [word for listed in found.values() for word in listed]
