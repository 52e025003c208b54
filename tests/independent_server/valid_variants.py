"""More valid variants: other notations of JSON, headers, rejections, chunks and events.

The variants of chunks join those of `mutations`; the server calls the others.
"""

from __future__ import annotations

import copy
import json
import math
import random
import re
import time
import zlib
from collections.abc import Collection
from email.utils import formatdate
from typing import Any

from checks import RefusedError
from mutations import ANSWERS, Body, Chunks, answer, chunks
from starlette.responses import Response

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
DETAILS = {
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}


# ------------------------------------------------------------------------- JSON text


def escaped(text: str) -> str:
    """Write JSON with all strings escaped, in lower-case hexadecimal."""

    def one(found: re.Match[str]) -> str:
        units = json.loads(found[0]).encode("utf-16-be", "surrogatepass")
        return '"' + "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + '"'

    return _STRING.sub(one, text)


def _outside_strings(text: str, change: Any) -> str:
    made, at = [], 0
    for string in _STRING.finditer(text):
        made += [change(text[at : string.start()]), string[0]]
        at = string.end()
    return "".join([*made, change(text[at:])])


def exponents(text: str) -> str:
    """Write JSON with numbers in exponent notation, with the same values."""

    def one(found: re.Match[str]) -> str:
        if "." not in found[0] and "e" not in found[0].lower():
            return f"{found[0]}E+00"
        return f"{float(found[0]):.17e}"

    return _outside_strings(text, lambda piece: _NUMBER.sub(one, piece))


def written(text: str, on: Collection[str]) -> str:
    """Write JSON in another notation."""
    if "lawful/all-escaped" in on:
        text = escaped(text)
    if "lawful/slashes-escaped" in on:
        text = text.replace("/", "\\/")
    if "lawful/exponents" in on:
        text = exponents(text)
    if "lawful/space-around" in on:
        text = "\r\n\t " + _outside_strings(text, lambda piece: piece.replace(",", "\t,\r\n")) + " \n"
    return text


# ----------------------------------------------------------------------- HTTP headers


def media_type(found: str, on: Collection[str]) -> str:
    if "lawful/media-type-parameters" in on:
        return 'application/json ; odata.metadata=minimal;CHARSET="Utf-8"'
    return found


def dress(response: Response, on: Collection[str]) -> None:
    """Add headers to the response."""
    if "lawful/cookies-twice" in on:
        response.headers.append("set-cookie", "one=1; Path=/")
        response.headers.append("set-cookie", "two=2; Path=/; HttpOnly")
        response.headers.append("vary", "accept-encoding")
        response.headers.append("vary", "origin")
    if "lawful/challenge" in on and response.status_code == 401:
        response.headers["www-authenticate"] = 'Bearer realm="here", ApiKey'
    if "lawful/allow-in-two-lines" in on and response.status_code == 405:
        response.headers["allow"] = "OPTIONS"
        response.headers.append("allow", "POST")
    if "lawful/dated" in on:
        response.headers["age"] = "0"
        response.headers["date"] = formatdate(time.time() - 90, usegmt=True)


def deflated(content: bytes) -> bytes:
    return zlib.compress(content)


# -------------------------------------------------------------------------- refusals


def refused(body: Body, status: int, on: Collection[str]) -> Body:
    """Return the body of a rejection in another valid form."""
    error = body.get("error")
    if not isinstance(error, dict):
        return body
    if "lawful/error-details" in on:
        error |= {
            "target": "temperature",
            "details": [{"code": "OutOfRange", "message": "It is too large."}],
            "innererror": {"code": "BadArgument", "innererror": {"code": "OutOfRange"}},
            "status": status,
        }
    if "lawful/error-beside-more" in on:
        body |= {"request_id": "0f3c", "timestamp": "2026-01-01T00:00:00Z", "statusCode": status}
    if "lawful/error-code-in-words" in on and status in (404, 405, 415):
        error["code"] = {404: "model_not_found", 405: "MethodNotAllowed", 415: "unsupported_media_type"}[
            status
        ]
    if "lawful/error-in-other-tongue" in on:
        error["message"] = "リクエストが正しくありません。 \N{CROSS MARK}"
    return body


#: The fields of a request, by kind.
KNOWN = {
    "chat": """messages temperature top_p n stream stop max_tokens max_completion_tokens presence_penalty
        frequency_penalty logit_bias user data_sources logprobs top_logprobs response_format seed tools
        tool_choice parallel_tool_calls functions function_call stream_options model""",
    "completions": """prompt best_of echo frequency_penalty logit_bias logprobs max_tokens n presence_penalty
        seed stop stream suffix temperature top_p user stream_options model""",
}


def refuse_unknown(body: Body, kind: str) -> None:
    """Reject fields that the document does not have, as the service does."""
    for name in sorted(body.keys() - KNOWN[kind].split()):
        raise RefusedError(f"Unrecognized request argument supplied: {name}", code="invalid_request_error")


def busy(status: int) -> Response:
    """Return a busy response with an immediate retry date."""
    headers = {"retry-after": formatdate(time.time(), usegmt=True)}
    body = {"error": {"code": str(status), "message": "Try again."}}
    return Response(json.dumps(body), status, headers=headers, media_type="application/json")


