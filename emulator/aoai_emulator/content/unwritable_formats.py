"""The rejection of a sound format that this installation cannot write."""

from __future__ import annotations

from aoai_emulator.content.sound_encoding import missing_encoder
from aoai_emulator.http.rejections import Rejection, invalid_request


def unwritable_format(param: str, sound_format: str) -> Rejection:
    """400 for a format that needs the extra `audio`, as a model rejects what it does not support."""
    message = f"Unsupported value: '{param}' does not support '{sound_format}' with this model."
    return invalid_request(f"{message} {missing_encoder()}", param=param, code="unsupported_value")
