"""Stock is not held for nothing: what a customer may keep unpaid, and what follows when they never pay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.ids import made_at
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.routes import QUOTING
from chalicelib.records.holds import rules
from chalicelib.records.holds import service as holds
from chalicelib.records.holds.model import NETWORK, Holding
from chalicelib.records.holds.rules import HoldsPaused, NetworkHoldsEnough, TooManyHeld, TooManyUnpaid
from chalicelib.records.identity.access.service import identify
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.runtime import limits, table, world
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work
from tests.records.catalog import goods
from tests.support import people
from tests.support.doors import done

OLD = "U01JZ0000000000000000000000"
DAY = timedelta(days=1)


def who(counter):
    return identify(counter.token, world.now()).id


def later(counter, **by):
    """Time goes by; the customer signs in again."""
    me = who(counter)
    counter.later(**by)
    counter.token = people.token(me, "customer")
    return me


def stock(counter, pieces):
    """So many pieces of the first SKU."""
    done(inventory.adjust, counter.skus[0], pieces - counter.shelf()[0], "count", work=goods.work())


def order(counter, pieces=1):
    """A placed order, unpaid."""
    answer = counter.place(counter.quote((0, pieces)))
    return answer.json["order_id"] if answer.status == 201 else answer


def cancel(counter, order_id):
    assert counter.ask("POST", f"/v1/orders/{order_id}/cancellation").status == 204


def commit(*steps):
    work = Work(ANYONE, "test")
    work.add(*steps)
    work.commit()


def described(use_case, *args, at=None, **more):
    """A work to which a use case has added, not yet committed."""
    work = Work(ANYONE, "test")
    work.now = at or work.now
    use_case(*args, work=work, **more)
    return work


def take(customer, order_id, pieces, address="", at=None):
    described(holds.take, customer, order_id, pieces, address=address, at=at).commit()


def let_go(customer, order_id, *, strike, at=None):
    described(holds.let_go, customer, order_id, strike=strike, at=at).commit()


def strike_off(customer, unpaid):
    return done(holds.strike_off, customer, unpaid)


def pay(counter, order_id):
    """The money for it came, by whatever way."""
    found = orders.find(order_id)
    commit(order_steps.pay(order_id, f"{order_id}01", world.now(), amount=Fen(int(found.payable))))


def rows():
    """All that is in the table."""
    return list(Holding.scan(consistent_read=True))


# ---- caps -----------------------------------------------------------------------------------------------------------
def test_a_new_account_has_three_orders_unpaid_and_no_fourth_until_one_is_paid(counter):
    stock(counter, 50)
    first, *_ = [order(counter) for _ in range(3)]
    refused = order(counter)
    assert (refused.status, refused.json["code"], refused.json["params"]) == (409, "TOO_MANY_UNPAID", {"most": 3})
    assert counter.shelf() == (47, 3), "a refused order holds nothing"
    pay(counter, first)
    assert isinstance(order(counter), str), "what was paid counts no more"
    assert order(counter).json["code"] == "TOO_MANY_UNPAID"


def test_a_new_account_holds_twenty_pieces_unpaid_and_not_one_more(counter):
    stock(counter, 196)
    assert isinstance(order(counter, 18), str)
    refused = order(counter, 3)
    assert (refused.status, refused.json["code"], refused.json["params"]) == (409, "TOO_MANY_HELD", {"most": 20})
    assert isinstance(order(counter, 2), str)
    assert order(counter, 1).json["code"] == "TOO_MANY_HELD"
    assert counter.shelf() == (176, 20)


def test_one_order_above_the_cap_is_refused_and_writes_nothing(counter):
    stock(counter, 196)
    refused = order(counter, 21)
    assert (refused.status, refused.json["code"]) == (409, "TOO_MANY_HELD")
    assert counter.shelf() == (196, 0)


def test_an_account_is_new_for_a_day(counter):
    stock(counter, 196)
    later(counter, hours=23.9)
    assert order(counter, 21).json["code"] == "TOO_MANY_HELD"
    later(counter, hours=0.2)
    assert isinstance(order(counter, 21), str)


def test_an_account_is_new_to_the_second(engine):
    who = fresh(0)
    engine.advance(DAY - timedelta(seconds=1))
    with pytest.raises(TooManyHeld):
        take(who, "O1", 21, HERE)
    engine.advance(timedelta(seconds=1))
    take(who, "O1", 21, HERE)
    assert [row.holder for row in rows()] == [who], "and its network is not asked any more"


def test_one_order_takes_half_of_what_there_is_and_ten_pieces_of_little(counter):
    stock(counter, 31)
    body = {"items": [{"sku": counter.skus[0], "quantity": 16}]}
    refused = counter.ask("POST", "/v1/quotes", body)
    assert (refused.status, refused.json["code"]) == (409, "SHARE_TOO_LARGE")
    named = {"title_zh": "圆领衫 红 / S", "title_en": "Crew-neck shirt, red / S"}
    assert refused.json["params"] == {"sku": counter.skus[0], **named, "most": 15}
    assert counter.quote((0, 15))["quote"]
    assert [rules.share(n, 50) for n in (0, 5, 19, 20, 21, 22, 196)] == [10, 10, 10, 10, 10, 11, 98]


def test_two_orders_at_once_are_counted_one_after_the_other(engine):
    both = [described(holds.take, OLD, f"O{n}", 150) for n in range(2)]
    both[0].commit()
    with pytest.raises(CommitRejected) as refused:
        both[1].commit()
    assert [(type(r), r.params) for r in refused.value.reasons] == [(TooManyHeld, {"most": 200})]
    take(OLD, "O3", 50)
    with pytest.raises(CommitRejected):
        take(OLD, "O4", 1)


def test_the_order_of_another_customer_is_nobody_elses(engine):
    other = "U01JZ0000000000000000000001"
    for n in range(5):
        take(OLD, f"O{n}", 1)
    with pytest.raises(CommitRejected) as refused:
        take(OLD, "O5", 1)
    assert [(type(r), r.params) for r in refused.value.reasons] == [(TooManyUnpaid, {"most": 5})]
    take(other, "O6", 1)


# ---- networks --------------------------------------------------------------------------------------------------------
HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"


def fresh(n):
    """An account made this moment."""
    return world.new_id("U")


def on(address, orders, pieces, *, who=fresh):
    """So many orders, each of another account."""
    for n in range(orders):
        take(who(n), world.new_id("O"), pieces, address)


def test_new_accounts_on_one_network_hold_two_hundred_pieces_together(engine):
    on(HERE, 10, 19)
    on(HERE, 1, 10)
    with pytest.raises(CommitRejected) as refused:
        on(HERE, 1, 1)
    assert [type(reason) for reason in refused.value.reasons] == [NetworkHoldsEnough]
    on(ELSEWHERE, 1, 20)
    on("", 1, 20)


def test_new_accounts_on_one_network_have_forty_orders_together(engine):
    on(HERE, 40, 1)
    with pytest.raises(CommitRejected) as refused:
        on(HERE, 1, 1)
    assert [type(reason) for reason in refused.value.reasons] == [NetworkHoldsEnough]


def test_one_line_of_ipv6_is_one_network_whatever_address_it_takes(engine):
    for n in range(10):
        on(f"2001:db8:1:1::{n + 1:x}", 1, 20)
    with pytest.raises(CommitRejected):
        on("2001:db8:1:1:ffff::1", 1, 1)
    on("2001:db8:1:2::1", 1, 20)


def test_an_account_of_some_days_is_not_counted_against_its_network(engine):
    on(HERE, 10, 20)
    take(OLD, "O1", 5, HERE)
    row = table.get(Holding, OLD, consistent=True)
    assert row.open == {"O1:5"}


def test_what_is_let_go_is_free_on_the_network_again(engine):
    first = fresh(0)
    take(first, "O1", 20, HERE)
    on(HERE, 9, 20)
    let_go(first, "O1", strike=False)
    on(HERE, 1, 20)
    with pytest.raises(CommitRejected):
        on(HERE, 1, 1)


def test_what_was_paid_is_struck_off_the_network_when_it_is_full(counter):
    stock(counter, 300)
    on("127.0.0.1", 9, 20)
    paid = order(counter, 20)
    pay(counter, paid)
    assert isinstance(order(counter, 20), str), "what was paid counts no more on the network either"
    network = [row for row in rows() if row.holder.startswith(NETWORK)]
    assert [int(row.pieces) for row in network] == [20], "orders that are not there are struck off as well"


def test_a_network_is_kept_under_a_keyed_digest(engine):
    on(HERE, 1, 1)
    assert not any(HERE in str(row.attribute_values) for row in rows())


# ---- pauses ---------------------------------------------------------------------------------------------------------
def test_who_gives_up_again_and_again_waits_ever_longer(counter):
    stock(counter, 50)
    for _ in range(2):
        cancel(counter, order(counter, 10))
    assert counter.shelf() == (50, 0)
    cancel(counter, order(counter, 10))
    refused = order(counter)
    assert (refused.status, refused.json["code"], refused.headers["retry-after"]) == (429, "HOLDS_PAUSED", "600")
    later(counter, seconds=599)
    assert order(counter).json["params"] == {"seconds": 1}
    later(counter, seconds=1)
    cancel(counter, order(counter))
    assert order(counter).json["params"] == {"seconds": 1800}


def test_pauses_grow_to_half_a_day_and_no_further():
    assert [rules.pause(n) // timedelta(minutes=1) for n in range(1, 9)] == [0, 0, 10, 30, 120, 720, 720, 720]


def test_an_order_that_ran_out_counts_like_one_given_up(engine):
    at = world.now()
    for n in range(3):
        take(OLD, f"O{n}", 1, at=at)
        let_go(OLD, f"O{n}", at=at, strike=True)
    with pytest.raises(CommitRejected) as refused:
        take(OLD, "O9", 1, at=at)
    assert [type(r) for r in refused.value.reasons] == [HoldsPaused]


def test_expiring_strikes_and_frees_what_was_counted(counter):
    stock(counter, 50)
    assert isinstance(order(counter, 10), str)
    row = table.get(Holding, later(counter, minutes=31), consistent=True)
    assert (row.open, int(row.pieces), int(row.strikes)) == (None, 0, 1)
    assert counter.shelf() == (50, 0)


def test_strikes_are_forgotten_a_day_after_the_last(engine):
    at = world.now()
    for n, when in enumerate((at, at, at + DAY)):
        take(OLD, f"O{n}", 1, at=when)
        let_go(OLD, f"O{n}", at=when, strike=True)
    assert int(table.get(Holding, OLD).strikes) == 1
    let_go(OLD, "O9", at=at + DAY * 2 - timedelta(seconds=1), strike=True)
    assert int(table.get(Holding, OLD).strikes) == 2


def test_two_orders_given_up_at_the_same_moment_are_two_strikes(engine):
    at = world.now()
    take(OLD, "O0", 1, at=at)
    let_go(OLD, "O0", at=at, strike=True)
    for n in (1, 2):
        take(OLD, f"O{n}", 1, at=at)
    both = [described(holds.let_go, OLD, f"O{n}", strike=True) for n in (1, 2)]
    for work in both:
        work.commit()
    assert int(table.get(Holding, OLD).strikes) == 3


def test_what_the_shop_cancels_is_no_strike_and_frees_the_count(counter):
    operator = people.member(counter.front, "operator", fresh=True)
    for _ in range(4):
        told = counter.front.post(
            f"/v1/admin/orders/{order(counter)}/cancellation", {"reason": "price_error"}, token=operator.token
        )
        assert told.status == 204, told.text
    row = table.get(Holding, who(counter), consistent=True)
    assert (row.open, int(row.pieces), row.strikes, row.paused_until) == (None, 0, None, None)


# ---- the row --------------------------------------------------------------------------------------------------------
def test_an_order_sent_twice_is_counted_once(counter):
    quote = counter.quote((0, 2))
    first, second = counter.place(quote), counter.place(quote)
    assert first.json["order_id"] == second.json["order_id"]
    assert int(table.get(Holding, who(counter), consistent=True).pieces) == 2


def test_what_was_paid_is_struck_off_with_its_pieces_and_what_is_unpaid_stays(engine):
    for n in range(3):
        take(OLD, f"O{n}", n + 1)
    assert strike_off(OLD, lambda ids: set(ids) - {"O1"})
    row = table.get(Holding, OLD, consistent=True)
    assert (row.open, int(row.pieces)) == ({"O0:1", "O2:3"}, 4)
    assert not strike_off(OLD, set), "all of it is unpaid"
    assert not strike_off("U01JZ0000000000000000000009", set)


def test_striking_off_what_changed_meanwhile_changes_nothing(engine):
    take(OLD, "O1", 1)
    slow = described(holds.strike_off, OLD, lambda ids: set())
    take(OLD, "O2", 2)
    with pytest.raises(CommitRejected):
        slow.commit()
    assert int(table.get(Holding, OLD, consistent=True).pieces) == 3


def test_letting_go_of_what_was_struck_off_takes_nothing_twice(engine):
    take(OLD, "O1", 5)
    strike_off(OLD, lambda ids: set())
    let_go(OLD, "O1", strike=False)
    assert int(table.get(Holding, OLD, consistent=True).pieces) == 0


def test_a_row_goes_away_by_itself(engine):
    take(OLD, "O1", 5)
    assert int(table.get(Holding, OLD).expires) == int((world.now() + timedelta(days=30)).timestamp())


def test_an_id_tells_when_it_was_made():
    assert made_at(world.new_id("U")) == millis(world.now())
    assert made_at("nothing") == 0


def test_guests_that_are_new_each_time_do_not_get_a_limit_of_their_own(counter, monkeypatch):
    by_caller, by_network = QUOTING.rules
    assert (by_caller.by, by_network.by) == ("caller", "ip")
    monkeypatch.setattr(QUOTING, "rules", (by_caller, by_network._replace(times=5)))
    limits.forget()
    body = {"items": [{"sku": counter.skus[0], "quantity": 1}]}
    statuses = [
        counter.front.post("/v1/quotes", body, token=people.guest(counter.front).token).status for _ in range(7)
    ]
    assert statuses == [200] * 5 + [429] * 2
