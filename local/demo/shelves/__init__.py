"""What the demonstration shop sells, department by department."""

from collections.abc import Sequence

from ..goods import Department
from . import devices, home, pantry, play, wear

DEPARTMENTS: Sequence[Department] = (*wear.ALL, *devices.ALL, *home.ALL, *pantry.ALL, *play.ALL)
