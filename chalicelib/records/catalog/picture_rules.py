"""What is taken in as a picture, how an upload of one goes, and the refusals. Pure.

No SVG: it is a document that can run and fetch. Of what comes in only its points are kept: whatever else a file holds
(a place, a device, a text, a second file behind its end) is left behind when the picture is made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.states import States

LARGEST = 15_000_000  # bytes of a file that comes in
LONGEST_SIDE = 12_000
MOST_POINTS = 60_000_000  # 180 MB unpacked

Kind = Literal["image/png", "image/jpeg", "image/webp", "image/gif"]


class PictureNotFound(NotFound):
    zh, en = "没有这张图片", "There is no such picture"


class PictureStateConflict(Conflict):
    state: str
    zh, en = "图片当前状态为 {state}", "The picture is {state}"


class PictureMissing(Invalid):
    zh, en = "图片文件尚未上传", "The file was not uploaded"


class PictureUnfit(Invalid):
    problem: str
    zh, en = "只接受 PNG、JPEG、WebP 或 GIF 图片：{problem}", "A picture is PNG, JPEG, WebP or GIF: {problem}"
    spoken: ClassVar[Mapping[str, str]] = {
        "another kind": "是其他类型",
        "not what it is said to be": "与所声明的类型不符",
        "damaged": "已损坏",
    }


class PictureTooManyPoints(Invalid):
    width: int
    height: int
    side: int
    most: int
    zh = "图片 {width}×{height}，每边最多 {side} 像素，合计最多 {most} 像素"
    en = "The picture is {width} by {height}: a side has {side} points at most, and all of it {most}"


class PictureTooLarge(Invalid):
    limit: int
    zh, en = "图片文件超过 {limit} 字节", "The file is larger than {limit} bytes"


REFUSALS = {one.__name__: one for one in (PictureMissing, PictureUnfit, PictureTooManyPoints, PictureTooLarge)}

UPLOAD = States(
    "waiting",
    {
        "waiting": {"arrive": "making"},
        "making": {"arrive": "making", "finish": "ready", "refuse": "refused"},
        "ready": {"drop": "dropped"},
        "refused": {},
        "dropped": {},
    },
    absent=PictureNotFound,
    conflict=PictureStateConflict,
)


class ShownPicture(NamedTuple):
    """A picture as it is shown: the names of its files, its points, and a blur of it in a line of text."""

    small: str
    large: str | None
    webp: str
    width: int
    height: int
    blur: str

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name in (self.small, self.large, self.webp) if name))


def check_points(width: int, height: int) -> None:
    """Raises PictureTooManyPoints."""
    if max(width, height) > LONGEST_SIDE or width * height > MOST_POINTS:
        raise PictureTooManyPoints(width=width, height=height, side=LONGEST_SIDE, most=MOST_POINTS)
