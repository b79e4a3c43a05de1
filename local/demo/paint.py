"""Colours and strokes that the motifs share."""

from collections.abc import Sequence
from dataclasses import dataclass


def mixed(one: str, other: str, part: float) -> str:
    """A colour with a part (0…1) of another in it; both as #rrggbb."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def is_pale(colour: str) -> bool:
    """Whether a colour is near white."""
    return min(_channels(colour)) > 205


def _channels(colour: str) -> Sequence[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


@dataclass(frozen=True)
class Paint:
    """An object's colour and the tones that go with it."""

    base: str

    @property
    def light(self) -> str:
        return mixed(self.base, "#ffffff", 0.28)

    @property
    def pale(self) -> str:
        return mixed(self.base, "#ffffff", 0.6)

    @property
    def dark(self) -> str:
        return mixed(self.base, "#101218", 0.24)

    @property
    def deep(self) -> str:
        return mixed(self.base, "#101218", 0.5)


def path(d: str, fill: str, more: str = "") -> str:
    return f'<path d="{d}" fill="{fill}"{" " + more if more else ""}/>'


def line(d: str, colour: str, width: float = 4, more: str = "") -> str:
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" '
        f'stroke-linejoin="round"{" " + more if more else ""}/>'
    )


def box(x: float, y: float, w: float, h: float, r: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{fill}"{" " + more if more else ""}/>'


def disc(x: float, y: float, r: float, fill: str, more: str = "") -> str:
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"{" " + more if more else ""}/>'


def oval(x: float, y: float, rx: float, ry: float, fill: str, more: str = "") -> str:
    return f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" fill="{fill}"{" " + more if more else ""}/>'
