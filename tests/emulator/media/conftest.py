"""Makers of small audio files in pure Python, a client of an emulator in this process, and a served one."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.media.containers.flac import crc8, crc16
from aoai_emulator.media.containers.ogg import page_checksum
from aoai_emulator.settings import Settings
from aoai_specs.document import Document

RECORDINGS = Path(__file__).parent / "recordings"


class Audio:
    """Builders of audio files: silence, or a ramp, of a known length."""

    @staticmethod
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)

    @staticmethod
    def riff(*chunks: bytes) -> bytes:
        content = b"WAVE" + b"".join(chunks)
        return struct.pack("<4sI", b"RIFF", len(content)) + content

    @classmethod
    def wav_format(cls, rate: int = 16000, channels: int = 1, bits: int = 16, tag: int = 1) -> bytes:
        width = channels * bits // 8
        return cls.chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits))

    @classmethod
    def wav(
        cls,
        seconds: float = 1.5,
        *,
        rate: int = 16000,
        channels: int = 1,
        bits: int = 16,
        tag: int = 1,
        shade: int = 0,
    ) -> bytes:
        frames = round(seconds * rate)
        data = bytes([shade]) * (frames * channels * bits // 8)
        return cls.riff(cls.wav_format(rate, channels, bits, tag), cls.chunk(b"data", data))

    @staticmethod
    def flac_frame(number: int, samples: int, value: int = 0, *, variable_at: int | None = None) -> bytes:
        """One mono frame of 16 bits with a constant subframe."""
        counted = number if variable_at is None else variable_at
        header = bytes((0xFF, 0xF8 if variable_at is None else 0xF9, 0x70, 0x08))
        header += chr(counted).encode("utf-8") if counted < 0xD800 else b""
        header += struct.pack(">H", samples - 1)
        header += bytes((crc8(header),))
        frame = header + b"\0" + struct.pack(">h", value)
        return frame + struct.pack(">H", crc16(frame))

    @staticmethod
    def flac_metadata(samples: int, rate: int = 16000, block: int = 4096) -> bytes:
        packed = rate << 44 | 0 << 41 | 15 << 36 | samples
        info = struct.pack(">HH", block, block) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
        return b"fLaC" + b"\x80" + len(info).to_bytes(3, "big") + info

    @classmethod
    def flac(cls, seconds: float = 1.5, *, rate: int = 16000, stated: int | None = None) -> bytes:
        total, block = round(seconds * rate), 4096
        frames = [
            cls.flac_frame(number, min(block, total - start), number)
            for number, start in enumerate(range(0, total, block))
        ]
        return cls.flac_metadata(total if stated is None else stated, rate, block) + b"".join(frames)

    @staticmethod
    def mp3_frame(kilobits_code: int = 9, *, padding: int = 0, content: bytes = b"") -> bytes:
        """One frame of MPEG 1 layer III at 44100 Hz, mono; code 9 is 128 kbit/s, code 5 is 64."""
        kilobits = {5: 64, 9: 128, 11: 192}[kilobits_code]
        size = 144 * 1000 * kilobits // 44100 + padding
        header = bytes((0xFF, 0xFB, kilobits_code << 4 | padding << 1, 0xC4))
        return (header + content).ljust(size, b"\0")

    @classmethod
    def mp3(cls, frames: int = 40) -> bytes:
        return cls.mp3_frame() * frames

    @staticmethod
    def ogg_page(
        body: bytes, *, flags: int = 0, position: int = 0, number: int = 0, serial: int = 7
    ) -> bytes:
        """A page with one packet of fewer than 255 bytes."""
        header = struct.pack("<4sBBqIII", b"OggS", 0, flags, position, serial, number, 0)
        page = header + bytes((1, len(body))) + body
        return page[:22] + struct.pack("<I", page_checksum(page)) + page[26:]

    @classmethod
    def opus(
        cls, packets: int = 75, *, serial: int = 7, ended: bool = True, claimed: int | None = None
    ) -> bytes:
        """Packets of 20 ms of silence, one a page, with 312 samples to skip at the start."""
        head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 16000, 0, 0)
        tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)
        pages = [cls.ogg_page(head, flags=2, serial=serial), cls.ogg_page(tags, number=1, serial=serial)]
        for index in range(packets):
            last = index == packets - 1
            position = 312 + 960 * (index + 1) if claimed is None or not last else claimed
            flags = 4 if last and ended else 0
            pages.append(
                cls.ogg_page(b"\xf8\xff\xfe", flags=flags, position=position, number=index + 2, serial=serial)
            )
        return b"".join(pages)

    @classmethod
    def every(cls) -> dict[str, tuple[bytes, float]]:
        """A generated file of each format, with its duration."""
        return {
            "speech.wav": (cls.wav(1.5), 1.5),
            "speech.flac": (cls.flac(1.5), 1.5),
            "speech.mp3": (cls.mp3(40), 40 * 1152 / 44100),
            "speech.ogg": (cls.opus(75), 1.5),
        }


@pytest.fixture
def audio() -> type[Audio]:
    return Audio


@pytest.fixture
def recordings() -> Path:
    """Files from encoders (ffmpeg, from a sine tone): 1.25 seconds each."""
    return RECORDINGS


def undeclared(document: Document, schema: Any, value: Any, at: str = "") -> Iterator[str]:
    """Yield the pointers of fields that no branch of the schema declares."""
    branches = list(expanded(document, schema))
    if isinstance(value, list):
        items = [branch["items"] for branch in branches if "items" in branch]
        for number, item in enumerate(value):
            yield from undeclared(document, {"anyOf": items}, item, f"{at}/{number}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            declared = [
                branch["properties"][name] for branch in branches if name in branch.get("properties", {})
            ]
            if not declared:
                yield f"{at}/{name}"
            yield from undeclared(document, {"anyOf": declared}, inner, f"{at}/{name}")


def expanded(document: Document, schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and the branches it refers to."""
    if "$ref" in schema:
        yield from expanded(document, document.resolve(schema["$ref"]))
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            yield from expanded(document, branch)


