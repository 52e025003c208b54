"""Convert traffic of other clients to exchanges: find the operation, remove the secrets.

The purpose of a request is unknown, so the only expectation is a conformant response.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from aoai_conformance.engine.sse import read_events
from aoai_conformance.exchange import Exchange
from aoai_conformance.recording.recorded import planned_request
from aoai_conformance.redaction.secret_names import SecretNames, masked_url
from aoai_conformance.redaction.secrets import Redactor
from aoai_conformance.target.layout import OPENAI_BASE_PATH, has_kind
from aoai_model.case import Case
from aoai_model.exchange import Headers, Request, Response, TransportFailure
from aoai_specs.document import Document, Operation
from aoai_specs.surfaces import AI_MODEL_INFERENCE

API_VERSION = "api-version"
#: Paths of Azure OpenAI, and of servers that are laid out as OpenAI is.
_OTHER_LAYOUT = re.compile(r"/openai(/|\Z)|/deployments/|/v\d+/")
#: Longer numbers than times, counts and ids.
_LONGEST_NUMBER = 16
_PLACEHOLDER = re.compile(r"\\\{[^{}]+\\\}")
_BELOW_DEPLOYMENT = re.compile(r"\A/deployments/\{[^{}]+\}(?=/)")
#: Addresses of Azure, whose `/openai/v1` is another surface than that of the documents.
_AZURE_HOST = re.compile(r"\.azure\.(com|us|cn)\Z", re.IGNORECASE)


def api_version_of(url: str) -> str:
    """Return the api-version in a URL, or an empty string. Raises ValueError for an invalid URL.

    The name of the parameter may have any letter case: many servers do not distinguish it.
    """
    sent = parse_qsl(urlsplit(url).query)
    return next((value for name, value in reversed(sent) if name.lower() == API_VERSION), "")


def operation_of(method: str, url: str, documents: Iterable[Document]) -> Operation | None:
    """Return the first operation with this method whose path, below the base path, ends the URL's path.

    Raises ValueError for an invalid URL.
    """
    listed = tuple(documents)
    path = urlsplit(url).path
    for document in listed:
        for operation in document.operations.values():
            if operation.method == method and _ends_in(document.base_path + operation.path, path):
                return operation
    return _in_openai_layout(method, url, listed) or _at_the_root(method, url, listed)


def is_openai_layout(url: str) -> bool:
    """Whether a URL is laid out as those of OpenAI: below `/v1`, without an api-version, not on Azure."""
    parts = urlsplit(url)
    below = f"{OPENAI_BASE_PATH}/" in parts.path
    return below and not api_version_of(url) and not _AZURE_HOST.search(parts.hostname or "")


def _in_openai_layout(method: str, url: str, documents: Iterable[Document]) -> Operation | None:
    """Return the operation at a path such as `/v1/chat/completions`, whose deployment is in the body."""
    if not is_openai_layout(url):
        return None
    path = urlsplit(url).path
    for document in documents:
        if document.name.surface == AI_MODEL_INFERENCE:
            continue
        for operation in document.operations.values():
            below = OPENAI_BASE_PATH + _BELOW_DEPLOYMENT.sub("", operation.path)
            if operation.method == method and has_kind("openai", operation.kind) and _ends_in(below, path):
                return operation
    return None


def _at_the_root(method: str, url: str, documents: Iterable[Document]) -> Operation | None:
    """Return the operation of model inference at an endpoint of one model, which has no base path.

    A GET needs an api-version: `/info` alone may belong to any service.
    """
    path = urlsplit(url).path
    if _OTHER_LAYOUT.search(path) or (method == "GET" and not api_version_of(url)):
        return None
    for document in documents:
        if document.name.surface == AI_MODEL_INFERENCE:
            for operation in document.operations.values():
                if operation.method == method and _ends_in(operation.path, path):
                    return operation
    return None


def _ends_in(template: str, path: str) -> bool:
    pattern = _PLACEHOLDER.sub("[^/]+", re.escape(template))
    return re.fullmatch(f".*{pattern}", path) is not None


def observed_exchange(
    case_id: str,
    operation: Operation,
    request: Request,
    response: Response | None,
    secrets: Secrets | None = None,
) -> Exchange:
    """Return a request and its response, both with secrets, as an exchange without them.

    The expectation is `any`, the origin `recorded`. Events are read from the body of an event stream; without
    a response, the exchange is a transport failure. `secrets` default to those of the request itself.
    """
    hidden = Secrets.of([(request.url, request.headers)]) if secrets is None else secrets
    sent = hidden.request(request)
    case = Case(
        id=case_id,
        document=str(operation.document.name),
        operation=operation.id,
        kind=operation.kind,
        request=planned_request(sent),
        expect="any",
        points=(),
        origin="recorded",
    )
    if response is None:
        return Exchange(case, sent, None, TransportFailure("connect", "The recording has no response."))
    kept = hidden.response(response)
    if kept.media_type == "text/event-stream":
        kept = replace(kept, events=read_events(kept.body, kept.ended))
    return Exchange(case, sent, kept)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of recorded traffic: the names of their headers and parameters, and their redactor."""

    names: SecretNames
    redactor: Redactor

    @classmethod
    def of(
        cls,
        messages: Iterable[tuple[str, Headers]],
        names: SecretNames | None = None,
        further: Iterable[str] = (),
    ) -> Secrets:
        """Collect the secrets in the URLs and headers of some messages, and further ones."""
        names = SecretNames() if names is None else names
        found = dict.fromkeys(further)
        for url, headers in messages:
            found |= dict.fromkeys((*names.values_in(url), *names.values_of(headers)))
        return cls(names, Redactor(value for value in found if not _is_small_number(value)))

    def request(self, request: Request) -> Request:
        """Return a request without the secrets."""
        return replace(
            request,
            url=self.redactor.text(masked_url(request.url)),
            headers=self.redactor.headers(self.names.masked(request.headers)),
            body=self.redactor.bytes(request.body),
        )

    def response(self, response: Response) -> Response:
        """Return a response without the secrets."""
        return self.redactor.response(replace(response, headers=self.names.masked(response.headers)))


def _is_small_number(value: str) -> bool:
    """Whether a value is a short number: masking it would corrupt bodies that contain the same number."""
    return value.isdigit() and len(value) < _LONGEST_NUMBER
