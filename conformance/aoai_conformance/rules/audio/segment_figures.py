"""What a verbose transcript tells of its segments beside times and words, and how long they last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import elements, number, text, whole
from aoai_conformance.rule import AUDIO_TO_TEXT, rule
from aoai_conformance.rules.audio.verbose_transcripts import VerboseTranscript
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_SEGMENT = f"{_SCHEMAS}/audioSegment/properties"
#: A temperature that was asked for may come back in single precision, or rounded.
_ROUNDED = 0.01
#: `seek` counts hundredths of seconds; a second is accepted for rounding.
_FRAMES, _FRAMES_BEYOND = 100, 100


def _segments_with_text(transcript: VerboseTranscript) -> list[tuple[int, dict[str, Any]]]:
    """The segments whose text is more than white space, each with its place."""
    segments = transcript.segments
    return [(place, each) for place, each in segments if (text(each.get("text")) or "").strip()]


def _has_tokens(transcript: VerboseTranscript) -> bool:
    """Whether a segment with text has a list of tokens."""
    return any(isinstance(each.get("tokens"), list) for _, each in _segments_with_text(transcript))


def _has_ratios(transcript: VerboseTranscript) -> bool:
    """Whether a segment with text has a compression ratio."""
    return any(
        number(each.get("compression_ratio")) is not None for _, each in _segments_with_text(transcript)
    )


def _segment_lengths(transcript: VerboseTranscript) -> list[float]:
    """The length of each segment with text and both times, in recordings of a second or more."""
    said = {place for place, _ in _segments_with_text(transcript)}
    lengths = [end - start for place, start, end in transcript.times() if place in said]
    return lengths if lengths and transcript.seconds >= 1 else []


def _seek_positions(transcript: VerboseTranscript) -> list[tuple[int, int, float]]:
    """Place, seek position and start of each segment that has both."""
    found = (
        (place, whole(segment.get("seek")), number(segment.get("start")))
        for place, segment in transcript.segments
    )
    return [(place, seek, start) for place, seek, start in found if seek is not None and start is not None]


def _requested_temperature(transcript: VerboseTranscript) -> float:
    """The temperature of the request; 0 where there is none or it is no number."""
    asked = transcript.exchange.form.get("temperature")
    try:
        return number(float(asked)) or 0.0 if isinstance(asked, str) else 0.0
    except ValueError:
        return 0.0


def _segment_temperatures(transcript: VerboseTranscript) -> list[tuple[int, float]]:
    """The temperature of each segment, with its place, if the request has one above 0."""
    if _requested_temperature(transcript) <= 0:
        return []
    found = ((place, number(segment.get("temperature"))) for place, segment in transcript.segments)
    return [(place, told) for place, told in found if told is not None]


@rule(
    "AUDIO-VERBOSE-014",
    may="report at least the requested temperature for each segment",
    clause=f"{_SEGMENT}/temperature",
    operations=AUDIO_TO_TEXT,
    evidence=_segment_temperatures,
    note="Models raise the temperature where a result is poor, and never lower it. A request for 0 leaves "
    "it to the model, so it is not judged. Clients lose nothing by a server that does not keep track, hence "
    "a may.",
)
def segments_have_the_temperature(
    transcript: VerboseTranscript, temperatures: list[tuple[int, float]]
) -> Iterator[Violation]:
    """A request above 0 is a fixed temperature or the first that is tried."""
    requested = _requested_temperature(transcript)
    for place, told in temperatures:
        if told < requested - _ROUNDED:
            yield transcript.violates(
                f"/segments/{place}/temperature",
                "The temperature of a segment is below the requested one.",
                expected=f"at least {requested:g}",
                actual=told,
                reason="temperature",
            )
            return


@rule(
    "AUDIO-VERBOSE-015",
    should="give as seek a position no later than the start of the segment, in hundredths of a second",
    clause="azure-openai@2025-01-01-preview#/components/schemas/AudioTranscriptionSegment/properties/seek",
    operations=AUDIO_TO_TEXT,
    evidence=_seek_positions,
    since="2025-01-01-preview",
    note="The unit and the relation are those of Microsoft's clients: "
    "https://github.com/Azure/azure-sdk-for-js/tree/main/sdk/openai. Older documents do not give a unit. "
    "A second is accepted for rounding.",
)
def seek_is_before_the_start(
    transcript: VerboseTranscript, positions: list[tuple[int, int, float]]
) -> Iterator[Violation]:
    """Several segments may share one position."""
    for place, seek, start in positions:
        if seek > max(start, 0.0) * _FRAMES + _FRAMES_BEYOND:
            yield transcript.violates(
                f"/segments/{place}/seek",
                "The seek position is later than the start of the segment.",
                expected=f"at most {start * _FRAMES:.0f}",
                actual=seek,
                reason="late",
            )
            return


@rule(
    "AUDIO-VERBOSE-016",
    should="list the tokens of each segment that has text",
    clause=f"{_SEGMENT}/tokens",
    operations=AUDIO_TO_TEXT,
    when=_has_tokens,
)
def segments_have_tokens(transcript: VerboseTranscript) -> Iterator[Violation]:
    """No text is made of no tokens."""
    for place, segment in _segments_with_text(transcript):
        if isinstance(segment.get("tokens"), list) and not elements(segment["tokens"]):
            yield transcript.violates(
                f"/segments/{place}/tokens",
                "A segment with text has no tokens.",
                expected="token ids",
                actual=[],
                reason="empty",
            )
            return


@rule(
    "AUDIO-VERBOSE-017",
    should="give a compression ratio above 0 for each segment that has text",
    clause=f"{_SEGMENT}/compression_ratio",
    operations=AUDIO_TO_TEXT,
    when=_has_ratios,
    note="The length of a text divided by its compressed length. A negative one is AUDIO-VERBOSE-013's.",
)
def ratios_are_ratios(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Zero would be a text without length."""
    for place, segment in _segments_with_text(transcript):
        if number(segment.get("compression_ratio")) == 0:
            yield transcript.violates(
                f"/segments/{place}/compression_ratio",
                "The compression ratio of a segment with text is 0.",
                expected="above 0",
                actual=0,
                reason="zero",
            )
            return


@rule(
    "AUDIO-VERBOSE-018",
    should="give some segment that has text a length",
    clause=f"{_SEGMENT}/end",
    operations=AUDIO_TO_TEXT,
    evidence=_segment_lengths,
    note="Rounding may take all of a short segment, but not of all of them: judged in recordings of at least "
    "one second.",
)
def some_segment_lasts(transcript: VerboseTranscript, lengths: list[float]) -> Iterator[Violation]:
    """Times that are all the same tell nothing."""
    if not any(lengths):
        message = "Every segment starts and ends at the same time."
        yield transcript.violates(
            "/segments",
            message,
            expected="ends after starts",
            actual=[*lengths],
            reason="no length",
        )