# --------------------------------------------------------------------------- answers

ANSWERS["lawful-created-ahead"] = lambda body: body.update(created=body["created"] + 20)
ANSWERS["lawful-created-behind"] = lambda body: body.update(created=body["created"] - 60)
ANSWERS["lawful-fingerprint-null"] = lambda body: body.update(system_fingerprint=None)
ANSWERS["lawful-tier"] = lambda body: body.update(service_tier="default")


@answer("lawful-usage-details")
def _(body: Body) -> None:
    body["usage"] |= copy.deepcopy(DETAILS)


@answer("lawful-usage-null-details")
def _(body: Body) -> None:
    body["usage"] |= dict.fromkeys(DETAILS)


@answer("lawful-call-ids")
def _(body: Body) -> None:
    for choice in body["choices"]:
        for call in choice["message"].get("tool_calls", ()):
            call["id"] = format(random.getrandbits(36), "09x")


@answer("lawful-refusal-and-annotations")
def _(body: Body) -> None:
    for choice in body["choices"]:
        choice["message"] |= {"annotations": [], "audio": None, "reasoning_content": None}


@answer("lawful-sure-and-unlikely")
def _(body: Body) -> None:
    """Make the first token certain and the alternatives as unlikely as possible."""
    for choice in body["choices"]:
        listed = (choice["logprobs"] or {}).get("content") or []
        for entry in listed[:1]:
            entry["logprob"] = 0
            for place, top in enumerate(entry["top_logprobs"]):
                top["logprob"] = -9999.0 if place else -0.0


@answer("lawful-usage-with-marks")
def _(body: Body) -> None:
    """Count two more tokens per input, for its start and end."""
    more = 2 * len(body["data"])
    body["usage"] = {name: count + more for name, count in body["usage"].items()}


def _each_number(body: Body, change: Any) -> None:
    for one in body["data"]:
        if isinstance(one["embedding"], list):
            one["embedding"] = [change(value) for value in one["embedding"]]


ANSWERS["lawful-short-numbers"] = lambda body: _each_number(body, lambda value: round(value, 6))
ANSWERS["lawful-long-numbers"] = lambda body: _each_number(body, lambda value: value * (1 + 1e-9))
ANSWERS["lawful-unsteady-bits"] = lambda body: _each_number(
    body, lambda value: value + random.uniform(-1e-6, 1e-6)
)


# -------------------------------------------------------------------- texts and audio


def spoken(text: str, on: Collection[str]) -> str:
    """Return a chat text with other characters between its words."""
    if "lawful-odd-characters" in on:
        for at, odd in enumerate(
            ("\u2028", "\x85", "\x00", "\x1c", "\u200f", "\ud7ff\U0010ffff", "\ufeff", "\\r\n")
        ):
            text = text.replace(" ", odd, 1) if at % 2 else text.replace(" ", f" {odd} ", 1)
    if "lawful-event-like" in on:
        text = text.replace(" ", "\n\ndata: [DONE]\n\nevent: x\n", 1)
    return text


def instance_text(made: Any, on: Collection[str]) -> str:
    """Write JSON for a content or for arguments."""
    if "lawful-json-indented" in on:
        return "\n" + json.dumps(made, indent=4) + "\n\n"
    if "lawful-json-escaped" in on:
        return escaped(json.dumps(made))
    if "lawful-json-exponents" in on:
        return exponents(json.dumps(made))
    return json.dumps(made, ensure_ascii=False)


def subtitled(written: str, kind: str, on: Collection[str]) -> str:
    if "lawful-cue-settings" in on and kind == "vtt":
        written = re.sub(r"(?m)^(.* --> .*)$", r"cue-a\n\1 align:start position:10%", written)
    if "lawful-long-clock" in on and kind == "vtt":
        written = written.replace("00:00:", "000:00:")
    if "lawful-several-lines" in on:
        written = written.replace(" at ", "\nat ").replace(" the ", "\nthe ")
    if "lawful-no-last-newline" in on:
        written = written.rstrip("\n")
    return written


def text_type(on: Collection[str]) -> str:
    return 'Text/Plain ;Charset="UTF-8"; format=fixed' if "lawful-text-type" in on else "text/plain"


def heard(shown: Body, on: Collection[str]) -> None:
    """Change a transcript in JSON."""
    if "lawful-space-before" in on:
        shown["text"] = " " + shown["text"]
    if "lawful-words" in on:
        shown["words"] = [{"word": "The", "start": 0.0, "end": 0.1}]
        shown["usage"] = {"type": "duration", "seconds": 1}
    if "lawful-language-code" in on and "language" in shown:
        shown["language"] = "en"
    if "lawful-whole-seconds" in on and "duration" in shown:
        shown["duration"] = math.floor(shown["duration"] + 0.5) or shown["duration"]


# ---------------------------------------------------------------------------- chunks


@chunks("lawful-keep-alive-chunks")
def _(list_: Chunks) -> Chunks:
    """Add a chunk without a choice after each chunk with one."""
    return [made for one in list_ for made in ([one, {**one, "choices": []}] if one["choices"] else [one])]


