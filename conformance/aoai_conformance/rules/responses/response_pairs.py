"""The same request to create a response twice: plain and streamed, and with different credentials."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import text
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import RESPONSE_CREATE, Inconclusive, rule
from aoai_conformance.views.exchange_views import Reply
from aoai_conformance.views.response_objects import CreatedResponse
from aoai_conformance.views.scenarios import ScenarioView
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@v1"
_RESPONSE = f"{_DOCUMENT}#/components/schemas/OpenAI.Response"
_PAGE = "https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle"
#: Members that a response may have in one form only.
_OPTIONAL = frozenset({"output_text", "_request_id"})


class ResponseStreamAgainstPlain(ScenarioView):
    """The same request for a response, once plain and once streamed."""

    kinds = frozenset({"responses.stream-against-plain"})

    @cached_property
    def plain(self) -> CreatedResponse:
        """Return the unstreamed response."""
        return self.step("plain", CreatedResponse)

    @cached_property
    def stream(self) -> CreatedResponse:
        """Return the response at the end of the stream."""
        return self.step("stream", CreatedResponse)


class ResponseCredentials(ScenarioView):
    """The same request for a response with each form of credentials."""

    kinds = frozenset({"responses.credentials"})

    @cached_property
    def replies(self) -> dict[str, Reply]:
        """Return the response to the request with each credential."""
        return {name: self.step(name, Reply) for name in self.steps}


@rule(
    "RESPONSE-PAIR-001",
    must="count the same input tokens for the same input, streamed or not",
    clause=f"{_RESPONSE}/properties/usage",
    operations=RESPONSE_CREATE,
)
def counts_the_same_input(scenario: ResponseStreamAgainstPlain) -> Iterator[Violation]:
    """A model has one tokenizer."""
    plain, streamed = scenario.plain, scenario.stream
    before, after = plain.tokens("/input_tokens"), streamed.tokens("/input_tokens")
    if before is None or after is None or plain.body.get("model") != streamed.body.get("model"):
        raise Inconclusive("the responses do not both report input tokens of the same model")
    if before != after:
        yield streamed.violates(
            "/usage/input_tokens",
            "The same input has a different number of tokens when it is streamed.",
            expected=before,
            actual=after,
            reason="input",
        )


@rule(
    "RESPONSE-PAIR-005",
    should="count the same output tokens for the same text, streamed or not",
    clause=f"{_RESPONSE}/properties/usage",
    operations=RESPONSE_CREATE,
    note="Judged if both texts are equal and neither response has reasoning tokens.",
)
def counts_the_same_output(scenario: ResponseStreamAgainstPlain) -> Iterator[Violation]:
    """A model has one tokenizer."""
    plain, streamed = scenario.plain, scenario.stream
    texts = [[written for _, _, written in each.texts] for each in (plain, streamed)]
    reasoned = any(each.tokens("/output_tokens_details/reasoning_tokens") for each in (plain, streamed))
    before, after = plain.tokens("/output_tokens"), streamed.tokens("/output_tokens")
    if texts[0] != texts[1] or reasoned or before is None or after is None:
        raise Inconclusive("the responses differ, or do not both report their output tokens")
    if before != after:
        yield streamed.violates(
            "/usage/output_tokens",
            "The same text has a different number of tokens when it is streamed.",
            expected=before,
            actual=after,
            reason="output",
        )


@rule(
    "RESPONSE-PAIR-002",
    should="return a response with the same members, streamed or not",
    clause=_RESPONSE,
    operations=RESPONSE_CREATE,
)
def has_the_same_members(scenario: ResponseStreamAgainstPlain) -> Iterator[Violation]:
    """Clients read both with the same code."""
    plain, streamed = scenario.plain.body, scenario.stream.body
    missing = sorted(set(plain) - set(streamed) - _OPTIONAL)
    further = sorted(set(streamed) - set(plain) - _OPTIONAL)
    if missing or further:
        yield scenario.stream.violates(
            "",
            "The streamed response has other members than the plain one.",
            expected=sorted(plain),
            actual=sorted(streamed),
            reason="members",
        )


@rule(
    "RESPONSE-PAIR-003",
    must="return the same parameters of the same request, streamed or not",
    clause=_RESPONSE,
    operations=RESPONSE_CREATE,
    note="Compares the members that repeat or complete the request; texts of a model may differ.",
)
def has_the_same_parameters(scenario: ResponseStreamAgainstPlain) -> Iterator[Violation]:
    """A default must not depend on the form of the response."""
    plain, streamed = scenario.plain.body, scenario.stream.body
    for name in ("object", "store", "truncation", "parallel_tool_calls", "max_output_tokens", "metadata"):
        if name in plain and name in streamed and plain[name] != streamed[name]:
            yield scenario.stream.violates(
                f"/{name}",
                f"`{name}` of the streamed response differs from that of the plain one.",
                expected=plain[name],
                actual=streamed[name],
                reason=name,
            )


@rule(
    "RESPONSE-PAIR-004",
    may="return the same items and texts for the same request, streamed or not",
    clause=f"{_RESPONSE}/properties/output",
    operations=RESPONSE_CREATE,
    note="A model may answer otherwise the second time, so this is only a MAY.",
)
def has_the_same_items(scenario: ResponseStreamAgainstPlain) -> Iterator[Violation]:
    """Compares the types and texts of the items, except reasoning."""
    plain, streamed = (
        [item.type for item in each.items if item.type != "reasoning"]
        + [written for _, _, written in each.texts]
        for each in (scenario.plain, scenario.stream)
    )
    if plain != streamed:
        yield scenario.stream.violates(
            "/output",
            "The streamed response has other items than the plain one.",
            expected=plain,
            actual=streamed,
            reason="items",
        )


@rule(
    "CREDENTIALS-001",
    must="accept a key in api-key and as a bearer token, and a token of Entra ID, alike",
    clause=_PAGE,
    operations=RESPONSE_CREATE,
    note="A request that is rejected for load with one of them is inconclusive.",
)
def credentials_are_equivalent(scenario: ResponseCredentials) -> Iterator[Violation]:
    """Clients of OpenAI send the key as a bearer token, those of Azure in api-key."""
    replies = scenario.replies
    if any(each.status in (408, 429) or each.status >= 500 for each in replies.values()):
        raise Inconclusive("a request was rejected for a reason other than its credentials")
    accepted = {name: 200 <= each.status < 300 for name, each in replies.items()}
    if not any(accepted.values()):
        raise Inconclusive("no credentials were accepted")
    for name, is_accepted in accepted.items():
        if not is_accepted:
            yield replies[name].violates(
                "",
                f"The request is rejected with the credentials {name}, but accepted with others.",
                expected=200,
                actual=replies[name].status,
                reason=text(name) or "rejected",
            )
