"""Carts: lines are set by one write, capped, chosen, taken when bought, and merged once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.units import item_size
from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.ids import packed
from chalicelib.records.carts import rules, service
from chalicelib.records.carts.model import Cart
from chalicelib.records.carts.rules import CartFull, CartLineNotFound, GuestNeeded, Line, StaleCart
from chalicelib.records.carts.service import CartSize
from chalicelib.runtime import clients
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import AlreadyCommitted, Work
from tests.support import aws
from tests.support.doors import done
from tests.support.world import minutes

CUSTOMER, GUEST = Caller("C1", "customer"), Caller("G1", "guest")


def sku(n: int) -> str:
    return f"P{'0' * 24}{n:02d}01"


A, B, C = sku(1), sku(2), sku(3)


def work(caller: Caller = CUSTOMER, key: str | None = None) -> Work:
    return Work(caller, "test", key=key, fingerprint="same")


def put(name: str, quantity: int, caller: Caller = CUSTOMER) -> CartSize:
    return service.put_item(name, quantity, work(caller))


def held(owner: str = "C1") -> list[tuple[str, int, bool]]:
    return [(line.sku, line.quantity, line.selected) for line in service.lines(owner)]


def take(*skus) -> None:
    done(service.take, "C1", skus)


@pytest.fixture(autouse=True)
def _engine(engine):
    return engine


@pytest.fixture
def calls(engine):
    """The names of the calls made to DynamoDB."""
    made: list[str] = []
    events, name = clients.client("dynamodb").meta.events, "before-call.dynamodb"
    listen = lambda model, **_: made.append(model.name)
    events.register(name, listen)
    yield made
    events.unregister(name, listen)


def test_what_is_put_is_held_and_selected():
    assert put(A, 2) == CartSize(1, 2, roused=True)
    assert put(B, 1) == CartSize(2, 3)
    assert held() == [(A, 2, True), (B, 1, True)]


def test_a_line_is_set_by_one_plain_write_however_often(calls):
    put(A, 1)
    calls.clear()
    assert [put(A, 3)[:2], put(A, 3)[:2], put(B, 1)] == [(1, 3), (1, 3), CartSize(2, 4)]
    assert calls == ["UpdateItem"] * 3
    assert aws.rows(Journal) == []


def test_the_first_line_makes_the_cart(calls):
    put(A, 1)
    assert calls == ["UpdateItem", "TransactWriteItems", "UpdateItem"]


def test_setting_a_quantity_keeps_the_lines_place_and_selection(engine):
    put(A, 1)
    engine.advance(minutes(1))
    put(B, 1)
    service.choose([A], False, work())
    engine.advance(minutes(1))
    put(A, 5)
    assert held() == [(A, 5, False), (B, 1, True)]


def test_the_cart_is_full_at_its_cap_but_what_it_holds_may_change(monkeypatch):
    monkeypatch.setenv("CART_MAX_LINES", "2")
    put(A, 1)
    put(B, 1)
    with pytest.raises(CommitRejected) as refused:
        put(C, 1)
    assert [type(reason) for reason in refused.value.reasons] == [CartFull]
    assert refused.value.reasons[0].params == {"most": 2}
    assert put(B, 9) == CartSize(2, 10)


def test_no_setting_lifts_the_ceiling_of_eighty(monkeypatch):
    monkeypatch.setenv("CART_MAX_LINES", "81")
    with pytest.raises(ValueError, match="CART_MAX_LINES is at most 80, not 81"):
        service.most_lines()
    monkeypatch.setenv("CART_MAX_LINES", "80")
    assert service.most_lines() == 80
    monkeypatch.delenv("CART_MAX_LINES")
    assert service.most_lines() == 50


def test_a_full_cart_of_fifty_lines_costs_two_units_a_write():
    for n in range(50):
        put(f"P01KT0EHJ8160Z63KE4QE3{n:04d}01", 999)
    assert service.put_item(sku(1), 1, work(Caller("other", "customer")))[:2] == (1, 1)
    (cart,) = (row for row in aws.rows(Cart) if row.owner == "C1")
    assert len(held()) == 50
    assert item_size(cart.serialize()) + len("U01KT0EHJ8160Z63KE4QE3C69RG") <= 2 * 1024


def test_lines_that_share_a_place_share_nothing_else(engine):
    twin = "P0000000000000000000000200101"  # its packed id ends like A's
    assert packed(twin)[-3:] == packed(A)[-3:]
    put(A, 1)
    engine.advance(minutes(1))
    put(B, 2)
    put(twin, 3)
    assert service.choose([twin], False, work()) == CartSize(3, 6)
    assert sorted(held()) == sorted([(A, 1, True), (B, 2, True), (twin, 3, False)])
    service.remove_item(A, work())
    assert held() == [(twin, 3, False), (B, 2, True)]
    take(twin, B)
    assert held() == []
    put(A, 1)
    put(twin, 1)
    take(twin, A)
    assert held() == []


def test_removing_may_be_repeated_and_needs_no_cart():
    assert service.remove_item(A, work()) == CartSize(0, 0)
    put(A, 1)
    put(B, 2)
    assert service.remove_item(A, work()) == CartSize(1, 2)
    assert service.remove_item(A, work()) == CartSize(1, 2)
    assert held() == [(B, 2, True)]


def test_a_line_that_comes_back_is_new_and_selected():
    put(A, 1)
    service.choose([A], False, work())
    service.remove_item(A, work())
    put(A, 1)
    assert held() == [(A, 1, True)]


def test_lines_are_chosen_by_name_or_all():
    put(A, 1)
    put(B, 1)
    service.choose(None, False, work())
    assert service.selected("C1") == []
    service.choose([B], True, work())
    assert service.selected("C1") == [(B, 1)]
    service.choose(None, True, work())
    assert service.selected("C1") == [(A, 1), (B, 1)]


def test_choosing_what_is_not_there_names_it_and_changes_nothing():
    put(A, 1)
    with pytest.raises(CommitRejected) as refused:
        service.choose([A, C], False, work())
    assert isinstance(refused.value.reasons[0], CartLineNotFound)
    assert refused.value.reasons[0].params == {"sku": C}
    assert held() == [(A, 1, True)]


def test_choosing_without_a_cart_is_refused_or_nothing():
    assert service.choose(None, True, work()) == CartSize(0, 0)
    with pytest.raises(CommitRejected) as refused:
        service.choose([A], True, work())
    assert isinstance(refused.value.reasons[0], CartLineNotFound)


def test_only_what_was_bought_leaves_the_cart():
    put(A, 1)
    put(B, 1)
    bought = work()
    service.take("C1", [A, A, C], bought)
    put(C, 4)
    put(B, 7)
    bought.commit()
    assert held() == [(B, 7, True)]


def test_nothing_can_be_taken_from_a_cart_that_is_not_there():
    with pytest.raises(CommitRejected) as refused:
        take(A)
    assert isinstance(refused.value.reasons[0], StaleCart)


def test_a_guests_cart_is_cleaned_up_after_ninety_days_without_a_change(engine):
    put(A, 1, GUEST)
    engine.advance(minutes(60))
    put(A, 2, GUEST)
    put(A, 1)
    kept = {row.owner: row.expires for row in aws.rows(Cart)}
    assert kept == {"G1": millis(engine.now()) // 1000 + 90 * 86_400, "C1": None}


# merging


def merge(caller: Caller = CUSTOMER, guest: Caller = GUEST, key: str | None = None) -> list[str]:
    return work(caller, key).attempts(3, lambda one: service.merge(guest, one).left_out, StaleCart)


def test_merging_sums_and_the_guests_cart_is_gone(engine):
    put(A, 2)
    put(B, 998)
    engine.advance(minutes(1))
    put(B, 5, GUEST)
    put(C, 1, GUEST)
    assert merge() == []
    assert held() == [(A, 2, True), (B, 999, True), (C, 1, True)]
    assert [row.owner for row in aws.rows(Cart)] == ["C1"]


def test_merging_twice_changes_nothing():
    put(A, 2, GUEST)
    assert merge() == []
    assert merge() == []
    assert held() == [(A, 2, True)]


def test_merging_into_no_cart_takes_everything_over_as_it_was():
    put(A, 2, GUEST)
    put(B, 1, GUEST)
    service.choose([B], False, work(GUEST))
    assert merge() == []
    assert held() == [(A, 2, True), (B, 1, False)]
    assert aws.rows(Cart)[0].expires is None


def test_a_guest_goes_on_after_the_merge_and_merges_again():
    put(A, 2, GUEST)
    merge()
    put(A, 1, GUEST)
    merge()
    assert held() == [(A, 3, True)]


def test_what_finds_no_room_is_named_and_ours_stays(monkeypatch, engine):
    monkeypatch.setenv("CART_MAX_LINES", "2")
    put(C, 1)
    put(B, 1, GUEST)
    engine.advance(minutes(1))
    put(A, 1, GUEST)
    assert merge(key="k") == [A]
    assert {line[0] for line in held()} == {B, C}
    with pytest.raises(AlreadyCommitted) as again:  # the answer was lost: asked again, the same is said
        merge(key="k")
    assert again.value.reply == f'["{A}"]'


def test_a_merge_under_a_key_answers_alike_again():
    put(A, 2, GUEST)
    assert merge(key="k") == []
    put(B, 1, GUEST)
    with pytest.raises(AlreadyCommitted) as done:
        merge(key="k")
    assert done.value.reply == "[]"
    assert held() == [(A, 2, True)]


@pytest.mark.parametrize("who", ["G1", "C1"])
def test_a_cart_that_changes_under_the_merge_is_read_again(monkeypatch, who):
    put(A, 1)
    put(B, 1, GUEST)
    batch, raced = service.table.batch, []

    def race(wanted, **kwargs):
        found = batch(wanted, **kwargs)
        if not raced:
            raced.append(who)
            put(C, 4, Caller(who, "guest" if who == "G1" else "customer"))
        return found

    monkeypatch.setattr(service.table, "batch", race)
    assert merge() == []
    assert sorted(held()) == [(A, 1, True), (B, 1, True), (C, 4, True)]


def test_carts_that_never_rest_are_not_merged(monkeypatch):
    put(A, 1, GUEST)
    batch, n = service.table.batch, iter(range(1, 99))

    def race(wanted, **kwargs):
        found = batch(wanted, **kwargs)
        put(B, next(n), GUEST)
        return found

    monkeypatch.setattr(service.table, "batch", race)
    with pytest.raises(CommitRejected) as refused:
        merge()
    assert isinstance(refused.value.reasons[0], StaleCart)
    assert held() == []


@pytest.mark.parametrize("guest", [CUSTOMER, Caller("C2", "customer"), Caller("A1", "operator")])
def test_only_a_guests_cart_can_be_taken_over(guest):
    put(A, 1, Caller("C2", "customer"))
    with pytest.raises(GuestNeeded):
        merge(guest=guest)
    assert held("C2") == [(A, 1, True)]


lines_of = st.dictionaries(
    st.integers(1, 9).map(sku), st.tuples(st.integers(1, 999), st.booleans(), st.integers(0, 5)), max_size=6
).map(lambda held: {name: Line(name, *said) for name, said in held.items()})


@given(lines_of, lines_of, st.integers(1, 12))
def test_two_carts_always_make_the_same_one_within_the_caps(ours, theirs, most):
    both, left_out = rules.merged(ours, theirs, most)
    again, _ = rules.merged(dict(reversed(ours.items())), dict(reversed(theirs.items())), most)
    assert both == again
    assert set(both) | set(left_out) == set(ours) | set(theirs)
    assert not set(both) & set(left_out)
    assert len(both) <= max(most, len(ours))
    for name, line in both.items():
        asked = [cart[name].quantity for cart in (ours, theirs) if name in cart]
        assert line.quantity == min(999, sum(asked))
