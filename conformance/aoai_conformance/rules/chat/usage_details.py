"""Breakdowns of the reported usage: sums of the parts, predictions, reasoning and audio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, elements, members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import CHAT, COMPLETIONS, rule
from aoai_conformance.views.responses import ChatReply, TextReply
from aoai_model.verdict import Violation

_USAGE = "azure-openai@2025-01-01-preview#/components/schemas/CompletionsUsage/properties"
_COMPLETION = "completion_tokens_details"
_PREDICTED = ("accepted_prediction_tokens", "rejected_prediction_tokens")
#: The parts of the completion tokens that do not overlap.
_APART = (*_PREDICTED, "reasoning_tokens", "audio_tokens")
#: Where the audio tokens of the prompt and of the response are counted.
_HEARD, _SAID = "prompt_tokens_details/audio_tokens", f"{_COMPLETION}/audio_tokens"
#: Types of message parts without audio, and types that are recordings.
_SILENT, _RECORDINGS = ("text", "image_url", "refusal"), ("input_audio", "audio_url")


def _parts(reply: TextReply) -> dict[str, int]:
    """Return the counts of the completion's parts, by name, if two or more are from 0 to the total."""
    total = reply.tokens("completion_tokens")
    if total is None:
        return {}
    counts = {name: whole(dig(reply.usage, f"/{_COMPLETION}/{name}")) for name in _APART}
    parts = {name: count for name, count in counts.items() if count is not None and 0 <= count <= total}
    return parts if len(parts) > 1 else {}


@rule(
    "USAGE-008",
    must="count no more accepted and rejected prediction tokens in total than completion tokens",
    clause=f"{_USAGE}/{_COMPLETION}",
    operations=CHAT | COMPLETIONS,
    evidence=_parts,
    note="Rejected tokens are completion tokens, too, and no token is both accepted and rejected. Reasoning "
    "and audio tokens are separate; if only the sum of all parts exceeds the total, it is a SHOULD "
    "violation.",
)
def predictions_are_within_completion(reply: TextReply, parts: dict[str, int]) -> Iterator[Violation]:
    """Each token belongs to one part only."""
    total = reply.tokens("completion_tokens") or 0
    predicted = sum(parts.get(name, 0) for name in _PREDICTED)
    if sum(parts.values()) > total:
        names = _PREDICTED if predicted > total else _APART
        yield reply.usage_place.violates(
            f"/usage/{_COMPLETION}",
            f"The parts add up to {sum(parts.values())} tokens, but only {total} completion tokens are "
            "reported.",
            expected=f"at most {total}",
            actual={name: parts[name] for name in names if name in parts},
            reason="predictions" if predicted > total else "parts",
            level=None if predicted > total else "should",
        )


class SilentUsage(ChatReply):
    """A chat response that counts audio tokens in the prompt or the completion although it has no audio."""

    def applies(self) -> bool:
        """Whether there is a count of audio tokens to compare with the request."""
        known = isinstance(self.sent.get("messages"), list)
        return known and super().applies() and bool(self.counted)

    @cached_property
    def counted(self) -> list[tuple[str, int]]:
        """Pointer and count of the audio tokens of each side without audio."""
        sides = []
        if not _may_have_audio(self.sent.get("messages")):
            sides.append(_HEARD)
        if "audio" not in elements(self.sent.get("modalities")):
            sides.append(_SAID)
        counts = ((side, whole(dig(self.usage, f"/{side}"))) for side in sides)
        return [(side, count) for side, count in counts if count is not None]


def _may_have_audio(messages: Any) -> bool:
    """Whether a conversation may contain audio: other parts than text and images, or an earlier response."""
    return any(
        members(part).get("type") not in _SILENT
        for _, message in objects(messages)
        for part in elements(message.get("content"))
    ) or any(message.get("audio") for _, message in objects(messages))


@rule(
    "USAGE-009",
    should="count no audio tokens if there is no audio",
    clause=f"{_USAGE}/prompt_tokens_details",
    operations=CHAT,
    note="For both sides: a prompt without recordings, and a response that was requested as text.",
)
def counts_no_audio_tokens_without_audio(reply: SilentUsage) -> Iterator[Violation]:
    """Audio tokens are priced differently. Another rule reports negative counts."""
    for side, count in reply.counted:
        if count > 0:
            yield reply.usage_place.violates(
                f"/usage/{side}",
                "Audio tokens are counted, but there is no audio.",
                expected=0,
                actual=count,
                reason="unasked",
            )


def _audio_counts(reply: ChatReply) -> list[tuple[str, int]]:
    """Return the pointer and count of the audio tokens of each side with audio."""
    sides = []
    if _sends_recordings(reply.sent.get("messages")):
        sides.append(_HEARD)
    if any(text(members(choice.message.get("audio")).get("data")) for choice in reply.choices):
        sides.append(_SAID)
    counts = ((side, whole(dig(reply.usage, f"/{side}"))) for side in sides)
    return [(side, count) for side, count in counts if count is not None]


def _sends_recordings(messages: Any) -> bool:
    """Whether a conversation has a part that is a recording."""
    return any(
        members(part).get("type") in _RECORDINGS
        for _, message in objects(messages)
        for part in elements(message.get("content"))
    )


@rule(
    "USAGE-010",
    should="count at least one audio token for a recording",
    clause=f"{_USAGE}/{_COMPLETION}",
    operations=CHAT,
    evidence=_audio_counts,
    note="For both sides, if audio tokens are counted at all. A stream does not contain its recording in one "
    "piece, so only its prompt is judged.",
)
def audio_has_tokens(reply: ChatReply, counts: list[tuple[str, int]]) -> Iterator[Violation]:
    """Zero would mean that there was no audio."""
    for side, count in counts:
        if count == 0:
            yield reply.usage_place.violates(
                f"/usage/{side}",
                "There is audio, but no audio tokens are counted.",
                expected="at least 1",
                actual=0,
                reason="zero",
            )
