"""Faults of transcripts that are sent as text, srt or vtt, and of the media types of all audio answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from aoai_emulator.faults.audio import AUDIO
from aoai_emulator.faults.registry import reply_fault
from aoai_emulator.http.json_text import write
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import IncomingRequest

_CUE = re.compile(r"(\d+:\d\d:\d\d[,.]\d{3}) --> (\d+:\d\d:\d\d[,.]\d{3})")
_NUMBER_LINE = re.compile(r"(?m)^\d+(?=\n\d+:\d\d:\d\d[,.])")


@reply_fault("srt-times-with-dots", operations=AUDIO)
def srt_times_with_dots(reply: Reply, request: IncomingRequest) -> None:
    """The times of srt have a dot before the milliseconds, as those of vtt do."""
    _rewrite(reply, request, "srt", lambda text: _CUE.sub(lambda cue: cue[0].replace(",", "."), text))


@reply_fault("srt-numbered-from-zero", operations=AUDIO)
def srt_numbered_from_zero(reply: Reply, request: IncomingRequest) -> None:
    """The cues of srt are numbered from 0."""
    _rewrite(reply, request, "srt", lambda text: _NUMBER_LINE.sub(lambda line: str(int(line[0]) - 1), text))


@reply_fault("srt-number-repeats", operations=AUDIO)
def srt_number_repeats(reply: Reply, request: IncomingRequest) -> None:
    """Every cue of srt bears the number 1."""
    _rewrite(reply, request, "srt", lambda text: _NUMBER_LINE.sub("1", text))


@reply_fault("srt-without-numbers", operations=AUDIO)
def srt_without_numbers(reply: Reply, request: IncomingRequest) -> None:
    """The cues of srt bear no numbers."""
    _rewrite(reply, request, "srt", lambda text: re.sub(_NUMBER_LINE.pattern + r"\n", "", text))


@reply_fault("vtt-without-header", operations=AUDIO)
def vtt_without_header(reply: Reply, request: IncomingRequest) -> None:
    """The vtt file does not begin with WEBVTT."""
    _rewrite(reply, request, "vtt", lambda text: text.removeprefix("WEBVTT\n\n"))


@reply_fault("vtt-times-with-commas", operations=AUDIO)
def vtt_times_with_commas(reply: Reply, request: IncomingRequest) -> None:
    """The times of vtt have a comma before the milliseconds, as those of srt do."""
    _rewrite(reply, request, "vtt", lambda text: _CUE.sub(lambda cue: cue[0].replace(".", ","), text))


@reply_fault("subtitle-cues-overlap", operations=AUDIO)
def subtitle_cues_overlap(reply: Reply, request: IncomingRequest) -> None:
    """Every cue of srt and vtt ends when the last one does."""

    def stretched(text: str) -> str:
        cues = _CUE.findall(text)
        return _CUE.sub(lambda cue: f"{cue[1]} --> {cues[-1][1]}", text) if cues else text

    _rewrite(reply, request, "srt", stretched)
    _rewrite(reply, request, "vtt", stretched)


@reply_fault("subtitle-cues-reversed", operations=AUDIO)
def subtitle_cues_reversed(reply: Reply, request: IncomingRequest) -> None:
    """Every cue of srt and vtt ends before it begins."""

    def turned(text: str) -> str:
        return _CUE.sub(lambda cue: f"{cue[2]} --> {cue[1]}", text)

    _rewrite(reply, request, "srt", turned)
    _rewrite(reply, request, "vtt", turned)


@reply_fault("subtitle-arrow-broken", operations=AUDIO)
def subtitle_arrow_broken(reply: Reply, request: IncomingRequest) -> None:
    """The times of a cue of srt and vtt are joined by `->`."""
    _rewrite(reply, request, "srt", lambda text: text.replace(" --> ", " -> "))
    _rewrite(reply, request, "vtt", lambda text: text.replace(" --> ", " -> "))


@reply_fault("subtitle-past-the-end", operations=AUDIO)
def subtitle_past_the_end(reply: Reply, request: IncomingRequest) -> None:
    """Every cue of srt and vtt comes an hour after its words are spoken."""

    def delayed(text: str) -> str:
        return re.sub(r"\b00:(?=\d\d:\d\d[,.]\d{3})", "01:", text)

    _rewrite(reply, request, "srt", delayed)
    _rewrite(reply, request, "vtt", delayed)


@reply_fault("subtitle-cues-silent", operations=AUDIO)
def subtitle_cues_silent(reply: Reply, request: IncomingRequest) -> None:
    """The cues of srt and vtt have no words."""

    def silenced(text: str) -> str:
        return re.sub(r"(?m)(--> .*\n)(?:.+\n)*", r"\1", text)

    _rewrite(reply, request, "srt", silenced)
    _rewrite(reply, request, "vtt", silenced)


@reply_fault("audio-text-timed", operations=AUDIO)
def text_timed(reply: Reply, request: IncomingRequest) -> None:
    """A request for text is answered with the cue of a subtitle."""
    _rewrite(reply, request, "text", lambda text: f"1\n00:00:00,000 --> 00:00:01,000\n{text}\n")


@reply_fault("audio-text-of-other-charset", operations=AUDIO)
def text_of_other_charset(reply: Reply, request: IncomingRequest) -> None:
    """A request for text is answered in Latin-1, without saying so."""
    if _is_answer(reply) and request.sent.get("response_format") == "text":
        reply.body = _text_of(reply).encode("latin-1", "replace") + "café\n".encode("latin-1")
        reply.headers["content-type"] = "text/plain"


@reply_fault("audio-text-as-json", operations=AUDIO)
def text_as_json(reply: Reply, request: IncomingRequest) -> None:
    """A request for text, srt or vtt is answered with JSON."""
    if _is_answer(reply) and request.sent.get("response_format") in ("text", "srt", "vtt"):
        reply.headers["content-type"] = "application/json"
        reply.body = write({"text": _text_of(reply)})


@reply_fault("audio-text-quoted", operations=AUDIO)
def text_quoted(reply: Reply, request: IncomingRequest) -> None:
    """A request for text is answered with a JSON string, quotation marks and all, called plain text."""
    _rewrite(reply, request, "text", json.dumps)


@reply_fault("audio-text-empty", operations=AUDIO)
def text_empty(reply: Reply, request: IncomingRequest) -> None:
    """A request for text, srt or vtt is answered with nothing."""
    for response_format in ("text", "srt", "vtt"):
        _rewrite(reply, request, response_format, lambda _: "")


@reply_fault("audio-json-as-text", operations=AUDIO)
def json_as_text(reply: Reply, request: IncomingRequest) -> None:
    """JSON answers are called plain text."""
    del request
    if _is_answer(reply) and reply.headers.get("content-type", "").startswith("application/json"):
        reply.headers["content-type"] = "text/plain; charset=utf-8"


@reply_fault("audio-subtitles-swapped", operations=AUDIO)
def subtitles_swapped(reply: Reply, request: IncomingRequest) -> None:
    """A request for vtt is answered with srt."""

    def as_srt(text: str) -> str:
        cues = text.removeprefix("WEBVTT\n\n").split("\n\n")
        numbered = (f"{number}\n{cue}" for number, cue in enumerate(cues, start=1) if cue)
        return _CUE.sub(lambda cue: cue[0].replace(".", ","), "\n\n".join(numbered) + "\n\n")

    _rewrite(reply, request, "vtt", as_srt)


def _is_answer(reply: Reply) -> bool:
    return reply.status == 200 and isinstance(reply.body, bytes)


def _text_of(reply: Reply) -> str:
    return reply.body.decode("utf-8", "replace") if isinstance(reply.body, bytes) else ""


def _rewrite(
    reply: Reply, request: IncomingRequest, response_format: str, change: Callable[[str], str]
) -> None:
    """Change the text of a successful answer to a request for that format."""
    if _is_answer(reply) and request.sent.get("response_format") == response_format:
        reply.body = change(_text_of(reply)).encode("utf-8")
