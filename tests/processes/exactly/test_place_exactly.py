"""Placing an order, to the letter: goods, hold, cart and deadline in one write, once, or everything that stands against it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.clock import iso, millis
from chalicelib.kernel.errors import Refusal, Unauthenticated
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.place_order import open_order, place_order, require_taking_orders
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.records.carts.model import Cart, cart_of, lines_of
from chalicelib.records.carts.rules import Line
from chalicelib.records.holds.model import Holding
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.model import ACCOUNT, BOOK, Account, Address, Book
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.events import OrderPaid, OrderPayDue, OrderPlaced
from chalicelib.records.orders.model import Order
from chalicelib.runtime import switches
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.standing import Demand, Standing
from chalicelib.runtime.table import Key, check, delete, put
from chalicelib.runtime.work import AlreadyCommitted
from tests.hardening.proof.hook import HOOK
from tests.hardening.proof.scenario import START
from tests.processes.exactly.till import BUYER, FREE, HELD, LINES, ORDER, PRICE, SHIRT, SOCKS, part, refused, said, work
from tests.support.doors import done
from tests.support.trade import line, promised

OLD = "O01KJPB7WG0000000000000008Z"
END = timedelta(minutes=30)


def quote(**more):
    values = {
        "order_id": ORDER, "customer": BUYER.id, "expires": millis(START + timedelta(minutes=10)), "lines": LINES,
        "address": "A1", "freight": 800,
    } | more  # fmt: skip
    return promised(**values)


def ask(made=None, remark=None, **more):
    """Place an order by a signed quote, as the door hands it on."""
    placing = work(BUYER, key=None, **more)
    return place_order(PlaceOrder(quote=quotes.seal(made or quote()), remark=remark), placing)


def free_quote():
    return quote(lines=(line(SHIRT, 1, 5),), offs=[5], freight=0)


def turn(till, name, value):
    till.write(switches.turn(name, value))
    switches.forget()
    till.look()


def holdings(till):
    return {row.holder: (row.open, int(row.pieces)) for row in till.rows(Holding)}


PLACED = [said(OrderPlaced(ORDER, BUYER.id, PRICE)), said(OrderPayDue(ORDER), at=START + END)]


# ---- placed ---------------------------------------------------------------------------------------------------------
def test_a_quote_becomes_an_order_in_one_write_without_a_read(till):
    require_taking_orders()
    quotes.stands(quote(), till.at)  # both switches are remembered now
    till.look()
    receipt = ask()
    assert till.calls == ["TransactWriteItems"]
    assert (receipt.order_id, receipt.payable.fen, receipt.pay_before) == (ORDER, PRICE, iso(till.at + END))
    order = orders.find(ORDER)
    assert part(till.row(Order, ORDER), "state", "customer", "payable", "address", "placed_at") == {
        "state": "placed",
        "customer": BUYER.id,
        "payable": PRICE,
        "address": "A1",
        "placed_at": till.at,
    }
    assert order.bill == quote().bill
    assert (order.remark, order.own_remark) == (None, None)
    assert till.shelves() == HELD
    assert till.told() == PLACED


def test_a_remark_is_kept_for_the_law_and_for_its_customer(till):
    require_taking_orders()
    quotes.stands(quote(), till.at)
    till.look()
    ask(remark="by the red door")
    assert till.calls == ["GetItem", "Decrypt", "TransactWriteItems"]
    order = orders.find(ORDER)
    assert orders.remark(order) == orders.own_remark(order, accounts.keys_of(BUYER.id)) == "by the red door"


def test_the_remark_of_somebody_who_was_forgotten_is_kept_for_the_law_only(till):
    till.write(delete(Account, BUYER.id, ACCOUNT))
    ask(remark="by the red door")
    order = orders.find(ORDER)
    assert (orders.remark(order), order.own_remark) == ("by the red door", None)


def test_its_pieces_are_counted_among_what_its_customer_and_a_new_account_s_network_hold(till):
    ask()
    held = holdings(till)
    network = next(name for name in held if name.startswith("net."))
    assert held == {BUYER.id: ({f"{ORDER}:3:{network}"}, 3), network: ({f"{ORDER}:3"}, 3)}


def test_an_order_without_a_remark_keeps_none(till):
    ask(remark="")
    assert orders.find(ORDER).remark is None


def test_the_same_quote_sent_again_is_the_same_order(till):
    receipt = ask()
    with pytest.raises(AlreadyCommitted) as done:
        ask()
    assert json.loads(done.value.reply) == receipt.model_dump()
    assert till.shelves() == HELD


def test_what_was_in_the_cart_leaves_it_and_nothing_else_does(till):
    lines = {sku: Line(sku, 9, True, 1) for sku in (SHIRT, SOCKS, SHIRT[:-1] + "9")}
    till.write(put(cart_of(BUYER.id, lines)))
    ask(quote(order_id=OLD, from_cart=False, lines=LINES[1:]))
    assert len(lines_of(till.rows(Cart)[0])) == 3
    ask(quote(from_cart=True))
    assert list(lines_of(till.rows(Cart)[0])) == [SHIRT[:-1] + "9"]


def test_a_cart_that_is_gone_is_refused(till):
    assert refused(ask, quote(from_cart=True)) == [("STALE_CART", {})]
    assert till.shelves() == FREE


def test_what_costs_nothing_is_paid_by_being_placed_and_counts_as_no_hold(till):
    receipt = ask(free_quote())
    assert receipt.payable.fen == 0
    assert till.told() == [said(OrderPlaced(ORDER, BUYER.id, 0)), said(OrderPaid(ORDER, ""))]
    assert (till.state(), till.rows(Holding), till.shelves()[SHIRT]) == ("paid", [], (4, 1))


class SessionOver(Unauthenticated):
    zh, en = "x", "x"


def test_what_costs_nothing_is_placed_only_while_its_session_stands(till):
    for made, over in ((free_quote(), True), (quote(), False)):
        placing = work(BUYER, key=None)
        demand = Demand(Key(Cart, "nobody"), Cart.quantities.exists(), lambda row: False)
        placing.standing = Standing(SessionOver(), lambda demand=demand: [demand], lambda: None)
        order = PlaceOrder(quote=quotes.seal(made))
        if over:
            with pytest.raises(SessionOver):
                place_order(order, placing)
        else:
            place_order(order, placing)
    assert till.shelves() == HELD


def test_goods_from_several_buckets_are_held_from_each(till):
    done(inventory.spread, SHIRT, 2, work=work(key=None))
    ask(quote(lines=(line(SHIRT, 5, 1999, rest=((1, 2),)),)))
    assert till.buckets(SHIRT) == [(0, 3), (0, 2)]
    assert (f"{ORDER}:5" in repr(till.rows(Holding)[0].open), till.shelves()[SHIRT]) == (True, (0, 5))


# ---- refused --------------------------------------------------------------------------------------------------------
def test_a_shop_that_takes_no_orders_says_so(till):
    turn(till, "placing_paused", True)
    assert refused(ask) == [("PLACING_PAUSED", {})]
    assert refused(require_taking_orders) == [("PLACING_PAUSED", {})]
    turn(till, "placing_paused", False)
    ask()


def test_a_quote_that_is_not_theirs_or_not_ours_is_refused(till):
    stranger = Caller("C01KJPB7WG0000000000000000B", "customer")
    order = PlaceOrder(quote=quotes.seal(quote()))
    assert refused(place_order, order, work(stranger)) == [("QUOTE_FOREIGN", {})]
    assert refused(place_order, PlaceOrder(quote="x" * 30), work(BUYER)) == [("QUOTE_INVALID", {})]
    assert till.told() == []


def test_without_an_address_nothing_is_placed(till):
    assert refused(ask, quote(address=None)) == [("ADDRESS_NEEDED", {})]


@pytest.mark.parametrize("from_cart", [True, False])
def test_an_outdated_quote_is_answered_with_a_fresh_one(till, from_cart):
    till.sku(SHIRT, 2500)
    till.sku(SOCKS, 501)
    till.write(put(cart_of(BUYER.id, {sku: Line(sku, 9, True, 1) for sku in (SHIRT, SOCKS)})))
    till.write(*address())
    till.at += timedelta(minutes=10)
    with pytest.raises(Refusal) as told:
        ask(quote(from_cart=from_cart, expires=millis(till.at)))
    assert told.value.code == "PRICE_CHANGED"
    view = told.value.params["quote"]
    fresh = quotes.read(view["quote"], BUYER.id)
    assert [(one.sku, one.quantity, one.unit) for one in fresh.lines] == [(SHIRT, 2, 2500), (SOCKS, 1, 501)]
    assert (fresh.from_cart, fresh.address, fresh.expires) == (from_cart, "A1", millis(till.at + timedelta(minutes=10)))
    assert (view["order_id"], view["payable"]["fen"]) == (fresh.order_id, 5000 + 501 + 800)
    assert till.rows(Order) == []
    ask(fresh)
    assert till.row(Order, fresh.order_id)["payable"] == 6301


def address():
    return put(Address(BUYER.id, "address#A1")), put(Book(BUYER.id, BOOK, default="A1"))


def test_what_is_not_enough_in_all_is_refused_line_by_line_with_what_is_left(till):
    many = (line(SHIRT, 9, 1999), line(SOCKS, 9, 501))
    assert refused(ask, quote(lines=many)) == [
        ("OUT_OF_STOCK", {"sku": SHIRT, "left": 5}),
        ("OUT_OF_STOCK", {"sku": SOCKS, "left": 6}),
    ]
    assert till.shelves() == FREE
    assert till.counted == {}


def test_what_may_not_be_sold_is_refused_beside_what_is_not_there(till):
    done(inventory.spread, SOCKS, 2, work=work(key=None))
    till.set_part(SHIRT, "b0", closed="recall")
    till.look()
    lines = (LINES[0], line(SOCKS, 4, 501))
    assert refused(ask, quote(lines=lines)) == [
        ("SALE_STOPPED", {"sku": SHIRT}),
        ("OUT_OF_STOCK", {"sku": SOCKS, "left": 3}),
    ]
    assert till.calls.count("TransactWriteItems") == 1


def test_where_all_lies_in_one_bucket_what_it_said_stands(till):
    till.set_part(SHIRT, "b0", available=1)
    passing = till._passing

    def filled_meanwhile(call, effect):
        if call.op == "BatchGetItem":
            till.set_part(SHIRT, "b0", available=9)
        return passing(call, effect)

    with HOOK.held(filled_meanwhile):
        assert refused(ask) == [("OUT_OF_STOCK", {"sku": SHIRT, "left": 1})]
    assert till.rows(Order) == []


# ---- another bucket -------------------------------------------------------------------------------------------------
def test_where_a_bucket_ran_dry_another_one_gives(till):
    done(inventory.spread, SHIRT, 3, work=work(key=None))
    till.set_part(SHIRT, "b0", available=0)
    till.look()
    receipt = ask(remark="kept")
    assert receipt.payable.fen == PRICE
    assert till.buckets(SHIRT) == [(0, 0), (0, 2), (1, 0)]
    order = orders.find(ORDER)
    assert ([one.parts for one in order.lines], orders.remark(order)) == ([((1, 2),), ((0, 1),)], "kept")
    assert till.told() == PLACED
    assert till.calls.count("TransactWriteItems") == 2


def test_where_no_bucket_has_all_several_give(till):
    done(inventory.spread, SHIRT, 3, work=work(key=None))
    for n, pieces in enumerate((0, 1, 1)):
        till.set_part(SHIRT, f"b{n}", available=pieces)
    ask()
    assert till.buckets(SHIRT) == [(0, 0), (0, 1), (0, 1)]


def test_where_all_buckets_together_have_too_little_what_they_have_is_told(till):
    done(inventory.spread, SHIRT, 3, work=work(key=None))
    for n, pieces in enumerate((0, 1, 0)):
        till.set_part(SHIRT, f"b{n}", available=pieces)
    assert refused(ask) == [("OUT_OF_STOCK", {"sku": SHIRT, "left": 1})]


def test_buckets_that_keep_running_dry_are_looked_at_twice_more_and_no_further(till):
    done(inventory.spread, SHIRT, 2, work=work(key=None))

    def only(bucket):
        """Whoever is faster leaves two shirts in this bucket alone."""
        return lambda: [till.set_part(SHIRT, f"b{n}", available=2 if n == bucket else 0) for n in range(2)]

    till.meanwhile(only(1), only(0), only(1))
    assert refused(ask) == [("OUT_OF_STOCK", {"sku": SHIRT, "left": 0})]
    till.meanwhile(only(1), only(0))
    ask()
    assert till.buckets(SHIRT)[0] == (0, 2)


def test_orders_of_one_moment_spread_over_the_buckets_that_have_their_goods(till):
    till.set_part(SHIRT, "b0", available=400)
    done(inventory.spread, SHIRT, 3, work=work(key=None))
    till.set_part(SHIRT, "b0", available=0)
    moment, taken = till.snapshot(), set()
    for n in range(8):
        till.restore(moment)
        ask(quote(order_id=f"{ORDER[:-1]}{n}"))
        taken.add(tuple(held for _, held in till.buckets(SHIRT)))
    assert taken == {(0, 2, 0), (0, 0, 2)}


# ---- who holds enough -----------------------------------------------------------------------------------------------
def hold(till, state, *, count=3, pieces=1):
    """So many former orders of this state, still counted among what their customer holds unpaid."""
    ids = [f"{OLD[:-1]}{n}" for n in range(count)]
    for order_id in ids:
        till.order(state, order_id=order_id, lines=())
    till.write(put(Holding(BUYER.id, open={f"{i}:{pieces}" for i in ids}, pieces=count * pieces)))
    till.look()
    return ids


def test_who_holds_enough_unpaid_is_refused_and_counted(till):
    ids = hold(till, "placed")
    assert refused(ask) == [("TOO_MANY_UNPAID", {"most": 3})]
    assert till.counted == {"HoldRefused": 1}
    assert holdings(till) == {BUYER.id: ({f"{i}:1" for i in ids}, 3)}
    assert till.shelves() == FREE
    assert till.calls.count("TransactWriteItems") == 1


@pytest.mark.parametrize("state", ["paid", "cancelled", "expired"])
def test_what_was_paid_or_closed_since_is_struck_off_and_the_order_placed(till, state):
    hold(till, state)
    ask(remark="kept")
    assert (till.state(), till.counted) == ("placed", {})
    assert orders.remark(orders.find(ORDER)) == "kept"
    mine = till.rows(Holding)
    assert {row.holder: int(row.pieces) for row in mine if row.holder == BUYER.id} == {BUYER.id: 3}
    assert till.told() == PLACED


def test_what_was_paid_a_moment_ago_is_struck_off_though_indexes_do_not_know_yet(till):
    for order_id in hold(till, "placed"):
        till.set(Order, order_id, state="paid")
    till.cloud.engine.lag = 3  # plain reads are behind
    ask()
    till.cloud.engine.lag = 0
    assert till.state() == "placed"


def test_pieces_that_are_counted_are_struck_off_as_well(till):
    hold(till, "paid", count=1, pieces=18)
    ask()
    assert till.state() == "placed"
    till.write(put(Holding(BUYER.id, open={f"{ORDER}:18"}, pieces=18)))
    assert refused(ask, quote(order_id=OLD)) == [("TOO_MANY_HELD", {"most": 20})]


def test_a_network_whose_new_accounts_hold_enough_is_struck_off_as_well(till, monkeypatch):
    monkeypatch.setenv("NEW_NETWORK_UNPAID_ORDERS", "1")
    ask()
    other = Caller("C01KJPB7WG0000000000000000B", "customer", ip=BUYER.ip)
    later = PlaceOrder(quote=quotes.seal(quote(order_id=OLD, customer=other.id)))
    assert refused(place_order, later, work(other)) == [("NETWORK_HOLDS_ENOUGH", {})]
    till.set(Order, ORDER, state="paid")
    place_order(later, work(other))
    assert till.state(OLD) == "placed"


def test_what_somebody_else_strikes_off_meanwhile_is_no_trouble(till):
    ids = hold(till, "paid")
    gone = {f"{ids[0]}:1"}

    def other():
        till.write(put(Holding(BUYER.id, open={f"{i}:1" for i in ids[1:]}, pieces=2)))

    till.meanwhile(None, other)
    ask()
    assert till.state() == "placed"
    assert gone.isdisjoint(till.rows(Holding)[0].open)


def test_who_gave_up_several_waits_and_is_counted(till):
    till.write(put(Holding(BUYER.id, paused_until=till.at + timedelta(milliseconds=1500))))
    till.look()
    assert refused(ask) == [("HOLDS_PAUSED", {"seconds": 2})]
    assert till.counted == {"HoldRefused": 1}
    assert till.calls.count("TransactWriteItems") == 1


def test_more_pieces_than_anybody_may_hold_are_refused_at_once(till):
    many = (line(SHIRT, 21, 1999),)
    assert refused(ask, quote(lines=many)) == [("TOO_MANY_HELD", {"most": 20})]
    assert "TransactWriteItems" not in till.calls


def test_a_thief_of_time_is_refused_after_two_more_tries(till):
    """Whoever's orders are paid as fast as new ones are counted is not tried for ever."""
    ids = hold(till, "paid")

    def full():
        till.write(put(Holding(BUYER.id, open={f"{i}:1" for i in ids}, pieces=3)))

    till.meanwhile(None, None, full, None, full)
    assert refused(ask) == [("TOO_MANY_UNPAID", {"most": 3})]
    assert till.counted == {"HoldRefused": 1}


# ---- guards ---------------------------------------------------------------------------------------------------------
class Twice(Unauthenticated):
    zh, en = "x", "x"


def test_what_guards_an_order_is_demanded_at_every_try(till):
    done(inventory.spread, SHIRT, 3, work=work(key=None))
    till.set_part(SHIRT, "b0", available=0)
    guard = check(Cart, BUYER.id, when=Cart.quantities.does_not_exist(), otherwise=Twice())
    till.meanwhile(None, lambda: till.write(put(cart_of(BUYER.id))))
    assert refused(open_order, quote(), work(BUYER), guard) == [("TWICE", {})]
    assert till.rows(Order) == []


def test_a_deadline_is_that_of_the_order(till, monkeypatch):
    monkeypatch.setenv("PAY_MINUTES", "7")
    receipt = ask()
    assert receipt.pay_before == iso(till.at + timedelta(minutes=7))
    assert till.told()[1] == said(OrderPayDue(ORDER), at=till.at + timedelta(minutes=7))
    assert till.row(Order, ORDER)["pay_before"] == till.at + timedelta(minutes=7)
