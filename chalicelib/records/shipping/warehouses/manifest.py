"""What a warehouse's system says of itself before anybody speaks to it: its manifest, plain data."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.credentials import Credential


class Warehouse(NamedTuple):
    """The manifest of a system. `name` is its word in rows and facts; `adapter` is `module:class` in its own package;
    `credentials` are the fields of the secret `shipping/<name>`."""

    name: str
    zh: str
    en: str
    adapter: str
    credentials: tuple[Credential, ...]
