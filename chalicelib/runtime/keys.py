"""The shop's own keys, from the secret `keys`: signing keys with the newest last (old ones still verify)."""

from __future__ import annotations

from . import settings


def signing_keys() -> list[str]:
    """Secret texts for quotes, cursors and links; itsdangerous signs with the last."""
    return list(settings.secret("keys")["signing"])
