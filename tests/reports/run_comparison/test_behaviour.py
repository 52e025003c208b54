"""Changes of behaviour that no rule covers."""

from __future__ import annotations

import json
from dataclasses import replace

from aoai_model.case import Derivation
from aoai_reports.run_comparison.comparing import compare_documents_of, compare_runs


def changes(build, old, new, *noise) -> list[tuple[str, str, str, str]]:
    compared = compare_runs(build.record(*old), build.record(*new), [build.record(*each) for each in noise])
    return [
        (each.aspect, each.place, each.before, each.after)
        for part in compared.parts
        for each in part.behaviour
    ]


def test_ids_times_and_texts_are_not_differences(build) -> None:
    other = build.answer(id="chatcmpl-2", created=2, system_fingerprint="fp_2", usage={"total_tokens": 3})
    same = build.answer(id="chatcmpl-1", created=1, system_fingerprint="fp_1", usage={"total_tokens": 9})
    assert changes(build, [build.exchange(body=same)], [build.exchange(body=other)]) == []


def test_a_removed_field_is_reported_once_without_its_content(build) -> None:
    old = [build.exchange(body=build.answer(usage={"total_tokens": 1}))]
    assert changes(build, old, [build.exchange()]) == [("field", "/usage", "always", "never")]


def test_an_intermittent_field_is_reported(build) -> None:
    whole, bare = build.answer(usage=None), build.answer()
    old = [build.exchange("chat/a", body=whole), build.exchange("chat/b", body=whole)]
    new = [build.exchange("chat/a", body=whole), build.exchange("chat/b", body=bare)]
    assert changes(build, old, new) == [("field", "/usage", "always", "sometimes")]


def test_a_changed_type_is_reported(build) -> None:
    old, new = build.answer(created=1), build.answer(created="1")
    assert changes(build, [build.exchange(body=old)], [build.exchange(body=new)]) == [
        ("type", "/created", "number", "string")
    ]


def test_a_value_that_the_document_lists_is_reported(build) -> None:
    old, new = build.answer(), build.answer(object="chat_completion")
    assert changes(build, [build.exchange(body=old)], [build.exchange(body=new)]) == [
        ("value", "/object", "chat.completion", "chat_completion")
    ]


def test_the_structure_of_chunks_is_reported(build) -> None:
    chunk = {"id": "1", "choices": [{"delta": {"content": "a"}}]}
    old = [build.exchange(chunks=(json.dumps(chunk), "[DONE]"))]
    new = [build.exchange(chunks=(json.dumps(chunk | {"obfuscation": "x"}), "[DONE]"))]
    assert changes(build, old, new) == [("field", "/obfuscation", "never", "always")]


def test_a_stream_that_no_longer_ends_is_reported(build) -> None:
    old, new = [build.exchange(chunks=("{}", "[DONE]"))], [build.exchange(chunks=("{}",))]
    assert changes(build, old, new) == [("stream", "[DONE]", "ends with [DONE]", "ends without [DONE]")]


def test_a_removed_header_is_reported_but_not_a_hop_by_hop_header(build) -> None:
    headers = {"Content-Type": "application/json", "x-ms-region": "x", "Date": "today"}
    new = {"content-type": "application/json; charset=utf-8"}
    assert changes(build, [build.exchange(headers=headers)], [build.exchange(headers=new)]) == [
        ("header", "x-ms-region", "sent", "not sent")
    ]


def test_a_changed_error_code_is_reported(build) -> None:
    old = build.exchange(status=400, body={"error": {"code": "a", "message": "no"}})
    new = build.exchange(status=400, body={"error": {"code": "b", "message": "nope"}})
    assert changes(build, [old], [new]) == [("error", "/error/code", '"a"', '"b"')]


def test_a_changed_limit_is_reported_once_instead_of_its_status(build) -> None:
    old = build.exchange(status=400, points=("n.maximum:above",), body={"error": {"code": "a"}})
    new = build.exchange(points=("n.maximum:above",))
    assert changes(build, [old], [new]) == [("limit", "n.maximum:above", "refused", "accepted")]


