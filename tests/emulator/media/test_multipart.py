"""Forms: read with bounds, typed as the schema declares, rejected if malformed."""

from __future__ import annotations

from contextlib import suppress

import pytest

from aoai_emulator.http.multipart import read_form
from aoai_emulator.http.rejections import RejectionError
from aoai_emulator.media.audio_files import LARGEST_FILE

TYPE = "multipart/form-data; boundary=edge"


def part(name: str, content: bytes, more: str = "") -> bytes:
    return (
        f'--edge\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"
    )


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--edge--\r\n"


@pytest.fixture
def operation(document):
    return document.operation("Transcriptions_Create")


def refusal(raw: bytes, operation, content_type: str = TYPE) -> tuple[int, str]:
    with pytest.raises(RejectionError) as caught:
        read_form(raw, content_type, operation)
    return caught.value.rejection.status, caught.value.rejection.message


def test_reads_texts_and_the_file(operation):
    body = read_form(
        form(
            part("file", b"\0\1\xff", '; filename="a.wav"\r\nContent-Type: audio/wav'),
            part("language", b"de"),
        ),
        TYPE,
        operation,
    )
    assert body.fields == {"file": "a.wav", "language": "de"}
    assert (body.uploads["file"].data, body.uploads["file"].content_type) == (b"\0\1\xff", "audio/wav")


def test_accepts_a_file_without_a_name(operation):
    assert read_form(form(part("file", b"abc")), TYPE, operation).uploads["file"].data == b"abc"


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("0.5", 0.5), ("1e-1", 0.1), ("-2", -2), ("0.0", 0.0)])
def test_converts_numbers_that_the_schema_declares(operation, text, value):
    assert read_form(form(part("temperature", text.encode())), TYPE, operation).fields["temperature"] == value


@pytest.mark.parametrize(
    "text", ["", "hot", "NaN", "Infinity", "1_0", " 1", "1e999", "0x1", "01", "1" * 5000, "٣"]
)
def test_keeps_text_that_is_not_a_json_number(operation, text):
    assert read_form(form(part("temperature", text.encode())), TYPE, operation).fields["temperature"] == text


def test_keeps_numbers_as_text_if_the_schema_declares_text(operation):
    assert read_form(form(part("prompt", b"12")), TYPE, operation).fields["prompt"] == "12"


def test_a_repeated_field_is_an_array(operation):
    fields = read_form(
        form(part("prompt", b"a"), part("prompt", b"b"), part("prompt", b"c")), TYPE, operation
    ).fields
    assert fields["prompt"] == ["a", "b", "c"]


def test_keeps_undeclared_fields_and_files(operation):
    body = read_form(form(part("model", b"whisper"), part("other", b"x", '; filename="o"')), TYPE, operation)
    assert body.fields == {"model": "whisper", "other": "o"}
    assert body.uploads["other"].data == b"x"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('filename="a b;c.wav"', "a b;c.wav"),
        ("filename=plain.wav", "plain.wav"),
        ('filename="gr\u00fc\u00dfe.wav"', "gr\u00fc\u00dfe.wav"),
        ("filename*=UTF-8''gr%C3%BC%C3%9Fe.wav", "gr\u00fc\u00dfe.wav"),
        ('filename=""', ""),
    ],
)
def test_reads_the_name_of_a_file_in_every_notation(operation, written, name):
    body = read_form(form(part("file", b"abc", f"; {written}")), TYPE, operation)
    assert body.uploads["file"].filename == name


def test_accepts_a_preamble_padding_and_an_epilogue(operation):
    raw = b"preamble\r\n--edge \t\r\n"
    raw += b"Content-Disposition: FORM-DATA; NAME=prompt\r\n\r\nhello\r\n--edge--\r\nepilogue"
    assert read_form(raw, 'multipart/form-data; charset=utf-8; boundary="edge"', operation).fields == {
        "prompt": "hello"
    }


def test_keeps_line_ends_and_false_boundaries_of_a_file(operation):
    content = b"\r\n--edg\r\n--edgy no\n--\r\n\r\n-"
    assert read_form(form(part("file", content)), TYPE, operation).uploads["file"].data == content


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no form at all",
        part("file", b"abc"),
        b"--edge\r\nContent-Disposition: form-data; name=file\r\n",
        b"--edge\r\n\r\nabc\r\n--edge--\r\n",
        b"--edge\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--edge--\r\n",
        form(b"--edge\r\nContent-Disposition: form-data; name=a\r\n" + b"X-Y: z\r\n" * 2000 + b"\r\nabc\r\n"),
        form(b"--edge\r\nContent-Disposition: form-data; name=" + b"a" * 90000 + b"\r\n\r\nabc\r\n"),
        form(*(part(f"p{number}", b"") for number in range(65))),
        form(part("prompt", b"a" * (64 * 1024 + 1))),
        form(part("prompt", b"\xff\xfe")),
    ],
    ids=range(11),
)
def test_rejects_a_form_that_violates_the_format_or_a_bound(operation, raw):
    status, message = refusal(raw, operation)
    assert status == 400
    assert message.startswith("The body of the request could not be read")


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "",
        "multipart/form-data; boundary=" + "x" * 300,
    ],
)
def test_rejects_a_form_without_a_usable_boundary(operation, content_type):
    assert refusal(form(part("file", b"abc")), operation, content_type)[0] == 400


def test_rejects_a_file_of_more_than_25_mebibytes(operation):
    assert refusal(form(part("file", bytes(LARGEST_FILE + 1))), operation)[0] == 413


def test_accepts_a_file_of_25_mebibytes(operation):
    assert (
        len(read_form(form(part("file", bytes(LARGEST_FILE))), TYPE, operation).uploads["file"].data)
        == LARGEST_FILE
    )


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(LARGEST_FILE // 10, id="small"),
        pytest.param(LARGEST_FILE, marks=pytest.mark.whole_selftest, id="largest"),
    ],
)
@pytest.mark.parametrize("filler", [b"\r\n--edg", b"\r", b"\r\n", b"-", b"\r\n--edge\r", b"e"])
def test_reads_a_large_hostile_file_in_few_steps(operation, filler, size, count_calls):
    raw = form(part("file", filler * (size // len(filler))))
    with count_calls() as work, suppress(RejectionError):
        read_form(raw, TYPE, operation)
    assert work.calls < 2_000
