"""Bugs of accounts and sessions."""

from tests.proof.mutants import Bug

ACCOUNTS = "chalicelib/records/identity/service/accounts.py"
GATES = "chalicelib/records/identity/service/gates.py"
WORK, STANDING = "chalicelib/runtime/work.py", "chalicelib/records/identity/service/standing.py"


def _bug(name: str, row: str, file: str, old: str, new: str, why: str, *aim: str) -> Bug:
    return Bug(f"identity-{name}", row, file, old, new, why, tuple(f"identity.{one}" for one in aim))


BUGS = [
    _bug(
        "session-unasked", "S38", WORK, "            steps = standing.within(steps)\n", "            pass\n",
        "what is sent does not carry the demand on the session", "session",
    ),
    _bug(
        "session-not-there", "S38", STANDING, "Session.ends_at > at,\n",
        "Session.ends_at.does_not_exist() | (Session.ends_at > at),\n",
        "a session that was signed out of counts as one that stands", "session",
    ),
    _bug(
        "version-unasked", "S38", STANDING, '(Account.state == "active") & goes_on,', '(Account.state == "active"),',
        "signing out everywhere leaves the other sessions' tokens alive", "session",
    ),
    _bug(
        "gate-miscounts", "S17", GATES, "when=_unchanged(held), otherwise=LoginLocked(seconds=1),", "",
        "of attempts at one moment only one is counted", "gate",
    ),
    _bug(
        "squatter-stays-in", "S16", ACCOUNTS, '"unproven": None, "version": int(squatter.version) + 1}', '"unproven": None}',
        "who registered with another's address keeps the sessions when its owner comes", "squatted",
    ),
    _bug(
        "squatter-keeps-address", "S16", ACCOUNTS, 'changed = {one.kind: None, "claims": left,', 'changed = {"claims": left,',
        "the squatter's account still holds the address", "squatted",
    ),
]  # fmt: skip