@dataclass(frozen=True)
class Client:
    """Calls the operations of one emulator with the key and the api-version that it wants."""

    http: httpx.AsyncClient
    document: Document

    async def images(self, **fields: Any) -> httpx.Response:
        return await self.http.post("/openai/deployments/dall-e-3/images/generations", json=fields)

    async def audio(
        self,
        content: bytes | None,
        operation: str = "transcriptions",
        *,
        filename: str | None = "speech.wav",
        fields: dict[str, str | list[str]] | None = None,
    ) -> httpx.Response:
        path = f"/openai/deployments/whisper/audio/{operation}"
        parts: list[tuple[str, Any]] = []
        if content is not None:
            parts.append(("file", (filename, content, "application/octet-stream")))
        for name, values in (fields or {}).items():
            parts += [(name, (None, value)) for value in ([values] if isinstance(values, str) else values)]
        return await self.http.post(path, files=parts or [("nothing", (None, ""))])

    def check(self, response: httpx.Response) -> None:
        """Assert that a response is valid under the document and has only declared fields."""
        path = response.request.url.path
        operation = next(
            operation
            for operation in self.document.operations.values()
            if path.endswith(operation.path.rpartition("}")[2])
        )
        media_type = response.headers["content-type"].partition(";")[0]
        validator = operation.response_validator(response.status_code, media_type)
        assert validator is not None, f"{operation.id} declares no {media_type} for {response.status_code}"
        body = response.json() if media_type == "application/json" else response.text
        assert validator.errors(body) == []
        described = operation.response_for(response.status_code)
        assert described is not None
        media = described.media[media_type]
        assert list(undeclared(self.document, self.document.resolve(media.schema_pointer), body)) == []


@pytest.fixture
async def emulator(document: Document) -> AsyncIterator[Callable[..., Client]]:
    """Start an emulator in this process, with the faults that are named, and return a client of it."""
    opened: list[httpx.AsyncClient] = []

    def start(*faults: str, flavour: Any = "azure", seed: int = 0) -> Client:
        settings = Settings(documents=(document,), faults=faults, flavour=flavour, seed=seed)
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(settings)),
            base_url="http://emulator.test:8123",
            params={"api-version": "2024-10-21"},
            headers={"api-key": "any"},
        )
        opened.append(http)
        return Client(http, document)

    yield start
    for http in opened:
        await http.aclose()
