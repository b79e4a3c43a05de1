"""Holding and letting go, as lines of the transactions that place and close orders.

Guarantees: a customer never holds more unpaid than the caps say, also not by orders placed at the same moment; being paid
costs no write here: what was paid is found when the caps are met (`settled`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.ids import made_at
from chalicelib.runtime import limits, settings, table
from chalicelib.runtime.table import Action, Step, update

from . import rules
from .model import Holding, fewer
from .rules import Caps, HoldsPaused, ShareTooLarge, TooManyHeld, TooManyUnpaid

ORDERS = settings.declare("UNPAID_ORDERS", "5", "orders that a customer may have unpaid at once")
PIECES = settings.declare("UNPAID_PIECES", "200", "pieces that a customer's unpaid orders may hold in all")
NEW_HOURS = settings.declare("NEW_ACCOUNT_HOURS", "24", "for so many hours an account is new")
NEW_ORDERS = settings.declare("NEW_ACCOUNT_UNPAID_ORDERS", "3", "orders that a new account may have unpaid at once")
NEW_PIECES = settings.declare("NEW_ACCOUNT_UNPAID_PIECES", "20", "pieces that a new account's unpaid orders may hold")
SHARE = settings.declare(
    "SHARE_PERCENT", "50", "percent of a SKU's available pieces that one order may take; 10 always"
)


def take(customer: str, order_id: str, pieces: int, now: datetime) -> Step:
    """One more unpaid order with so many pieces. Raises TooManyHeld; its refusals: HoldsPaused, TooManyUnpaid, TooManyHeld."""
    caps, at = _caps(customer, now), millis(now)
    if pieces > caps.pieces:
        raise TooManyHeld(most=caps.pieces)
    within = Holding.pieces.does_not_exist() | (Holding.pieces <= caps.pieces - pieces)
    awake = Holding.paused_until.does_not_exist() | (Holding.paused_until <= at)
    return update(
        Holding, customer,
        actions=[Holding.open.add({_member(order_id, pieces)}), Holding.pieces.add(pieces), _kept(now)],
        when=fewer(caps.orders) & within & awake, otherwise=_meaning(caps, at),
    )  # fmt: skip


def _meaning(caps: Caps, at: int) -> Callable[[Holding | None], Refusal]:
    def meaning(old: Holding | None) -> Refusal:
        if old is not None and int(old.paused_until or 0) > at:
            return HoldsPaused(-(-(int(old.paused_until) - at) // 1000))
        if old is not None and len(old.open or ()) >= caps.orders:
            return TooManyUnpaid(most=caps.orders)
        return TooManyHeld(most=caps.pieces)

    return meaning


def let_go(customer: str, order_id: str, pieces: int, now: datetime, *, strike: bool) -> Step:
    """An order is closed unpaid. A strike makes the next ones wait, the longer the more there were within a day."""
    row, at, member = table.get(Holding, customer, consistent=True), millis(now), _member(order_id, pieces)
    actions: list[Action] = []
    if row is not None and member in (row.open or ()):
        actions += [Holding.open.delete({member}), Holding.pieces.add(-pieces)]
    if strike:
        lately = row is not None and at - int(row.struck_at or 0) < rules.DAY_MS
        strikes = (int(row.strikes or 0) if row is not None and lately else 0) + 1
        actions += [Holding.strikes.set(strikes), Holding.struck_at.set(at)]
        if pause := rules.pause(strikes):
            actions.append(Holding.paused_until.set(at + pause))
    return update(Holding, customer, actions=[*actions, _kept(now)])


def settled(customer: str, unpaid: Callable[[Iterable[str]], set[str]], now: datetime) -> Step | None:
    """The step that strikes off what is unpaid no more, or None when all of it is; `unpaid` says which orders still are."""
    row = table.get(Holding, customer, consistent=True)
    if row is None or not row.open:
        return None
    held = {member.partition(":")[0]: member for member in row.open}
    gone = {held[order] for order in held.keys() - unpaid(held)}
    if not gone:
        return None
    pieces = sum(int(member.partition(":")[2]) for member in gone)
    return update(
        Holding, customer, actions=[Holding.open.delete(gone), Holding.pieces.add(-pieces), _kept(now)],
        when=Holding.open == row.open, otherwise=TooManyUnpaid(most=len(row.open)),
    )  # fmt: skip


def check_share(sku: str, quantity: int, available: int) -> ShareTooLarge | None:
    """Why one order may not take so many of what is available, or None."""
    most = rules.share(available, settings.number(SHARE)) * settings.number(limits.SCALE)
    return ShareTooLarge(sku=sku, most=most) if quantity > most else None


def _caps(customer: str, now: datetime) -> Caps:
    new = millis(now) - made_at(customer) < settings.number(NEW_HOURS) * 3_600_000
    orders, pieces = (NEW_ORDERS, NEW_PIECES) if new else (ORDERS, PIECES)
    scale = settings.number(limits.SCALE)
    return Caps(settings.number(orders) * scale, settings.number(pieces) * scale)


def _member(order_id: str, pieces: int) -> str:
    return f"{order_id}:{pieces}"


def _kept(now: datetime) -> Action:
    return Holding.expires.set(int((now + timedelta(days=rules.KEPT_DAYS)).timestamp()))
