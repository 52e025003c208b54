"""Log probabilities of chats: present only on request, for the tokens of the message, with valid values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, elements, number, text, whole
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.log_probabilities import TokenList
from aoai_conformance.views.responses import ChatChoice, ChatReply
from aoai_model.verdict import Violation

_REQUEST = "azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/allOf/1/properties"
_ENTRY = "azure-openai@2024-10-21#/components/schemas/chatCompletionTokenLogprob/properties"
#: With half precision, the log probability of a certain token may exceed zero by this much.
_ROUNDING = 1e-3


@rule(
    "LOGPROBS-001",
    must="list the log probability of each output token if logprobs is true",
    clause=f"{_REQUEST}/logprobs",
    operations=CHAT,
)
def lists_logprobs_if_requested(reply: ChatReply) -> Iterator[Violation]:
    """A message without content, such as one that only calls tools, needs none."""
    if reply.sent.get("logprobs") is not True:
        return
    for choice in reply.choices:
        if choice.finish_reason == "content_filter":
            continue
        if choice.content and not elements(choice.logprobs.get("content")):
            message = "The request asks for log probabilities, but the choice has none."
            yield choice.violates("/logprobs", message, expected="a list of tokens", reason="missing")


@rule(
    "LOGPROBS-002",
    must="list no log probabilities unless logprobs is true",
    clause=f"{_REQUEST}/logprobs",
    operations=CHAT,
)
def lists_logprobs_only_if_requested(reply: ChatReply) -> Iterator[Violation]:
    """An empty object is allowed."""
    if reply.sent.get("logprobs"):
        return
    for choice in reply.choices:
        if listed := len(choice.listed.tokens):
            message = "The response has log probabilities, but the request does not ask for them."
            yield choice.violates(
                "/logprobs", message, expected=None, actual=f"{listed} tokens", reason="unasked"
            )


@rule(
    "LOGPROBS-003",
    must="return the UTF-8 encoding of a token's text as its bytes",
    clause=f"{_ENTRY}/bytes",
    operations=CHAT,
    note="A token may be part of a character. Bytes that are not valid UTF-8 are compared only if the joined "
    "texts of all tokens equal the message, so that no token is such a part.",
)
def bytes_match_the_token(reply: ChatReply) -> Iterator[Violation]:
    """Applies to the sampled tokens and their alternatives."""
    for choice in reply.choices:
        sampled = choice.listed.content
        whole_texts = "".join(each or "" for each in sampled.texts) == choice.content
        listed = choice.listed.tokens.with_alternatives
        for (path, entry), written, content in zip(
            listed.entries, listed.texts, listed.encodings, strict=True
        ):
            if written is None or content is None:
                continue
            try:
                decoded = content.decode()
            except UnicodeDecodeError:
                is_sampled = any(entry == other for _, other in sampled.entries)
                if not is_sampled or not whole_texts or "\N{REPLACEMENT CHARACTER}" in written:
                    continue
                decoded = content.decode(errors="replace")
            if decoded != written:
                message = "The bytes of the token do not match its text."
                yield choice.violates(
                    f"{path}/bytes", message, expected=written, actual=decoded, reason="other text"
                )


@rule(
    "LOGPROBS-004",
    must="return bytes as integers from 0 to 255",
    clause=f"{_ENTRY}/bytes",
    operations=CHAT,
)
def bytes_are_in_range(reply: ChatReply) -> Iterator[Violation]:
    """The schema rule checks that they are integers."""
    for choice in reply.choices:
        listed = choice.listed.tokens.with_alternatives
        unread = [at for at, content in enumerate(listed.encodings) if content is None]
        for path, entry in (listed.entries[at] for at in unread):
            yield from _beyond_a_byte(choice, path, elements(entry.get("bytes")))


def _beyond_a_byte(choice: ChatChoice, path: str, listed: list[Any]) -> Iterator[Violation]:
    for place, value in enumerate(listed):
        byte = whole(value)
        if byte is not None and not 0 <= byte <= 255:
            message = "The byte is not between 0 and 255."
            yield choice.violates(
                f"{path}/bytes/{place}", message, expected="0 to 255", actual=byte, reason="range"
            )


@rule(
    "LOGPROBS-005",
    must="list the tokens of the message's content, in order",
    clause=f"{_REQUEST}/logprobs",
    operations=CHAT,
    note="The tokens may continue into a stop sequence that the content omits, and the last one may be "
    "part of a character.",
)
def tokens_match_the_content(reply: ChatReply) -> Iterator[Violation]:
    """Compares texts or bytes; LOGPROBS-003 checks that a token's bytes match its text."""
    for choice in reply.choices:
        listed = choice.listed.content
        if not len(listed) or choice.content is None:
            continue
        if len(listed) != len(elements(choice.logprobs["content"])):
            continue
        if choice.finish_reason == "content_filter":
            continue
        if not _make(listed, choice.content, stopped=bool(reply.stops)):
            message = "The listed tokens do not add up to the content of the message."
            joined = "".join(map(str, (entry.get("token") for _, entry in listed.entries)))
            yield choice.violates(
                "/logprobs/content", message, expected=choice.content, actual=joined, reason="other text"
            )


