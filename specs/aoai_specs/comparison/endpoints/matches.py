"""Matching the endpoints of two descriptions, even if path parameters are renamed or base paths move."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aoai_specs.comparison.endpoints.endpoint import Endpoint
from aoai_specs.comparison.endpoints.prefixes import Prefix

Key = tuple[str, str]


class Matched(NamedTuple):
    """The endpoints in both descriptions, the removed ones and the added ones.

    `moved` pairs the base path before and after, or is None if it did not move. The `aligned` pairs
    match by the prefixes that the comparison leaves out, so that their base path counts as the same.
    """

    pairs: tuple[tuple[Endpoint, Endpoint], ...]
    gone: tuple[Endpoint, ...]
    came: tuple[Endpoint, ...]
    moved: tuple[str, str] | None
    aligned: tuple[tuple[Endpoint, Endpoint], ...] = ()


def base_path(content: Mapping[str, Any]) -> str:
    """Return the path of the first server that precedes all paths: `/openai`, or ""."""
    servers = content.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, dict) else None
    if not isinstance(url, str):
        return ""
    variables = first.get("variables") if isinstance(first, dict) else None
    for name, held in variables.items() if isinstance(variables, dict) else ():
        if isinstance(held, dict) and not url.startswith(f"{{{name}}}"):
            url = url.replace(f"{{{name}}}", str(held.get("default", "")))
    path = re.sub(r"^\{[^}]*\}", "", url) if url.startswith("{") else urlsplit(url).path
    return path.rstrip("/")


def match(
    base: tuple[Endpoint, ...],
    revision: tuple[Endpoint, ...],
    bases: tuple[str, str],
    prefixes: tuple[str, str] = ("", ""),
) -> Matched:
    """Match endpoints by method and full path; the rest by the path without its base.

    With `prefixes`, match by the paths without them first. Raises DocumentError if no path has a prefix.
    """
    aligned, gone, came = _aligned(base, revision, bases, prefixes)
    pairs, gone, came = _paired(gone, came, *(lambda each, b=before: b + each.template for before in bases))
    moved: tuple[str, str] | None = None
    if gone and came and bases[0] != bases[1]:
        more, gone, came = _paired(gone, came, *([lambda each: each.template] * 2))
        pairs += more
        moved = bases if more else None
    if gone and came:
        moves = _moved_prefix(gone, came)
        if moves is not None:
            more, gone, came = _paired(gone, came, *(_without(prefix) for prefix in moves))
            pairs += more
            moved = moved or (bases[0] + moves[0], bases[1] + moves[1])
    pairs += aligned
    order = {id(endpoint): index for index, endpoint in enumerate(base)}
    pairs.sort(key=lambda pair: order[id(pair[0])])
    return Matched(tuple(pairs), tuple(gone), tuple(came), moved, tuple(aligned))


def _aligned(
    base: tuple[Endpoint, ...],
    revision: tuple[Endpoint, ...],
    bases: tuple[str, str],
    prefixes: tuple[str, str],
) -> tuple[list[tuple[Endpoint, Endpoint]], list[Endpoint], list[Endpoint]]:
    """Match by the paths without prefixes, as far as one of both has its prefix."""
    if prefixes == ("", ""):
        return [], list(base), list(revision)
    old, new = (Prefix(*each) for each in zip(prefixes, bases, strict=True))
    old.check(base)
    new.check(revision)
    pairs, _, _ = _paired(base, revision, old.key, new.key)
    aligned = [pair for pair in pairs if old.rest(pair[0]) is not None or new.rest(pair[1]) is not None]
    known = {id(each) for pair in aligned for each in pair}
    gone, came = ([each for each in side if id(each) not in known] for side in (base, revision))
    return aligned, gone, came


def _paired(
    base: Iterable[Endpoint], revision: Iterable[Endpoint], base_key: Any, revision_key: Any
) -> tuple[list[tuple[Endpoint, Endpoint]], list[Endpoint], list[Endpoint]]:
    waiting: dict[Key, list[Endpoint]] = {}
    for endpoint in revision:
        waiting.setdefault((endpoint.method, revision_key(endpoint)), []).append(endpoint)
    pairs: list[tuple[Endpoint, Endpoint]] = []
    gone: list[Endpoint] = []
    for endpoint in base:
        found = waiting.get((endpoint.method, base_key(endpoint)))
        if found:
            same = next((each for each in found if each.path == endpoint.path), found[0])
            found.remove(same)
            pairs.append((endpoint, same))
        else:
            gone.append(endpoint)
    left = {id(each) for group in waiting.values() for each in group}
    return pairs, gone, [each for each in revision if id(each) in left]


def _without(prefix: str) -> Any:
    def rest(endpoint: Endpoint) -> str:
        template = endpoint.template
        return template.removeprefix(prefix) if template.startswith(prefix) else f"?{template}"

    return rest


def _moved_prefix(gone: list[Endpoint], came: list[Endpoint]) -> tuple[str, str] | None:
    """Return the two prefixes by which most of the remaining paths would match, or None.

    At least two paths must move in the same way, so that replacing one path is not mistaken for a move.
    """
    counted: Counter[tuple[str, str]] = Counter()
    paths = ({each.template for each in gone}, {each.template for each in came})
    if len(paths[0]) * len(paths[1]) > 40_000:
        return None
    for before in paths[0]:
        for after in paths[1]:
            common = _common_end(before, after)
            if common:
                counted[before.removesuffix(common), after.removesuffix(common)] += 1
    best = counted.most_common(1)
    if not best or best[0][1] < max(2, len(paths[0]) * 0.5) or best[0][0][0] == best[0][0][1]:
        return None
    return best[0][0]


def _common_end(one: str, other: str) -> str:
    parts = (one.split("/"), other.split("/"))
    count = 0
    while count < min(len(parts[0]), len(parts[1])) - 1 and parts[0][-1 - count] == parts[1][-1 - count]:
        count += 1
    return "/" + "/".join(parts[0][len(parts[0]) - count :]) if count else ""
