"""Gates before what can be guessed or abused: failures that close a door for a while, counts within a window.

An attempt is counted before its outcome is known, so that a thousand attempts at once are a thousand attempts; and it is
counted where it comes from, so that a stranger's failures are the stranger's: at a device that the account knows, alone;
else at the line, at the network around it, and with those of all other strangers. At a closed gate nothing is heard but
password and second factor together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import limits, settings, table, vault
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ...events import LoginClosed, LoginFailed, StaffLoginFailed
from ...model import Account, Lockout
from ..rules import (
    AROUND_FAILURES,
    CLOSED_FAILURES,
    FAILURES,
    STRANGERS_FAILURES,
    CredentialsWrong,
    Gate,
    Gated,
    LoginLocked,
    record_attempt,
)
from ..steps.gates import open_gates, put_gate
from . import devices

BY_ADDRESS = settings.declare(
    "LOGIN_FAILURES_PER_IP",
    "50",
    "failed sign-ins in 15 minutes from one network address, after which accounts that were never used from there wait",
)
AROUND, HOME = 10, 10  # times as many from the network around an address, and at accounts that were used from there
NEVER = 10**9  # failures that close what never closes
BOTH, ALONE = "both", "alone"  # what is tried at a closed gate
TRIES = 8  # when others knock at the same moment


class Heard(NamedTuple):
    """An attempt to sign in that was counted; `counted` is taken back when it succeeds.

    `closed`: a gate is closed to this caller, so only password and second factor together pass. `wrong` is what any other
    outcome is answered: the same as a stranger's there, so that nobody learns which accounts are used from where. `here`
    are the marks of where it comes from.
    """

    counted: Mapping[Gated, int]
    closed: bool
    wrong: Refusal
    here: frozenset[str]

    def by(self, account: Account | None) -> Heard:
        """The same of the account that was found: where it is a stranger itself, the gates for strangers are closed to it."""
        known = account is not None and not self.here.isdisjoint(account.device_marks)
        return self if known else self._replace(closed=isinstance(self.wrong, LoginLocked))


def admit_login(who: str, marks: Collection[str], work: Work, *, both: bool = False) -> Heard:
    """Count an attempt to sign in to an account, by its blind index and the devices it knows, with a password alone or with
    both factors. Raises LoginLocked when a closed gate has heard enough of either.
    """
    what, known = f"login|{who}", devices.known(marks, work)
    here = _from_here(work) if known != devices.DEVICE else []
    own, strangers = _at(what, known, STRANGERS_FAILURES, work), _at(what, "", STRANGERS_FAILURES, work)
    barring = [*own, *({"": here, devices.NETWORK: _at_home(work)}.get(known, []))]
    last = own[0]._replace(key=f"{BOTH if both else ALONE}|{own[0].key}", most=CLOSED_FAILURES)
    for _ in range(TRIES):
        found = _read([*here, *own, *strangers, *barring, last])
        closed = _wait(barring, found, work)
        if closed and (shut := _wait([last], found, work)):
            raise LoginLocked(seconds=max(closed, shut))
        counted = _count(dict.fromkeys([*here, *([last] if closed else barring)]), found, work)
        if counted is not None:
            wait = max(closed, _wait([*here, *strangers], found, work))
            return Heard(
                counted, closed > 0, LoginLocked(seconds=wait) if wait > 0 else CredentialsWrong(), devices.here(work)
            )
    raise LoginLocked(seconds=1)


def admit(what: str, marks: Collection[str], strangers: int, work: Work) -> dict[Gated, int]:
    """Count an attempt at something of an account that knows these devices, also one that is refused; all strangers
    together have so many, or, where nobody can guess it, as many as they like (0). Returns what it counted, to be taken
    back when it succeeds (`steps.take_back`). Raises LoginLocked.
    """
    rows = _at(what, devices.known(marks, work), strangers, work)
    for _ in range(TRIES):
        found = _read(rows)
        if wait := _wait(rows, found, work):
            raise LoginLocked(seconds=wait)
        counted = _count(rows, found, work)
        if counted is not None:
            return counted
    raise LoginLocked(seconds=1)


def as_if(what: str, work: Work) -> None:
    """Take the time and the writes of `admit`, of what never closes."""
    rows = [row._replace(most=NEVER) for row in _at(what, "", STRANGERS_FAILURES, work)]
    _count(rows, _read(rows), work)


def reopen(who: str, factor: str, marks: Collection[str], work: Work) -> None:
    """Open to this caller the gates of an account, of its password and its second factor, whoever closed them."""
    rows = [row for known in {devices.known(marks, work), ""} for row in _at(f"login|{who}", known, 1, work)]
    factors = [row for known in {devices.known(marks, work), ""} for row in _at(factor, known, 1, work)]
    keys = [row.key for row in [*rows, *factors]] + [
        f"{kind}|{row.key}" for row in rows if row.forgets for kind in (BOTH, ALONE)
    ]
    work.add(*open_gates(keys))


def scaled(setting: str) -> int:
    """A limit by address or device, as the operator scaled it."""
    return settings.number(setting) * settings.number(limits.SCALE)


def address(work: Work) -> str:
    """The caller's network address as an index: it is personal data too."""
    return "ip|" + vault.blind("ip", limits.network(work.caller.ip))[:32]


