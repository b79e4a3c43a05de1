"""What is taken in as a picture: whole, of the kind it is said to be, of a sane size, and nothing else."""

from __future__ import annotations

import gzip
import random
import struct

import pytest

from chalicelib.kernel.errors import Invalid
from chalicelib.records.catalog.picture_rules import (
    LONGEST_SIDE,
    MOST_POINTS,
    PictureTooManyPoints,
    PictureUnfit,
    looked_at,
)
from tests.support.images import GENUINE, KIND, chunk, png

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='1' height='1'/></svg>"
PNG_SIGN = b"\x89PNG\r\n\x1a\n"


def refused(content: bytes, said: str | None = None) -> str:
    with pytest.raises(PictureUnfit) as told:
        looked_at(content, said)
    return str(told.value.params["problem"])


@pytest.mark.parametrize("name", GENUINE)
def test_what_common_programs_write_is_taken_for_what_it_is(name):
    assert looked_at(GENUINE[name]) == looked_at(GENUINE[name], KIND[name]) == KIND[name]
    for other in set(KIND.values()) - {KIND[name]}:
        assert refused(GENUINE[name], other) == "not what it is said to be"


@pytest.mark.parametrize("name", GENUINE)
def test_a_picture_cut_off_anywhere_or_with_anything_behind_it_is_refused(name):
    whole = GENUINE[name]
    for length in range(len(whole)):
        refused(whole[:length])
    for behind in (b"\0", b"\n", b"<script>alert(1)</script>", SVG, b"PK\x03\x04", whole):
        assert refused(whole + behind) == "damaged, or more than a picture"
    refused(b"\n" + whole)


@pytest.mark.parametrize("name", GENUINE)
def test_whatever_bytes_are_altered_the_answer_is_a_kind_or_a_refusal(name):
    chance, whole = random.Random(17), GENUINE[name]
    for _ in range(1500):
        altered = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            altered[chance.randrange(len(altered))] = chance.randrange(256)
        try:
            assert looked_at(bytes(altered)) in set(KIND.values())
        except Invalid:
            continue


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html><svg></svg></html>", b"%PDF-1.7", b"BM......", b"RIFF....WAVE", b"\0\0\0 ftypavif", b"II*\0", b"\0\0\1\0",
        SVG, b"\xef\xbb\xbf" + SVG, b"\n " + SVG, b"<?xml version='1.0'?>" + SVG, b"<!-- a -->" + SVG,
        gzip.compress(SVG, mtime=0),
        SVG.decode().encode("utf-16"), SVG.decode().encode("utf-7"), b"<svg:svg xmlns:svg='http://www.w3.org/2000/svg'/>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg></svg>", b"<x:svg><x:script/></x:svg>", b"\x89PNG\n\x1a\n", b"GIF88a", b"\xff\xd8",
    ],
)  # fmt: skip
def test_what_is_no_such_picture_is_refused_and_svg_in_whatever_dress(content):
    assert refused(content) == "another kind"


@pytest.mark.parametrize(
    "start", [PNG_SIGN, b"\xff\xd8\xff", b"\xff\xd8\xff\xe0", b"RIFF\x57\0\0\0WEBP", b"GIF89a", b"GIF87a"]
)
@pytest.mark.parametrize(
    "then", [b"", SVG, b"/*", b"=1;alert(1)//", b"<script>alert(1)</script>", b"\xff" * 80, bytes(80)]
)
def test_the_first_bytes_alone_make_no_picture(start, then):
    assert refused(start + then) == "damaged, or more than a picture"


# PNG


def header(width: int = 1, height: int = 1) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


@pytest.mark.parametrize("chunks", [
    chunk(b"IDAT", b"x") + header() + chunk(b"IEND", b""), header() + chunk(b"IEND", b""),
    header() + header() + chunk(b"IDAT", b"x") + chunk(b"IEND", b""),
    header() + chunk(b"IDAT", b"x")[:-1] + b"\0" + chunk(b"IEND", b""),
    chunk(b"IHDR", b"") + chunk(b"IDAT", b"x") + chunk(b"IEND", b""), header(0) + chunk(b"IDAT", b"x") + chunk(b"IEND", b""),
    header(1, 0) + chunk(b"IDAT", b"x") + chunk(b"IEND", b""),
])  # fmt: skip
def test_a_png_has_one_header_first_data_and_true_check_sums(chunks):
    assert refused(PNG_SIGN + chunks) == "damaged, or more than a picture"


def sized(width: int, height: int, frames: int | None = None) -> bytes:
    """A PNG that says that it is so large; what would be unpacked is a byte."""
    more = b"" if frames is None else chunk(b"acTL", struct.pack(">II", frames, 0))
    return PNG_SIGN + header(width, height) + more + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


@pytest.mark.parametrize(("content", "fits"), [
    (sized(LONGEST_SIDE, 1), True), (sized(1, LONGEST_SIDE), True), (sized(LONGEST_SIDE + 1, 1), False),
    (sized(1, LONGEST_SIDE + 1), False), (sized(4096, 4096), True), (sized(2**32 - 1, 2**32 - 1), False),
    (sized(1024, 1024, 16), True), (sized(1024, 1024, 17), False), (sized(1, 1, 2**32 - 1), False), (sized(1, 1, 0), True),
])  # fmt: skip
def test_a_small_file_does_not_become_a_large_picture(content, fits):
    if fits:
        assert looked_at(content) == "image/png"
        return
    with pytest.raises(PictureTooManyPoints) as told:
        looked_at(content)
    assert told.value.params["side"] == 4096
    assert told.value.params["most"] == MOST_POINTS == 4096 * 4096


