"""Token probabilities of text completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import elements, members, number, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import COMPLETIONS, rule
from aoai_conformance.rules.completions.completions import AskedCompletion
from aoai_conformance.views.answers import CompletionChoice
from aoai_model.verdict import Violation

_ASKED = "azure-openai@2024-10-21#/components/schemas/createCompletionRequest/properties/logprobs"
_RESPONSE = "azure-openai@2024-10-21#/components/schemas/createCompletionResponse/properties"
_GIVEN = f"{_RESPONSE}/choices/items/properties/logprobs"
_LISTS = ("tokens", "token_logprobs", "text_offset", "top_logprobs")
#: What is told of the chosen tokens and of the most likely ones. Offsets are told beside it, unasked.
_ASKED_FOR = ("tokens", "token_logprobs", "top_logprobs")
#: Logarithms of probabilities may come out of single-precision sums a little above 0.
_SLACK = 1e-4
#: How far two notes of one probability may lie apart.
_CLOSE = 1e-3


class ScoredCompletion(AskedCompletion):
    """A completion whose request says how many token probabilities it wants."""

    @cached_property
    def wanted(self) -> int | None:
        """The valid number of most likely tokens asked for; None where none was."""
        wanted = whole(self.sent.get("logprobs"))
        return wanted if wanted is not None and 0 <= wanted <= 5 else None

    def applies(self) -> bool:
        """Whether token probabilities were asked for."""
        return self.wanted is not None and super().applies()

    @cached_property
    def beginnings(self) -> frozenset[int]:
        """Where the first token may stand, in whichever units; empty where that is not known."""
        if self.echoes:
            return frozenset({0})
        if self.prompts is None:
            return frozenset()
        return frozenset({0, *(length for prompt in self.prompts for length in _lengths(prompt))})

    @property
    def scored(self) -> Iterator[tuple[CompletionChoice, dict[str, Any]]]:
        """Each choice that has token probabilities, with them."""
        yield from ((choice, choice.logprobs) for choice in self.choices if choice.logprobs)

    @property
    def aligned(self) -> Iterator[tuple[CompletionChoice, dict[str, Any]]]:
        """Those whose lists can be read side by side; COMPLETIONS-LOGPROBS-003 judges the others."""
        yield from (
            (choice, lists) for choice, lists in self.scored if len(set(self.lengths(lists).values())) < 2
        )

    def lengths(self, logprobs: dict[str, Any]) -> dict[str, int]:
        """The length of each list by its name; alternatives that nobody asked for may be missing."""
        lengths = {name: len(logprobs[name]) for name in _LISTS if isinstance(logprobs.get(name), list)}
        if self.wanted == 0 and not lengths.get("top_logprobs"):
            lengths.pop("top_logprobs", None)
        return lengths


class UnscoredCompletion(AskedCompletion):
    """A completion whose request wants no token probabilities."""

    def applies(self) -> bool:
        """Whether no token probabilities were asked for."""
        return self.sent.get("logprobs") is None and super().applies()


@rule(
    "COMPLETIONS-LOGPROBS-001",
    must="give token probabilities when they are asked for",
    clause=_ASKED,
    operations=COMPLETIONS,
    note="logprobs 0 asks for the chosen tokens alone; since that reading is disputed, its absence passes.",
)
def gives_logprobs_when_asked(answer: ScoredCompletion) -> Iterator[Violation]:
    """A choice without any text, or one that the filter took, may lack them."""
    for choice in answer.choices:
        if not answer.wanted or not choice.text or choice.finish_reason == "content_filter":
            continue
        missing = [name for name in _ASKED_FOR if not elements(choice.logprobs.get(name))]
        if missing:
            yield choice.violates(
                "/logprobs" if len(missing) == len(_ASKED_FOR) else f"/logprobs/{missing[0]}",
                "Token probabilities were asked for.",
                expected=[*missing],
                actual=choice.raw.get("logprobs"),
            )


@rule(
    "COMPLETIONS-LOGPROBS-002",
    must="give token probabilities only when they are asked for",
    clause=f"{_ASKED}/default",
    operations=COMPLETIONS,
)
def gives_logprobs_only_when_asked(answer: UnscoredCompletion) -> Iterator[Violation]:
    """The default is null."""
    for choice in answer.choices:
        if choice.raw.get("logprobs"):
            yield choice.violates(
                "/logprobs", "No token probabilities were asked for.", actual=choice.logprobs
            )


@rule(
    "COMPLETIONS-LOGPROBS-003",
    must="give as many entries in each list of token probabilities as there are tokens",
    clause=f"{_GIVEN}/properties/tokens",
    operations=COMPLETIONS,
)
def lists_are_equally_long(answer: ScoredCompletion) -> Iterator[Violation]:
    """The lists are read side by side."""
    for choice, logprobs in answer.scored:
        lengths = answer.lengths(logprobs)
        if len(set(lengths.values())) > 1:
            yield choice.violates("/logprobs", "The lists are not equally long.", actual={**lengths})


@rule(
    "COMPLETIONS-LOGPROBS-004",
    must="list at most the asked number of most likely tokens and the chosen one",
    clause=_ASKED,
    operations=COMPLETIONS,
)
def lists_at_most_what_was_asked(answer: ScoredCompletion) -> Iterator[Violation]:
    """So at most logprobs + 1 at each token."""
    allowed = (answer.wanted or 0) + 1
    for choice, logprobs in answer.scored:
        for place, listed in enumerate(elements(logprobs.get("top_logprobs"))):
            if len(members(listed)) > allowed:
                yield choice.violates(
                    f"/logprobs/top_logprobs/{place}",
                    "More likely tokens are listed than were asked for.",
                    expected=f"at most {allowed}",
                    actual=len(listed),
                )
                break


@rule(
    "COMPLETIONS-LOGPROBS-005",
    should="list the chosen token among the most likely ones, with the same probability",
    clause=_ASKED,
    operations=COMPLETIONS,
)
def lists_the_chosen_token(answer: ScoredCompletion) -> Iterator[Violation]:
    """The sampled token is always told; bytes that are no text cannot be compared."""
    for choice, logprobs in answer.aligned:
        tokens, scores = elements(logprobs.get("tokens")), elements(logprobs.get("token_logprobs"))
        tops = elements(logprobs.get("top_logprobs"))
        for place, (token, score, top) in enumerate(zip(tokens, scores, tops, strict=False)):
            if number(score) is None or score > _SLACK or not members(top) or _is_raw(token):
                continue
            listed = number(members(top).get(token)) if isinstance(token, str) else None
            if listed is None or abs(listed - score) > _CLOSE:
                yield choice.violates(
                    f"/logprobs/top_logprobs/{place}",
                    "The chosen token is not listed with its probability.",
                    expected={str(token): score},
                    actual=top,
                )
                break


@rule(
    "COMPLETIONS-LOGPROBS-006",
    must="place the tokens in the text in order",
    clause=f"{_GIVEN}/properties/text_offset",
    operations=COMPLETIONS,
)
def offsets_do_not_fall(answer: ScoredCompletion) -> Iterator[Violation]:
    """A token does not begin before the one before it."""
    for choice, logprobs in answer.scored:
        offsets = [whole(each) for each in elements(logprobs.get("text_offset"))]
        previous = 0
        for place, offset in enumerate(offsets):
            if offset is not None and offset < previous:
                yield choice.violates(
                    f"/logprobs/text_offset/{place}",
                    "A token begins before the one before it.",
                    expected=f"at least {previous}",
                    actual=offset,
                )
                break
            previous = previous if offset is None else offset


@rule(
    "COMPLETIONS-LOGPROBS-007",
    must="give logarithms of probabilities, so none above 0",
    clause=f"{_GIVEN}/properties/token_logprobs",
    operations=COMPLETIONS,
)
def logprobs_are_not_positive(answer: ScoredCompletion) -> Iterator[Violation]:
    """Null stands for a first token that nothing comes before."""
    for choice, logprobs in answer.scored:
        for place, score in enumerate(elements(logprobs.get("token_logprobs"))):
            if (number(score) or 0) > _SLACK:
                yield choice.violates(
                    f"/logprobs/token_logprobs/{place}",
                    "A probability above 1.",
                    expected="≤ 0",
                    actual=score,
                )
                break
        for place, listed in enumerate(elements(logprobs.get("top_logprobs"))):
            if any((number(score) or 0) > _SLACK for score in members(listed).values()):
                yield choice.violates(
                    f"/logprobs/top_logprobs/{place}", "A probability above 1.", expected="≤ 0", actual=listed
                )
                break


@rule(
    "COMPLETIONS-LOGPROBS-008",
    should="give tokens that make up the text",
    clause=f"{_GIVEN}/properties/tokens",
    operations=COMPLETIONS,
    note="Not judged where a stop sequence cut the text or where a token is bytes that are no text.",
)
def tokens_make_the_text(answer: ScoredCompletion) -> Iterator[Violation]:
    """Put together they are what is read."""
    for choice, logprobs in answer.aligned:
        tokens = elements(logprobs.get("tokens"))
        cut = bool(answer.stops) and choice.finish_reason == "stop"
        if cut or choice.text is None or any(_is_raw(token) for token in tokens):
            continue
        if answer.echoes and not choice.text.startswith(answer.prompts or ()):
            continue  # the echo is what is missing, and has its own rule
        joined = "".join(token for token in tokens if isinstance(token, str))
        if joined != choice.text:
            yield choice.violates(
                "/logprobs/tokens", "The tokens are not the text.", expected=choice.text, actual=joined
            )


@rule(
    "COMPLETIONS-LOGPROBS-009",
    must="score no more tokens than max_tokens",
    clause="azure-openai@2024-10-21#/components/schemas/createCompletionRequest/properties/max_tokens",
    operations=COMPLETIONS,
    note="Not judged with echo, where the prompt's tokens are scored too.",
)
def scores_within_the_limit(answer: ScoredCompletion) -> Iterator[Violation]:
    """Each scored token is one that was made."""
    if answer.echoes or answer.token_limit is None:
        return
    for choice, logprobs in answer.scored:
        scored = len(elements(logprobs.get("tokens")))
        if scored > answer.token_limit:
            yield choice.violates(
                "/logprobs/tokens",
                "More tokens are scored than may be made.",
                expected=f"at most {answer.token_limit}",
                actual=scored,
            )


@rule(
    "COMPLETIONS-LOGPROBS-010",
    should="place each token where the one before it ends",
    clause=f"{_GIVEN}/properties/text_offset",
    operations=COMPLETIONS,
    note="Judged after tokens of ASCII alone, whose characters are one byte and one unit in every count. The "
    "first one stands at 0, or after a prompt that is not echoed: servers count it or do not.",
)
def offsets_fit_the_tokens(answer: ScoredCompletion) -> Iterator[Violation]:
    """Where the first one stands is not judged after prompts of tokens, whose text is not known."""
    begins = answer.beginnings
    for choice, logprobs in answer.aligned:
        tokens = elements(logprobs.get("tokens"))
        offsets = [whole(each) for each in elements(logprobs.get("text_offset"))]
        first, known = offsets[0] if offsets else None, [each for each in offsets if each is not None]
        if begins and first is not None and first not in begins and known == sorted(known):
            yield choice.violates(
                "/logprobs/text_offset/0",
                "The first token stands neither at the beginning of the text nor after the prompt.",
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
                    "A token does not stand where the one before it ends.",
                    expected=here + len(token),
                    actual=there,
                )
                break


@rule(
    "COMPLETIONS-LOGPROBS-011",
    should="list as many of the most likely tokens as were asked for",
    clause=_ASKED,
    operations=COMPLETIONS,
    note="Judged where not one token has as many: tokens that are written alike may fall together.",
)
def lists_as_many_as_asked(answer: ScoredCompletion) -> Iterator[Violation]:
    """The chosen token comes on top where it is not one of them."""
    for choice, logprobs in answer.scored:
        counts = [len(each) for each in elements(logprobs.get("top_logprobs")) if members(each)]
        if counts and max(counts) < (answer.wanted or 0):
            yield choice.violates(
                "/logprobs/top_logprobs",
                "Fewer likely tokens are listed than were asked for.",
                expected=answer.wanted,
                actual=max(counts),
                reason="fewer",
            )


@rule(
    "COMPLETIONS-LOGPROBS-012",
    must="give every token its probability, and likely tokens beside it, but for one that nothing precedes",
    clause=_ASKED,
    operations=COMPLETIONS,
    note="The sampled token's probability is always told. For tokens of an echoed prompt, and for the likely "
    "tokens, it is a should. Only the first token of an echoed prompt, or after no prompt, has none.",
)
def scores_every_token(answer: ScoredCompletion) -> Iterator[Violation]:
    """With logprobs 0, whose reading is disputed, nothing is judged."""
    prompt = answer.sent.get("prompt")
    first = 1 if answer.echoes or not prompt or "" in elements(prompt) else 0
    for choice, logprobs in answer.scored if answer.wanted else ():
        scores = elements(logprobs.get("token_logprobs"))[first:]
        unscored = next((place for place, score in enumerate(scores, first) if score is None), None)
        if unscored is not None:
            yield choice.violates(
                f"/logprobs/token_logprobs/{unscored}",
                "A token has no probability.",
                expected="≤ 0",
                reason="unscored",
                level="should" if answer.echoes else None,
            )
        tops = elements(logprobs.get("top_logprobs"))[first:]
        alone = next((place for place, top in enumerate(tops, first) if top is None or top == {}), None)
        if alone is not None:
            yield choice.violates(
                f"/logprobs/top_logprobs/{alone}",
                "A token has no likely ones beside it.",
                expected="at least the token itself",
                actual=tops[alone - first],
                reason="no likely ones",
                level="should",
            )


def _lengths(written: str) -> tuple[int, int, int]:
    """How long a text is in characters, in bytes and in units of UTF-16."""
    narrow, wide = (written.encode(each, "surrogatepass") for each in ("utf-8", "utf-16-le"))
    return len(written), len(narrow), len(wide) // 2


def _is_raw(token: Any) -> bool:
    """Whether a token is bytes that are no text, in one of the ways in which they are written."""
    return not isinstance(token, str) or token.startswith("bytes:") or "\ufffd" in token
