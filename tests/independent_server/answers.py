"""The content of the independent server: fixed sentences, matching JSON, vectors, pictures and transcripts.

Each generator reads the named switches if a defect concerns the content rather than the notation.
"""

from __future__ import annotations

import base64
import hashlib
import io
import math
import random
import re
import struct
import wave
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import mutagen
import valid_variants

SENTENCES = [
    "Naïve café owners smiled and poured each other cups of tea.",
    "Seven très grey herons crossed the river before the rain began.",
    "A ☕ quiet train left the station at dawn, ☕ in hand, nobody spoke.",
    "Paper bœts drift slowly past the old stone bridge in Kraków.",
    "Winter äpples keep well in a cool and dry cellar, 日本 or not.",
    "Every lämp in the harbour was lit when the ferry came in.",
]
TOKEN = re.compile(r"\s?\w{1,6}|\s|[^\w\s]")


def tokenize(text: str) -> list[str]:
    """Split a text into pieces that concatenate to it."""
    return TOKEN.findall(text)


def _rng(*parts: object) -> random.Random:
    return random.Random(hashlib.sha256(repr(parts).encode()).digest())


@dataclass
class Choice:
    index: int
    text: str | None = None
    refusal: str | None = None
    calls: list[dict[str, str]] = field(default_factory=list)
    old: dict[str, str] | None = None
    finish: str = "stop"

    @property
    def tokens(self) -> list[str]:
        pieces = self.text or self.refusal or ""
        return tokenize(pieces) + [
            t for c in [*self.calls, *([self.old] if self.old else [])] for t in tokenize(c["arguments"])
        ]


