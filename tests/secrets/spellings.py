"""The spellings of a key that a server may echo, and keys that are hard to find."""

from __future__ import annotations

import base64
import html
import json
import random
from collections.abc import Callable, Mapping
from urllib.parse import quote

#: Keys with every special character that a header can carry, and keys as resources have them.
KEYS: Mapping[str, str] = {
    "hexadecimal": "0123456789abcdef0123456789abcdef"[::-1],
    "new": "3Xq9Zk/v+T0mL1aYb2Wc4Rd5Se6Tf7Ug8Vh9Wi0XjAkBlCmDnEoFpGqHrIsJtKuLvMw==",
    "specials": "k/+\\'\"%=<>&;:,.?!~`^|{}[]()*#@$-_Z",
    "eight": 'a/b+c\\d"',
    "looks escaped": "k%41/\\u0041&amp;&#43;\\n\\\\x41-end",
    "token": "eyJ0eXAiOiJKV1QifQ." + "eyJhdWQiOiJodHRwczovL2NvZ25pdGl2ZXNlcnZpY2VzIn0" * 30 + ".c2ln-_Z9",
}


def every_character(spell: Callable[[str], str]) -> Callable[[str], str]:
    return lambda key: "".join(map(spell, key))


def mixed(key: str) -> str:
    """Spell each character differently."""
    draw = random.Random(key)
    spells: list[Callable[[str], str]] = [
        lambda c: c if c not in "\\%&" else f"\\u{ord(c):04x}",
        lambda c: f"\\u{ord(c):04X}",
        lambda c: f"%{ord(c):02x}",
        lambda c: f"&#{ord(c)};",
        lambda c: f"&#x{ord(c):X};",
        lambda c: f"\\x{ord(c):02x}",
    ]
    return "".join(draw.choice(spells)(character) for character in key)


def as_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def in_base64(before: int) -> Callable[[str], str]:
    return lambda key: base64.b64encode(b"xyz"[:before] + key.encode()).decode()


def in_base64_for_urls(before: int) -> Callable[[str], str]:
    return lambda key: base64.urlsafe_b64encode(b"xyz"[:before] + key.encode()).decode().rstrip("=")


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "json": as_json,
    "json, slashes escaped": lambda key: as_json(key).replace("/", "\\/"),
    "json, specials by number": lambda key: "".join(c if c.isalnum() else f"\\u{ord(c):04X}" for c in key),
    "json, all by number": every_character(lambda c: f"\\u{ord(c):04x}"),
    "json in json": lambda key: as_json(as_json(key)),
    "json in json in json": lambda key: as_json(as_json(as_json(key))),
    "json in json, by number": lambda key: as_json("".join(f"\\u{ord(c):04x}" for c in key)),
    "url": lambda key: quote(key, safe=""),
    "url, lower case": every_character(lambda c: c if c.isalnum() else f"%{ord(c):02x}"),
    "url, all characters": every_character(lambda c: f"%{ord(c):02X}"),
    "url, twice": lambda key: quote(quote(key, safe=""), safe=""),
    "html": html.escape,
    "html, by number": every_character(lambda c: f"&#{ord(c)};"),
    "html, by hexadecimal number": every_character(lambda c: f"&#x{ord(c):02X};"),
    "html, twice": lambda key: html.escape(html.escape(key)),
    "html in json": lambda key: as_json(html.escape(key)),
    "html in json, by number": lambda key: html.escape(key).replace("&", "\\u0026"),
    "url in json": lambda key: as_json(quote(key, safe="")),
    "repr": lambda key: repr(key.encode())[2:-1],
    "backslash x": every_character(lambda c: f"\\x{ord(c):02x}"),
    "hexadecimal": lambda key: key.encode().hex(),
    "hexadecimal, upper case": lambda key: key.encode().hex().upper(),
    "hexadecimal, mixed case": lambda key: "".join(
        digit.upper() if place % 2 else digit for place, digit in enumerate(key.encode().hex())
    ),
    "other case": str.swapcase,
    "mixed": mixed,
    **{f"base64, {n} before": in_base64(n) for n in range(3)},
    **{f"base64 for urls, {n} before": in_base64_for_urls(n) for n in range(3)},
    "base64 in json": lambda key: in_base64(0)(key).replace("/", "\\/"),
    "base64 in a url": lambda key: quote(in_base64(1)(key), safe=""),
    "base64 of json": lambda key: base64.b64encode(json.dumps({"key": key}).encode()).decode(),
    "base64 of an authorization": lambda key: base64.b64encode(f"api-key: {key}\n".encode()).decode(),
}
