"""Text completions: choices, echo, stop sequences and token limits."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, objects, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import COMPLETIONS, rule
from aoai_conformance.views.responses import CompletionReply
from aoai_model.verdict import Violation

_REQUEST = "azure-openai@2024-10-21#/components/schemas/createCompletionRequest/properties"
_RESPONSE = "azure-openai@2024-10-21#/components/schemas/createCompletionResponse/properties"
_CHOICE = f"{_RESPONSE}/choices/items/properties"


class ExpectedCompletion(CompletionReply):
    """A completion and the parameters of its request."""

    @cached_property
    def prompt_count(self) -> int | None:
        """The number of prompts in the request; None if unknown."""
        prompt = self.sent.get("prompt")
        if prompt is None or isinstance(prompt, str):
            return 1
        listed = elements(prompt)
        if listed and all(isinstance(each, int) for each in listed):
            return 1
        return len(listed) or None

    @cached_property
    def token_limit(self) -> int | None:
        """The token limit of each completion: max_tokens or its default; None for null or invalid values."""
        if "max_tokens" not in self.sent:
            return 16
        limit = whole(self.sent["max_tokens"])
        return limit if limit is not None and limit >= 0 else None

    @property
    def candidates(self) -> int | None:
        """The number of completions to generate, including those that are not returned."""
        if self.n is None or self.prompt_count is None:
            return None
        return self.prompt_count * max(self.n, whole(self.sent.get("best_of")) or 1)

    def completed(self, returned: str) -> str:
        """Return a choice's text without the echoed prompt."""
        echoed = [prompt for prompt in self.prompts or () if returned.startswith(prompt)]
        return returned.removeprefix(max(echoed, key=len)) if self.echoes and echoed else returned


@rule(
    "COMPLETIONS-001",
    must="return n choices for each prompt",
    clause=f"{_REQUEST}/n",
    operations=COMPLETIONS,
)
def returns_n_choices_per_prompt(reply: ExpectedCompletion) -> Iterator[Violation]:
    """best_of determines how many are generated, not how many are returned."""
    if reply.n is None or reply.prompt_count is None:
        return
    expected = reply.n * reply.prompt_count
    if len(reply.choices) != expected:
        yield reply.violates(
            "/choices",
            "The number of choices is not the number of prompts times n.",
            expected=expected,
            actual=len(reply.choices),
        )


@rule(
    "COMPLETIONS-002",
    must="number the choices from 0, using each index once",
    clause=f"{_CHOICE}/index",
    operations=COMPLETIONS,
)
def numbers_its_choices(reply: ExpectedCompletion) -> Iterator[Violation]:
    """The index determines the prompt of a choice."""
    indices = [choice.index for choice in reply.choices]
    if sorted(index for index in indices if index is not None) != list(range(len(indices))):
        yield reply.violates(
            "/choices",
            "The choices are not numbered from 0 to n - 1.",
            expected=[*range(len(indices))],
            actual=[*indices],
            reason="index",
        )


@rule(
    "COMPLETIONS-003",
    must="begin each text with its prompt if echo is true",
    clause=f"{_REQUEST}/echo",
    operations=COMPLETIONS,
    note="The document does not state the order of the choices, so any order passes.",
)
def echoes_the_prompts(reply: ExpectedCompletion) -> Iterator[Violation]:
    """Each choice begins with a prompt, and each prompt begins the requested number of choices."""
    if not reply.echoes or reply.prompts is None or reply.n is None:
        return
    for choice in reply.choices:
        if choice.text is not None and not choice.text.startswith(reply.prompts):
            yield choice.violates(
                "/text",
                "The text does not begin with the prompt.",
                expected=reply.prompts[0],
                actual=choice.text,
            )
            return
    if any(choice.text is None for choice in reply.choices):
        return
    for prompt in reply.prompts:
        begun = [choice for choice in reply.choices if (choice.text or "").startswith(prompt)]
        if len(begun) < reply.prompts.count(prompt) * reply.n:
            yield reply.violates(
                "/choices",
                "A prompt is not echoed in the requested number of choices.",
                expected=prompt,
                reason="missing",
            )
            return


