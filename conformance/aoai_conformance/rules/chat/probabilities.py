"""Log probabilities of chat answers: there when asked for, of the text's tokens, and probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, elements, number, objects, text, whole
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.answers import ChatAnswer, ChatChoice
from aoai_model.verdict import Violation

_REQUEST = "azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/allOf/1/properties"
_ENTRY = "azure-openai@2024-10-21#/components/schemas/chatCompletionTokenLogprob/properties"
#: Arithmetic in half precision brings a certain token this far above zero.
_ROUNDING = 1e-3

Entry = tuple[str, dict[str, Any]]


def _tokens(choice: ChatChoice) -> list[Entry]:
    """Each sampled token with its path inside the choice."""
    return [
        (f"/logprobs/{part}/{place}", entry)
        for part in ("content", "refusal")
        for place, entry in objects(choice.logprobs.get(part))
    ]


def _alternatives(path: str, token: dict[str, Any]) -> list[Entry]:
    return [(f"{path}/top_logprobs/{place}", entry) for place, entry in objects(token.get("top_logprobs"))]


def _every_entry(choice: ChatChoice) -> list[Entry]:
    tokens = _tokens(choice)
    return tokens + [entry for path, token in tokens for entry in _alternatives(path, token)]


def _entries(answer: ChatAnswer) -> Iterator[tuple[ChatChoice, str, dict[str, Any]]]:
    """Every entry of every choice, with its pointer inside the choice."""
    return ((choice, path, entry) for choice in answer.choices for path, entry in _every_entry(choice))


def _bytes(entry: dict[str, Any]) -> bytes | None:
    listed = entry.get("bytes")
    if not isinstance(listed, list):
        return None
    numbers = [whole(each) for each in listed]
    if any(each is None or not 0 <= each <= 255 for each in numbers):
        return None
    return bytes(each for each in numbers if each is not None)


@rule(
    "LOGPROBS-001",
    must="list the log probability of each output token where logprobs is true",
    clause=f"{_REQUEST}/logprobs",
    operations=CHAT,
)
def there_when_asked_for(answer: ChatAnswer) -> Iterator[Violation]:
    """A message without text, such as one that only calls tools, has none to list."""
    if answer.sent.get("logprobs") is not True:
        return
    for choice in answer.choices:
        if choice.finish_reason == "content_filter":
            continue
        if choice.content and not elements(choice.logprobs.get("content")):
            message = "Log probabilities were asked for and none came with the text."
            yield choice.violates("/logprobs", message, expected="a list of tokens", reason="missing")


@rule(
    "LOGPROBS-002",
    must="list no log probabilities unless logprobs is true",
    clause=f"{_REQUEST}/logprobs",
    operations=CHAT,
)
def absent_unless_asked_for(answer: ChatAnswer) -> Iterator[Violation]:
    """An object with nothing in it lists none."""
    if answer.sent.get("logprobs"):
        return
    for choice in answer.choices:
        if listed := _tokens(choice):
            message = "Log probabilities came without being asked for."
            yield choice.violates(
                "/logprobs", message, expected=None, actual=f"{len(listed)} tokens", reason="unasked"
            )


@rule(
    "LOGPROBS-003",
    must="give as bytes of a token the UTF-8 form of its text",
    clause=f"{_ENTRY}/bytes",
    operations=CHAT,
    note="A token may be a part of a character: bytes that are no UTF-8 by themselves say nothing of its "
    "text, unless the texts of all tokens make the message, so that none of them is such a part.",
)
def bytes_are_the_token(answer: ChatAnswer) -> Iterator[Violation]:
    """Both for the sampled tokens and for their alternatives."""
    for choice in answer.choices:
        sampled = [entry for _, entry in objects(choice.logprobs.get("content"))]
        whole_texts = "".join(text(entry.get("token")) or "" for entry in sampled) == choice.content
        for path, entry in _every_entry(choice):
            written, content = text(entry.get("token")), _bytes(entry)
            if written is None or content is None:
                continue
            try:
                decoded = content.decode()
            except UnicodeDecodeError:
                if entry not in sampled or not whole_texts or "\N{REPLACEMENT CHARACTER}" in written:
                    continue
                decoded = content.decode(errors="replace")
            if decoded != written:
                message = "The bytes of a token are those of another text."
                yield choice.violates(
                    f"{path}/bytes", message, expected=written, actual=decoded, reason="other text"
                )


@rule(
    "LOGPROBS-004",
    must="give as bytes integers from 0 to 255",
    clause=f"{_ENTRY}/bytes",
    operations=CHAT,
)
def bytes_are_bytes(answer: ChatAnswer) -> Iterator[Violation]:
    """That they are integers is the schema rule's."""
    for choice, path, entry in _entries(answer):
        for place, value in enumerate(elements(entry.get("bytes"))):
            byte = whole(value)
            if byte is not None and not 0 <= byte <= 255:
                message = "A byte is out of its range."
                yield choice.violates(
                    f"{path}/bytes/{place}", message, expected="0 to 255", actual=byte, reason="range"
                )


