"""The choices of a chat: reasoning, then text or calls, the same whether streamed or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from aoai_emulator.content.chat.choice import Call, Choice
from aoai_emulator.content.chat.conversation import (
    Function,
    allowed_tools,
    chosen_tool,
    conversation_of,
    offered_functions,
)
from aoai_emulator.content.chat.scripted import cut_short, scripted_choice
from aoai_emulator.content.cues import Cue, cues
from aoai_emulator.content.declared_responses import declared_chunk, declared_response
from aoai_emulator.content.instances import compact, instance, object_instance
from aoai_emulator.content.prose import Ending, Written, phrase, sentences, within, write, write_as_json
from aoai_emulator.content.scripting.turns import cued_script
from aoai_emulator.content.scripting.written_cues import CueError
from aoai_emulator.content.seeding import chance, digest_of_chat, label
from aoai_emulator.content.tokens import tokenize
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.http.scripts import Script

# Predictions are used up to this many tokens.
_MOST_PREDICTED_TOKENS = 4096


def predicted(fields: JsonObject) -> list[str]:
    """Return the tokens of a prediction, which may be a string or text parts."""
    if "prediction" not in fields:
        return []
    content = (fields["prediction"] or {}).get("content")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        return []
    return tokenize(content[: _MOST_PREDICTED_TOKENS * _LONGEST_TOKEN])[:_MOST_PREDICTED_TOKENS]


def agreed(tokens: Sequence[str]) -> Sequence[str]:
    """Return the part of a prediction that the model uses: its first half, or all of a single token."""
    return tokens[: (len(tokens) + 1) // 2]


def accepted_count(predicted_tokens: Sequence[str], tokens: Sequence[str]) -> int:
    """Count the predicted tokens that a response starts with."""
    count = 0
    for expected, given in zip(predicted_tokens, tokens, strict=False):
        if expected != given:
            break
        count += 1
    return count


_WORDS_BY_EFFORT = {"low": 1, "medium": 14, "high": 28, "xhigh": 56}
# A model that may write little responds at once: reasoning takes at most half of its limit.
_REASONING_SHARE = 2


def thought(request: AcceptedRequest, limit: int, key: str) -> tuple[str, ...]:
    """Return the tokens of the reasoning; none if neither the model nor the request asks for it.

    A model whose traits name an effort always reasons first, and may spend its whole limit on it.
    """
    effort = request.fields.get("reasoning_effort")
    traits = request.deployment.traits
    if traits.effort is not None:
        return _thought(str(effort or traits.effort), key)[:limit] if traits.reasons(effort) else ()
    if effort is None and not request.deployment.reasons:
        return ()
    tokens = _thought(str(effort), key)
    return tokens if len(tokens) * _REASONING_SHARE <= limit else ()


def _thought(effort: str, key: str) -> tuple[str, ...]:
    words = _WORDS_BY_EFFORT.get(effort, _WORDS_BY_EFFORT["medium"])
    return tuple(tokenize(sentences(chance(key, "thought"), words)))


# The maximum number of tokens over all choices, whatever max_tokens allows.
_MAX_ANSWER_TOKENS = 16_384
_LEAST_ANSWER_TOKENS = 128
# The maximum length of a token in characters.
_LONGEST_TOKEN = 13


def choices(request: AcceptedRequest) -> list[Choice]:
    """Return the n choices of a response, determined by the two seeds and the messages."""
    number = request.fields.get("n", 1)
    limit, key = _limit(request.fields, number), _key(request)
    scripts = _scripts(request)
    return [
        _thoughtful(request, scripts[min(index, len(scripts) - 1)], index, limit, f"{key}-{index}")
        for index in range(number)
    ]


def only_text(request: AcceptedRequest) -> tuple[bytes, Ending, int] | None:
    """Return the text of the only choice as JSON in UTF-8, why it ends, and how many tokens it has.

    Return None if there may be several choices, or one that is more than built-in text.
    """
    fields, deployment = request.fields, request.deployment
    reasons = deployment.reasons or deployment.traits.effort is not None
    if reasons or not _SHAPING.isdisjoint(fields) or _scripts(request) is not _BUILT_IN:
        return None
    return write_as_json(f"{_key(request)}-0", limit=_limit(fields, 1))


#: Fields that can make the choices more than one text, or change the text.
_SHAPING = frozenset({"functions", "n", "prediction", "reasoning_effort", "response_format", "stop", "tools"})


def _limit(fields: JsonObject, number: int) -> int:
    """Return the most tokens of each of a number of choices."""
    cap = _MAX_ANSWER_TOKENS
    if number > 1:
        cap = max(_LEAST_ANSWER_TOKENS, _MAX_ANSWER_TOKENS // number)
    asked: int | None = fields.get("max_completion_tokens", fields.get("max_tokens"))
    return cap if asked is None or asked > cap else asked


def _key(request: AcceptedRequest) -> str:
    """Return what determines the choices: the two seeds, the model and the messages."""
    fields = request.fields
    model = request.deployment.model
    return digest_of_chat(request.settings.seed, fields.get("seed"), model, fields["messages"]).hex()


def _scripts(request: AcceptedRequest) -> Sequence[Script | None]:
    """Return the scripts of the choices, the last of them for all further ones; None for built-in content."""
    if request.scripts:
        return request.scripts
    if not conversation_of(request).has_cue:
        return _BUILT_IN
    try:
        return (cued_script(request.fields["messages"]),)
    except CueError:  # rejected before, unless a fault accepted it
        return (None,)


_BUILT_IN: Sequence[Script | None] = (None,)


def stop_sequences(fields: JsonObject) -> Sequence[str]:
    """Return the stop sequences of a request, which may be a string or a list."""
    stop = fields.get("stop") or ()
    return (stop,) if isinstance(stop, str) else stop


def _thoughtful(request: AcceptedRequest, script: Script | None, index: int, limit: int, key: str) -> Choice:
    """Reason, respond within the remaining limit, and count the tokens of a prediction."""
    thoughts = thought(request, limit, key)
    left = limit - len(thoughts)
    if script is None or script.is_empty:
        choice = _choice(request, index, left, key)
        if script is not None and script.finish_reason is not None:
            choice = cut_short(choice, script.finish_reason)
    else:
        choice = scripted_choice(
            script,
            index,
            limit=left,
            stops=stop_sequences(request.fields),
            key=key,
            elder=not request.fields.get("tools") and bool(request.fields.get("functions")),
            may_refuse=_knows_refusals(request),
        )
    if choice.is_filtered:
        return choice
    expected = predicted(request.fields)
    if not thoughts and not expected:
        return choice
    accepted = accepted_count(expected, choice.tokens or ())
    room = max(limit - len(thoughts) - choice.token_count, 0)
    rejected = min(len(expected) - accepted, room) if choice.tokens is not None else 0
    return replace(choice, thought=thoughts, accepted=accepted, rejected=rejected)


def _knows_refusals(request: AcceptedRequest) -> bool:
    """Return whether the document declares refusals, apart from texts."""
    if request.kind == "response-create":
        return True
    if request.fields.get("stream") is True:
        declared, part = declared_chunk(request.operation), "delta"
    else:
        declared, part = declared_response(request.operation), "message"
    return declared is not None and declared.knows("choices", part, "refusal")


def _choice(request: AcceptedRequest, index: int, limit: int, key: str) -> Choice:
    fields, conversation = request.fields, conversation_of(request)
    if conversation.has_cue and Cue.ANSWER_FILTERED in cues(conversation.texts):
        return Choice(index, (), (), elder=False, finish_reason="content_filter")
    called = _called_functions(fields, key) if limit > 0 else []
    if called:
        return _calling(called, index, limit, key, elder=not fields.get("tools"))
    written = _text(fields, key, limit)
    return Choice(index, written.tokens, (), elder=False, finish_reason=written.ending)


def _called_functions(fields: JsonObject, key: str) -> list[Function]:
    """Choose the functions to call; none if the response is text."""
    if not (fields.get("tools") or fields.get("functions")):
        return []
    # the chunks of streams have no calls of custom tools
    offered = [each for each in offered_functions(fields) if not (each.is_custom and fields.get("stream"))]
    has_tools = bool(fields.get("tools"))
    choice: Any = fields.get("tool_choice" if has_tools else "function_call", "auto")
    allowed = allowed_tools(fields)
    if allowed is not None:
        choice, names = allowed
        offered = [function for function in offered if function.name in names]
    if not offered:
        return []
    luck = chance(key)
    if isinstance(choice, dict):
        name = chosen_tool(choice) if has_tools else choice["name"]
        return [function for function in offered if function.name == name][:1]
    in_words = fields["messages"][-1]["role"] in ("tool", "function") or is_json(fields)
    if choice == "none" or (choice == "auto" and (in_words or luck.random() < 0.25)):
        return []
    parallel = has_tools and fields.get("parallel_tool_calls", True) is not False
    return luck.sample(offered, min(len(offered), 2 if parallel else 1))


def _calling(functions: Sequence[Function], index: int, limit: int, key: str, *, elder: bool) -> Choice:
    """Call functions one after the other within the limit."""
    room = _LONGEST_TOKEN * (limit + 1)
    calls: list[Call] = []
    reason = "function_call" if elder else "tool_calls"
    for place, function in enumerate(functions):
        if function.is_custom:
            arguments = _tokens(phrase(chance(key, place)), room)
        else:
            built = object_instance(function.parameters, chance(key, place), room=room)
            arguments = _tokens(compact(built), room)
        left = limit - sum(len(call.arguments) for call in calls)
        if left < len(arguments):
            reason = "length"
        if left > 0:
            call_id = f"call_{label(24, key, place)}"
            calls.append(Call(call_id, function.name, tuple(arguments[:left]), function.is_custom))
    return Choice(index, None, tuple(calls), elder=elder, finish_reason=reason)


def _text(fields: JsonObject, key: str, limit: int) -> Written:
    stops = stop_sequences(fields)
    if not is_json(fields):
        written = write(key, limit=limit, stops=stops)
        begun = agreed(predicted(fields))
        return within([*begun, *written.tokens], limit=limit, stops=stops) if begun else written
    room = _LONGEST_TOKEN * (limit + 1)
    form, luck = fields.get("response_format") or {}, chance(key)
    text = ""
    for _ in range(8):
        text = compact(_json_value(form, luck, room))
        if not any(stop in text for stop in stops):
            break
    return within(_tokens(text, room), limit=limit, stops=stops)


def is_json(fields: JsonObject) -> bool:
    """Return whether a request asks for JSON."""
    return (fields.get("response_format") or {}).get("type") in ("json_object", "json_schema")


def _json_value(form: JsonObject, luck: Random, room: int) -> Any:
    """Return the content of the JSON modes: any small object, or an instance of the request's schema."""
    schema = form.get("json_schema", {}).get("schema")
    if schema:
        return instance(schema, luck, room=room)
    return {luck.choice(("answer", "reply", "result")): phrase(luck)}


def _tokens(json_text: str, room: int) -> list[str]:
    """Split JSON text into tokens, as far as the limit allows."""
    return tokenize(json_text[:room])
