"""Limits: never more than the cap, whatever was read before; while there is room anywhere it is found."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.bill import CounterUse
from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.promotions.limits import rules, service, steps
from chalicelib.records.promotions.limits.rules import SHARDS, LimitReached
from chalicelib.records.promotions.limits.service import LimitWish
from chalicelib.records.promotions.model import PromotionCounter
from chalicelib.runtime import clients, table
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work
from tests.support import aws
from tests.support.shelf import calls

__all__ = ["calls"]

TOTAL = rules.key_of("F1", "total")
BUDGET = rules.key_of("F1", "budget_fen")
PERSON = rules.key_of("F1", "per_person", "U1")
DAY = rules.key_of("F1", "per_day", "U1", date(2026, 6, 1))


def take(*uses):
    work = Work(ANYONE, "test")
    work.add(*steps.take(uses))
    work.commit()


def give_back(*uses):
    work = Work(ANYONE, "test")
    work.add(*steps.give_back(uses))
    work.commit()


def chosen(*wishes, order="O1"):
    return service.choose(wishes, table.batch(service.keys(wishes)), order)


def left(*wishes):
    return service.left(wishes, table.batch(service.keys(wishes)))


def refusal(act, *args):
    with pytest.raises(CommitRejected) as refused:
        act(*args)
    assert refused.value.only(LimitReached)
    return [reason.params for reason in refused.value.reasons]


# ---- arithmetic -----------------------------------------------------------------------------------------------------
@given(st.integers(0, 10_000_000), st.integers(0, 10_000))
def test_the_shares_of_a_cap_are_the_cap_and_only_grow_with_it(cap, more):
    shares = [rules.share(TOTAL, cap, shard) for shard in range(SHARDS)]
    assert sum(shares) == cap
    assert max(shares) - min(shares) <= 1
    grown = [rules.share(TOTAL, cap + more, shard) for shard in range(SHARDS)]
    assert all(after >= before for before, after in zip(shares, grown, strict=True))


def test_a_persons_limit_is_not_split():
    assert [rules.shards_of(key) for key in (TOTAL, BUDGET, PERSON, DAY)] == [8, 8, 1, 1]
    assert rules.share(PERSON, 7, 0) == 7


def test_a_key_says_what_it_counts():
    told = [rules.key_of("F1", limit, "U1", date(2026, 6, 1)) for limit in rules.LIMITS]
    assert told == [TOTAL, BUDGET, PERSON, DAY] == ["offer#F1", "offer#F1#fen", "offer#F1#U1", "offer#F1#U1#2026-06-01"]
    assert [rules.limit_of(key) for key in (TOTAL, BUDGET, PERSON, DAY)] == [
        ("F1", "total"),
        ("F1", "budget_fen"),
        ("F1", "per_person"),
        ("F1", "per_day"),
    ]


def test_only_a_days_counter_goes_away_two_months_later():
    assert [rules.expiry_of(key) for key in (TOTAL, BUDGET, PERSON)] == [None, None, None]
    assert rules.expiry_of(DAY) == 1_785_456_000  # 31 July 2026


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(1, 40), st.integers(0, 10**9))
def test_parts_make_the_whole_or_there_is_not_enough(rooms, n, spot):
    parts = rules.parts(rooms, n, spot)
    if n > sum(rooms):
        assert parts == []
        return
    assert sum(part for _, part in parts) == n
    assert all(0 < part <= rooms[shard] for shard, part in parts)
    assert len({shard for shard, _ in parts}) == len(parts)
    if any(room >= n for room in rooms):
        assert len(parts) == 1


def test_orders_that_look_at_once_go_to_different_shards():
    assert {rules.parts([5] * 8, 1, spot)[0][0] for spot in range(8)} == set(range(8))
    assert rules.parts([0, 5, 0, 5], 5, 3) == [(3, 5)]
    assert rules.parts([2, 5, 3], 9, 0) == [(1, 5), (2, 3), (0, 1)]


# ---- counters -------------------------------------------------------------------------------------------------------
def test_what_is_taken_is_counted_and_given_back_where_it_was_taken(engine):
    uses = chosen(
        LimitWish(TOTAL, 3, 100), LimitWish(PERSON, 3, 4), LimitWish(DAY, 3, 3), LimitWish(BUDGET, 5_000, 10_000)
    )
    take(*uses)
    whole = [LimitWish(TOTAL, 1, 100), LimitWish(PERSON, 1, 4), LimitWish(DAY, 1, 3), LimitWish(BUDGET, 1, 10_000)]
    assert left(*whole) == [97, 1, 0, 5_000]
    assert refusal(chosen, *whole) == [{"offer": "F1", "limit": "per_day", "left": 0}]
    give_back(*uses)
    assert left(*whole) == [100, 4, 3, 10_000]
    assert {row.used for row in aws.rows(PromotionCounter)} == {0}
    raw = clients.client("dynamodb").scan(TableName=PromotionCounter.Meta.table_name)["Items"]
    assert {item["k"]["S"]: item["x"] for item in raw if "x" in item} == {f"{DAY}@0": {"N": "1785456000"}}


def test_a_cap_is_used_to_the_last_and_not_beyond_by_orders_that_saw_nothing_of_each_other(engine):
    """Each order looks at an empty shelf, is refused by what others took, looks anew, and in the end there are exactly the
    cap (R004, R006)."""
    wish = LimitWish(TOTAL, 1, 20)
    stale = [None] * SHARDS
    told = [placed(service.choose([wish], stale, f"O{n}"), f"O{n}") for n in range(50)]
    assert told[:20] == [None] * 20
    assert told[20:] == [[{"offer": "F1", "limit": "total", "left": 0}]] * 30
    assert sum(row.used for row in aws.rows(PromotionCounter)) == 20


def placed(uses, order):
    """Take what was chosen, or what is chosen anew when that is gone; answers what refused that too."""
    for attempt in (lambda: uses, lambda: service.reshard(uses, order)):
        try:
            take(*attempt())
        except CommitRejected as rejected:
            reasons = [reason.params for reason in rejected.reasons]
        else:
            return None
    return reasons


def test_what_no_shard_has_alone_several_give(engine):
    wish = LimitWish(TOTAL, 5, 20)
    uses = chosen(wish)
    assert uses == (CounterUse(TOTAL, 3, 20, 0), CounterUse(TOTAL, 2, 20, 1))
    take(*uses)
    take(*chosen(LimitWish(TOTAL, 15, 20)))
    assert left(wish) == [0]
    assert refusal(chosen, LimitWish(TOTAL, 1, 20)) == [{"offer": "F1", "limit": "total", "left": 0}]


def test_what_several_gave_is_chosen_anew_as_a_whole_and_as_it_stands(engine, monkeypatch):
    asked, batch = [], service.table.batch
    monkeypatch.setattr(service.table, "batch", lambda wanted, **how: asked.append(how) or batch(wanted, **how))
    uses = CounterUse(TOTAL, 3, 20, 0), CounterUse(TOTAL, 2, 20, 1), CounterUse(PERSON, 1, 1)
    take(CounterUse(TOTAL, 3, 20, 0))
    anew = service.reshard(uses, "O1")
    assert anew == (CounterUse(TOTAL, 3, 20, 1), CounterUse(TOTAL, 2, 20, 2), CounterUse(PERSON, 1, 1, 0))
    assert asked == [{"consistent": True}]
    assert {service.reshard([CounterUse(TOTAL, 1, 80, 0)], f"O{n}")[0].shard for n in range(40)} == set(range(SHARDS))


def test_a_shard_that_is_dry_says_what_it_has_left(engine):
    take(CounterUse(TOTAL, 2, 20, 3))
    assert refusal(take, CounterUse(TOTAL, 2, 20, 3)) == [{"offer": "F1", "limit": "total", "left": 1}]
    take(CounterUse(TOTAL, 1, 20, 3))
    assert refusal(take, CounterUse(TOTAL, 1, 20, 3)) == [{"offer": "F1", "limit": "total", "left": 0}]
    take(CounterUse(TOTAL, 2, 20, 4))
    assert refusal(take, CounterUse(TOTAL, 1, 20, 4)) == [{"offer": "F1", "limit": "total", "left": 0}]


def test_what_is_more_than_a_share_is_refused_also_by_a_shard_that_nobody_used(engine):
    assert refusal(take, CounterUse(TOTAL, 4, 20, 0)) == [{"offer": "F1", "limit": "total", "left": 3}]
    assert refusal(take, CounterUse(PERSON, 2, 1)) == [{"offer": "F1", "limit": "per_person", "left": 1}]
    assert aws.rows(PromotionCounter) == []


def test_two_uses_of_one_shard_are_one_line(engine):
    take(CounterUse(PERSON, 1, 3), CounterUse(PERSON, 2, 3))
    assert [row.used for row in aws.rows(PromotionCounter)] == [3]
    give_back(CounterUse(PERSON, 1, 3), CounterUse(PERSON, 1, 3))
    assert [row.used for row in aws.rows(PromotionCounter)] == [1]


def test_a_cap_that_rose_has_room_again_everywhere(engine):
    take(*chosen(LimitWish(TOTAL, 20, 20)))
    assert left(LimitWish(TOTAL, 1, 20)) == [0]
    assert left(LimitWish(TOTAL, 1, 36)) == [16]
    take(*chosen(LimitWish(TOTAL, 16, 36)))
    assert left(LimitWish(TOTAL, 1, 36)) == [0]


def test_one_customer_who_presses_fifty_times_uses_a_limit_of_one_once(engine):
    """R020: each press was priced before any was placed."""
    uses = service.choose([LimitWish(PERSON, 1, 1)], [None], "O1")
    take(*uses)
    for _ in range(49):
        assert refusal(take, *uses) == [{"offer": "F1", "limit": "per_person", "left": 0}]
    assert refusal(service.reshard, uses, "O1") == [{"offer": "F1", "limit": "per_person", "left": 0}]


def test_all_limits_that_are_reached_are_named(engine):
    take(CounterUse(PERSON, 1, 1))
    wishes = LimitWish(PERSON, 1, 1), LimitWish(TOTAL, 9, 8), LimitWish(BUDGET, 0, 0)
    assert refusal(chosen, *wishes) == [
        {"offer": "F1", "limit": "per_person", "left": 0},
        {"offer": "F1", "limit": "total", "left": 8},
    ]


def test_a_refusal_is_said_in_both_languages():
    told = LimitReached(offer="F1", limit="per_person", left=2)
    assert told.message("zh") == "优惠“F1”的每人限量不足，剩余 2"
    assert told.message("en") == "The limit per person of the offer “F1” is used up; 2 left"


def test_what_is_left_of_quotas_is_one_read_in_ten_seconds(engine, calls):
    take(*chosen(LimitWish(TOTAL, 3, 10)))
    calls.clear()
    assert service.quotas({"F1": 10, "F2": 4}) == {"F1": 7, "F2": 4}
    assert calls == ["BatchGetItem"]
    take(*chosen(LimitWish(TOTAL, 2, 10)))
    assert service.quotas({"F1": 10, "F2": 4}) == {"F1": 7, "F2": 4}
    assert service.quotas({"F1": 12}) == {"F1": 7}, "a cap that was raised is looked at anew"
    engine.advance(timedelta(seconds=10))
    assert service.quotas({"F1": 10, "F2": 4}) == {"F1": 5, "F2": 4}


def test_where_there_are_no_quotas_nothing_is_read(calls):
    assert service.quotas({}) == {}
    assert calls == []
