"""Hand-written checks of requests for chats, in the way of `checks`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from checks import MISSING, Checks, RefusedError


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
