"""Cassettes of VCR and vcrpy, and recordings of the Azure SDK test proxy."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from traffic import CHUNKS, MESSAGES, answer, chat_url, events, url

from aoai_conformance.cli import main
from aoai_conformance.recording.traffic.files import FORMATS, load_log
from aoai_conformance.recording.traffic.har import read_har
from aoai_conformance.target.documents import choose_documents
from aoai_model.case import MultipartBody
from aoai_model.exchange import Response
from aoai_reports.record.reader import Record, read_record
from aoai_specs.errors import ConformanceError

DOCUMENTS = choose_documents(api_versions=["2024-10-21"])
ANSWER = json.dumps(answer())
OPENAI_URL = "https://api.openai.com/v1/chat/completions"
SENT = {"Content-Type": ["application/json"], "api-key": ["tell-no-one"]}
GOT = {"content-type": ["application/json"], "Date": ["Fri, 01 May 2026 00:00:00 GMT"]}


def vcrpy(
    address: str = chat_url(), *, body: Any = None, headers: Any = None, **response: Any
) -> dict[str, Any]:
    got = {"body": {"string": ANSWER if body is None else body}, "headers": headers or GOT}
    return {
        "interactions": [
            {
                "request": {"method": "POST", "uri": address, "headers": SENT, "body": json.dumps(MESSAGES)},
                "response": {**got, "status": {"code": 200, "message": "OK"}, **response},
            }
        ],
        "version": 1,
    }


def session(body: Any, content_type: str = "application/json") -> dict[str, Any]:
    return {
        "Entries": [
            {
                "RequestUri": chat_url(),
                "RequestMethod": "POST",
                "RequestHeaders": {"Content-Type": "application/json", "api-key": "Sanitized"},
                "RequestBody": MESSAGES,
                "StatusCode": 200,
                "ResponseHeaders": {"Content-Type": content_type, "Vary": ["a", "b"]},
                "ResponseBody": body,
            }
        ],
        "Variables": {},
    }


def run(file: Path, *options: str | Path) -> Any:
    return CliRunner().invoke(main, ["judge", str(file), *map(str, options)])


def write(path: Path, content: Any) -> Path:
    path.write_text(yaml.safe_dump(content) if path.suffix == ".yaml" else json.dumps(content))
    return path


def response_of(path: Path) -> Response:
    (exchange,) = read_har(path, DOCUMENTS).exchanges
    assert exchange.sent_json == MESSAGES
    assert exchange.response is not None
    return exchange.response


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_cassette_of_vcrpy_is_judged(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"t.{suffix}", vcrpy())
    assert response_of(path).json == answer()
    assert "tell-no-one" not in repr(read_har(path, DOCUMENTS))
    assert run(path).exit_code == 0


def test_a_defect_in_a_cassette_is_found(tmp_path: Path) -> None:
    wrong = answer()
    del wrong["choices"][0]["finish_reason"]
    result = run(write(tmp_path / "t.yaml", vcrpy(body=json.dumps(wrong))))
    assert result.exit_code == 1
    assert "finish_reason" in result.output


def test_the_parsed_body_of_a_cassette_is_its_body(tmp_path: Path) -> None:
    cassette = vcrpy(parsed_body=answer())
    del cassette["interactions"][0]["response"]["body"]
    assert response_of(write(tmp_path / "t.yaml", cassette)).json == answer()


@pytest.mark.parametrize("member", ["body", "content"])
def test_an_object_that_is_the_body_is_read(tmp_path: Path, member: str) -> None:
    cassette = vcrpy(**{member: answer()})
    if member != "body":
        del cassette["interactions"][0]["response"]["body"]
    cassette["interactions"][0]["request"]["body"] = MESSAGES
    assert response_of(write(tmp_path / "t.yaml", cassette)).json == answer()


def test_an_empty_body_with_a_length_counts_as_not_recorded(tmp_path: Path) -> None:
    cassette = vcrpy()
    cassette["interactions"][0]["request"] |= {"body": None, "headers": {"content-length": ["400"]}}
    (exchange,) = read_har(write(tmp_path / "t.yaml", cassette), DOCUMENTS).exchanges
    assert exchange.request.body_missing


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(ANSWER, "application/json"), ("data: [DONE]\n\n", "text/event-stream"), ("No.", None)],
)
def test_a_response_without_any_header_has_the_type_of_its_body(
    tmp_path: Path, body: str, media_type: str | None
) -> None:
    cassette = vcrpy(body=body)
    cassette["interactions"][0]["response"]["headers"] = {}
    found = response_of(write(tmp_path / "t.yaml", cassette))
    assert dict(found.headers).get("Content-Type") == media_type


def test_a_list_that_is_the_body_is_read(tmp_path: Path) -> None:
    assert response_of(write(tmp_path / "t.yaml", vcrpy(body=[answer()]))).json == [answer()]


def test_a_status_may_be_written_as_a_text(tmp_path: Path) -> None:
    cassette = vcrpy(status={"code": "200", "message": "OK"})
    assert response_of(write(tmp_path / "t.yaml", cassette)).status == 200


def test_a_multipart_body_that_is_a_text_is_read_as_utf_8(tmp_path: Path) -> None:
    """A HAR file has one character for each byte there."""
    cassette = vcrpy(url("deployments/w/audio/transcriptions"), body=json.dumps({"text": "Oak."}))
    request = cassette["interactions"][0]["request"]
    request["headers"] = {"Content-Type": ["multipart/form-data; boundary=b"]}
    request["body"] = (
        '--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nÄpfel\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\nID3\r\n--b--\r\n'
    )
    (exchange,) = read_har(write(tmp_path / "t.yaml", cassette), DOCUMENTS).exchanges
    assert isinstance(exchange.case.request.body, MultipartBody)
    assert exchange.case.request.body.parts[0].content == "Äpfel".encode()


def test_a_response_that_vcrpy_kept_for_httpx_is_read(tmp_path: Path) -> None:
    cassette = vcrpy(content=ANSWER, status_code=200)
    for member in ("body", "status"):
        del cassette["interactions"][0]["response"][member]
    assert response_of(write(tmp_path / "t.yaml", cassette)).json == answer()


def test_a_compressed_body_is_decoded(tmp_path: Path) -> None:
    cassette = vcrpy(body=gzip.compress(ANSWER.encode()), headers={**GOT, "Content-Encoding": ["gzip"]})
    assert response_of(write(tmp_path / "t.yaml", cassette)).json == answer()


def test_a_body_that_was_decoded_under_its_old_header_is_read(tmp_path: Path) -> None:
    cassette = vcrpy(headers={**GOT, "Content-Encoding": ["gzip"]})
    assert response_of(write(tmp_path / "t.yaml", cassette)).json == answer()


def test_a_body_in_an_unknown_coding_counts_as_not_recorded(tmp_path: Path) -> None:
    cassette = vcrpy(body=b"\x81\xff\xfe", headers={**GOT, "Content-Encoding": ["br"]})
    traffic = read_har(write(tmp_path / "t.yaml", cassette), DOCUMENTS)
    assert traffic.left_aside == {"the body of its response was not recorded": 1}


def test_a_cassette_of_ruby_with_a_stream_is_judged(tmp_path: Path) -> None:
    stream = base64.b64encode(events(*CHUNKS).encode()).decode()
    path = tmp_path / "t.yml"
    path.write_text(f"""---
