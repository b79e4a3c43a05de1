"""The codes that invitations carry: fifteen letters, three days; one for each e-mail address at a time."""

from __future__ import annotations

from chalicelib.runtime import table, vault, world
from chalicelib.runtime.table import Step, update
from chalicelib.runtime.work import Work

from ...accounts.service.accounts import Known
from ...model import Code
from ..rules import InvitationInvalid

INVITATION_SECONDS = 72 * 3600
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def find(by: Known) -> Code | None:
    """The code that this address was last invited with."""
    return table.get(Code, _key(by), consistent=True)


def drawn(by: Known, work: Work) -> tuple[str, Step]:
    """A new code, and the step that puts it in the place of the one before."""
    letters = world.current().entropy(15)
    text = "".join(LETTERS[byte % len(LETTERS)] for byte in letters)
    code = f"{text[:5]}-{text[5:10]}-{text[10:]}"
    ends = int(work.now.timestamp()) + INVITATION_SECONDS
    written = update(
        Code, _key(by),
        actions=[
            Code.digest.set(digest(by, code)), Code.ends_at.set(ends), Code.expires.set(ends), Code.sent_at.remove(),
        ],
    )  # fmt: skip
    return code, written


def sent(by: Known, code: str, work: Work) -> Step:
    """The step that notes that a code went out, if no newer one took its place."""
    at = [Code.sent_at.set(int(work.now.timestamp()))]
    return update(Code, _key(by), actions=at, when=Code.digest == digest(by, code), otherwise=InvitationInvalid())


def spent(by: Known, code: str) -> Step:
    """The step that uses a code up."""
    return update(
        Code,
        _key(by),
        actions=[Code.digest.remove()],
        when=Code.digest == digest(by, code),
        otherwise=InvitationInvalid(),
    )


def digest(by: Known, code: str) -> str:
    """What is kept of a code."""
    return vault.blind("invite", f"{by.blind}|{code}")


def _key(by: Known) -> str:
    return f"invite|{by.blind}"
