"""Holding and letting go, within the transactions that place and close orders.

Guarantees: neither a customer nor the new accounts on one network ever hold more unpaid than the caps say, also not by
orders placed at the same moment; being paid costs no write here: what was paid is found when the caps are met (`strike_off`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from chalicelib.kernel.clock import millis
from chalicelib.kernel.ids import made_at
from chalicelib.runtime import limits, settings, table
from chalicelib.runtime.work import Work

from . import rules, steps
from .model import NETWORK, Hold, Holding, held_by
from .rules import Caps, ShareTooLarge, TooManyHeld

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


def take(customer: str, order_id: str, pieces: int, work: Work, address: str = "") -> None:
    """Count one more unpaid order with so many pieces, of an account at a network address.

    Raises TooManyHeld; its refusals: HoldsPaused, TooManyUnpaid, TooManyHeld, NetworkHoldsEnough.
    """
    caps, network = _caps(customer, work.now), _network(customer, address, work.now)
    if pieces > caps.pieces:
        raise TooManyHeld(most=caps.pieces)

    work.add(steps.count(customer, order_id, Hold(pieces, network), caps, work.now))
    if network:
        work.add(steps.count_on_network(network, order_id, pieces, _network_caps(), work.now))


def let_go(customer: str, order_id: str, work: Work, *, strike: bool) -> None:
    """Count an order no more that is closed unpaid. A strike makes the next ones wait."""
    row = table.get(Holding, customer, consistent=True)
    work.add(*steps.let_go(customer, row, order_id, work.now, strike=strike))


def strike_off(customer: str, unpaid: Callable[[Iterable[str]], set[str]], work: Work, address: str = "") -> bool:
    """Count no more what is unpaid no more, of the customer's and of the network's row; `unpaid` says which orders still
    are. Returns whether there was any."""
    network = _network(customer, address, work.now)
    rows = [table.get(Holding, holder, consistent=True) for holder in (customer, network) if holder]
    held = [(row, held_by(row)) for row in rows if row is not None and row.open]
    still = unpaid({order for _, holds in held for order in holds}) if held else set()

    for row, holds in held:
        if gone := {order: hold for order, hold in holds.items() if order not in still}:
            work.add(steps.strike_off(row, gone, work.now))
    return work.pending


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
