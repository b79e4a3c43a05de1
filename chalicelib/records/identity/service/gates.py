"""Gates before what can be guessed or abused: failures that close a door for a while, counts within a window.

An attempt is counted before its outcome is known, so that a thousand attempts at once are a thousand attempts.
"""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.kernel.errors import Refusal, Refused
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import limits, settings, table, vault
from chalicelib.runtime.table import Condition, Step, delete, update
from chalicelib.runtime.work import Work

from ..events import LoginClosed, LoginFailed, StaffLoginFailed
from ..model import Count, Latch
from ..rules import FAILURES, Gate, LoginLocked, knock

BY_ADDRESS = settings.declare(
    "LOGIN_FAILURES_PER_IP", "50", "failed sign-ins in 15 minutes from one network address; many people may share one"
)
HOUR, DAY = 3600, 86_400
SHOP_OFFSET = limits.SHOP_OFFSET_MS // 1000


def pass_login(who: str, work: Work) -> list[Step]:
    """Count an attempt to sign in to an account (by its blind index) from this address, also one that the account's
    closed gate refuses; answers the steps that take the count back when it succeeds. Raises LoginLocked.
    """
    back = []
    if work.caller.ip:
        _knock(from_here := f"login|{address(work)}", scaled(BY_ADDRESS), work)
        back.append(update(Latch, from_here, actions=[Latch.failures.add(-1)]))
    _knock(f"login|{who}", FAILURES, work)
    return [delete(Latch, f"login|{who}"), *back]


def pass_factor(account: str, work: Work) -> list[Step]:
    """Count an attempt to show the second factor of an account, at whatever door; answers as `pass_login`."""
    _knock(f"login|totp|{account}", FAILURES, work)
    return [delete(Latch, f"login|totp|{account}")]


def counted(what: str, window: int, most: int, work: Work, beyond: Callable[[Count | None], Refusal]) -> Step:
    """One more of something in this window (seconds; days begin at the shop's midnight), while there were fewer than `most`."""
    begun = (int(work.now.timestamp()) + SHOP_OFFSET) // window * window - SHOP_OFFSET
    return update(
        Count, f"{what}|{begun}", actions=[Count.number.add(1), Count.expires.set(begun + window + DAY)],
        when=Count.number.does_not_exist() | (Count.number < most), otherwise=beyond,
    )  # fmt: skip


def scaled(setting: str) -> int:
    """A limit by address or device, as the operator scaled it."""
    return settings.number(setting) * settings.number(limits.SCALE)


def address(work: Work) -> str:
    """The caller's network address as an index: it is personal data too."""
    return "ip|" + vault.blind("ip", limits.network(work.caller.ip))[:32]


def device(work: Work) -> str:
    return "device|" + vault.blind("device", work.caller.device)[:32]


def _knock(key: str, most: int, work: Work) -> None:
    now = int(work.now.timestamp())
    for _ in range(4):
        row = table.get(Latch, key, consistent=True)
        before = Gate(int(row.failures or 0), int(row.closed_until or 0), int(row.forgotten_at or 0)) if row else Gate()
        after = knock(before, now, most)
        if after is None:
            raise LoginLocked(seconds=before.closed_until - now)
        step = update(
            Latch, key,
            actions=[
                Latch.failures.set(after.failures), Latch.closed_until.set(after.closed_until),
                Latch.forgotten_at.set(after.forgotten_at), Latch.expires.set(after.forgotten_at + DAY),
            ],
            when=_unchanged(row), otherwise=LoginLocked(seconds=1),
        )  # fmt: skip
        try:
            if after.closed_until:
                _close(key, step, after.closed_until - now, work)
            else:
                work.overwrite(step)
            return
        except Refused:
            continue  # somebody else knocked at the same time
    raise LoginLocked(seconds=1)


def tell_failure(account: str, what: str, work: Work) -> None:
    """Say that a wrong password or TOTP was given, apart from what becomes of the attempt.

    Said of everybody, so that the shop's own cannot be told by the time it takes; audited of those alone.
    """
    telling = work.apart()
    telling.publish(StaffLoginFailed(account, what) if is_id(account, "A") else LoginFailed(what))
    telling.commit()


def _close(key: str, step: Step, seconds: int, work: Work) -> None:
    """The attempt that closes a gate is told, apart from what becomes of the attempt itself."""
    closing = work.apart()
    closing.add(step)
    index = key.removeprefix("login|")
    what = "address" if index.startswith("ip|") else "account"
    closing.publish(LoginClosed(what, index.removeprefix("ip|")[:16], seconds))
    closing.commit()


def _unchanged(row: Latch | None) -> Condition:
    return Latch.failures.does_not_exist() if row is None else Latch.failures == int(row.failures or 0)
