"""The independent server for the other documents: files, speech, pictures and ingestion.

Chat, completions and embeddings, which batches run too, are inherited from `server`.

    python other_documents_server.py DOCUMENT [--port N] [SWITCH…]
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from typing import Any

import answers
import background_jobs
import batch_work
import chat_checks
import grounded_chat
import inference
import speech_files
import stores
import uvicorn
import wire
from checks import Checks, RefusedError
from server import KEY, Server
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

STORED = "azure-openai@2025-01-01-preview"
DRAWN = "azure-openai@2023-06-01-preview"
INGESTED = "azure-openai@2023-10-01-preview"
GROUNDED = "azure-openai@2023-12-01-preview"
LISTED = "azure-openai@2024-06-01"
INFERRED = "ai-model-inference@2025-04-01"
DEPLOYED = {"talker": "chat", "writer": "completions", "mapper": "embeddings", "reader": "speech"}
VOICES = ["alloy", "echo", "fable", "onyx", "nova", "shimmer"]
ROUTES = {
    STORED: """
        POST /files file-upload
        GET /files file-list
        GET /files/{} file-get
        DELETE /files/{} file-delete
        GET /files/{}/content file-content
        POST /uploads upload-create
        POST /uploads/{}/parts upload-part
        POST /uploads/{}/complete upload-complete
        POST /uploads/{}/cancel upload-cancel
        POST /batches batch-create
        GET /batches batch-list
        GET /batches/{} batch-get
        POST /batches/{}/cancel batch-cancel
        POST /deployments/{}/audio/speech speech
        POST /deployments/{}/chat/completions chat
        POST /deployments/{}/completions completions
        POST /deployments/{}/embeddings embeddings""",
    DRAWN: """
        POST /images/generations:submit image-submit
        GET /operations/images/{} image-status
        DELETE /operations/images/{} image-delete
        POST /deployments/{}/extensions/chat/completions extension-chat""",
    INGESTED: """
        GET /extensions/on-your-data/ingestion-jobs ingestion-list
        PUT /extensions/on-your-data/ingestion-jobs/{} ingestion-start
        GET /extensions/on-your-data/ingestion-jobs/{} ingestion-status""",
    GROUNDED: "POST /deployments/{}/extensions/chat/completions extension-chat",
    LISTED: """
        GET /models model-list
        GET /deployments deployment-list""",
    INFERRED: """
        GET /info info
        POST /embeddings embeddings
        POST /images/embeddings image-embeddings""",
}
SERVED = {"extension-chat": "chat"}
TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
PREFIXES = {"ai-model-inference": ("", "/models"), "azure-openai": ("/openai",)}


class OtherDocumentsServer(Server):
    """One server of one document with its switches."""

    def __init__(self, document: str, switches: Collection[str] = (), key: str = KEY) -> None:
        super().__init__(switches, key)
        self.document = document
        self.surface, _, self.version = document.partition("@")
        self.stores = stores.Stores(switches)
        self.batches = batch_work.Batches(self.stores, self.answered)
        self.drawings = background_jobs.Drawings(switches)
        self.jobs = background_jobs.Jobs(switches)
        self.routes = []
        self.allowed = ""
        for line in ROUTES[document].strip().splitlines():
            method, path, kind = line.split()
            self.routes.append((method, re.compile(re.escape(path).replace(r"\{\}", "([^/]+)")), kind))

    # ------------------------------------------------------------ one request

    async def operation(self, request: Request) -> Response:
        self.authenticate(request)
        kind, values = self.found(request)
        self.versioned_for(request, kind)
        if (
            kind in ("speech", "chat", "completions", "embeddings", "extension-chat")
            and self.surface == "azure-openai"
        ):
            serves = DEPLOYED.get(values[0])
            if serves is None:
                raise RefusedError("The deployment does not exist.", status=404, code="DeploymentNotFound")
            if serves != SERVED.get(kind, kind):
                raise RefusedError(
                    "The operation does not work with the model.", code="OperationNotSupported"
                )
        return await self.done(kind, values[0] if values else "", request)

    def found(self, request: Request) -> tuple[str, tuple[str, ...]]:
        path = request.url.path
        for prefix in PREFIXES[self.surface]:
            matching = [
                (method, match, kind)
                for method, pattern, kind in self.routes
                if path.startswith(prefix) and (match := pattern.fullmatch(path.removeprefix(prefix)))
            ]
            for method, match, kind in matching:
                if method == request.method:
                    return kind, match.groups()
            if matching:
                status = 404 if self.on("lawful/404-for-method") else 405
                self.allowed = ", ".join(method for method, _, _ in matching)
                raise RefusedError("no such method", status=status, code=str(status))
        raise RefusedError("Resource not found", status=404, code="404")

    def versioned_for(self, request: Request, kind: str) -> None:
        version = request.query_params.get("api-version")
        stored = kind.startswith(("file-", "upload-", "batch-"))
        if version is None and stored and self.on("stores/lawful-version-optional"):
            return
        if version is None and stored and self.on("stores/version-missing-500"):
            raise RefusedError("no version", status=500, code="500")
        if version != self.version:
            status = 404 if self.on("lawful/404-for-version") else 400
            raise RefusedError("API version not supported", "api-version", status, "UnsupportedApiVersion")

    async def form(self, request: Request) -> dict[str, stores.FormPart]:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "multipart/form-data":
            raise self.media("multipart/form-data")
        return stores.form_of(request.headers["content-type"], await request.body())

    async def done(self, kind: str, name: str, request: Request) -> Response:
        """Handle a request and serialize the response."""
        query = dict(request.query_params)
        root = f"http://{request.headers['host']}"
        headers: dict[str, str] = {}
        status = 200
        fields: Any
        if kind == "file-upload":
            kept = self.stores.upload_file(await self.form(request))
            fields = self.stores.described(kept)
            if not self.on("files/lawful-200"):
                status, headers["location"] = 201, f"{root}/openai/files/{kept.id}?api-version={self.version}"
            if self.on("files/lawful-relative-location"):
                headers["location"] = f"/openai/files/{kept.id}"
            if self.on("files/location-of-another"):
                headers["location"] = f"{root}/openai/files/another"
            if self.on("files/location-missing"):
                headers.pop("location")
            if self.on("files/answered-202"):
                status = 202
        elif kind == "file-content":
            return self.bytes_of(self.stores.content(name))
        elif kind == "upload-part":
            fields = self.stores.add_part(name, await self.form(request))
        elif kind == "file-list":
            fields = self.stores.list_files(query)
        elif kind == "batch-list":
            fields = self.batches.list(query)
            if self.on("batches/lawful-token-headers"):
                headers |= {"deployment-enqueued-tokens": "0", "deployment-maximum-enqueued-tokens": "9000"}
        elif kind == "batch-get":
            fields = await self.batches.get(name)
        elif kind == "batch-cancel":
            fields = self.batches.cancel(name)
        elif kind == "upload-cancel":
            fields = self.stores.cancel_upload(name)
        elif kind == "image-status":
            fields = self.drawings.get(name, root)
        elif kind == "image-delete":
            self.drawings.delete(name)
            if self.on("drawings/delete-200"):
                return self.json({"deleted": True})
            return Response(status_code=204)
        elif kind == "ingestion-list":
            fields = self.jobs.list()
        elif kind in ("file-get", "file-delete", "ingestion-status"):
            act = {"file-get": self.stores.get_file, "file-delete": self.stores.delete_file}
            fields = act.get(kind, self.jobs.get)(name)
            if kind == "file-delete" and self.on("files/delete-204"):
                return Response(status_code=204)
        elif kind in ("model-list", "deployment-list"):
            fields = {"model-list": inference.models, "deployment-list": inference.deployments}[kind](
                self.of("lists")
            )
        elif kind == "info":
            fields = inference.info(self.of("inference"))
        else:
            return await self.answered_with_body(kind, name, request, root)
        return self.written(kind, fields, status, headers)

    async def answered_with_body(self, kind: str, name: str, request: Request, root: str) -> Response:
        body = await self.body(request)
        headers: dict[str, str] = {}
        status = 200
        if kind == "upload-create":
            fields: Any = self.stores.create_upload(body)
            if self.on("uploads/lawful-location"):
                headers["location"] = f"{root}/openai/uploads/{fields['id']}"
        elif kind == "upload-complete":
            fields = self.stores.complete(name, body)
        elif kind == "batch-create":
            fields, status = self.batches.create(body), 201
            if self.on("batches/created-200"):
                status = 200
        elif kind == "image-submit":
            fields, headers = self.drawings.submit(body, root)
            status = 200 if self.on("drawings/submitted-200") else 202
        elif kind == "ingestion-start":
            fields = self.jobs.start(name, request.headers, body)
            status = 201 if self.on("jobs/lawful-201") else 200
        elif kind == "extension-chat":
            return self.grounded(body)
        elif kind == "speech":
            return self.speech(body)
        elif kind == "chat":
            return await self.spoken_chat(body)
        elif kind == "completions":
            return await self.completions(body)
        elif self.surface == "azure-openai":
            return self.embeddings(body)
        else:
            fields = inference.vectors(body, request.headers, kind, self.switches)
        return self.written(kind, fields, status, headers)

    def written(self, kind: str, fields: Any, status: int, headers: dict[str, str]) -> Response:
        """Return JSON, changed by the `drop:`, `put:` and `lawful-null:` switches of its kind."""
        for switch in sorted(self.switches):
            how, _, place = switch.partition(":")
            area, _, path = place.partition("/")
            if how in ("drop", "put") and area == kind:
                path, _, value = path.partition("=")
                _patched(fields, path.split("/"), how, json.loads(value) if value else None)
        if self.on("lawful/keys-reversed"):
            fields = _reversed(fields)
        return self.json(fields, status, headers)

    def refusal(self, refused: RefusedError) -> Response:
        if self.on("lawful/authoring-errors"):
            code = {404: "notFound", 409: "conflict", 401: "unauthorized"}.get(
                refused.status, "invalidPayload"
            )
            error: dict[str, Any] = {"code": code, "message": refused.message or "no"}
            error["innererror"] = {"code": "invalidPayload"}
            error |= {"target": refused.param or "request", "details": []}
            headers = {"allow": self.allowed} if refused.status == 405 else {}
            return self.json({"error": error}, refused.status, headers)
        response = super().refusal(refused)
        if "allow" in response.headers:
            response.headers["allow"] = self.allowed
        if not self.on("lawful/no-error-code-header"):
            response.headers["x-ms-error-code"] = str(refused.code)
        return response

    # ----------------------------------------------------- sounds, chat, bytes

    def bytes_of(self, content: bytes) -> Response:
        media = "application/octet-stream"
        for name, other in (("type-text", "text/plain; charset=utf-8"), ("type-json", "application/json")):
            media = other if self.on(f"content/{name}") else media
        if self.on("content/in-json"):
            return self.json({"content": content.decode("utf-8", "replace")})
        if self.on("content/in-base64"):
            content = base64.b64encode(content)
        if self.on("content/lawful-chunked"):

            async def pieces() -> AsyncIterator[bytes]:
                for at in range(0, len(content), 11):
                    yield content[at : at + 11]

            return StreamingResponse(pieces(), 200, media_type=media)
        response = Response(content, 200, headers={"content-type": media})
        if self.on("content/lawful-disposition"):
            response.headers["content-disposition"] = 'attachment; filename="a.jsonl"'
        return response

    def speech(self, body: dict[str, Any]) -> Response:
        on = self.of("speech")
        c = Checks(self.switches, "speech")
        text = c.text(body, "input", required=True, longest=4096) or ""
        c.choice(body, "voice", VOICES, required=True)
        kind = c.choice(body, "response_format", list(TYPES)) or ("wav" if "default-wav" in on else "mp3")
        c.text(body, "model")
        speed = c.number(body, "speed", 0.25, 4, nullable=False) or 1.0
        if "first-words-only" in on:
            text = text[:20]
        content = speech_files.spoken(text, min(max(speed, 0.25), 4.0), kind, on)
        media = TYPES.get(kind, "audio/mpeg")
        if "lawful-octet-stream" in on:
            media = "application/octet-stream"
        if "lawful-other-names" in on:
            media = {"wav": "audio/x-wav", "opus": "audio/opus", "flac": "audio/x-flac", "aac": "audio/aacp",
                     "pcm": "audio/L16; rate=24000; channels=1", "mp3": "audio/mp3"}[kind]  # fmt: skip
        if "lawful-parameters" in on:
            media += {"opus": "; codecs=opus", "pcm": ";rate=24000;encoding=signed-int;bits=16"}.get(
                kind, ";x=1"
            )
        if "type-json" in on:
            media = "application/json"
        if "type-mp3-always" in on:
            media = "audio/mpeg"
        if "type-text" in on:
            media = "text/plain"
        if "empty" in on:
            content = b""
        if "in-json" in on:
            return self.json({"audio": base64.b64encode(content).decode()})
        if "in-base64" in on:
            content = base64.b64encode(content)
        if "lawful-chunked" in on:

            async def pieces() -> AsyncIterator[bytes]:
                for at in range(0, len(content), 8192):
                    yield content[at : at + 8192]

            return StreamingResponse(pieces(), 200, headers={"content-type": media})
        response = Response(content, 200, headers={"content-type": media})
        if "type-missing" in on:
            del response.headers["content-type"]
        return response

    async def spoken_chat(self, body: dict[str, Any]) -> Response:
        """Handle chat, with a spoken answer if requested."""
        on = self.of("spoken")
        body = _older(body, self.switches)
        modalities = body.get("modalities") or []
        if not isinstance(body.get("modalities", []), list) or not set(map(str, modalities)) <= {
            "text",
            "audio",
        }:
            raise RefusedError("modalities is wrong", "modalities")
        given = body.get("audio")
        if given is not None or "audio" in modalities:
            c = Checks(self.switches, "spoken")
            if not isinstance(given, dict):
                raise RefusedError("audio is no object", "audio")
            c.choice(given, "voice", VOICES, field="audio.voice", required=True)
            c.choice(
                given, "format", ["wav", "mp3", "flac", "opus", "pcm16"], field="audio.format", required=True
            )
        if "audio" not in modalities or body.get("tools") or body.get("functions"):
            return await self.chat(body)
        limits = [body.get("max_tokens"), body.get("max_completion_tokens")]
        chat_checks.check_chat(body, self.switches)
        text = answers.SENTENCES[0]
        pieces = answers.tokenize(text)
        given_limits = [one for one in limits if isinstance(one, int)]
        finish = "stop"
        if given_limits and len(pieces) > min(given_limits):
            pieces, finish = pieces[: min(given_limits)], "length"
        text = "".join(pieces)
        kind = (given or {}).get("format") or "wav"
        content = speech_files.spoken(text, 1.0, kind, on)
        data = base64.b64encode(content).decode()
        if "data-url" in on:
            data = "data:audio/wav;base64," + data
        if "base64-broken" in on:
            data = "*" + data
        created = int(time.time())
        audio: dict[str, Any] = {
            "id": f"audio-{uuid.uuid4().hex[:8]}",
            "expires_at": created + 3600,
            "data": data,
            "transcript": text,
        }
        for name in list(audio):
            if f"without-{name}" in on:
                audio.pop(name)
        if "transcript-empty" in on:
            audio["transcript"] = ""
        if "expires-before" in on:
            audio["expires_at"] = created - 1
        if "expires-milliseconds" in on:
            audio["expires_at"] *= 1000
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "audio": audio}
        if "lawful-content-too" in on:
            message["content"] = text
        if "content-other" in on:
            message["content"] = "Something else."
        if "not-spoken" in on:
            message |= {"content": text}
            message.pop("audio")
        if "audio-null" in on:
            message |= {"content": text, "audio": None}
        if body.get("stream"):
            return self.stream(_spoken_chunks(message, finish, created, on), "spoken")
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        usage = {"prompt_tokens": 9, "completion_tokens": len(pieces), "total_tokens": 9 + len(pieces)}
        fields = {
            "id": "cc-1" + uuid.uuid4().hex,
            "object": "chat.completion",
            "created": created,
            "model": "tiny-1",
            "choices": [choice],
            "usage": usage,
        }
        return self.written("spoken", fields, 200, {})

    def grounded(self, body: dict[str, Any]) -> Response:
        on = self.of("grounded")
        stream = grounded_chat.check_grounded(body, self.version, self.switches)
        if "lawful-no-source-found" in on:
            raise RefusedError("the data source cannot be reached", "dataSources")
        most = grounded_chat.wanted(body)
        if not (stream and "stream-ignored" not in on):
            return self.written("extension-chat", grounded_chat.answer(on, most), 200, {})
        frames = [f"data: {json.dumps(one)}\n\n" for one in grounded_chat.chunks(on, most)]
        if "lawful-done-too" in on:
            frames.append("data: [DONE]\n\n")
        if "stream-cut" in on:
            frames[-1] = frames[-1][:30]
        media = "application/json" if "stream-as-json" in on else "text/event-stream"

        async def sent() -> AsyncIterator[bytes]:
            for frame in frames:
                yield frame.encode()

        return StreamingResponse(sent(), 200, headers={"content-type": media})

    async def answered(self, endpoint: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Run one request of a batch; return status and body."""
        kind = endpoint.rsplit("/", 1)[1] if "chat" not in endpoint else "chat"
        if DEPLOYED.get(str(body.get("model"))) != kind:
            return 404, {"error": {"code": "DeploymentNotFound", "message": "The deployment does not exist."}}
        try:
            plain = {**body, "stream": None}
            if kind == "chat":
                response = await self.chat(plain)
            elif kind == "completions":
                response = await self.completions(plain)
            else:
                response = self.embeddings({k: v for k, v in plain.items() if k != "stream"})
        except RefusedError as refused:
            return refused.status, {"error": {"code": refused.code, "message": refused.message}}
        return response.status_code, json.loads(bytes(response.body))


