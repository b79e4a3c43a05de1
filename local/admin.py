"""One of a shop's first two administrators: `make admin EMAIL=you@example.com`, of the shop that runs here, or with
STAGE=prod of a deployed stage, by the rights of whoever calls. Also a way in for the last administrator, who is blocked
or has lost password or second factor, when no other one is active; the audit log tells of it.

Prints a one-time code: a shop without an administrator may have no channel to send it by. The rest (password, second
factor) is between the administrator and the shop.
"""

import os
import sys

from chalicelib.kernel.errors import CommitRejected, Refusal

from . import settle


def main(email: str = "", stage: str = "") -> int:
    """0 when the invitation was made, 1 when it was refused."""
    if not email:
        print("whose e-mail address? make admin EMAIL=you@example.com [STAGE=prod]", file=sys.stderr)
        return 1
    settle.enter(stage)
    from chalicelib.records.identity.staff.service import staff  # tables' names are known only now

    try:
        made = staff.create_admin(email)
    except Refusal as refusal:
        print(refusal.message("en"), file=sys.stderr)
        return 1
    except CommitRejected as refused:
        print("; ".join(reason.message("en") for reason in refused.reasons), file=sys.stderr)
        return 1
    print(f"{made.email} is invited as an administrator ({made.account}).\n")
    print("An administrator who is active already keeps password and second factor until the code is taken up.\n")
    print(f"  one-time code   {made.code}   valid for 72 hours, shown only here\n")
    print("Take it up; the answer holds the second factor for an authenticator app:\n")
    base = os.environ.get("PUBLIC_URL") or "<the API's address>"
    body = f'{{"email": "{made.email}", "code": "{made.code}", "password": "a password of your own"}}'
    print(f"  curl -s {base}/v1/auth/activation -H 'Content-Type: application/json' -d '{body}'\n")
    print("Then sign in at /v1/auth/login with e-mail, password and totp.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*(text.strip() for text in sys.argv[1:])))
