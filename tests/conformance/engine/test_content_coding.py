"""Content codings are decoded incrementally, within a limit, and a broken one is named."""

from __future__ import annotations

import gzip
import zlib

import pytest

from aoai_conformance.engine.content_coding import BodyDecoder, CodingError, codings_of

TEXT = b"The same words again and again. " * 200
ROOM = 1_000_000


def decoded(codings: list[str], body: bytes, size: int = 1000) -> bytes:
    decoder = BodyDecoder(codings)
    pieces = [decoder.decode(body[place : place + size], ROOM) for place in range(0, len(body), size)]
    decoder.finish()
    return b"".join(pieces)


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content)


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize("size", [1, 10, 100_000])
@pytest.mark.parametrize(
    ("codings", "body"),
    [
        ([], TEXT),
        (["gzip"], gzipped(TEXT)),
        (["x-gzip"], gzipped(TEXT[:100]) + gzipped(TEXT[100:])),
        (["deflate"], zlib.compress(TEXT)),
        (["deflate"], raw_deflate(TEXT)),
        (["deflate", "gzip"], gzipped(zlib.compress(TEXT))),
    ],
)
def test_decodes_the_body_however_it_is_split(codings: list[str], body: bytes, size: int) -> None:
    assert decoded(codings, body, size) == TEXT


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"plain text"),
        ("gzip", gzipped(TEXT)[:-1]),
        ("gzip", gzipped(TEXT)[:-8] + bytes(8)),
        ("gzip", gzipped(TEXT) + b"more"),
        ("deflate", zlib.compress(TEXT)[:-3]),
        ("deflate", zlib.compress(TEXT) + b"more"),
        ("deflate", b"plain text"),
    ],
)
def test_names_the_coding_that_is_broken(coding: str, body: bytes) -> None:
    with pytest.raises(CodingError, match=coding):
        decoded([coding], body)


def test_rejects_a_coding_that_was_not_accepted() -> None:
    with pytest.raises(CodingError, match="'br'; the request accepts gzip, deflate"):
        BodyDecoder(["br"])


def test_limits_the_number_of_stacked_codings() -> None:
    with pytest.raises(CodingError, match="5 nested content codings"):
        BodyDecoder(["gzip"] * 5)


@pytest.mark.parametrize("codings", [["gzip"], ["gzip", "gzip"]])
def test_a_decompression_bomb_stays_within_the_limit(codings: list[str]) -> None:
    body = bytes(50_000_000)
    for _ in codings:
        body = gzip.compress(body)
    assert len(BodyDecoder(codings).decode(body, 1000)) <= 1000


def test_an_empty_body_is_not_truncated() -> None:
    assert decoded(["gzip"], b"") == b""


def test_reads_the_header_as_a_list() -> None:
    assert codings_of([" GZip , identity", "", "deflate"]) == ("gzip", "deflate")
