"""The audit: do the books of a shop balance? One function over what is stored; prints what does not.

    make audit                                     # over the running local shop (local/audit.py)
    findings(rows, now)                            # in the proof harness, after every crash and every race

It checks the invariants of stock, orders, payments, refunds and facts for later, as far as the stored rows show them, and
the chain of the audit log.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.bill import RETURN_IF_ALL, Bill
from chalicelib.kernel.clock import millis
from chalicelib.records.audit import service as log
from chalicelib.records.coupons.model import HELD, NEWCOMER, Coupon
from chalicelib.records.coupons.rules import gift_id
from chalicelib.records.holds.model import Holding, held_by
from chalicelib.records.inventory.feeds.rules import SYNC
from chalicelib.records.inventory.model import FIRST, Movement, Stock, Waiting, place_of, waiting_part
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import FULFILLING, OPEN, ORDER, progress
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.rules import OPEN_ATTEMPT
from chalicelib.records.promotions.model import PromotionCounter, shard_key
from chalicelib.records.shipping.model import Shipment
from chalicelib.runtime.journal import Due
from chalicelib.runtime.relay import CURSOR
from chalicelib.runtime.table import Table

Rows = Callable[[type[Table]], Iterable[Any]]
HOLDING = OPEN | FULFILLING  # states in which an order's pieces are held and not yet shipped
GIVEN_UP = frozenset({"cancelled", "expired"})  # orders that were closed unpaid
GAVE_BACK = GIVEN_UP | {"annulled"}  # orders that have nothing scarce any more
FREED = frozenset({"declined", "released"})  # refunds whose amount is free again
GIVEN = frozenset({"succeeded", "manual"})  # refunds whose money went back
RETURNED = frozenset({"double", "amount", "refund_silent", "refund_failed", "refund_abnormal", "refund_amount"})
SETTLED = frozenset({"amount", "payment_silent"})  # exceptions that money puts right: that going back, this coming in
OVERDUE, SILENT = timedelta(minutes=30), timedelta(days=3)


class Finding(NamedTuple):
    """One thing that does not balance: the invariant, what it is about, and what is wrong."""

    invariant: str
    subject: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.subject}: {self.wrong}"


@dataclass(frozen=True)
class Books:
    """Everything the audit looks at, read once."""

    stock: list[Any]
    movements: list[Any]
    waiting: list[Any]
    orders: dict[str, Any]
    payments: dict[str, Any]
    refunds: dict[str, Any]
    cases: list[Any]
    due: list[Any]
    holdings: list[Any]
    coupons: list[Any]
    counters: dict[str, int]
    shipments: dict[str, list[Any]]


def read(rows: Rows) -> Books:
    """The books of a shop, from its tables."""
    stock = list(rows(Stock))
    return Books(
        [row for row in stock if row.part.startswith("b")],
        [row for row in rows(Movement) if row.part.startswith("m#")],
        [row for row in rows(Waiting) if row.part.startswith(waiting_part(""))],
        {row.id: row for row in rows(Order)},
        {row.id: row for row in rows(Payment)},
        {row.id: row for row in rows(Refund)},
        list(rows(PaymentException)),
        [row for row in rows(Due) if row.event != CURSOR],
        list(rows(Holding)),
        [row for row in rows(Coupon) if row.id == NEWCOMER or row.id.startswith(HELD)],
        {row.key: row.used for row in rows(PromotionCounter)},
        _by_order(row for row in rows(Shipment) if row.part.startswith("p#")),
    )


def findings(rows: Rows, now: datetime | None = None) -> list[Finding]:
    """What does not balance. With `now`, also what should have come by itself by then and has not."""
    books = read(rows)
    found = [*_stock(books), *_orders(books), *_payments(books), *_refunds(books), *_cases(books), *_holdings(books)]
    found += _taken(books)
    found += _shipments(books)
    if now is not None:
        found += _overdue(books, now)
    return sorted(found)


def _stock(books: Books) -> Iterable[Finding]:
    """I3: nothing negative; on hand = available + held + kept back, and what its ledger says; what open orders hold is held."""
    available: dict[str, int] = defaultdict(int)
    held: dict[str, int] = defaultdict(int)
    kept: dict[str, int] = defaultdict(int)
    beyond: dict[str, int] = defaultdict(int)
    levels: dict[str, int] = defaultdict(int)
    fed = {row.place for row in books.movements if row.reason == SYNC}  # a count may leave less than orders hold
    wanted: dict[str, int] = defaultdict(int)
    awaited: dict[str, int] = defaultdict(int)  # of that, what customers were told to wait for
    for order in books.orders.values():
        if order.state in HOLDING:
            for shelf, _, quantity in order.held:
                wanted[place_of(shelf)] += quantity
                awaited[place_of(shelf)] += quantity if shelf in order.bill.waits else 0
    for row in books.stock:
        available[row.place] += int(row.available or 0)
        kept[row.place] += int(row.kept or 0)
        beyond[row.place] += int(row.beyond or 0)
        held[row.place] += int(row.held or 0)
        levels[row.place] += int(row.on_hand or 0)
        if int(row.available or 0) < -int(row.kept or 0) - awaited[row.place] and row.place not in fed:
            yield Finding("I3", f"stock {row.place}/{row.part}", f"{int(row.available)} available")
        if int(row.held or 0) < 0 or int(row.on_hand or 0) < 0:
            yield Finding(
                "I3", f"stock {row.place}/{row.part}", f"{int(row.held or 0)} held, {int(row.on_hand or 0)} on hand"
            )
    for place in sorted(available):
        if kept[place] < 0:
            yield Finding("I3", f"stock {place}", f"{kept[place]} kept back")
        if levels[place] != available[place] + held[place] + kept[place] - beyond[place]:
            parts = f"{available[place]} available + {held[place]} held"
            parts += f" + {kept[place]} kept back" if kept[place] else ""
            parts += f" - {beyond[place]} sold ahead" if beyond[place] else ""
            yield Finding("I3", f"stock {place}", f"{levels[place]} on hand, but {parts}")
    for place in sorted({*held, *wanted}):
        if held[place] != wanted[place]:
            yield Finding("I3", f"stock {place}", f"{held[place]} held, but open orders hold {wanted[place]}")
    yield from _ledger(books, levels)
    yield from _line(books)


def _line(books: Books) -> Iterable[Finding]:
    """I3: who was told to wait for a SKU stands in its line with the pieces that they hold of it, and nobody else does."""
    line = {(row.place, row.part): int(row.held or 0) for row in books.waiting}
    awaited = {
        (place_of(sku), waiting_part(order.id)): pieces
        for order in books.orders.values()
        if order.state in HOLDING
        for sku, pieces in order.bill.awaited(order.held).items()
    }
    for at in sorted({*line, *awaited}):
        if line.get(at) != awaited.get(at):
            yield Finding("I3", f"stock {at[0]}/{at[1]}", f"waits for {line.get(at)}, but holds {awaited.get(at)}")


def _ledger(books: Books, levels: Mapping[str, int]) -> Iterable[Finding]:
    """I3: on hand is what was received first, what was counted since, and less what left in parcels."""
    lines: dict[str, int] = defaultdict(int)
    for row in books.stock:
        lines[row.place] += int(row.first or 0) if row.part == FIRST else 0
    for row in books.movements:
        lines[row.place] += int(row.delta)
    for order in books.orders.values():
        for line, count in zip(order.lines, order.ledger, strict=True):
            lines[place_of(line.sku, line.location)] -= count.shipped
    for place in sorted({*levels, *lines}):
        if levels.get(place, 0) != lines[place]:
            yield Finding("I3", f"stock {place}", f"{levels.get(place, 0)} on hand, but its ledger says {lines[place]}")


def _by_order(rows: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.order].append(row)
    return found


def _shipments(books: Books) -> Iterable[Finding]:
    """S24: what left and what arrived of an order is what its parcels hold, and it stands where they are."""
    for order in books.orders.values():
        parcels = [row for row in books.shipments.get(order.id, ()) if row.state != "cancelled"]
        for line, count in enumerate(order.ledger):
            for word, counted, rows in (
                ("sent", count.shipped, parcels),
                ("arrived", count.delivered, [row for row in parcels if row.state == "delivered"]),
            ):
                told = sum(pieces for row in rows for at, pieces in row.lines if at == line)
                if told != counted:
                    yield Finding(
                        "S24", f"order {order.id}", f"{counted} of line {line} have {word}, in parcels {told}"
                    )
        if order.state in FULFILLING:
            state = progress([line.quantity for line in order.lines], order.ledger)
            if order.state != state:
                yield Finding("S24", f"order {order.id}", f"is {order.state}, and its parcels say {state}")
        elif any(count.shipped for count in order.ledger):
            yield Finding("S24", f"order {order.id}", f"is {order.state}, and pieces of it are in parcels")


def _holdings(books: Books) -> Iterable[Finding]:
    """H1: an unpaid order is counted once against its customer, with its pieces, and against the network it came from."""
    held = {row.holder: held_by(row) for row in books.holdings}
    for row in books.holdings:
        counted, pieces = int(row.pieces or 0), sum(hold.pieces for hold in held[row.holder].values())
        if counted != pieces:
            yield Finding("H1", f"holder {row.holder}", f"{counted} pieces counted, but its orders hold {pieces}")
    for order in books.orders.values():
        if order.state not in OPEN or not int(order.payable):
            continue
        hold = held.get(order.customer, {}).get(order.id)
        if hold is None:
            yield Finding("H1", f"order {order.id}", "is unpaid, and nothing counts it against its customer")
        elif hold.network and order.id not in held.get(hold.network, {}):
            yield Finding("H1", f"order {order.id}", "is unpaid, and nothing counts it against its network")
    for holder, holds in held.items():
        for name in holds:
            if (state := getattr(books.orders.get(name), "state", "")) in GIVEN_UP:
                yield Finding("H1", f"order {name}", f"is {state}, and still counted against {holder}")


def _orders(books: Books) -> Iterable[Finding]:
    """I1, I2: lines add up to the payable amount, no line below nothing; paid means exactly one kept payment."""
    kept: dict[str, list[str]] = defaultdict(list)
    for payment in books.payments.values():
        if payment.state == "paid" and not _taken_back(payment):
            kept[payment.order_id].append(payment.id)
    for order in books.orders.values():
        yield from _bill(order)
        if order.state not in ORDER.all:
            yield Finding("I9", f"order {order.id}", f"is in no known state: {order.state}")
        if order.given_up_by and order.state not in ("cancelled", "annulled"):
            yield Finding("I9", f"order {order.id}", f"was given up by {order.given_up_by}, and is {order.state}")
        paid = order.state not in ("placed", "cancelled", "expired")
        if paid != bool(order.payment) and int(order.payable):
            yield Finding("I4", f"order {order.id}", f"is {order.state} with payment {order.payment or 'none'}")
        if not paid and kept[order.id]:
            yield Finding("I4", f"order {order.id}", f"is {order.state}, but its money was kept: {kept[order.id]}")
        if paid and order.payment and set(kept[order.id]) - {order.payment}:
            yield Finding("I4", f"order {order.id}", f"more than one payment was kept: {sorted(kept[order.id])}")
        if paid and order.payment and order.payment not in books.payments:
            yield Finding("I4", f"order {order.id}", f"was paid by {order.payment}, which is unknown")


def _bill(order: Any) -> Iterable[Finding]:
    """I1, I2: units, layers, points and freight of an order add up, and no unit costs less than nothing."""
    name, bill = f"order {order.id}", order.bill
    if bill.payable != order.payable:
        yield Finding("I1", name, f"its lines do not add up to {int(order.payable)} fen")
    for index, layer in enumerate(bill.layers):
        in_goods = not layer.lane.startswith("freight")
        if in_goods and sum(int(line.off_by(index)) for line in bill.lines) != layer.off:
            yield Finding("I1", name, f"its lines do not add up to {int(layer.off)} fen off by layer {index}")
    if sum(int(line.points) for line in bill.lines) != bill.points.fen:
        yield Finding("I1", name, f"its lines do not add up to {int(bill.points.fen)} fen paid with points")
    if sum(int(part.fee - part.off) for part in bill.freights) != bill.freight:
        yield Finding("I1", name, f"its units bear {int(bill.freight)} fen of freight, which is not what sending costs")
    amounts = [
        each for line in bill.lines for run in line.runs for each in (run.goods, run.freight, run.points, *run.offs)
    ]
    if min(amounts, default=0) < 0:
        yield Finding("I2", name, "a unit costs less than nothing or more than its price")
    if any(len(run.offs) > len(bill.layers) for line in bill.lines for run in line.runs):
        yield Finding("I2", name, "a unit is cheaper by a layer that it does not have")
    if any(sum(pieces for _, pieces in line.parts) != line.quantity for line in bill.lines):
        yield Finding("I3", name, "its buckets do not give what was ordered")


def _taken(books: Books) -> Iterable[Finding]:
    """I6: a coupon, or the benefit of a new customer, is used by the one live order that has it; every limit counts what live
    orders use of it."""
    live = {order.id: _live(order) for order in books.orders.values() if order.state not in GAVE_BACK}
    for row in books.coupons:
        if row.used_by is not None and row.id not in [use.id for use in _coupons(live, row.used_by)]:
            yield Finding(
                "I6", f"coupon {row.id}", f"is used by {row.used_by}, which does not live or does not have it"
            )
    users = {(books.orders[name].customer, use.id): name for name in live for use in _coupons(live, name)}
    for row in books.coupons:
        user = users.get((row.customer, row.id))
        if user is not None and row.used_by != user and not _came_back(books, user):
            yield Finding("I6", f"coupon {row.id}", f"is in order {user}, but its row says {row.used_by or 'nobody'}")
    yield from _gifted(books)
    wanted: dict[str, int] = defaultdict(int)
    for bill in live.values():
        for use in bill.counters:
            wanted[shard_key(use.key, use.shard)] += use.n
    for key in sorted({*wanted, *books.counters}):
        if books.counters.get(key, 0) != wanted[key]:
            yield Finding(
                "I6", f"limit {key}", f"counts {books.counters.get(key, 0)}, but live orders use {wanted[key]}"
            )


def _gifted(books: Books) -> Iterable[Finding]:
    """I6: what an order gifted that was paid back whole is void, unless another one used it before."""
    for order in books.orders.values():
        dead = order.state == "annulled" or 0 < int(order.payable) <= int(order.refunded or 0)
        gifts = {(order.customer, gift_id(template, order.id)) for template in order.bill.gifted}
        for row in books.coupons:
            if dead and (row.customer, row.id) in gifts and row.void_at is None and row.used_by is None:
                yield Finding(
                    "I6", f"coupon {row.id}", f"was gifted by {order.id}, which was paid back, and can be used"
                )


def _live(order: Order) -> Bill:
    """The bill of a live order, without the coupons that came back with the last of its money."""
    bill = order.bill
    if not order.refunded or order.refunded < order.payable:
        return bill
    policies = {at: layer.policy for at, layer in enumerate(bill.layers)}
    return bill._replace(coupons=tuple(use for use in bill.coupons if policies.get(use.layer) != RETURN_IF_ALL))


def _came_back(books: Books, name: str) -> bool:
    """Whether an order cost nothing and all that was to be sent of it came back: its coupons come back then, too, soon."""
    order, back = books.orders[name], defaultdict[int, int](int)
    for parcel in books.shipments.get(name, ()):
        for line, pieces in parcel.lines if parcel.state == "returned" else ():
            back[line] += pieces
    rows = enumerate(zip(order.lines, order.ledger, strict=True))
    return not order.payable and all(back[at] >= line.quantity - count.freed for at, (line, count) in rows)


def _coupons(live: Mapping[str, Any], order: str) -> Iterable[Any]:
    return live[order].coupons if order in live else ()


def _taken_back(payment: Any) -> bool:
    return int(payment.captured or 0) > 0 and int(payment.refund_reserved or 0) >= int(payment.captured)


def _payments(books: Books) -> Iterable[Finding]:
    """I4: money that came is the money asked for, or lies before a person; an attempt belongs to an order."""
    opened = {case.payment for case in books.cases}
    for payment in books.payments.values():
        captured = int(payment.captured or 0)
        if payment.order_id not in books.orders:
            yield Finding("I4", f"payment {payment.id}", "belongs to no order")
        order = books.orders.get(payment.order_id)
        asked = int(payment.amount or 0)
        if (
            order is not None
            and order.state == ORDER.initial
            and payment.state in OPEN_ATTEMPT
            and asked != order.payable
        ):
            yield Finding("I4", f"payment {payment.id}", f"asks for {asked} fen of an order of {int(order.payable)}")
        if payment.state == "paid" and captured != int(payment.amount):
            yield Finding("I4", f"payment {payment.id}", f"{captured} captured of {int(payment.amount)} fen")
        if payment.state == "quarantined" and payment.id not in opened:
            yield Finding("I4", f"payment {payment.id}", "is quarantined, and nobody is told")
        if payment.state not in ("paid", "quarantined") and captured:
            yield Finding("I4", f"payment {payment.id}", f"is {payment.state}, but {captured} fen were captured")


def _refunds(books: Books) -> Iterable[Finding]:
    """I4: what was set aside is what the refunds say, never more than captured; the order counts what went back."""
    by_payment: dict[str, list[Any]] = defaultdict(list)
    for refund in books.refunds.values():
        by_payment[refund.payment].append(refund)
        if refund.payment not in books.payments:
            yield Finding("I4", f"refund {refund.id}", "gives back a payment that is unknown")
    for payment in books.payments.values():
        rows = by_payment[payment.id]
        aside = sum(int(row.amount) for row in rows if row.state not in FREED)
        if aside != int(payment.refund_reserved or 0) or aside > int(payment.captured or 0):
            known = f"{int(payment.refund_reserved or 0)} set aside of {int(payment.captured or 0)} captured"
            yield Finding("I4", f"payment {payment.id}", f"refunds of {aside} fen, {known}")
        given = sum(int(row.amount) for row in rows if row.state in GIVEN)
        if given != int(payment.returned or 0):
            yield Finding(
                "I4", f"payment {payment.id}", f"{given} fen went back, it counts {int(payment.returned or 0)}"
            )
        if {row.id for row in rows} != set(payment.refunds or ()):
            yield Finding("I4", f"payment {payment.id}", "its refunds are not those that name it")
        asked = (json.loads(row.units) for row in rows if row.units and row.state not in FREED)
        counted = [sum(units) for units in zip(*asked, strict=True)]
        if any(counted) and counted != json.loads(payment.units or "[]"):
            yield Finding("I4", f"payment {payment.id}", f"units {counted} were asked back, it counts {payment.units}")
        order = books.orders.get(payment.order_id)
        if order is None or order.payment != payment.id:
            continue
        gone = sum(int(row.amount) for row in rows if row.state in GIVEN)
        if gone != int(order.refunded or 0):
            yield Finding("I4", f"order {order.id}", f"{gone} fen went back, it counts {int(order.refunded or 0)}")
        if order.state not in ORDER.sources("annul"):
            continue
        if gone >= int(order.payable) > 0:
            yield Finding("I4", f"order {order.id}", "all its money went back, but it stands")
        units = [json.loads(row.units) for row in rows if row.units and row.state in GIVEN]
        back = [sum(counts) for counts in zip(*units, strict=True)] or [0] * len(order.lines)
        counted = [count.refunded for count in order.ledger]
        if back != counted:
            yield Finding("I3", f"order {order.id}", f"units {back} went back, but {counted} are counted")
        freed = [count.freed for count in order.ledger]
        free = [
            min(gone, line.quantity - count.shipped)
            for gone, line, count in zip(back, order.lines, order.ledger, strict=True)
        ]
        if order.state in FULFILLING and freed != free:
            yield Finding("I3", f"order {order.id}", f"{free} units went back unsent, but {freed} are held no more")


def _cases(books: Books) -> Iterable[Finding]:
    """I4: nothing lies before a person that has come right by itself."""
    for case in books.cases:
        refund, payment = books.refunds.get(case.refund), books.payments.get(case.payment)
        if case.state != "open" or payment is None:
            continue
        if case.kind in ("amount", "refund_amount") and case.id not in ((refund or payment).cases or ()):
            continue  # it was told of what had come to its end before, so that nothing puts it right
        back = refund.state in GIVEN if refund is not None else 0 < payment.captured == payment.returned
        if (case.kind in RETURNED and back) or (case.kind in SETTLED and payment.state == "paid"):
            yield Finding("I4", f"case {case.id}", f"{case.kind} came right, and still lies before a person")


def _overdue(books: Books, now: datetime) -> Iterable[Finding]:
    """I9, I12: what should have come by itself."""
    late, silent = now - OVERDUE, now - SILENT
    for order in books.orders.values():
        if order.state == ORDER.initial and order.pay_before < late:
            yield Finding("I12", f"order {order.id}", "should have expired")
    for payment in books.payments.values():
        if payment.state in OPEN_ATTEMPT and payment.expires_at < silent:
            yield Finding("I12", f"payment {payment.id}", "nobody asked what became of it")
    for row in books.due:
        if row.at < millis(late):
            told: Mapping[str, Any] = json.loads(row.entry or "{}")
            yield Finding("I9", f"fact {row.event}", f"{told.get('DetailType')} is overdue")


def chain() -> list[Finding]:
    """Where the audit log's chain does not hold: an entry altered, missing, put in between, or a head that disagrees."""
    return [Finding("log", f"audit entry {seq}", trouble) for seq, trouble in log.verify().breaks]
