"""Faults of log probabilities, in chats and completions."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from aoai_emulator.faults.anatomy import choices_of, part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

CHAT = frozenset({"chat"})
TEXT = frozenset({"chat", "completions"})
COMPLETIONS = frozenset({"completions"})


@answer_fault("logprobs-missing", operations=TEXT)
def withhold_logprobs(body: JsonObject, request: AcceptedRequest) -> None:
    """The log probabilities are null although they were asked for."""
    del request
    for choice in choices_of(body):
        choice["logprobs"] = None


@answer_fault("logprobs-positive", operations=CHAT)
def exceed_certainty(body: JsonObject, request: AcceptedRequest) -> None:
    """A token is more than certain: its log probability is above 0."""
    del request
    for token in _tokens(body):
        token["logprob"] = 0.25


@answer_fault("logprobs-bytes-wrong", operations=CHAT)
def shift_bytes(body: JsonObject, request: AcceptedRequest) -> None:
    """The bytes of a token are not its UTF-8."""
    del request
    for token in _tokens(body):
        token["bytes"] = [(byte + 1) % 256 for byte in token.get("bytes") or [0]]


@answer_fault("logprobs-tokens-differ", operations=CHAT)
def swap_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """The tokens that are described do not join to the content."""
    del request
    for token in _tokens(body):
        token["token"], token["bytes"] = "x", [120]


@answer_fault("top-logprobs-unsorted", operations=CHAT)
def reverse_candidates(body: JsonObject, request: AcceptedRequest) -> None:
    """The likeliest tokens come with the least likely first."""
    del request
    for token in _tokens(body):
        if isinstance(token.get("top_logprobs"), list):
            token["top_logprobs"].reverse()


@answer_fault("top-logprobs-of-first-token", operations=CHAT)
def repeat_candidates(body: JsonObject, request: AcceptedRequest) -> None:
    """Every token has the alternatives of the first one."""
    del request
    for choice in choices_of(body):
        tokens = [
            token for token in part_of(choice, "logprobs").get("content") or () if isinstance(token, dict)
        ]
        for token in tokens[1:]:
            token["top_logprobs"] = deepcopy(tokens[0].get("top_logprobs"))


@answer_fault("top-logprobs-too-many", operations=CHAT)
def add_candidate(body: JsonObject, request: AcceptedRequest) -> None:
    """There is one more of the likeliest tokens than was asked for."""
    del request
    for token in _tokens(body):
        if isinstance(token.get("top_logprobs"), list):
            token["top_logprobs"].append({"token": "x", "logprob": -99.0, "bytes": [120]})


@answer_fault("completion-logprobs-uneven", operations=COMPLETIONS)
def drop_last_logprob(body: JsonObject, request: AcceptedRequest) -> None:
    """There is one log probability fewer than there are tokens."""
    del request
    for logprobs in _lists(body):
        logprobs["token_logprobs"] = logprobs.get("token_logprobs", [])[:-1]


@answer_fault("completion-logprobs-too-many", operations=COMPLETIONS)
def crowd_candidates(body: JsonObject, request: AcceptedRequest) -> None:
    """There are more of the likeliest tokens than `logprobs` and one besides."""
    del request
    for logprobs in _lists(body):
        for candidates in logprobs.get("top_logprobs", []):
            candidates.update({f"{word}{place}": -90.0 - place for place, word in enumerate("abcdefg")})


@answer_fault("completion-logprobs-positive", operations=COMPLETIONS)
def exceed_certainty_of_completion(body: JsonObject, request: AcceptedRequest) -> None:
    """The log probabilities of a completion are above 0."""
    del request
    for logprobs in _lists(body):
        logprobs["token_logprobs"] = [0.25 for _ in logprobs.get("token_logprobs", [])]


@answer_fault("completion-text-offset-wrong", operations=COMPLETIONS)
def shift_offsets(body: JsonObject, request: AcceptedRequest) -> None:
    """The offsets of a completion's tokens are all the same."""
    del request
    for logprobs in _lists(body):
        logprobs["text_offset"] = [0 for _ in logprobs.get("text_offset", [])]


@answer_fault("logprobs-unasked", operations=CHAT)
def score_chat_unasked(body: JsonObject, request: AcceptedRequest) -> None:
    """Log probabilities are told although nobody asked for them."""
    if request.fields.get("logprobs") is not True:
        for choice in choices_of(body):
            token = {"token": "x", "logprob": -0.5, "bytes": [120], "top_logprobs": []}
            choice["logprobs"] = {"content": [token], "refusal": None}


@answer_fault("logprobs-bytes-out-of-range", operations=CHAT)
def exceed_bytes(body: JsonObject, request: AcceptedRequest) -> None:
    """A byte of a token is 256 more than it can be."""
    del request
    for token in _tokens(body):
        token["bytes"] = [256 + byte for byte in token.get("bytes") or [0]]


@answer_fault("logprobs-beyond-limit", operations=CHAT)
def score_more_than_made(body: JsonObject, request: AcceptedRequest) -> None:
    """More tokens have log probabilities than the limit lets a choice have."""
    limit = request.fields.get("max_completion_tokens", request.fields.get("max_tokens"))
    for choice in choices_of(body):
        content = part_of(choice, "logprobs").get("content")
        if isinstance(content, list) and content and limit is not None:
            content.extend(dict(content[-1]) for _ in range(limit + 1 - len(content)))


@answer_fault("top-logprobs-missing", operations=CHAT)
def withhold_candidates(body: JsonObject, request: AcceptedRequest) -> None:
    """None of the likeliest tokens is listed, however many were asked for."""
    del request
    for token in _tokens(body):
        token["top_logprobs"] = []


