"""Reject what the model of a deployment rejects, with the messages of the real service.

`model_refusals` come before an operation's own relations, since the service checks a request for the model
first. `outcome_refusals` come after them, since they depend on what is generated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from aoai_emulator.content.cues import Cue, cues
from aoai_emulator.content.filters import filtered_severities
from aoai_emulator.http.model_capabilities import incapable
from aoai_emulator.http.rejections import Rejection, empty_rejection, invalid_request, picture_filtered
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.models.model_traits import NO_TRAITS, RejectedField
from aoai_emulator.operations.embeddings import inputs

_LIMITS = ("max_completion_tokens", "max_tokens")
_SOUNDS = ("input_audio", "audio_url")


def model_rejections(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection for each part of a request that the deployment's model rejects."""
    traits = request.deployment.traits
    if traits is NO_TRAITS:
        return
    if traits.rejected_fields:
        yield from _fields(request)
    for check in _CHECKS.get(request.kind, ()):
        yield from check(request)


def outcome_rejections(request: AcceptedRequest) -> Sequence[Rejection]:
    """Return a rejection if a reasoning model spends its whole limit before it can respond."""
    least = request.deployment.traits.least_completion_tokens
    limit = _limit(request) if least else None
    if limit is None or limit[1] >= least:
        return ()
    return (
        invalid_request(
            "Could not finish the message because max_tokens or model output limit was reached. "
            "Please try again with higher max_tokens.",
            code=None,
        ),
    )


def as_the_model_says(rejections: Iterable[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """Yield the rejections of a schema; some models reject a missing file without a body."""
    deployment = request.deployment
    is_silent = deployment is not None and deployment.traits.no_file == "empty body"
    for rejection in rejections:
        is_file = rejection.keyword == "required" and rejection.param == "file"
        silent = is_silent and is_file and request.settings.flavour == "azure"
        yield empty_rejection(400, rejection.message) if silent else rejection


def _fields(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield fields that the model does not know first, all in one error, then the others one by one."""
    found = list(_rejected(request))
    if not found:
        return
    joined = [(rejected, value) for rejected, value in found if rejected.wording.joins]
    if joined:
        names = sorted(rejected.field for rejected, _ in joined)
        rejected, value = joined[0]
        wording = rejected.wording
        message = (wording.several if len(names) > 1 else wording.message).format(field=", ".join(names))
        yield _rejection(request, rejected, value, message)
    for rejected, value in found:
        if not rejected.wording.joins:
            yield _rejection(request, rejected, value, rejected.message(value, request.deployment.model))


def _rejected(request: AcceptedRequest) -> Iterator[tuple[RejectedField, Any]]:
    traits = request.deployment.traits
    reasons = traits.reasons(request.fields.get("reasoning_effort"))
    for rejected in traits.rejected_fields:
        if rejected.on and request.kind not in rejected.on:
            continue
        if rejected.while_reasoning and not reasons:
            continue
        value = _value(request.fields, rejected.field)
        if value is not None and rejected.rejects(value):
            yield rejected, value


def _value(fields: Any, path: str) -> Any:
    for name in path.split("."):
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields


def _rejection(request: AcceptedRequest, rejected: RejectedField, value: Any, message: str) -> Rejection:
    wording = rejected.wording
    if request.document.name.surface == "ai-model-inference":
        return incapable(request, rejected.field, value, message)
    return Rejection(wording.status, wording.code, message, form=wording.form, param=rejected.param)


def _roles(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield rejections of message roles that the model does not support."""
    if not request.deployment.traits.rejected_roles:
        return
    for index, message in enumerate(request.fields["messages"]):
        role = message["role"]
        if role in request.deployment.traits.rejected_roles:
            param = f"messages[{index}].role"
            yield incapable(
                request,
                param,
                role,
                f"Unsupported value: '{param}' does not support '{role}' with this model.",
            )


def _images(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield rejections of images for models without vision."""
    if request.deployment.traits.takes_images:
        return
    for message, part, kind in _parts(request):
        if kind == "image_url":
            yield incapable(
                request,
                f"messages.[{message}].content.[{part}].type",
                kind,
                "Invalid content type. image_url is only supported by certain models.",
                code=None,
            )


def _sounds(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield rejections of audio that a model does not support, and of missing audio for audio models."""
    traits = request.deployment.traits
    recordings = [(message, kind) for message, _, kind in _parts(request) if kind in _SOUNDS]
    for message, kind in () if traits.takes_sound else recordings:
        yield incapable(
            request,
            f"messages[{message}]",
            kind,
            f"Invalid 'messages[{message}]'. "
            "Content blocks are expected to be either text or image_url type.",
            code="invalid_value",
        )
    if traits.needs_sound and not recordings and "audio" not in request.fields.get("modalities", ()):
        yield incapable(
            request,
            "model",
            request.deployment.model,
            "This model requires that either input content or output modality contain audio.",
            code="invalid_value",
        )


def _parts(request: AcceptedRequest) -> Iterator[tuple[int, int, str]]:
    """Yield the position and type of each part of the user messages."""
    for index, message in enumerate(request.fields["messages"]):
        content = message.get("content")
        if message["role"] == "user" and isinstance(content, list):
            yield from ((index, place, part["type"]) for place, part in enumerate(content))


def _too_large_limits(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield rejections of limits that exceed what the model can generate."""
    most, limit = request.deployment.traits.most_completion_tokens, _limit(request)
    if most is not None and limit is not None and limit[1] > most:
        param, wanted = limit
        yield incapable(
            request,
            param,
            wanted,
            f"max_tokens is too large: {wanted}. This model supports at most {most} completion tokens, "
            f"whereas you provided {wanted}.",
            code="invalid_value",
        )


def _limit(request: AcceptedRequest) -> tuple[str, int] | None:
    """Return the token limit that a request sets, with the name of its field."""
    if request.kind not in ("chat", "extension-chat"):
        return None
    return next(((name, request.fields[name]) for name in _LIMITS if name in request.fields), None)


def _together(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield rejections of fields that the model does not accept together."""
    for first, second in request.deployment.traits.separate:
        if request.fields.get(first) and request.fields.get(second) is not None:
            yield incapable(
                request,
                first,
                request.fields[first],
                f"Setting '{first}' and '{second}' at the same time is not supported for this model.",
                code=None,
                named=False,
            )


def _many_inputs(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection of more inputs than the model embeds in one request."""
    most = request.deployment.traits.most_inputs
    wanted = len(inputs(request.fields))
    if most is not None and wanted > most:
        yield incapable(
            request,
            "input",
            wanted,
            f"Too many inputs. The max number of inputs is {most}.  We hope to increase the number of inputs "
            "per request soon. Please contact us through an Azure support request at: "
            "https://go.microsoft.com/fwlink/?linkid=2213926 for further questions.",
            code=None,
            named=False,
        )


def _filtered_prompts(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection of an image prompt that the content filter blocks."""
    prompt = str(request.fields.get("prompt", ""))
    if request.deployment.traits.filters and Cue.PROMPT_FILTERED in cues([prompt]):
        yield picture_filtered(filtered_severities())


_CHAT = (_roles, _images, _sounds, _too_large_limits)
_CHECKS: Mapping[str, tuple[Callable[[AcceptedRequest], Iterator[Rejection]], ...]] = MappingProxyType(
    {
        "chat": _CHAT,
        "extension-chat": _CHAT,
        "completions": (_together,),
        "embeddings": (_many_inputs,),
        "images": (_filtered_prompts,),
    }
)
