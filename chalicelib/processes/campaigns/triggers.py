"""What can set a journey off."""

from __future__ import annotations

TRIGGERS = frozenset({"silence"})
