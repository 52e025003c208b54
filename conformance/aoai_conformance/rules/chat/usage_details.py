"""The parts of the reported usage together, and against what was asked: predictions, reasoning, sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, elements, members, objects, text, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import CHAT, COMPLETIONS, rule
from aoai_conformance.views.answers import ChatAnswer, TextAnswer
from aoai_model.verdict import Violation

_USAGE = "azure-openai@2025-01-01-preview#/components/schemas/CompletionsUsage/properties"
_COMPLETION = "completion_tokens_details"
_PREDICTED = ("accepted_prediction_tokens", "rejected_prediction_tokens")
#: The parts of a completion that no token belongs to twice.
_APART = (*_PREDICTED, "reasoning_tokens", "audio_tokens")
#: Where the audio tokens of the prompt and of the answer are counted.
_HEARD, _SAID = "prompt_tokens_details/audio_tokens", f"{_COMPLETION}/audio_tokens"
#: Parts of a message that hold no sound, and parts that are a recording.
_SILENT, _RECORDINGS = ("text", "image_url", "refusal"), ("input_audio", "audio_url")


def _parts(answer: TextAnswer) -> dict[str, int]:
    """Two or more parts of the completion tokens: each count from 0 to the total, by its name."""
    total = answer.tokens("completion_tokens")
    if total is None:
        return {}
    counts = {name: whole(dig(answer.usage, f"/{_COMPLETION}/{name}")) for name in _APART}
    parts = {name: count for name, count in counts.items() if count is not None and 0 <= count <= total}
    return parts if len(parts) > 1 else {}


@rule(
    "USAGE-008",
    must="count no more accepted and rejected prediction tokens together than completion tokens",
    clause=f"{_USAGE}/{_COMPLETION}",
    operations=CHAT | COMPLETIONS,
    evidence=_parts,
    note="Rejected tokens are completion tokens, too, and none is both. Reasoning and audio tokens are other "
    "tokens again; if only all parts together exceed the total, a should is broken.",
)
def parts_fit_together(answer: TextAnswer, parts: dict[str, int]) -> Iterator[Violation]:
    """A token is of one part only."""
    total = answer.tokens("completion_tokens") or 0
    predicted = sum(parts.get(name, 0) for name in _PREDICTED)
    if sum(parts.values()) > total:
        names = _PREDICTED if predicted > total else _APART
        yield answer.usage_place.violates(
            f"/usage/{_COMPLETION}",
            f"The parts have more tokens together than the {total} completion tokens.",
            expected=f"at most {total}",
            actual={name: parts[name] for name in names if name in parts},
            reason="predictions" if predicted > total else "parts",
            level=None if predicted > total else "should",
        )


class SilentUsage(ChatAnswer):
    """A chat answer that counts audio tokens on a side where the request has no sound."""

    def applies(self) -> bool:
        """Whether a count of audio tokens can be compared with the request."""
        known = isinstance(self.sent.get("messages"), list)
        return known and super().applies() and bool(self.counted)

    @cached_property
    def counted(self) -> list[tuple[str, int]]:
        """Place and count of the audio tokens of each side without sound."""
        sides = []
        if not _holds_sound(self.sent.get("messages")):
            sides.append(_HEARD)
        if "audio" not in elements(self.sent.get("modalities")):
            sides.append(_SAID)
        counts = ((side, whole(dig(self.usage, f"/{side}"))) for side in sides)
        return [(side, count) for side, count in counts if count is not None]


def _holds_sound(messages: Any) -> bool:
    """Whether a conversation may hold sound: parts other than text and images, or an earlier answer."""
    return any(
        members(part).get("type") not in _SILENT
        for _, message in objects(messages)
        for part in elements(message.get("content"))
    ) or any(message.get("audio") for _, message in objects(messages))


@rule(
    "USAGE-009",
    should="count no audio tokens where there is no sound",
    clause=f"{_USAGE}/prompt_tokens_details",
    operations=CHAT,
    note="On either side: a prompt without recordings, and an answer that was requested as text.",
)
def no_audio_tokens_without_sound(answer: SilentUsage) -> Iterator[Violation]:
    """Audio tokens have a price of their own. A negative count is another rule's."""
    for side, count in answer.counted:
        if count > 0:
            yield answer.usage_place.violates(
                f"/usage/{side}",
                "Audio tokens are counted, and there is no sound.",
                expected=0,
                actual=count,
                reason="unasked",
            )


def _audio_counts(answer: ChatAnswer) -> list[tuple[str, int]]:
    """Place and count of the audio tokens of each side with sound."""
    sides = []
    if _sends_recordings(answer.sent.get("messages")):
        sides.append(_HEARD)
    if any(text(members(choice.message.get("audio")).get("data")) for choice in answer.choices):
        sides.append(_SAID)
    counts = ((side, whole(dig(answer.usage, f"/{side}"))) for side in sides)
    return [(side, count) for side, count in counts if count is not None]


def _sends_recordings(messages: Any) -> bool:
    """Whether a conversation holds a part that is a recording."""
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
    note="On either side, and only where audio tokens are counted at all. A stream does not show its "
    "recording in one piece, so only its prompt is judged.",
)
def sound_has_tokens(answer: ChatAnswer, counts: list[tuple[str, int]]) -> Iterator[Violation]:
    """Zero says that nothing was heard or spoken."""
    for side, count in counts:
        if count == 0:
            yield answer.usage_place.violates(
                f"/usage/{side}",
                "There is sound, and no audio token is counted.",
                expected="at least 1",
                actual=0,
                reason="zero",
            )