def _make(listed: TokenList, content: str, *, stopped: bool) -> bool:
    texts, pieces = listed.texts, listed.encodings
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
    must="return log probabilities of at most 0",
    clause=f"{_ENTRY}/logprob",
    operations=CHAT,
)
def log_probabilities_are_not_positive(reply: ChatReply) -> Iterator[Violation]:
    """Probabilities do not exceed 1."""
    for choice in reply.choices:
        listed = choice.listed.tokens.with_alternatives
        for (path, _), value in zip(listed.entries, listed.scores, strict=True):
            if value is not None and value > _ROUNDING:
                message = "The log probability is above 0."
                yield choice.violates(
                    f"{path}/logprob", message, expected="at most 0", actual=value, reason="positive"
                )


@rule(
    "LOGPROBS-007",
    must="list at most top_logprobs alternatives of each token, and none if it is not set",
    clause=f"{_REQUEST}/top_logprobs",
    operations=CHAT,
    note="The document states no number for requests without top_logprobs, so that case is only a SHOULD.",
)
def lists_at_most_top_logprobs(reply: ChatReply) -> Iterator[Violation]:
    """Fewer are allowed."""
    requested = reply.sent.get("top_logprobs")
    most = 0 if requested is None else whole(requested)
    if most is None:
        return
    for choice in reply.choices:
        tokens = choice.listed.tokens
        for (path, _), count in zip(tokens.entries, tokens.counts, strict=True):
            if count > most:
                message = f"The token has {count} alternatives; the request asks for {most}."
                yield choice.violates(
                    f"{path}/top_logprobs",
                    message,
                    expected=f"at most {most}",
                    actual=count,
                    reason="too many",
                    level="should" if requested is None else None,
                )


@rule(
    "LOGPROBS-008",
    should="list the alternatives of a token with the most likely first",
    clause=f"{_ENTRY}/top_logprobs",
    operations=CHAT,
    note="The document says most likely tokens, but states no order; clients use the first as the most "
    "likely.",
)
def lists_the_likeliest_first(reply: ChatReply) -> Iterator[Violation]:
    """Equal probabilities may have any order."""
    for choice in reply.choices:
        tokens = choice.listed.tokens
        for (path, _), listed in zip(tokens.entries, tokens.alternatives, strict=True):
            if not len(listed):
                continue
            known = [value for value in listed.scores if value is not None]
            if len(known) == len(listed) and known != sorted(known, reverse=True):
                yield choice.violates(
                    f"{path}/top_logprobs",
                    "The alternatives of the token are not sorted by probability.",
                    expected=sorted(known, reverse=True),
                    actual=known,
                    reason="order",
                )


@rule(
    "LOGPROBS-009",
    should="list alternatives of each token if top_logprobs is above 0",
    clause=f"{_ENTRY}/top_logprobs",
    operations=CHAT,
    note="In rare cases, fewer alternatives than requested are allowed. So it is a SHOULD violation, and "
    "only if no token of the choice has any.",
)
def lists_alternatives_if_requested(reply: ChatReply) -> Iterator[Violation]:
    """A server that never lists any alternatives does not support the field."""
    if not whole(reply.sent.get("top_logprobs")):
        return
    for choice in reply.choices:
        tokens = choice.listed.tokens.entries
        if tokens and not any(elements(token.get("top_logprobs")) for _, token in tokens):
            message = "The request asks for alternatives, but no token has any."
            yield choice.violates("/logprobs/content", message, reason="no alternatives")


