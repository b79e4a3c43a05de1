"""Bugs of accounts and sessions."""

from tests.proof.mutants import Bug

ACCOUNTS = "chalicelib/records/identity/service/accounts.py"
CODES = "chalicelib/records/identity/service/codes.py"
SIGNING_IN = "chalicelib/records/identity/service/signing_in.py"
GATES = "chalicelib/records/identity/service/gates.py"
ADDRESSES = "chalicelib/records/identity/service/addresses.py"
DISCLOSING = "chalicelib/records/identity/service/disclosing.py"
GATES = "chalicelib/records/identity/service/gates.py"
REKEYING = "chalicelib/records/identity/service/rekeying.py"
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
        "stranger-spoils", "S16", CODES, "when=lives & (Code.asker == here) & (Code.own < CODE_TRIES),",
        "when=lives & (Code.own < CODE_TRIES),", "a stranger's wrong codes use up the tries of who asked", "code",
    ),
    _bug(
        "purposes-one-row", "S16", CODES, "{ENTERING if purpose in ('register', 'login') else purpose}", "",
        "a code for something else takes the place of a pending one", "code",
    ),
    _bug(
        "register-tells", "S16", SIGNING_IN, "        claim = located if held is not None else by\n", "        claim = by\n",
        "whoever registers with an address learns that somebody has it", "said",
    ),
    _bug(
        "squatter-stays-in", "S16", ACCOUNTS, '"unproven": None, "version": int(squatter.version) + 1}', '"unproven": None}',
        "who registered with another's address keeps the sessions when its owner comes", "squatted",
    ),
    _bug(
        "squatter-keeps-address", "S16", ACCOUNTS, 'changed = {one.kind: None, "claims": left,', 'changed = {"claims": left,',
        "the squatter's account still holds the address", "squatted",
    ),
    _bug(
        "former-key-lost", "S38", REKEYING, '{"key": key, "former": row.key, "renewed": number, **anew}',
        '{"key": key, "renewed": number, **anew}',
        "the former key goes before what it sealed is sealed anew", "rekeyed",
    ),
    _bug(
        "former-key-early", "S38", REKEYING, "    if last is not None:\n", "    if last is not None and fact.after:\n",
        "the former key goes after the first stretch", "rekeyed",
    ),
    _bug(
        "key-while-changing", "S38", REKEYING, "    if row.former is None:\n        number", "    if True:\n        number",
        "a third key is made while the first is still in use", "rekeyed",
    ),
    _bug(
        "write-under-old-key", "S38", ADDRESSES, "[fresh(row, AccountMoved()), accounts.under_its_key(account)], row",
        "[fresh(row, AccountMoved())], row", "an address is written under a key that goes", "rekeyed at once",
    ),
    _bug(
        "looked-once-more", "S38", GATES, "(Count.number < most)", "(Count.number <= most)",
        "a member of staff looks at one more than the day's share", "disclosed",
    ),
    _bug(
        "looking-uncounted", "S38", DISCLOSING, "    work.add(counted(", "    str(counted(",
        "looking at people's data is told, but not counted", "disclosed",
    ),
]  # fmt: skip
