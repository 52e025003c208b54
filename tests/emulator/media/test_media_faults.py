"""The media faults: each breaks what it describes, and nothing else is broken."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct

import pytest

from aoai_emulator import fault_catalogue
from claims import for_each

AUDIO = {"transcription", "translation"}
MEDIA = [fault for fault in fault_catalogue() if fault.kinds and fault.kinds <= AUDIO | {"images"}]


async def picture(emulator, fault: str, **fields) -> dict:
    response = await emulator(fault).images(prompt="x", **fields)
    assert response.status_code == 200
    return response.json()


async def heard(
    emulator, audio, fault: str, response_format: str = "verbose_json", operation="transcriptions"
):
    response = await emulator(fault).audio(
        audio.wav(3.0), operation, fields={"response_format": response_format}
    )
    assert response.status_code == 200
    return response


async def verbose(emulator, audio, fault: str) -> dict:
    return (await heard(emulator, audio, fault)).json()


def test_there_are_faults_for_each_media_operation():
    assert sum("images" in fault.kinds for fault in MEDIA) >= 14
    assert sum("transcription" in fault.kinds for fault in MEDIA) >= 14


@for_each(MEDIA, group=lambda fault: fault.stage, name=lambda fault: fault.id)
def test_every_fault_is_described_in_one_sentence(fault):
    assert re.fullmatch(r"[A-Z`][^\n]{10,140}\.", fault.summary)


async def test_one_picture_too_many(emulator):
    assert len((await picture(emulator, "image-one-too-many"))["data"]) == 2


async def test_no_picture(emulator):
    assert (await picture(emulator, "image-none"))["data"] == []


async def test_pictures_without_a_list(emulator):
    assert isinstance((await picture(emulator, "image-data-not-a-list"))["data"], dict)


async def test_link_missing(emulator):
    assert "url" not in (await picture(emulator, "image-url-missing"))["data"][0]


async def test_link_relative(emulator):
    assert (await picture(emulator, "image-url-relative"))["data"][0]["url"].startswith("/")


@pytest.mark.parametrize(("asked", "given"), [("url", "b64_json"), ("b64_json", "url")])
async def test_another_kind_than_requested(emulator, asked, given):
    (result,) = (await picture(emulator, "image-wrong-kind", response_format=asked))["data"]
    assert set(result) & {"url", "b64_json"} == {given}


async def test_both_kinds(emulator):
    assert {"url", "b64_json"} <= set((await picture(emulator, "image-both-kinds"))["data"][0])


@pytest.mark.parametrize("fault", ["image-not-base64", "image-data-uri"])
async def test_no_base64(emulator, fault):
    (result,) = (await picture(emulator, fault, response_format="b64_json"))["data"]
    with pytest.raises(binascii.Error):
        base64.b64decode(result["b64_json"], validate=True)


async def test_no_picture_in_base64(emulator):
    (result,) = (await picture(emulator, "image-not-a-picture", response_format="b64_json"))["data"]
    assert not base64.b64decode(result["b64_json"], validate=True).startswith(b"\x89PNG")


async def test_half_a_picture(emulator):
    (result,) = (await picture(emulator, "image-cut-off", response_format="b64_json"))["data"]
    content = base64.b64decode(result["b64_json"], validate=True)
    assert content.startswith(b"\x89PNG")
    assert not content.endswith(b"IEND\xaeB`\x82")


async def test_a_picture_of_another_size(emulator):
    (result,) = (await picture(emulator, "image-wrong-size", response_format="b64_json", size="1792x1024"))[
        "data"
    ]
    assert struct.unpack_from(">II", base64.b64decode(result["b64_json"]), 16) == (512, 512)


async def test_no_time_of_creation(emulator):
    assert "created" not in await picture(emulator, "image-created-missing")


async def test_time_of_creation_as_text(emulator):
    assert isinstance((await picture(emulator, "image-created-text"))["created"], str)


async def test_severity_as_a_number(emulator):
    (result,) = (await picture(emulator, "image-severity-number"))["data"]
    assert result["content_filter_results"]["hate"]["severity"] == 0


@pytest.mark.parametrize(
    ("fault", "fields"),
    [
        ("image-second-accepted", {"prompt": "x", "n": 2}),
        ("image-zero-accepted", {"prompt": "x", "n": 0}),
        ("image-any-size-accepted", {"prompt": "x", "size": "640x480"}),
        ("image-empty-prompt-accepted", {"prompt": ""}),
        ("image-endless-prompt-accepted", {"prompt": "x" * 4001}),
    ],
)
async def test_accepts_images_that_the_document_rejects(emulator, fault, fields):
    assert (await emulator().images(**fields)).status_code == 400
    response = await emulator(fault).images(**fields)
    assert response.status_code == 200
    assert len(response.json()["data"]) == max(fields.get("n", 1), 1)


@pytest.mark.parametrize(
    ("fault", "content", "fields", "status"),
    [
        ("audio-missing-file-accepted", None, {"language": "en"}, 200),
        ("audio-broken-file-accepted", b"no audio", {}, 200),
        ("audio-broken-file-crashes", b"no audio", {}, 500),
        ("audio-empty-file-crashes", b"", {}, 500),
        ("audio-hot-temperature-accepted", b"whole", {"temperature": "1.5"}, 200),
        ("audio-temperature-words-accepted", b"whole", {"temperature": "hot"}, 200),
        ("audio-any-format-accepted", b"whole", {"response_format": "xml"}, 200),
    ],
)
@pytest.mark.parametrize("operation", ["transcriptions", "translations"])
async def test_accepts_audio_that_the_document_rejects(
    emulator, audio, fault, content, fields, status, operation
):
    data = audio.wav() if content == b"whole" else content
    assert (await emulator().audio(data, operation, fields=fields)).status_code == 400
    assert (await emulator(fault).audio(data, operation, fields=fields)).status_code == status


async def test_text_missing(emulator, audio):
    assert (await heard(emulator, audio, "audio-text-missing", "json")).json() == {}


async def test_text_under_another_name(emulator, audio):
    assert set((await heard(emulator, audio, "audio-text-renamed", "json")).json()) == {"transcript"}


async def test_text_that_no_segment_has(emulator, audio):
    body = await verbose(emulator, audio, "audio-text-other-than-segments")
    assert "".join(segment["text"] for segment in body["segments"]).strip() != body["text"]


async def test_verbose_ignored(emulator, audio):
    assert set(await verbose(emulator, audio, "audio-verbose-ignored")) == {"text"}


@pytest.mark.parametrize(
    ("operation", "task"), [("transcriptions", "translate"), ("translations", "transcribe")]
)
async def test_the_other_task(emulator, audio, operation, task):
    assert (await heard(emulator, audio, "audio-task-wrong", operation=operation)).json()["task"] == task


async def test_durations_that_are_wrong(emulator, audio):
    assert (await verbose(emulator, audio, "audio-duration-doubled"))["duration"] == 6.0
    assert (await verbose(emulator, audio, "audio-duration-milliseconds"))["duration"] == 3000.0
    assert (await verbose(emulator, audio, "audio-duration-text"))["duration"] == "3.0"


async def test_segments_that_are_wrong(emulator, audio):
    shuffled = (await verbose(emulator, audio, "audio-segments-shuffled"))["segments"]
    assert shuffled[0]["start"] > shuffled[-1]["start"]
    overlapping = (await verbose(emulator, audio, "audio-segments-overlap"))["segments"]
    assert overlapping[1]["start"] < overlapping[0]["end"]
    turned = (await verbose(emulator, audio, "audio-segments-reversed"))["segments"]
    assert turned[0]["start"] > turned[0]["end"]
    late = await verbose(emulator, audio, "audio-segments-past-the-end")
    assert late["segments"][-1]["end"] > late["duration"]
    repeated = (await verbose(emulator, audio, "audio-segment-ids-repeat"))["segments"]
    assert {segment["id"] for segment in repeated} == {0}
    worded = (await verbose(emulator, audio, "audio-segment-tokens-text"))["segments"]
    assert isinstance(worded[0]["tokens"][0], str)
    assert (await verbose(emulator, audio, "audio-no-speech-percent"))["segments"][0]["no_speech_prob"] > 1


async def test_srt_that_is_wrong(emulator, audio):
    async def srt(fault: str) -> str:
        return (await heard(emulator, audio, fault, "srt")).text

    assert re.match(r"1\n00:00:00\.000 --> ", await srt("srt-times-with-dots"))
    assert (await srt("srt-numbered-from-zero")).startswith("0\n00:")
    assert re.findall(r"(?m)^\d+$", await srt("srt-number-repeats")) == ["1", "1"]
    assert (await srt("srt-without-numbers")).startswith("00:00:00,000 --> ")
    assert "-->" not in await srt("subtitle-arrow-broken")


async def test_vtt_that_is_wrong(emulator, audio):
    async def vtt(fault: str) -> str:
        return (await heard(emulator, audio, fault, "vtt")).text

    assert not (await vtt("vtt-without-header")).startswith("WEBVTT")
    assert "00:00:00,000 --> " in await vtt("vtt-times-with-commas")
    assert (await vtt("audio-subtitles-swapped")).startswith("1\n00:00:00,000 --> ")


@pytest.mark.parametrize("response_format", ["srt", "vtt"])
async def test_cues_that_are_wrong(emulator, audio, response_format):
    async def cues(fault: str) -> list[tuple[str, str]]:
        text = (await heard(emulator, audio, fault, response_format)).text
        return re.findall(r"(\S+) --> (\S+)", text)

    overlapping = await cues("subtitle-cues-overlap")
    assert overlapping[0][1] > overlapping[1][0]
    turned = await cues("subtitle-cues-reversed")
    assert turned[0][0] > turned[0][1]


@pytest.mark.parametrize("response_format", ["text", "srt", "vtt"])
async def test_texts_with_another_media_type(emulator, audio, response_format):
    response = await heard(emulator, audio, "audio-text-as-json", response_format)
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()) == {"text"}
    assert (await heard(emulator, audio, "audio-text-empty", response_format)).text == ""


async def test_text_in_quotation_marks(emulator, audio):
    response = await heard(emulator, audio, "audio-text-quoted", "text")
    assert isinstance(json.loads(response.text), str)
    assert response.headers["content-type"].startswith("text/plain")


async def test_json_called_plain_text(emulator, audio):
    response = await heard(emulator, audio, "audio-json-as-text", "json")
    assert response.headers["content-type"].startswith("text/plain")


async def test_all_media_faults_at_once_do_not_crash_the_emulator(emulator, audio):
    client = emulator(*(fault.id for fault in MEDIA))
    for response_format in ("json", "text", "srt", "vtt", "verbose_json", "xml"):
        response = await client.audio(audio.wav(), fields={"response_format": response_format})
        assert response.status_code == 200
    for response_format in ("url", "b64_json"):
        assert (await client.images(prompt="x", response_format=response_format)).status_code == 200


@pytest.mark.parametrize("fault", MEDIA, ids=lambda fault: fault.id)
async def test_a_fault_of_one_operation_does_not_affect_the_others(emulator, audio, fault):
    client = emulator(fault.id, flavour="strict")
    if "images" in fault.kinds:
        response = await client.audio(audio.wav(), fields={"response_format": "verbose_json"})
    else:
        response = await client.images(prompt="x")
    assert response.status_code == 200
    client.check(response)


async def test_a_picture_created_in_milliseconds(emulator):
    assert (await picture(emulator, "image-created-in-milliseconds"))["created"] > 10**12


async def test_a_revised_prompt_without_words(emulator):
    (result,) = (await picture(emulator, "image-revised-prompt-empty"))["data"]
    assert result["revised_prompt"] == ""


async def test_findings_without_violence(emulator):
    (result,) = (await picture(emulator, "image-filter-category-missing"))["data"]
    assert set(result["content_filter_results"]) == {"hate", "self_harm", "sexual"}


async def test_impossible_tokens_and_language(emulator, audio):
    negative = (await verbose(emulator, audio, "audio-segment-tokens-negative"))["segments"]
    assert set(negative[0]["tokens"]) == {-1}
    fields = {"response_format": "verbose_json", "language": "de"}
    response = await emulator("audio-language-other").audio(audio.wav(3.0), "transcriptions", fields=fields)
    assert response.json()["language"] == "english"


@pytest.mark.parametrize("response_format", ["srt", "vtt"])
async def test_subtitles_that_are_late_or_empty(emulator, audio, response_format):
    assert "01:00:0" in (await heard(emulator, audio, "subtitle-past-the-end", response_format)).text
    sound = (await emulator().audio(audio.wav(3.0), fields={"response_format": response_format})).text
    silent = (await heard(emulator, audio, "subtitle-cues-silent", response_format)).text
    assert silent.count("-->") == sound.count("-->")
    assert not re.search("[a-z]{2}", silent.removeprefix("WEBVTT"))


async def test_text_with_times_or_another_charset(emulator, audio):
    assert "-->" in (await heard(emulator, audio, "audio-text-timed", "text")).text
    with pytest.raises(UnicodeDecodeError):
        (await heard(emulator, audio, "audio-text-of-other-charset", "text")).content.decode("utf-8")