# GIF


def gif(width: int, height: int, *frames: tuple[int, int, int, int]) -> bytes:
    drawn = b"".join(struct.pack("<BHHHHBB", 0x2C, *frame, 0, 2) + b"\x01\x00\x00" for frame in frames)
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + drawn + b";"


def test_a_gifs_frames_are_all_counted_wherever_they_lie():
    assert looked_at(gif(1024, 1024, *[(0, 0, 1, 1)] * 16)) == "image/gif"
    for large in (gif(1024, 1024, *[(0, 0, 1, 1)] * 17), gif(1, 1, (4096, 0, 1, 1)), gif(1, 1, (0, 4096, 1, 1)),
                  gif(1, 1, (0, 0, 5000, 1)), gif(65_535, 1, (0, 0, 1, 1))):  # fmt: skip
        with pytest.raises(PictureTooManyPoints):
            looked_at(large)
    for none in (
        gif(1, 1),
        gif(0, 1, (0, 0, 0, 1)),
        gif(1, 1, (0, 0, 1, 0)),
        gif(1, 1, (0, 0, 1, 1)).replace(b",", b"!", 1),
        gif(1, 1, (0, 0, 1, 1)).replace(b",", b"+", 1),
    ):
        refused(none)


# JPEG


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segments) + b"\xff\xd9"


def frame(width: int = 1, height: int = 1, mark: int = 0xC0) -> bytes:
    return struct.pack(">BBHBHHB", 0xFF, mark, 8, 8, height, width, 0)


SCAN = b"\xff\xda\x00\x02\x01\xff\x00\xff\xd0\x02"


def test_a_jpeg_has_one_frame_and_some_scans():
    for good in (
        jpeg(frame(), SCAN),
        jpeg(frame(mark=0xC2), *[SCAN] * 64),
        jpeg(b"\xff\xc4\x00\x02", frame(4096, 4096), SCAN),
    ):
        assert looked_at(good) == "image/jpeg"
    for bad in (
        jpeg(frame()), jpeg(SCAN), jpeg(frame(), frame(), SCAN), jpeg(frame(), *[SCAN] * 65), jpeg(frame(0), SCAN),
        jpeg(frame(1, 0), SCAN), jpeg(frame(), b"\xff\xe0\x00\x01", SCAN), jpeg(frame(), b"\xff\xd0\x00\x02", SCAN),
        jpeg(frame(), b"\x00\xe0\x00\x02", SCAN), jpeg(frame(mark=0xC4), SCAN),
    ):  # fmt: skip
        refused(bad)
    for large in (jpeg(frame(4097, 1), SCAN), jpeg(frame(1, 4097), SCAN), jpeg(frame(65_535, 65_535, 0xC2), SCAN)):
        with pytest.raises(PictureTooManyPoints):
            looked_at(large)


# WebP


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    held = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for kind, body in chunks
    )
    return b"RIFF" + struct.pack("<I", len(held)) + held


def lossy(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)


def lossless(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)


def canvas(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8X", bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def animated(width: int, height: int) -> tuple[bytes, bytes]:
    return b"ANMF", bytes(6) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + bytes(4)


def test_a_webp_says_its_size_first_and_no_frame_is_larger():
    for good in (webp(lossy(4096, 4096)), webp(lossless(4096, 4096)), webp(canvas(1024, 1024), *[animated(1, 1)] * 16),
                 webp(canvas(2, 2), (b"ICCP", b"x"), lossy(2, 2))):  # fmt: skip
        assert looked_at(good) == "image/webp"
    for bad in (
        webp(), webp(canvas(2, 2)), webp((b"ICCP", b"x"), lossy(1, 1)), webp(canvas(2, 2), lossy(3, 2)), webp(lossy(0, 1)),
        webp(canvas(2, 2), lossless(2, 3)), webp(canvas(2, 2), animated(3, 1)), webp((b"VP8 ", bytes(10))),
        webp((b"VP8L", bytes(5))), webp((b"VP8 ", lossy(1, 1)[1].replace(b"\x9d", b"\x9e"))),
        webp(lossy(1, 1), (b"EXIF", b"")).replace(b"EXIF\0", b"EXIF\1"),
        webp((b"VP8X", bytes(9)), lossy(1, 1)), webp(lossy(1, 0)),
    ):  # fmt: skip
        refused(bad)
    for large in (webp(lossy(4097, 1)), webp(lossless(1, 4097)), webp(canvas(2**24, 2**24), lossy(1, 1)),
                  webp(canvas(1024, 1024), *[animated(1, 1)] * 17)):  # fmt: skip
        with pytest.raises(PictureTooManyPoints):
            looked_at(large)


def test_a_refusal_says_in_both_languages_what_is_wrong():
    with pytest.raises(PictureUnfit) as told:
        looked_at(SVG)
    assert "其他类型" in told.value.message("zh")
    assert "another kind" in told.value.message("en")


def test_a_picture_may_be_as_large_as_the_door_lets_in():
    assert looked_at(png(9, 9, size=180_000)) == "image/png"