@rule(
    "LOGPROBS-005",
    must="list the tokens that make the message's content, in its order",
    clause=f"{_REQUEST}/logprobs",
    operations=CHAT,
    note="The tokens may run on into a stop sequence that the content leaves out, and the last one may be "
    "a part of a character.",
)
def tokens_make_the_content(answer: ChatAnswer) -> Iterator[Violation]:
    """As texts or as bytes: that each token's bytes are its text is LOGPROBS-003's."""
    for choice in answer.choices:
        listed = [entry for _, entry in objects(choice.logprobs.get("content"))]
        if not listed or choice.content is None or len(listed) != len(elements(choice.logprobs["content"])):
            continue
        if choice.finish_reason == "content_filter":
            continue
        if not _make(listed, choice.content, stopped=bool(answer.stops)):
            message = "The listed tokens do not make the text of the message."
            joined = "".join(str(entry.get("token")) for entry in listed)
            yield choice.violates(
                "/logprobs/content", message, expected=choice.content, actual=joined, reason="other text"
            )


def _make(listed: list[dict[str, Any]], content: str, *, stopped: bool) -> bool:
    texts = [text(entry.get("token")) for entry in listed]
    pieces = [_bytes(entry) for entry in listed]
    made = {"".join(each for each in texts if each is not None)}
    if all(piece is not None for piece in pieces):
        joined = b"".join(piece for piece in pieces if piece is not None)
        made |= {joined.decode("utf-8", "replace"), joined.decode("utf-8", "ignore")}
        broken = "\N{REPLACEMENT CHARACTER}" in content
    else:
        broken = any(
            each is None or "\N{REPLACEMENT CHARACTER}" in each or each.startswith("bytes:") for each in texts
        )
    return broken or content in made or (stopped and any(each.startswith(content) for each in made))


@rule(
    "LOGPROBS-006",
    must="give log probabilities of at most 0",
    clause=f"{_ENTRY}/logprob",
    operations=CHAT,
)
def logarithms_of_probabilities(answer: ChatAnswer) -> Iterator[Violation]:
    """A probability is at most 1."""
    for choice, path, entry in _entries(answer):
        value = number(entry.get("logprob"))
        if value is not None and value > _ROUNDING:
            message = "A log probability is above 0."
            yield choice.violates(
                f"{path}/logprob", message, expected="at most 0", actual=value, reason="positive"
            )


@rule(
    "LOGPROBS-007",
    must="list at most as many alternatives of each token as top_logprobs asks for, none where it is not set",
    clause=f"{_REQUEST}/top_logprobs",
    operations=CHAT,
    note="How many there are where top_logprobs is not set is written nowhere: any then break a should only.",
)
def no_more_alternatives_than_asked(answer: ChatAnswer) -> Iterator[Violation]:
    """Fewer are allowed."""
    asked = answer.sent.get("top_logprobs")
    most = 0 if asked is None else whole(asked)
    if most is None:
        return
    for choice in answer.choices:
        for path, token in _tokens(choice):
            count = len(elements(token.get("top_logprobs")))
            if count > most:
                message = f"{count} alternatives of a token are listed where {most} were asked for."
                yield choice.violates(
                    f"{path}/top_logprobs",
                    message,
                    expected=f"at most {most}",
                    actual=count,
                    reason="too many",
                    level="should" if asked is None else None,
                )


@rule(
    "LOGPROBS-008",
    should="list the alternatives of a token with the most likely first",
    clause=f"{_ENTRY}/top_logprobs",
    operations=CHAT,
    note="The description says most likely tokens and names no order; clients read the first as the "
    "likeliest.",
)
def likeliest_first(answer: ChatAnswer) -> Iterator[Violation]:
    """Equal probabilities have no order."""
    for choice in answer.choices:
        for path, token in _tokens(choice):
            values = [number(entry.get("logprob")) for _, entry in _alternatives(path, token)]
            known = [value for value in values if value is not None]
            if len(known) == len(values) and known != sorted(known, reverse=True):
                yield choice.violates(
                    f"{path}/top_logprobs",
                    "The alternatives of a token are not in the order of their probability.",
                    expected=sorted(known, reverse=True),
                    actual=known,
                    reason="order",
                )


