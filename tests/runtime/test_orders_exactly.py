"""Orders, to the letter: what each step writes and under which condition, and what the lists hold."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import Bill
from chalicelib.records.orders import rules, service
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.model import LONG, GoodsCount, Order, SealedRemark, pack, unpack
from chalicelib.records.orders.rules import ORDER, OrderExists, OrderNotFound, OrderStateConflict, StaleOrder
from chalicelib.runtime import settings, vault
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import digest
from chalicelib.runtime.table import Key, update
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work
from tests.support.trade import line, promised
from tests.support.world import secrets


def oid(n):
    return f"O01KJPB7WG{n:017d}"


ONE, NINE = oid(1), oid(9)
BILL = b'[2,[["S1",7,[0],500,[[1,2,0,1],[1,2]]],["S2",1,[3],99,[[1,1]]]],[["shop","F1",1,1]],[["",0,5]]]'
LINES = (line("S1", 2, 500, version=7), line("S2", 1, 99, bucket=3))
SEALED = SealedRemark(b"for the law", b"for U1")


def quote(order_id=ONE, customer="U1", address="D1", free=False):
    offs, freight = ([1000, 99], 0) if free else ([1, 0], 5)
    return promised(order_id, customer, LINES, freight, offs, address=address, from_cart=True)


def commit(*steps):
    work = Work(Caller("U1", "customer"), "test")
    work.add(*steps)
    work.commit()


def opened(ground, order_id=ONE, **more):
    commit(order_steps.open(quote(order_id, **more), ground.stage.at, service.pay_deadline(ground.stage.at)))
    return service.find(order_id)


def set_(**values):
    commit(update(Order, ONE, actions=[getattr(Order, name).set(value) for name, value in values.items()]))


def refused(*steps):
    with pytest.raises(CommitRejected) as told:
        commit(*steps)
    return [(type(reason), reason.params) for reason in told.value.reasons]


# ---- rules ----------------------------------------------------------------------------------------------------------
def test_a_refused_condition_is_an_unknown_or_a_moved_order():
    assert type(ORDER.refusal(None)) is OrderNotFound
    moved = ORDER.refusal(Order(ONE, state="paid"))
    assert (type(moved), moved.params) == (OrderStateConflict, {"state": "paid"})
    assert ORDER.refusal(object()).params == {"state": None}


def test_the_table_of_states_is_this_and_no_other():
    assert ORDER.initial == "placed"
    assert ORDER.edges == {
        "placed": {"pay": "paid", "cancel": "cancelled", "expire": "expired"},
        "expired": {"revive": "paid"},
        "paid": {
            "annul": "annulled",
            "recall": "paid",
            "part": "partly_shipped",
            "ship": "shipped",
            "deliver": "delivered",
        },
        "partly_shipped": {"recall": "paid", "part": "partly_shipped", "ship": "shipped", "deliver": "delivered"},
        "shipped": {"recall": "paid", "part": "partly_shipped", "ship": "shipped", "deliver": "delivered"},
        "delivered": {"recall": "paid", "part": "partly_shipped", "ship": "shipped", "deliver": "delivered"},
    }


def test_the_deadline_is_so_many_minutes_on():
    at = datetime(2026, 6, 1, tzinfo=UTC)
    assert rules.pay_deadline(at, 30) == at + timedelta(minutes=30)
    assert service.pay_deadline(at) == at + timedelta(minutes=30)


def test_the_deadline_is_a_setting(monkeypatch):
    at = datetime(2026, 6, 1, tzinfo=UTC)
    monkeypatch.setenv("PAY_MINUTES", "7")
    assert service.pay_deadline(at) == at + timedelta(minutes=7)


@pytest.mark.parametrize(
    ("payable", "gone", "facet"),
    [
        (100, 0, "none"),
        (0, 0, "none"),
        (100, 1, "partial"),
        (100, 99, "partial"),
        (100, 100, "full"),
        (100, 101, "full"),
    ],
)
def test_the_refund_facet(payable, gone, facet):
    assert rules.refund_facet(payable, gone) == facet


# ---- steps ----------------------------------------------------------------------------------------------------------
def test_an_opened_order_is_written_whole(ground):
    opened(ground)
    at = int(ground.stage.at.timestamp() * 1000)
    assert ground.raw(Order) == [
        {
            "o": {"S": ONE},
            "u": {"S": "U1"},
            "g": {"S": service.day_key(ground.stage.at, ONE)},
            "s": {"S": "placed"},
            "l": {"B": b64encode(BILL).decode()},
            "p": {"N": "1103"},
            "a": {"S": "D1"},
            "t": {"N": str(at)},
            "k": {"N": str(at + 30 * 60_000)},
            "n": {"N": "0"},
            "r": {"N": "0"},
        }
    ]
    assert service.find(ONE).bill == quote().bill


def test_an_order_of_nothing_is_paid_and_a_remark_is_kept(ground):
    commit(order_steps.open(quote(free=True), ground.stage.at, service.pay_deadline(ground.stage.at), SEALED))
    order = service.find(ONE)
    assert (order.state, order.remark, order.own_remark, order.paid_at) == ("paid", *SEALED, None)


def test_a_remark_is_sealed_to_its_own_order_and_read_from_it(ground):
    settings.use_secrets(secrets())
    opened(ground)
    opened(ground, NINE)
    sealed = service.seal_remark(ONE, "by the red door", "U1", ()).legal
    set_(remark=sealed)
    assert service.remark(service.find(ONE)) == "by the red door"
    assert service.remark(service.find(NINE)) is None
    commit(update(Order, NINE, actions=[Order.remark.set(sealed)]))
    with pytest.raises(SealedDataUnreadable):
        service.remark(service.find(NINE))


def test_a_customer_s_own_copy_opens_under_their_keys_only_and_is_sealed_anew_under_the_first(ground):
    settings.use_secrets(secrets())
    former, present, other = (vault.new_key("U1") for _ in range(3))
    opened(ground)
    assert service.own_remark(service.find(ONE), (present,)) is None
    assert service.seal_own_anew(service.find(ONE), (present,)) is None
    set_(own_remark=service.seal_remark(ONE, "by the red door", "U1", (former,)).own)
    order = service.find(ONE)
    assert service.own_remark(order, (present, former)) == "by the red door"
    for keys in ((), (present,)):
        with pytest.raises(SealedDataUnreadable):
            service.own_remark(order, keys)

    anew = service.seal_own_anew(order, (present, former))
    assert service.seal_own_anew(order, (other, present)) is None, "nothing opens it: it is left alone"
    commit(order_steps.reseal_own(order, anew))
    assert service.own_remark(service.find(ONE), (present,)) == "by the red door"
    assert service.seal_own_anew(service.find(ONE), (present, former)) is None
    assert refused(order_steps.reseal_own(order, anew)) == [(StaleOrder, {})]


def test_a_customer_s_orders_go_on_from_an_id(ground):
    for n in (1, 2, 9):
        opened(ground, oid(n))
    opened(ground, oid(3), customer="U2")
    assert [order.id for order in service.after("U1", "O", 5)[0]] == [oid(1), oid(2), oid(9)]
    found, more = service.after("U1", oid(2), 1)
    assert ([order.id for order in found], bool(more)) == ([oid(2)], True)


@pytest.mark.parametrize("action", ["cancel", "expire"])
def test_an_order_given_up_keeps_by_whom_and_what_is_owed_for_it(ground, action):
    opened(ground)
    commit(order_steps.close(ONE, action))
    assert (service.find(ONE).state, service.find(ONE).owed) == (ORDER.target(action), None)
    assert not {"b", "e"} & set(ground.raw(Order)[0])
    set_(state="placed")
    settings.use_secrets(secrets())
    owed = service.seal_owed(ONE, "10 元")
    commit(order_steps.close(ONE, action, by="shop", owed=owed))
    assert (service.find(ONE).state, service.find(ONE).owed) == (ORDER.target(action), owed)
    assert service.find(ONE).given_up_by == "shop"
    assert vault.unseal_legal(owed, f"order|{ONE}|owed") == "10 元"
    assert refused(order_steps.close(ONE, action)) == [(OrderStateConflict, {"state": ORDER.target(action)})]


def test_one_quote_is_one_order(ground):
    opened(ground)
    assert refused(order_steps.open(quote(), ground.stage.at, service.pay_deadline(ground.stage.at))) == [
        (OrderExists, {})
    ]


@pytest.mark.parametrize("state", ORDER.all)
@pytest.mark.parametrize("action", ["pay", "cancel", "expire", "revive", "annul", "recall", "part", "ship", "deliver"])
def test_an_order_moves_along_its_edges_only(ground, state, action):
    opened(ground)
    set_(state=state)
    step = order_steps.move(ONE, action, Order.attempts.set(5))
    target = ORDER.after(state, action)
    if target is None:
        assert refused(step) == [(OrderStateConflict, {"state": state})]
        assert service.find(ONE).attempts == 0
    else:
        commit(step)
        assert (service.find(ONE).state, service.find(ONE).attempts) == (target, 5)


def test_a_move_may_have_a_further_condition(ground):
    opened(ground)
    assert refused(order_steps.move(ONE, "pay", also=Order.attempts == 1)) == [
        (OrderStateConflict, {"state": "placed"})
    ]
    assert refused(order_steps.move(ONE, "annul", also=Order.attempts == 0)) == [
        (OrderStateConflict, {"state": "placed"})
    ]
    commit(order_steps.move(ONE, "pay", also=Order.attempts == 0))
    assert service.find(ONE).state == "paid"


def test_a_move_of_nothing_is_unknown(ground):
    assert refused(order_steps.move(NINE, "pay")) == [(OrderNotFound, {})]


def test_a_paid_order_knows_its_payment_and_its_instant(ground):
    bill = opened(ground).bill
    later = ground.stage.at + timedelta(minutes=3)
    commit(order_steps.pay(ONE, ONE + "01", later))
    order = service.find(ONE)
    assert (order.state, order.payment, order.paid_at, order.bill) == ("paid", ONE + "01", later, bill)
    assert refused(order_steps.pay(ONE, ONE + "02", later)) == [(OrderStateConflict, {"state": "paid"})]


def test_a_revived_order_is_paid_and_knows_which_buckets_give_now(ground):
    bill = opened(ground).bill
    set_(state="expired")
    later = ground.stage.at + timedelta(minutes=3)
    moved = bill._replace(lines=(bill.lines[0]._replace(parts=((5, 2),)), bill.lines[1]))
    assert refused(order_steps.revive(ONE, ONE + "01", later, moved, amount=Fen(7))) == [
        (OrderStateConflict, {"state": "expired"})
    ]
    commit(order_steps.revive(ONE, ONE + "01", later, moved, amount=Fen(1103)))
    order = service.find(ONE)
    assert (order.state, order.payment, order.paid_at, order.bill) == ("paid", ONE + "01", later, moved)
    assert order.held == [("S1", 5, 2), ("S2", 3, 1)]
    assert refused(order_steps.revive(ONE, ONE + "02", later, moved)) == [(OrderStateConflict, {"state": "paid"})]


def test_attempts_are_counted_one_by_one_while_the_order_waits(ground):
    first = opened(ground)
    commit(order_steps.count_attempt(first))
    assert refused(order_steps.count_attempt(first)) == [(OrderStateConflict, {"state": "placed"})]
    second = service.find(ONE)
    assert second.attempts == 1
    commit(order_steps.count_attempt(second))
    assert service.find(ONE).attempts == 2
    set_(state="expired")
    assert refused(order_steps.count_attempt(service.find(ONE))) == [(OrderStateConflict, {"state": "expired"})]


def test_the_first_attempt_counts_from_nothing(ground):
    order = opened(ground)
    order.attempts = None
    commit(order_steps.count_attempt(order))
    assert service.find(ONE).attempts == 1


def test_money_that_went_back_is_added_up_on_a_paid_order(ground):
    opened(ground)
    placed = service.find(ONE)
    assert refused(order_steps.refund(placed, Fen(5))) == [(OrderStateConflict, {"state": "placed"})]
    assert refused(order_steps.refund(Order(NINE, state="paid"), Fen(5))) == [(OrderNotFound, {})]
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at))
    assert refused(order_steps.refund(placed, Fen(5))) == [(OrderStateConflict, {"state": "paid"})]
    paid = service.find(ONE)
    commit(order_steps.refund(paid, Fen(5)))
    assert refused(order_steps.refund(paid, Fen(7))) == [(OrderStateConflict, {"state": "paid"})]
    once = service.find(ONE)
    commit(order_steps.refund(once, Fen(7)))
    assert (service.find(ONE).refunded, service.find(ONE).state) == (12, "paid")
    assert refused(order_steps.refund_last(once, Fen(3))) == [(OrderStateConflict, {"state": "paid"})]
    commit(order_steps.refund_last(service.find(ONE), Fen(3)))
    assert (service.find(ONE).refunded, service.find(ONE).state) == (15, "annulled")
    assert service.find(ONE).packed_ledger is None, "no units were told"


def test_units_that_went_back_are_held_no_more(ground):
    opened(ground)
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at))
    paid = service.find(ONE)
    assert (paid.ledger, paid.held) == ((GoodsCount(), GoodsCount()), [("S1", 0, 2), ("S2", 3, 1)])
    assert paid.pieces([1, 1]) == [("S1", 0, 1), ("S2", 3, 1)]
    commit(order_steps.refund(paid, Fen(5), [1, 1]))
    once = service.find(ONE)
    assert (once.ledger, once.packed_ledger) == ((GoodsCount(1, 1), GoodsCount(1, 1)), "[[1,1],[1,1]]")
    assert (once.held, once.pieces([1, 1])) == ([("S1", 0, 1)], [("S1", 0, 1)])
    commit(order_steps.refund(once, Fen(5), [0, 0]))
    assert service.find(ONE).ledger == once.ledger
    commit(order_steps.refund_last(service.find(ONE), Fen(5), [1, 0]))
    assert (service.find(ONE).packed_ledger, service.find(ONE).held) == ("[[2,2],[1,1]]", [])


@pytest.mark.parametrize(
    ("ledger", "units", "kept", "state", "held"),
    [
        ("[[0,0,1]]", [1, 0], "[[1,1,1]]", "partly_shipped", [("S2", 3, 1)]),  # the unsent one of two comes first
        ("[[0,0,1]]", [0, 1], "[[0,0,1],[1,1]]", "partly_shipped", [("S1", 0, 1)]),
        ("[[0,0,1]]", [2, 1], "[[1,2,1],[1,1]]", "shipped", []),  # nothing is left to be sent
        ("[[1,1,1]]", [1, 0], "[[1,2,1]]", "partly_shipped", [("S2", 3, 1)]),  # the other of two is free already
        ("[[0,0,1,1]]", [1, 1], "[[1,1,1,1],[1,1]]", "delivered", []),
        ("[[0,0,2],[0,0,1]]", [2, 1], "[[0,2,2],[0,1,1]]", "shipped", []),
        ("[[0,0,2,2],[0,0,1,1]]", [1, 0], "[[0,1,2,2],[0,0,1,1]]", "delivered", []),
    ],
)
def test_of_units_that_go_back_the_unsent_are_held_no_more_and_the_order_stands_where_they_say(
    ground, ledger, units, kept, state, held
):
    opened(ground)
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at))
    set_(state="partly_shipped", packed_ledger=ledger)
    commit(order_steps.refund(service.find(ONE), Fen(5), units))
    order = service.find(ONE)
    assert (order.packed_ledger, order.state, order.held, order.refunded) == (kept, state, held, 5)


def test_units_of_an_order_of_which_nothing_may_be_sent_are_counted_and_free_nothing(ground):
    opened(ground)
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at))
    set_(state="expired")
    commit(order_steps.refund(service.find(ONE), Fen(5), [1, 1]))
    assert (service.find(ONE).packed_ledger, service.find(ONE).state) == ("[[0,1],[0,1]]", "expired")


def test_units_that_were_sent_are_not_held_and_go_before_those_that_are(ground):
    opened(ground)
    set_(packed_ledger="[[0,0,1]]")
    order = service.find(ONE)
    assert order.ledger == (GoodsCount(shipped=1), GoodsCount())
    assert (order.held, order.pieces([2, 0])) == ([("S1", 0, 1), ("S2", 3, 1)], [("S1", 0, 1)])


def test_goods_that_moved_since_they_were_read_are_looked_at_again(ground):
    opened(ground)
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at))
    paid = service.find(ONE)
    set_(packed_ledger="[[0,0,1]]")
    for step in (order_steps.refund(paid, Fen(5), [1, 0]), order_steps.refund_last(paid, Fen(5), [1, 0])):
        assert refused(step) == [(OrderStateConflict, {"state": "paid"})]
    seen = service.find(ONE)
    set_(packed_ledger="[[0,0,2]]")
    assert refused(order_steps.refund(seen, Fen(5))) == [(OrderStateConflict, {"state": "paid"})]


def test_an_order_that_may_not_be_sent_yet_keeps_why(ground):
    held = quote()._replace(hold_reason="team")
    commit(order_steps.open(held, ground.stage.at, service.pay_deadline(ground.stage.at)))
    assert (service.find(ONE).hold_reason, service.find(ONE).bill) == ("team", quote().bill)


@pytest.mark.parametrize("units", [[1], [1, 0, 0]])
def test_pieces_of_other_lines_than_the_order_s_are_none(units):
    with pytest.raises(ValueError, match="zip"):
        Order(ONE, packed_bill=pack(quote().bill)).pieces(units)


def test_pieces_go_back_to_the_buckets_that_gave_them():
    wide = promised(ONE, "U1", [line("S1", 5, 10, bucket=2, rest=((0, 1), (4, 1)))])
    order = Order(ONE, packed_bill=pack(wide.bill), packed_ledger="[[2]]")
    assert order.held == [("S1", 2, 1), ("S1", 0, 1), ("S1", 4, 1)]
    assert order.pieces([2]) == [("S1", 2, 1), ("S1", 0, 1)]


def test_a_long_bill_is_compressed_and_reads_the_same():
    for count, short in ((1, True), (50, False)):
        bill = promised(ONE, "U1", [line(f"S{n:027d}", 3, 500 + n) for n in range(count)], 801).bill
        assert (pack(bill)[:1] == b"[", len(pack(bill)) < 1900, unpack(pack(bill))) == (short, True, bill)
    around = [promised(ONE, "U1", [line("S" * n, 1, 500)]).bill for n in range(640, 720)]
    assert {len(pack(one)) > LONG for one in around} == {False}
    assert {
        pack(one)[:1] == b"[" for one in around if len(json.dumps([2, *one.pack()], separators=(",", ":"))) <= LONG
    } == {True}
    assert Order(ONE).bill == Bill()
    with pytest.raises(ValueError, match="format"):
        unpack(b"[3,[]]")


@pytest.mark.parametrize("units", [[1], [1, 0, 0]])
def test_units_of_other_lines_than_the_order_s_free_nothing(ground, units):
    opened(ground)
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at))
    with pytest.raises(ValueError, match="zip"):
        order_steps.refund(service.find(ONE), Fen(5), units)


# ---- reading --------------------------------------------------------------------------------------------------------
def test_an_order_is_found_consistently_unless_asked_otherwise(ground):
    opened(ground)
    ground.calls.clear()
    assert service.find(ONE).id == ONE
    assert service.find(ONE, consistent=False).id == ONE
    assert [body["ConsistentRead"] for body in ground.bodies("GetItem")] == [True, False]
    assert service.own(ONE, "U1").id == ONE
    for order, customer in ((ONE, "U2"), (NINE, "U1")):
        with pytest.raises(OrderNotFound):
            service.own(order, customer)
    with pytest.raises(OrderNotFound):
        service.find(NINE)
    assert service.key(ONE) == Key(Order, ONE)
    ground.calls.clear()
    for text in ("O1", "", "P" + ONE[1:], ONE + "1", "../" + ONE):
        with pytest.raises(OrderNotFound):
            service.find(text)
    assert ground.calls == []


def test_a_customer_s_orders_come_newest_first_in_pages(ground):
    for n in range(5):
        opened(ground, oid(n))
    opened(ground, oid(7), customer="U2")
    first, more = service.of_customer("U1", 3, None)
    second, end = service.of_customer("U1", 3, more)
    assert [o.id for o in first] == [oid(4), oid(3), oid(2)]
    assert ([o.id for o in second], end) == ([ONE, oid(0)], None)
    assert first[0].payable == 1103
    assert [o.id for o in service.of_customer("U2", 3, None)[0]] == [oid(7)]


def test_a_day_s_orders_come_newest_first_by_shard(ground):
    ids = [oid(n) for n in range(12)]
    for order_id in ids:
        opened(ground, order_id)
    at = ground.stage.at
    for shard in range(service.DAY_SHARDS):
        day = f"20260302#{shard}"
        mine = sorted((i for i in ids if service.day_key(at, i) == day), reverse=True)
        first, more = service.of_day(day, 2, None)
        assert [o.id for o in first] == mine[:2]
        if len(mine) > 2:
            assert [o.id for o in service.of_day(day, 20, more)[0]] == mine[2:]
    assert service.ids_of_day("20260302", 5) == ids[:-6:-1]
    assert service.ids_of_day("20260302", 5, before=oid(7)) == [oid(6), oid(5), oid(4), oid(3), oid(2)]
    assert service.ids_of_day("20260302", 20, before=oid(3)) == [oid(2), oid(1), oid(0)]
    assert service.ids_of_day("20260302", 20) == ids[::-1]
    assert service.ids_of_day("20260301", 20) == []


def test_so_many_ids_of_a_day_are_found_although_one_shard_has_them_all(ground):
    shard = service.day_key(ground.stage.at, oid(0))
    ids = [i for i in (oid(n) for n in range(60)) if service.day_key(ground.stage.at, i) == shard][:8]
    for order_id in ids:
        opened(ground, order_id)
    assert service.ids_of_day("20260302", 4) == ids[:-5:-1]
    assert service.ids_of_day("20260302", 4, before=ids[-1]) == ids[-2:-6:-1]
    ground.calls.clear()
    service.ids_of_day("20260302", 4)
    assert [body["Limit"] for body in ground.bodies("Query")] == [5] * 4
    assert {body["IndexName"] for body in ground.bodies("Query")} == {"by_day"}


def test_several_orders_are_read_in_their_order_without_the_unknown(ground):
    for order_id in (ONE, oid(2)):
        opened(ground, order_id)
    ground.calls.clear()
    assert [o.id for o in service.several([oid(2), NINE, ONE])] == [oid(2), ONE]
    assert ground.ops == ["BatchGetItem"]
    assert service.several([]) == []
    assert ground.ops == ["BatchGetItem"]
    assert [o.id for o in service.several([ONE], consistent=True)] == [ONE]
    reads = [body["RequestItems"]["jishi-orders"]["ConsistentRead"] for body in ground.bodies("BatchGetItem")]
    assert reads == [False, True]


def test_a_day_is_the_shop_s_and_has_four_shards():
    evening = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
    for n in range(20):
        assert service.day_key(evening, oid(n)) == f"20260302#{int(digest(oid(n))[3], 16) % 4}"
    assert service.day_key(evening + timedelta(minutes=1), ONE).startswith("20260303#")
    assert {service.day_key(evening, oid(n))[-1] for n in range(60)} == {"0", "1", "2", "3"}