def device(work: Work) -> str:
    return "device|" + vault.blind("device", work.caller.device)[:32]


def around(work: Work) -> str:
    """The network around the caller's address, as an index."""
    return "ip|" + vault.blind("ip", limits.networks(work.caller.ip)[-1])[:32]


def _at(what: str, known: str, strangers: int, work: Work) -> list[Gated]:
    """What counts an attempt at an account, the narrowest first."""
    who = what.removeprefix("login|")[:16]
    if known == devices.DEVICE:
        return [Gated(f"{what}|{devices.own(work)}", FAILURES, "account", who, forgets=True)]
    here = [
        Gated(f"{what}|{address(work)}", FAILURES, "account", who, forgets=True),
        Gated(f"{what}|around|{around(work)}", AROUND_FAILURES, "account", who),
    ]
    return here if known or not strangers else [*here, Gated(what, strangers, "account", who)]


def _from_here(work: Work) -> list[Gated]:
    """What counts attempts from the caller's network at whatever account."""
    if not work.caller.ip:
        return []
    line, net, most = address(work), around(work), scaled(BY_ADDRESS)
    return [
        Gated(f"login|{line}", most, "address", _shown(line)),
        Gated(f"login|around|{net}", most * AROUND, "address", _shown(net)),
    ]


def _at_home(work: Work) -> list[Gated]:
    """What counts attempts from the caller's address at accounts that were used from there."""
    line = address(work)
    return [Gated(f"login|home|{line}", scaled(BY_ADDRESS) * HOME, "address", _shown(line))] if work.caller.ip else []


def _shown(index: str) -> str:
    """As much of the index of an address as is told."""
    return index.removeprefix("ip|")[:16]


def _read(rows: Sequence[Gated]) -> dict[str, Lockout | None]:
    keys = [row.key for row in rows]
    return dict(zip(keys, table.batch([Key(Lockout, key) for key in keys], consistent=True), strict=True))


def _wait(rows: Iterable[Gated], found: Mapping[str, Lockout | None], work: Work) -> int:
    """Seconds until all of these are open; 0 when they are."""
    now = int(work.now.timestamp())
    return max([0, *(_gate(found[row.key]).closed_until - now for row in rows)])


def _count(rows: Iterable[Gated], found: Mapping[str, Lockout | None], work: Work) -> dict[Gated, int] | None:
    """Commits one more attempt at each of these gates that is open, in one step apart from the work; None when somebody else
    knocked since they were read. A gate that it closes is told of, whatever becomes of the attempt itself.
    """
    now, counting, counted = int(work.now.timestamp()), work.separate(), dict[Gated, int]()
    for row in rows:
        held = found[row.key]
        after = record_attempt(_gate(held), now, row.most)
        if after is None:
            continue
        counted[row] = after.failures
        counting.add(put_gate(row.key, held, after))
        if after.closed_until:
            counting.publish(LoginClosed(row.what, row.who, after.closed_until - now))
    try:
        counting.commit()
    except CommitRejected:
        return None
    return counted


def _gate(row: Lockout | None) -> Gate:
    if row is None:
        return Gate()
    return Gate(max(0, row.failures or 0), row.closed_until or 0, row.forgotten_at or 0)


def tell_failure(account: str, what: str, work: Work) -> None:
    """Say that a wrong password or TOTP was given, apart from what becomes of the attempt.

    Commits. Said of everybody, so that the shop's own cannot be told by the time it takes; audited of those alone.
    """
    telling = work.separate()
    telling.publish(StaffLoginFailed(account, what) if is_id(account, "A") else LoginFailed(what))
    telling.commit()
