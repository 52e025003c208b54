"""Whether the fields of a request are coherent: relations that the prose states and no schema can express.

A request that a schema admits may still make no sense: it chooses among tools that it does not have, or has
the result of a call that it does not contain. Servers may reject such requests, so that generated and shrunk
requests must be coherent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aoai_model.serialization import Json

_CHAT = frozenset({"chat", "extension-chat"})
#: The fields that make no sense without another one.
DEPENDENTS: Mapping[str, tuple[str, ...]] = {
    "tools": ("tool_choice", "parallel_tool_calls"),
    "functions": ("function_call",),
    "stream": ("stream_options",),
    "logprobs": ("top_logprobs",),
    "store": ("metadata",),
}


def is_coherent(kind: str, body: Json) -> bool:
    """Whether a body for an operation of this kind satisfies the relations between fields.

    Bodies that are not objects, and fields of wrong types, are left to the schema.
    """
    if not isinstance(body, dict):
        return True
    relations = _CHAT_RELATIONS if kind in _CHAT else _RELATIONS.get(kind, ())
    return all(relation(body) for relation in relations)


def _given(body: Mapping[str, Any], name: str) -> bool:
    return body.get(name) is not None


def _tools_match(body: Mapping[str, Any]) -> bool:
    if not body.get("tools"):
        return not _given(body, "tool_choice") and not _given(body, "parallel_tool_calls")
    return _names_one(body.get("tool_choice"), _names(body["tools"], inside="function"), inside="function")


def _functions_match(body: Mapping[str, Any]) -> bool:
    if not body.get("functions"):
        return not _given(body, "function_call")
    return _names_one(body.get("function_call"), _names(body["functions"]))


def _one_form_of_calls(body: Mapping[str, Any]) -> bool:
    return not (_given(body, "tools") and (_given(body, "functions") or _given(body, "function_call")))


def _names_one(choice: Any, names: Iterable[Any], inside: str = "") -> bool:
    """Whether a choice is a keyword or one of the names."""
    if not isinstance(choice, dict):
        return True
    return _name(choice, inside) in list(names)


def _names(declared: Any, inside: str = "") -> list[Any]:
    return [_name(one, inside) for one in declared] if isinstance(declared, list) else []


def _name(declared: Any, inside: str) -> Any:
    found = declared.get(inside) if inside and isinstance(declared, dict) else declared
    return found.get("name") if isinstance(found, dict) else None


def _stream_options_require_stream(body: Mapping[str, Any]) -> bool:
    return not _given(body, "stream_options") or body.get("stream") is True


def _top_logprobs_require_logprobs(body: Mapping[str, Any]) -> bool:
    return not _given(body, "top_logprobs") or body.get("logprobs") is True


def _metadata_requires_store(body: Mapping[str, Any]) -> bool:
    return not _given(body, "metadata") or body.get("store") is True


def _one_limit(body: Mapping[str, Any]) -> bool:
    return not (_given(body, "max_tokens") and _given(body, "max_completion_tokens"))


def _json_mode_is_requested_in_words(body: Mapping[str, Any]) -> bool:
    format_ = body.get("response_format")
    if not isinstance(format_, dict) or format_.get("type") != "json_object":
        return True
    return "json" in str(body.get("messages", "")).lower()


def _calls_have_results(body: Mapping[str, Any]) -> bool:
    """Each tool call is followed by its result, and no other result occurs."""
    open_calls: list[Any] = []
    function = None
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if not isinstance(message, dict):
            continue
        role = message.get("role")
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                return False
            open_calls.remove(message.get("tool_call_id"))
            continue
        if open_calls or (role == "function" and message.get("name") != function):
            return False
        function = None
        if role == "assistant":
            open_calls = _ids(message.get("tool_calls"))
            function = _name(message.get("function_call"), "")
            text = message.get("content") or message.get("refusal")
            if not open_calls and function is None and not text:
                return False
    return not open_calls


def _ids(calls: Any) -> list[Any]:
    return [call.get("id") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []


def _best_of_is_not_below_n(body: Mapping[str, Any]) -> bool:
    best, number = body.get("best_of"), body.get("n")
    if not isinstance(best, int):
        return True
    return best >= (number if isinstance(number, int) else 1) and body.get("stream") is not True


def _suffix_excludes_echo(body: Mapping[str, Any]) -> bool:
    return not (_given(body, "suffix") and body.get("echo"))


def _timestamps_require_verbose_json(body: Mapping[str, Any]) -> bool:
    requested = any("granularities" in name.lower() for name in body)
    return not requested or body.get("response_format") == "verbose_json"


Relations = tuple[Callable[[Mapping[str, Any]], bool], ...]
_CHAT_RELATIONS: Relations = (
    _tools_match,
    _functions_match,
    _one_form_of_calls,
    _stream_options_require_stream,
    _top_logprobs_require_logprobs,
    _metadata_requires_store,
    _one_limit,
    _json_mode_is_requested_in_words,
    _calls_have_results,
)
_RELATIONS: Mapping[str, Relations] = {
    "completions": (_stream_options_require_stream, _best_of_is_not_below_n, _suffix_excludes_echo),
    "transcription": (_timestamps_require_verbose_json,),
}