http_interactions:
- request:
    method: post
    uri: {chat_url()}
    body: {{encoding: UTF-8, string: '{json.dumps({**MESSAGES, "stream": True})}'}}
    headers: {{Content-Type: [application/json]}}
  response:
    status: {{code: 200, message: OK}}
    headers: {{Content-Type: [text/event-stream]}}
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        {stream}
  recorded_at: Fri, 01 May 2026 00:00:00 GMT
recorded_with: VCR 6.1.0
""")
    (exchange,) = read_har(path, DOCUMENTS).exchanges
    assert exchange.response is not None
    assert [event.data for event in exchange.response.events or ()][-1] == "[DONE]"
    result = run(path, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert read_record(tmp_path / "out" / "record.ndjson").header.started == "2026-05-01T00:00:00.000Z"


def test_a_base64_string_of_ruby_is_decoded(tmp_path: Path) -> None:
    encoded = base64.b64encode(ANSWER.encode()).decode()
    cassette = vcrpy(body=None)
    cassette["interactions"][0]["response"]["body"] = {"encoding": "UTF-8", "base64_string": encoded}
    assert response_of(write(tmp_path / "t.json", cassette)).json == answer()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (answer(), "application/json"),
        (ANSWER, "application/json"),
        ([ANSWER[:9], ANSWER[9:]], "application/json; charset=utf-8"),
        (base64.b64encode(ANSWER.encode()).decode(), "application/octet-stream"),
    ],
)
def test_every_form_of_a_body_that_the_test_proxy_writes_is_read(
    tmp_path: Path, body: Any, content_type: str
) -> None:
    response = response_of(write(tmp_path / "t.json", session(body, content_type)))
    assert json.loads(response.body) == answer()
    assert [value for name, value in response.headers if name == "Vary"] == ["a", "b"]


def test_a_recording_of_the_test_proxy_is_judged(tmp_path: Path) -> None:
    assert run(write(tmp_path / "t.json", session(answer()))).exit_code == 0
    empty = run(write(tmp_path / "u.json", session(None)))
    assert empty.exit_code == 1


def test_content_length_beside_transfer_encoding_is_the_recorder_s_doing(tmp_path: Path) -> None:
    headers = {**GOT, "Transfer-Encoding": ["chunked"], "Content-Length": [str(len(ANSWER))]}
    assert run(write(tmp_path / "t.yaml", vcrpy(headers=headers))).exit_code == 0


def judged_documents(tmp_path: Path, *addresses: str, options: tuple[str, ...] = ()) -> Record:
    log: list[Any] = []
    for address in addresses:
        log += vcrpy(address)["interactions"]
    path = write(tmp_path / "t.yaml", {"interactions": log})
    run(path, *options, "--out", tmp_path / "out")
    return read_record(tmp_path / "out" / "record.ndjson")


def test_the_api_versions_in_a_recording_choose_the_documents(tmp_path: Path) -> None:
    record = judged_documents(tmp_path, chat_url("2024-06-01"), chat_url("2023-12-01-preview"))
    assert record.header.documents == ("azure-openai@2024-06-01", "azure-openai@2023-12-01-preview")
    assert [line.document for line in record.exchanges] == list(record.header.documents)


def test_an_api_version_of_model_inference_chooses_its_document(tmp_path: Path) -> None:
    address = "https://x.services.ai.azure.com/models/chat/completions?api-version=2025-04-01"
    record = judged_documents(tmp_path, address)
    assert record.header.documents == ("ai-model-inference@2025-04-01",)
    assert len(record.exchanges) == 1


def test_a_document_is_chosen_by_the_further_api_versions_that_it_describes(tmp_path: Path) -> None:
    address = "https://x.services.ai.azure.com/models/chat/completions?api-version=2025-05-15-preview"
    record = judged_documents(tmp_path, address)
    assert record.header.documents == ("ai-model-inference@2025-04-01",)
    assert len(record.exchanges) == 1


def test_a_document_is_not_chosen_by_an_api_version_of_the_other_surface(tmp_path: Path) -> None:
    result = run(write(tmp_path / "t.yaml", vcrpy(chat_url("2025-05-15-preview"))))
    assert "no description of api-version 2025-05-15-preview is selected" in result.stderr


def test_the_letter_case_of_the_api_version_parameter_does_not_matter(tmp_path: Path) -> None:
    address = chat_url("2024-06-01").replace("api-version", "Api-Version")
    record = judged_documents(tmp_path, address)
    assert record.header.documents == ("azure-openai@2024-06-01",)
    (line,) = record.exchanges
    assert (line.expect, line.points) == ("any", ())


def test_the_layout_of_openai_is_recognised_and_judged_by_the_newest_document(tmp_path: Path) -> None:
    record = judged_documents(tmp_path, OPENAI_URL)
    assert record.header.documents == ("azure-openai@2025-03-01-preview",)
    (line,) = record.exchanges
    assert (line.kind, line.expect, line.points) == ("chat", "any", ())


def test_a_request_in_the_layout_of_openai_is_not_held_against_the_server(tmp_path: Path) -> None:
    """No document of Azure says what OpenAI rejects."""
    cassette = vcrpy(OPENAI_URL)
    sent = {"model": "o9", "messages": [{"role": "narrator", "content": "Hi."}]}
    cassette["interactions"][0]["request"]["body"] = json.dumps(sent)
    assert run(write(tmp_path / "t.yaml", cassette)).exit_code == 0


def test_the_v1_address_of_azure_is_not_the_layout_of_openai(tmp_path: Path) -> None:
    path = write(tmp_path / "t.yaml", vcrpy("https://r.openai.azure.com/openai/v1/chat/completions"))
    assert read_har(path, DOCUMENTS).exchanges == ()


def test_a_chosen_document_is_used_whatever_the_recording_says(tmp_path: Path) -> None:
    record = judged_documents(tmp_path, OPENAI_URL, options=("--api-version", "2024-10-21"))
    assert record.header.documents == ("azure-openai@2024-10-21",)


def test_a_body_of_a_million_aliases_counts_as_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    levels = "\n".join(f"    l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9))
    path.write_text(f"""interactions:
- request: {{method: POST, uri: "{chat_url()}", headers: {{}}, body: "{{}}"}}
  response:
    status: {{code: 200}}
    headers: {{}}
    l0: &l0 [x]
{levels}
    parsed_body: *l8
""")
    traffic = read_har(path, DOCUMENTS)
    assert traffic.left_aside == {"the body of its response was not recorded": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [" * 200, "nested deeper"),
        ("a: b: c", "line 1"),
        ("just words", "no interactions"),
        ("interactions: 7", "no interactions"),
        ("- 1\n- 2", "no interactions"),
        ('{"Entries": 7}', "no Entries"),
        ("\x00\x01", "neither a record nor"),
    ],
)
def test_any_other_file_is_reported_in_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(text)
    with pytest.raises(ConformanceError) as raised:
        load_log(path)
    assert reason in str(raised.value)
    assert all(each.name in str(raised.value) for each in FORMATS)
    assert run(path).exit_code == 2


def test_objects_of_programs_are_not_constructed(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(
        "interactions:\n- !!python/object/apply:os.system ['touch made']\n- !ruby/object:Gem {a: 1}\n"
    )
    assert load_log(path)["entries"] == [["touch made"], {"a": 1}]
