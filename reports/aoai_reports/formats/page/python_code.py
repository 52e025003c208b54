"""A request as Python code: with the openai SDK if it sends the same request, otherwise with httpx."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from aoai_model.exchange import Headers, Request, header
from aoai_reports.record.lines import ExchangeLine

KEY_VARIABLE: Final = "AZURE_OPENAI_API_KEY"
TOKEN_VARIABLE: Final = "AZURE_OPENAI_AD_TOKEN"  # noqa: S105 - the name of a variable
#: What a record has instead of a secret.
_MASK: Final = "***"
_KEY_MASK: Final = "***key***"
_CREDENTIALS = frozenset({"api-key", "authorization", "x-api-key", "x-wrong-api-key"})
#: Headers that httpx sets itself.
_AUTOMATIC = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-length", "user-agent", "transfer-encoding"}
)
#: Headers of a request that the SDK would send too.
_OF_SDK = _AUTOMATIC | {"content-type", "api-key", "authorization"}
_DEPLOYMENT = re.compile(r"(?P<base>.*)/openai/deployments/(?P<deployment>[^/]+)(?P<path>/.+)")
_V1 = re.compile(r"(?P<base>.*/openai/v1)(?P<path>/.+)")


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the SDK.

    `required` is the argument that it requires besides the model, `adds` a field that it adds.
    """

    name: str
    required: str
    adds: str = ""


#: The methods of the SDK that send a JSON object, by the last part of the path.
METHODS: Mapping[str, Method] = {
    "/chat/completions": Method("chat.completions", "messages"),
    "/completions": Method("completions", "prompt"),
    "/embeddings": Method("embeddings", "input", adds="encoding_format"),
}


def python_code(line: ExchangeLine) -> str:
    """The request of an exchange as a Python program that prints the response."""
    return _with_sdk(line.request) or _with_httpx(line.request)


def _with_sdk(request: Request) -> str:
    """The program with the SDK; empty if the SDK has no method for it or would send another request."""
    url = urlsplit(request.url)
    azure = _DEPLOYMENT.fullmatch(url.path)
    found = azure or _V1.fullmatch(url.path)
    method = METHODS.get(found["path"]) if found else None
    body = _json_object(request.body)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    if found is None or method is None or body is None or request.method != "POST":
        return ""
    if not _sends_same_headers(request.headers) or {method.required, method.adds or method.required} - set(
        body
    ):
        return ""
    root = f"{url.scheme}://{url.netloc}{found['base']}"
    if azure is not None:
        client = _azure_client(request.headers, root, query) if "model" not in body else ""
        model: object = unquote(azure["deployment"])
    else:
        client = _plain_client(request.headers, root, query)
        model = body.pop("model", None)
    if not client or not isinstance(model, str):
        return ""
    name = client.partition("(")[0]
    return f"import os\n\nfrom openai import {name}\n\nclient = {client}\n{_call(method, model, body)}"


def _azure_client(headers: Headers, root: str, query: Mapping[str, str]) -> str:
    """The client for an Azure resource; empty if it would send other credentials or another query."""
    token = header(headers, "authorization")
    if set(query) != {"api-version"} or token not in (None, f"Bearer {_MASK}"):
        return ""
    key = f'api_key=os.environ["{KEY_VARIABLE}"]'
    if token is not None:
        key = f'azure_ad_token=os.environ["{TOKEN_VARIABLE}"]'
    version = query["api-version"]
    arguments = (f"azure_endpoint={root!r}", f"api_version={version!r}", key, "max_retries=0")
    return f"AzureOpenAI({_listed(arguments)})"


def _plain_client(headers: Headers, root: str, query: Mapping[str, str]) -> str:
    """The client for an API without deployments in its paths; empty if it would send other credentials."""
    token = header(headers, "authorization")
    if token is None:
        return ""
    variable = KEY_VARIABLE if _KEY_MASK in token else TOKEN_VARIABLE
    arguments = [f"base_url={root!r}", f'api_key=os.environ["{variable}"]', "max_retries=0"]
    if query:
        arguments.append(f"default_query={query!r}")
    return f"OpenAI({_listed(arguments)})"


