"""Who is left alone so that what is done to the others can be measured: by a hash of a person and a salt, and nothing else.

Guarantees: a person's bucket under a salt never changes, and is independent of their bucket under another one; so both arms are
fixed before anybody looks at whom a campaign may reach.
"""

from __future__ import annotations

from hashlib import sha256

BUCKETS = 10_000
CONTROL = 200  # of the buckets: 2 % hear no marketing for a year
HOLDOUT = 1_000  # 10 % get nothing of one campaign


def bucket(salt: str, person: str) -> int:
    """0 … 9,999."""
    return int.from_bytes(sha256(f"{salt}|{person}".encode()).digest()) % BUCKETS


def in_control(person: str, year: int) -> bool:
    """Whether a person hears no marketing at all in this year."""
    return bucket(f"control#{year}", person) < CONTROL


def in_holdout(person: str, campaign: str) -> bool:
    """Whether a person gets nothing of a campaign; its name is the salt."""
    return bucket(f"campaign#{campaign}", person) < HOLDOUT
