"""A picture made anew from its points, in sizes, by Pillow; only the worker of pictures carries that, and imports this.

Turned as its camera says, in the colours of the web, and nothing else of the file is kept.
"""

from __future__ import annotations

import io
from contextlib import suppress
from math import cos, pi
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from .picture_rules import PictureUnfit, check_points

Image.MAX_IMAGE_PIXELS = None  # `check_points` counts them, before anything is unpacked
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
SMALL, LARGE = 800, 1600  # points of the longer side
ACROSS, DOWN = 4, 3  # waves of a blur
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


class File(NamedTuple):
    """A file to show."""

    content: bytes
    media: str


class Made(NamedTuple):
    """What is made of a picture: small, double where there are points enough, WebP of the small one; the points of what came."""

    small: File
    large: File | None
    webp: File
    width: int
    height: int
    blur: str


def made(content: bytes, said: str) -> Made:
    """A picture in its sizes. Raises PictureUnfit, PictureTooManyPoints."""
    whole = _opened(content, said)
    small = _within(whole, SMALL)
    large = _within(whole, LARGE) if max(whole.size) > SMALL else None
    return Made(
        _plain(small),
        None if large is None else _plain(large),
        File(_saved(small, "WEBP", quality=80, method=4), "image/webp"),
        *whole.size,
        blurred(small),
    )


def _opened(content: bytes, said: str) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=list(FORMATS.values())) as found:
            check_points(*found.size)
            if found.format != FORMATS[said]:
                raise PictureUnfit(problem="not what it is said to be")
            found.load()
            return _clean(ImageOps.exif_transpose(found))
    except UnidentifiedImageError as unknown:
        raise PictureUnfit(problem="another kind") from unknown
    except (OSError, ValueError, SyntaxError, IndexError, EOFError) as broken:  # as Pillow tells that bytes are wrong
        raise PictureUnfit(problem="damaged") from broken


def _clean(picture: Image.Image) -> Image.Image:
    """Its points in the web's colours, and nothing beside them."""
    clear = picture.has_transparency_data and any(picture.convert("RGBA").getchannel("A").histogram()[:255])
    mode = "RGBA" if clear else "RGB"
    profile, points = picture.info.get("icc_profile"), picture.convert(mode)
    if profile and picture.mode in ("RGB", "RGBA"):
        with suppress(ImageCms.PyCMSError, OSError):  # a profile that cannot be read changes nothing
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            points = ImageCms.profileToProfile(points, own, ImageCms.createProfile("sRGB")) or points
    clean = Image.new(mode, points.size)
    clean.paste(points)
    return clean


def _within(whole: Image.Image, side: int) -> Image.Image:
    shown = whole.copy()
    shown.thumbnail((side, side), Image.Resampling.LANCZOS)
    return shown


def _plain(picture: Image.Image) -> File:
    if picture.mode == "RGBA":
        return File(_saved(picture, "PNG", optimize=True), "image/png")
    return File(_saved(picture, "JPEG", quality=82, optimize=True, progressive=True), "image/jpeg")


def _saved(picture: Image.Image, form: str, **how: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


# ---- a blur, as blurha.sh describes it --------------------------------------------------------------------------------
def blurred(picture: Image.Image) -> str:
    """A blur of a picture in 28 characters, which a page draws until the picture is there."""
    tiny = picture.convert("RGBA").resize((32, 32))
    ground = Image.new("RGBA", tiny.size, "white")
    plain = Image.alpha_composite(ground, tiny).convert("RGB").tobytes()
    points = [[_linear(value) for value in plain[at : at + 3]] for at in range(0, len(plain), 3)]
    waves = [_wave(points, across, down) for down in range(DOWN) for across in range(ACROSS)]
    (mean, *rest) = waves
    greatest = max(abs(value) for wave in rest for value in wave)
    scale = max(0, min(82, int(greatest * 166 - 0.5)))
    told = _digits(ACROSS - 1 + (DOWN - 1) * 9, 1) + _digits(scale, 1)
    red, green, blue = map(_byte, mean)
    told += _digits((red << 16) + (green << 8) + blue, 4)
    for wave in rest:
        steps = [max(0, min(18, int(_root(value / ((scale + 1) / 166)) * 9 + 9.5))) for value in wave]
        told += _digits(steps[0] * 361 + steps[1] * 19 + steps[2], 2)
    return told


def _wave(points: list[list[float]], across: int, down: int) -> list[float]:
    weights = [
        cos(pi * across * (n % 32) / 32) * cos(pi * down * (n // 32) / 32) * (2 if across or down else 1) / len(points)
        for n in range(len(points))
    ]
    return [sum(weight * point[c] for weight, point in zip(weights, points, strict=True)) for c in range(3)]


def _linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _byte(value: float) -> int:
    part = max(0.0, min(1.0, value))
    return int((part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _root(value: float) -> float:
    return float(abs(value) ** 0.5) * (1 if value >= 0 else -1)


def _digits(value: int, length: int) -> str:
    return "".join(DIGITS[value // 83**place % 83] for place in range(length - 1, -1, -1))
