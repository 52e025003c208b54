r"""Escaped surrogates in JSON texts, which the escapes of YAML do not allow.

JSON writes a character beyond U+FFFF as the escapes of two surrogates (`\ud83d\ude00`). Half of such a pair
is valid JSON but cannot be encoded as text.
"""

from __future__ import annotations

import json
import re

#: The replacement for half a pair.
REPLACEMENT = "\ufffd"
_HEX = "[0-9a-fA-F]"
_ESCAPES = re.compile(
    rf"(?<!\\)((?:\\\\)*)\\u(?:([dD][89abAB]{_HEX}{{2}})\\u([dD][c-fC-F]{_HEX}{{2}})|[dD][89a-fA-F]{_HEX}{{2}})"
)
_PRIVATE_USE = range(0xE000, 0xF8FF)


def join_surrogate_pairs(text: str) -> tuple[str, str | None]:
    """Replace each escaped pair in a JSON text by its character, and each half of a pair by a mark.

    Return the text and the mark, a character that does not occur in the text. The mark is None if there is no
    half pair. Text that is not JSON stays unchanged.
    """
    if _ESCAPES.search(text) is None or not _is_json(text):
        return text, None
    mark = next((chr(code) for code in _PRIVATE_USE if not _has(text, code)), REPLACEMENT)
    joined = _ESCAPES.sub(lambda found: found[1] + _character(found, mark), text)
    return joined, mark if mark in joined else None


def _character(found: re.Match[str], mark: str) -> str:
    if found[2] is None:
        return mark
    high, low = int(found[2], 16) - 0xD800, int(found[3], 16) - 0xDC00
    return chr(0x10000 + (high << 10) + low)


def _has(text: str, code: int) -> bool:
    return chr(code) in text or re.search(rf"\\u{code:04x}", text, re.IGNORECASE) is not None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
