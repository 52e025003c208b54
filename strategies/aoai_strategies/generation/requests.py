"""Hypothesis strategies for whole request bodies, valid by construction, including relations between fields.

Fields that depend on each other are drawn together as one fragment of the body. Every optional fragment
shrinks to an empty one, so that a failing request shrinks to the fields that make it fail.
"""

from __future__ import annotations

from typing import cast

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from aoai_model.case import MultipartBody
from aoai_model.serialization import Json
from aoai_strategies.generation.dialogues import conversations
from aoai_strategies.generation.fragments import fragments
from aoai_strategies.generation.parameters import (
    choice_counts,
    logit_biases,
    penalties,
    seeds,
    stop_sequences,
    temperatures,
    texts,
    token_limits,
    top_ps,
    users,
)
from aoai_strategies.generation.tooling import (
    function_lists,
    response_formats,
    tool_lists,
    transcript_formats,
)
from aoai_strategies.points.field_dependencies import ASKING_FOR_JSON, JSON_ROOM
from aoai_strategies.requests.editing import file_value, to_form
from aoai_strategies.requests.media import AUDIO_FILES

Body = dict[str, Json]


def chat_requests(
    *, max_turns: int = 3, max_choices: int = 3, images: bool = True, streamed: bool | None = None
) -> SearchStrategy[Body]:
    """Bodies of chat completions.

    `streamed` fixes whether the response is a stream (None: either). Every body limits its response to at
    most 64 tokens. Shrinks to one message of the user with the content "0" and `max_tokens` 1.
    """
    return st.builds(
        _chat_body,
        conversations(max_turns=max_turns, images=images),
        _chat_limits(),
        _sampling(),
        _streaming(streamed),
        fragments(optional={"n": _nullable(choice_counts(maximum=max_choices)), "user": users()}),
        _chat_logprobs(),
        _calling(),
        fragments(optional={"response_format": cast("SearchStrategy[Json]", response_formats())}),
    )


def completion_requests(*, max_choices: int = 3, streamed: bool | None = None) -> SearchStrategy[Body]:
    """Bodies of text completions. Shrinks to the prompt "0" and `max_tokens` 1."""
    return st.builds(
        _merged,
        fragments(required={"prompt": _prompts(), "max_tokens": token_limits()}),
        _sampling(),
        _completion_choices(max_choices, streamed),
        fragments(optional={"logprobs": _nullable(st.integers(0, 5)), "user": users()}),
        st.one_of(
            fragments(optional={"echo": _nullable(st.booleans())}),
            fragments(optional={"suffix": _nullable(texts(max_size=8))}),
        ),
    )


def embedding_requests(*, max_inputs: int = 4) -> SearchStrategy[Body]:
    """Bodies of embeddings, with one text or up to `max_inputs` of them. Shrinks to the input "0"."""
    inputs: SearchStrategy[Json] = st.one_of(
        texts(), cast("SearchStrategy[Json]", st.lists(texts(), min_size=1, max_size=max_inputs))
    )
    optional: dict[str, SearchStrategy[Json]] = {
        "encoding_format": st.sampled_from([None, "float", "base64"]),
        "dimensions": _nullable(st.integers(min_value=1, max_value=256)),
        "user": users(),
        "input_type": st.just("query"),
    }
    return fragments(required={"input": inputs}, optional=optional)


def image_requests(*, max_prompt: int = 40) -> SearchStrategy[Body]:
    """Bodies of image generations; one image, as the service allows. Shrinks to the prompt "0"."""
    optional: dict[str, SearchStrategy[Json]] = {
        "n": st.just(1),
        "size": st.sampled_from(["1024x1024", "1792x1024", "1024x1792"]),
        "response_format": st.sampled_from(["url", "b64_json"]),
        "quality": st.sampled_from(["standard", "hd"]),
        "style": st.sampled_from(["vivid", "natural"]),
        "user": users(),
    }
    prompts = texts(max_size=min(max_prompt, 4000))
    return fragments(required={"prompt": prompts}, optional=optional)


def speech_requests(*, max_input: int = 40) -> SearchStrategy[Body]:
    """Bodies of speech; the text is never empty. Shrinks to the input "0" and alloy."""
    letters = st.sampled_from("0abcdefghijklmnopqrstuvwxyz ,.")
    inputs = st.text(letters, min_size=1, max_size=max_input).filter(lambda text: text[0].isalnum())
    required: dict[str, SearchStrategy[Json]] = {
        "input": inputs,
        "voice": st.sampled_from(["alloy", "echo", "fable", "onyx", "nova", "shimmer"]),
        "model": st.sampled_from(["tts-1", "tts-1-hd"]),
    }
    optional: dict[str, SearchStrategy[Json]] = {
        "response_format": st.sampled_from(["mp3", "opus", "aac", "flac", "wav", "pcm"]),
        "speed": st.floats(min_value=0.25, max_value=4, allow_nan=False),
    }
    return fragments(required=required, optional=optional)


def audio_uploads() -> SearchStrategy[Body]:
    """Audio files of about one second, as the value of a form's `file`. Shrinks to WAV."""
    return st.sampled_from(sorted(AUDIO_FILES, key=lambda name: name != "wav")).map(
        lambda name: file_value(AUDIO_FILES[name])
    )


def transcription_requests() -> SearchStrategy[MultipartBody]:
    """Forms of audio transcriptions. Shrinks to a WAV file alone."""
    return _audio_forms({"language": st.sampled_from(["en", "de", "fr", "ja"])})


def translation_requests() -> SearchStrategy[MultipartBody]:
    """Forms of audio translations. Shrinks to a WAV file alone."""
    return _audio_forms({})