@rule(
    "COMPLETIONS-004",
    must="return text without any stop sequence",
    clause=f"{_REQUEST}/stop",
    operations=COMPLETIONS,
)
def omits_stop_sequences(reply: ExpectedCompletion) -> Iterator[Violation]:
    """The echoed prompt may contain one, the completion must not."""
    for choice in reply.choices:
        completed = reply.completed(choice.text or "")
        for stop in reply.stops:
            if stop in completed:
                yield choice.violates(
                    "/text", "The text contains a stop sequence.", expected=f"no {stop!r}", actual=choice.text
                )


@rule(
    "COMPLETIONS-005",
    must="generate at most max_tokens tokens",
    clause=f"{_REQUEST}/max_tokens",
    operations=COMPLETIONS,
    note="Without max_tokens, the default of 16 applies. best_of candidates count, too.",
)
def generates_at_most_max_tokens(reply: ExpectedCompletion) -> Iterator[Violation]:
    """Judged for all completions together, since the usage does not distinguish them."""
    made = reply.tokens("completion_tokens")
    if made is None or reply.token_limit is None or reply.candidates is None:
        return
    allowed = reply.token_limit * reply.candidates
    if made > allowed:
        yield reply.usage_place.violates(
            "/usage/completion_tokens",
            "More completion tokens were generated than the request allows.",
            expected=f"at most {allowed}",
            actual=made,
        )


@rule(
    "COMPLETIONS-006",
    must="generate nothing if max_tokens is 0",
    clause=f"{_REQUEST}/max_tokens/minimum",
    operations=COMPLETIONS,
)
def generates_nothing_for_zero(reply: ExpectedCompletion) -> Iterator[Violation]:
    """With echo, this is how clients score a prompt."""
    if reply.token_limit != 0 or (reply.echoes and reply.prompts is None):
        return
    for choice in reply.choices:
        rest = reply.completed(choice.text or "")
        if rest:
            yield choice.violates(
                "/text", "max_tokens is 0, but the response has a completion.", expected="", actual=rest
            )


@rule(
    "COMPLETIONS-007",
    must="return filter results only for prompts of the request",
    clause="azure-openai@2024-10-21#/components/schemas/promptFilterResult/properties/prompt_index",
    operations=COMPLETIONS,
)
def filter_results_match_prompts(reply: ExpectedCompletion) -> Iterator[Violation]:
    """An index beyond the prompts of the request is invalid."""
    for place, result in objects(reply.body.get("prompt_filter_results")):
        index = whole(result.get("prompt_index"))
        if index is not None and reply.prompt_count is not None and index >= reply.prompt_count:
            yield reply.violates(
                f"/prompt_filter_results/{place}/prompt_index",
                "The filter result belongs to no prompt of the request.",
                expected=f"0 to {reply.prompt_count - 1}",
                actual=index,
            )


@rule(
    "COMPLETIONS-008",
    should="count at least one token for a prompt that is not empty",
    clause="azure-openai@2024-10-21#/components/schemas/completionUsage/properties/prompt_tokens",
    operations=COMPLETIONS,
)
def counts_the_prompt(reply: ExpectedCompletion) -> Iterator[Violation]:
    """Every text has at least one token."""
    counted = reply.tokens("prompt_tokens")
    if counted is not None and counted < 1 and any(reply.prompts or ()):
        yield reply.usage_place.violates(
            "/usage/prompt_tokens",
            "The prompt is not empty, but `prompt_tokens` is 0.",
            expected="at least 1",
            actual=counted,
        )


@rule(
    "COMPLETIONS-009",
    may="list the choices in the order of their index",
    clause=f"{_CHOICE}/index",
    operations=COMPLETIONS,
    note="Like CHAT-CHOICE-003 for chats: clients that sort by index do not depend on the order.",
)
def lists_choices_in_order(reply: ExpectedCompletion) -> Iterator[Violation]:
    """Judged if each index occurs once. Streamed choices have no order."""
    indices = [choice.index for choice in reply.choices]
    counted = list(range(len(indices)))
    if not reply.streamed and indices != counted and {*indices} == {*counted}:
        yield reply.violates(
            "/choices",
            "The choices are not in the order of their index.",
            expected=[*counted],
            actual=[*indices],
            reason="order",
        )
