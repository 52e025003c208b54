"""Log probabilities of text completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import elements, members, number, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import COMPLETIONS, rule
from aoai_conformance.rules.completions.completions import ExpectedCompletion
from aoai_conformance.views.responses import CompletionChoice
from aoai_model.verdict import Violation

_ASKED = "azure-openai@2024-10-21#/components/schemas/createCompletionRequest/properties/logprobs"
_RESPONSE = "azure-openai@2024-10-21#/components/schemas/createCompletionResponse/properties"
_GIVEN = f"{_RESPONSE}/choices/items/properties/logprobs"
_LISTS = ("tokens", "token_logprobs", "text_offset", "top_logprobs")
#: The lists for sampled and most likely tokens. Offsets may be present in any case.
_ASKED_FOR = ("tokens", "token_logprobs", "top_logprobs")
#: With single precision, log probabilities may be slightly above 0.
_SLACK = 1e-4
#: The tolerance for two values of one probability.
_CLOSE = 1e-3


class ScoredCompletion(ExpectedCompletion):
    """A completion whose request states how many log probabilities to return."""

    @cached_property
    def wanted(self) -> int | None:
        """The requested number of most likely tokens; None if there is no valid one."""
        wanted = whole(self.sent.get("logprobs"))
        return wanted if wanted is not None and 0 <= wanted <= 5 else None

    def applies(self) -> bool:
        """Whether the request asks for log probabilities."""
        return self.wanted is not None and super().applies()

    @cached_property
    def beginnings(self) -> frozenset[int]:
        """The possible offsets of the first token, in any unit; empty if unknown."""
        if self.echoes:
            return frozenset({0})
        if self.prompts is None:
            return frozenset()
        return frozenset({0, *(length for prompt in self.prompts for length in _lengths(prompt))})

    @property
    def scored(self) -> Iterator[tuple[CompletionChoice, dict[str, Any]]]:
        """Each choice that has log probabilities, with them."""
        yield from ((choice, choice.logprobs) for choice in self.choices if choice.logprobs)

    @property
    def aligned(self) -> Iterator[tuple[CompletionChoice, dict[str, Any]]]:
        """Those whose lists have the same length; COMPLETIONS-LOGPROBS-003 reports the others."""
        yield from (
            (choice, lists) for choice, lists in self.scored if len(set(self.lengths(lists).values())) < 2
        )

    def lengths(self, logprobs: dict[str, Any]) -> dict[str, int]:
        """Return the length of each list by name; alternatives may be absent if they were not requested."""
        lengths = {name: len(logprobs[name]) for name in _LISTS if isinstance(logprobs.get(name), list)}
        if self.wanted == 0 and not lengths.get("top_logprobs"):
            lengths.pop("top_logprobs", None)
        return lengths


class UnscoredCompletion(ExpectedCompletion):
    """A completion whose request asks for no log probabilities."""

    def applies(self) -> bool:
        """Whether the request asks for no log probabilities."""
        return self.sent.get("logprobs") is None and super().applies()


@rule(
    "COMPLETIONS-LOGPROBS-001",
    must="return log probabilities if the request asks for them",
    clause=_ASKED,
    operations=COMPLETIONS,
    note="logprobs 0 requests only the sampled tokens. Since this reading is disputed, their absence passes.",
)
def returns_logprobs_if_requested(reply: ScoredCompletion) -> Iterator[Violation]:
    """A choice without text, or one that was filtered, may lack them."""
    for choice in reply.choices:
        if not reply.wanted or not choice.text or choice.finish_reason == "content_filter":
            continue
        missing = [name for name in _ASKED_FOR if not elements(choice.logprobs.get(name))]
        if missing:
            yield choice.violates(
                "/logprobs" if len(missing) == len(_ASKED_FOR) else f"/logprobs/{missing[0]}",
                "The request asks for log probabilities, but the choice has none.",
                expected=[*missing],
                actual=choice.raw.get("logprobs"),
            )


@rule(
    "COMPLETIONS-LOGPROBS-002",
    must="return log probabilities only if the request asks for them",
    clause=f"{_ASKED}/default",
    operations=COMPLETIONS,
)
def returns_logprobs_only_if_requested(reply: UnscoredCompletion) -> Iterator[Violation]:
    """The default is null."""
    for choice in reply.choices:
        if choice.raw.get("logprobs"):
            yield choice.violates(
                "/logprobs",
                "The choice has log probabilities, but the request does not ask for them.",
                actual=choice.logprobs,
            )


@rule(
    "COMPLETIONS-LOGPROBS-003",
    must="return one entry for each token in every list of log probabilities",
    clause=f"{_GIVEN}/properties/tokens",
    operations=COMPLETIONS,
)
def lists_are_equally_long(reply: ScoredCompletion) -> Iterator[Violation]:
    """Clients iterate over the lists in parallel."""
    for choice, logprobs in reply.scored:
        lengths = reply.lengths(logprobs)
        if len(set(lengths.values())) > 1:
            yield choice.violates("/logprobs", "The lists have different lengths.", actual={**lengths})


@rule(
    "COMPLETIONS-LOGPROBS-004",
    must="list at most the requested number of most likely tokens and the sampled one",
    clause=_ASKED,
    operations=COMPLETIONS,
)
def lists_at_most_the_requested_number(reply: ScoredCompletion) -> Iterator[Violation]:
    """That is at most logprobs + 1 for each token."""
    allowed = (reply.wanted or 0) + 1
    for choice, logprobs in reply.scored:
        for place, listed in enumerate(elements(logprobs.get("top_logprobs"))):
            if len(members(listed)) > allowed:
                yield choice.violates(
                    f"/logprobs/top_logprobs/{place}",
                    "The list has more likely tokens than requested.",
                    expected=f"at most {allowed}",
                    actual=len(listed),
                )
                break


@rule(
    "COMPLETIONS-LOGPROBS-005",
    should="list the sampled token among the most likely ones, with the same log probability",
    clause=_ASKED,
    operations=COMPLETIONS,
)
def lists_the_chosen_token(reply: ScoredCompletion) -> Iterator[Violation]:
    """Tokens that are not valid text cannot be compared."""
    for choice, logprobs in reply.aligned:
        tokens, scores = elements(logprobs.get("tokens")), elements(logprobs.get("token_logprobs"))
        tops = elements(logprobs.get("top_logprobs"))
        for place, (token, score, top) in enumerate(zip(tokens, scores, tops, strict=False)):
            if number(score) is None or score > _SLACK or not members(top) or _is_raw(token):
                continue
            listed = number(members(top).get(token)) if isinstance(token, str) else None
            if listed is None or abs(listed - score) > _CLOSE:
                yield choice.violates(
                    f"/logprobs/top_logprobs/{place}",
                    "The sampled token is not listed with its log probability.",
                    expected={str(token): score},
                    actual=top,
                )
                break


@rule(
    "COMPLETIONS-LOGPROBS-006",
    must="return the text offsets in ascending order",
    clause=f"{_GIVEN}/properties/text_offset",
    operations=COMPLETIONS,
)
def offsets_are_ascending(reply: ScoredCompletion) -> Iterator[Violation]:
    """No token starts before the previous one."""
    for choice, logprobs in reply.scored:
        offsets = [whole(each) for each in elements(logprobs.get("text_offset"))]
        previous = 0
        for place, offset in enumerate(offsets):
            if offset is not None and offset < previous:
                yield choice.violates(
                    f"/logprobs/text_offset/{place}",
                    "The token starts before the previous one.",
                    expected=f"at least {previous}",
                    actual=offset,
                )
                break
            previous = previous if offset is None else offset


@rule(
    "COMPLETIONS-LOGPROBS-007",
    must="return log probabilities of at most 0",
    clause=f"{_GIVEN}/properties/token_logprobs",
    operations=COMPLETIONS,
)
def logprobs_are_not_positive(reply: ScoredCompletion) -> Iterator[Violation]:
    """The first token of a text may have null."""
    for choice, logprobs in reply.scored:
        for place, score in enumerate(elements(logprobs.get("token_logprobs"))):
            if (number(score) or 0) > _SLACK:
                yield choice.violates(
                    f"/logprobs/token_logprobs/{place}",
                    "The log probability is above 0.",
                    expected="≤ 0",
                    actual=score,
                )
                break
        for place, listed in enumerate(elements(logprobs.get("top_logprobs"))):
            if any((number(score) or 0) > _SLACK for score in members(listed).values()):
                yield choice.violates(
                    f"/logprobs/top_logprobs/{place}",
                    "The log probability is above 0.",
                    expected="≤ 0",
                    actual=listed,
                )
                break


@rule(
    "COMPLETIONS-LOGPROBS-008",
    should="return tokens that add up to the text",
    clause=f"{_GIVEN}/properties/tokens",
    operations=COMPLETIONS,
    note="Not judged if a stop sequence truncated the text, or if a token is not valid text.",
)
def tokens_match_the_text(reply: ScoredCompletion) -> Iterator[Violation]:
    """The joined tokens equal the text."""
    for choice, logprobs in reply.aligned:
        tokens = elements(logprobs.get("tokens"))
        cut = bool(reply.stops) and choice.finish_reason == "stop"
        if cut or choice.text is None or any(_is_raw(token) for token in tokens):
            continue
        if reply.echoes and not choice.text.startswith(reply.prompts or ()):
            continue  # another rule reports the missing echo
        joined = "".join(token for token in tokens if isinstance(token, str))
        if joined != choice.text:
            yield choice.violates(
                "/logprobs/tokens",
                "The tokens do not add up to the text.",
                expected=choice.text,
                actual=joined,
            )


@rule(
    "COMPLETIONS-LOGPROBS-009",
    must="return log probabilities for at most max_tokens tokens",
    clause="azure-openai@2024-10-21#/components/schemas/createCompletionRequest/properties/max_tokens",
    operations=COMPLETIONS,
    note="Not judged with echo, which includes the tokens of the prompt.",
)
def lists_at_most_max_tokens(reply: ScoredCompletion) -> Iterator[Violation]:
    """Each listed token was generated."""
    if reply.echoes or reply.token_limit is None:
        return
    for choice, logprobs in reply.scored:
        scored = len(elements(logprobs.get("tokens")))
        if scored > reply.token_limit:
            yield choice.violates(
                "/logprobs/tokens",
                "The list has more tokens than may be generated.",
                expected=f"at most {reply.token_limit}",
                actual=scored,
            )


@rule(
    "COMPLETIONS-LOGPROBS-010",
    should="return the end of the previous token as the offset of each token",
    clause=f"{_GIVEN}/properties/text_offset",
    operations=COMPLETIONS,
    note="Judged after ASCII tokens only, whose characters have the same length in every unit. The first "
    "token is at 0, or after a prompt that is not echoed: some servers count it, others do not.",
)
def offsets_match_the_tokens(reply: ScoredCompletion) -> Iterator[Violation]:
    """The first offset is not judged if the prompt consists of tokens, whose text is unknown."""
    begins = reply.beginnings
    for choice, logprobs in reply.aligned:
        tokens = elements(logprobs.get("tokens"))
        offsets = [whole(each) for each in elements(logprobs.get("text_offset"))]
        first, known = offsets[0] if offsets else None, [each for each in offsets if each is not None]
        if begins and first is not None and first not in begins and known == sorted(known):
            yield choice.violates(
                "/logprobs/text_offset/0",
                "The first offset is neither the start of the text nor the end of the prompt.",
                expected=[*sorted(begins)],
                actual=first,
                reason="beginning",
            )
            continue
        for place, (token, here, there) in enumerate(
            zip(tokens, offsets, offsets[1:], strict=False), start=1
        ):
            if _is_raw(token) or not token.isascii():
                continue
            if here is not None and there is not None and here <= there != here + len(token):
                yield choice.violates(
                    f"/logprobs/text_offset/{place}",
                    "The offset is not the end of the previous token.",
                    expected=here + len(token),
                    actual=there,
                )
                break


@rule(
    "COMPLETIONS-LOGPROBS-011",
    should="list the requested number of most likely tokens",
    clause=_ASKED,
    operations=COMPLETIONS,
    note="A violation only if no token has that many: tokens with the same text share one entry.",
)
def lists_the_requested_number(reply: ScoredCompletion) -> Iterator[Violation]:
    """The sampled token is listed in addition if it is not one of them."""
    for choice, logprobs in reply.scored:
        counts = [len(each) for each in elements(logprobs.get("top_logprobs")) if members(each)]
        if counts and max(counts) < (reply.wanted or 0):
            yield choice.violates(
                "/logprobs/top_logprobs",
                "The list has fewer likely tokens than requested.",
                expected=reply.wanted,
                actual=max(counts),
                reason="fewer",
            )


@rule(
    "COMPLETIONS-LOGPROBS-012",
    must="return a log probability and likely tokens for every token but one that nothing precedes",
    clause=_ASKED,
    operations=COMPLETIONS,
    note="It is a SHOULD for tokens of an echoed prompt, and for the likely tokens. Only the first token "
    "of an echoed prompt, or of a text without a prompt, has none.",
)
def scores_every_token(reply: ScoredCompletion) -> Iterator[Violation]:
    """Not judged with logprobs 0, whose reading is disputed."""
    prompt = reply.sent.get("prompt")
    first = 1 if reply.echoes or not prompt or "" in elements(prompt) else 0
    for choice, logprobs in reply.scored if reply.wanted else ():
        scores = elements(logprobs.get("token_logprobs"))[first:]
        unscored = next((place for place, score in enumerate(scores, first) if score is None), None)
        if unscored is not None:
            yield choice.violates(
                f"/logprobs/token_logprobs/{unscored}",
                "The token has no log probability.",
                expected="≤ 0",
                reason="unscored",
                level="should" if reply.echoes else None,
            )
        tops = elements(logprobs.get("top_logprobs"))[first:]
        alone = next((place for place, top in enumerate(tops, first) if top is None or top == {}), None)
        if alone is not None:
            yield choice.violates(
                f"/logprobs/top_logprobs/{alone}",
                "The token has no list of likely tokens.",
                expected="at least the token itself",
                actual=tops[alone - first],
                reason="no likely ones",
                level="should",
            )


def _lengths(written: str) -> tuple[int, int, int]:
    """Return the lengths of a text in characters, in bytes and in UTF-16 units."""
    narrow, wide = (written.encode(each, "surrogatepass") for each in ("utf-8", "utf-16-le"))
    return len(written), len(narrow), len(wide) // 2


def _is_raw(token: Any) -> bool:
    """Whether a token is not valid text, in any of the usual representations."""
    return not isinstance(token, str) or token.startswith("bytes:") or "\ufffd" in token
