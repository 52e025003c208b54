"""Valid variants of what one server does: none is reported at must or should."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from by_hand import (
    SAFE,
    Raw,
    chat_answer,
    choice,
    completion,
    embeddings,
    error,
    exchange,
    images,
    operation,
    picture,
    stream,
    verbose,
)
from examples_media import coded, packed
from examples_refusals import AT, HOT

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rules
from claims import for_each

UNIT = [0.6, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
B64 = {"response_format": "b64_json"}
SRT = "1\n00:00:00,000 --> 00:00:01,500\nHello.\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:01.500\nHello.\n"


def refusal(answer: Any, status: int = 400, point: str = HOT, **more: Any) -> Exchange:
    return exchange("chat", answer, status=status, points=[point], **more)


def protocol(point: str, status: int, answer: Any, **more: Any) -> Exchange:
    return exchange("chat", answer, status=status, points=[point], origin="protocol", **more)


def completed(answer: Any, **sent: Any) -> Exchange:
    return exchange("completions", answer, sent=sent)


def embedded(answer: Any, **sent: Any) -> Exchange:
    return exchange("embeddings", answer, sent=sent)


def heard(answer: Any, form: str | None = None, kind: str = "transcription", **fields: str) -> Exchange:
    return exchange(kind, answer, form={**({"response_format": form} if form else {}), **fields})


def reordered(answer: dict[str, Any]) -> Raw:
    return Raw(json.dumps(dict(reversed(answer.items())), indent=2).encode(), "application/json")


def streamed(*chunks: dict[str, Any], **sent: Any) -> Exchange:
    head = {key: value for key, value in completion().items() if key not in ("choices", "usage")}
    events = stream(*({**head, **chunk} for chunk in chunks))
    return exchange("completions", events, sent={"stream": True, **sent})


def with_headers(made: Exchange, *headers: tuple[str, str]) -> Exchange:
    assert made.response is not None
    return replace(made, response=replace(made.response, headers=(*made.response.headers, *headers)))


FIRST_NULL = {
    "tokens": ["Hello", " you"],
    "token_logprobs": [None, -0.5],
    "text_offset": [0, 5],
    "top_logprobs": [None, {" you": -0.5}],
}
REAL = {
    "error": {
        "code": "content_filter",
        "message": "The response was filtered.",
        "param": "prompt",
        "type": None,
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {
                **SAFE,
                "hate": {"filtered": True, "severity": "high"},
                "jailbreak": {"filtered": False, "detected": False},
            },
        },
    }
}
OTHER_PATH = {
    "error": {
        "code": "content_filter",
        "message": "The response was filtered.",
        "inner_error": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_results": {**SAFE, "hate": {"filtered": True, "severity": "high"}},
        },
    }
}
MODEL_SIDE = {
    "error": {"message": "0 is too small.", "type": "invalid_request_error", "param": None, "code": None}
}
PLAIN = Raw(b"Unsupported data type\n", "text/plain; charset=utf-8")
DATE = "Wed, 21 Oct 2026 07:28:00 GMT"
OWN = {"statusCode": 401, "message": "Unauthorized. Access token is missing."}

VARIANTS: dict[str, Exchange] = {
    # errors, as the real service was seen to write them
    "401 in the service's own form": protocol("authentication:none", 401, OWN),
    "401 with code 401": protocol("authentication:wrong-key", 401, error("401", "Access denied.")),
    "401 with code Unauthorized": protocol("authentication:wrong-bearer", 401, error("Unauthorized")),
    "400 for half a bearer token": protocol("authentication:malformed-bearer", 400, error("invalid_request")),
    "404 with code 404": protocol("api-version:missing", 404, error("404", "Resource not found")),
    "400 for an api-version": protocol("api-version:unknown", 400, error("BadRequest", "Not supported")),
    "422 for an api-version": protocol("api-version:missing", 422, error("validation_error")),
    "404 with a code of its own": protocol("deployment:unknown", 404, error("model_not_found")),
    "404 for a GET": protocol("method:get", 404, error("404", "Resource not found"), method="GET"),
    "405 for a GET": protocol(
        "method:get", 405, error("405"), method="GET", headers=[("allow", "post,options")]
    ),
    "405 whose Allow comes in two headers": protocol(
        "method:get", 405, error("405"), method="GET", headers=[("Allow", "OPTIONS"), ("allow", "POST")]
    ),
    "405 in plain text": with_headers(
        protocol("method:get", 404, error("404", "Not Found"), method="GET"), ("server", "uvicorn")
    ),
    "415 for text": protocol("content-type:text", 415, error("UnsupportedMediaType")),
    "400 for text": protocol("content-type:text", 400, error("BadRequest")),
    "plain text for a body of the wrong type": protocol("body:malformed-json", 400, PLAIN),
    "422 for malformed JSON": protocol("body:malformed-json", 422, error("validation_error")),
    "411 for no body": protocol("body:empty", 411, error("LengthRequired")),
    "an error of the model's side": refusal(MODEL_SIDE),
    "an error with a type alone": refusal(error(None, type="invalid_request_error")),
    "an error with nothing but code and message": refusal(error()),
    "an error with param null": refusal(error(param=None)),
    "an error with param as a path": refusal(error(param="$.temperature")),
    "an error whose param nobody knows": refusal(error(param="requestBody")),
    "an error with an open inner error code": refusal(error(inner_error={"code": "SomethingElse"})),
    "an error with unknown extra fields": refusal(error(details=[], target="temperature")),
    "an error in another charset's name": refusal(
        Raw(json.dumps(error()).encode(), 'application/json; charset="UTF-8"')
    ),
    "422 for a number": refusal(error("unprocessable"), 422),
    "a code of three digits that is no status": refusal(error("1214")),
    "a filtered prompt": exchange("chat", REAL, status=400, expect="any", origin="generated"),
    "a filtered prompt, the other spelling": exchange(
        "chat", OTHER_PATH, status=400, expect="any", origin="generated"
    ),
    "a filtered prompt without details": exchange(
        "chat", error("content_filter"), status=400, expect="any", origin="generated"
    ),
    "a 429 with Retry-After as a date": exchange(
        "chat", error("429"), status=429, expect="any", headers=[("Retry-After", DATE)]
    ),
    "a 429 with a negative delay": exchange(
        "chat", error("429"), status=429, expect="any", headers=[("Retry-After", "-1")]
    ),
    "a 429 without any delay": exchange("chat", error("429"), status=429, expect="any"),
    # refusals that tell nothing of the contract
    "a model that does not support a parameter": refusal(
        error("OperationNotSupported", "It does not work with the specified model."),
        point=AT,
        expect="accept",
    ),
    "a model with another parameter": refusal(
        error("unsupported_parameter", type="invalid_request_error"), point=AT, expect="accept"
    ),
    "a filter that stops an accepted request": refusal(REAL, point=AT, expect="accept"),
    "a busy server": refusal(error("429"), 429, AT, expect="accept"),
    "a gateway that gives up": refusal(Raw(b"<html>", "text/html"), 504, AT, expect="accept"),
    "a data source that is not there": refusal(error(), point="data_sources.minItems:at", expect="accept"),
    "a packed request that is refused": exchange(
        "chat", error(), status=400, points=[AT, "top_p.maximum:at"], expect="accept", origin="packed"
    ),
    # HTTP
    "header names in another case": with_headers(
        exchange("chat", chat_answer()),
        ("X-RateLimit-Remaining-Tokens", "1"),
        ("x-ms-region", "Sweden Central"),
    ),
    "JSON that is indented and ordered otherwise": exchange("chat", reordered(chat_answer())),
    "JSON with other escapes": exchange(
        "chat", Raw(json.dumps(chat_answer()).replace("Hi.", "\\u0048i.").encode(), "application/json")
    ),
    "JSON in UTF-8": exchange(
        "chat", Raw(json.dumps(chat_answer(model="gpt-é"), ensure_ascii=False).encode(), "application/json")
    ),
    # completions
    "choices in any order": completed(completion(choice(1), choice(0)), n=2),
    "whole numbers with a fraction of zero": completed(
        completion(choice(index=0.0), created=1_700_000_000.0)  # type: ignore[arg-type]
    ),
    "no usage": completed({key: value for key, value in completion().items() if key != "usage"}),
    "a text that repeats the prompt unasked": completed(completion(choice(text="Hello Hello"))),
    "an empty completion": completed(completion(choice(text=""), made=0)),
    "an echo of several prompts": completed(
        completion(choice(0, "A."), choice(1, "B."), made=4), prompt=["A", "B"], echo=True
    ),
    "an echo whose first token has no probability": completed(
        completion({**choice(text="Hello you", finish_reason="length"), "logprobs": FIRST_NULL}, made=1),
        echo=True,
        logprobs=1,
        max_tokens=1,
    ),
    "offsets that count the prompt": completed(
        completion(
            choice(
                text=" you",
                logprobs={
                    "tokens": [" you"],
                    "token_logprobs": [-0.5],
                    "text_offset": [5],
                    "top_logprobs": [{" you": -0.5, " me": -1.0}],
                },
            )
        ),
        logprobs=1,
    ),
    "chosen tokens alone for logprobs 0": completed(
        completion(
            choice(
                text=" you",
                logprobs={
                    "tokens": [" you"],
                    "token_logprobs": [-0.5],
                    "text_offset": [0],
                    "top_logprobs": [],
                },
            )
        ),
        logprobs=0,
    ),
    "no probabilities for logprobs 0": completed(completion(), logprobs=0),
    "a completion that the filter took": completed(
        completion(choice(text="", finish_reason="content_filter"), made=0), logprobs=1
    ),
    "a stop sequence in the prompt": completed(
        completion(choice(text="A\nB you")), prompt="A\nB", echo=True, stop="\n"
    ),
    "a completion in several chunks": streamed(
        {"choices": [choice(text=" th", finish_reason=None)]},
        {"choices": [choice(text="ere", finish_reason=None)]},
        {"choices": [choice(text="")]},
    ),
    "two completions whose chunks alternate": streamed(
        {"choices": [choice(1, " a", finish_reason=None)]},
        {"choices": [choice(0, " b", finish_reason=None)]},
        {"choices": [choice(0, "")]},
        {"choices": [choice(1, "")]},
        n=2,
    ),
    # embeddings
    "a text as the only input": embedded(embeddings(UNIT), input="Hello"),
    "numbers without fractions": embedded(embeddings([1, 0, 0, 0])),
    "base64 of what was asked": embedded(embeddings(packed(UNIT)), encoding_format="base64"),
    "format and dimensions null": embedded(embeddings(UNIT), encoding_format=None, dimensions=None),
    "the same text twice": embedded(embeddings(UNIT, UNIT), input=["a", "a"]),
    "texts that differ in space alone": embedded(embeddings(UNIT, UNIT), input=["a b", "A  b "]),
    "two texts in one dimension": embedded(embeddings([1.0], [1.0]), input=["a", "b"], dimensions=1),
    "vectors of another length than 1": embedded(embeddings([3.0, 4.0])),
    # images
    "an image with null for the other form": exchange(
        "images", images({"url": "http://127.0.0.1:8000/i/1.png", "b64_json": None})
    ),
    "an image in base64 with a revised prompt": exchange(
        "images", images({**coded(picture(1024, 1024)), "revised_prompt": "A cat."}), sent=B64
    ),
    "an image with its filter results": exchange(
        "images",
        images(
            {
                "url": "https://example.com/1.png",
                "content_filter_results": SAFE,
                "prompt_filter_results": {**SAFE, "profanity": {"filtered": False, "detected": False}},
            }
        ),
    ),
    # transcripts
    "json when nothing is asked for": heard({"text": "Hello."}),
    "silence as json": heard({"text": ""}, "json"),
    "silence as text": heard("", "text"),
    "silence as srt": heard("", "srt"),
    "silence as vtt": heard("WEBVTT\n", "vtt"),
    "text without a charset": heard(Raw("Grüße.\n".encode(), "text/plain"), "text"),
    "words that are a number": heard("42\n", "text"),
    "srt with CRLF": heard(SRT.replace("\n", "\r\n"), "srt"),
    "srt without its last line ending": heard(SRT.rstrip(), "srt"),
    "vtt with hours and numbers": heard(
        VTT.replace("00:00.", "00:00:00.").replace("\n\n0", "\n\n1\n0"), "vtt"
    ),
    "verbose_json of silence": heard(verbose(), "verbose_json"),
    "verbose_json with ids from 1": heard(
        {**verbose((0.0, 1.0, "Hi.")), "segments": [{**verbose((0.0, 1.0, "Hi."))["segments"][0], "id": 1}]},
        "verbose_json",
    ),
    "verbose_json without segments": heard(
        {"text": "Hi.", "task": "transcribe", "duration": 3.0}, "verbose_json"
    ),
    "segments that overlap a little": heard(verbose((0.0, 1.2, "Hi"), (1.0, 2.0, " you.")), "verbose_json"),
    "segments without times": heard({"text": "Hi.", "segments": [{"id": 0, "text": "Hi."}]}, "verbose_json"),
    "verbose_json with the language's code": heard(
        verbose((0.0, 1.0, "Hi."), language="en"), "verbose_json", language="en"
    ),
    "a translation of French": heard(
        verbose((0.0, 1.0, "Hi."), task="translate"), "verbose_json", "translation"
    ),
    "a segment that ends a little late": heard(verbose((0.0, 3.6, "Hi.")), "verbose_json"),
    "a duration in whole seconds": heard(verbose((0.0, 1.0, "Hi."), duration=3), "verbose_json"),
    "a duration that is rounded": heard(verbose((0.0, 1.0, "Hi."), duration=3.12), "verbose_json"),
}


@for_each(VARIANTS, group=lambda variant: VARIANTS[variant].case.kind, name=str)
def test_a_valid_variant_has_no_violations(variant: str) -> None:
    made = VARIANTS[variant]
    verdicts = judge(made, operation(made.case.kind), rules())
    reported = [
        (verdict.rule_id, violation)
        for verdict in verdicts
        for violation in verdict.violations
        if violation.level != "may"
    ]
    assert reported == []
    assert [verdict for verdict in verdicts if "The probe raised" in verdict.note] == []


def test_there_are_many_variants() -> None:
    assert len(VARIANTS) >= 60
