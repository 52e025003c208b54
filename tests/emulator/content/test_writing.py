"""Text respects max_tokens and stop sequences, and has the correct finish reason."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aoai_emulator.content.prose import within, write
from aoai_emulator.content.seeding import digest, label
from aoai_emulator.content.tokens import tokenize


@given(st.text(), st.none() | st.integers(0, 20), st.lists(st.text(max_size=3), max_size=4))
def test_no_stop_sequence_and_no_token_too_many(text, limit, stops):
    written = within(tokenize(text), limit=limit, stops=stops)
    assert text.startswith(written.text)
    assert limit is None or len(written.tokens) <= limit
    assert not any(stop and stop in written.text for stop in stops)


def test_a_text_that_reaches_its_limit_has_the_finish_reason_length():
    assert within(["a", "b"], limit=2, stops=()).ending == "length"
    assert within(["a", "b"], limit=3, stops=()).ending == "stop"
    assert within(["a", "b"], limit=None, stops=()).ending == "stop"


def test_a_stop_sequence_past_the_limit_does_not_count():
    assert within(["a", "b", "END"], limit=2, stops=["END"]).ending == "length"


def test_a_stop_sequence_may_cut_a_token():
    written = within(["abc", "def"], limit=None, stops=["e"])
    assert (written.tokens, written.ending) == (("abc", "d"), "stop")


@pytest.mark.parametrize("stop", ["END", "\n", "🌿", "x" * 64])
def test_the_author_reaches_the_requested_stop_sequence(stop):
    written = write("key", limit=400, stops=[stop])
    plain = write("key", limit=400, stops=[])
    assert written.ending == "stop"
    assert len(written.tokens) < len(plain.tokens)


def test_the_same_seed_gives_the_same_text():
    assert write("1", limit=9, stops=()) == write("1", limit=9, stops=())
    assert write("1", limit=9, stops=()) != write("2", limit=9, stops=())


def test_a_limit_gives_a_prefix_of_the_longer_text():
    longer = write("k", limit=None, stops=())
    assert longer.text.startswith(write("k", limit=7, stops=()).text)


def test_parts_are_independent_of_each_other():
    assert digest("a", "b") != digest("ab")
    assert label(29, "x") == label(29, "x") != label(29, "y")
    assert len(label(29, "x")) == 29


@pytest.mark.parametrize("parts", [(), (0, None, "é"), ("a", {"b": [1.5, True], "a": '\u2028 "\ud800'})])
def test_a_digest_is_that_of_sorted_json(parts):
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    assert digest(*parts) == hashlib.blake2b(text.encode(), digest_size=32).digest()
