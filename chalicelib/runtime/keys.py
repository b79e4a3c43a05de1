"""The shop's own keys, from the secret `keys`: {"signing": [texts, newest last], ...}. Old ones still verify.

`made()` makes the whole document for a first start; a running shop only ever reads it.
"""

from __future__ import annotations

import base64
import os
from typing import Any

from . import settings


def signing_keys() -> list[str]:
    """Secret texts for quotes, cursors and links; itsdangerous signs with the last."""
    return list(settings.secret("keys")["signing"])


def made() -> dict[str, Any]:
    """A fresh `keys` document for a new shop."""
    return {"signing": [base64.urlsafe_b64encode(os.urandom(32)).decode()]}
