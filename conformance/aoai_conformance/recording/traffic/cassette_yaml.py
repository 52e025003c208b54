"""Read the YAML of a cassette within limits, as plain data and bytes.

Python and Ruby objects, for which recorders write tags, become the plain data that they are written as.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, ClassVar

import yaml

LARGEST_YAML = 64 * 1024 * 1024
_MOST_DEPTH = 100
#: How many values a file may have, and how many times it may refer to an earlier one.
_MOST_VALUES = 1_000_000
_MOST_ALIASES = 10_000
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader with texts for dates, bytes for `!binary`, and plain data for any other tag."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def load_yaml(raw: bytes) -> Any:
    """Return the value of a YAML file. Raises ValueError, whose text says why, for any other file."""
    if len(raw) > LARGEST_YAML:
        raise ValueError(f"it is YAML of more than {LARGEST_YAML // 2**20} MiB; cut it into several files")
    try:
        _check_size(raw)
        return yaml.load(raw, _Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f"line {mark.line + 1}: "
        raise ValueError(f"{where}{getattr(error, 'problem', None) or 'it is not YAML'}") from None


def _check_size(raw: bytes) -> None:
    """Raise ValueError for what would exhaust the memory or the stack when it is constructed."""
    depth = aliases = 0
    for number, event in enumerate(yaml.parse(raw, _Loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > _MOST_DEPTH:
            raise ValueError(f"its values are nested deeper than {_MOST_DEPTH} levels")
        if number > _MOST_VALUES or aliases > _MOST_ALIASES:
            raise ValueError("it has too many values; cut it into several files")


def _construct_bytes(_loader: _Loader, node: yaml.Node) -> bytes | str:
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return str(text)


def _construct_plain(loader: _Loader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


for _tag in ("!binary", "tag:yaml.org,2002:binary"):
    _Loader.add_constructor(_tag, _construct_bytes)
_Loader.add_multi_constructor("", _construct_plain)
