"""What is made of a picture: its points, turned, in the web's colours and in sizes, and nothing else of the file."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from chalicelib.records.catalog import imaging
from chalicelib.records.catalog.picture_rules import (
    LONGEST_SIDE,
    MOST_POINTS,
    PictureTooManyPoints,
    PictureUnfit,
    check_points,
)
from tests.support.photos import photo

SECRET = b"31.2304,121.4737"


def opened(file: imaging.File) -> Image.Image:
    return Image.open(io.BytesIO(file.content))


def files(made: imaging.Made) -> list[imaging.File]:
    return [file for file in (made.small, made.large, made.webp) if file]


def with_place(**how) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 49.0)
    return photo(1_000, 600, exif=exif, comment=SECRET, **how)


def test_a_place_a_device_and_what_lies_behind_the_end_are_left_behind():
    content = with_place() + b"PK\x03\x04" + SECRET
    assert SECRET in content
    for file in files(imaging.made(content, "image/jpeg")):
        assert SECRET not in file.content
        with opened(file) as found:
            assert dict(found.getexif()) == {}
            assert {"exif", "comment", "icc_profile", "xmp"} & set(found.info) == set()


def test_texts_of_a_png_are_left_behind():
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", SECRET.decode())
    for file in files(imaging.made(photo(900, 900, "PNG", pnginfo=told), "image/png")):
        assert SECRET not in file.content


def test_a_picture_is_turned_as_its_camera_says():
    made = imaging.made(with_place(), "image/jpeg")
    assert (made.width, made.height) == (600, 1_000)
    with opened(made.small) as found:
        assert found.size == (480, 800)


@pytest.mark.parametrize(
    ("size", "small", "large"),
    [
        ((800, 600), (800, 600), None),
        ((801, 600), (800, 599), (801, 600)),
        ((1_600, 900), (800, 450), (1_600, 900)),
        ((4_000, 3_000), (800, 600), (1_600, 1_200)),
        ((1, 1), (1, 1), None),
        ((3_000, 10), (800, 3), (1_600, 5)),
    ],
)
def test_sizes_follow_the_longer_side_and_nothing_is_enlarged(size, small, large):
    made = imaging.made(photo(*size), "image/jpeg")
    with opened(made.small) as one, opened(made.webp) as other:
        assert one.size == other.size == small
    assert (made.large is None) == (large is None)
    if made.large:
        with opened(made.large) as found:
            assert found.size == large


FORMS = [
    ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGBA"), ("WEBP", "RGB"), ("PNG", "1"),
    ("JPEG", "L"), ("JPEG", "CMYK"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "mode"), FORMS)
def test_every_kind_of_picture_is_made(form, mode):
    made = imaging.made(photo(90, 60, form, mode=mode), f"image/{form.lower()}")
    assert (made.small.media, made.webp.media) == ("image/jpeg", "image/webp")
    with opened(made.small) as found, opened(made.webp) as other:
        assert (found.mode, other.mode, found.format, other.format) == ("RGB", "RGB", "JPEG", "WEBP")


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_can_be_seen_through_stays_so(form):
    clear, out = Image.new("RGBA", (90, 60), (200, 30, 30, 90)), io.BytesIO()
    clear.save(out, form)
    made = imaging.made(out.getvalue(), f"image/{form.lower()}")
    assert made.small.media == "image/png"
    for file in (made.small, made.webp):
        with opened(file) as found:
            assert found.convert("RGBA").getpixel((45, 30))[3] == pytest.approx(90, abs=2)


def test_colours_of_another_profile_are_those_of_the_web():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = imaging.made(photo(90, 60, icc_profile=lab), "image/jpeg")
    broken = imaging.made(photo(90, 60, icc_profile=b"no profile"), "image/jpeg")
    for one in (made, broken):
        with opened(one.small) as found:
            assert "icc_profile" not in found.info


def test_an_animation_is_shown_as_its_first_frame():
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with opened(imaging.made(out.getvalue(), "image/gif").small) as found:
        red, _, blue = found.convert("RGB").getpixel((20, 20))
        assert red > 200 > 60 > blue


@pytest.mark.parametrize("said", ["image/png", "image/webp", "image/gif"])
def test_what_is_not_what_it_is_said_to_be_is_unfit(said):
    with pytest.raises(PictureUnfit, match="not what it is said to be"):
        imaging.made(photo(9, 9), said)


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"<svg/>", b"\x00" * 99, photo(9, 9, "BMP"), photo(9, 9, "TIFF")]
)
def test_another_kind_is_unfit(content):
    with pytest.raises(PictureUnfit, match="another kind"):
        imaging.made(content, "image/png")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_cut_file_is_unfit_wherever_it_is_cut(form):
    content = photo(300, 200, form)
    for at in range(20, len(content) - 40, max(1, len(content) // 25)):
        with pytest.raises(PictureUnfit):
            imaging.made(content[:at], f"image/{form.lower()}")


def test_points_are_counted_before_anything_is_unpacked():
    check_points(LONGEST_SIDE, MOST_POINTS // LONGEST_SIDE)
    for width, height in ((LONGEST_SIDE + 1, 1), (1, LONGEST_SIDE + 1), (7_747, 7_747)):
        with pytest.raises(PictureTooManyPoints):
            check_points(width, height)


def test_a_blur_is_as_others_make_it():
    """One colour: the mean is said in four digits of 83, and no wave is there."""
    told = imaging.blurred(Image.new("RGB", (50, 40), (255, 255, 255)))
    assert (len(told), told[0], told[2:6]) == (28, "L", "TSUA")
    assert imaging.blurred(Image.new("RGB", (50, 40), (0, 0, 0)))[2:6] == "0000"
    sides = Image.new("RGB", (64, 64), "black")
    sides.paste("white", (0, 0, 32, 64))
    other = Image.new("RGB", (64, 64), "black")
    other.paste("white", (32, 0, 64, 64))
    assert imaging.blurred(sides) != imaging.blurred(other)
    assert imaging.blurred(sides)[2:6] == imaging.blurred(other)[2:6]
