"""Requests to an operation of any document, with the limits of its fields well represented.

>>> from hypothesis import given, settings
>>> from aoai_strategies import requests_for
>>> @settings(max_examples=20, database=None, deadline=None)
... @given(requests_for("embeddings_create", document="azure-openai@2024-10-21"))
... def test_my_gateway(body):
...     assert body["input"]  # send the body to your server instead
>>> test_my_gateway()
"""

from __future__ import annotations

import base64
from typing import cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from aoai_model.serialization import Json
from aoai_specs.catalogue import DEFAULT_SURFACE, Catalogue
from aoai_specs.document import Document
from aoai_specs.schemas.shapes import Shape, request_shape
from aoai_strategies.errors import NoRequestBodyError
from aoai_strategies.generation.by_schema import instances
from aoai_strategies.generation.fragments import fragments
from aoai_strategies.generation.generating import fit, valid_bodies
from aoai_strategies.generation.parameters import texts
from aoai_strategies.points.coherence import is_coherent
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.editing import body_value
from aoai_strategies.requests.media import AUDIO_FILES

Body = dict[str, Json]

#: The limits of numbers where a document states none in its schema.
_LIMITS = {"temperature": (0, 2), "top_p": (0, 1), "n": (1, 128), "presence_penalty": (-2, 2)}
_LIMITS["frequency_penalty"] = _LIMITS["presence_penalty"]
_MOST_STOPS = 4
_VOICES = ("alloy", "echo", "fable", "onyx", "nova", "shimmer")
_FORMATS = ("wav", "mp3", "flac", "opus", "pcm16")


def requests_for(
    operation_id: str, *, document: Document | str | None = None, surface: str = DEFAULT_SURFACE
) -> SearchStrategy[Json]:
    """Bodies that a document admits for an operation; a form is an object of its fields.

    `document` is a document, a name such as `azure-openai@2024-10-21`, or an api-version of the `surface`
    (None: its newest dated GA version). For chats, about half of the bodies have one or more of these, as far
    as the document has them: stop lists of every size, numbers at their limits, developer messages, audio in
    and out, a prediction, data sources. Shrinks to the required fields. Raises UnknownNameError for an
    unknown document or operation, and NoRequestBodyError for an operation without a body.
    """
    described = _document(document, surface)
    operation = described.operation(operation_id)
    shape = request_shape(operation)
    if shape is None:
        raise NoRequestBodyError(f"The operation {operation.id} has no request body.")
    requests = RequestBuilder(operation)
    plain = valid_bodies(requests)
    if operation.kind != "chat":
        return plain
    features = _chat_features(shape, requests)
    chosen = fragments(optional=features)
    return st.one_of(
        plain,
        st.builds(_joined, cast("SearchStrategy[Body]", plain), chosen)
        .map(lambda body: fit(requests, body))
        .filter(lambda body: requests.admits(body) and is_coherent(operation.kind, body)),
    )


def _document(document: Document | str | None, surface: str) -> Document:
    if isinstance(document, Document):
        return document
    catalogue = Catalogue.packaged()
    return catalogue.load(document or str(catalogue.newest_stable(surface)), surface=surface)


def _chat_features(shape: Shape, requests: RequestBuilder) -> dict[str, SearchStrategy[Json]]:
    """The fields, and the messages, of chats that are drawn with their limits, by name."""
    known = shape.properties
    features = {name: _numbers(known[name], name) for name in _LIMITS if name in known}
    if "stop" in known:
        features["stop"] = _stops(requests)
    if "modalities" in known:
        features["modalities"] = st.just(["text", "audio"])
    if "audio" in known:
        voices: dict[str, SearchStrategy[Json]] = {
            "voice": st.sampled_from(_VOICES),
            "format": st.sampled_from(_FORMATS),
        }
        features["audio"] = fragments(required=voices).map(lambda found: cast("Json", found))
    if "prediction" in known:
        parts = st.lists(texts().map(lambda text: {"type": "text", "text": text}), min_size=1, max_size=2)
        contents = st.one_of(texts(), cast("SearchStrategy[Json]", parts))
        features["prediction"] = contents.map(lambda content: {"type": "content", "content": content})
    if "data_sources" in known:
        features["data_sources"] = instances(known["data_sources"], "data_sources", "chat").filter(
            _is_not_empty
        )
    if _admits_message(requests, {"role": "developer", "content": "Be brief."}):
        features[_DEVELOPER] = texts().map(lambda text: {"role": "developer", "content": text})
    if _admits_message(requests, _spoken_message("wav")):
        features[_SPOKEN] = st.sampled_from(["wav"]).map(_spoken_message)
    return features


#: The names of features that add a message.
_DEVELOPER, _SPOKEN = "(developer message)", "(spoken message)"


def _is_not_empty(value: Json) -> bool:
    # as a function, since Hypothesis 6 fails to rewrite `filter(bool)` for lists of at most two
    return bool(value)


def _spoken_message(name: str) -> Json:
    data = base64.b64encode(AUDIO_FILES[name].content).decode("ascii")
    heard: Json = {"type": "input_audio", "input_audio": {"data": data, "format": name}}
    return {"role": "user", "content": [heard]}


def _admits_message(requests: RequestBuilder, message: Json) -> bool:
    base = body_value(requests.base.body)
    return isinstance(base, dict) and requests.admits({**base, "messages": [message]})


def _numbers(shape: Shape, name: str) -> SearchStrategy[Json]:
    """Numbers of a field: often one of its limits."""
    low, high = _LIMITS[name]
    least, most = shape.value("minimum"), shape.value("maximum")
    low, high = low if least is None else least, high if most is None else most
    limits: SearchStrategy[Json] = st.sampled_from([low, high])
    if name == "n":
        return st.one_of(limits, st.integers(low, high))
    return st.one_of(limits, st.floats(low, high, allow_nan=False))


def _stops(requests: RequestBuilder) -> SearchStrategy[Json]:
    """One sequence, or a list of each size that the document admits, each as likely as the others."""
    base = body_value(requests.base.body)
    sequence = texts(max_size=8)
    ways: list[SearchStrategy[Json]] = []
    for size in range(_MOST_STOPS + 1):
        example: list[Json] = [str(number) for number in range(size)]
        if isinstance(base, dict) and requests.admits({**base, "stop": example}):
            several = st.lists(sequence, min_size=size, max_size=size, unique=True)
            ways.append(cast("SearchStrategy[Json]", several))
    if isinstance(base, dict) and requests.admits({**base, "stop": "0"}):
        ways.insert(0, sequence)
    return st.one_of(ways)


def _joined(body: Body, features: Body) -> Body:
    """The body with features, each with what it needs."""
    added = dict(features)
    messages = list(cast("list[Json]", body.get("messages", [])))
    if _DEVELOPER in added:
        messages.insert(0, added.pop(_DEVELOPER))
    if _SPOKEN in added:
        messages.append(added.pop(_SPOKEN))
    if "audio" in added or "modalities" in added:
        added.setdefault("modalities", ["text", "audio"])
        added.setdefault("audio", {"voice": "alloy", "format": "wav"})
    response_format = body.get("response_format")
    if isinstance(response_format, dict) and str(response_format.get("type", "")).startswith("json"):
        added.pop("stop", None)
    return {**body, **added, "messages": messages}
