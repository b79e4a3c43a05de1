"""The codes that invitations carry: fifteen letters, three days; one for each e-mail address at a time."""

from __future__ import annotations

from chalicelib.runtime import table, vault, world
from chalicelib.runtime.work import Work

from ...accounts.rules import Identifier
from ...model import Code
from ..steps.codes import note_invitation_sent, spend_invitation, write_invitation

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def find(by: Identifier) -> Code | None:
    """The code that this address was last invited with."""
    return table.get(Code, _key(by), consistent=True)


def write(by: Identifier, work: Work) -> str:
    """A new code in the place of the one before."""
    letters = world.current().entropy(15)
    text = "".join(LETTERS[byte % len(LETTERS)] for byte in letters)
    code = f"{text[:5]}-{text[5:10]}-{text[10:]}"
    work.add(write_invitation(_key(by), digest(by, code), work.now))
    return code


def note_sent(by: Identifier, code: str, work: Work) -> None:
    """A code went out, if no newer one took its place."""
    work.add(note_invitation_sent(_key(by), digest(by, code), work.now))


def spend(by: Identifier, code: str, work: Work) -> None:
    """A code is used up."""
    work.add(spend_invitation(_key(by), digest(by, code)))


def digest(by: Identifier, code: str) -> str:
    """What is kept of a code."""
    return vault.blind("invite", f"{by.blind}|{code}")


def _key(by: Identifier) -> str:
    return f"invite|{by.blind}"
