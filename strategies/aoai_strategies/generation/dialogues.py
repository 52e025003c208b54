"""Hypothesis strategies for messages and for conversations that make sense: each call has its answer."""

from __future__ import annotations

from functools import cache
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
    """Parts of a message that are text. Shrinks to the text "0"."""
    return texts().map(lambda text: {"type": "text", "text": text})


def image_parts() -> SearchStrategy[dict[str, Json]]:
    """Parts of a user's message that are a small picture. Shrinks to a picture without a level of detail."""

    def picture(detail: str | None) -> dict[str, Json]:
        address: dict[str, Json] = {"url": PNG_DATA_URL}
        if detail is not None:
            address["detail"] = detail
        return {"type": "image_url", "image_url": address}

    return st.sampled_from([None, "auto", "low", "high"]).map(picture)


def content_parts(*, images: bool = True) -> SearchStrategy[dict[str, Json]]:
    """Parts of a user's message: text, and pictures unless `images` is off. Shrinks to the text "0"."""
    return st.one_of(text_parts(), image_parts()) if images else text_parts()


def system_messages() -> SearchStrategy[Message]:
    """Messages of the system. Shrinks to the content "0"."""
    return _messages("system", _text_contents())


def user_messages(*, images: bool = True) -> SearchStrategy[Message]:
    """Messages of the user. Shrinks to the content "0"."""
    parts = st.lists(content_parts(images=images), min_size=1, max_size=3)
    return _messages("user", st.one_of(texts(), parts))


def assistant_messages() -> SearchStrategy[Message]:
    """Messages of the assistant that make no call: text, parts of text, or one refusal.

    Shrinks to the content "0".
    """
    refusals = texts().map(lambda text: [cast("Json", {"type": "refusal", "refusal": text})])
    return _messages("assistant", st.one_of(_text_contents(), refusals))


def messages(*, images: bool = True) -> SearchStrategy[Message]:
    """Messages that may stand alone: a user's, the system's or the assistant's.

    Shrinks to a user's message with the content "0".
    """
    return st.one_of(user_messages(images=images), system_messages(), assistant_messages())


@st.composite
def tool_exchanges(draw: DrawFn, *, max_calls: int = 3) -> list[Message]:
    """An assistant's message with 1 to `max_calls` calls of tools, and the answer to each of them.

    Shrinks to one call of the function "0" that is answered with "0".
    """
    count = draw(_up_to(max_calls))
    ids = [f"call_{number}" for number in range(1, count + 1)]
    calls: list[Json] = [
        {
            "id": call_id,
            "type": "function",
            "function": {
                "name": draw(_names()),
                "arguments": draw(_arguments()),
            },
        }
        for call_id in ids
    ]
    asking: Message = {"role": "assistant", "content": draw(_texts_or_none()), "tool_calls": calls}
    answers: list[Message] = [
        {"role": "tool", "tool_call_id": call_id, "content": draw(_text_contents())} for call_id in ids
    ]
    return [asking, *answers]


@st.composite
def function_exchanges(draw: DrawFn) -> list[Message]:
    """An assistant's message with one call in the deprecated form, and its answer.

    Shrinks to a call of the function "0" that is answered with null.
    """
    name = draw(_names())
    asking: Message = {
        "role": "assistant",
        "content": draw(_texts_or_none()),
        "function_call": {"name": name, "arguments": "{}"},
    }
    return [asking, {"role": "function", "name": name, "content": draw(_texts_or_none())}]


def conversations(
    *, max_turns: int = 4, images: bool = True, calls: bool = True
) -> SearchStrategy[list[Message]]:
    """Lists of messages that begin with the user's, or with the system's before it, and make sense.

    `calls` lets the assistant call tools and functions, each call being answered. Shrinks to one message of
    the user with the content "0".
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


# To make a strategy takes longer than to draw from it, so that what is drawn inside another is made once.
_names = cache(lambda: function_names(max_size=12))
_arguments = cache(lambda: st.sampled_from(["{}", '{"a": 1}']))
_texts_or_none = cache(lambda: st.none() | texts())


@cache
def _up_to(most: int) -> SearchStrategy[int]:
    return st.integers(min_value=1, max_value=most)


@cache
def _text_contents() -> SearchStrategy[Json]:
    parts = st.lists(text_parts(), min_size=1, max_size=2)
    return st.one_of(texts(), cast("SearchStrategy[Json]", parts))


def _messages(role: str, contents: SearchStrategy[Json]) -> SearchStrategy[Message]:
    return fragments(
        required={"role": st.just(role), "content": contents},
        optional={"name": function_names(max_size=12)},
    )
