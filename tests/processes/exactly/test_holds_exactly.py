"""What is held unpaid, to the letter: how much, by whom, for how long nothing more, and when it is free again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.ids import ulid
from chalicelib.records.holds import rules
from chalicelib.records.holds import service as holds
from chalicelib.records.holds.model import Hold, Holding, held_by, member_of
from chalicelib.records.holds.rules import HoldsPaused, ShareTooLarge
from chalicelib.runtime import limits
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START
from tests.processes.exactly.till import CLERK, refused

OLD = "C" + ulid(START - timedelta(days=30), bytes(10))
NEW = "C" + ulid(START - timedelta(hours=1), bytes(10))
PLACE = "203.0.113.7"
O1, O2, O3 = (f"O01KJPB7WG0000000000000000{n}" for n in (1, 2, 3))
KEPT = int((START + timedelta(days=30)).timestamp())
MINUTE = timedelta(minutes=1)
MS = timedelta(milliseconds=1)


def holding(till, holder=OLD):
    """What a row says, without what it does not."""
    row = next(row for row in till.rows(Holding) if row.holder == holder)
    found = {name: getattr(row, name) for name in row.get_attributes()}
    return {name: value for name, value in found.items() if value is not None and name != "holder"}


def described(till, use_case, *args, days=0, hours=0, minutes=0, seconds=0, milliseconds=0, **more):
    """A work to which a use case has added, at a later time."""
    work = Work(CLERK, "setup")
    work.now = till.at + timedelta(days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
    use_case(*args, work=work, **more)
    return work


def take(till, order=O1, pieces=2, customer=OLD, address="", **later):
    described(till, holds.take, customer, order, pieces, address=address, **later).commit()


def let_go(till, order=O1, customer=OLD, strike=False, **later):
    described(till, holds.let_go, customer, order, strike=strike, **later).commit()


def settle(till, unpaid, customer=OLD, address=""):
    asked = []

    def still(ids):
        asked.append(set(ids))
        return set(unpaid)

    work = described(till, holds.strike_off, customer, still, address=address)
    count = len(work._steps)
    work.commit()
    return asked, count


@pytest.fixture
def network(till):
    return f"net.{limits.keyed(PLACE)}"


# ---- holding --------------------------------------------------------------------------------------------------------
def test_an_unpaid_order_is_counted_with_its_pieces_for_a_month(till):
    take(till)
    assert holding(till) == {"open": {f"{O1}:2"}, "pieces": 2, "expires": KEPT}
    take(till, O2, 3, hours=1)
    assert holding(till) == {"open": {f"{O1}:2", f"{O2}:3"}, "pieces": 5, "expires": KEPT + 3600}


def test_an_old_account_is_counted_by_itself_wherever_it_comes_from(till):
    take(till, address=PLACE)
    assert [row.holder for row in till.rows(Holding)] == [OLD]


def test_a_new_account_is_counted_with_its_network_too(till, network):
    take(till, customer=NEW, address=PLACE)
    assert holding(till, NEW) == {"open": {f"{O1}:2:{network}"}, "pieces": 2, "expires": KEPT}
    assert holding(till, network) == {"open": {f"{O1}:2"}, "pieces": 2, "expires": KEPT}
    take(till, O2, customer=NEW)  # nobody knows from where
    assert holding(till, NEW)["open"] == {f"{O1}:2:{network}", f"{O2}:2"}


def test_an_account_is_new_for_so_many_hours(till, monkeypatch):
    take(till, customer=NEW, address=PLACE, hours=22, minutes=59, seconds=59)
    assert len(till.rows(Holding)) == 2
    other = "C" + ulid(START - timedelta(hours=24), bytes(10))
    take(till, O2, customer=other, address=PLACE)
    assert holding(till, other)["open"] == {f"{O2}:2"}
    monkeypatch.setenv("NEW_ACCOUNT_HOURS", "25")
    take(till, O3, customer=other, address=PLACE)
    assert any(member.startswith(f"{O3}:2:net.") for member in holding(till, other)["open"])


# ---- caps -----------------------------------------------------------------------------------------------------------
CAPS = {
    "UNPAID_ORDERS": "2", "UNPAID_PIECES": "7", "NEW_ACCOUNT_UNPAID_ORDERS": "1", "NEW_ACCOUNT_UNPAID_PIECES": "4",
    "NEW_NETWORK_UNPAID_ORDERS": "2", "NEW_NETWORK_UNPAID_PIECES": "6",
}  # fmt: skip


@pytest.fixture
def caps(monkeypatch):
    for name, value in CAPS.items():
        monkeypatch.setenv(name, value)


def test_no_more_orders_than_so_many_are_held(till, caps):
    take(till, O1, 1)
    take(till, O2, 1)
    assert refused(take, till, O3, 1) == [("TOO_MANY_UNPAID", {"most": 2})]
    assert holding(till)["pieces"] == 2
    take(till, O1, 1, customer=NEW)
    assert refused(take, till, O2, 1, customer=NEW) == [("TOO_MANY_UNPAID", {"most": 1})]


def test_no_more_pieces_than_so_many_are_held(till, caps):
    take(till, O1, 3)
    assert refused(take, till, O2, 5) == [("TOO_MANY_HELD", {"most": 7})]
    take(till, O2, 4)
    assert refused(take, till, O1, 8) == [("TOO_MANY_HELD", {"most": 7})]
    assert refused(take, till, O1, 5, customer=NEW) == [("TOO_MANY_HELD", {"most": 4})]
    take(till, O1, 4, customer=NEW)


def test_more_pieces_than_anybody_may_hold_are_refused_before_a_write(till, caps):
    till.look()
    assert refused(take, till, O1, 8) == [("TOO_MANY_HELD", {"most": 7})]
    assert till.calls == []
    take(till, O1, 7)


def test_new_accounts_on_one_network_hold_no_more_than_so_much_together(till, caps, network):
    others = ["C" + ulid(START - timedelta(hours=2), bytes([n] * 10)) for n in range(4)]
    take(till, O1, 4, customer=others[0], address=PLACE)
    assert refused(take, till, O2, 3, customer=others[1], address=PLACE) == [("NETWORK_HOLDS_ENOUGH", {})]
    take(till, O2, 2, customer=others[1], address=PLACE)
    till.write(put(Holding(network, open={f"{O1}:1", f"{O2}:1"}, pieces=2)))
    assert refused(take, till, O3, 1, customer=others[2], address=PLACE) == [("NETWORK_HOLDS_ENOUGH", {})]
    take(till, O3, 1, customer=others[2], address="198.51.100.9")
    take(till, O3, 1, address=PLACE)  # an old account


def test_the_caps_are_these_unless_the_shop_says_otherwise(till):
    most = {OLD: (5, 200), NEW: (3, 20)}
    for customer, (orders, pieces) in most.items():
        assert refused(take, till, O1, pieces + 1, customer=customer) == [("TOO_MANY_HELD", {"most": pieces})]
        till.write(put(Holding(customer, open={f"O{n}:0" for n in range(orders)}, pieces=0)))
        assert refused(take, till, O1, 1, customer=customer) == [("TOO_MANY_UNPAID", {"most": orders})]


def test_a_scale_multiplies_them_all(till, caps, monkeypatch, network):
    monkeypatch.setenv("LIMIT_SCALE", "3")
    assert refused(take, till, O1, 22) == [("TOO_MANY_HELD", {"most": 21})]
    till.write(put(Holding(OLD, open={f"O{n}:0" for n in range(6)}, pieces=0)))
    assert refused(take, till, O1, 1) == [("TOO_MANY_UNPAID", {"most": 6})]
    till.write(put(Holding(network, open={f"O{n}:0" for n in range(5)}, pieces=17)))
    assert refused(take, till, O1, 2, customer=NEW, address=PLACE) == [("NETWORK_HOLDS_ENOUGH", {})]
    take(till, O1, 1, customer=NEW, address=PLACE)


# ---- pauses ---------------------------------------------------------------------------------------------------------
def test_who_is_paused_waits_to_the_millisecond_and_is_told_in_whole_seconds(till):
    till.write(put(Holding(OLD, paused_until=till.at + 1001 * MS)))
    assert refused(take, till) == [("HOLDS_PAUSED", {"seconds": 2})]
    assert refused(take, till, milliseconds=1) == [("HOLDS_PAUSED", {"seconds": 1})]
    assert refused(take, till, milliseconds=1000) == [("HOLDS_PAUSED", {"seconds": 1})]
    take(till, milliseconds=1001)


def test_who_is_paused_hears_of_that_before_of_anything_else(till, caps):
    till.write(put(Holding(OLD, open={"O1:1", "O2:1"}, pieces=7, paused_until=till.at + MS)))
    assert refused(take, till) == [("HOLDS_PAUSED", {"seconds": 1})]
    till.write(put(Holding(OLD, open={"O1:1", "O2:1"}, pieces=7, paused_until=till.at)))
    assert refused(take, till) == [("TOO_MANY_UNPAID", {"most": 2})]


def test_a_pause_says_itself_when_to_come_back():
    assert (HoldsPaused(seconds=7).wait, HoldsPaused(seconds=7).params) == (7, {"seconds": 7})


def test_pauses_grow_with_the_strikes_of_a_day():
    assert [rules.pause(strikes) / MINUTE for strikes in range(1, 9)] == [0, 0, 10, 30, 120, 720, 720, 720]


# ---- letting go -----------------------------------------------------------------------------------------------------
def test_what_is_let_go_is_counted_no_more(till):
    take(till, O1, 2)
    take(till, O2, 3)
    let_go(till, hours=1)
    assert holding(till) == {"open": {f"{O2}:3"}, "pieces": 3, "expires": KEPT + 3600}


def test_what_is_let_go_is_counted_no_more_on_its_network_either(till, network):
    take(till, O1, 2, customer=NEW, address=PLACE)
    take(till, O2, 3, customer=NEW, address=PLACE)
    let_go(till, customer=NEW)
    assert (holding(till, NEW)["pieces"], holding(till, network)["pieces"]) == (3, 3)
    assert holding(till, network)["open"] == {f"{O2}:3"}


def test_what_is_let_go_with_a_strike_is_counted_no_more_either(till):
    take(till, O1, 2)
    take(till, O2, 3)
    till.cloud.engine.lag = 4  # plain reads do not know of them yet
    let_go(till, strike=True)
    till.cloud.engine.lag = 0
    assert holding(till) == {"open": {f"{O2}:3"}, "pieces": 3, "strikes": 1, "struck_at": till.at, "expires": KEPT}


def test_what_was_struck_off_before_is_not_let_go_twice(till):
    take(till, O2, 3)
    let_go(till, O1)
    assert holding(till) == {"open": {f"{O2}:3"}, "pieces": 3, "expires": KEPT}
    let_go(till, O1, customer="C-NOBODY")
    assert holding(till, "C-NOBODY") == {"expires": KEPT}


def test_a_strike_is_counted_with_its_instant_also_of_who_holds_nothing(till):
    let_go(till, strike=True)
    assert holding(till) == {"strikes": 1, "struck_at": till.at, "expires": KEPT}


def test_the_third_strike_within_a_day_is_a_pause_and_each_further_a_longer_one(till):
    pauses = []
    for n in range(6):
        let_go(till, strike=True, minutes=n)
        row, at = holding(till), till.at + n * MINUTE
        assert (row["strikes"], row["struck_at"]) == (n + 1, at)
        pauses.append((row["paused_until"] - at) // MINUTE if "paused_until" in row else None)
    assert pauses == [None, None, 10, 30, 120, 720]


def test_a_strike_a_day_after_the_last_one_is_the_first_again(till):
    for _ in range(2):
        let_go(till, strike=True)
    let_go(till, strike=True, days=1)
    assert holding(till)["strikes"] == 1
    assert "paused_until" not in holding(till)
    let_go(till, strike=True, days=2, milliseconds=-1)
    assert holding(till)["strikes"] == 2


def test_without_a_strike_nobody_is_paused(till):
    till.write(put(Holding(OLD, strikes=5, struck_at=till.at)))
    let_go(till)
    assert holding(till) == {"strikes": 5, "struck_at": till.at, "expires": KEPT}


def test_two_orders_given_up_at_once_are_two_strikes(till):
    till.write(put(Holding(OLD, strikes=1, struck_at=till.at)))
    till.meanwhile(lambda: let_go(till, O2, strike=True))
    let_go(till, O1, strike=True)
    assert holding(till)["strikes"] == 3


# ---- striking off what is unpaid no more ----------------------------------------------------------------------------
def test_what_is_unpaid_no_more_is_struck_off(till):
    take(till, O1, 2)
    take(till, O2, 3)
    take(till, O3, 4)
    till.at += timedelta(hours=1)
    till.cloud.engine.lag = 4  # plain reads do not know of them yet
    assert settle(till, {O2}) == ([{O1, O2, O3}], 1)
    till.cloud.engine.lag = 0
    assert holding(till) == {"open": {f"{O2}:3"}, "pieces": 3, "expires": KEPT + 3600}


def test_what_is_still_unpaid_stays(till):
    take(till, O1, 2)
    assert settle(till, {O1}) == ([{O1}], 0)
    assert holding(till)["pieces"] == 2


def test_where_nothing_is_held_nobody_is_asked(till):
    assert settle(till, set()) == ([], 0)
    let_go(till, strike=True)
    assert settle(till, set()) == ([], 0)


def test_of_a_new_account_its_network_s_are_struck_off_in_the_same_step(till, network):
    other = "C" + ulid(START - timedelta(hours=2), bytes(10))
    take(till, O1, 2, customer=NEW, address=PLACE)
    take(till, O2, 3, customer=other, address=PLACE)
    assert settle(till, set(), NEW, PLACE) == ([{O1, O2}], 2)
    assert "open" not in holding(till, NEW)
    assert "open" not in holding(till, network)
    assert (holding(till, NEW)["pieces"], holding(till, network)["pieces"]) == (0, 0)


def test_an_old_account_strikes_off_its_own_only(till, network):
    take(till, O1, 2, customer=NEW, address=PLACE)
    take(till, O2, 3)
    assert settle(till, set(), OLD, PLACE) == ([{O2}], 1)
    assert holding(till, network)["pieces"] == 2


def test_what_was_placed_meanwhile_is_not_struck_off(till):
    take(till, O1, 2)
    till.meanwhile(lambda: take(till, O2, 3))
    assert refused(settle, till, set()) == [("TOO_MANY_UNPAID", {"most": 1})]
    assert holding(till)["pieces"] == 5


# ---- shares ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("available", "percent", "most"), [(0, 50, 10), (19, 50, 10), (21, 50, 10), (22, 50, 11), (99, 33, 32)]
)
def test_the_share_of_what_is_there(available, percent, most):
    assert rules.share(available, percent) == most


def test_one_order_takes_its_share_and_not_more(till, monkeypatch):
    assert holds.check_share("S1", 10, 0) is None
    told = holds.check_share("S1", 11, 0)
    assert (type(told), told.params) == (ShareTooLarge, {"sku": "S1", "most": 10})
    assert holds.check_share("S1", 20, 40) is None
    assert holds.check_share("S1", 21, 40).params == {"sku": "S1", "most": 20}
    monkeypatch.setenv("LIMIT_SCALE", "2")
    assert holds.check_share("S1", 40, 40) is None
    assert holds.check_share("S1", 41, 40).params == {"sku": "S1", "most": 40}


# ---- the row --------------------------------------------------------------------------------------------------------
def test_a_hold_is_written_short_and_read_as_it_was():
    row = Holding(OLD, open={member_of(O1, Hold(2)), member_of(O2, Hold(3, "net.x"))})
    assert row.open == {f"{O1}:2", f"{O2}:3:net.x"}
    assert held_by(row) == {O1: Hold(2), O2: Hold(3, "net.x")}
    assert held_by(Holding(OLD)) == {}
