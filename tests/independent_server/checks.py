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


def check_chat(body: dict[str, Any], switches: Collection[str]) -> dict[str, Any]:
    c = Checks(switches, "chat")
    c.sampling(body)
    stream, usage = c.streaming(body)
    logprobs = c.flag(body, "logprobs")
    top = c.integer(body, "top_logprobs", 0, 20)
    c.unless("top_logprobs", top is not None and not logprobs, "top_logprobs needs logprobs", "top_logprobs")
    limits = [
        c.integer(body, "max_tokens", 0),
        c.integer(body, "max_completion_tokens", 0),
    ]
    tools = _tools(c, body)
    functions = [_function(c, f, "functions") for f in c.items(body, "functions", 1, 128) or []]
    _messages(c, body)
    _data_sources(c, body)
    return {
        "n": c.integer(body, "n", 1, 128) or 1,
        "stop": c.stop(body),
        "stream": stream, "usage": usage, "logprobs": bool(logprobs), "top": top or 0,
        "limits": limits,
        "tools": tools, "tool_choice": _tool_choice(c, body, tools),
        "functions": functions, "function_call": _function_call(c, body, functions),
        "parallel": c.flag(body, "parallel_tool_calls", nullable=False) is not False,
        "format": _format(c, body),
        "seed": body.get("seed"),
    }  # fmt: skip


def _function(c: Checks, function: Any, field: str) -> dict[str, Any]:
    if not isinstance(function, dict):
        raise RefusedError(f"{field} holds something else than objects", field)
    c.name(function, f"{field}.name")
    c.text(function, "description", field=f"{field}.description")
    c.record(function, "parameters", field=f"{field}.parameters")
    if field == "tools.function":
        c.flag(function, "strict", field=f"{field}.strict")
    return function


def _tools(c: Checks, body: dict[str, Any]) -> list[dict[str, Any]]:
    functions = []
    for tool in c.items(body, "tools", None, 128) or []:
        if not isinstance(tool, dict):
            raise RefusedError("tools holds something else than objects", "tools")
        c.choice(tool, "type", ["function"], field="tools.type", required=True)
        function = c.record(tool, "function", field="tools.function", required=True)
        if function is not None:
            functions.append(_function(c, function, "tools.function"))
    return functions


def _tool_choice(c: Checks, body: dict[str, Any], tools: list[dict[str, Any]]) -> str | dict[str, str] | None:
    choice = body.get("tool_choice", MISSING)
    if choice is MISSING:
        return None
    if isinstance(choice, dict):
        c.choice(choice, "type", ["function"], field="tool_choice.type", required=True)
        function = c.record(choice, "function", field="tool_choice.function", required=True) or {}
        name = c.text(function, "name", field="tool_choice.function.name", required=True) or ""
        known = any(tool.get("name") == name for tool in tools)
        c.unless("tool_choice", bool(name) and not known, "tool_choice names no tool", "tool_choice")
        return {"name": name} if known else None
    chosen = c.choice(body, "tool_choice", ["none", "auto", "required"])
    c.unless("required", chosen == "required" and not tools, "there is no tool to call", "tool_choice")
    return chosen


def _function_call(
    c: Checks, body: dict[str, Any], functions: list[dict[str, Any]]
) -> str | dict[str, str] | None:
    call = body.get("function_call", MISSING)
    if call is MISSING:
        return None
    if isinstance(call, dict):
        name = c.text(call, "name", field="function_call.name", required=True) or ""
        known = any(function.get("name") == name for function in functions)
        c.unless("function_call", not known, "function_call names no function", "function_call")
        return {"name": name} if known else None
    return c.choice(body, "function_call", ["none", "auto"])


