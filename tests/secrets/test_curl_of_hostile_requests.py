"""A curl line only sends its request, whatever a record contains."""

from __future__ import annotations

import shlex

import pytest

from aoai_conformance.recording.curl import curl_line
from aoai_model.exchange import Request

HOSTILE = (
    "; touch x #",
    "$(touch x)",
    "`touch x`",
    '"; touch x; "',
    "'; touch x; '",
    "\n touch x\n",
    "\\",
    "$HOME",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_piece_of_a_request_stays_one_word(text: str) -> None:
    headers = (("Authorization", f"Bearer ***{text}"), ("api-key", f"{text}***"), ("X", text))
    line = curl_line(Request(f"GET{text}", f"http://h/{text}", headers, text.encode()))
    words = shlex.split(line)
    assert words[:5] == ["curl", "-sS", "-X", f"GET{text}", f"http://h/{text}"]
    assert f"X: {text}" in words
    assert words[-1] == text
    literal = line.replace('"$AZURE_OPENAI_API_KEY"', "").replace('"$AZURE_OPENAI_AD_TOKEN"', "")
    literal = literal.replace("'\"'\"'", "")  # a quote, as shlex writes it
    assert not any(sign in _unquoted(literal) for sign in "$`;\n#")


def _unquoted(line: str) -> str:
    """Return the part of a line outside single quotes."""
    return "".join(line.split("'")[::2]).replace('"', "")


def test_only_a_header_for_credentials_gets_the_key() -> None:
    line = curl_line(Request("GET", "http://h/***", (("X-Sent-Back", "***"), ("api-key", "***")), b"***"))
    assert line.count("$") == 1
    assert '-H "api-key: $AZURE_OPENAI_API_KEY"' in line


def test_a_header_that_curl_would_read_from_a_file_is_omitted() -> None:
    assert "@" not in curl_line(Request("GET", "http://h/", (("@/etc/passwd", "x"), ("a b", "@")), b""))


@pytest.mark.parametrize(
    ("url", "guard"),
    [
        ("file:///etc/passwd", "--proto =http,https"),
        ("-o/tmp/x", "--url"),
        ("http://h/[1-9]", "--globoff"),
        ("http://h/{a,b}", "--globoff"),
    ],
)
def test_a_url_must_be_an_http_address(url: str, guard: str) -> None:
    assert guard in curl_line(Request("GET", url, (), b""))