def _spoken_chunks(
    message: dict[str, Any], finish: str, created: int, on: Collection[str]
) -> list[dict[str, Any]]:
    """Return a spoken answer as a stream: its id, then alternating words and sound, then its end."""
    head = {
        "id": "cc-" + uuid.uuid4().hex,
        "object": "chat.completion.chunk",
        "created": created,
        "model": "tiny-1",
    }
    audio = message.get("audio") or {}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None}]
    if audio and "stream-not-spoken" not in on:
        deltas.append({"audio": {"id": audio.get("id", "audio-1")}})
        data = audio.get("data", "")
        deltas += [{"audio": {"data": data[at : at + 4000]}} for at in range(0, len(data), 4000)]
        deltas.append({"audio": {"transcript": audio.get("transcript", ""), "expires_at": created + 3600}})
    else:
        deltas.append({"content": "Said in writing."})
    steps = [(delta, None) for delta in deltas] + [({}, finish)]
    return [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]} for delta, end in steps]


def _older(body: dict[str, Any], switches: Collection[str]) -> dict[str, Any]:
    """Check newer fields of a chat request and return its 2024-10-21 form. Raises RefusedError."""
    c = Checks(switches, "newer")
    c.text(body, "model", nullable=True)
    c.choice(body, "reasoning_effort", ["low", "medium", "high"])
    c.flag(body, "store")
    for name in ("metadata", "enhancements", "user_security_context"):
        c.record(body, name)
    for value in (body.get("metadata") or {}).values():
        if not isinstance(value, str):
            raise RefusedError("metadata holds something else than text", "metadata")
    prediction = c.record(body, "prediction")
    if prediction is not None:
        c.choice(prediction, "type", ["content"], field="prediction.type", required=True)
        c.unless("prediction", prediction.get("content") is None, "prediction has no content", "prediction")
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    older = []
    for message in messages:
        one = (
            {**message, "role": "system"}
            if isinstance(message, dict) and message.get("role") == "developer"
            else message
        )
        if isinstance(one, dict) and one.get("role") == "user" and isinstance(one.get("content"), list):
            one = {**one, "content": [_heard(part) for part in one["content"]]}
        older.append(one)
    return {**body, "messages": older}