@chunks("lawful-random-order")
def _(list_: Chunks) -> Chunks:
    """Interleave choices at random; each keeps its order."""
    lanes: dict[int, Chunks] = {}
    for one in list_:
        if one["choices"]:
            lanes.setdefault(one["choices"][0]["index"], []).append(one)
    made: Chunks = []
    while lanes:
        index = random.choice(list(lanes))
        made.append(lanes[index].pop(0))
        if not lanes[index]:
            del lanes[index]
    return made + [one for one in list_ if not one["choices"]]


@chunks("lawful-last-first")
def _(list_: Chunks) -> Chunks:
    """Send the choice of the highest index first, up to its end."""
    talk = [one for one in list_ if one["choices"]]
    return sorted(talk, key=lambda one: -one["choices"][0]["index"]) + [
        one for one in list_ if not one["choices"]
    ]


@chunks("lawful-empty-content-at-the-end")
def _(list_: Chunks) -> None:
    for one in list_:
        for choice in one["choices"]:
            if choice["finish_reason"] and "delta" in choice:
                choice["delta"]["content"] = ""


@chunks("lawful-pauses")
def _(list_: Chunks) -> Chunks:
    """Send an empty delta before each end."""
    made: Chunks = []
    for one in list_:
        choice = one["choices"][0] if one["choices"] else {}
        if choice.get("finish_reason") and choice.get("delta") == {}:
            made.append(copy.deepcopy(one))
            made[-1]["choices"][0]["finish_reason"] = None
        made.append(one)
    return made


@chunks("lawful-empty-logprobs")
def _(list_: Chunks) -> None:
    """If probabilities were requested, chunks without a token have an empty list instead of null."""
    asked = any(choice.get("logprobs") for one in list_ for choice in one["choices"])
    for one in list_ if asked else ():
        for choice in one["choices"]:
            choice["logprobs"] = choice["logprobs"] or {"content": [], "refusal": None}


@chunks("lawful-usage-details")
def _(list_: Chunks) -> None:
    for one in list_:
        if one.get("usage"):
            one["usage"] |= copy.deepcopy(DETAILS)


@chunks("lawful-fingerprint-null")
def _(list_: Chunks) -> None:
    for one in list_:
        one["system_fingerprint"] = None


@chunks("lawful-padded")
def _(list_: Chunks) -> None:
    """Pad each chunk differently, against guessing by length."""
    for one in list_:
        one["obfuscation"] = "x" * random.randrange(20)


@chunks("lawful-created-behind")
def _(list_: Chunks) -> None:
    for one in list_:
        one["created"] -= 60


@chunks("lawful-arguments-by-character")
def _(list_: Chunks) -> Chunks:
    made: Chunks = []
    for one in list_:
        calls = one["choices"][0]["delta"].get("tool_calls") if one["choices"] else None
        text = calls[0]["function"]["arguments"] if calls else ""
        if not text:
            made.append(one)
        for character in text:
            made.append(copy.deepcopy(one))
            made[-1]["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] = character
    return made


@chunks("lawful-empty-fragments")
def _(list_: Chunks) -> Chunks:
    made: Chunks = []
    for one in list_:
        made.append(one)
        calls = one["choices"][0]["delta"].get("tool_calls") if one["choices"] else None
        if calls:
            made.append(copy.deepcopy(one))
            made[-1]["choices"][0]["delta"]["tool_calls"] = [
                {"index": calls[0]["index"], "function": {"arguments": ""}}
            ]
    return made


# ---------------------------------------------------------------------------- events

_ENDS = ("\n", "\r\n", "\r")


def _line_ends(frame: str) -> str:
    """Use any of the three line ends; never CR before LF, which is one end instead of two."""
    made: list[str] = []
    for one in frame:
        if one != "\n":
            made.append(one)
        elif made and made[-1] == "\r":
            made.append("\r")
        else:
            made.append(random.choice(_ENDS))
    return "".join(made)


def framed(frames: list[str], on: Collection[str]) -> list[str]:
    """Write the events in another notation."""
    if "lawful-all-escaped" in on:
        frames = [
            one if "[DONE]" in one else "data: " + escaped(one.removeprefix("data: ").strip()) + "\n\n"
            for one in frames
        ]
    if "lawful-spaces" in on:
        frames = [
            one if "[DONE]" in one else one.replace("data: ", "data:  \t", 1).replace("\n\n", "  \n\n")
            for one in frames
        ]
    if "lawful-fields-after-data" in on:
        frames = [one[:-1] + f"id: {at}\nevent: message\n\n" for at, one in enumerate(frames)]
    if "lawful-retry-alone" in on:
        frames = ["retry: 3000\n\n", "id\n\n", "event: ping\n\n", *frames]
    if "lawful-blank-lines" in on:
        frames = ["\n\n\n", *(one + "\n\n" for one in frames)]
    if "lawful-comments-inside" in on:
        frames = [f":\n{one[:-1]}: data: {{}}\n\n" for one in frames]
    if "lawful-mixed-ends" in on:
        frames = [_line_ends(one) for one in frames]
    return frames
