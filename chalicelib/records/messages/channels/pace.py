"""How fast and how much may be sent: so many a second in each process, so many a day of the whole shop, by the provider's
quota. Codes are not counted: nobody waits for a campaign to sign in.

Guarantees: the shop never sends more in a day than the quota. A process takes some of the day's at once, so that one write
serves many messages; what it does not use is lost for that day.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.kernel.clock import business_day
from chalicelib.runtime import limits, settings, world
from chalicelib.runtime.memory import Memory

from .port import ChannelThrottled

if TYPE_CHECKING:
    from .manifest import Channel

LONGEST_WAIT_MS = 2000
AT_ONCE, PARTS = 100, 1000  # taken of a day's quota at once: a thousandth of it, so many at most

_left: Memory[str, tuple[str, int]] = Memory(50)  # channel -> the day, and what this process may still send on it


def take(channel: Channel) -> None:
    """One more message by this channel: waits a little for its turn. Raises ChannelThrottled when that is long, or the day's
    quota is spent."""
    per_second, per_day = _granted(channel)
    if per_day and not _left.change(channel.name, lambda kept: _from(kept, channel.name, per_day)):
        raise ChannelThrottled("quota")
    if per_second:
        wait = limits.turn(f"channel.{channel.name}", per_second)
        if wait > LONGEST_WAIT_MS:
            raise ChannelThrottled("pace")
        if wait:
            world.current().wait(wait / 1000)


def _from(kept: tuple[str, int] | None, name: str, per_day: int) -> tuple[tuple[str, int], bool]:
    today = f"{business_day(world.now()):%Y%m%d}"
    left = kept[1] if kept and kept[0] == today else 0
    if not left:
        left = limits.portion(f"channel.{name}", min(AT_ONCE, max(1, per_day // PARTS)), per_day)
    return (today, max(0, left - 1)), left > 0


def _granted(channel: Channel) -> tuple[int, int]:
    """What the contract grants, else the manifest."""
    told = (channel.per_second, channel.per_day)
    with suppress(KeyError, ValueError, TypeError):
        document = settings.secret(channel.secret) if channel.credentials else {}
        told = (int(document.get("per_second") or told[0]), int(document.get("per_day") or told[1]))
    return told


def forget() -> None:
    """What this process took of the day's quota is lost (tests)."""
    _left.forget()