def _audio_forms(more: dict[str, SearchStrategy[Json]]) -> SearchStrategy[MultipartBody]:
    # control characters could be mistaken for the line ends of a form
    prompts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    optional: dict[str, SearchStrategy[Json]] = {
        "response_format": transcript_formats(),
        "temperature": temperatures(maximum=1.0),
        "prompt": prompts,
        **more,
    }
    files = cast("SearchStrategy[Json]", audio_uploads())
    return fragments(required={"file": files}, optional=optional).map(to_form)


def _merged(*fragments: Body) -> Body:
    return {name: value for fragment in fragments for name, value in fragment.items()}


def _chat_body(conversation: list[Body], *fragments: Body) -> Body:
    body = _merged({"messages": cast("Json", conversation)}, *fragments)
    response_format = body.get("response_format")
    if isinstance(response_format, dict) and str(response_format.get("type", "")).startswith("json"):
        messages: list[Json] = [*conversation, {"role": "user", "content": ASKING_FOR_JSON}]
        body["messages"] = messages
        limit = "max_tokens" if "max_tokens" in body else "max_completion_tokens"
        body[limit] = JSON_ROOM
        body.pop("stop", None)
    return body


def _nullable(strategy: SearchStrategy[Json]) -> SearchStrategy[Json]:
    return st.one_of(strategy, st.none())


def _prompts() -> SearchStrategy[Json]:
    several = st.lists(texts(), min_size=1, max_size=2)
    return st.one_of(texts(), cast("SearchStrategy[Json]", several))


def _sampling() -> SearchStrategy[Body]:
    return fragments(
        optional={
            "temperature": _nullable(temperatures()),
            "top_p": _nullable(top_ps()),
            "presence_penalty": _nullable(penalties()),
            "frequency_penalty": _nullable(penalties()),
            "seed": _nullable(seeds()),
            "stop": _nullable(stop_sequences()),
            "logit_bias": _nullable(cast("SearchStrategy[Json]", logit_biases())),
        }
    )


def _chat_limits() -> SearchStrategy[Body]:
    return st.one_of(
        token_limits().map(lambda limit: cast("Body", {"max_tokens": limit})),
        token_limits().map(lambda limit: cast("Body", {"max_completion_tokens": limit})),
    )


def _streaming(streamed: bool | None) -> SearchStrategy[Body]:
    plain: list[Body] = [{}, {"stream": False}, {"stream": None}, {"stream_options": None}]
    stream: list[Body] = [
        {"stream": True},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"stream": True, "stream_options": {"include_usage": False}},
        {"stream": True, "stream_options": {}},
    ]
    allowed = plain + stream if streamed is None else stream if streamed else plain
    return st.sampled_from(allowed).map(dict)


def _chat_logprobs() -> SearchStrategy[Body]:
    unranked: list[Body] = [{}, {"logprobs": False}, {"logprobs": None}, {"logprobs": True}]
    ranked = st.integers(min_value=0, max_value=20).map(
        lambda count: cast("Body", {"logprobs": True, "top_logprobs": count})
    )
    return st.one_of(st.sampled_from(unranked).map(dict), ranked)


def _one_of(*words: str) -> SearchStrategy[str]:
    return st.sampled_from(words)


# Making a strategy takes longer than drawing from it, so that strategies drawn inside others are made once.
_TOOL_LISTS, _FUNCTION_LISTS = tool_lists(), function_lists()
_MANNERS = _one_of("none", "tools", "functions")
_TOOL_CHOICES = _one_of("", "none", "auto", "required", "named")
_FUNCTION_CHOICES = _one_of("", "none", "auto", "named")
_PARALLEL = _one_of("", "no", "yes")
_SEVERAL_OR_BEST = _one_of("some", "best")


@st.composite
def _calling(draw: DrawFn) -> Body:
    """Tools and the choice among them, or functions in the deprecated form, or neither."""
    manner = draw(_MANNERS)
    if manner == "none":
        return {}
    if manner == "tools":
        tools = draw(_TOOL_LISTS)
        body: Body = {"tools": cast("Json", tools)}
        choice = draw(_TOOL_CHOICES)
        if choice == "named":
            named = cast("dict[str, Json]", tools[draw(st.integers(0, len(tools) - 1))]["function"])
            body["tool_choice"] = {"type": "function", "function": {"name": named["name"]}}
        elif choice:
            body["tool_choice"] = choice
        parallel = draw(_PARALLEL)
        return body | ({"parallel_tool_calls": parallel == "yes"} if parallel else {})
    functions = draw(_FUNCTION_LISTS)
    body = {"functions": cast("Json", functions)}
    choice = draw(_FUNCTION_CHOICES)
    if choice == "named":
        body["function_call"] = {"name": functions[draw(st.integers(0, len(functions) - 1))]["name"]}
    elif choice:
        body["function_call"] = choice
    return body


def _completion_choices(max_choices: int, streamed: bool | None) -> SearchStrategy[Body]:
    """How many texts to generate and to return, and whether to stream them; best_of cannot be streamed."""
    several = fragments(optional={"n": choice_counts(maximum=max_choices)})
    streaming = _streaming(streamed)

    @st.composite
    def completion_choices(draw: DrawFn) -> Body:
        choices = draw(several)
        if streamed is not True and draw(_SEVERAL_OR_BEST) == "best":
            least = cast("int", choices.get("n", 1))
            best_of: Body = {"best_of": draw(st.integers(least, max(least, max_choices)))}
            return {**choices, **best_of}
        return {**choices, **draw(streaming)}

    return completion_choices()