@answer_fault("top-logprobs-too-likely", operations=CHAT)
def exceed_sum(body: JsonObject, request: AcceptedRequest) -> None:
    """Each of several candidates for a token is all but certain."""
    del request
    for token in _tokens(body):
        token["logprob"] = -0.01
        for candidate in token.get("top_logprobs") or ():
            candidate["logprob"] = -0.01


@answer_fault("top-logprobs-contradict", operations=CHAT)
def score_sampled_twice(body: JsonObject, request: AcceptedRequest) -> None:
    """The sampled token has another log probability among the likeliest ones than by itself."""
    del request
    for token in _tokens(body):
        token["logprob"] = token.get("logprob", 0.0) - 3.0


@answer_fault("completion-logprobs-unasked", operations=COMPLETIONS)
def score_unasked(body: JsonObject, request: AcceptedRequest) -> None:
    """A completion tells log probabilities although nobody asked for them."""
    if request.fields.get("logprobs") is None:
        for choice in choices_of(body):
            text = str(choice.get("text", ""))
            scores = {"tokens": [text], "token_logprobs": [-0.5], "text_offset": [0]}
            choice["logprobs"] = {**scores, "top_logprobs": [{text: -0.5}]}


@answer_fault("completion-text-offset-falls", operations=COMPLETIONS)
def reverse_offsets(body: JsonObject, request: AcceptedRequest) -> None:
    """The offsets of a completion's tokens count backwards."""
    del request
    for logprobs in _lists(body):
        logprobs["text_offset"] = logprobs.get("text_offset", [])[::-1]


@answer_fault("completion-logprobs-beyond-limit", operations=COMPLETIONS)
def score_beyond_limit(body: JsonObject, request: AcceptedRequest) -> None:
    """More tokens of a completion have log probabilities than max_tokens lets be made."""
    limit = request.fields.get("max_tokens", 16)
    for logprobs in _lists(body):
        for name, filler in (("tokens", "x"), ("token_logprobs", -9.0), ("top_logprobs", {"x": -9.0})):
            found = logprobs.get(name)
            if isinstance(found, list):
                found.extend(filler for _ in range(limit + 1 - len(found)))
        offsets = logprobs.get("text_offset")
        if isinstance(offsets, list) and offsets:
            offsets.extend(offsets[-1] + 1 + place for place in range(limit + 1 - len(offsets)))


@answer_fault("completion-logprobs-too-few", operations=COMPLETIONS)
def list_chosen_alone(body: JsonObject, request: AcceptedRequest) -> None:
    """Only the chosen tokens of a completion are listed, however many of the likeliest were asked for."""
    del request
    for logprobs in _lists(body):
        chosen = zip(logprobs.get("tokens", []), logprobs.get("token_logprobs", []), strict=False)
        logprobs["top_logprobs"] = [{token: logprob} for token, logprob in chosen]


@answer_fault("completion-logprobs-chosen-unlisted", operations=COMPLETIONS)
def unlist_chosen(body: JsonObject, request: AcceptedRequest) -> None:
    """The chosen token of a completion is not among the likeliest ones."""
    del request
    for logprobs in _lists(body):
        pairs = zip(logprobs.get("tokens", []), logprobs.get("top_logprobs") or [], strict=False)
        for token, candidates in pairs:
            candidates.pop(token, None)
            candidates[f"not {token}"] = -1.0


@answer_fault("completion-logprobs-null", operations=COMPLETIONS)
def withhold_logprobs_of_completion(body: JsonObject, request: AcceptedRequest) -> None:
    """The last token of a completion has no log probability, and no likely ones beside it."""
    del request
    for logprobs in _lists(body):
        for name in ("token_logprobs", "top_logprobs"):
            found = logprobs.get(name)
            if isinstance(found, list) and len(found) > 1:
                found[-1] = None


@answer_fault("completion-text-offset-late", operations=COMPLETIONS)
def begin_late(body: JsonObject, request: AcceptedRequest) -> None:
    """Every token of a completion is placed one character too late."""
    del request
    for logprobs in _lists(body):
        logprobs["text_offset"] = [place + 1 for place in logprobs.get("text_offset", [])]


@answer_fault("completion-logprobs-other-tokens", operations=COMPLETIONS)
def score_other_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """The tokens that have log probabilities are not those of the completion's text."""
    del request
    for logprobs in _lists(body):
        logprobs["tokens"] = [token[::-1] + "x" for token in logprobs.get("tokens", [])]


def _tokens(body: JsonObject) -> Iterator[JsonObject]:
    for choice in choices_of(body):
        content = part_of(choice, "logprobs").get("content")
        yield from (token for token in content or () if isinstance(token, dict))


def _lists(body: JsonObject) -> Iterator[JsonObject]:
    for choice in choices_of(body):
        logprobs = part_of(choice, "logprobs")
        if logprobs:
            yield logprobs


@answer_fault("completion-likely-tokens-all-certain", operations=COMPLETIONS)
def be_certain_of_all(body: JsonObject, request: AcceptedRequest) -> None:
    """Each of the likely tokens of a place has nearly the whole probability, and so have the sampled ones."""
    del request
    for choice in choices_of(body):
        logprobs = part_of(choice, "logprobs")
        for likely in logprobs.get("top_logprobs") or ():
            if isinstance(likely, dict):
                likely.update(dict.fromkeys(likely, -0.05))
        values = logprobs.get("token_logprobs")
        if isinstance(values, list):
            logprobs["token_logprobs"] = [None if value is None else -0.05 for value in values]
