"""The model inference surface of the independent server: info, vectors of texts and images, unknown fields.

And the two lists of 2024-06-01, of models and of deployments.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import time
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from checks import Checks, RefusedError

KNOWN = ("input", "dimensions", "encoding_format", "input_type", "model")
DATA_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]+")
FORMATS = ("base64", "binary", "float", "int8", "ubinary", "uint8")


def info(on: Collection[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "model_name": "tiny-1", "model_type": "chat-completion", "model_provider_name": "Independent",
    }  # fmt: skip
    if "lawful-other-type" in on:
        fields["model_type"] = "text-generation"
    if "lawful-more-info" in on:
        fields["model_version"] = 3
    for name in list(fields):
        if f"info-without-{name}" in on:
            fields.pop(name)
        if f"info-empty-{name}" in on:
            fields[name] = ""
        if f"info-null-{name}" in on:
            fields[name] = None
    if "info-type-number" in on:
        fields["model_type"] = 3
    return fields


def vectors(
    body: dict[str, Any], headers: Mapping[str, str], kind: str, switches: Collection[str]
) -> dict[str, Any]:
    """Return vectors of texts or of images. Raises RefusedError."""
    on = {name.removeprefix("inference/") for name in switches if name.startswith("inference/")}
    c = Checks(switches, "inference")
    _extras(body, headers, on)
    inputs = c.items(body, "input", required=True) or []
    for one in inputs:
        if kind == "image-embeddings":
            _image(c, one)
        elif not isinstance(one, str) and not c.bent("untyped", "input.items"):
            raise RefusedError("input holds something else than text", "input")
    size = c.integer(body, "dimensions", 1) or 24
    if size > 4096:
        raise RefusedError("the model has at most 4096 dimensions", "dimensions", status=422)
    size = 24 if "dimensions-ignored" in on else size
    form = c.text(body, "encoding_format") or "float"
    if form not in FORMATS and not c.bent("open", "encoding_format"):
        raise RefusedError("encoding_format is unknown", "encoding_format", status=422)
    for name in ("input_type", "model"):
        c.text(body, name)
    if body.get("model") == "no-such-model" and not c.bent("open", "model"):
        raise RefusedError("there is no such model", "model", status=404, code="unknown_model")
    data = [
        {"index": at, "object": "embedding", "embedding": _vector(one, size, form, on)}
        for at, one in enumerate(inputs)
    ]
    if "one-vector-short" in on and len(data) > 1:
        data.pop()
    if "indices-zero" in on:
        data = [{**one, "index": 0} for one in data]
    if "vectors-swapped" in on and len(data) > 1:
        data[0]["embedding"], data[-1]["embedding"] = data[-1]["embedding"], data[0]["embedding"]
    if "vectors-reversed" in on:
        data.reverse()
    tokens = sum(len(str(one)) // 4 + 1 for one in inputs)
    fields: dict[str, Any] = {
        "id": uuid.uuid4().hex, "object": "list", "model": "tiny-1", "data": data,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }  # fmt: skip
    for name in ("id", "object", "model", "usage"):
        if f"vectors-without-{name}" in on:
            fields.pop(name)
    if "usage-total-more" in on:
        fields["usage"]["total_tokens"] += 5
    if "lawful-completion-tokens" in on:
        fields["usage"]["completion_tokens"] = 0
    return fields


def _extras(body: dict[str, Any], headers: Mapping[str, str], on: Collection[str]) -> None:
    unknown = [name for name in body if name not in KNOWN]
    wish = headers.get("extra-parameters", "error")
    if "extras-default-drop" in on and "extra-parameters" not in headers:
        wish = "drop"
    if "extras-error-dropped" in on and wish == "error":
        wish = "drop"
    if "extras-drop-refused" in on and wish == "drop":
        wish = "error"
    if "extras-pass-refused" in on and wish == "pass-through":
        wish = "error"
    if not unknown or wish in ("drop", "pass-through"):
        if unknown and wish == "pass-through" and "lawful-model-refuses-extras" in on:
            raise RefusedError(f"the model does not know {unknown[0]}", unknown[0], status=400)
        return
    if wish != "error" and "lawful-unknown-wish-dropped" in on:
        return
    status = 500 if "extras-500" in on else 422 if "lawful-extras-422" in on else 400
    raise RefusedError("Extra inputs are not permitted", unknown[0], status=status, code="extra_forbidden")


def _image(c: Checks, one: Any) -> None:
    if not isinstance(one, dict):
        if c.bent("untyped", "input.items"):
            return
        raise RefusedError("input holds something else than images", "input")
    image = c.text(one, "image", field="input.image", required=True) or ""
    wrong = "image" in one and not DATA_URL.fullmatch(image)
    c.unless("image-pattern", wrong, "an image is a data URL", "input")
    c.text(one, "text", field="input.text")


def _vector(one: Any, size: int, form: str, on: Collection[str]) -> Any:
    seed = hashlib.sha256(repr(one).encode()).digest()
    if "base64-of-another" in on and form == "base64":
        seed = hashlib.sha256(b"x").digest()
    values = [(seed[at % 32] + at % 7) / 256 - 0.5 for at in range(size)]
    if "unsteady" in on:
        values[0] = time.perf_counter() % 1
    if "one-dimension-more" in on:
        values.append(0.25)
    length = sum(value * value for value in values) ** 0.5 or 1.0
    if "lawful-not-unit" not in on:
        values = [value / length for value in values]
    if form == "base64" and "base64-ignored" not in on:
        return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    if "float-always-base64" in on:
        return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    values = [struct.unpack("<f", struct.pack("<f", value))[0] for value in values]
    if form == "int8":
        return [
            max(-128, min(127, round(value * 127))) + (300 if "int8-beyond" in on else 0) for value in values
        ]
    if form == "uint8":
        return [max(0, min(255, round(value * 127 + 128))) for value in values]
    if form in ("binary", "ubinary"):
        bits = [value > 0 for value in values]
        packed = [
            sum(bit << (7 - n) for n, bit in enumerate(bits[at : at + 8])) for at in range(0, len(bits), 8)
        ]
        return packed if form == "ubinary" else [value - 128 for value in packed]
    return values


# ----------------------------------------------------------------------- lists


def models(on: Collection[str]) -> dict[str, Any]:
    listed: list[dict[str, Any]] = [
        {
            "id": name,
            "object": "model",
            "created": 1_700_000_000 + at,
            "owned_by": "independent",
            "lifecycle_status": "generally-available",
            "capabilities": {
                "chat_completion": True,
                "completion": False,
                "embeddings": False,
                "fine_tune": False,
                "inference": True,
            },
            "deprecation": {"inference": 1_900_000_000},
        }
        for at, name in enumerate(("tiny-1", "tiny-2", "mapper-1"))
    ]
    if "lawful-bare-models" in on:
        listed = [{name: one[name] for name in ("id", "object", "created")} for one in listed]
    if "lawful-preview" in on:
        listed[0]["lifecycle_status"] = "preview"
    if "lawful-no-models" in on:
        listed = []
    if "models-twice" in on:
        listed *= 2
    if "models-change" in on:
        listed[0]["id"] = f"tiny-{uuid.uuid4().hex[:4]}"
    for name in ("id", "object", "created"):
        if f"model-without-{name}" in on:
            listed[0].pop(name)
    if "model-created-text" in on:
        listed[0]["created"] = "2024-01-01"
    if "model-lifecycle-unknown" in on:
        listed[0]["lifecycle_status"] = "old"
    if "model-capability-text" in on:
        listed[0]["capabilities"]["inference"] = "yes"
    if "model-created-milliseconds" in on:
        listed[0]["created"] *= 1000
    if "models-without-object" in on:
        return {"data": listed}
    if "models-as-value" in on:
        return {"object": "list", "value": listed}
    return {"object": "list", "data": listed}


def deployments(on: Collection[str]) -> dict[str, Any]:
    listed: list[dict[str, Any]] = [
        {
            "id": name,
            "object": "deployment",
            "model": model,
            "status": "succeeded",
            "owner": "independent",
            "created_at": 1_700_000_000,
            "updated_at": 1_700_000_100,
            "scale_settings": {"scale_type": "standard"},
        }
        for name, model in (("talker", "tiny-1"), ("mapper", "mapper-1"))
    ]
    if "lawful-bare-deployments" in on:
        listed = [{name: one[name] for name in ("id", "object", "model", "status")} for one in listed]
    if "lawful-model-with-version" in on:
        listed[0]["model"] = "tiny-1-2024-01-01"
    if "lawful-still-running" in on:
        listed[1]["status"] = "running"
    if "deployment-of-nothing" in on:
        listed[0]["model"] = "huge-9"
    if "deployments-change" in on:
        listed.append({**listed[0], "id": uuid.uuid4().hex})
    if "deployments-twice" in on:
        listed *= 2
    for name in ("id", "object", "model", "status"):
        if f"deployment-without-{name}" in on:
            listed[0].pop(name)
    if "deployment-status-unknown" in on:
        listed[0]["status"] = "good"
    if "deployment-scale-unknown" in on:
        listed[0]["scale_settings"] = {"scale_type": "huge"}
    if "deployment-updated-before" in on:
        listed[0]["updated_at"] = listed[0]["created_at"] - 100
    if "deployment-created-date" in on:
        listed[0]["created_at"] = "2024-01-01T00:00:00Z"
    return {"object": "list", "data": listed}