def _call(method: Method, model: str, body: dict[str, Any]) -> str:
    required = body.pop(method.required)
    arguments = [f"model={model!r}", f"{method.required}={_literal(required, 4)}"]
    streamed = body.get("stream") is True
    if streamed:
        del body["stream"]
        arguments.append("stream=True")
    if body:
        arguments.append(f"extra_body={_literal(body, 4)}")
    if streamed:
        return f"for chunk in client.{method.name}.create({_listed(arguments)}):\n    print(chunk)\n"
    call = f"client.{method.name}.with_raw_response.create({_listed(arguments)})"
    return f"response = {call}\nprint(response.status_code, response.text)\n"


def _listed(arguments: Iterable[str]) -> str:
    return "".join(f"\n    {argument}," for argument in arguments) + "\n"


def _sends_same_headers(headers: Headers) -> bool:
    names = [name.lower() for name, _ in headers]
    secrets = [value for name, value in headers if name.lower() in {"api-key", "authorization"}]
    content_type = header(headers, "content-type") or ""
    return (
        set(names) <= _OF_SDK
        and len(secrets) == 1
        and secrets[0] in (_MASK, _KEY_MASK, f"Bearer {_MASK}", f"Bearer {_KEY_MASK}")
        and content_type.partition(";")[0].strip().lower() == "application/json"
    )


def _with_httpx(request: Request) -> str:
    fields = [(name, value) for name, value in request.headers if name.lower() not in _AUTOMATIC]
    lines = [f"    {request.method!r},", f"    {request.url!r},"]
    body = _json_object(request.body)
    as_json = body is not None and header(request.headers, "content-type") == "application/json"
    if as_json:
        fields = [each for each in fields if each[0].lower() != "content-type"]
    if fields:
        listed = "".join(f"        ({name!r}, {_header_value(name, value)}),\n" for name, value in fields)
        lines.append(f"    headers=[\n{listed}    ],")
    if as_json:
        lines.append(f"    json={_literal(body, 4)},")
    elif request.body:
        lines.append(f"    content={request.body!r},")
    lines.append("    timeout=120,")
    arguments = "\n".join(lines)
    imports = "import os\n\nimport httpx\n" if "os.environ" in arguments else "import httpx\n"
    return (
        f"{imports}\nresponse = httpx.request(\n{arguments}\n)\nprint(response.status_code, response.text)\n"
    )


def _header_value(name: str, value: str) -> str:
    mask = _KEY_MASK if _KEY_MASK in value else _MASK
    if mask not in value or (mask == _MASK and name.lower() not in _CREDENTIALS):
        return repr(value)
    bearer = mask == _MASK and value.startswith("Bearer")
    before, _, after = value.partition(mask)
    variable = f'os.environ["{TOKEN_VARIABLE if bearer else KEY_VARIABLE}"]'
    return " + ".join([*([repr(before)] if before else []), variable, *([repr(after)] if after else [])])


def _json_object(body: bytes) -> dict[str, Any] | None:
    """The body if it is a JSON object that Python sends as it was received, else None."""
    try:
        value = json.loads(body)
        same = isinstance(value, dict) and json.loads(json.dumps(value, allow_nan=False)) == value
    except (ValueError, RecursionError):
        return None
    return value if same and not _has_repeated_keys(body) else None


def _has_repeated_keys(body: bytes) -> bool:
    repeated = False

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        repeated = repeated or len(dict(pairs)) < len(pairs)
        return dict(pairs)

    json.loads(body, object_pairs_hook=keep)
    return repeated


def _literal(value: object, indent: int) -> str:
    text = pformat(value, width=100, sort_dicts=False)
    return text.replace("\n", "\n" + " " * indent)
