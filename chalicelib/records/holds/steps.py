"""The lines of the transactions that place and close orders, about what is held unpaid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Action, Condition, Step, update

from . import rules
from .model import Hold, Holding, fewer, held_by, member_of
from .rules import Caps, HoldsPaused, NetworkHoldsEnough, TooManyHeld, TooManyUnpaid


def count(customer: str, order_id: str, hold: Hold, caps: Caps, now: datetime) -> Step:
    """Count one more unpaid order of a customer. Its refusals: HoldsPaused, TooManyUnpaid, TooManyHeld."""
    awake = Holding.paused_until.does_not_exist() | (Holding.paused_until <= now)
    return update(
        Holding,
        customer,
        actions=_more(order_id, hold, now),
        when=_within(caps, hold.pieces) & awake,
        otherwise=_meaning(caps, now),
    )


def count_on_network(network: str, order_id: str, pieces: int, caps: Caps, now: datetime) -> Step:
    """Count one more unpaid order of a new account on its network. Its refusal: NetworkHoldsEnough."""
    return update(
        Holding,
        network,
        actions=_more(order_id, Hold(pieces), now),
        when=_within(caps, pieces),
        otherwise=NetworkHoldsEnough(),
    )


def _more(order_id: str, hold: Hold, now: datetime) -> list[Action]:
    return [Holding.open.add({member_of(order_id, hold)}), Holding.pieces.add(hold.pieces), _kept(now)]


def _within(caps: Caps, pieces: int) -> Condition:
    room: Condition = Holding.pieces.does_not_exist() | (Holding.pieces <= caps.pieces - pieces)
    both: Condition = fewer(caps.orders) & room
    return both


def _meaning(caps: Caps, now: datetime) -> Callable[[Holding | None], Refusal]:
    def meaning(old: Holding | None) -> Refusal:
        if old is not None and old.paused_until is not None and old.paused_until > now:
            return HoldsPaused(seconds=-((now - old.paused_until) // timedelta(seconds=1)))
        if old is not None and len(old.open or ()) >= caps.orders:
            return TooManyUnpaid(most=caps.orders)
        return TooManyHeld(most=caps.pieces)

    return meaning


def let_go(customer: str, row: Holding | None, order_id: str, now: datetime, *, strike: bool) -> list[Step]:
    """Count an order no more, of a customer whose row stands like this. A strike makes the next orders wait, the longer the
    more strikes there were within a day."""
    actions, steps = list[Action](), list[Step]()
    if row is not None and (hold := held_by(row).get(order_id)):
        actions.extend(_less({order_id: hold}))
        if hold.network:
            steps.append(update(Holding, hold.network, actions=_less({order_id: Hold(hold.pieces)})))
    if strike:
        lately = row is not None and row.struck_at is not None and now - row.struck_at < rules.DAY
        strikes = row.strikes + 1 if row is not None and lately else 1
        # added, so that two orders given up at once are two strikes
        actions.extend([Holding.strikes.add(1) if lately else Holding.strikes.set(1), Holding.struck_at.set(now)])
        if pause := rules.pause(strikes):
            actions.append(Holding.paused_until.set(now + pause))
    return [update(Holding, customer, actions=[*actions, _kept(now)]), *steps]


def strike_off(row: Holding, gone: Mapping[str, Hold], now: datetime) -> Step:
    """Count these orders no more, in a row that is still as it was read."""
    return update(
        Holding,
        row.holder,
        actions=[*_less(gone), _kept(now)],
        when=Holding.open == row.open,
        otherwise=TooManyUnpaid(most=len(row.open)),
    )


def _less(holds: Mapping[str, Hold]) -> list[Action]:
    gone = {member_of(order, hold) for order, hold in holds.items()}
    return [Holding.open.delete(gone), Holding.pieces.add(-sum(hold.pieces for hold in holds.values()))]


def _kept(now: datetime) -> Action:
    return Holding.expires.set(int((now + timedelta(days=rules.KEPT_DAYS)).timestamp()))
