"""Pictures of goods, drawn by code: flat SVG illustrations on a tinted ground; the same arguments draw the same picture.

They are our own, so they are kept as they are (`pictures.keep`); nobody else's SVG comes in (`pictures.bring`).

picture = draw.picture("mug", "#c8553d")          # one object in one colour
picture = draw.card("mug", "#c8553d", "陶杯", "Stoneware mug", "素陶")   # the same with its name, for the second picture
"""

from dataclasses import dataclass
from html import escape

from . import motifs
from .paint import Paint, is_pale, mixed

KIND = "image/svg+xml"
SIDE = 400
INK = "#2f3136"


@dataclass(frozen=True)
class Ground:
    """The tinted ground a picture stands on."""

    top: str
    bottom: str
    spot: str


def ground_of(colour: str) -> Ground:
    """A light ground on which the colour stands out; behind a near-white object it is a little darker."""
    pale = mixed("#7d93ad", "#ffffff", 0.52) if is_pale(colour) else mixed(colour, "#ffffff", 0.86)
    return Ground(mixed(pale, "#ffffff", 0.45), mixed(pale, "#cfd4dc", 0.28), mixed(pale, "#ffffff", 0.6))


def picture(motif: str, colour: str) -> bytes:
    """One object, in the middle."""
    inner = f'<g transform="translate(0 -2)">{_object(motif, colour)}</g>'
    return _svg(ground_of(colour), f'<circle cx="200" cy="196" r="158" fill="{{spot}}" opacity=".7"/>{inner}')


def card(motif: str, colour: str, zh: str, en: str, brand: str) -> bytes:
    """The object with its name under it, as a poster."""
    inner = (
        f'<circle cx="200" cy="158" r="122" fill="{{spot}}" opacity=".7"/>'
        f'<g transform="translate(70 18) scale(.65)">{_object(motif, colour)}</g>'
        f'<rect x="168" y="296" width="64" height="3" rx="1.5" fill="{mixed(colour, INK, 0.35)}" opacity=".75"/>'
        + _words(330, 21, 600, zh)
        + _words(354, 13, 400, en)
        + _words(380, 11, 400, brand, spaced=3)
    )
    return _svg(ground_of(colour), inner)


def _object(motif: str, colour: str) -> str:
    drawn = motifs.MOTIFS[motif](Paint(colour))
    return f'<ellipse cx="200" cy="336" rx="112" ry="12" fill="{INK}" opacity=".13"/>{drawn}'


def _words(y: int, size: int, weight: int, text: str, spaced: int = 0) -> str:
    fitted = min(size, int(size * 26 / max(26, _width(text) * size / 14)))
    spacing = f' letter-spacing="{spaced}"' if spaced else ""
    return (
        f'<text x="200" y="{y}" text-anchor="middle" font-family="system-ui,PingFang SC,Noto Sans CJK SC,sans-serif" '
        f'font-size="{fitted}" font-weight="{weight}" fill="{INK}"{spacing}>{escape(text)}</text>'
    )


def _width(text: str) -> float:
    """About how many wide characters a text takes."""
    return sum(1.0 if ord(letter) > 0x2E80 else 0.52 for letter in text)


def _svg(ground: Ground, inner: str) -> bytes:
    body = inner.replace("{spot}", ground.spot)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}">'
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{ground.top}"/>'
        f'<stop offset="1" stop-color="{ground.bottom}"/></linearGradient></defs>'
        f'<rect width="{SIDE}" height="{SIDE}" fill="url(#g)"/>{body}</svg>'
    ).encode()
