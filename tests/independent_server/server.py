"""An independent server of azure-openai@2024-10-21, correct except for its named switches.

It shares nothing with the project except the document.

    python server.py [--port N] [--key K] [SWITCH…]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gzip
import json
import random
import re
import sys
import time
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).parent))

import answers
import chat_checks
import checks
import chunk_mutations  # noqa: F401 - registers its defects
import mutations
import valid_chunk_variants  # noqa: F401 - registers its changes
import valid_variants
import wire
from checks import RefusedError

KEY = "key-of-the-independent-server"
VERSIONS = {"2024-10-21"}
BESIDE = "Look!"
DEPLOYMENTS = {
    "talker": "chat",
    "writer": "completions",
    "mapper": "embeddings",
    "painter": "images",
    "hearer": "transcriptions",
    "translator": "translations",
}
KINDS = {
    "chat/completions": "chat",
    "completions": "completions",
    "embeddings": "embeddings",
    "images/generations": "images",
    "audio/transcriptions": "transcriptions",
    "audio/translations": "translations",
}


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def parts(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the fields of a form: text, or bytes for files. Raises ValueError for a malformed form."""
    marked = re.search(r'boundary="?([^";]+)"?', content_type)
    if marked is None:
        raise ValueError("no boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + marked[1].encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("no end")
    form: dict[str, Any] = {}
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        named = re.search(r'[; ]name="([^"]*)"', head.decode())
        if named is None:
            raise ValueError("a part without a name")
        form[named[1]] = content if b"filename" in head else content.decode()
    return form


class Server:
    """One server with its switches."""

    def __init__(self, switches: Collection[str] = (), key: str = KEY) -> None:
        self.switches, self.key = frozenset(switches), key
        self.asked, self.sent_away = 0, set[int]()
        self.app = Starlette(routes=[Route("/{path:path}", self.serve, methods=[
            "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])])  # fmt: skip

    def on(self, name: str) -> bool:
        return name in self.switches

    def of(self, area: str) -> frozenset[str]:
        """Return the switches of one area without their prefix."""
        return frozenset(s.removeprefix(area + "/") for s in self.switches if s.startswith(area + "/"))

    # ------------------------------------------------------------- HTTP

    async def serve(self, request: Request) -> Response:
        if request.url.path.startswith("/pictures/"):
            width, height = request.url.path.rsplit("/", 1)[1].removesuffix(".png").split("x")
            if self.on("images/lawful-redirected") and "moved" not in request.query_params:
                return Response(b"", 302, headers={"location": f"{request.url.path}?moved=1&sig=a%2Bb"})
            return Response(answers.picture(int(width), int(height)), media_type="image/png")
        self.asked += 1
        for name, each, status in (("busy", 5, 429), ("away", 7, 503)):
            if self.on(f"lawful/{name}-now-and-then") and self.asked % each == 1:
                asked = hash((request.method, str(request.url), await request.body()))
                if asked not in self.sent_away:
                    self.sent_away.add(asked)
                    return self.dressed(valid_variants.busy(status))
        try:
            response = await self.operation(request)
        except RefusedError as refused:
            response = self.refusal(refused)
        except ClientDisconnect:
            return Response(status_code=499)
        if self.on("http/server-crashes-on-success") and response.status_code == 200:
            response = self.refusal(RefusedError("crash", status=500, code="500"))
        return self.dressed(response)

    def dressed(self, response: Response) -> Response:
        if not self.on("lawful/no-request-id"):
            response.headers["apim-request-id"] = str(uuid.uuid4())
        if self.on("lawful/connection-close"):
            response.headers["connection"] = "close"
        if self.on("lawful/more-headers"):
            response.headers["x-ratelimit-remaining-requests"] = "99"
            response.headers["x-unheard-of"] = "yes"
            response.headers["set-cookie"] = "a=b"
        if self.on("lawful/header-case"):
            response.raw_headers[:] = [(name.title(), value) for name, value in response.raw_headers]
        valid_variants.dress(response, self.switches)
        return response

    def refusal(self, refused: RefusedError) -> Response:
        bad_input = refused.status in (400, 422)
        status, message, param = refused.status, refused.message, refused.param
        code = refused.code
        if self.on("lawful/422") and bad_input:
            status = 422
        if self.on("lawful/code-invalid_request_error") and bad_input:
            code = "invalid_request_error"
        if self.on("http/bad-input-500") and bad_input:
            status = 500
        if self.on("http/bad-input-200") and bad_input:
            status = 200
        if self.on("http/bad-input-404") and bad_input:
            status = 404
        error: dict[str, Any] = {"code": code, "message": message, "type": "invalid_request_error"}
        if param is not None and not self.on("lawful/param-absent"):
            error["param"] = param
        if self.on("lawful/param-null"):
            error["param"] = None
        if self.on("lawful/code-and-message-only"):
            error = {"code": code, "message": message}
        if self.on("lawful/inner_error"):
            error["inner_error"] = {"code": "ResponsibleAIPolicyViolation", "content_filter_results": {}}
        if self.on("lawful/innererror"):
            error["innererror"] = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}}
        if self.on("lawful/code-null"):
            error["code"] = None
        if self.on("lawful/401-statusCode") and status == 401:
            body: Any = {"statusCode": 401, "message": "Unauthorized. Access token is missing or invalid."}
            return self.json(body, 401)
        body = {"error": error}
        if self.on("http/error-detail"):
            body = {"detail": [{"msg": message}]}
        if self.on("http/error-text-member"):
            body = {"error": message}
        if self.on("http/error-message-missing"):
            error.pop("message")
        if self.on("http/error-message-empty"):
            error["message"] = ""
        if self.on("http/error-code-missing"):
            error.pop("code")
        if self.on("http/error-code-number"):
            error["code"] = status
        if self.on("http/error-empty-object"):
            body = {"error": {}}
        if self.on("http/error-message-object"):
            error["message"] = {"text": message}
        if self.on("http/error-param-list"):
            error["param"] = [param]
        if self.on("http/error-stack-trace"):
            error["message"] = (
                'Traceback (most recent call last):\n  File "/app/server.py", line 3, in x\nValueError: bad'
            )
        headers = {}
        if status == 405 and not self.on("http/405-without-allow"):
            headers["allow"] = "POST"
        if self.on("http/error-html"):
            return Response(f"<html><body><h1>{message}</h1></body></html>", status, media_type="text/html")
        if self.on("http/error-plain"):
            return Response(message, status, media_type="text/plain")
        if self.on("http/error-no-body"):
            return Response(b"", status)
        if self.on("http/error-as-html-type"):
            return Response(json.dumps(body), status, media_type="text/html")
        if self.on("http/error-cut"):
            return Response(json.dumps(body)[:-2], status, media_type="application/json")
        return self.json(valid_variants.refused(body, status, self.switches), status, headers)

    def json(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        text = json.dumps(
            body,
            ensure_ascii=self.on("lawful/escaped-json"),
            indent=2 if self.on("lawful/indented-json") else None,
        )
        content_type = "application/json"
        if self.on("lawful/charset"):
            content_type = "application/json; charset=utf-8"
        if self.on("lawful/content-type-case"):
            content_type = "Application/JSON;charset=UTF-8"
        content_type = valid_variants.media_type(content_type, self.switches)
        text = valid_variants.written(text, self.switches)
        if status == 200:
            content_type = "text/html" if self.on("http/success-as-html-type") else content_type
            content_type = "text/plain" if self.on("http/success-as-text-type") else content_type
            text = text[:-1] if self.on("http/success-cut") else text
            text = text + "}" if self.on("http/success-trailing-bytes") else text
            text = "" if self.on("http/success-empty") else text
            status = 201 if self.on("http/success-201") else status
            status = 204 if self.on("http/success-204") else status
        content = (
            b""
            if status == 204
            else text.encode("utf-16" if self.on("http/utf-16") and status == 200 else "utf-8")
        )
        if self.on("http/latin-1") and status == 200:
            content = text.encode("latin-1", "replace")
        all_headers = dict(headers or {})
        if self.on("lawful/gzip"):
            content, all_headers["content-encoding"] = gzip.compress(content), "gzip"
        if self.on("lawful/deflate"):
            content, all_headers["content-encoding"] = valid_variants.deflated(content), "deflate"
        response = Response(content, status, headers=all_headers)
        if not (self.on("http/no-content-type") and status == 200):
            response.headers["content-type"] = content_type
        if self.on("lawful/chunked"):

            async def pieces() -> AsyncIterator[bytes]:
                size = max(7, len(content) // 200)  # a long body in thousands of chunks proves no more
                for at in range(0, len(content), size):
                    yield content[at : at + size]

            return StreamingResponse(pieces(), status, headers={**all_headers, "content-type": content_type})
        return response

    # ---------------------------------------------------------- one request

    async def operation(self, request: Request) -> Response:
        self.authenticate(request)
        kind, deployment = self.routed(request)
        self.versioned(request)
        if request.method != "POST" and not self.on("http/get-taken"):
            if self.on("http/get-500"):
                raise RefusedError("no such method", status=500, code="500")
            status = 404 if self.on("lawful/404-for-method") else 405
            raise RefusedError("only POST", status=status, code=str(status))
        serves = DEPLOYMENTS.get(deployment, kind if self.on("http/any-deployment") else "")
        if not serves:
            raise RefusedError("The deployment does not exist.", status=404, code="DeploymentNotFound")
        if serves != kind:
            raise RefusedError("The operation does not work with the model.", code="OperationNotSupported")
        if kind in ("transcriptions", "translations"):
            return await self.audio(request, kind)
        body = await self.body(request)
        if kind == "chat":
            return await self.chat(body)
        if kind == "completions":
            return await self.completions(body)
        if kind == "embeddings":
            return self.embeddings(body)
        return self.images(body, request)

    def authenticate(self, request: Request) -> None:
        if self.on("http/no-authentication"):
            return
        key, bearer = request.headers.get("api-key"), request.headers.get("authorization", "")
        if self.on("http/any-key") and key:
            return
        if self.on("http/any-bearer") and bearer.startswith("Bearer "):
            return
        if self.on("http/malformed-bearer") and bearer:
            return
        if self.on("http/any-header") and self.key in str(request.headers.items()):
            return
        if self.on("http/missing-key-taken") and not key and not bearer:
            return
        if key == self.key or bearer == f"Bearer {self.key}":
            return
        status = 403 if self.on("http/403-for-401") else 400 if self.on("http/400-for-401") else 401
        raise RefusedError(
            "Access denied.", status=status, code="Unauthorized" if self.on("lawful/unauthorized") else "401"
        )

    def routed(self, request: Request) -> tuple[str, str]:
        head, _, rest = request.url.path.removeprefix("/openai/deployments/").partition("/")
        known = request.url.path.startswith("/openai/deployments/") and rest in KINDS
        if not known:
            if self.on("http/unknown-path-taken"):
                raise RefusedError("ok", status=200)
            raise RefusedError("Resource not found", status=404, code="404")
        return KINDS[rest], head

    def versioned(self, request: Request) -> None:
        version = request.query_params.get("api-version")
        if version is None and not self.on("http/missing-version-taken"):
            status = 404 if self.on("lawful/404-for-version") else 400
            raise RefusedError("api-version is required", "api-version", status, "MissingApiVersion")
        if version is not None and version not in VERSIONS and not self.on("http/unknown-version-taken"):
            status = 404 if self.on("lawful/404-for-version") else 400
            raise RefusedError("API version not supported", "api-version", status, "UnsupportedApiVersion")

    def media(self, wanted: str) -> RefusedError:
        status = 400 if self.on("lawful/400-for-media") else 415
        return RefusedError(f"send {wanted}", status=status, code="UnsupportedMediaType")

    async def body(self, request: Request) -> dict[str, Any]:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "application/json" and not self.on("http/any-media"):
            raise self.media("application/json")
        content = await request.body()
        if self.on("http/empty-body-taken") and not content:
            content = b'{"messages":[{"role":"user","content":"x"}],"prompt":"x","input":"x"}'
        try:
            body = json.loads(content.decode("utf-8"), parse_constant=_constant)
        except (ValueError, RecursionError) as problem:
            if self.on("http/malformed-500"):
                raise RefusedError("cannot read", status=500, code="500") from problem
            raise RefusedError("the body is no JSON") from problem
        if not isinstance(body, dict):
            if self.on("http/non-object-500"):
                raise RefusedError("cannot read", status=500, code="500")
            raise RefusedError("the body is no JSON object")
        return body

    def changed(self, body: Any, area: str) -> Any:
        for name in sorted(self.of(area)):
            if name in mutations.ANSWERS:
                made = mutations.ANSWERS[name](body)
                body = made if made is not None else body
        return body

    # ------------------------------------------------------------------ chat

    async def chat(self, body: dict[str, Any]) -> Response:
        on = self.of("chat") | self.of("lawful")
        asked = chat_checks.check_chat(
            body, self.switches | ({"lenient-nulls"} if self.on("lawful/nulls") else set())
        )
        if "lawful-unknown-refused" in on:
            valid_variants.refuse_unknown(body, "chat")
        if "lawful-filter-now-and-then" in on and self.asked % 9 == 1:
            raise RefusedError("The prompt is filtered.", "prompt", code="content_filter")
        choices = answers.chat_choices(asked, body, on)
        head = {
            "id": f"cc-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": "tiny-1",
        }
        if not self.on("lawful/no-fingerprint"):
            head["system_fingerprint"] = "fp_independent"
        prompt = 3 + sum(
            len(answers.tokenize(json.dumps(m.get("content")))) + 2
            for m in body["messages"]
            if isinstance(m, dict)
        )
        completion = sum(len(choice.tokens) for choice in choices)
        usage: dict[str, Any] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        if "reasons" in on:
            usage["completion_tokens_details"] = {"reasoning_tokens": 0}
        if (asked["stream"] and "stream-ignored" not in on) or "stream-always" in on:
            return self.stream(self.chat_chunks(head, choices, asked, usage, on), "stream")
        shown = []
        for choice in choices:
            message: dict[str, Any] = {"role": "assistant", "content": choice.text, "refusal": choice.refusal}
            if choice.calls:
                message["tool_calls"] = [
                    {
                        "id": c["id"],
                        "type": "function",
                        "function": {"name": c["name"], "arguments": c["arguments"]},
                    }
                    for c in choice.calls
                ]
            beside = bool(choice.calls) and "content-beside-calls" in on
            if beside:
                message["content"] = BESIDE
            if choice.old:
                message["function_call"] = choice.old
            if body.get("data_sources") and choice.text is not None:
                message["context"] = {"citations": [{"content": "a page"}], "intent": "[]"}
            if "no-refusal-key" in on:
                message.pop("refusal")
            if "null-calls" in on:
                message.setdefault("tool_calls", None)
            shown.append({
                "index": choice.index, "message": message,
                "logprobs": self.beside(asked) if beside else self.logprobs(choice, asked, on),
                "finish_reason": choice.finish,
            })  # fmt: skip
        return self.json(self.changed({**head, "choices": shown, "usage": usage}, "chat"))

    def logprobs(
        self, choice: answers.Choice, asked: dict[str, Any], on: Collection[str]
    ) -> dict[str, Any] | None:
        if not asked["logprobs"]:
            return None
        said = choice.text if choice.text is not None else choice.refusal
        listed = None if said is None else answers.chat_logprobs(answers.tokenize(said), asked["top"], on)
        if choice.refusal is not None:
            return {"content": None, "refusal": listed}
        return {"content": listed, "refusal": None}

    @staticmethod
    def beside(asked: dict[str, Any]) -> dict[str, Any] | None:
        """Return the probability of the text next to calls; its token is its only alternative."""
        if not asked["logprobs"]:
            return None
        entry = {"token": BESIDE, "logprob": -1.0, "bytes": list(BESIDE.encode())}
        return {"content": [{**entry, "top_logprobs": [entry][: asked["top"]]}], "refusal": None}

    def chat_chunks(
        self,
        head: dict[str, Any],
        choices: list[answers.Choice],
        asked: dict[str, Any],
        usage: dict[str, Any],
        on: Collection[str],
    ) -> list[dict[str, Any]]:
        head = {**head, "object": "chat.completion.chunk"}
        lanes = [
            [self.chunk(head, choice.index, *step) for step in self.steps(choice, asked, on)]
            for choice in choices
        ]
        ordered = [
            lane[at] for at in range(max(map(len, lanes), default=0)) for lane in lanes if at < len(lane)
        ]
        if asked["usage"]:
            for one in ordered:
                one["usage"] = None
            ordered.append({**head, "choices": [], "usage": usage})
        return ordered

    @staticmethod
    def chunk(
        head: dict[str, Any], index: int, delta: dict[str, Any], finish: str | None, logprobs: Any
    ) -> dict[str, Any]:
        return {
            **head,
            "choices": [{"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}],
        }

    def steps(
        self, choice: answers.Choice, asked: dict[str, Any], on: Collection[str]
    ) -> list[tuple[dict[str, Any], str | None, Any]]:
        steps: list[tuple[dict[str, Any], str | None, Any]] = []
        if choice.calls:
            steps.append(({"role": "assistant", "content": None}, None, None))
            if "content-beside-calls" in on:
                steps.append(({"content": BESIDE}, None, self.beside(asked)))
            for number, call in enumerate(choice.calls):
                opening = {
                    "index": number,
                    "id": call["id"],
                    "type": "function",
                    "function": {"name": call["name"], "arguments": ""},
                }
                steps.append(({"tool_calls": [opening]}, None, None))
                steps += [
                    ({"tool_calls": [{"index": number, "function": {"arguments": piece}}]}, None, None)
                    for piece in answers.tokenize(call["arguments"])
                ]
        elif choice.old:
            steps.append(
                (
                    {
                        "role": "assistant",
                        "content": None,
                        "function_call": {"name": choice.old["name"], "arguments": ""},
                    },
                    None,
                    None,
                )
            )
            steps += [
                ({"function_call": {"arguments": piece}}, None, None)
                for piece in answers.tokenize(choice.old["arguments"])
            ]
        else:
            steps.append(({"role": "assistant", "content": ""}, None, None))
            member = "refusal" if choice.refusal is not None else "content"
            pieces = answers.tokenize(choice.text or choice.refusal or "")
            listed = answers.chat_logprobs(pieces, asked["top"], on) if asked["logprobs"] else []
            for at, piece in enumerate(pieces):
                entry = [listed[at]] if at < len(listed) else None
                logprobs = {"content": entry, "refusal": None} if asked["logprobs"] else None
                if member == "refusal" and logprobs:
                    logprobs = {"content": None, "refusal": entry}
                steps.append(({member: piece}, None, logprobs))
        return [*steps, ({}, choice.finish, None)]

    # ----------------------------------------------------------- completions

    async def completions(self, body: dict[str, Any]) -> Response:
        on = self.of("completions")
        asked = checks.check_completions(
            body, self.switches | ({"lenient-nulls"} if self.on("lawful/nulls") else set())
        )
        if "lawful-unknown-refused" in on:
            valid_variants.refuse_unknown(body, "completions")
        choices = answers.completion_choices(asked, on)
        head = {
            "id": f"tc-{uuid.uuid4().hex}", "object": "text_completion", "created": int(time.time()),
            "model": "tiny-0", "system_fingerprint": "fp_old",
        }  # fmt: skip
        prompt = sum(len(answers.tokenize(one)) for one in asked["prompts"])
        longest = asked["longest"]
        spoken = 0
        for choice in choices:
            per_prompt = max(len(choices) // max(len(asked["prompts"]), 1), 1)
            echoed = (
                asked["prompts"][min(choice["index"] // per_prompt, len(asked["prompts"]) - 1)]
                if asked["echo"]
                else ""
            )
            own = choice["text"].removeprefix(echoed)
            spoken += (
                min(len(answers.tokenize(own)), longest)
                if "max_tokens-ignored" not in on
                else len(answers.tokenize(own))
            )
        if "lawful-best-of-counted" in on:
            spoken = spoken * max(body.get("best_of") or 1, asked["n"]) // max(asked["n"], 1)
        usage = {"prompt_tokens": prompt, "completion_tokens": spoken, "total_tokens": prompt + spoken}
        if asked["stream"] and "stream-ignored" not in on:
            return self.stream(self.text_chunks(head, choices, asked, usage), "text-stream")
        return self.json(self.changed({**head, "choices": choices, "usage": usage}, "completions"))

    @staticmethod
    def text_chunks(
        head: dict[str, Any], choices: list[dict[str, Any]], asked: dict[str, Any], usage: dict[str, Any]
    ) -> list[dict[str, Any]]:
        made = []
        for choice in choices:
            pieces = answers.tokenize(choice["text"])
            listed = choice["logprobs"]
            if listed is not None:
                pieces = listed["tokens"]
            for at, piece in enumerate(pieces):
                part = None if listed is None else {name: listed[name][at : at + 1] for name in listed}
                made.append(
                    {
                        **head,
                        "choices": [
                            {"text": piece, "index": choice["index"], "logprobs": part, "finish_reason": None}
                        ],
                    }
                )
            end = {
                "text": "",
                "index": choice["index"],
                "logprobs": None,
                "finish_reason": choice["finish_reason"],
            }
            made.append({**head, "choices": [end]})
        if asked["usage"]:
            for one in made:
                one["usage"] = None
            made.append({**head, "choices": [], "usage": usage})
        return made

    # --------------------------------------------------------------- streams

    def stream(self, chunks: list[dict[str, Any]], area: str) -> Response:
        on = self.of(area) | self.of("frames")
        for name in sorted(on):
            if name in mutations.CHUNKS:
                made = mutations.CHUNKS[name](chunks)
                chunks = made if made is not None else chunks
        frames = [self.frame(json.dumps(one, ensure_ascii=False), on) for one in chunks]
        end = "\r\n\r\n" if "lawful-crlf" in on else "\r\r" if "lawful-cr" in on else "\n\n"
        done = f"data: [DONE]{end}" if "lawful-no-space" not in on else f"data:[DONE]{end}"
        if "done-missing" not in on:
            frames.append(done)
        if "done-twice" in on:
            frames.append(done)
        if "done-lower" in on:
            frames[-1] = frames[-1].replace("DONE", "done")
        if "done-json" in on:
            frames[-1] = frames[-1].replace("[DONE]", '"[DONE]"')
        if "done-unterminated" in on:
            frames[-1] = frames[-1].rstrip("\n")
        if "done-first" in on:
            frames.insert(0, frames.pop())
        if "data-after-done" in on and len(frames) > 1:
            frames.append(frames[0])
        if "blank-line-missing" in on and len(frames) > 3:
            frames[1] = frames[1][:-1]
        if "json-broken" in on and len(frames) > 3:
            frames[2] = frames[2].replace('"choices"', '"choices', 1)
        if "cut" in on:
            frames = frames[: len(frames) // 2]
        if "error-in-mid-stream" in on and len(frames) > 3:
            frames[len(frames) // 2 :] = ['data: {"error":{"code":"500","message":"it broke"}}\n\n']
        if "junk-line" in on and len(frames) > 3:
            frames[1] = "this is no field\n\n" + frames[1]
        if "ndjson" in on:
            frames = [one.removeprefix("data: ")[:-1] for one in frames]
        if "lawful-comments" in on:
            frames = [": ping\n\n" + one for one in frames] + [": bye\n\n"]
        if "lawful-ids-and-retry" in on:
            frames = [f"id: {at}\nretry: 1000\n{one}" for at, one in enumerate(frames)]
        if "event-named" in on:
            frames = [f"event: chunk\n{one}" for one in frames]
        if "event-message" in on:
            frames = [f"event: message\n{one}" for one in frames]
        frames = valid_variants.framed(frames, on)
        content = "".join(frames).encode()
        if "lawful-bom" in on:
            content = b"\xef\xbb\xbf" + content
        if "bytes-broken" in on:
            content = content.replace(b"\xc3\xaf", b"\xff", 1).replace("é".encode(), b"\xff", 1)
            if b"\xff" not in content:
                content = content.replace(b'"content": "', b'"content": "\xff', 1)
        pieces: list[bytes] = [content[a:b] for a, b in self.cuts(content, frames, on)]
        headers = {"content-type": "text/event-stream"}
        if "lawful-charset" in on:
            headers["content-type"] = "text/event-stream; charset=utf-8"
        if "lawful-type-in-capitals" in on:
            headers["content-type"] = 'TEXT/Event-Stream ;Charset="UTF-8"'
        if "type-json" in on:
            headers["content-type"] = "application/json"
        if "type-plain" in on:
            headers["content-type"] = "text/plain"
        if "lawful-gzip" in on:
            packer = zlib.compressobj(wbits=31)
            pieces = [packer.compress(one) + packer.flush(zlib.Z_SYNC_FLUSH) for one in pieces] + [
                packer.flush()
            ]
            headers["content-encoding"] = "gzip"

        async def sent() -> AsyncIterator[bytes]:
            if "lawful-slow-start" in on:
                for _ in range(5):
                    yield b": thinking\n\n"
                    await asyncio.sleep(0.02)
            for piece in pieces:
                yield piece
                await asyncio.sleep(0)
            if "never-closes" in on:
                await asyncio.sleep(3600)

        return StreamingResponse(sent(), 200, headers=headers)

    @staticmethod
    def frame(text: str, on: Collection[str]) -> str:
        if "lawful-several-data-lines" in on:
            lines = json.dumps(json.loads(text), indent=1, ensure_ascii=False).split("\n")
            return "".join(f"data: {line}\n" for line in lines) + "\n"
        if "data-capital" in on:
            return f"Data: {text}\n\n"
        start = "data:" if "lawful-no-space" in on else "data: "
        return start + text + ("\r\n\r\n" if "lawful-crlf" in on else "\r\r" if "lawful-cr" in on else "\n\n")

    @staticmethod
    def cuts(content: bytes, frames: list[str], on: Collection[str]) -> list[tuple[int, int]]:
        """Return the positions at which to split the writes."""
        if "lawful-at-once" in on:
            return [(0, len(content))]
        if "lawful-byte-by-byte" in on:
            return [(at, at + 1) for at in range(len(content))]
        if "lawful-cut-anywhere" in on:
            marks = sorted({0, len(content), *(random.randrange(len(content) + 1) for _ in range(40))})
            return list(pairwise(marks))
        marks, at = [0], 0
        for frame in frames:
            at += len(frame.encode())
            marks.append(at)
        return [*pairwise(marks), (at, len(content))]

    # ------------------------------------------------------ embeddings, images

    def embeddings(self, body: dict[str, Any]) -> Response:
        on = self.of("embeddings")
        asked = checks.check_embeddings(body, self.switches)
        tokens = sum(len(answers.tokenize(text)) for text in asked["inputs"]) or 1
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        if "usage-total-wrong" in on:
            usage["total_tokens"] += 7
        if "usage-of-first-only" in on:
            tokens = len(answers.tokenize(asked["inputs"][0])) or 1
            usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        if "usage-zero" in on:
            usage = {"prompt_tokens": 0, "total_tokens": 0}
        shown = {"object": "list", "data": answers.embeddings(asked, on), "model": "mapper-1", "usage": usage}
        return self.json(self.changed(shown, "embeddings"))

    def images(self, body: dict[str, Any], request: Request) -> Response:
        on = self.of("images")
        asked = checks.check_images(body, self.switches)
        width, height = asked["size"]
        if "size-ignored" in on:
            width, height = 1024, 1024
        if "size-turned" in on:
            width, height = height, width
        wanted = asked["base64"]
        if "format-ignored" in on:
            wanted = False
        if "format-always-base64" in on:
            wanted = True
        content = answers.picture(width, height)
        if "no-picture" in on:
            content = b"not a picture"
        coded = base64.b64encode(content).decode()
        if "base64-broken" in on:
            coded = "%%" + coded
        if "data-uri" in on:
            coded = "data:image/png;base64," + coded
        url = f"http://{request.headers['host']}/pictures/{width}x{height}.png"
        if "url-relative" in on:
            url = f"/pictures/{width}x{height}.png"
        one: dict[str, Any] = {"b64_json": coded} if wanted else {"url": url}
        if "both" in on:
            one = {"b64_json": coded, "url": url}
        if "neither" in on:
            one = {}
        if "lawful-revised-prompt" in on:
            one["revised_prompt"] = "A solid colour."
        count = 2 if "one-more" in on else 0 if "none" in on else asked["n"]
        created = int(time.time()) * (1000 if "created-milliseconds" in on else 1)
        return self.json(self.changed({"created": created, "data": [one] * count}, "images"))

    # ----------------------------------------------------------------- audio

    async def audio(self, request: Request, area: str) -> Response:
        on = self.of(area) | self.of("audio")
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "multipart/form-data" and not self.on("http/any-media"):
            raise self.media("multipart/form-data")
        try:
            form = parts(request.headers["content-type"], await request.body())
        except ValueError as problem:
            raise RefusedError(
                "the form cannot be read", status=500 if self.on("http/malformed-500") else 400
            ) from problem
        upload: Any = form.get("file")
        c = checks.Checks(self.switches, area)
        content = b""
        if upload is None:
            c.unless("file", True, "file is required", "file")
        elif isinstance(upload, str):
            c.unless("file-type", True, "file is no file", "file")
        else:
            content = upload
        kind = checks.check_audio({k: v for k, v in form.items() if k != "file"}, self.switches, area)
        seconds = answers.audio_seconds(content)
        if seconds is None:
            c.unless("file-content", True, "file is no audio that can be read", "file")
            seconds = 1.0
        return self.transcript(kind, seconds, area, on)

    def transcript(self, kind: str, seconds: float, area: str, on: Collection[str]) -> Response:
        parts = answers.segments(seconds, on)
        text = "".join(part["text"] for part in answers.segments(seconds, ())).strip()
        if "always-json" in on:
            kind = "json"
        if "verbose-as-json" in on and kind == "verbose_json":
            kind = "json"
        if "json-as-text" in on and kind == "json":
            return Response(text, 200, media_type="text/plain")
        if "srt-as-vtt" in on and kind == "srt":
            kind = "vtt"
        if "subtitles-as-text" in on and kind in ("srt", "vtt"):
            kind = "text"
        if kind == "json":
            shown: dict[str, Any] = {"text": text}
        elif kind == "verbose_json":
            task = {"transcriptions": "transcribe", "translations": "translate"}[area]
            if "task-other" in on:
                task = {"transcribe": "translate", "translate": "transcribe"}[task]
            if "task-unknown" in on:
                task = "listen"
            duration: Any = 1.0 if "duration-constant" in on else round(seconds, 2)
            if "duration-milliseconds" in on:
                duration = round(seconds * 1000)
            if "duration-text" in on:
                duration = f"{seconds:.2f}"
            if "duration-negative" in on:
                duration = -1.0
            shown = {
                "text": text,
                "task": task,
                "language": "english",
                "duration": duration,
                "segments": parts,
            }
            for name in ("task", "duration", "segments", "language"):
                if f"verbose-without-{name}" in on:
                    shown.pop(name)
            if "segments-object" in on:
                shown["segments"] = {}
            if "segments-empty" in on:
                shown["segments"] = []
            if "segment-start-text" in on:
                for part in parts:
                    part["start"] = str(part["start"])
        else:
            written = text + "\n" if kind == "text" else answers.subtitles(parts, kind, on)
            if "lawful-crlf" in on:
                written = written.replace("\n", "\r\n")
            if "lawful-short-clock" in on and kind == "vtt":
                written = written.replace("00:00:", "00:")
            if "lawful-vtt-notes" in on and kind == "vtt":
                written = written.replace("WEBVTT\n", "WEBVTT - made here\n\nNOTE a remark\n", 1)
            written = valid_variants.subtitled(written, kind, on)
            if "lawful-bom" in on:
                written = "\ufeff" + written
            if "text-in-json" in on:
                return self.json({"text": written})
            if "text-quoted" in on:
                written = json.dumps(written)
            if "text-empty" in on:
                written = ""
            own = valid_variants.text_type(on)
            return Response(written, 200, media_type="application/json" if "text-as-json-type" in on else own)
        valid_variants.heard(shown, on)
        return self.json(self.changed(shown, area))


def create_app(switches: Collection[str] = (), key: str = KEY) -> Starlette:
    return Server(switches, key).app


def configured(switches: Collection[str], port: int, key: str = KEY) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            create_app(switches, key),
            host="127.0.0.1",
            port=port,
            log_level="error",
            lifespan="off",
            http=wire.spoken(switches),
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("switches", nargs="*")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--key", default=KEY)
    given = parser.parse_args()
    runner: Callable[[], None] = configured(given.switches, given.port, given.key).run
    with suppress(KeyboardInterrupt):
        runner()


if __name__ == "__main__":
    main()
