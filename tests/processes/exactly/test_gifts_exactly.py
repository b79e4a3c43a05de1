"""A gift beside paid pieces of the same SKU, to the letter: two lines, one shelf, and each keeps what is its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.bill import GIFT, Layer
from chalicelib.kernel.clock import millis
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.close_order import cancel_order
from chalicelib.processes.ordering.service.make_quote import requote
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.processes.paying.service.goods_lines import goods_lines
from chalicelib.processes.paying.service.settle_payment import settle_payment
from chalicelib.processes.privacy.service import sections
from chalicelib.processes.refunding.service.ask_refund import ask_refund
from chalicelib.processes.refunding.service.refund_order import take_refund_news
from chalicelib.processes.refunding.shapes import AskRefund, UnitsBack
from chalicelib.records.carts.model import Cart, cart_of, lines_of
from chalicelib.records.carts.rules import Line
from chalicelib.records.identity.model import BOOK, Address, Book
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.shapes import cost_of
from chalicelib.records.payments.model import Payment, Refund
from chalicelib.runtime.table import put
from local.books import findings
from tests.hardening.proof.scenario import START
from tests.processes.exactly.till import BUYER, CLERK, FREE, ONE, ORDER, SHIRT, SOCKS, news, refund_news, work
from tests.support.doors import done
from tests.support.trade import line, promised

GIVEN = line(SHIRT, 1, 0)._replace(kind=GIFT, parent=0, list_price=Fen(1999), value=Fen(1500))
PAID = 2 * 1999 + 501 - 98 + 800
BOTH = {SHIRT: (2, 3), SOCKS: (5, 1)}  # pieces available and held


def quote(**more):
    """Two shirts and a pair of socks, 98 fen off the shirts, and a third shirt with them."""
    wanted = [line(SHIRT, 2, 1999), GIVEN, line(SOCKS, 1, 501)]
    expires = millis(START + timedelta(minutes=10))
    return promised(ORDER, BUYER.id, wanted, 800, [98, 0, 0], expires=expires, address="A1", **more)


def ask(made=None):
    return place_order(PlaceOrder(quote=quotes.seal(made or quote())), work(BUYER, key=None))


def balanced(till):
    return findings(till.rows) == []


@pytest.fixture
def paid(till):
    ask()
    till.attempt(ONE, amount=Fen(PAID))
    settle_payment("wechat", news(amount=PAID), work(key="pay"))
    till.look()
    return till


def refund(till, number, *units):
    """So many units of lines go back, and their money; answers what they are worth."""
    wanted = [UnitsBack(line=at, quantity=count) for at, count in units]
    asking = work(CLERK, key=number)
    worth = ask_refund(AskRefund(order_id=ORDER, units=wanted, reason="broken"), asking).worth
    asking.commit()
    (row,) = (row for row in till.rows(Refund) if row.state == "asked")
    till.set(Refund, row.id, state="processing")
    take_refund_news("wechat", refund_news(row.id, "SUCCEEDED", worth), work(key=f"{number} back"))
    return worth


# ---- placed ---------------------------------------------------------------------------------------------------------
def test_both_lines_are_held_from_their_shelf_in_one_write(till):
    assert ask().payable.fen == PAID
    assert till.shelves() == BOTH
    assert [(one.kind, one.quantity, one.payable) for one in orders.find(ORDER).lines] == [
        ("bought", 2, 3900),
        ("gift", 1, 0),
        ("bought", 1, 501),
    ]
    assert balanced(till)


def test_a_gift_takes_nothing_out_of_the_cart_and_is_not_asked_for_again(till):
    other = SHIRT[:-1] + "9"
    till.write(put(cart_of(BUYER.id, {sku: Line(sku, 9, True, 1) for sku in (SHIRT, SOCKS, other)})))
    gift = line(other, 1, 0)._replace(kind=GIFT)
    made = promised(
        ORDER, BUYER.id, [line(SHIRT, 2, 1999), gift], 800, expires=quote().expires, address="A1", from_cart=True
    )
    assert made.bought == [SHIRT]
    till.sku(SHIRT, 1999)
    till.write(put(Address(BUYER.id, "address#A1")), put(Book(BUYER.id, BOOK, default="A1")))
    fresh = quotes.read(requote(made, work(BUYER)).quote, BUYER.id)
    assert [(one.kind, one.sku, one.quantity) for one in fresh.lines] == [("bought", SHIRT, 2)]
    till.set_part(SHIRT, "b0", available=5)
    with pytest.raises(Exception, match=r"OUT_OF_STOCK"):  # nobody keeps the gift, so nothing is placed
        ask(made)
    ask(made._replace(lines=made.lines[:1]))
    assert set(lines_of(till.rows(Cart)[0])) == {SOCKS, other}


def test_where_a_bucket_ran_dry_both_lines_are_allotted_together(till):
    done(inventory.spread, SHIRT, 3, work=work(key=None))
    for n, pieces in enumerate((0, 1, 2)):
        till.set_part(SHIRT, f"b{n}", available=pieces)
    ask()
    assert till.buckets(SHIRT) == [(0, 0), (0, 1), (0, 2)]
    assert [one.parts for one in orders.find(ORDER).lines] == [((2, 2),), ((1, 1),), ((0, 1),)]


def test_an_order_that_is_given_up_gives_back_both(till):
    ask()
    closing = work(BUYER, key="give up")
    cancel_order(ORDER, closing)
    closing.commit()
    assert till.shelves() == FREE
    assert balanced(till)


# ---- late money -----------------------------------------------------------------------------------------------------
def test_late_money_holds_both_again_and_the_order_knows_from_where(till):
    ask()
    till.attempt(ONE, "closed", amount=Fen(PAID))
    closing = work(BUYER, key="give up")
    cancel_order(ORDER, closing)
    closing.commit()
    till.set(Order, ORDER, state="expired", given_up_by=None)
    done(inventory.spread, SHIRT, 3, work=work(key=None))  # 2, 2 and 1
    assert settle_payment("wechat", news(amount=PAID), work()) == "revived"
    assert sum(held for _, held in till.buckets(SHIRT)) == 3
    held = {f"b{bucket}": pieces for sku, bucket, pieces in _merged(orders.find(ORDER).held) if sku == SHIRT}
    assert held == {f"b{n}": held for n, (_, held) in enumerate(till.buckets(SHIRT)) if held}
    assert balanced(till)


def _merged(parts):
    found: dict[tuple[str, int], int] = {}
    for sku, bucket, pieces in parts:
        found[sku, bucket] = found.get((sku, bucket), 0) + pieces
    return [(*key, pieces) for key, pieces in found.items()]


# ---- given back -----------------------------------------------------------------------------------------------------
def test_units_go_back_line_by_line_and_a_gift_is_worth_nothing(paid):
    worths = [refund(paid, "one", (0, 1)), refund(paid, "two", (0, 1), (1, 1))]
    assert sum(worths) == PAID - orders.find(ORDER).lines[2].worth(0, 1)
    assert paid.shelves() == {SHIRT: (5, 0), SOCKS: (5, 1)}
    assert [(count.freed, count.refunded) for count in orders.find(ORDER).ledger] == [(2, 2), (1, 1), (0, 0)]
    refund(paid, "three", (2, 1))
    assert (paid.state(), paid.row(Payment, ONE)["returned"], paid.shelves()) == ("annulled", PAID, FREE)
    assert balanced(paid)


# ---- told -----------------------------------------------------------------------------------------------------------
def test_a_provider_is_told_what_is_paid_for_each_sku_once_and_no_gift(till):
    ask()
    assert [list(one) for one in goods_lines(orders.find(ORDER))] == [[SHIRT, SHIRT, 2, 1950], [SOCKS, SOCKS, 1, 501]]
    dear, cheap = line(SHIRT, 1, 1999), line(SHIRT, 2, 900)
    till.order("expired", order_id=ORDER[:-1] + "B", lines=(dear, cheap))
    assert [list(one) for one in goods_lines(orders.find(ORDER[:-1] + "B"))] == [[SHIRT, SHIRT, 3, 900]]


def test_a_line_shows_what_it_costs_and_why():
    bill = quote().bill
    bill = bill._replace(layers=(*bill.layers, Layer("coupon", "K1", 1, Fen(0))))
    shown = [cost_of(one, bill) for one in bill.lines]
    assert [(one["kind"], one["quantity"], one["list_price"].fen, one["unit"].fen) for one in shown] == [
        ("bought", 2, 1999, 1999),
        ("gift", 1, 1999, 0),
        ("bought", 1, 501, 501),
    ]
    assert [(one["discount"].fen, one["points"].fen, one["payable"].fen) for one in shown] == [
        (98, 0, 3900),
        (0, 0, 0),
        (0, 0, 501),
    ]
    assert [[(by.lane, by.offer, by.off.fen) for by in one["offers"]] for one in shown] == [
        [("shop", "F1", 98)],
        [],
        [],
    ]
    assert [one["gift_value"] and one["gift_value"].fen for one in shown] == [None, 1500, None]


def test_a_customer_takes_along_what_each_line_cost_and_why(till):
    ask()
    (told,) = sections.told([orders.find(ORDER)])
    assert (told["payable_fen"], told["freight_fen"], told["coupons"], told["points"], told["points_fen"]) == (
        PAID,
        800,
        [],
        0,
        0,
    )
    assert told["lines"][0] == {
        "kind": "bought",
        "sku": SHIRT,
        "quantity": 2,
        "unit_fen": 1999,
        "off_fen": 98,
        "offers": [{"lane": "shop", "offer": "F1", "off_fen": 98}],
        "points_fen": 0,
        "paid_fen": 3900,
    }
    assert [(one["kind"], one["paid_fen"], one["offers"]) for one in told["lines"][1:]] == [
        ("gift", 0, []),
        ("bought", 501, []),
    ]
