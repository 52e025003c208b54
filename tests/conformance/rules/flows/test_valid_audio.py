"""Unusual but valid responses about sound, and malformed ones, which only the schema rules report."""

from __future__ import annotations

import examples_audio_streams
import examples_transcribed
from flows_by_hand import Sent, document

from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rules
from aoai_model.verdict import Verdict
from claims import for_each

#: The modules of rules that these answers must not pass where there is nothing to look at.
TOPICS = {
    *("word_times", "segment_figures", "transcript_formats"),
    *("streamed_speech", "usage_details"),
}
LAWFUL = {**examples_transcribed.LAWFUL, **examples_audio_streams.LAWFUL}
SHAPELESS = {**examples_transcribed.SHAPELESS, **examples_audio_streams.SHAPELESS}


def verdicts(sent: Sent) -> list[Verdict]:
    exchange = sent.exchange()
    return judge(exchange, document(sent.document).operation(exchange.case.operation), rules())


@for_each(LAWFUL.items(), group=lambda named: named[1].kind, name=lambda named: named[0])
def test_no_rule_reports_valid_sound(named: tuple[str, Sent]) -> None:
    _, sent = named
    reported = {
        each.rule_id: each.violations
        for each in verdicts(sent)
        if any(violation.level != "may" for violation in each.violations)
    }
    assert reported == {}


@for_each(SHAPELESS.items(), group=lambda named: named[1].kind, name=lambda named: named[0])
def test_no_rule_passes_or_reports_a_response_with_nothing_to_check(named: tuple[str, Sent]) -> None:
    _, sent = named
    topics = {each.id: each.topic for each in rules()}
    concluded = {
        each.rule_id: (each.outcome, each.note)
        for each in verdicts(sent)
        if topics[each.rule_id] in TOPICS and each.outcome in ("pass", "violation")
    }
    broken = [each for each in verdicts(sent) if "The probe raised" in each.note]
    assert concluded == {}
    assert broken == []
