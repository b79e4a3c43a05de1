"""What a login provider answers."""

from __future__ import annotations

from typing import NamedTuple


class Confirmed(NamedTuple):
    """A person as a provider knows them: the id in this app, and the one across its apps where there is one."""

    id: str
    union: str | None = None
