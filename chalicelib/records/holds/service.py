"""Holding and letting go, as lines of the transactions that place and close orders.

Guarantees: neither a customer nor the new accounts on one network ever hold more unpaid than the caps say, also not by
orders placed at the same moment; being paid costs no write here: what was paid is found when the caps are met (`settled`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.ids import made_at
from chalicelib.runtime import limits, settings, table
from chalicelib.runtime.table import Action, Condition, Step, update

from . import rules
from .model import NETWORK, Hold, Holding, fewer, held_by, member_of
from .rules import Caps, HoldsPaused, NetworkHoldsEnough, ShareTooLarge, TooManyHeld, TooManyUnpaid

ORDERS = settings.declare("UNPAID_ORDERS", "5", "orders that a customer may have unpaid at once")
PIECES = settings.declare("UNPAID_PIECES", "200", "pieces that a customer's unpaid orders may hold in all")
NEW_HOURS = settings.declare("NEW_ACCOUNT_HOURS", "24", "for so many hours an account is new")
NEW_ORDERS = settings.declare("NEW_ACCOUNT_UNPAID_ORDERS", "3", "orders that a new account may have unpaid at once")
NEW_PIECES = settings.declare("NEW_ACCOUNT_UNPAID_PIECES", "20", "pieces that a new account's unpaid orders may hold")
NETWORK_ORDERS = settings.declare(
    "NEW_NETWORK_UNPAID_ORDERS", "40", "orders that all new accounts on one network may have unpaid at once"
)
NETWORK_PIECES = settings.declare(
    "NEW_NETWORK_UNPAID_PIECES", "200", "pieces that unpaid orders of all new accounts on one network may hold"
)
SHARE = settings.declare(
    "SHARE_PERCENT", "50", "percent of a SKU's available pieces that one order may take; 10 always"
)


def take(customer: str, order_id: str, pieces: int, now: datetime, address: str = "") -> list[Step]:
    """One more unpaid order with so many pieces, of an account at a network address.

    Raises TooManyHeld; its refusals: HoldsPaused, TooManyUnpaid, TooManyHeld, NetworkHoldsEnough.
    """
    caps, network, at = _caps(customer, now), _network(customer, address, now), millis(now)
    if pieces > caps.pieces:
        raise TooManyHeld(most=caps.pieces)
    awake = Holding.paused_until.does_not_exist() | (Holding.paused_until <= at)
    steps = [
        update(
            Holding, customer, actions=_more(order_id, Hold(pieces, network), now),
            when=_within(caps, pieces) & awake, otherwise=_meaning(caps, at),
        )
    ]  # fmt: skip
    if network:
        steps.append(
            update(
                Holding, network, actions=_more(order_id, Hold(pieces), now),
                when=_within(_network_caps(), pieces), otherwise=NetworkHoldsEnough(),
            )
        )  # fmt: skip
    return steps


def _more(order_id: str, hold: Hold, now: datetime) -> list[Action]:
    return [Holding.open.add({member_of(order_id, hold)}), Holding.pieces.add(hold.pieces), _kept(now)]


def _within(caps: Caps, pieces: int) -> Condition:
    room: Condition = Holding.pieces.does_not_exist() | (Holding.pieces <= caps.pieces - pieces)
    both: Condition = fewer(caps.orders) & room
    return both


def _meaning(caps: Caps, at: int) -> Callable[[Holding | None], Refusal]:
    def meaning(old: Holding | None) -> Refusal:
        if old is not None and (old.paused_until or 0) > at:
            return HoldsPaused(seconds=-(-(old.paused_until - at) // 1000))
        if old is not None and len(old.open or ()) >= caps.orders:
            return TooManyUnpaid(most=caps.orders)
        return TooManyHeld(most=caps.pieces)

    return meaning


def let_go(customer: str, order_id: str, now: datetime, *, strike: bool) -> list[Step]:
    """An order is closed unpaid. A strike makes the next ones wait, the longer the more there were within a day."""
    row, at, steps = table.get(Holding, customer, consistent=True), millis(now), list[Step]()
    actions: list[Action] = []
    if row is not None and (hold := held_by(row).get(order_id)):
        actions.extend(_less({order_id: hold}))
        if hold.network:
            steps.append(update(Holding, hold.network, actions=_less({order_id: Hold(hold.pieces)})))
    if strike:
        lately = row is not None and at - (row.struck_at or 0) < rules.DAY_MS
        strikes = row.strikes + 1 if row is not None and lately else 1
        # added, so that two orders given up at once are two strikes
        actions.extend([Holding.strikes.add(1) if lately else Holding.strikes.set(1), Holding.struck_at.set(at)])
        if pause := rules.pause(strikes):
            actions.append(Holding.paused_until.set(at + pause))
    return [update(Holding, customer, actions=[*actions, _kept(now)]), *steps]


def _less(holds: Mapping[str, Hold]) -> list[Action]:
    gone = {member_of(order, hold) for order, hold in holds.items()}
    return [Holding.open.delete(gone), Holding.pieces.add(-sum(hold.pieces for hold in holds.values()))]


def settled(customer: str, unpaid: Callable[[Iterable[str]], set[str]], now: datetime, address: str = "") -> list[Step]:
    """The steps that strike off what is unpaid no more, of the customer's and of the network's row; `unpaid` says which
    orders still are."""
    network = _network(customer, address, now)
    rows = [table.get(Holding, holder, consistent=True) for holder in (customer, network) if holder]
    held = [(row, held_by(row)) for row in rows if row is not None and row.open]
    still = unpaid({order for _, holds in held for order in holds}) if held else set()
    steps = []
    for row, holds in held:
        if gone := {order: hold for order, hold in holds.items() if order not in still}:
            steps.append(
                update(
                    Holding, row.holder, actions=[*_less(gone), _kept(now)],
                    when=Holding.open == row.open, otherwise=TooManyUnpaid(most=len(row.open)),
                )
            )  # fmt: skip
    return steps


def check_share(sku: str, quantity: int, available: int) -> ShareTooLarge | None:
    """Why one order may not take so many of what is available, or None."""
    most = rules.share(available, settings.number(SHARE)) * settings.number(limits.SCALE)
    return ShareTooLarge(sku=sku, most=most) if quantity > most else None


def _caps(customer: str, now: datetime) -> Caps:
    new = _new(customer, now)
    return _scaled(NEW_ORDERS, NEW_PIECES) if new else _scaled(ORDERS, PIECES)


def _network_caps() -> Caps:
    return _scaled(NETWORK_ORDERS, NETWORK_PIECES)


def _scaled(orders: str, pieces: str) -> Caps:
    scale = settings.number(limits.SCALE)
    return Caps(settings.number(orders) * scale, settings.number(pieces) * scale)


def _new(customer: str, now: datetime) -> bool:
    return millis(now) - made_at(customer) < settings.number(NEW_HOURS) * 3_600_000


def _network(customer: str, address: str, now: datetime) -> str:
    """The row of the network that a new account is on, under a keyed digest; old accounts are counted by themselves."""
    return f"{NETWORK}{limits.keyed(limits.network(address))}" if address and _new(customer, now) else ""


def _kept(now: datetime) -> Action:
    return Holding.expires.set(int((now + timedelta(days=rules.KEPT_DAYS)).timestamp()))