@rule(
    "LOGPROBS-010",
    should="list alternatives whose probabilities add up to at most 1",
    clause=f"{_ENTRY}/top_logprobs",
    operations=CHAT,
)
def probabilities_add_up(reply: ChatReply) -> Iterator[Violation]:
    """Allows 0.01 for rounding. Includes a sampled token that is not listed."""
    for choice in reply.choices:
        tokens = choice.listed.tokens
        for at, listed in enumerate(tokens.alternatives):
            if not len(listed):
                continue
            path, token = tokens.entries[at]
            values = listed.scores
            if not (
                _is_listed(token.get("token"), token.get("bytes"), listed)
                or _is_likelier_than_listed(number(token.get("logprob")), listed)
            ):
                values = [*values, number(token.get("logprob"))]
            total = math.fsum(math.exp(min(value, 1.0)) for value in values if value is not None)
            if total > 1.01 and all(value is None or value <= _ROUNDING for value in values):
                message = "The probabilities of the token's alternatives add up to more than 1."
                yield choice.violates(
                    f"{path}/top_logprobs",
                    message,
                    expected="at most 1",
                    actual=round(total, 4),
                    reason="sum",
                )


@rule(
    "LOGPROBS-011",
    should="return the same log probability for the sampled token in the list of its alternatives",
    clause=f"{_ENTRY}/logprob",
    operations=CHAT,
)
def sampled_token_has_one_probability(reply: ChatReply) -> Iterator[Violation]:
    """The sampled token need not be listed."""
    for choice in reply.choices:
        tokens = choice.listed.tokens
        for (_, token), own, listed in zip(tokens.entries, tokens.scores, tokens.alternatives, strict=True):
            if not len(listed):
                continue
            for (where, entry), value in zip(listed.entries, listed.scores, strict=True):
                same = entry.get("token") == token.get("token") and entry.get("bytes") == dig(token, "/bytes")
                if not same or own is None or value is None or max(own, value) > _ROUNDING:
                    continue
                if abs(own - value) > 0.01 * max(1, -own):
                    message = (
                        "The sampled token has a different log probability in the list of its alternatives."
                    )
                    yield choice.violates(
                        f"{where}/logprob", message, expected=own, actual=value, reason="other probability"
                    )


@rule(
    "LOGPROBS-012",
    must="list the most likely alternatives of each token, at least as likely as an unlisted sampled token",
    clause=f"{_ENTRY}/top_logprobs",
    operations=CHAT,
    note="A sampled token need not be listed, but then it must not be more likely than the last one that "
    "is. A server that repeats the alternatives of the first token violates this.",
)
def lists_the_likeliest_alternatives(reply: ChatReply) -> Iterator[Violation]:
    """Allows 0.01 for rounding."""
    for choice in reply.choices:
        tokens = choice.listed.tokens
        columns = (tokens.entries, tokens.listed_texts, tokens.listed_bytes, tokens.scores)
        for alternatives, (path, _), written, content, own in zip(tokens.alternatives, *columns, strict=True):
            if not len(alternatives) or _is_listed(written, content, alternatives):
                continue
            if _is_likelier_than_listed(own, alternatives):
                least = min(value for value in alternatives.scores if value is not None)
                yield choice.violates(
                    f"{path}/top_logprobs",
                    "The sampled token is not listed, although it is more likely than the last listed one.",
                    expected=f"at most {least}",
                    actual={"token": text(written), "logprob": own},
                    reason="likelier",
                )
                return


def _is_listed(written: Any, content: Any, alternatives: TokenList) -> bool:
    """Whether a sampled token is among its alternatives, by text or bytes."""
    return any(
        entry.get("token") == written or (bool(content) and entry.get("bytes") == content)
        for _, entry in alternatives.entries
    )


def _is_likelier_than_listed(own: float | None, alternatives: TokenList) -> bool:
    """Whether a sampled token is more likely than its last alternative; ignores values above 0."""
    known = [value for value in alternatives.scores if value is not None]
    if own is None or not known or len(known) < len(alternatives) or max(own, *known) > _ROUNDING:
        return False
    return own > min(known) + 0.01 * max(1, -own)
