"""What is taken in as a picture: PNG, JPEG, WebP and GIF, read by their structure from the first byte to the last. Pure.

No SVG: it is a document that can run and fetch, and a filter that reads it otherwise than a browser does lets it through.
A picture that has anything behind its end is refused, so nothing else hides in it; its points are counted from its own
headers and nothing is unpacked, so a small file cannot become a large picture in a shopper's browser.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, NamedTuple

from chalicelib.kernel.errors import Invalid

LONGEST_SIDE = 4_096
MOST_POINTS = 16_777_216  # of all frames together: 64 MB unpacked
MOST_SCANS = 64  # of a JPEG: each is painted over the whole picture
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # of JPEG's markers
LENGTHLESS = frozenset({0x00, 0x01, *range(0xD0, 0xD9), 0xFF})  # of JPEG's markers: they stand in scans, or nowhere


class Frames(NamedTuple):
    """So many pictures of one size."""

    width: int
    height: int
    times: int = 1


class PictureUnfit(Invalid):
    problem: str
    zh, en = "只接受 PNG、JPEG、WebP 或 GIF 图片：{problem}", "A picture is PNG, JPEG, WebP or GIF: {problem}"
    spoken: ClassVar[Mapping[str, str]] = {
        "not base64": "不是 base64", "another kind": "是其他类型", "not what it is said to be": "与所声明的类型不符",
        "damaged, or more than a picture": "已损坏或含有图片以外的内容",
    }  # fmt: skip


class PictureTooManyPoints(Invalid):
    width: int
    height: int
    side: int
    most: int
    zh = "图片 {width}×{height}，每边最多 {side} 像素，所有帧合计最多 {most} 像素"
    en = "The picture is {width} by {height}: a side has {side} points at most, all its frames together {most}"


class _Damaged(Exception):
    """The bytes are not what the format says."""


def looked_at(content: bytes, said: str | None = None) -> str:
    """The media type of a picture that is whole, of a sane size, and what it is said to be, if anything is.

    Raises PictureUnfit, PictureTooManyPoints.
    """
    kind = next((kind for kind, (begins, _) in KINDS.items() if begins(content)), None)
    if kind is None:
        raise PictureUnfit(problem="another kind")
    if said not in (None, kind):
        raise PictureUnfit(problem="not what it is said to be")
    try:
        frames = list(KINDS[kind][1](content))
        _demand(bool(frames) and all(min(found) >= 1 for found in frames))
    except (_Damaged, struct.error, IndexError) as damaged:
        raise PictureUnfit(problem="damaged, or more than a picture") from damaged
    width, height = max(found.width for found in frames), max(found.height for found in frames)
    points = sum(found.width * found.height * found.times for found in frames)
    if max(width, height) > LONGEST_SIDE or points > MOST_POINTS:
        raise PictureTooManyPoints(width=width, height=height, side=LONGEST_SIDE, most=MOST_POINTS)
    return kind


def _demand(holds: bool) -> None:
    if not holds:
        raise _Damaged


def _png(content: bytes) -> Iterator[Frames]:
    """Chunks under check sums, the header first, the end last; an animation says how many frames it has."""
    at, frames, kinds = 8, 1, list[bytes]()
    width = height = 0
    while kinds[-1:] != [b"IEND"]:
        length, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + length]
        (check,) = struct.unpack_from(">I", content, at + 8 + length)
        _demand(check == zlib.crc32(kind + body) and (kind == b"IHDR") == (not kinds))
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", body)
        if kind == b"acTL":
            frames = max(frames, *struct.unpack_from(">I", body))
        kinds.append(kind)
        at += 12 + length
    _demand(at == len(content) and b"IDAT" in kinds)
    yield Frames(width, height, frames)


def _gif(content: bytes) -> Iterator[Frames]:
    """A canvas, then frames and extensions in blocks that say their length, then the end."""
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    at = 13 + _palette(flags)
    while content[at] != 0x3B:
        if content[at] == 0x21:
            at = _after_blocks(content, at + 2)
            continue
        _demand(content[at] == 0x2C)
        left, top, wide, high, flags = struct.unpack_from("<HHHHB", content, at + 1)
        _demand(min(wide, high) >= 1)
        yield Frames(max(width, left + wide), max(height, top + high))
        at = _after_blocks(content, at + 11 + _palette(flags))
    _demand(at + 1 == len(content))


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1


def _jpeg(content: bytes) -> Iterator[Frames]:
    """Segments that say their length, one of them the frame's header, and scans up to the next marker; then the end."""
    at, scans, sizes = 2, 0, list[tuple[int, int]]()
    while (mark := _mark(content, at)) != 0xD9:
        (length,) = struct.unpack_from(">H", content, at + 2)
        _demand(mark not in LENGTHLESS)
        if mark in FRAME_HEADERS:
            sizes.append(struct.unpack_from(">HH", content, at + 5))
        at += 2 + length
        if mark == 0xDA:
            scans += 1
            at = _after_scan(content, at)
    _demand(at + 2 == len(content) and 1 <= scans <= MOST_SCANS and len(sizes) == 1)
    yield Frames(sizes[0][1], sizes[0][0])


def _mark(content: bytes, at: int) -> int:
    _demand(content[at] == 0xFF)
    return content[at + 1]


def _after_scan(content: bytes, at: int) -> int:
    """Where the next marker stands; within a scan, FF is followed by nothing or by one that only restarts it."""
    while True:
        at = content.find(b"\xff", at)
        _demand(at >= 0)
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2


def _webp(content: bytes) -> Iterator[Frames]:
    """Chunks within one that says the length of all; the first says how large the picture is, and no frame is larger."""
    chunks = list(_riff(content))
    _demand(chunks[0][0] in WEBP_SIZES)
    sizes = [WEBP_SIZES[kind](body) for kind, body in chunks if kind in WEBP_SIZES]
    frames = sum(kind in WEBP_SIZES and kind != b"VP8X" for kind, _ in chunks)
    _demand(all(wide <= sizes[0][0] and high <= sizes[0][1] for wide, high in sizes))
    yield Frames(*sizes[0], frames)


def _riff(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    (length,) = struct.unpack_from("<I", content, 4)
    _demand(length + 8 == len(content))
    at = 12
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        yield kind, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    _demand(at == len(content))


def _lossy(body: bytes) -> tuple[int, int]:
    start, width, height = struct.unpack_from("<3sHH", body, 3)
    _demand(start == b"\x9d\x01\x2a")
    return width & 0x3FFF, height & 0x3FFF


def _lossless(body: bytes) -> tuple[int, int]:
    start, bits = struct.unpack_from("<BI", body)
    _demand(start == 0x2F)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _sides(body: bytes, at: int) -> tuple[int, int]:
    """Width and height, each less one, in three bytes."""
    _demand(len(body) >= at + 6)
    return int.from_bytes(body[at : at + 3], "little") + 1, int.from_bytes(body[at + 3 : at + 6], "little") + 1


WEBP_SIZES: Mapping[bytes, Callable[[bytes], tuple[int, int]]] = {
    b"VP8 ": _lossy, b"VP8L": _lossless, b"VP8X": lambda body: _sides(body, 4), b"ANMF": lambda body: _sides(body, 6),
}  # fmt: skip

KINDS: Mapping[str, tuple[Callable[[bytes], bool], Callable[[bytes], Iterator[Frames]]]] = {
    "image/png": (lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    "image/jpeg": (lambda content: content.startswith(b"\xff\xd8\xff"), _jpeg),
    "image/webp": (lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP", _webp),
    "image/gif": (lambda content: content[:6] in (b"GIF87a", b"GIF89a"), _gif),
}
