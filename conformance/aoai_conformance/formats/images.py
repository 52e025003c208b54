"""Image files: format, size, and completeness.

PNG: https://www.w3.org/TR/png-3/; JPEG: ITU-T T.81 annex B; WebP: RFC 9649.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
#: Start-of-frame markers of JPEG: C0 to CF but tables (C4), the extension (C8) and arithmetic coding (CC).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image: `kind` is `png`, `jpeg` or `webp`; sizes are in pixels."""

    kind: str
    width: int
    height: int


class ImageError(ValueError):
    """The bytes are not a complete image; the text is one sentence that says why."""


def parse_image(content: bytes) -> ImageFile:
    """Parse the bytes as an image. Raises PictureError if they are not a complete one."""
    try:
        if content.startswith(_PNG):
            return _png(content)
        if content.startswith(b"\xff\xd8"):
            return _jpeg(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError):
        raise ImageError("The image is truncated.") from None
    raise ImageError("The bytes are neither PNG nor JPEG nor WebP.")


def _png(content: bytes) -> ImageFile:
    position = len(_PNG)
    size: tuple[int, int] | None = None
    pixels = False
    while True:
        (length,) = struct.unpack_from(">I", content, position)
        kind = content[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(content):
            raise ImageError("The image is truncated.")
        (check,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(content[position + 4 : end - 4]) != check:
            raise ImageError(f"The PNG chunk {kind.decode('ascii', 'replace')} has a wrong checksum.")
        if size is None:
            if kind != b"IHDR" or length != 13:
                raise ImageError("The PNG does not begin with its header chunk.")
            size = struct.unpack_from(">II", content, position + 8)
        pixels = pixels or kind == b"IDAT"
        if kind == b"IEND":
            break
        position = end
    if not pixels:
        raise ImageError("The PNG has no pixel data.")
    return _sized("png", *size)


def _jpeg(content: bytes) -> ImageFile:
    if b"\xff\xd9" not in content[-64:]:
        raise ImageError("The image is truncated.")
    position = 2
    while True:
        if content[position] != 0xFF:
            raise ImageError("The JPEG has data between its segments.")
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        (length,) = struct.unpack_from(">H", content, position + 2)
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, position + 5)
            return _sized("jpeg", width, height)
        if marker in (0xD9, 0xDA) or length < 2:
            raise ImageError("The JPEG has no frame.")
        position += 2 + length


def _webp(content: bytes) -> ImageFile:
    (length,) = struct.unpack_from("<I", content, 4)
    if length + 8 > len(content):
        raise ImageError("The image is truncated.")
    kind, at = content[12:16], 20
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, at + 6)
        return _sized("webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, at + 1)
        return _sized("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        canvas = content[at + 4 : at + 10]
        if len(canvas) < 6:
            raise ImageError("The image is truncated.")
        return _sized(
            "webp", int.from_bytes(canvas[:3], "little") + 1, int.from_bytes(canvas[3:], "little") + 1
        )
    raise ImageError("The WebP file has no image data.")


def _sized(kind: str, width: int, height: int) -> ImageFile:
    if not width or not height:
        raise ImageError("The image has no width or no height.")
    return ImageFile(kind, width, height)