def instance(schema: Any, root: Any, spoil: str = "", depth: int = 0) -> Any:
    """Return a value that matches the schema, or violates it as `spoil` names."""
    if not isinstance(schema, dict):
        return "anything"
    if "$ref" in schema:
        target = root
        for step in schema["$ref"].removeprefix("#").strip("/").split("/"):
            target = target[step] if step else target
        return instance(target, root, spoil, depth + 1)
    if "const" in schema:
        return "other" if spoil == "enum" else schema["const"]
    if "enum" in schema:
        return "outside-the-enum" if spoil == "enum" else schema["enum"][-1]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            branches = schema[union]
            return instance(branches[-1] if depth > 3 else branches[0], root, spoil, depth + 1)
    if "allOf" in schema:
        merged: dict[str, Any] = {"type": "object", "properties": {}}
        for part in schema["allOf"]:
            merged["properties"] |= part.get("properties", {})
        return instance(merged, root, spoil, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        made = {
            name: instance(sub, root, spoil if spoil in ("type", "enum") else "", depth + 1)
            for name, sub in schema.get("properties", {}).items()
        }
        if spoil == "required" and made:
            made.pop(next(iter(schema.get("required", made)), ""), None)
        if spoil == "extra":
            made["not_in_the_schema"] = 1
        return made
    if kind == "array":
        count = schema.get("minItems", 0 if depth > 3 else 1)
        return [instance(schema.get("items", {}), root, spoil, depth + 1) for _ in range(count)]
    if spoil == "type":
        return [] if kind == "string" else "a text"
    if kind in ("integer", "number"):
        low = schema.get(
            "minimum", schema.get("exclusiveMinimum", 0) + (1 if "exclusiveMinimum" in schema else 0)
        )
        step = schema.get("multipleOf", 1)
        value = math.ceil(low / step) * step
        return min(value, schema.get("maximum", value))
    if kind == "string":
        if schema.get("format") == "date":
            return "2024-10-21"
        text = "amber lantern"
        text = text.ljust(schema.get("minLength", 0), "x")
        return text[: schema.get("maxLength", len(text))]
    return {"boolean": True, "null": None}.get(kind)


def _cut(text: str, stops: list[str], limit: int | None, on: Collection[str]) -> tuple[str, str]:
    """Return the text up to a stop text or the limit, and the finish reason."""
    finish = "stop"
    if "stop-ignored" in on:
        stops = []
    if "stop-first-only" in on:
        stops = stops[:1]
    if "stop-last-ignored" in on and len(stops) > 1:
        stops = stops[:-1]
    found = [(text.find(stop), stop) for stop in stops if stop in text]
    if found:
        at, stop = min(found)
        text = text[: at + len(stop)] if "stop-left-in" in on else text[:at]
        finish = "length" if "stop-says-length" in on else "stop"
    if limit is not None:
        limit += 1 if "limit-one-more" in on else 0
        pieces = tokenize(text)
        if len(pieces) > limit or ("full-is-length" in on and len(pieces) == limit):
            text, finish = "".join(pieces[:limit]), "stop" if "length-says-stop" in on else "length"
    if "stop-says-always-length" in on:
        finish = "length"
    return text, finish


def _arguments(function: dict[str, Any], on: Collection[str]) -> str:
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    spoil = next((s for s in ("required", "type", "extra", "enum") if f"arguments-{s}" in on), "")
    made = instance(parameters, parameters, spoil)
    text = valid_variants.instance_text(made, on)
    if "arguments-broken" in on:
        return text[:-1] + ",}"
    if "arguments-python" in on:
        return repr(made).replace("{}", "{'a': 1}")
    return text


def chat_choices(asked: dict[str, Any], body: dict[str, Any], on: Collection[str]) -> list[Choice]:
    given = [limit for limit in asked["limits"] if limit is not None]
    if "max_tokens-ignored" in on and asked["limits"][0] is not None:
        given = []
    if "max_completion_tokens-ignored" in on and asked["limits"][1] is not None:
        given = []
    limit = min(given) if given else None
    n = asked["n"]
    if "n-ignored" in on:
        n = 1
    if "n-one-more" in on:
        n += 1
    if "n-one-less" in on and n > 1:
        n -= 1
    seeded = asked["seed"] is not None and "seed-ignored" not in on
    mood = repr(body["messages"]) if seeded else random.random()
    unlike = asked["stream"] and "stream-unlike-plain" in on
    return [
        _chat_choice(index, asked, body, limit, _rng(asked["seed"], mood, index, unlike), on)
        for index in range(n)
    ]


def _chat_choice(
    index: int,
    asked: dict[str, Any],
    body: dict[str, Any],
    limit: int | None,
    rng: random.Random,
    on: Collection[str],
) -> Choice:
    choice = Choice(index)
    called = _called(asked, body, on)
    if called:
        for position, function in enumerate(called):
            call = {
                "id": f"call-{rng.getrandbits(60):015x}",
                "name": function["name"],
                "arguments": _arguments(function, on),
            }
            if "tool-unknown" in on:
                call["name"] = "a_function_nobody_gave"
            if position and "calls-same-id" in on:
                call["id"] = choice.calls[0]["id"]
            choice.calls.append(call)
        choice.finish = "tool_calls"
        if isinstance(asked["tool_choice"], dict) and "named-says-stop" in on:
            choice.finish = "stop"
        if "calls-say-stop" in on:
            choice.finish = "stop"
        if limit is not None and len(choice.tokens) > limit:
            kept: list[dict[str, str]] = []
            for call in choice.calls:
                room = limit - len(Choice(0, calls=kept).tokens)
                if room > 0 or not kept:
                    kept.append({**call, "arguments": "".join(tokenize(call["arguments"])[: max(room, 0)])})
            choice.calls, choice.finish = kept, "length"
        return choice
    old = _called_function(asked, body, on)
    if old:
        choice.old = {"name": old["name"], "arguments": _arguments(old, on)}
        choice.finish = "stop" if "function-says-stop" in on else "function_call"
        if limit is not None and len(choice.tokens) > limit:
            choice.old["arguments"] = "".join(tokenize(choice.old["arguments"])[:limit])
            choice.finish = "length"
        return choice
    text, finish = _cut(_written(asked, rng, on), asked["stop"], limit, on)
    choice.finish = finish
    if "refuses" in on and asked["format"][0] != "text":
        choice.refusal = text
    elif "filtered" in on:
        choice.text, choice.finish = None, "content_filter"
    else:
        choice.text = text
    return choice


def _written(asked: dict[str, Any], rng: random.Random, on: Collection[str]) -> str:
    kind, schema = asked["format"]
    if kind == "json_object":
        if "json-object-prose" in on:
            return "Here is what you asked for: amber"
        if "json-object-fenced" in on:
            return '```json\n{"answer": "amber"}\n```'
        if "json-object-array" in on:
            return '["amber"]'
        return valid_variants.instance_text({"answer": rng.choice(SENTENCES)}, on)
    if kind == "json_schema":
        if "json-schema-prose" in on:
            return "amber"
        schema = schema or {"type": "object", "properties": {}}
        spoil = next((s for s in ("required", "type", "extra", "enum") if f"schema-{s}" in on), "")
        return valid_variants.instance_text(instance(schema, schema, spoil), on)
    return valid_variants.spoken(" ".join(rng.sample(SENTENCES, 1 if "short-answers" in on else 3)), on)


def _called(asked: dict[str, Any], body: dict[str, Any], on: Collection[str]) -> list[dict[str, Any]]:
    tools, wanted = asked["tools"], asked["tool_choice"]
    if not tools or ("tools-ignored" in on):
        return []
    if wanted == "none":
        return tools[:1] if "choice-none-ignored" in on else []
    if wanted == "required":
        return [] if "choice-required-ignored" in on else _several(tools, asked, on)
    if isinstance(wanted, dict):
        if "choice-named-ignored" in on:
            return []
        if "choice-named-other" in on:
            return [next((t for t in tools if t["name"] != wanted["name"]), {"name": "other"})]
        named = [next(t for t in tools if t["name"] == wanted["name"])]
        return named * 2 if "choice-named-twice" in on else named
    last = body["messages"][-1] if body["messages"] else {}
    if "auto-talks" in on or (isinstance(last, dict) and last.get("role") == "tool"):
        return []
    return _several(tools, asked, on)


def _several(tools: list[dict[str, Any]], asked: dict[str, Any], on: Collection[str]) -> list[dict[str, Any]]:
    if asked["parallel"] or "parallel-ignored" in on:
        return (tools * 2)[:2]
    return tools[:1]


def _called_function(
    asked: dict[str, Any], body: dict[str, Any], on: Collection[str]
) -> dict[str, Any] | None:
    functions, wanted = asked["functions"], asked["function_call"]
    if isinstance(wanted, dict):
        if "function-named-ignored" in on:
            return None
        return next((f for f in functions if f["name"] == wanted["name"]), None)
    if wanted == "none":
        return functions[0] if functions and "function-none-ignored" in on else None
    return functions[0] if functions and "auto-talks" not in on else None


def chat_logprobs(pieces: list[str], top: int, on: Collection[str]) -> list[dict[str, Any]]:
    def entry(token: str, logprob: float) -> dict[str, Any]:
        octets: list[int] | None = list(token.encode())
        if "bytes-wrong" in on:
            octets = [value ^ 1 for value in octets or []]
        if "bytes-characters" in on:
            octets = [ord(character) for character in token]
        if "bytes-null" in on:
            octets = None
        return {"token": token, "logprob": logprob, "bytes": octets}

    listed = []
    for position, piece in enumerate(pieces):
        logprob = -0.75 - 0.125 * (position % 7)
        if "logprob-positive" in on:
            logprob = 0.5
        count = top + 1 if "top-one-more" in on and top else top
        if "top-fewer" in on:
            count = min(count, 2)
        tops = [entry(piece, logprob)] + [
            entry(f"~{other}", logprob - 2 - other / 4) for other in range(max(count - 1, 0))
        ]
        tops = tops[:count]
        if "top-unsorted" in on:
            tops.reverse()
        if "top-without-sampled" in on and tops:
            tops[0] = entry("~else", logprob + 0.01)
        if "top-same-token" in on:
            tops = tops[:1] * len(tops)
        if "sampled-below-top" in on and len(tops) > 2:
            tops = [*tops[1:], entry("~low", tops[-1]["logprob"] - 1)]
            tops = [{**one, "logprob": one["logprob"] + 2 - 2} for one in tops]
            logprob_of = min(one["logprob"] for one in tops) - 1
            listed.append({**entry(piece, logprob_of), "top_logprobs": tops})
            continue
        listed.append({**entry(piece, logprob), "top_logprobs": tops})
    if "logprobs-one-short" in on and len(listed) > 1:
        listed.pop()
    if "logprobs-other-text" in on and listed:
        listed[0]["token"] = "zzz"
        listed[0]["bytes"] = list(b"zzz")
    return listed


# ---------------------------------------------------------------- completions


def completion_choices(asked: dict[str, Any], on: Collection[str]) -> list[dict[str, Any]]:
    """Return choices in the order of prompts."""
    choices = []
    prompts = asked["prompts"][:1] if "first-prompt-only" in on else asked["prompts"]
    n = 1 if "n-ignored" in on else asked["n"]
    n += 1 if "n-one-more" in on else 0
    limit = None if "max_tokens-ignored" in on else asked["longest"]
    for prompt in prompts:
        for which in range(n):
            seeded = asked["seed"] is not None and "seed-ignored" not in on
            rng = _rng(
                asked["seed"],
                prompt,
                which,
                asked["stream"] and "stream-unlike-plain" in on,
                0 if seeded else random.random(),
            )
            text, finish = _cut(" " + " ".join(rng.sample(SENTENCES, 3)), asked["stop"], limit, on)
            pieces = tokenize(text)
            start = 0
            echo = (asked["echo"] and "echo-ignored" not in on) or "echo-always" in on
            if echo:
                text, pieces = prompt + text, tokenize(prompt) + pieces
                if "echo-behind" in on:
                    text = text.removeprefix(prompt) + prompt
            elif "offsets-from-prompt" in on:
                start = len(prompt)
            choices.append({
                "text": text, "index": len(choices),
                "logprobs": completion_logprobs(pieces, asked["logprobs"], start, on),
                "finish_reason": finish,
            })  # fmt: skip
    return choices


def completion_logprobs(
    pieces: list[str], top: int | None, start: int, on: Collection[str]
) -> dict[str, Any] | None:
    if (top is None and "logprobs-unasked" not in on) or "logprobs-absent" in on:
        return None
    top = top or 0
    offsets, at = [], start
    for piece in pieces:
        offsets.append(at)
        at += len(piece)
    if "offsets-in-tokens" in on:
        offsets = list(range(len(pieces)))
    if "offsets-in-bytes" in on:
        offsets, at = [], start
        for piece in pieces:
            offsets.append(at)
            at += len(piece.encode())
    if "offsets-all-zero" in on:
        offsets = [0] * len(pieces)
    if "offsets-one-short" in on:
        offsets = offsets[:-1]
    chosen = [0.25 if "logprob-positive" in on else -0.75 - 0.25 * (i % 5) for i in range(len(pieces))]
    count = top + 2 if "top-two-more" in on else top
    return {
        "tokens": [*pieces[:-1], "zzz"] if "logprobs-other-text" in on and pieces else pieces,
        "token_logprobs": chosen[:-1] if "logprobs-one-short" in on else chosen,
        "top_logprobs": [
            {piece: chosen[i], **{f"~{other}": chosen[i] - 2 - other for other in range(count - 1)}}
            if count
            else {}
            for i, piece in enumerate(pieces)
        ],
        "text_offset": offsets,
    }


# ----------------------------------------------------------------- embeddings


def vector(text: str, dimensions: int, on: Collection[str]) -> list[float]:
    rng = _rng(text, random.random() if "unequal" in on else 0)
    raw = [rng.uniform(-1, 1) for _ in range(dimensions)]
    length = math.sqrt(sum(value * value for value in raw)) or 1.0
    scale = 3.0 if "not-unit" in on else 1.0 / length
    return list(
        struct.unpack(f"<{dimensions}f", struct.pack(f"<{dimensions}f", *(value * scale for value in raw)))
    )


def embeddings(asked: dict[str, Any], on: Collection[str]) -> list[dict[str, Any]]:
    data = []
    dimensions = 16 if "dimensions-ignored" in on else asked["dimensions"] + ("dimensions-one-more" in on)
    for index, text in enumerate(asked["inputs"]):
        batch = text + f"#{index}" if "batch-unlike-alone" in on else text
        own = dimensions + (1 if "dimensions-differ" in on and index else 0)
        values = vector(batch, own, on)
        if "non-finite" in on:
            values[0] = math.nan
        embedding: Any = values
        if "numbers-as-text" in on:
            embedding = [str(value) for value in values]
        if asked["base64"] and "base64-ignored" not in on:
            written = [value + 0.01 for value in values] if "base64-other-numbers" in on else values
            form = ">" if "base64-big-endian" in on else "<"
            packed = struct.pack(f"{form}{len(written)}{'d' if 'base64-doubles' in on else 'f'}", *written)
            if "base64-cut" in on:
                packed = packed[:-3]
            coder = base64.urlsafe_b64encode if "base64-urlsafe" in on else base64.b64encode
            embedding = coder(packed).decode()
            if "base64-unpadded" in on:
                embedding = embedding.rstrip("=")
        data.append({"object": "embedding", "index": index, "embedding": embedding})
    if "one-short" in on:
        data.pop()
    if "one-more" in on:
        data.append({**data[-1], "index": len(data)})
    if "indices-from-one" in on:
        data = [{**one, "index": one["index"] + 1} for one in data]
    if "indices-zero" in on:
        data = [{**one, "index": 0} for one in data]
    if "vectors-swapped" in on and len(data) > 1:
        data[0]["embedding"], data[-1]["embedding"] = data[-1]["embedding"], data[0]["embedding"]
    if "order-reversed" in on:
        data.reverse()
    return data


# --------------------------------------------------------------------- images


def picture(width: int, height: int, shade: int = 120) -> bytes:
    """Return a PNG of one colour."""

    def block(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = (b"\x00" + bytes([shade, 40, 90]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + block(b"IHDR", header)
        + block(b"IDAT", zlib.compress(rows))
        + block(b"IEND", b"")
    )


# ---------------------------------------------------------------------- audio


def audio_seconds(content: bytes) -> float | None:
    """Return the duration of an upload, or None if it is not audio."""
    if not content:
        return None
    if content[:4] == b"RIFF":
        try:
            with wave.open(io.BytesIO(content)) as sound:
                frames = sound.getnframes()
                whole = len(sound.readframes(frames)) == frames * sound.getsampwidth() * sound.getnchannels()
                return frames / sound.getframerate() if whole else None
        except (wave.Error, EOFError, ZeroDivisionError):
            return None
    try:
        known = mutagen.File(io.BytesIO(content))
    except mutagen.MutagenError:
        return None
    return float(known.info.length) if known is not None and known.info is not None else None


def segments(seconds: float, on: Collection[str]) -> list[dict[str, Any]]:
    spoken = (
        [" The ferry leaves at noon.", " Please mind the gap."]
        if seconds >= 1
        else [" The ferry leaves at noon."]
    )
    step = seconds / len(spoken)
    made = []
    for number, text in enumerate(spoken):
        start, end = round(number * step, 2), round((number + 1) * step, 2)
        if "segment-backwards" in on:
            start, end = end + 0.5, start
        if "segments-beyond" in on:
            end += seconds + 10
        made.append({
            "id": number, "seek": 0, "start": start, "end": end, "text": text, "tokens": [len(text), 7],
            "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 0.8, "no_speech_prob": 0.01,
        })  # fmt: skip
    if "segments-unordered" in on:
        made.reverse()
    if "segments-other-text" in on:
        made[0]["text"] = " Something else entirely."
    return made


def clock(moment: float, mark: str) -> str:
    seconds, thousandths = divmod(round(moment * 1000), 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{thousandths:03}"


def subtitles(parts: list[dict[str, Any]], kind: str, on: Collection[str]) -> str:
    mark = "," if (kind == "srt") != ("wrong-decimal-mark" in on) else "."
    arrow = "->" if "wrong-arrow" in on else "-->"
    cues = []
    for number, part in enumerate(parts, start=0 if "numbers-from-zero" in on else 1):
        timing = f"{clock(part['start'], mark)} {arrow} {clock(part['end'], mark)}"
        numbered = [str(number)] if kind == "srt" and "numbers-missing" not in on else []
        cues.append("\n".join([*numbered, timing, part["text"].strip()]))
    head = "WEBVTT\n\n" if kind == "vtt" and "vtt-header-missing" not in on else ""
    return head + "\n\n".join(cues) + "\n\n"
