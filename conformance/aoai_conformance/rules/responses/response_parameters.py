"""What a response repeats of the request that created it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import dig, members, number, objects, text
from aoai_conformance.rule import RESPONSE_CREATE, NotApplicable, rule
from aoai_conformance.views.response_objects import CreatedResponse
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_RESPONSE = f"{_SCHEMAS}/OpenAI.Response/properties"
_REQUEST = f"{_SCHEMAS}/OpenAI.CreateResponse/properties"
#: Members that decide what later requests do, and the limits of the response.
_KEPT = (
    "previous_response_id",
    "background",
    "max_output_tokens",
    "max_tool_calls",
    "parallel_tool_calls",
    "truncation",
)
#: Members that a model or an organization may override.
_USUAL = (
    "instructions",
    "temperature",
    "top_p",
    "top_logprobs",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "reasoning/effort",
)


def _differs(requested: Any, returned: Any) -> bool:
    """Whether two values differ; numbers are compared as numbers, to six digits."""
    first, second = number(requested), number(returned)
    if first is not None and second is not None:
        return abs(first - second) > 1e-6 * max(1.0, abs(first))
    return bool(requested != returned)


def _changed(reply: CreatedResponse, names: tuple[str, ...]) -> Iterator[Violation]:
    for name in names:
        requested, returned = dig(reply.sent, f"/{name}"), dig(reply.body, f"/{name}")
        if requested in (None, "", {}, []) or not _differs(requested, returned):
            continue
        is_there = name.partition("/")[0] in reply.body
        yield reply.violates(
            f"/{name}",
            f"`{name}` of the response differs from the request."
            if is_there
            else f"The response lacks the `{name}` of the request.",
            expected=requested,
            actual=returned,
            reason=name,
            level=None if is_there else "should",
        )


@rule(
    "RESPONSE-ECHO-001",
    must="repeat the previous response, the limits and the modes of the request",
    clause=f"{_RESPONSE}/previous_response_id",
    operations=RESPONSE_CREATE,
    note="These are previous_response_id, background, max_output_tokens, max_tool_calls, "
    "parallel_tool_calls and truncation. A member that the response lacks is a SHOULD.",
)
def repeats_links_and_limits(reply: CreatedResponse) -> Iterator[Violation]:
    """Programs that read a stored response rely on them."""
    yield from _changed(reply, _KEPT)


@rule(
    "RESPONSE-ECHO-002",
    should="repeat the instructions, sampling parameters and identifiers of the request",
    clause=f"{_RESPONSE}/instructions",
    operations=RESPONSE_CREATE,
    note="A model may fix temperature and top_p. Instructions given as a list are not judged.",
)
def repeats_parameters(reply: CreatedResponse) -> Iterator[Violation]:
    """A parameter that was ignored shows here first."""
    names = _USUAL if isinstance(reply.sent.get("instructions"), str) else _USUAL[1:]
    yield from _changed(reply, names)


@rule(
    "RESPONSE-ECHO-003",
    must="repeat the metadata of the request",
    clause=f"{_RESPONSE}/metadata",
    operations=RESPONSE_CREATE,
)
def repeats_metadata(reply: CreatedResponse) -> Iterator[Violation]:
    """Programs find their responses by it."""
    requested, returned = reply.sent.get("metadata"), reply.body.get("metadata")
    if not isinstance(requested, dict) or not requested:
        raise NotApplicable
    if members(returned) != requested:
        yield reply.violates(
            "/metadata",
            "The metadata differs from that of the request.",
            expected=requested,
            actual=returned,
            reason="differs",
            level=None if "metadata" in reply.body else "should",
        )


@rule(
    "RESPONSE-ECHO-004",
    must="not store a response whose request sets store to false, and say so",
    clause=f"{_REQUEST}/store",
    operations=RESPONSE_CREATE,
    note="`store: false` where the request asks to store is a SHOULD: an organization may retain nothing.",
)
def repeats_store(reply: CreatedResponse) -> Iterator[Violation]:
    """Privacy depends on it."""
    requested, returned = reply.sent.get("store"), reply.body.get("store")
    if not isinstance(requested, bool) or not isinstance(returned, bool):
        raise NotApplicable
    if requested != returned:
        yield reply.violates(
            "/store",
            "`store` of the response differs from the request.",
            expected=requested,
            actual=returned,
            reason="stored" if returned else "not stored",
            level="should" if requested else None,
        )


@rule(
    "RESPONSE-ECHO-005",
    must="repeat the text format that the request asks for",
    clause=f"{_RESPONSE}/text",
    operations=RESPONSE_CREATE,
    note="Compares the type, and the name of a JSON schema.",
)
def repeats_the_format(reply: CreatedResponse) -> Iterator[Violation]:
    """A format that was dropped shows here."""
    returned = members(dig(reply.body, "/text/format"))
    if not reply.format or not returned:
        raise NotApplicable
    for name in ("type", "name"):
        expected, actual = text(reply.format.get(name)), text(returned.get(name))
        if expected and actual != expected:
            yield reply.violates(
                f"/text/format/{name}",
                f"The {name} of the text format differs from the request.",
                expected=expected,
                actual=actual,
                reason=name,
            )
            return


@rule(
    "RESPONSE-ECHO-006",
    should="repeat the tools of the request, and how the model was to choose among them",
    clause=f"{_RESPONSE}/tools",
    operations=RESPONSE_CREATE,
    note="Compares the names of the tools, and a tool_choice given as text. Functions may come before tools "
    "that the service runs, and further tools that the model found by a tool search may follow.",
)
def repeats_tools(reply: CreatedResponse) -> Iterator[Violation]:
    """A tool that was dropped shows here."""
    returned = reply.body.get("tools")
    if reply.tools and isinstance(returned, list):
        expected = [(tool.get("type"), tool.get("name")) for tool in reply.tools]
        actual = [(tool.get("type"), tool.get("name")) for _, tool in objects(returned)]
        lacking = Counter(name for _, name in expected) - Counter(name for _, name in actual)
        if lacking:
            yield reply.violates(
                "/tools",
                "The tools of the response are not those of the request.",
                expected=[f"{kind} {name or ''}".strip() for kind, name in expected],
                actual=[f"{kind} {name or ''}".strip() for kind, name in actual],
                reason="tools",
            )
    choice, shown = reply.sent.get("tool_choice"), reply.body.get("tool_choice")
    if isinstance(choice, str) and isinstance(shown, str) and choice != shown:
        yield reply.violates(
            "/tool_choice",
            "`tool_choice` differs from the request.",
            expected=choice,
            actual=shown,
            reason="tool_choice",
        )


@rule(
    "RESPONSE-ECHO-007",
    must="name the conversation to which a response belongs",
    clause=f"{_RESPONSE}/conversation",
    operations=RESPONSE_CREATE,
)
def names_the_conversation(reply: CreatedResponse) -> Iterator[Violation]:
    """The request names it by its id, or as an object with an id."""
    requested = reply.sent.get("conversation")
    expected = text(requested) or text(members(requested).get("id"))
    if not expected:
        raise NotApplicable
    returned = reply.body.get("conversation")
    actual = text(returned) or text(members(returned).get("id"))
    if actual != expected:
        yield reply.violates(
            "/conversation",
            "The response does not name the conversation of the request."
            if actual is None
            else "The response names another conversation.",
            expected=expected,
            actual=actual,
            reason="missing" if actual is None else "another",
        )


@rule(
    "RESPONSE-ECHO-008",
    should="run a response in the background only if it is stored",
    clause=f"{_REQUEST}/background",
    operations=RESPONSE_CREATE,
    note="By the provider's documentation, background needs store=true; a server that accepts the request "
    "without it must keep the response for a while all the same.",
)
def background_needs_store(reply: CreatedResponse) -> Iterator[Violation]:
    """A response that is not stored cannot be polled."""
    if reply.sent.get("background") is not True or reply.sent.get("store") is not False:
        raise NotApplicable
    yield reply.violates(
        "/background",
        "The request to run in the background without storing is accepted.",
        expected="400",
        actual=reply.status,
        reason="accepted",
    )


@rule(
    "RESPONSE-ECHO-009",
    may="name the model of the request, or a version of it",
    clause=f"{_RESPONSE}/model",
    operations=RESPONSE_CREATE,
    note="A deployment may have any name, and a server may answer with the name of its model: a MAY.",
)
def names_the_requested_model(reply: CreatedResponse) -> Iterator[Violation]:
    """A version begins with the name of the model."""
    requested, returned = text(reply.sent.get("model")), text(reply.body.get("model"))
    if not requested or not returned:
        raise NotApplicable
    if not (returned.startswith(requested) or requested.startswith(returned)):
        yield reply.violates(
            "/model",
            "The response names another model than the request.",
            expected=requested,
            actual=returned,
            reason="another model",
        )
