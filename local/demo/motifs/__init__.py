"""What can be drawn: a function a motif, from a paint to SVG shapes on a field of 400 by 400; the floor is at 336."""

from collections.abc import Callable, Mapping

from ..paint import Paint
from . import devices, home, pantry, play, wear

Motif = Callable[[Paint], str]

MOTIFS: Mapping[str, Motif] = {**wear.ALL, **devices.ALL, **home.ALL, **pantry.ALL, **play.ALL}
