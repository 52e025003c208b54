"""A secret is found in whatever way it is spelled, and nothing around it is lost."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from itertools import product
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from spellings import KEYS, SPELLINGS, as_json

from aoai_conformance.redaction.secrets import MASK, Redactor

PRINTABLE = st.text("".join(map(chr, range(0x21, 0x7F))), min_size=8, max_size=60)
#: In a new clone, the first text that Hypothesis draws takes seconds: it lists the characters of Unicode.
drawn_slowly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SURROUNDINGS = ("{}", '{{"k": "{}"}}', "Wrong key {}.", "é日{}ü", "https://a.b/?k={}&l=1", "{}\n{}")


@pytest.mark.parametrize("way", SPELLINGS)
def test_masks_a_key_in_every_spelling(way: str) -> None:
    for key, surroundings in product(KEYS.values(), SURROUNDINGS):
        spelled, redactor = SPELLINGS[way](key), Redactor([key])
        text = surroundings.format(*[spelled] * surroundings.count("{}"))
        for masked in (redactor.text(text), redactor.bytes(text.encode()).decode()):
            assert spelled not in masked
            assert MASK in masked
            assert len(text) - len(masked) >= len(key) - 4
            assert redactor.text(masked) == masked


@pytest.mark.parametrize("name", KEYS)
def test_keeps_the_text_around_a_key(name: str) -> None:
    redactor = Redactor([KEYS[name]])
    answer = {"before\n\u00e9": ["\\", "%41 &amp;", '"'], "key": KEYS[name], "after": "\\\n/\u2028%"}
    for text in (json.dumps(answer), json.dumps(answer, ensure_ascii=False, indent=2)):
        assert json.loads(redactor.text(text)) == answer | {"key": MASK}
        inside = json.dumps({"arguments": text})
        assert json.loads(json.loads(redactor.text(inside))["arguments"]) == answer | {"key": MASK}


BACKSLASHES = (
    "key\\with&amp;%5cslash",
    "\\\\\\\\aaaabbbb",
    'ab\\u0041cd\\efg"%26',
    "C:\\new\\x41\\table",
    "XA6\\<\\\\|Z",
)


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(
    "way", ["json", "url", "html", "html, twice", "mixed", "base64 in json", "json in json"]
)
def test_a_reader_of_json_strings_finds_no_key(way: str, depth: int) -> None:
    for key in (*KEYS.values(), *BACKSLASHES):
        spelled = SPELLINGS[way](key)
        text = f"x {spelled} y"
        for _ in range(depth):
            text = json.dumps({"m": text})
        masked = Redactor([key]).text(text)
        for _ in range(depth):
            masked = json.loads(masked)["m"]
        assert spelled not in masked
        assert masked.startswith("x ")
        assert masked.endswith(" y")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", KEYS)
def test_masks_a_key_in_wide_characters(name: str, encoding: str) -> None:
    key = KEYS[name]
    for spelled in (key, as_json(key), quote(key, safe="")):
        masked = Redactor([key]).bytes(f"<{spelled}> after".encode(encoding))
        assert spelled.encode(encoding.removesuffix("-le").removesuffix("-be") + "-le") not in masked
        assert key not in masked.replace(b"\0", b"").decode("latin-1")
        assert b"***" in masked.replace(b"\0", b"")
    if encoding.startswith("utf-16"):
        assert Redactor([key]).bytes(f"<{key}> after".encode(encoding)).decode(encoding) == "<***> after"


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_masks_a_compressed_body_that_contains_a_key(compress) -> None:
    assert Redactor(["a-secret-key"]).bytes(compress(b'{"k": "a-secret-key"}')) == b"***"
    innocent = compress(b'{"k": "nothing"}')
    assert Redactor(["a-secret-key"]).bytes(innocent) == innocent


def test_masks_a_key_split_across_lines() -> None:
    key = KEYS["new"]
    lines = base64.encodebytes(b"Authorization: Bearer " + key.encode()).decode()
    masked = Redactor([key]).text(lines)
    assert "***" in masked
    assert key.encode() not in base64.b64decode(masked.replace("*", ""))
    assert (
        Redactor([key]).bytes(f"data: {key[:20]}\r\ndata: {key[20:]}\r\n\r\n".encode())
        == b"data: ***\r\n\r\n"
    )


def test_masks_a_truncated_key() -> None:
    key = KEYS["hexadecimal"]
    redactor = Redactor([key])
    assert redactor.text(f"No such key: {key[:20]}…") == "No such key: ***…"
    assert redactor.text(f"No such key: {key[:15]}…") == f"No such key: {key[:15]}…"


def test_leaves_everything_else_unchanged() -> None:
    redactor = Redactor(KEYS.values())
    body = json.dumps(
        {"text": 'C:\\new\\u0041 100% &amp; &lt;b&gt; \n "quoted" \u00e9 %41 %zz \\', "n": [1, 2]}
    )
    assert redactor.text(body) is body
    content = bytes(range(256)) * 4
    assert redactor.bytes(content) is content


@drawn_slowly
@given(PRINTABLE, st.sampled_from(sorted(SPELLINGS)), st.text(max_size=8), st.text(max_size=8))
@example("'\\\\\\\\\\\\\\", "json in json", "\\", '"')
@example("\\n\\n\\n\\n", "json", "", "")
@example("%41%41%4", "url", "%", "1")
def test_finds_any_printable_key(key: str, way: str, before: str, after: str) -> None:
    spelled = SPELLINGS[way](key)
    text = f"{before} {spelled} {after}"
    masked = Redactor([key]).text(text)
    assert spelled not in masked or spelled in before + after + MASK
    assert MASK in masked


@drawn_slowly
@given(PRINTABLE, st.text())
def test_masking_is_idempotent(key: str, text: str) -> None:
    redactor = Redactor([key])
    once = redactor.text(f"{text}{key}{text}")
    assert redactor.text(once) == once


def test_hundreds_of_secrets_are_all_found() -> None:
    secrets = [f"secret/number+{number:04}" for number in range(300)]
    text = " ".join(map(as_json, secrets))
    assert set(Redactor(secrets).text(text).split()) == {MASK}
