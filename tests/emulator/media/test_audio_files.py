"""Uploaded audio: the true duration of complete files, and why damaged ones are rejected."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import mutagen
import pytest

from aoai_emulator.media.audio_files import LARGEST_FILE, read_audio
from aoai_emulator.media.containers.sound import UnreadableAudioError

MADE = ("speech.wav", "speech.flac", "speech.mp3", "speech.ogg")
RECORDED = (
    "bare.mp3", "flac.oga", "lame.mp3", "live.webm", "opus.ogg", "speex.ogg", "tone.flac", "tone.m4a",
    "tone.webm",
    "vbr.mp3", "vorbis.ogg",
)  # fmt: skip


def damage(data: bytes) -> str:
    with pytest.raises(UnreadableAudioError) as caught:
        read_audio(data)
    return caught.value.damage


@pytest.mark.parametrize("name", MADE)
def test_finds_the_exact_duration_of_a_generated_file(audio, name):
    data, seconds = audio.every()[name]
    assert read_audio(data).seconds == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize("name", RECORDED)
def test_finds_the_duration_of_an_encoded_file(recordings, name):
    # Encoders without exact figures round up to whole frames (of up to 72 ms in MPEG 2 at 16 kHz).
    assert read_audio((recordings / name).read_bytes()).seconds == pytest.approx(1.25, abs=0.12)


@pytest.mark.parametrize("name", ["tone.flac", "flac.oga", "lame.mp3", "opus.ogg", "vorbis.ogg"])
def test_is_exact_if_the_encoder_stated_exact_figures(recordings, name):
    assert read_audio((recordings / name).read_bytes()).seconds == pytest.approx(1.25, abs=0.001)


@pytest.mark.parametrize("name", ["bare.mp3", "opus.ogg", "tone.flac", "vorbis.ogg"])
def test_agrees_with_mutagen_on_recordings(recordings, name):
    theirs = mutagen.File(recordings / name).info.length
    assert read_audio((recordings / name).read_bytes()).seconds == pytest.approx(theirs, abs=0.03)


@pytest.mark.parametrize("name", MADE)
def test_agrees_with_mutagen_on_generated_files(audio, name):
    data, _ = audio.every()[name]
    assert read_audio(data).seconds == pytest.approx(mutagen.File(io.BytesIO(data)).info.length, abs=0.003)


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 96000, 192000])
@pytest.mark.parametrize(("channels", "bits"), [(1, 8), (2, 16), (6, 24), (1, 32)])
def test_reads_pcm_of_any_rate_and_width(audio, rate, channels, bits):
    data = audio.wav(0.5, rate=rate, channels=channels, bits=bits)
    assert read_audio(data).seconds == round(0.5 * rate) / rate


def test_agrees_with_the_wave_module():
    target = io.BytesIO()
    with wave.open(target, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(22050)
        writer.writeframes(bytes(4 * 12345))
    assert read_audio(target.getvalue()).seconds == 12345 / 22050


@pytest.mark.parametrize(("tag", "bits", "codec"), [(3, 32, "float"), (6, 8, "alaw"), (7, 8, "mulaw")])
def test_reads_other_codecs_of_wav(audio, tag, bits, codec):
    sound = read_audio(audio.wav(1.0, tag=tag, bits=bits))
    assert (sound.seconds, sound.codec) == (1.0, codec)


def test_reads_wav_with_the_extensible_format(audio):
    plain = audio.wav_format(tag=0xFFFE)[8:]
    extended = plain + struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    data = audio.riff(audio.chunk(b"fmt ", extended), audio.chunk(b"data", bytes(32000)))
    assert read_audio(data).seconds == 1.0


def test_skips_other_chunks_of_wav(audio):
    data = audio.riff(
        audio.chunk(b"LIST", b"odd"),
        audio.wav_format(),
        audio.chunk(b"fact", bytes(4)),
        audio.chunk(b"data", bytes(32000)),
    )
    assert read_audio(data).seconds == 1.0


def test_assumes_that_a_data_chunk_of_unknown_size_reaches_the_end(audio):
    data = audio.riff(audio.wav_format(), struct.pack("<4sI", b"data", 0xFFFFFFFF) + bytes(16000))
    assert read_audio(data).seconds == 0.5


def test_counts_the_frames_of_flac_if_the_total_is_not_stated(audio):
    assert read_audio(audio.flac(1.5, stated=0)).seconds == 1.5


def test_reads_flac_after_an_id3_tag(audio):
    assert read_audio(b"ID3\4\0\0\0\0\0\3abc" + audio.flac(1.5)).seconds == 1.5


def test_reads_flac_with_blocks_of_various_length(audio):
    frames = audio.flac_frame(0, 100, variable_at=0) + audio.flac_frame(0, 700, variable_at=100)
    assert read_audio(audio.flac_metadata(800) + frames).seconds == 800 / 16000


def test_counts_the_frames_of_a_variable_bitrate(audio):
    frames = audio.mp3_frame(5) * 10 + audio.mp3_frame(11, padding=1) * 10 + audio.mp3_frame(9) * 5
    assert read_audio(frames).seconds == pytest.approx(25 * 1152 / 44100)


def test_counts_no_tags_as_sound(audio):
    tag = b"ID3\4\0\0\0\0\0\x0a" + bytes(10)
    tagged = tag + audio.mp3(10) + b"TAG" + bytes(125)
    assert read_audio(tagged).seconds == read_audio(audio.mp3(10)).seconds


def test_counts_no_xing_frame_as_sound(audio):
    xing = audio.mp3_frame(content=bytes(17) + b"Xing" + struct.pack(">II", 1, 10))
    assert read_audio(xing + audio.mp3(10)).seconds == read_audio(audio.mp3(10)).seconds


def test_resynchronizes_after_noise_between_frames(audio):
    noisy = audio.mp3(5) + b"\x11" * 100 + audio.mp3(5)
    assert read_audio(noisy).seconds == read_audio(audio.mp3(10)).seconds


def test_adds_up_the_links_of_an_ogg_chain(audio):
    assert read_audio(audio.opus(50, serial=1) + audio.opus(25, serial=2)).seconds == pytest.approx(1.5)


def test_rejects_an_empty_file():
    assert damage(b"") == "empty"


@pytest.mark.parametrize("name", MADE)
def test_rejects_a_truncated_generated_file(audio, name):
    data, _ = audio.every()[name]
    for share in (0.05, 0.33, 0.5, 0.9):
        assert damage(data[: round(len(data) * share) + 3]) == "truncated", share


@pytest.mark.parametrize("name", RECORDED)
def test_rejects_a_truncated_recording(recordings, name):
    data = (recordings / name).read_bytes()
    for share in (0.3, 0.5, 0.77, 0.99):
        assert damage(data[: round(len(data) * share)]) == "truncated", share


@pytest.mark.parametrize("name", MADE)
def test_rejects_the_mere_beginning_of_a_file(audio, name):
    data, _ = audio.every()[name]
    assert damage(data[:40]) in {"truncated", "empty"}


@pytest.mark.parametrize(
    "data",
    [b"This is text, not audio.", b"\x89PNG\r\n\x1a\n" + bytes(100), b"%PDF-1.7", b"PK\3\4" + bytes(60),
     bytes(500),
     b"{}", b"RIFF\x10\0\0\0AVI LIST" + bytes(40), b"\xff", "Grüße".encode("utf-16"), b"GIF89a" + bytes(50)],
)  # fmt: skip
def test_rejects_what_is_not_audio(data):
    assert damage(data) in {"unsupported", "truncated"}


def test_rejects_wav_without_a_sample(audio):
    assert damage(audio.riff(audio.wav_format(), audio.chunk(b"data", b""))) == "empty"


def test_rejects_an_unsupported_wav_codec(audio):
    assert damage(audio.wav(tag=0x55)) == "unsupported"


@pytest.mark.parametrize(
    "format_chunk",
    [(1, 0, 16000, 0, 0, 16), (1, 1, 0, 0, 2, 16), (1, 1, 16000, 32000, 3, 16), (1, 1, 16000, 32000, 2, 12)],
)
def test_rejects_an_inconsistent_wav_format(audio, format_chunk):
    chunk = audio.chunk(b"fmt ", struct.pack("<HHIIHH", *format_chunk))
    assert damage(audio.riff(chunk, audio.chunk(b"data", bytes(3200)))) == "broken"


def test_rejects_wav_data_before_its_format(audio):
    assert damage(audio.riff(audio.chunk(b"data", bytes(320)), audio.wav_format())) == "broken"


def test_rejects_flac_whose_last_frame_is_damaged(audio):
    data = bytearray(audio.flac())
    data[-5] ^= 0xFF
    assert damage(bytes(data)) == "truncated"


def test_rejects_flac_that_contains_more_than_it_states(audio):
    assert damage(audio.flac(1.5, stated=100)) == "broken"


def test_rejects_flac_that_lacks_whole_frames(audio):
    assert damage(audio.flac(1.5, stated=48000)) == "truncated"


def test_rejects_mp3_with_fewer_frames_than_its_xing_frame_states(audio):
    xing = audio.mp3_frame(content=bytes(17) + b"Xing" + struct.pack(">II", 1, 11))
    assert damage(xing + audio.mp3(10)) == "truncated"


def test_rejects_mp3_that_turns_into_something_else(audio):
    assert damage(audio.mp3(5) + b"\x11" * 5000) == "broken"


def test_rejects_ogg_whose_last_page_is_missing(audio):
    assert damage(audio.opus(10, ended=False)) == "truncated"


def test_rejects_ogg_with_a_wrong_checksum(audio):
    data = bytearray(audio.opus(10))
    data[-1] ^= 0xFF
    assert damage(bytes(data)) == "broken"


def test_rejects_ogg_that_claims_to_last_longer_than_its_packets(audio):
    assert damage(audio.opus(10, claimed=2**60)) == "broken"


def test_rejects_ogg_without_audio(audio):
    page = audio.ogg_page(b"\x80theora" + bytes(40), flags=2 | 4)
    assert damage(page) == "unsupported"


#: Sizes, and the most calls for a file of each. The gate tries the small one: work that grows faster than the
#: file shows there as well. `tox -e selftest` tries the largest.
SIZES = [
    pytest.param(LARGEST_FILE // 100, 1_200_000, id="small"),
    pytest.param(LARGEST_FILE, 10_000_000, marks=pytest.mark.whole_selftest, id="largest"),
]
BARE_PAGE = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, 0, 7, 0, 0, 0)
OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
EBML = b"\x1a\x45\xdf\xa3\x80"
HOSTILE: dict[str, Callable[[Any, int], bytes]] = {
    "wav chunks without content": lambda audio, size: (
        audio.riff(audio.wav_format()) + b"junk\0\0\0\0" * (size // 8)
    ),
    "mp3 of the smallest frames": lambda _, size: (b"\xff\xf3\x14\xc4" + bytes(20)) * (size // 24),
    "mp3 syncs that lead nowhere": lambda audio, size: audio.mp3(3) + b"\xff\xfb\x90" * (size // 3),
    "pages without content": lambda audio, size: (
        audio.ogg_page(OPUS_HEAD, flags=2) + BARE_PAGE * (size // 28)
    ),
    "flac syncs": lambda audio, size: audio.flac_metadata(10**10) + b"\xff\xf8\x70\x08\0" * (size // 5),
    "flac frames of false sum": lambda audio, size: (
        audio.flac_metadata(10**10) + audio.flac_frame(1, 4096)[:-2] * (size // 12)
    ),
    "flac metadata": lambda audio, size: b"fLaC\0" + audio.flac_metadata(9)[5:] + b"\1\0\0\0" * (size // 4),
    "mp4 boxes": lambda _, size: b"\0\0\0\x08ftyp" + b"\0\0\0\x08free" * (size // 8),
    "webm elements": lambda _, size: EBML + b"\xec\x80" * (size // 2),
    "webm blocks": lambda _, size: EBML + b"\xa3\x84\x81\0\0\0" * (size // 6),
    "nothing but ones": lambda _, size: b"\xff" * size,
}


@pytest.mark.parametrize(("size", "most_calls"), SIZES)
@pytest.mark.parametrize("name", HOSTILE)
def test_ends_after_few_steps_on_a_large_hostile_file(audio, name, size, most_calls, count_calls):
    data = HOSTILE[name](audio, size)
    with count_calls() as work, suppress(UnreadableAudioError):
        read_audio(data)
    assert work.calls < most_calls


@pytest.mark.parametrize("name", [*MADE, *RECORDED])
def test_raises_no_other_error(audio, recordings, name):
    random = Random(name)
    made = audio.every()
    whole = made[name][0] if name in made else (recordings / name).read_bytes()
    for _ in range(150):
        data = bytearray(whole[: random.randrange(1, len(whole) + 1)])
        for _ in range(random.randrange(4)):
            data[random.randrange(min(len(data), 400))] = random.choice(
                (0, 1, 127, 128, 255, random.randrange(256))
            )
        try:
            sound = read_audio(bytes(data))
        except UnreadableAudioError:
            continue
        assert sound.seconds > 0