def _format(c: Checks, body: dict[str, Any]) -> tuple[str, Any]:
    wanted = c.record(body, "response_format")
    if wanted is None:
        return "text", None
    kind = c.choice(
        wanted, "type", ["text", "json_object", "json_schema"], field="response_format.type", required=True
    )
    if kind != "json_schema":
        return kind or "text", None
    described = c.record(wanted, "json_schema", field="response_format.json_schema", required=True) or {}
    c.name(described, "response_format.json_schema.name")
    c.text(described, "description", field="response_format.json_schema.description")
    c.flag(described, "strict", field="response_format.json_schema.strict")
    return "json_schema", c.record(described, "schema", field="response_format.json_schema.schema")


def _messages(c: Checks, body: dict[str, Any]) -> None:
    called: set[str] = set()
    for message in c.items(body, "messages", 1, required=True) or []:
        if not isinstance(message, dict):
            if c.bent("untyped", "messages.items"):
                continue
            raise RefusedError("messages holds something else than objects", "messages")
        role = c.choice(
            message,
            "role",
            ["system", "user", "assistant", "tool", "function"],
            field="messages.role",
            required=True,
        )
        if role in ("system", "user", "assistant"):
            c.text(message, "name", field=f"messages.{role}.name")
        if role == "system":
            _content(c, message, role, {"text"})
        elif role == "user":
            _content(c, message, role, {"text", "image_url"})
        elif role == "assistant":
            called |= _assistant(c, message)
        elif role == "tool":
            _content(c, message, role, {"text"})
            answered = c.text(message, "tool_call_id", field="messages.tool.tool_call_id", required=True)
            c.unless(
                "tool-answer",
                answered is not None and answered not in called,
                "the tool message answers no call",
                "messages",
            )
        elif role == "function":
            c.text(message, "name", field="messages.function.name", required=True)
            c.text(message, "content", field="messages.function.content", required=True, nullable=True)


def _assistant(c: Checks, message: dict[str, Any]) -> set[str]:
    content = message.get("content")
    if content is not None:
        kinds = _content(c, message, "assistant", {"text", "refusal"})
        c.unless("mixed-refusal", "refusal" in kinds and len(kinds) > 1, "a refusal stands alone", "messages")
    elif "content" in message and c.bent("nonull", "messages.assistant.content"):
        raise RefusedError("content may not be null", "messages")
    refusal = c.text(message, "refusal", field="messages.assistant.refusal", nullable=True)
    calls = c.items(message, "tool_calls", field="messages.assistant.tool_calls")
    old = c.record(message, "function_call", field="messages.assistant.function_call", nullable=True)
    if old is not None:
        c.text(old, "name", field="messages.assistant.function_call.name", required=True)
        c.text(old, "arguments", field="messages.assistant.function_call.arguments", required=True)
    empty = content is None and not calls and old is None and refusal is None
    c.unless("empty-assistant", empty, "an assistant message needs content or calls", "messages")
    ids = set()
    for call in calls or []:
        if not isinstance(call, dict):
            raise RefusedError("tool_calls holds something else than objects", "messages")
        ids.add(c.text(call, "id", field="messages.assistant.tool_calls.id", required=True) or "")
        c.choice(call, "type", ["function"], field="messages.assistant.tool_calls.type", required=True)
        function = (
            c.record(call, "function", field="messages.assistant.tool_calls.function", required=True) or {}
        )
        c.text(function, "name", field="messages.assistant.tool_calls.function.name", required=True)
        c.text(function, "arguments", field="messages.assistant.tool_calls.function.arguments", required=True)
    return ids


def _content(c: Checks, message: dict[str, Any], role: str, kinds: set[str]) -> list[str]:
    content = message.get("content")
    field = f"messages.{role}.content"
    if isinstance(content, str) and not c.bent("shut", f"{field}=string"):
        return ["text"]
    if not isinstance(content, list) or c.bent("shut", f"{field}=array"):
        if c.bent("untyped", field) or ("content" not in message and c.bent("optional", field)):
            return []
        raise RefusedError(f"the content of a {role} message has the wrong type", "messages")
    c.limit(f"{field}.items", len(content), 1, None)
    seen = []
    for part in content:
        if not isinstance(part, dict):
            raise RefusedError("a content part is no object", "messages")
        kind = c.choice(part, "type", kinds, field=f"{field}.type", required=True)
        if kind in ("text", "refusal"):
            c.text(part, kind, field=f"{field}.{kind}", required=True)
        elif kind == "image_url":
            image = c.record(part, "image_url", field=f"{field}.image_url", required=True) or {}
            url = c.text(image, "url", field=f"{field}.image_url.url", required=True)
            fits = url is None or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s]+$", url) is not None
            c.unless("image-uri", not fits, "image_url.url is no URI", "messages")
            c.choice(image, "detail", ["auto", "low", "high"], field=f"{field}.image_url.detail")
        seen.append(kind or "text")
    return seen


