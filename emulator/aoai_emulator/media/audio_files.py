"""Uploaded audio: the format of a file, by its bytes, and its true duration."""

from __future__ import annotations

from aoai_emulator.media.containers.flac import read_flac
from aoai_emulator.media.containers.mp4 import read_mp4, starts_mp4
from aoai_emulator.media.containers.mpeg import after_id3, read_mpeg, starts_mpeg
from aoai_emulator.media.containers.ogg import read_ogg
from aoai_emulator.media.containers.sound import Sound, UnreadableAudioError
from aoai_emulator.media.containers.wav import read_wav
from aoai_emulator.media.containers.webm import read_webm, starts_webm

LARGEST_FILE = 25 * 1024 * 1024
"""The maximum size of an upload in bytes, as in the real service."""

FORMATS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
"""The names of the formats that are read."""


def read_audio(data: bytes) -> Sound:
    """Return format and duration of an audio file, whatever its name or declared type is.

    Raises UnreadableAudioError for an empty, truncated, broken or unknown file. Time and memory are bounded
    by the size of the file, never by a number in it.
    """
    if not data:
        raise UnreadableAudioError("empty", "The file is empty.")
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        sound = read_wav(data)
    elif data.startswith(b"fLaC"):
        sound = read_flac(data)
    elif data.startswith(b"ID3") and data.startswith(b"fLaC", after_id3(data)):
        sound = read_flac(data[after_id3(data) :])
    elif data.startswith(b"OggS"):
        sound = read_ogg(data)
    elif starts_webm(data):
        sound = read_webm(data)
    elif starts_mp4(data):
        sound = read_mp4(data)
    elif starts_mpeg(data):
        sound = read_mpeg(data)
    else:
        raise UnreadableAudioError("unsupported", "The file does not start like any known audio format.")
    return sound
