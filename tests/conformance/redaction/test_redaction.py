"""Secrets, and where they must not be found."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from aoai_conformance.redaction.secrets import Redactor


def test_masks_a_secret_as_json_and_as_a_url_would_spell_it() -> None:
    secret = 'a"b/c+d é'
    redactor = Redactor([secret])
    assert redactor.text(json.dumps({"k": secret})) == '{"k": "***"}'
    assert redactor.text("?k=a%22b%2Fc%2Bd%20%C3%A9") == "?k=***"
    assert redactor.bytes(f"<{secret}>".encode()) == b"<***>"


def test_masks_the_longer_of_two_secrets_first() -> None:
    assert Redactor(["a-secret", "a-secret-two"]).text("a-secret-two a-secret") == "*** ***"


def test_does_not_mask_values_too_short_to_be_a_secret() -> None:
    assert Redactor(["a", "", "right"]).text("a bright day") == "a bright day"


@given(st.text(min_size=8), st.text(), st.text())
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    masked = Redactor([secret]).text(before + secret + after)
    assert secret in "***" or secret not in masked.replace("***", "\0") or secret in before + "\0" + after