def _data_sources(c: Checks, body: dict[str, Any]) -> None:
    for source in c.items(body, "data_sources") or []:
        if not isinstance(source, dict):
            raise RefusedError("data_sources holds something else than objects", "data_sources")
        kind = c.choice(
            source, "type", ["azure_search", "azure_cosmos_db"], field="data_sources.type", required=True
        )
        p = c.record(source, "parameters", field="data_sources.parameters", required=True)
        if p is None:
            continue
        f = "data_sources.parameters."
        logins = {"api_key", "system_assigned_managed_identity", "user_assigned_managed_identity"}
        cosmos = kind == "azure_cosmos_db"
        _login(
            c,
            c.record(p, "authentication", field=f + "authentication", required=True),
            f,
            {"connection_string"} if cosmos else logins,
        )
        for name in (
            ["container_name", "database_name", "index_name"] if cosmos else ["endpoint", "index_name"]
        ):
            c.text(p, name, field=f + name, required=True)
        for name in ["role_information", "semantic_configuration", "filter"]:
            c.text(p, name, field=f + name)
        c.integer(p, "top_n_documents", field=f + "top_n_documents", nullable=False)
        c.integer(p, "strictness", 1, 5, field=f + "strictness", nullable=False)
        c.flag(p, "in_scope", field=f + "in_scope", nullable=False)
        if not cosmos:
            queries = ["simple", "semantic", "vector", "vector_simple_hybrid", "vector_semantic_hybrid"]
            c.choice(p, "query_type", queries, field=f + "query_type")
        mapping = c.record(p, "fields_mapping", field=f + "fields_mapping", required=cosmos) or {}
        for name in ["content_fields", "vector_fields"]:
            listed = c.items(mapping, name, field=f + "fields_mapping." + name, required=cosmos) or []
            if not all(isinstance(one, str) for one in listed):
                raise RefusedError(f"{name} holds something else than text", "data_sources")
        for name in ["title_field", "url_field", "filepath_field", "content_fields_separator"]:
            c.text(mapping, name, field=f + "fields_mapping." + name)
        embedding = c.record(p, "embedding_dependency", field=f + "embedding_dependency", required=cosmos)
        if embedding is not None:
            way = c.choice(
                embedding,
                "type",
                ["endpoint", "deployment_name"],
                field=f + "embedding_dependency.type",
                required=True,
            )
            if way == "endpoint":
                c.text(embedding, "endpoint", field=f + "embedding_dependency.endpoint", required=True)
                login = c.record(
                    embedding,
                    "authentication",
                    field=f + "embedding_dependency.authentication",
                    required=True,
                )
                _login(c, login, f + "embedding_dependency.", {"api_key"})
            else:
                c.text(
                    embedding,
                    "deployment_name",
                    field=f + "embedding_dependency.deployment_name",
                    required=True,
                )


def _login(c: Checks, login: dict[str, Any] | None, f: str, kinds: set[str]) -> None:
    if login is None:
        return
    kind = c.choice(login, "type", kinds, field=f + "authentication.type", required=True)
    secret = {
        "api_key": "key",
        "connection_string": "connection_string",
        "user_assigned_managed_identity": "managed_identity_resource_id",
    }.get(kind or "")
    if secret:
        c.text(login, secret, field=f + "authentication." + secret, required=True)


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
