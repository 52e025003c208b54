"""Faults of transcripts in `text`, `srt` and `vtt`, and of the media types of all audio responses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from aoai_emulator.faults.edits import set_to
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import write
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import IncomingRequest

SUBTITLES = Topic("subtitles")
_CUE = re.compile(r"(\d+:\d\d:\d\d[,.]\d{3}) --> (\d+:\d\d:\d\d[,.]\d{3})")
_NUMBER_LINE = re.compile(r"(?m)^\d+(?=\n\d+:\d\d:\d\d[,.])")


def _rewrite(fault_id: str, summary: str, formats: str, function: Callable[[str], str]) -> None:
    """Add a fault that rewrites the text of responses in some formats."""

    @SUBTITLES.code(fault_id, summary, at="audio.reply:success")
    def rewrite(reply: Reply, request: IncomingRequest) -> None:
        if request.sent.get("response_format") in formats.split():
            reply.body = function(_text_of(reply)).encode("utf-8")


def _text_of(reply: Reply) -> str:
    return reply.body.decode("utf-8", "replace") if isinstance(reply.body, bytes) else ""


def _overlap(text: str) -> str:
    cues = _CUE.findall(text)
    return _CUE.sub(lambda cue: f"{cue[1]} --> {cues[-1][1]}", text) if cues else text


def _as_srt(text: str) -> str:
    cues = text.removeprefix("WEBVTT\n\n").split("\n\n")
    numbered = (f"{number}\n{cue}" for number, cue in enumerate(cues, start=1) if cue)
    return _CUE.sub(lambda cue: cue[0].replace(".", ","), "\n\n".join(numbered) + "\n\n")


# fmt: off
_rewrite("srt-times-with-dots", "The times of `srt` have dots before the milliseconds, like `vtt`.", "srt",
    lambda text: _CUE.sub(lambda cue: cue[0].replace(",", "."), text))
_rewrite("srt-numbered-from-zero", "The cues of `srt` are numbered from 0.", "srt",
    lambda text: _NUMBER_LINE.sub(lambda line: str(int(line[0]) - 1), text))
_rewrite("srt-number-repeats", "Every cue of `srt` has the number 1.", "srt",
    lambda text: _NUMBER_LINE.sub("1", text))
_rewrite("srt-without-numbers", "The cues of `srt` have no numbers.", "srt",
    lambda text: re.sub(_NUMBER_LINE.pattern + r"\n", "", text))
_rewrite("vtt-without-header", "`vtt` does not start with WEBVTT.", "vtt",
    lambda text: text.removeprefix("WEBVTT\n\n"))
_rewrite("vtt-times-with-commas", "The times of `vtt` have commas before the milliseconds, like `srt`.",
    "vtt", lambda text: _CUE.sub(lambda cue: cue[0].replace(".", ","), text))
_rewrite("subtitle-cues-overlap", "Every cue of `srt` and `vtt` ends when the last one does.", "srt vtt",
    _overlap)
_rewrite("subtitle-cues-reversed", "Every cue of `srt` and `vtt` ends before it starts.", "srt vtt",
    lambda text: _CUE.sub(r"\2 --> \1", text))
_rewrite("subtitle-arrow-broken", "The times of a cue of `srt` and `vtt` are joined by `->`.", "srt vtt",
    lambda text: text.replace(" --> ", " -> "))
_rewrite("subtitle-past-the-end", "Every cue of `srt` and `vtt` is an hour late.", "srt vtt",
    lambda text: re.sub(r"\b00:(?=\d\d:\d\d[,.]\d{3})", "01:", text))
_rewrite("subtitle-cues-silent", "The cues of `srt` and `vtt` have no text.", "srt vtt",
    lambda text: re.sub(r"(?m)(--> .*\n)(?:.+\n)*", r"\1", text))
_rewrite("audio-text-timed", "A request for `text` is answered with a subtitle cue.", "text",
    lambda text: f"1\n00:00:00,000 --> 00:00:01,000\n{text}\n")
_rewrite("audio-text-quoted", "A request for `text` is answered with a JSON string.", "text", json.dumps)
_rewrite("audio-text-empty", "A request for `text`, `srt` or `vtt` is answered with an empty body.",
    "text srt vtt", lambda _: "")
_rewrite("audio-subtitles-swapped", "A request for `vtt` is answered with `srt`.", "vtt", _as_srt)
SUBTITLES.edit("audio-json-as-text", "The media type of JSON responses is `text/plain`.",
    at="audio.reply:json /headers/content-type", edit=set_to("text/plain; charset=utf-8"))
# fmt: on


@SUBTITLES.code("audio-text-of-other-charset", at="audio.reply:success")
def send_latin_1(reply: Reply, request: IncomingRequest) -> None:
    """A request for `text` is answered in Latin-1, without saying so."""
    if request.sent.get("response_format") == "text":
        reply.body = _text_of(reply).encode("latin-1", "replace") + "café\n".encode("latin-1")
        reply.headers["content-type"] = "text/plain"


@SUBTITLES.code("audio-text-as-json", at="audio.reply:success")
def send_json(reply: Reply, request: IncomingRequest) -> None:
    """A request for `text`, `srt` or `vtt` is answered with JSON."""
    if request.sent.get("response_format") in ("text", "srt", "vtt"):
        reply.headers["content-type"] = "application/json"
        reply.body = write({"text": _text_of(reply)})
