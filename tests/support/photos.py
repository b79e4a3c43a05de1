"""Photographs made by code, as cameras write them."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def photo(width: int, height: int, form: str = "JPEG", *, mode: str = "RGB", **how: Any) -> bytes:
    """A picture with a gradient, so that its corners differ."""
    across = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge("RGB", (across, across.transpose(Image.Transpose.FLIP_TOP_BOTTOM), across)).convert(mode)
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()