def test_a_changed_status_is_reported(build) -> None:
    old = build.exchange(status=404, body={"error": {"code": "a"}})
    new = build.exchange(status=400, body={"error": {"code": "a"}})
    assert changes(build, [old], [new]) == [("status", "", "404", "400")]


def test_times_are_reported_only_if_their_distributions_differ(build) -> None:
    def run(seconds: float) -> list:
        return [build.exchange(f"chat/{place}", started=seconds + place / 1000) for place in range(12)]

    assert changes(build, run(0.1), run(0.2)) == []
    assert changes(build, run(0.1), run(0.9)) == [
        ("timing", "first byte", "median 0.106 s", "median 0.906 s")
    ]


def test_differences_that_a_noise_run_shows_too_are_omitted(build) -> None:
    bare, more = [build.exchange()], [build.exchange(body=build.answer(usage=None))]
    assert changes(build, bare, more, more) == []
    assert changes(build, bare, more, bare) == [("field", "/usage", "never", "always")]


def test_another_host_and_deployment_do_not_make_another_request(build) -> None:
    old = build.record(build.exchange())
    new = build.record(build.exchange(host="http://gateway:2"), target="http://gateway:2")
    assert not compare_runs(old, new).differs


def test_a_base_path_of_the_target_does_not_make_another_request(build) -> None:
    old = build.record(build.exchange())
    new = build.record(build.exchange(host="http://g/team"), target="http://g/team")
    assert not compare_runs(old, new).differs


def test_another_request_under_the_same_name_is_not_compared(build) -> None:
    old = build.exchange(sent={"n": 1})
    new = build.exchange(sent={"n": 2}, body=build.answer(usage=None))
    compared = compare_runs(build.record(old), build.record(new))
    assert compared.parts[0].matched.altered == ("chat/base",)
    assert not compared.parts[0].behaviour


def test_a_renumbered_case_is_found_by_its_request(build) -> None:
    old, new = build.exchange("chat/one", sent={"n": 1}), build.exchange("chat/two", sent={"n": 1})
    part = compare_runs(build.record(old), build.record(new)).parts[0]
    assert (part.matched.same, part.matched.only_base, part.matched.only_revision) == (1, (), ())


def test_two_api_versions_of_one_run_are_compared(build) -> None:
    older = "azure-openai@2024-02-01"
    lines = [
        build.exchange(f"{older}:chat/base", document=older, operation="Chat_Old"),
        build.exchange(f"{build.document}:chat/base", body=build.answer(usage=None)),
    ]
    compared = compare_documents_of(build.record(*lines, documents=(older, build.document)))
    [part] = compared.parts
    assert part.matched.same == 1
    assert [(each.operation, each.place) for each in part.behaviour] == [("Chat_Old", "/usage")]


def test_a_document_without_a_counterpart_is_named(build) -> None:
    one = build.record(build.exchange())
    other = build.record(
        build.exchange(document="ai-model-inference@2025-04-01"), documents=("ai-model-inference@2025-04-01",)
    )
    compared = compare_runs(one, other)
    assert compared.left_over == ((build.document,), ("ai-model-inference@2025-04-01",))
    assert compared.differs


def test_the_number_of_polls_of_a_case_is_not_a_difference(build) -> None:
    waiting, done = build.answer(status="running"), build.answer(status="completed")
    asked = {"n": 1}

    def run(*bodies) -> list:
        first, *repeated = bodies
        return [
            build.exchange("flow/ready", body=first, sent=asked),
            *(
                replace(
                    build.exchange(f"flow/ready/again-{place:02}", body=body, sent=asked),
                    derived=Derivation("flow/ready", "repeated"),
                )
                for place, body in enumerate(repeated, 1)
            ),
        ]

    old, new = build.record(*run(waiting, done)), build.record(*run(waiting, waiting, waiting, done))
    assert not compare_runs(old, new).differs


def test_responses_to_early_polls_are_not_a_difference(build) -> None:
    def answered(status: str) -> list:
        return [build.exchange(body=build.answer(status=status))]

    assert changes(build, answered("in_progress"), answered("validating")) == []
    assert changes(build, answered("in_progress"), answered("completed")) == []
    assert changes(build, answered("completed"), answered("done")) == [
        ("value", "/status", "completed", "done")
    ]
