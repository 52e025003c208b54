"""A hash of a recorded request that ignores the host, the deployment and the key."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from urllib.parse import parse_qsl, unquote, urlsplit

from aoai_reports.record.lines import ExchangeLine
from aoai_reports.run_comparison.noise import declared_noise
from aoai_specs.surfaces import AI_MODEL_INFERENCE, AZURE_OPENAI

_BOUNDARY = re.compile(r"boundary=\"?([^\";\s]+)")
_DEPLOYMENT = re.compile(r"(?<=/deployments/)[^/]+")
_DEPLOYMENTS = "/deployments/"
#: The documents whose paths name no deployment, and their operations that have one in dated versions.
_UNDATED = frozenset({f"{AZURE_OPENAI}@v1", f"{AZURE_OPENAI}@preview"})
_OF_DEPLOYMENTS = frozenset({"/chat/completions", "/completions", "/embeddings"})
_CREDENTIALS = frozenset({"api-key", "authorization", "ocp-apim-subscription-key"})
#: What a record has instead of the key in any other header than `api-key`.
KEY_MASK = "***key***"
_COUNTED_HEADERS = frozenset({"content-type", "extra-parameters", "accept"})


def request_hash(line: ExchangeLine, base_path: str = "") -> str:
    """A hash that is equal for the same request to another target, in another run or api-version.

    It covers the method, the path below `base_path`, the query without the api-version, the content type, the
    body, and whether a credential was sent. It ignores deployments and ids from earlier responses.
    """
    request = line.request
    noise = declared_noise()
    url = urlsplit(request.url)
    path = _DEPLOYMENT.sub("*", unquote(url.path).removeprefix(base_path)).removeprefix("/openai")
    if line.document.startswith(f"{AI_MODEL_INFERENCE}@"):
        path = path.removeprefix("/models")  # which endpoints of a single model do not have
    undated = line.document in _UNDATED
    if undated:
        path = _as_dated(path.removeprefix("/v1"))
    query = sorted(
        (name, value)
        for name, value in parse_qsl(url.query, keep_blank_values=True)
        if name != "api-version" or not _is_own_version(line, value)
    )
    headers = sorted((name.lower(), value) for name, value in request.headers)
    content_type = next((value for name, value in headers if name == "content-type"), "")
    # A value that a run read from the environment is access to a gateway, not the credential of the request.
    credentials = [
        value for name, value in headers if (name in _CREDENTIALS or KEY_MASK in value) and "${" not in value
    ]
    parts = (
        request.method,
        path,
        json.dumps(query),
        json.dumps([each for each in headers if each[0] in _COUNTED_HEADERS]),
        json.dumps([value for value in credentials if "***" not in value] or bool(credentials)),
    )
    head = noise.without_passing("\n".join(parts))
    body = _canonical(request.body, content_type, without_model=undated and path.startswith(_DEPLOYMENTS))
    return hashlib.sha256(head.encode("utf-8", "backslashreplace") + b"\n" + body).hexdigest()


def _as_dated(path: str) -> str:
    """The path that a dated version has for an operation of v1, whose body names the deployment."""
    return f"{_DEPLOYMENTS}*{path}" if path in _OF_DEPLOYMENTS else path


def _is_own_version(line: ExchangeLine, value: str) -> bool:
    return line.document.rpartition("@")[2] == value


def _canonical(body: bytes, content_type: str, *, without_model: bool = False) -> bytes:
    """The body without what differs between runs: form boundary, member order, ids from responses, model."""
    boundary = _BOUNDARY.search(content_type)
    if boundary:
        body = body.replace(boundary.group(1).encode("utf-8", "backslashreplace"), b"#")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        if without_model and isinstance(value, dict):
            value.pop("model", None)
        text = json.dumps(value, sort_keys=True)
    return declared_noise().without_passing(text).encode("utf-8", "backslashreplace")
