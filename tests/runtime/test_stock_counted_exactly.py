"""Counted differences of stock, to the letter: what they write, what they leave alone, how much one person may alone."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected, SecondPersonNeeded
from chalicelib.records.inventory import service
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Movement
from chalicelib.records.inventory.rules import AdjustmentEmpty, StaleStock, StockNotFound, StockTooLow
from chalicelib.runtime.table import insert
from tests.support.doors import done

from .test_stock_exactly import commit, facts, set_, shelves, work


def test_an_adjustment_is_spread_over_the_buckets_and_on_record(ground):
    commit(*stock_steps.receive("A", 5, buckets=2))
    made = work()
    done(service.adjust, "A", 3, "found", work=made)
    assert shelves(ground) == [("b0", 5, 0, 2, None), ("b1", 3, 0, 2, None)]
    assert service.on_hand("A") == 8
    done(service.adjust, "A", -2, "broken", work=work())
    assert shelves(ground) == [("b0", 3, 0, 2, None), ("b1", 3, 0, 2, None)]
    assert service.on_hand("A") == 6
    moves = {r.part: r for r in ground.rows(Movement) if r.part.startswith("m#")}
    first = moves[f"m#{made.id}"]
    assert (first.place, int(first.delta), first.reason, first.actor) == ("A@MAIN", 3, "found", "A1")
    assert first.at == made.now
    assert any(
        '["stock.changed",1,"inventory",{"sku":"A","delta":3,"reason":"found"},null]' in told for told in facts(ground)
    )
    assert len(moves) == 2


def test_an_adjustment_takes_no_more_than_is_available_in_all_buckets(ground):
    commit(*stock_steps.receive("A", 5, buckets=2))
    with pytest.raises(StockTooLow) as refused:
        done(service.adjust, "A", -6, "broken", work=work())
    assert refused.value.params == {"sku": "A", "left": 5}
    done(service.adjust, "A", -4, "broken", work=work())
    assert [row[1] for row in shelves(ground)] == [0, 1]
    set_(ground, "b1", available=0)
    with pytest.raises(StockTooLow) as refused:
        done(service.adjust, "A", -1, "broken", work=work())
    assert refused.value.params == {"sku": "A", "left": 0}
    done(service.adjust, "A", 1, "found", work=work())
    assert shelves(ground)[0][1] == 1


def test_many_who_count_a_loss_at_once_are_spread_over_the_buckets(ground):
    commit(*stock_steps.receive("A", 300, buckets=3))
    for _ in range(30):
        done(service.adjust, "A", -1, "broken", work=work())
    assert all(row[1] < 100 for row in shelves(ground))


def test_an_empty_bucket_is_not_the_fullest(ground):
    commit(*stock_steps.receive("A", 5, buckets=2))
    set_(ground, "b0", available=0)
    set_(ground, "b1", available=1)
    done(service.adjust, "A", -1, "broken", work=work())
    assert [row[1] for row in shelves(ground)] == [0, 0]


def test_a_movement_is_written_once(ground):
    commit(*stock_steps.receive("A", 5))
    made = work()
    commit(insert(Movement("A@MAIN", f"m#{made.id}", delta=1, reason="x", actor="A1", at=made.now), StaleStock()))
    with pytest.raises(CommitRejected) as refused:
        done(service.adjust, "A", 1, "found", work=made)
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock]
    assert service.on_hand("A") == 5


def test_an_adjustment_of_nothing_or_of_nothing_known_is_refused(ground):
    commit(*stock_steps.receive("A", 5))
    ground.calls.clear()
    with pytest.raises(AdjustmentEmpty):
        done(service.adjust, "A", 0, "why", work=work())
    assert ground.calls == []
    with pytest.raises(StockNotFound) as unknown:
        done(service.adjust, "X", 1, "why", work=work())
    assert unknown.value.params == {"sku": "X"}


def test_an_adjustment_beside_a_hold_asks_to_look_again(ground):
    commit(*stock_steps.receive("A", 5))

    def gone(call, effect):
        ground.stage.cloud.engine.tables["jishi-stock"].items.clear()
        return effect()

    ground.script = [None, None, None, gone]  # after the level, the movements and the buckets
    with pytest.raises(CommitRejected) as refused:
        done(service.adjust, "A", -1, "broken", work=work())
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock]


# ---- one person alone moves a thousand pieces of a SKU within a day, and no more -------------------------------------
def adjusted(delta: int, actor: str = "A1", sku: str = "A") -> None:
    before = service.on_hand(sku)
    done(service.adjust, sku, delta, "found", work=work(actor))
    assert service.on_hand(sku) == before + delta


def too_much(delta: int) -> None:
    before = service.on_hand("A")
    with pytest.raises(SecondPersonNeeded) as refused:
        done(service.adjust, "A", delta, "found", work=work())
    assert refused.value.params == {"kind": "stock", "limit": "1000 / 24 h"}
    assert service.on_hand("A") == before


def test_what_one_person_adds_and_takes_away_in_a_day_comes_to_a_thousand_pieces_at_most(ground):
    commit(*stock_steps.receive("A", 2000), *stock_steps.receive("B", 2000))
    too_much(1001)
    too_much(-1001)
    adjusted(600)
    too_much(-401)
    adjusted(-400)
    too_much(1)
    adjusted(1000, actor="A2")  # another person has a thousand of their own
    adjusted(1000, sku="B")  # each SKU has a thousand of its own


def test_what_a_second_person_agreed_to_is_nobody_s_alone(ground):
    commit(*stock_steps.receive("A", 5))
    made = work()
    service.count("A", 5000, 5, "counted", made, agreed=True)
    made.commit()
    assert [bool(row.agreed) for row in ground.rows(Movement) if row.part.startswith("m#")] == [True]
    adjusted(1000)
    too_much(1)


def test_a_day_later_one_person_may_do_as_much_again(ground):
    commit(*stock_steps.receive("A", 5))
    adjusted(1000)
    ground.stage.advance(hours=24)
    too_much(1)  # a day ends when it is over
    ground.stage.advance(seconds=1)
    adjusted(1000)
    too_much(1)


def test_every_movement_of_a_day_counts_however_many_there_are(ground):
    commit(*stock_steps.receive("A", 5))

    def moved(*people, delta=1):
        ground.stage.advance(seconds=1)
        made = [work(actor) for actor in people]
        commit(
            *(
                insert(
                    Movement("A@MAIN", f"m#{one.id}", delta=delta, reason="found", actor=one.caller.id, at=one.now),
                    StaleStock(),
                )
                for one in made
            )
        )

    moved("A1", delta=700)
    ground.stage.advance(hours=25)
    moved("A1", delta=400)
    for _ in range(4):
        moved(*["A1", "A2"] * 40)
    ground.calls.clear()
    too_much(441)
    pages = ground.bodies("Query")
    assert [(body["Limit"], body["ConsistentRead"], body["ScanIndexForward"]) for body in pages] == [
        (100, True, False)
    ] * 4
    adjusted(440)
    ground.stage.advance(hours=25)
    moved("A1")
    ground.calls.clear()
    adjusted(999)
    assert len(ground.bodies("Query")) == 1, "what is older than a day is not read through"


def test_two_adjustments_at_once_are_not_both_a_thousand(ground):
    commit(*stock_steps.receive("A", 5))

    def first(call, effect):
        ground.script = []
        done(service.adjust, "A", 1000, "found", work=work())
        return effect()

    ground.script = [None, first]  # before the movements are read
    with pytest.raises(SecondPersonNeeded):
        done(service.adjust, "A", 1000, "found", work=work())
    ground.script = [None, None, None, first]  # after all was read
    ground.stage.advance(hours=25)
    with pytest.raises(CommitRejected) as refused:
        done(service.adjust, "A", 1000, "found", work=work())
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock]
    assert service.on_hand("A") == 2005