@rule(
    "LOGPROBS-009",
    should="list some alternatives of each token where top_logprobs asks for any",
    clause=f"{_ENTRY}/top_logprobs",
    operations=CHAT,
    note="Fewer than asked for are lawful in rare cases, so a token without any breaks a should, and only "
    "where no token of the choice has one.",
)
def some_alternatives_when_asked(answer: ChatAnswer) -> Iterator[Violation]:
    """A server that never lists any does not support the field."""
    if not whole(answer.sent.get("top_logprobs")):
        return
    for choice in answer.choices:
        tokens = _tokens(choice)
        if tokens and not any(elements(token.get("top_logprobs")) for _, token in tokens):
            message = "Alternatives were asked for and no token has any."
            yield choice.violates("/logprobs/content", message, reason="no alternatives")


@rule(
    "LOGPROBS-010",
    should="list alternatives whose probabilities add up to at most 1",
    clause=f"{_ENTRY}/top_logprobs",
    operations=CHAT,
)
def probabilities_add_up(answer: ChatAnswer) -> Iterator[Violation]:
    """A hundredth is allowed for rounding. A sampled token beyond the list counts as well."""
    for choice in answer.choices:
        for path, token in _tokens(choice):
            values = [number(entry.get("logprob")) for _, entry in _alternatives(path, token)]
            if values and not (_is_listed(path, token) or _is_likelier_than_listed(path, token)):
                values.append(number(token.get("logprob")))
            total = math.fsum(math.exp(min(value, 1.0)) for value in values if value is not None)
            if total > 1.01 and all(value is None or value <= _ROUNDING for value in values):
                message = "The probabilities of a token's alternatives add up to more than 1."
                yield choice.violates(
                    f"{path}/top_logprobs",
                    message,
                    expected="at most 1",
                    actual=round(total, 4),
                    reason="sum",
                )


@rule(
    "LOGPROBS-011",
    should="give the sampled token the same log probability in the list of its alternatives",
    clause=f"{_ENTRY}/logprob",
    operations=CHAT,
)
def one_probability_for_one_token(answer: ChatAnswer) -> Iterator[Violation]:
    """The sampled token need not be among them."""
    for choice in answer.choices:
        for path, token in _tokens(choice):
            own = number(token.get("logprob"))
            for where, entry in _alternatives(path, token):
                value = number(entry.get("logprob"))
                same = entry.get("token") == token.get("token") and entry.get("bytes") == dig(token, "/bytes")
                if not same or own is None or value is None or max(own, value) > _ROUNDING:
                    continue
                if abs(own - value) > 0.01 * max(1, -own):
                    message = "The sampled token has another probability among its alternatives."
                    yield choice.violates(
                        f"{where}/logprob", message, expected=own, actual=value, reason="other probability"
                    )


@rule(
    "LOGPROBS-012",
    must="list the most likely alternatives of each token: a sampled token that is not listed is less likely",
    clause=f"{_ENTRY}/top_logprobs",
    operations=CHAT,
    note="A sampled token need not be listed, but then it is not likelier than the last one that is. A "
    "server that repeats the alternatives of the first token breaks this.",
)
def alternatives_are_the_likeliest(answer: ChatAnswer) -> Iterator[Violation]:
    """A hundredth is allowed for rounding."""
    for choice in answer.choices:
        for path, token in _tokens(choice):
            if not _is_listed(path, token) and _is_likelier_than_listed(path, token):
                listed = [number(entry.get("logprob")) for _, entry in _alternatives(path, token)]
                yield choice.violates(
                    f"{path}/top_logprobs",
                    "The sampled token is not listed, and is likelier than the last listed one.",
                    expected=f"at most {min(value for value in listed if value is not None)}",
                    actual={"token": text(token.get("token")), "logprob": number(token.get("logprob"))},
                    reason="likelier",
                )
                return


def _is_listed(path: str, token: dict[str, Any]) -> bool:
    """Whether the sampled token is among its alternatives, by its text or by its bytes."""
    written, content = token.get("token"), token.get("bytes")
    return any(
        entry.get("token") == written or (bool(content) and entry.get("bytes") == content)
        for _, entry in _alternatives(path, token)
    )


def _is_likelier_than_listed(path: str, token: dict[str, Any]) -> bool:
    """Whether the sampled token is likelier than the last alternative; values above 0 are another rule's."""
    own = number(token.get("logprob"))
    listed = [number(entry.get("logprob")) for _, entry in _alternatives(path, token)]
    known = [value for value in listed if value is not None]
    if own is None or not known or len(known) < len(listed) or max(own, *known) > _ROUNDING:
        return False
    return own > min(known) + 0.01 * max(1, -own)
