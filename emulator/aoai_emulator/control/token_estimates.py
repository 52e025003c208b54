"""How many tokens a request costs at most, estimated before the response as the service does."""

from __future__ import annotations

from typing import Any

from aoai_emulator.content.chat.conversation import prompt_tokens
from aoai_emulator.content.tokens import count
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.responses.context import context_of

#: The tokens of a completion whose request sets no maximum.
USUAL_COMPLETION = 16
_MAXIMA = ("max_completion_tokens", "max_tokens", "max_output_tokens")
_CHATS = frozenset({"chat", "extension-chat"})


def estimated_tokens(request: AcceptedRequest) -> tuple[int, int]:
    """Return the tokens of the prompt or the input, and the most that the completions can have."""
    fields = request.fields
    if request.kind in _CHATS:
        return prompt_tokens(fields), _most(fields)
    if request.kind == "completions":
        return _tokens(fields.get("prompt")), _most(fields)
    if request.kind == "response-create":
        return context_of(request).read.tokens, _most(fields)
    return _tokens(fields.get("input") if "input" in fields else fields.get("prompt")), 0


def _most(fields: dict[str, Any]) -> int:
    maxima = [value for name in _MAXIMA if isinstance(value := fields.get(name), int)]
    numbers = [value for name in ("n", "best_of") if isinstance(value := fields.get(name), int)]
    return (maxima or [USUAL_COMPLETION])[0] * max([1, *numbers])


def _tokens(value: Any) -> int:
    """Count the tokens of a text, of each text of a list, and the numbers of a list as one token each."""
    if isinstance(value, str):
        return count(value) or 1
    if isinstance(value, list):
        return sum(_tokens(each) for each in value)
    return 1 if isinstance(value, int) else 0
