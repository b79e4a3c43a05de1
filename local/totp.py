"""The code that an authenticator app would show, at the shop's own time: `.venv/bin/python -m local.totp SECRET`.

`make run` prints the secrets of its demo logins. A real app knows only the real time, and no longer fits once the shop's
clock was moved.
"""

from __future__ import annotations

import base64
import binascii
import sys
import time

from chalicelib.records.identity.access.proofs import STEP_SECONDS, totp_code

from . import clock

LEAST_BYTES = 16  # no authenticator app is given a shorter one


def main(arguments: list[str]) -> int:
    """Print the present code; 1 for what is no secret."""
    text = "".join(arguments).upper().rstrip("=")
    try:
        secret = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        secret = b""
    if len(secret) < LEAST_BYTES:
        print("that is no secret; say one as make run prints it: python -m local.totp SECRET", file=sys.stderr)
        return 1
    now = int(time.time()) + clock.ahead(clock.place() / clock.NAME)
    print(totp_code(secret, now // STEP_SECONDS))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
