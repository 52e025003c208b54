"""Faults of log probabilities in chats and completions."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from aoai_emulator.faults.conditions import choices_of, object_in, objects_in
from aoai_emulator.faults.edits import compute, map_list, map_value, set_to, update
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

LOGPROBS = Topic("logprobs")
_EACH = "chat.response /choices/*/logprobs/content/*"
_LISTS = "completions.response /choices/*/logprobs"
_UNLIKELY = {"token": "x", "logprob": -99.0, "bytes": [120]}

# fmt: off
LOGPROBS.edit("logprobs-missing", "`logprobs` is null although requested.",
    at="text.response /choices/*/logprobs", edit=set_to(None))
LOGPROBS.edit("logprobs-positive", "The log probability of a token is above 0.", at=f"{_EACH}/logprob",
    edit=set_to(0.25))
LOGPROBS.edit("logprobs-bytes-wrong", "The bytes of a token are not its UTF-8 encoding.", at=f"{_EACH}/bytes",
    edit=compute(lambda place: [(byte + 1) % 256 for byte in place.value or [0]]))
LOGPROBS.edit("logprobs-tokens-differ", "The tokens with log probabilities do not add up to the content.",
    at=_EACH, edit=update({"token": "x", "bytes": [120]}))
LOGPROBS.edit("top-logprobs-unsorted", "`top_logprobs` starts with the least likely token.",
    at=f"{_EACH}/top_logprobs", edit=map_list(lambda candidates: candidates[::-1]))
LOGPROBS.edit("top-logprobs-too-many", "`top_logprobs` has one token more than requested.",
    at=f"{_EACH}/top_logprobs", edit=map_list(lambda candidates: [*candidates, dict(_UNLIKELY)]))
LOGPROBS.edit(
    "logprobs-unasked",
    "A chat has log probabilities that were not requested.",
    at="chat.response /choices/*/logprobs",
    edit=set_to(
        {"content": [{"token": "x", "logprob": -0.5, "bytes": [120], "top_logprobs": []}], "refusal": None}
    ),
    when=lambda request: request.fields.get("logprobs") is not True,
)
LOGPROBS.edit("logprobs-bytes-out-of-range", "A byte of a token is above 255.", at=f"{_EACH}/bytes",
    edit=compute(lambda place: [256 + byte for byte in place.value or [0]]))
LOGPROBS.edit("top-logprobs-missing", "`top_logprobs` is empty, whatever was requested.",
    at=f"{_EACH}/top_logprobs", edit=set_to([]))
LOGPROBS.edit("top-logprobs-too-likely",
    "The probabilities of the candidates for a token add up to more than 1.", at=f"{_EACH}/logprob",
    edit=set_to(-0.01))
LOGPROBS.edit("top-logprobs-too-likely", at=f"{_EACH}/top_logprobs/*/logprob", edit=set_to(-0.01))
LOGPROBS.edit("top-logprobs-contradict", "The sampled token has another log probability in `top_logprobs`.",
    at=f"{_EACH}/logprob", edit=map_value(lambda logprob: logprob - 3.0, float, int))
LOGPROBS.edit("completion-logprobs-uneven", "`token_logprobs` has one entry fewer than `tokens`.",
    at=f"{_LISTS}/token_logprobs", edit=map_list(lambda values: values[:-1]))
LOGPROBS.edit("completion-logprobs-positive", "The log probabilities of a completion are above 0.",
    at=f"{_LISTS}/token_logprobs", edit=map_list(lambda values: [0.25 for _ in values]))
LOGPROBS.edit("completion-text-offset-wrong", "`text_offset` is 0 for every token.",
    at=f"{_LISTS}/text_offset", edit=map_list(lambda offsets: [0 for _ in offsets]))
LOGPROBS.edit("completion-text-offset-falls", "`text_offset` decreases.", at=f"{_LISTS}/text_offset",
    edit=map_list(lambda offsets: offsets[::-1]))
LOGPROBS.edit("completion-text-offset-late", "`text_offset` is one character too high for every token.",
    at=f"{_LISTS}/text_offset", edit=map_list(lambda offsets: [offset + 1 for offset in offsets]))
LOGPROBS.edit("completion-logprobs-other-tokens", "`tokens` are not those of the completion's text.",
    at=f"{_LISTS}/tokens", edit=map_list(lambda tokens: [token[::-1] + "x" for token in tokens]))
LOGPROBS.edit("completion-likely-tokens-all-certain",
    "The probabilities of the candidates of a completion add up to more than 1.",
    at=f"{_LISTS}/top_logprobs/*/*", edit=set_to(-0.05))
LOGPROBS.edit("completion-likely-tokens-all-certain", at=f"{_LISTS}/token_logprobs",
    edit=map_list(lambda values: [None if value is None else -0.05 for value in values]))
LOGPROBS.edit("completion-logprobs-null",
    "The last token of a completion has no log probability and no candidates.", at=f"{_LISTS}/token_logprobs",
    edit=map_list(lambda values: [*values[:1], *values[1:-1], None] if len(values) > 1 else values))
LOGPROBS.edit("completion-logprobs-null", at=f"{_LISTS}/top_logprobs",
    edit=map_list(lambda values: [*values[:1], *values[1:-1], None] if len(values) > 1 else values))
# fmt: on


@LOGPROBS.code("top-logprobs-of-first-token", at="chat.response")
def repeat_candidates(body: JsonObject) -> None:
    """Every token has the `top_logprobs` of the first one."""
    for choice in choices_of(body):
        tokens = objects_in(object_in(choice, "logprobs"), "content")
        for token in tokens[1:]:
            token["top_logprobs"] = deepcopy(tokens[0].get("top_logprobs"))


@LOGPROBS.code("logprobs-beyond-limit", at="chat.response")
def score_more_than_made(body: JsonObject, request: AcceptedRequest) -> None:
    """More tokens have log probabilities than `max_tokens` allows."""
    limit = request.fields.get("max_completion_tokens", request.fields.get("max_tokens"))
    for choice in choices_of(body):
        content = object_in(choice, "logprobs").get("content")
        if isinstance(content, list) and content and limit is not None:
            content.extend(dict(content[-1]) for _ in range(limit + 1 - len(content)))


@LOGPROBS.code("completion-logprobs-too-many", at="completions.response")
def crowd_candidates(body: JsonObject) -> None:
    """`top_logprobs` has more tokens than `logprobs` plus one."""
    for logprobs in _lists(body):
        for candidates in logprobs.get("top_logprobs", []):
            candidates.update({f"{word}{place}": -90.0 - place for place, word in enumerate("abcdefg")})


@LOGPROBS.code("completion-logprobs-unasked", at="completions.response")
def score_unrequested(body: JsonObject, request: AcceptedRequest) -> None:
    """A completion has log probabilities that were not requested."""
    for choice in choices_of(body) if request.fields.get("logprobs") is None else ():
        text = str(choice.get("text", ""))
        scores = {"tokens": [text], "token_logprobs": [-0.5], "text_offset": [0]}
        choice["logprobs"] = {**scores, "top_logprobs": [{text: -0.5}]}


@LOGPROBS.code("completion-logprobs-beyond-limit", at="completions.response")
def score_beyond_limit(body: JsonObject, request: AcceptedRequest) -> None:
    """More tokens of a completion have log probabilities than `max_tokens` allows."""
    limit = request.fields.get("max_tokens", 16)
    for logprobs in _lists(body):
        for name, filler in (("tokens", "x"), ("token_logprobs", -9.0), ("top_logprobs", {"x": -9.0})):
            found = logprobs.get(name)
            if isinstance(found, list):
                found.extend(filler for _ in range(limit + 1 - len(found)))
        offsets = logprobs.get("text_offset")
        if isinstance(offsets, list) and offsets:
            offsets.extend(offsets[-1] + 1 + place for place in range(limit + 1 - len(offsets)))


@LOGPROBS.code("completion-logprobs-too-few", at="completions.response")
def list_chosen_only(body: JsonObject) -> None:
    """`top_logprobs` has the chosen tokens only, whatever `logprobs` is."""
    for logprobs in _lists(body):
        chosen = zip(logprobs.get("tokens", []), logprobs.get("token_logprobs", []), strict=False)
        logprobs["top_logprobs"] = [{token: logprob} for token, logprob in chosen]


@LOGPROBS.code("completion-logprobs-chosen-unlisted", at="completions.response")
def omit_chosen(body: JsonObject) -> None:
    """`top_logprobs` lacks the chosen tokens."""
    for logprobs in _lists(body):
        pairs = zip(logprobs.get("tokens", []), logprobs.get("top_logprobs") or [], strict=False)
        for token, candidates in pairs:
            candidates.pop(token, None)
            candidates[f"not {token}"] = -1.0


def _lists(body: JsonObject) -> Iterator[JsonObject]:
    """Yield the log probabilities of each choice of a completion that has some."""
    return (found for choice in choices_of(body) if (found := object_in(choice, "logprobs")))