def _heard(part: Any) -> Any:
    """Replace sound parts by text; return everything else unchanged."""
    heard = (
        isinstance(part, dict)
        and part.get("type") == "input_audio"
        and isinstance(part.get("input_audio"), dict)
    )
    if not heard:
        return part
    sound = part["input_audio"]
    right = isinstance(sound.get("data"), str) and sound.get("format") in ("wav", "mp3")
    return {"type": "text", "text": "a sound"} if right else part


def _patched(fields: Any, steps: list[str], how: str, value: Any) -> None:
    step, *rest = steps
    if isinstance(fields, list):
        for one in fields:
            _patched(one, rest if step == "*" else steps, how, value)
    elif isinstance(fields, dict) and not rest:
        if how == "drop":
            fields.pop(step, None)
        elif step in fields:
            fields[step] = value
    elif isinstance(fields, dict) and step in fields:
        _patched(fields[step], rest, how, value)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(one) for one in value] if isinstance(value, list) else value


def configured(document: str, switches: Collection[str], port: int, key: str = KEY) -> uvicorn.Server:
    app = OtherDocumentsServer(document, switches, key).app
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="error", lifespan="off", http=wire.spoken(switches)
    )
    return uvicorn.Server(config)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", choices=sorted(ROUTES))
    parser.add_argument("switches", nargs="*")
    parser.add_argument("--port", type=int, default=8123)
    given = parser.parse_args()
    with suppress(KeyboardInterrupt):
        configured(given.document, given.switches, given.port).run()


if __name__ == "__main__":
    main()
