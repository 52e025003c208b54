"""Cues: phrases in a prompt that trigger what the real service does only occasionally.

    [emulate: prompt filtered]       400, as if the content filter blocked the prompt
    [emulate: answer filtered]       a response that the content filter cut off (finish_reason content_filter)
    [emulate: asynchronous filter]   a stream whose filter results come later, in chunks of their own
    [emulate: rate limit]            429 with Retry-After
    [emulate: failure]               500; a response of the Responses API has the status failed

They help to test clients; nothing else depends on them. Cues that say what to respond, such as
`[emulate: say Hello.]`, are read by `aoai_emulator.content.scripting`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from aoai_emulator.content.filters import filtered_severities
from aoai_emulator.http.rejections import Rejection, internal_error, prompt_filtered, too_many_requests

OPENING = "[emulate: "


class Cue(Enum):
    """A phrase in a prompt."""

    PROMPT_FILTERED = "[emulate: prompt filtered]"
    ANSWER_FILTERED = "[emulate: answer filtered]"
    ASYNCHRONOUS_FILTER = "[emulate: asynchronous filter]"
    RATE_LIMIT = "[emulate: rate limit]"
    FAILURE = "[emulate: failure]"


_NONE: frozenset[Cue] = frozenset()


def cues(texts: Iterable[str]) -> frozenset[Cue]:
    """Return the cues in some texts."""
    cued = [text for text in texts if OPENING in text]
    if not cued:
        return _NONE
    prompt = "\n".join(cued)
    return frozenset(cue for cue in Cue if cue.value in prompt)


def cued_rejections(texts: Iterable[str], *, fails: bool = True) -> Iterator[Rejection]:
    """Yield the rejections that the cues of a prompt trigger; a failure is one unless `fails` is false."""
    found = cues(texts)
    if Cue.RATE_LIMIT in found:
        yield too_many_requests(1)
    if Cue.PROMPT_FILTERED in found:
        yield prompt_filtered(filtered_severities())
    if fails and Cue.FAILURE in found:
        yield internal_error()
