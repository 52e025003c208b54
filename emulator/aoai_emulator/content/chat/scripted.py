"""Scripted choices: what a script says, within the limits of the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aoai_emulator.content.chat.choice import Call, Choice
from aoai_emulator.content.prose import within
from aoai_emulator.content.scripting.scripted_text import halved, scripted_text
from aoai_emulator.content.seeding import label
from aoai_emulator.content.tokens import tokenize
from aoai_emulator.http.scripts import Script, ScriptedCall


def scripted_choice(
    script: Script,
    index: int,
    *,
    limit: int,
    stops: Sequence[str],
    key: str,
    elder: bool,
    may_refuse: bool,
) -> Choice:
    """Return the choice that a script describes, cut at the limit and before the first stop sequence.

    `key` determines the ids of the calls. Where the document knows no refusals (not `may_refuse`), a model
    refuses in its text.
    """
    text, refused = script.text, None
    if script.refusal is not None and may_refuse:
        refused = within(tokenize(script.refusal), limit=limit, stops=())
    elif script.refusal is not None:
        text = script.refusal
    written = None if text is None else scripted_text(text, script, limit=limit, stops=stops)
    calls, complete = _calls(script.calls, limit - len(written.tokens if written else ()), key)
    if not complete:
        ending = "length"
    elif calls:
        ending = "function_call" if elder else "tool_calls"
    else:
        said = written or refused
        ending = said.ending if said else "stop"
    return Choice(
        index,
        written.tokens if written else None,
        calls,
        elder=elder,
        finish_reason=script.finish_reason or ending,
        refusal=refused.tokens if refused else None,
        scripted=True,
        pieces=written.pieces if written else (),
        waits=script.waits,
    )


def cut_short(choice: Choice, finish_reason: str) -> Choice:
    """Return a built-in choice that ends halfway for another reason."""
    return replace(
        choice,
        tokens=None if choice.tokens is None else halved(choice.tokens),
        calls=tuple(replace(call, arguments=halved(call.arguments)) for call in choice.calls),
        finish_reason=finish_reason,
        scripted=True,
    )


def _calls(scripted: Sequence[ScriptedCall], room: int, key: str) -> tuple[tuple[Call, ...], bool]:
    """Return the calls within the limit, and whether all of them fit."""
    calls: list[Call] = []
    for place, call in enumerate(scripted):
        if room <= 0:
            return tuple(calls), False
        arguments = tokenize(call.arguments)
        calls.append(Call(call.id or f"call_{label(24, key, place)}", call.name, tuple(arguments[:room])))
        room -= len(arguments)
    return tuple(calls), room >= 0
