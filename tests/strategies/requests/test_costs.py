from __future__ import annotations

import json

from aoai_model.case import JsonBody, MultipartBody, Part, PlannedRequest
from aoai_model.serialization import Json
from aoai_strategies.requests.costs import token_estimate
from aoai_strategies.requests.media import PNG_DATA_URL


def request(body: Json) -> PlannedRequest:
    return PlannedRequest("POST", "/x", body=JsonBody(body))


def test_four_characters_are_a_token() -> None:
    assert token_estimate("completions", request({"prompt": "12345678"}), "accept") == (2, 16)
    assert token_estimate("completions", request({"prompt": "123456789"}), "accept") == (3, 16)


def test_fields_that_reach_no_model_cost_nothing() -> None:
    assert token_estimate("embeddings", request({"input": "1234", "user": "x" * 400}), "accept") == (1, 0)


def test_each_choice_of_each_prompt_costs_its_bound() -> None:
    body: Json = {"prompt": ["a", "b"], "n": 3, "max_tokens": 10}
    assert token_estimate("completions", request(body), "accept")[1] == 60


def test_the_best_of_several_costs_all_of_them() -> None:
    assert token_estimate("completions", request({"prompt": "a", "best_of": 5, "n": 2}), "accept")[1] == 80


def test_an_image_costs_the_same_whatever_its_url() -> None:
    part: Json = {"type": "image_url", "image_url": {"url": PNG_DATA_URL}}
    body: Json = {"messages": [{"role": "user", "content": [part]}], "max_tokens": 1}
    prompt, completion = token_estimate("chat", request(body), "accept")
    assert 85 < prompt < 120
    assert completion == 1


def test_a_request_to_be_rejected_costs_nothing() -> None:
    assert token_estimate("chat", request({"messages": [], "n": 128}), "reject") == (0, 0)


def test_absurd_numbers_count_as_the_maximum() -> None:
    body: Json = {"messages": [], "n": 2**31, "max_tokens": 2**31}
    assert token_estimate("chat", request(body), "any")[1] == 128 * 4096


def test_a_file_of_requests_costs_what_its_lines_cost() -> None:
    line = json.dumps({"body": {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 4}})
    rest = "no request\n" + "[" * 100_000
    file = Part("file", f"{line}\n{line}\n{rest}".encode(), "requests.jsonl")
    sent = PlannedRequest("POST", "/files", body=MultipartBody((file, Part("purpose", b"batch"))))
    prompt, completion = token_estimate("file-upload", sent, "accept")
    assert completion == 8
    assert prompt > 0
    assert token_estimate("file-upload", sent, "reject") == (0, 0)
