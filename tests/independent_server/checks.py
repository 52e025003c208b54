"""Hand-written checks of the requests to the six operations of azure-openai@2024-10-21.

Written from the document alone, without code of the project. A switch changes one check:
`tight:F` rejects the bound itself, `loose:F` accepts one step beyond it, `wide:F` all beyond it,
`untyped:F` any type, `nonull:F` rejects an allowed null, `nulled:F` accepts a forbidden one,
`open:F` accepts values outside an enum, `shut:F=V` rejects one value of it, `optional:F` accepts a missing
field, `unchecked:R` skips the relation R.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

MISSING: Any = object()
NAME = re.compile(r"[a-zA-Z0-9_-]+")


class RefusedError(Exception):
    """The mistake of a request in one sentence, and the field at fault."""

    def __init__(
        self, message: str, param: str | None = None, status: int = 400, code: str = "BadRequest"
    ) -> None:
        super().__init__(message)
        self.message, self.param, self.status, self.code = message, param, status, code


def is_integer(value: Any) -> bool:
    """Return whether a value is an integer; 1.0 is one in JSON Schema."""
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Checks:
    """Reads fields of one request body; every reader returns the value or None when it is absent or null."""

    def __init__(self, switches: Collection[str], area: str) -> None:
        self.switches, self.area = frozenset(switches), area

    def bent(self, how: str, field: str) -> bool:
        return f"{how}:{self.area}.{field}" in self.switches

    def unless(self, relation: str, wrong: bool, message: str, param: str | None = None) -> None:
        if wrong and not self.bent("unchecked", relation):
            raise RefusedError(message, param)

    def limit(
        self, field: str, value: float, lowest: float | None, highest: float | None, step: float = 1
    ) -> None:
        if lowest is not None and not self.bent("wide", f"{field}.min"):
            edge = lowest - step if self.bent("loose", f"{field}.min") else lowest
            if value < edge or (value == lowest and self.bent("tight", f"{field}.min")):
                raise RefusedError(f"{field} is below {lowest}", field)
        if highest is not None and not self.bent("wide", f"{field}.max"):
            edge = highest + step if self.bent("loose", f"{field}.max") else highest
            if value > edge or (value == highest and self.bent("tight", f"{field}.max")):
                raise RefusedError(f"{field} is above {highest}", field)

    def value(
        self,
        body: dict[str, Any],
        name: str,
        field: str,
        kind: Callable[[Any], bool],
        required: bool,
        nullable: bool,
    ) -> Any:
        value = body.get(name, MISSING)
        if value is MISSING:
            if required and not self.bent("optional", field):
                raise RefusedError(f"{field} is required", field)
            return None
        if value is None:
            taken = (nullable and not self.bent("nonull", field)) or (
                not nullable and self.bent("nulled", field)
            )
            if not taken and not (not nullable and "lenient-nulls" in self.switches and not required):
                raise RefusedError(f"{field} may not be null", field)
            return None
        if not kind(value):
            if self.bent("untyped", field):
                return None
            raise RefusedError(f"{field} has the wrong type", field)
        return value

    def number(
        self,
        body: dict[str, Any],
        name: str,
        lowest: float | None = None,
        highest: float | None = None,
        *,
        field: str | None = None,
        nullable: bool = True,
    ) -> float | None:
        value = self.value(body, name, field or name, is_number, False, nullable)
        if value is not None:
            self.limit(field or name, value, lowest, highest, 0.1)
        return value

    def integer(
        self,
        body: dict[str, Any],
        name: str,
        lowest: int | None = None,
        highest: int | None = None,
        *,
        field: str | None = None,
        nullable: bool = True,
    ) -> int | None:
        value = self.value(body, name, field or name, is_integer, False, nullable)
        if value is None:
            return None
        self.limit(field or name, value, lowest, highest)
        return int(value)

    def flag(
        self, body: dict[str, Any], name: str, *, field: str | None = None, nullable: bool = True
    ) -> bool | None:
        return self.value(body, name, field or name, lambda v: isinstance(v, bool), False, nullable)

    def text(
        self,
        body: dict[str, Any],
        name: str,
        *,
        field: str | None = None,
        nullable: bool = False,
        required: bool = False,
        shortest: int | None = None,
        longest: int | None = None,
    ) -> str | None:
        value = self.value(body, name, field or name, lambda v: isinstance(v, str), required, nullable)
        if value is not None:
            self.limit((field or name) + ".length", len(value), shortest, longest)
        return value

    def choice(
        self,
        body: dict[str, Any],
        name: str,
        values: Collection[str],
        *,
        field: str | None = None,
        required: bool = False,
        nullable: bool = False,
    ) -> str | None:
        field = field or name
        value = self.value(body, name, field, lambda v: isinstance(v, str), required, nullable)
        if value is not None:
            outside = value not in values and not self.bent("open", field)
            if outside or self.bent("shut", f"{field}={value}"):
                raise RefusedError(f"{field} may not be {value}", field)
        return value

    def items(
        self,
        body: dict[str, Any],
        name: str,
        lowest: int | None = None,
        highest: int | None = None,
        *,
        field: str | None = None,
        required: bool = False,
        nullable: bool = False,
    ) -> list[Any] | None:
        value = self.value(body, name, field or name, lambda v: isinstance(v, list), required, nullable)
        if value is not None:
            self.limit((field or name) + ".items", len(value), lowest, highest)
        return value

    def record(
        self,
        body: dict[str, Any],
        name: str,
        *,
        field: str | None = None,
        required: bool = False,
        nullable: bool = False,
    ) -> dict[str, Any] | None:
        return self.value(body, name, field or name, lambda v: isinstance(v, dict), required, nullable)

    def name(self, body: dict[str, Any], field: str) -> str:
        text = self.text(body, "name", field=field, required=True, longest=64)
        if text is None:
            return ""
        self.unless(f"{field}.pattern", not NAME.fullmatch(text), f"{field} has a forbidden character", field)
        return text

    def stop(self, body: dict[str, Any]) -> list[str]:
        """The stop texts; nullable by the description of every branch and default."""
        stop = body.get("stop")
        if isinstance(stop, str) and not self.bent("shut", "stop=string"):
            return [stop] if stop else []
        if isinstance(stop, list) and not self.bent("shut", "stop=array"):
            self.limit("stop.items", len(stop), 1, 4)
            if not all(isinstance(one, str) for one in stop) and not self.bent("untyped", "stop.items"):
                raise RefusedError("stop holds something else than text", "stop")
            return [one for one in stop if isinstance(one, str) and one]
        if stop is not None and not self.bent("untyped", "stop"):
            raise RefusedError("stop is neither text nor an array", "stop")
        if stop is None and "stop" in body and self.bent("nonull", "stop"):
            raise RefusedError("stop may not be null", "stop")
        return []

    def bias(self, body: dict[str, Any]) -> None:
        bias = self.record(body, "logit_bias", nullable=True) or {}
        strange = any(not token.isdigit() for token in bias)
        self.unless("logit_bias.keys", strange, "the keys of logit_bias are token ids", "logit_bias")
        for value in bias.values():
            if not is_integer(value):
                if self.bent("untyped", "logit_bias.values"):
                    continue
                raise RefusedError("logit_bias holds something else than integers", "logit_bias")
            self.limit("logit_bias.values", value, -100, 100)

    def sampling(self, body: dict[str, Any]) -> None:
        self.number(body, "temperature", 0, 2)
        self.number(body, "top_p", 0, 1)
        self.number(body, "presence_penalty", -2, 2)
        self.number(body, "frequency_penalty", -2, 2)
        self.integer(body, "seed", -(2**63), 2**63 - 1)
        self.text(body, "user")
        self.bias(body)

    def streaming(self, body: dict[str, Any]) -> tuple[bool, bool]:
        stream = bool(self.flag(body, "stream"))
        options = self.record(body, "stream_options", nullable=True)
        self.unless(
            "stream_options",
            options is not None and not stream,
            "stream_options needs stream",
            "stream_options",
        )
        usage = (
            self.flag(options, "include_usage", field="stream_options.include_usage", nullable=False)
            if options
            else False
        )
        return stream, bool(usage)


def check_completions(body: dict[str, Any], switches: Collection[str]) -> dict[str, Any]:
    c = Checks(switches, "completions")
    c.sampling(body)
    stream, usage = c.streaming(body)
    n = c.integer(body, "n", 1, 128) or 1
    best = c.integer(body, "best_of", 0, 20)
    c.unless("best_of-n", bool(best) and (best or 0) < n, "best_of is below n", "best_of")
    c.unless("best_of-stream", (best or 0) > 1 and stream, "best_of cannot be streamed", "best_of")
    logprobs = c.integer(body, "logprobs", 0, 5)
    longest = c.integer(body, "max_tokens", 0)
    c.unless("context", (longest or 0) > 100_000, "the context of the model is shorter", "max_tokens")
    c.text(body, "suffix", nullable=True)
    return {
        "prompts": _prompts(c, body),
        "n": n, "stop": c.stop(body), "stream": stream, "usage": usage,
        "logprobs": logprobs, "longest": 16 if longest is None else longest,
        "echo": bool(c.flag(body, "echo")), "seed": body.get("seed"),
    }  # fmt: skip


def _prompts(c: Checks, body: dict[str, Any]) -> list[str]:
    """Return the prompts as texts; each token, which the prose allows, counts as one word."""
    if "prompt" not in body and not c.bent("optional", "prompt"):
        raise RefusedError("prompt is required", "prompt")
    prompt = body.get("prompt")
    if prompt is None and c.bent("nonull", "prompt") and "prompt" in body:
        raise RefusedError("prompt may not be null", "prompt")
    if prompt is None or prompt == []:
        return ["<|endoftext|>"]
    if isinstance(prompt, str) and not c.bent("shut", "prompt=string"):
        return [prompt]
    if isinstance(prompt, list) and all(is_integer(one) for one in prompt):
        return ["".join(f" t{one}" for one in prompt)]
    if isinstance(prompt, list) and not c.bent("shut", "prompt=array"):
        texts = []
        for one in prompt:
            if isinstance(one, str):
                texts.append(one)
            elif isinstance(one, list) and all(is_integer(token) for token in one):
                texts.append("".join(f" t{token}" for token in one))
            elif not c.bent("untyped", "prompt.items"):
                raise RefusedError("prompt holds something else than text", "prompt")
        return texts or [""]
    if not c.bent("untyped", "prompt"):
        raise RefusedError("prompt is neither text nor an array", "prompt")
    return [""]


def check_embeddings(body: dict[str, Any], switches: Collection[str]) -> dict[str, Any]:
    c = Checks(switches, "embeddings")
    c.text(body, "user")
    c.text(body, "input_type")
    dimensions = c.integer(body, "dimensions", 1)
    if dimensions is not None and dimensions > 4096:
        raise RefusedError("the model has 4096 dimensions at most", "dimensions")
    return {
        "inputs": _inputs(c, body),
        "base64": c.choice(body, "encoding_format", ["float", "base64"], nullable=True) == "base64",
        "dimensions": 16 if dimensions is None else max(dimensions, 1),
    }


def _inputs(c: Checks, body: dict[str, Any]) -> list[str]:
    given = body.get("input", MISSING)
    if given is MISSING and not c.bent("optional", "input"):
        raise RefusedError("input is required", "input")
    if given is None and c.bent("nonull", "input"):
        raise RefusedError("input may not be null", "input")
    if given is None or given is MISSING:
        return [""]
    if isinstance(given, str) and not c.bent("shut", "input=string"):
        return [given]
    if isinstance(given, list) and not c.bent("shut", "input=array"):
        c.limit("input.items", len(given), 1, 2048)
        for one in given:
            if isinstance(one, str):
                c.limit("input.items.length", len(one), 1, None)
            elif not c.bent("untyped", "input.items"):
                raise RefusedError("input holds something else than text", "input")
        return [str(one) for one in given]
    if not c.bent("untyped", "input"):
        raise RefusedError("input is neither text nor an array", "input")
    return [""]


SIZES = ["1792x1024", "1024x1792", "1024x1024"]


def check_images(body: dict[str, Any], switches: Collection[str]) -> dict[str, Any]:
    c = Checks(switches, "images")
    c.text(body, "prompt", required=True, shortest=1, longest=4000)
    c.text(body, "user")
    c.choice(body, "quality", ["standard", "hd"])
    c.choice(body, "style", ["vivid", "natural"])
    size = c.choice(body, "size", SIZES) or "1024x1024"
    return {
        "n": c.integer(body, "n", 1, 1, nullable=False) or 1,
        "base64": c.choice(body, "response_format", ["url", "b64_json"]) == "b64_json",
        "size": tuple(int(side) for side in (size if size in SIZES else "1024x1024").split("x")),
    }


def check_audio(form: dict[str, Any], switches: Collection[str], area: str) -> str:
    c = Checks(switches, area)
    wanted = c.choice(form, "response_format", ["json", "text", "srt", "verbose_json", "vtt"]) or "json"
    temperature = form.get("temperature")
    if temperature is not None:
        try:
            value = float(temperature)
        except (TypeError, ValueError):
            value = 0.0
            if not c.bent("untyped", "temperature"):
                raise RefusedError("temperature is no number", "temperature") from None
        if value != value:
            raise RefusedError("temperature is no number", "temperature")
        c.limit("temperature", value, 0, 1, 0.1)
    return wanted
