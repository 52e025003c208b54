"""Ogg with Vorbis, Opus, FLAC or Speex: duration from the last granule position of each link of the chain."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from aoai_emulator.media.containers.flac import StreamInfo
from aoai_emulator.media.containers.sound import Sound, UnreadableAudioError, broken, truncated

_FIRST, _LAST = 2, 4
_NO_POSITION = -1
_MOST_LINKS = 256
_MOST_PAGES = 400_000
_LONGEST_PACKET_SECONDS = {"opus": 0.12, "vorbis": 1.0, "flac": 10.0, "speex": 1.0}


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return tuple(table)


_CRC32 = _crc_table()


def page_checksum(page: bytes) -> int:
    """Return the checksum of a page, with its checksum field taken as zero."""
    value = 0
    for byte in page[:22] + b"\0\0\0\0" + page[26:]:
        value = (value << 8 & 0xFFFFFFFF) ^ _CRC32[value >> 24 ^ byte]
    return value


@dataclass(frozen=True, slots=True)
class _Page:
    start: int
    body: int
    end: int
    flags: int
    position: int
    serial: int
    packets: int


@dataclass(slots=True)
class _Link:
    """One logical stream of audio while the file is read."""

    codec: str
    rate: int
    skipped: int
    position: int = 0
    packets: int = 0
    ended: bool = False

    def seconds(self) -> float:
        if not self.ended:
            raise truncated("the stream: its last page is missing")
        seconds = max(self.position - self.skipped, 0) / self.rate
        if seconds > self.packets * _LONGEST_PACKET_SECONDS[self.codec]:
            raise broken(f"{self.packets} packets cannot last {seconds:.0f} seconds.")
        return seconds


def read_ogg(data: bytes) -> Sound:
    """Return format and duration of an Ogg file; links of a chain add up, parallel streams do not.

    Raises UnreadableAudioError if a page is cut off, the checksum of the first or last page is wrong, the
    last page (marked as such) is missing, or no stream has a known audio codec.
    """
    links: dict[int, _Link] = {}
    seconds, codec = 0.0, ""
    last: _Page | None = None
    for page in _pages(data):
        if page.flags & _FIRST:
            if last is None or last.flags & _LAST:
                seconds += max((link.seconds() for link in links.values()), default=0.0)
                links.clear()
            _check(data, page)
            link = _identify(data[page.body : page.end])
            if link is not None and len(links) < _MOST_LINKS:
                links[page.serial] = link
                codec = codec or link.codec
        elif page.serial in links:
            link = links[page.serial]
            link.packets += page.packets
            if page.position != _NO_POSITION:
                link.position = max(link.position, page.position)
        if page.flags & _LAST and page.serial in links:
            links[page.serial].ended = True
        last = page
    if last is None or not codec:
        raise UnreadableAudioError("unsupported", "No stream in the file is Vorbis, Opus, FLAC or Speex.")
    _check(data, last)
    seconds += max((link.seconds() for link in links.values()), default=0.0)
    if not seconds:
        raise UnreadableAudioError("empty", "The stream contains no audio.")
    return Sound("ogg", codec, seconds)


def _pages(data: bytes) -> Iterator[_Page]:
    at, end = 0, len(data)
    for _ in range(_MOST_PAGES):
        if at >= end:
            return
        if end < at + 27:
            raise truncated("a page's header")
        magic, version, flags, position, serial = struct.unpack_from("<4sBBqI", data, at)
        if magic != b"OggS" or version:
            raise broken(f"There is no valid page at byte {at}.")
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        body = at + 27 + data[at + 26]
        finish = body + sum(lacing)
        if finish > end:
            raise truncated("a page")
        yield _Page(at, body, finish, flags, position, serial, len(lacing) - lacing.count(255))
        at = finish
    raise broken(f"There are more than {_MOST_PAGES} pages.")


def _check(data: bytes, page: _Page) -> None:
    content = data[page.start : page.end]
    if page_checksum(content) != struct.unpack_from("<I", content, 22)[0]:
        raise broken(f"The checksum of the page at byte {page.start} is wrong.")


def _identify(packet: bytes) -> _Link | None:
    link = None
    if packet.startswith(b"OpusHead") and len(packet) >= 19:
        link = _Link("opus", 48000, struct.unpack_from("<H", packet, 10)[0])
    elif packet.startswith(b"\x01vorbis") and len(packet) >= 30:
        link = _Link("vorbis", struct.unpack_from("<I", packet, 12)[0], 0)
    elif packet.startswith(b"\x7fFLAC") and len(packet) >= 51:
        link = _Link("flac", StreamInfo.parse(packet[17:51]).rate, 0)
    elif packet.startswith(b"Speex   ") and len(packet) >= 80:
        link = _Link("speex", struct.unpack_from("<I", packet, 36)[0], 0)
    if link is not None and not link.rate:
        raise broken("The stream has no sample rate.")
    return link
