"""The policies of sourcing: a file each and a line in the table."""

from __future__ import annotations

from .fewest_parcels import fewest_parcels
from .kind import Policy
from .nearest import nearest
from .priority import priority

KINDS: dict[str, Policy] = {"priority": priority, "nearest": nearest, "fewest_parcels": fewest_parcels}
