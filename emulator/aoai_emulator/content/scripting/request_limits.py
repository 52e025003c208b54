"""What a request forbids its response to say: calls of other tools, text that is not the requested JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from aoai_emulator.content.chat.conversation import offered_functions
from aoai_emulator.content.scripting.foreign_schemas import mismatch
from aoai_emulator.content.scripting.turns import cued_completion, cued_script, is_forced
from aoai_emulator.content.scripting.written_cues import CueError
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.scripts import Script
from aoai_specs.json_values import as_object

_CODE = "invalid_cue"
_MOST_NAMES = 8


def chat_cue_rejections(fields: JsonObject) -> Iterator[Rejection]:
    """Yield a rejection if the cue of a chat cannot be read, or says what the request forbids."""
    try:
        script = cued_script(fields["messages"])
    except CueError as error:
        yield invalid_request(str(error), param="messages", code=_CODE)
        return
    if script is not None and not script.is_empty:
        for check in _CHECKS:
            for sentence in check(script, fields):
                yield invalid_request(sentence, param="messages", code=_CODE)


def completion_cue_rejections(prompts: Sequence[str]) -> Iterator[Rejection]:
    """Yield a rejection if the cue of a prompt cannot be read, or does what a completion cannot do."""
    for prompt in prompts:
        try:
            script = cued_completion(prompt)
        except CueError as error:
            yield invalid_request(str(error), param="prompt", code=_CODE)
            return
        if script is not None and (script.calls or script.refusal is not None):
            sentence = "The cue calls or refuses, but a completion has only text: use `say`."
            yield invalid_request(sentence, param="prompt", code=_CODE)


def _offered(script: Script, fields: JsonObject) -> Iterator[str]:
    names = [function.name for function in offered_functions(fields)]
    for call in script.calls:
        if call.name not in names:
            offered = ", ".join(f"'{name}'" for name in names[:_MOST_NAMES]) or "no function"
            yield f"The cue calls '{call.name[:80]}', but the request offers {offered}."


def _chosen(script: Script, fields: JsonObject) -> Iterator[str]:
    """Respect `tool_choice`, or `function_call`."""
    name = "tool_choice" if fields.get("tools") else "function_call"
    choice: Any = fields.get(name)
    if script.calls and choice == "none":
        yield f"The cue calls a function, but '{name}' is 'none'."
    elif not script.calls and script.refusal is None and is_forced(fields):
        yield f"The cue calls no function, but '{name}' requires a call."
    elif isinstance(choice, dict):
        only = as_object(choice.get("function", choice)).get("name")
        if only is not None and any(call.name != only for call in script.calls):
            yield f"The cue calls another function than the one that '{name}' names, '{only[:80]}'."


def _parallel(script: Script, fields: JsonObject) -> Iterator[str]:
    if len(script.calls) < 2:
        return
    if not fields.get("tools"):
        yield "The cue calls several functions, but 'functions' allows one call."
    elif fields.get("parallel_tool_calls") is False:
        yield "The cue calls several functions, but 'parallel_tool_calls' is false."


def _strict_arguments(script: Script, fields: JsonObject) -> Iterator[str]:
    """Require that the arguments of strict functions match their parameters; others may have any."""
    strict = {
        tool["function"]["name"]: tool["function"].get("parameters")
        for tool in fields.get("tools") or ()
        if as_object(tool.get("function")).get("strict") is True
    }
    for call in script.calls if script.finish_reason is None else ():
        wrong = _wrong_json(call.arguments, strict[call.name]) if call.name in strict else None
        if wrong:
            yield f"The arguments in the cue do not match the strict function '{call.name}': {wrong}."


def _requested_json(script: Script, fields: JsonObject) -> Iterator[str]:
    """Require the JSON that `response_format` asks for, unless the response is cut off."""
    form: Mapping[str, Any] = fields.get("response_format") or {}
    if script.text is None or script.finish_reason is not None:
        return
    if form.get("type") not in ("json_object", "json_schema"):
        return
    described = form.get("json_schema") or {}
    schema = described.get("schema") if described.get("strict") is True else {"type": "object"}
    wrong = _wrong_json(script.text, schema)
    if wrong:
        yield f"The text in the cue is not what 'response_format' requires: {wrong}."


def _wrong_json(text: str, schema: Any) -> str | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "it is not JSON"
    return mismatch(schema, value)


_CHECKS: Sequence[Callable[[Script, JsonObject], Iterator[str]]] = (
    _offered,
    _chosen,
    _parallel,
    _strict_arguments,
    _requested_json,
)
