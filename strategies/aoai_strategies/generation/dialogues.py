"""Hypothesis strategies for messages, and for coherent conversations: each call has its result."""

from __future__ import annotations

from typing import cast

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from aoai_model.serialization import Json
from aoai_strategies.generation.fragments import fragments
from aoai_strategies.generation.parameters import texts
from aoai_strategies.generation.tooling import function_names
from aoai_strategies.requests.media import PNG_DATA_URL

Message = dict[str, Json]


def text_parts() -> SearchStrategy[dict[str, Json]]:
    """Text parts of messages. Shrinks to the text "0"."""
    return texts().map(lambda text: {"type": "text", "text": text})


def image_parts() -> SearchStrategy[dict[str, Json]]:
    """Image parts of user messages. Shrinks to an image without a level of detail."""

    def image(detail: str | None) -> dict[str, Json]:
        address: dict[str, Json] = {"url": PNG_DATA_URL}
        if detail is not None:
            address["detail"] = detail
        return {"type": "image_url", "image_url": address}

    return st.sampled_from([None, "auto", "low", "high"]).map(image)


def content_parts(*, images: bool = True) -> SearchStrategy[dict[str, Json]]:
    """Parts of user messages: text, and images unless `images` is False. Shrinks to the text "0"."""
    return st.one_of(text_parts(), image_parts()) if images else text_parts()


def system_messages() -> SearchStrategy[Message]:
    """System messages. Shrinks to the content "0"."""
    return _messages("system", _TEXT_CONTENTS)


def user_messages(*, images: bool = True) -> SearchStrategy[Message]:
    """User messages. Shrinks to the content "0"."""
    parts = st.lists(content_parts(images=images), min_size=1, max_size=3)
    return _messages("user", st.one_of(texts(), parts))


def assistant_messages() -> SearchStrategy[Message]:
    """Assistant messages without calls: text, text parts, or one refusal.

    Shrinks to the content "0".
    """
    refusals = texts().map(lambda text: [cast("Json", {"type": "refusal", "refusal": text})])
    return _messages("assistant", st.one_of(_TEXT_CONTENTS, refusals))


def messages(*, images: bool = True) -> SearchStrategy[Message]:
    """User, system and assistant messages that depend on no other message.

    Shrinks to a user message with the content "0".
    """
    return st.one_of(user_messages(images=images), system_messages(), assistant_messages())


def tool_exchanges(*, max_calls: int = 3) -> SearchStrategy[list[Message]]:
    """An assistant message with 1 to `max_calls` tool calls, and a message with the result of each call.

    Shrinks to one call of the function "0" with the result "0".
    """
    counts = st.integers(min_value=1, max_value=max_calls)

    @st.composite
    def exchanges(draw: DrawFn) -> list[Message]:
        ids = [f"call_{number}" for number in range(1, draw(counts) + 1)]
        calls: list[Json] = [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": draw(_NAMES), "arguments": draw(_ARGUMENTS)},
            }
            for call_id in ids
        ]
        call: Message = {"role": "assistant", "content": draw(_TEXTS_OR_NONE), "tool_calls": calls}
        results: list[Message] = [
            {"role": "tool", "tool_call_id": call_id, "content": draw(_TEXT_CONTENTS)} for call_id in ids
        ]
        return [call, *results]

    return exchanges()


@st.composite
def function_exchanges(draw: DrawFn) -> list[Message]:
    """An assistant message with one call in the deprecated form, and a message with its result.

    Shrinks to a call of the function "0" with the result null.
    """
    name = draw(_NAMES)
    call: Message = {
        "role": "assistant",
        "content": draw(_TEXTS_OR_NONE),
        "function_call": {"name": name, "arguments": "{}"},
    }
    return [call, {"role": "function", "name": name, "content": draw(_TEXTS_OR_NONE)}]


def conversations(
    *, max_turns: int = 4, images: bool = True, calls: bool = True
) -> SearchStrategy[list[Message]]:
    """Coherent lists of messages that begin with a user message, or a system message before it.

    With `calls` the assistant may call tools and functions, and each call has its result. Shrinks to one user
    message with the content "0".
    """
    user = user_messages(images=images)
    turns: list[SearchStrategy[list[Message]]] = [_alone(user), _alone(assistant_messages())]
    if calls:
        turns += [tool_exchanges(), function_exchanges()]
    opening = st.one_of(_alone(user), st.tuples(system_messages(), user).map(list))
    following = st.lists(st.one_of(turns), max_size=max_turns - 1)
    return st.builds(
        lambda first, rest: [*first, *(message for turn in rest for message in turn)], opening, following
    )


def _alone(strategy: SearchStrategy[Message]) -> SearchStrategy[list[Message]]:
    return strategy.map(lambda message: [message])


def _messages(role: str, contents: SearchStrategy[Json]) -> SearchStrategy[Message]:
    return fragments(
        required={"role": st.just(role), "content": contents},
        optional={"name": function_names(max_size=12)},
    )


# Making a strategy takes longer than drawing from it, so that strategies drawn inside others are made once.
_NAMES = function_names(max_size=12)
_ARGUMENTS = st.sampled_from(["{}", '{"a": 1}'])
_TEXTS_OR_NONE = st.none() | texts()
_TEXT_CONTENTS: SearchStrategy[Json] = st.one_of(
    texts(), cast("SearchStrategy[Json]", st.lists(text_parts(), min_size=1, max_size=2))
)
