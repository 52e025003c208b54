"""Segments of verbose transcripts: temperature, seek position, tokens, compression ratio and length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import elements, number, text, whole
from aoai_conformance.rule import AUDIO_TO_TEXT, rule
from aoai_conformance.rules.audio.verbose_transcripts import VerboseTranscript
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_SEGMENT = f"{_SCHEMAS}/audioSegment/properties"
#: The tolerance for a requested temperature, which may be returned in single precision, or rounded.
_ROUNDED = 0.01
#: `seek` is in hundredths of a second; one second is allowed for rounding.
_FRAMES, _FRAMES_BEYOND = 100, 100


def _segments_with_text(transcript: VerboseTranscript) -> list[tuple[int, dict[str, Any]]]:
    """Return the segments whose text is not blank, each with its position."""
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
    """Return the length of each segment with text and both times, for recordings of at least one second."""
    with_text = {place for place, _ in _segments_with_text(transcript)}
    lengths = [end - start for place, start, end in transcript.times() if place in with_text]
    return lengths if lengths and transcript.seconds >= 1 else []


def _seek_positions(transcript: VerboseTranscript) -> list[tuple[int, int, float]]:
    """Return the position, `seek` and start of each segment that has both."""
    found = (
        (place, whole(segment.get("seek")), number(segment.get("start")))
        for place, segment in transcript.segments
    )
    return [(place, seek, start) for place, seek, start in found if seek is not None and start is not None]


def _requested_temperature(transcript: VerboseTranscript) -> float:
    """Return the temperature of the request; 0 if it is absent or not a number."""
    requested = transcript.exchange.form.get("temperature")
    try:
        return number(float(requested)) or 0.0 if isinstance(requested, str) else 0.0
    except ValueError:
        return 0.0


def _segment_temperatures(transcript: VerboseTranscript) -> list[tuple[int, float]]:
    """Return the temperature of each segment, with its position, if the request has one above 0."""
    if _requested_temperature(transcript) <= 0:
        return []
    found = ((place, number(segment.get("temperature"))) for place, segment in transcript.segments)
    return [(place, temperature) for place, temperature in found if temperature is not None]


@rule(
    "AUDIO-VERBOSE-014",
    may="report at least the requested temperature for each segment",
    clause=f"{_SEGMENT}/temperature",
    operations=AUDIO_TO_TEXT,
    evidence=_segment_temperatures,
    note="Models increase the temperature for poor results, and never reduce it. A request for 0 leaves it "
    "to the model, so it is not judged. Clients can do without this information, so this is only a MAY.",
)
def segments_have_the_requested_temperature(
    transcript: VerboseTranscript, temperatures: list[tuple[int, float]]
) -> Iterator[Violation]:
    """A temperature above 0 is either fixed or the first that is tried."""
    requested = _requested_temperature(transcript)
    for place, temperature in temperatures:
        if temperature < requested - _ROUNDED:
            yield transcript.violates(
                f"/segments/{place}/temperature",
                "The temperature of the segment is below the requested one.",
                expected=f"at least {requested:g}",
                actual=temperature,
                reason="temperature",
            )
            return


@rule(
    "AUDIO-VERBOSE-015",
    should="return a seek position, in hundredths of a second, that is not after the start of the segment",
    clause="azure-openai@2025-01-01-preview#/components/schemas/AudioTranscriptionSegment/properties/seek",
    operations=AUDIO_TO_TEXT,
    evidence=_seek_positions,
    since="2025-01-01-preview",
    note="Microsoft's clients define the unit and the relation: "
    "https://github.com/Azure/azure-sdk-for-js/tree/main/sdk/openai. Older documents state no unit. One "
    "second is allowed for rounding.",
)
def seek_is_not_after_the_start(
    transcript: VerboseTranscript, positions: list[tuple[int, int, float]]
) -> Iterator[Violation]:
    """Several segments may have the same position."""
    for place, seek, start in positions:
        if seek > max(start, 0.0) * _FRAMES + _FRAMES_BEYOND:
            yield transcript.violates(
                f"/segments/{place}/seek",
                "The seek position is after the start of the segment.",
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
    """Text consists of tokens."""
    for place, segment in _segments_with_text(transcript):
        if isinstance(segment.get("tokens"), list) and not elements(segment["tokens"]):
            yield transcript.violates(
                f"/segments/{place}/tokens",
                "The segment has text, but no tokens.",
                expected="token ids",
                actual=[],
                reason="empty",
            )
            return


@rule(
    "AUDIO-VERBOSE-017",
    should="return a compression ratio above 0 for each segment that has text",
    clause=f"{_SEGMENT}/compression_ratio",
    operations=AUDIO_TO_TEXT,
    when=_has_ratios,
    note="The ratio is the length of a text divided by its compressed length. AUDIO-VERBOSE-013 reports "
    "negative values.",
)
def compression_ratios_are_positive(transcript: VerboseTranscript) -> Iterator[Violation]:
    """Zero would mean that the text is empty."""
    for place, segment in _segments_with_text(transcript):
        if number(segment.get("compression_ratio")) == 0:
            yield transcript.violates(
                f"/segments/{place}/compression_ratio",
                "The segment has text, but its compression ratio is 0.",
                expected="above 0",
                actual=0,
                reason="zero",
            )
            return


@rule(
    "AUDIO-VERBOSE-018",
    should="return at least one segment with text that ends after it starts",
    clause=f"{_SEGMENT}/end",
    operations=AUDIO_TO_TEXT,
    evidence=_segment_lengths,
    note="Rounding may reduce a short segment to nothing, but not all segments. Judged for recordings of "
    "at least one second.",
)
def some_segment_has_a_duration(transcript: VerboseTranscript, lengths: list[float]) -> Iterator[Violation]:
    """Such times are useless."""
    if not any(lengths):
        message = "Every segment starts and ends at the same time."
        yield transcript.violates(
            "/segments",
            message,
            expected="ends after starts",
            actual=[*lengths],
            reason="no length",
        )
