r"""Regular expressions as JSON Schema defines them: ECMA 262, where `$` matches only at the very end."""

from __future__ import annotations

from functools import lru_cache

import jsonschema_rs


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches anywhere in a text. Raises ValueError if the pattern is invalid."""
    return bool(_compiled(pattern).is_valid(text))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"type": "string", "pattern": pattern})
