"""Stock, to the letter: buckets, levels and movements after each use case, and who may not do what."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.inventory import rules, service
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Stock
from chalicelib.records.inventory.rules import (
    OutOfStock,
    SaleStopped,
    StaleStock,
    StockNotFound,
    TooFewThere,
)
from chalicelib.records.inventory.service import StockLevel
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import Key, insert, update
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import Change
from tests.support.doors import done

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def closing(stops):
    """The steps that stop these SKUs' sale, or open it."""
    return stock_steps.set_stops(service.bucket_rows(*stops), stops)


def work(actor: str = "A1") -> Work:
    return Work(Caller(actor, "operator"), "test")


def commit(*steps) -> None:
    made = work()
    made.add(*steps)
    made.commit()


def shelves(ground, sku="A"):
    """(bucket, available, held, buckets, closed) of each bucket."""
    rows = sorted(
        (r for r in ground.rows(Stock) if r.place == f"{sku}@MAIN" and r.part.startswith("b")), key=lambda r: r.part
    )
    beside = [r for r in rows if r.part != "b0"]
    assert all(r.on_hand is None and r.sent is None for r in beside), (
        "the first bucket says what lies there and what left"
    )
    return [(r.part, int(r.available), int(r.held), int(r.buckets), r.closed) for r in rows]


def set_(ground, part, **values):
    commit(update(Stock, "A@MAIN", part, actions=[getattr(Stock, name).set(value) for name, value in values.items()]))


def facts(ground):
    return [row.facts for row in ground.rows(Journal) if row.facts]


# ---- rules ----------------------------------------------------------------------------------------------------------
def test_lines_of_one_bucket_are_summed_and_buckets_stay_apart():
    assert rules.merged([]) == []
    assert rules.merged([("B", 1, 1), ("A", 1, 2), ("B", 0, 3), ("B", 1, 4)]) == [("A", 1, 2), ("B", 0, 3), ("B", 1, 5)]


@pytest.mark.parametrize(
    ("total", "buckets", "parts"),
    [(7, 3, [3, 2, 2]), (8, 3, [3, 3, 2]), (0, 2, [0, 0]), (2, 4, [1, 1, 0, 0]), (5, 1, [5])],
)
def test_pieces_are_spread_as_evenly_as_whole_ones_allow(total, buckets, parts):
    assert rules.spread(total, buckets) == parts


# ---- looking --------------------------------------------------------------------------------------------------------
def test_the_keys_of_buckets():
    assert service.key("A") == Key(Stock, "A@MAIN", "b0")
    assert service.key("A", 3) == Key(Stock, "A@MAIN", "b3")
    assert service.more_keys(None) == []
    assert service.more_keys(Stock("A@MAIN", "b0")) == []
    assert service.more_keys(Stock("A@MAIN", "b0", buckets=1)) == []
    assert service.more_keys(Stock("A@MAIN", "b0", buckets=3)) == [service.key("A", 1), service.key("A", 2)]


def test_a_shelf_is_its_buckets_together():
    rows = [
        Stock("A@MAIN", "b0", available=2, held=1),
        None,
        Stock("A@MAIN", "b1", available=5, held=3, closed="recall"),
    ]
    assert service.stock_level(rows) == StockLevel(7, 4, "recall", (2, 5))
    assert service.stock_level([Stock("A@MAIN", "b0")]) == StockLevel(0, 0, None, (0,))
    assert service.stock_level([None]) == StockLevel(0, 0, None, ())


def test_a_bucket_that_has_it_all_is_hit_as_often_as_it_is_full():
    hits = [rules.fallen_upon((2, 5, 0, 3), 2, spot) for spot in range(20)]
    assert hits == ([0] * 2 + [1] * 5 + [3] * 3) * 2
    assert [rules.fallen_upon((2, 5, 3), 3, spot) for spot in range(8)] == [1] * 5 + [2] * 3
    assert rules.fallen_upon((2, 5, 3), 6, 0) is None
    assert rules.fallen_upon((), 1, 7) is None
    assert rules.fallen_upon((1,), 0, 7) is None


def test_buyers_who_look_at_the_same_moment_are_spread_over_the_buckets():
    shelves = {"A": StockLevel(1000, 0, None, (100,) * 10)}
    hits = [service.allocate([("A", 1)], shelves, f"O{n}")["A"][0][0] for n in range(1000)]
    assert sorted(set(hits)) == list(range(10))
    assert max(map(hits.count, range(10))) < 140
    two = {"A": StockLevel(50, 0, None, (5,) * 10), "B": StockLevel(50, 0, None, (5,) * 10)}
    pairs = {
        tuple(parts[0] for parts in service.allocate([("A", 1), ("B", 1)], two, f"O{n}").values()) for n in range(99)
    }
    assert len(pairs) > 30, "each line has a spot of its own"


def test_a_quantity_comes_from_one_bucket_and_from_others_only_when_it_must():
    assert StockLevel(9, 0, None, (2, 5, 2)).allocate(3) == [(1, 3)]
    assert StockLevel(9, 0, None, (2, 5, 2)).allocate(5) == [(1, 5)]
    assert StockLevel(9, 0, None, (2, 5, 2)).allocate(6) == [(1, 5), (0, 1)]
    assert StockLevel(9, 0, None, (2, 5, 2)).allocate(9) == [(1, 5), (0, 2), (2, 2)]
    assert StockLevel(8, 0, None, (4, 4)).allocate(3) == [(0, 3)]
    assert StockLevel(9, 0, None, (9, 0, 0)).allocate(1) == [(0, 1)]


def test_an_order_is_allotted_whole_or_refused_line_by_line():
    shelves = {
        "A": StockLevel(9, 0, None, (2, 5, 2)),
        "B": StockLevel(3, 0, None, (3,)),
        "C": StockLevel(0, 0, None, ()),
    }
    assert service.allocate(iter([("A", 6), ("B", 3)]), shelves, "O1") == {"A": [(1, 5), (0, 1)], "B": [(0, 3)]}
    assert service.allocate([], shelves, "O1") == {}
    with pytest.raises(CommitRejected) as refused:
        service.allocate([("A", 10), ("B", 3), ("C", 1)], shelves, "O1")
    assert [(type(r), r.params) for r in refused.value.reasons] == [
        (OutOfStock, {"sku": "A", "left": 9}),
        (OutOfStock, {"sku": "C", "left": 0}),
    ]


def test_one_order_takes_from_eighty_buckets_at_most():
    thin = {f"S{n}": StockLevel(4, 0, None, (1, 3)) for n in range(40)} | {"X": StockLevel(9, 0, None, (9,))}
    whole = [(sku, 4) for sku in list(thin)[:40]]
    assert sum(map(len, service.allocate(whole, thin, "O1").values())) == 80 == service.MOST_PARTS
    with pytest.raises(CommitRejected) as refused:
        service.allocate([*whole, ("X", 1)], thin, "O1")
    assert {r.params["sku"] for r in refused.value.reasons} == {sku for sku, _ in whole}
    assert {r.params["left"] for r in refused.value.reasons} == {3}


def test_what_nobody_has_is_asked_of_the_fullest():
    assert StockLevel(0, 0, None, ()).allocate(3) == [(0, 3)]
    assert StockLevel(0, 0, None, (0, 0)).allocate(3) == [(0, 3)]
    assert StockLevel(9, 0, None, (2, 5, 2)).allocate(11) == [(1, 7), (0, 2), (2, 2)]


def test_several_shelves_are_read_in_two_rounds_at_most(ground):
    commit(
        *stock_steps.receive("A", 5), *stock_steps.receive("B", 7, buckets=3), *stock_steps.receive("C", 4, buckets=2)
    )
    ground.calls.clear()
    assert service.read_levels(["B", "A", "X", "C"]) == {
        "B": StockLevel(7, 0, None, (3, 2, 2)),
        "A": StockLevel(5, 0, None, (5,)),
        "X": StockLevel(0, 0, None, ()),
        "C": StockLevel(4, 0, None, (2, 2)),
    }
    first, second = ground.bodies("BatchGetItem")
    assert (
        len(first["RequestItems"]["jishi-stock"]["Keys"]),
        first["RequestItems"]["jishi-stock"]["ConsistentRead"],
    ) == (4, True)
    assert (
        len(second["RequestItems"]["jishi-stock"]["Keys"]),
        second["RequestItems"]["jishi-stock"]["ConsistentRead"],
    ) == (3, True)
    ground.calls.clear()
    assert service.read_levels(["A"], consistent=False)["A"].available == 5
    assert [body["RequestItems"]["jishi-stock"]["ConsistentRead"] for body in ground.bodies("BatchGetItem")] == [False]
    service.read_levels(["B"], consistent=False)
    assert ground.bodies("BatchGetItem")[-1]["RequestItems"]["jishi-stock"]["ConsistentRead"] is False
    firsts = [Stock("B@MAIN", "b0", available=3, held=0, buckets=3)]
    ground.calls.clear()
    assert service.levels(["B"], firsts)["B"].buckets == (3, 2, 2)
    assert ground.bodies("BatchGetItem")[0]["RequestItems"]["jishi-stock"]["ConsistentRead"] is False
    with pytest.raises(ValueError, match="zip"):
        service.levels(["B", "A"], firsts)


def test_on_hand_is_read_consistently_and_unknown_where_nothing_was_received(ground):
    commit(*stock_steps.receive("A", 5))
    ground.calls.clear()
    assert service.on_hand("A") == 5
    assert ground.calls == [
        (
            "GetItem",
            {"TableName": "jishi-stock", "Key": {"s": {"S": "A@MAIN"}, "b": {"S": "b0"}}, "ConsistentRead": True},
        )
    ]
    commit(update(Stock, "A@MAIN", "b0", actions=[Stock.on_hand.remove()]))
    assert service.on_hand("A") == 0
    with pytest.raises(StockNotFound) as unknown:
        service.on_hand("X")
    assert unknown.value.params == {"sku": "X"}


# ---- for orders -----------------------------------------------------------------------------------------------------
def test_held_and_released_to_the_piece(ground):
    commit(*stock_steps.receive("A", 5, buckets=2), *stock_steps.receive("B", 2))
    commit(*stock_steps.hold([("A", 0, 1), ("A", 1, 2), ("B", 0, 2), ("A", 0, 2)]))
    assert shelves(ground) == [("b0", 0, 3, 2, None), ("b1", 0, 2, 2, None)]
    assert shelves(ground, "B") == [("b0", 0, 2, 1, None)]
    commit(*stock_steps.release([("A", 0, 1), ("A", 0, 1), ("B", 0, 2)]))
    assert shelves(ground) == [("b0", 2, 1, 2, None), ("b1", 0, 2, 2, None)]
    assert shelves(ground, "B") == [("b0", 2, 0, 1, None)]


def test_what_is_not_there_is_refused_with_what_is_left(ground):
    commit(*stock_steps.receive("A", 2))
    for lines, sku, left in (([("A", 0, 3)], "A", 2), ([("A", 1, 1)], "A", 0), ([("X", 0, 1)], "X", 0)):
        with pytest.raises(CommitRejected) as refused:
            commit(*stock_steps.hold(lines))
        assert [(type(r), r.params) for r in refused.value.reasons] == [(OutOfStock, {"sku": sku, "left": left})]
    commit(*stock_steps.hold([("A", 0, 2)]))
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.hold([("A", 0, 1)]))
    assert refused.value.reasons[0].params == {"sku": "A", "left": 0}


def test_what_is_closed_is_refused_although_it_is_there(ground):
    commit(*stock_steps.receive("A", 2))
    set_(ground, "b0", closed="recall")
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.hold([("A", 0, 1)]))
    assert [(type(r), r.params) for r in refused.value.reasons] == [(SaleStopped, {"sku": "A"})]
    assert shelves(ground) == [("b0", 2, 0, 1, "recall")]


def test_what_leaves_was_held_and_is_on_hand_no_more(ground):
    commit(*stock_steps.receive("A", 5, buckets=2), *stock_steps.receive("B", 2))
    commit(*stock_steps.hold([("A", 0, 3), ("A", 1, 2), ("B", 0, 2)]))
    commit(*stock_steps.ship([("B", 0, 1), ("A", 0, 1), ("A", 1, 2), ("A", 0, 1)], NOON))
    assert shelves(ground) == [("b0", 0, 1, 2, None), ("b1", 0, 0, 2, None)]
    assert shelves(ground, "B") == [("b0", 0, 1, 1, None)]
    assert (service.on_hand("A"), service.on_hand("B")) == (1, 1)
    commit(*stock_steps.ship([("A", 0, 1)], NOON))  # the very last piece
    assert (shelves(ground)[0], service.on_hand("A"), service.on_hand("B")) == (("b0", 0, 0, 2, None), 0, 1)


def test_what_was_to_be_sent_lies_there_again_held_or_free(ground):
    commit(*stock_steps.receive("A", 5, buckets=2), *stock_steps.receive("B", 2))
    gone = [("A", 0, 3), ("A", 1, 2), ("B", 0, 2)]
    commit(*stock_steps.hold(gone))
    commit(*stock_steps.ship(gone, NOON))
    commit(*stock_steps.unship([("A", 0, 1), ("A", 0, 1)], [("B", 0, 1), ("A", 1, 2), ("A", 0, 1)], NOON))
    assert shelves(ground) == [("b0", 1, 2, 2, None), ("b1", 2, 0, 2, None)]
    assert shelves(ground, "B") == [("b0", 1, 0, 1, None)]
    assert (service.on_hand("A"), service.on_hand("B")) == (5, 1)
    commit(*stock_steps.unship([("B", 0, 1)], [], NOON))
    assert (shelves(ground, "B"), service.on_hand("A"), service.on_hand("B")) == ([("b0", 1, 1, 1, None)], 5, 2)


def test_no_more_leaves_than_is_on_hand_and_nothing_of_an_unknown_sku_moves(ground):
    commit(*stock_steps.receive("A", 2))
    commit(*stock_steps.hold([("A", 0, 2)]))
    commit(update(Stock, "A@MAIN", "b0", actions=[Stock.on_hand.set(1)]))
    unknown = [("X", 0, 1)]
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.ship([("A", 0, 2)], NOON))
    (reason,) = refused.value.reasons
    assert (type(reason), reason.params["there"], reason.params["wanted"]) == (TooFewThere, 1, 2)
    for steps in (
        stock_steps.ship(unknown, NOON),
        stock_steps.unship(unknown, [], NOON),
        stock_steps.unship([], unknown, NOON),
    ):
        with pytest.raises(CommitRejected) as refused:
            commit(*steps)
        assert [type(reason) for reason in refused.value.reasons] == [StaleStock]
    assert (shelves(ground), service.on_hand("A"), shelves(ground, "X")) == ([("b0", 0, 2, 1, None)], 1, [])


# ---- for the shop ---------------------------------------------------------------------------------------------------
def test_a_first_receipt_fills_buckets_and_level_once(ground):
    commit(*stock_steps.receive("A", 5, buckets=2))
    assert shelves(ground) == [("b0", 3, 0, 2, None), ("b1", 2, 0, 2, None)]
    assert service.on_hand("A") == 5
    commit(*stock_steps.receive("B", 4))
    assert shelves(ground, "B") == [("b0", 4, 0, 1, None)]
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.receive("A", 5, buckets=2))
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock] * 2


def test_closing_and_opening_reach_every_bucket(ground):
    commit(*stock_steps.receive("A", 5, buckets=3))
    for stop in ("recall", "withdrawn", None):
        commit(*closing({"A": stop}))
        assert [closed for *_, closed in shelves(ground)] == [stop] * 3
    commit(*stock_steps.hold([("A", 0, 1), ("A", 2, 1)]))  # what was opened is sold again
    for stop in ("why", None):
        with pytest.raises(StockNotFound):
            closing({"X": stop})


def test_what_may_not_be_sold_yet_is_received_closed(ground):
    commit(*stock_steps.receive("A", 5, buckets=2, stop="withdrawn"), *stock_steps.receive("B", 5))
    assert [closed for *_, closed in shelves(ground)] == ["withdrawn"] * 2
    assert [closed for *_, closed in shelves(ground, "B")] == [None]
    assert service.read_levels(["A"])["A"].closed
    assert not service.read_levels(["B"])["B"].closed


def test_a_mark_is_refused_when_the_buckets_are_others_by_now(ground):
    commit(*stock_steps.receive("A", 5, buckets=2))
    steps = closing({"A": "recall"})
    for part in ("b0", "b1"):
        set_(ground, part, buckets=3)
    with pytest.raises(CommitRejected) as refused:
        commit(*steps)
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock] * 2
    assert [closed for *_, closed in shelves(ground)] == [None] * 2


def test_spreading_wider_and_narrower_moves_what_is_available_only(ground):
    commit(*stock_steps.receive("A", 10))
    commit(*stock_steps.hold([("A", 0, 3)]))
    done(service.spread, "A", 3, work=work())
    assert shelves(ground) == [("b0", 3, 3, 3, None), ("b1", 2, 0, 3, None), ("b2", 2, 0, 3, None)]
    commit(*closing({"A": "recall"}))
    done(service.spread, "A", 4, work=work())
    assert shelves(ground) == [
        ("b0", 2, 3, 4, "recall"),
        ("b1", 2, 0, 4, "recall"),
        ("b2", 2, 0, 4, "recall"),
        ("b3", 1, 0, 4, "recall"),
    ]
    done(service.spread, "A", 2, work=work())
    assert shelves(ground) == [
        ("b0", 4, 3, 4, "recall"),
        ("b1", 3, 0, 4, "recall"),
        ("b2", 0, 0, 4, "recall"),
        ("b3", 0, 0, 4, "recall"),
    ]
    commit(*stock_steps.receive("C", 3, buckets=2))
    commit(*stock_steps.hold([("C", 0, 2)]))
    done(service.spread, "C", 3, work=work())
    assert [row[1] for row in shelves(ground, "C")] == [1, 0, 0]
    with pytest.raises(StockNotFound) as unknown:
        done(service.spread, "X", 2, work=work())
    assert unknown.value.params == {"sku": "X"}


@pytest.mark.parametrize("meanwhile", [{"available": 9}, {"closed": "recall"}])
def test_a_spread_is_refused_when_a_bucket_moved_meanwhile(ground, meanwhile):
    commit(*stock_steps.receive("A", 10))

    def moved(call, effect):
        ground.script = []
        set_(ground, "b0", **meanwhile)
        return effect()

    ground.script = [None, moved]
    with pytest.raises(CommitRejected) as refused:
        done(service.spread, "A", 2, work=work())
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock]


def test_a_spread_is_refused_when_the_sale_was_opened_meanwhile(ground):
    commit(*stock_steps.receive("A", 10))
    commit(*closing({"A": "recall"}))

    def opened(call, effect):
        ground.script = []
        commit(*closing({"A": None}))
        return effect()

    ground.script = [None, opened]
    with pytest.raises(CommitRejected):
        done(service.spread, "A", 1, work=work())


def test_a_new_bucket_that_somebody_else_made_refuses_the_spread(ground):
    commit(*stock_steps.receive("A", 10))

    def made(call, effect):
        ground.script = []
        commit(insert(Stock("A@MAIN", "b1", available=0, held=0, buckets=2), StaleStock()))
        return effect()

    ground.script = [None, made]
    with pytest.raises(CommitRejected) as refused:
        done(service.spread, "A", 2, work=work())
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock]


def test_all_buckets_are_read_consistently_before_they_are_changed(ground):
    commit(*stock_steps.receive("A", 10, buckets=2))
    ground.calls.clear()
    closing({"A": "why"})
    reads = [body["RequestItems"]["jishi-stock"] for body in ground.bodies("BatchGetItem")]
    assert [(len(read["Keys"]), read["ConsistentRead"]) for read in reads] == [(1, True), (1, True)]
    commit(*stock_steps.receive("B", 1), *stock_steps.receive("C", 1))
    ground.calls.clear()
    steps = closing({"A": "why", "B": None, "C": "why"})
    assert ground.ops == ["BatchGetItem"] * 2, "however many SKUs"
    assert len(steps) == 4
    ground.calls.clear()
    closing({"B": "why"})
    assert ground.ops == ["BatchGetItem"]


# ---- what is told of levels -----------------------------------------------------------------------------------------
def image(sku, part="b0", **fields):
    """A bucket's raw item, as a stream tells it."""
    told = {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in fields.items()}
    return {"s": {"S": f"{sku}@MAIN"}, "b": {"S": part}, **told}


def told_of(ground, *changes):
    made = work()
    service.tell_levels([Change(*change) for change in changes], made)
    if not made.pending:
        return []
    made.commit()
    (kept,) = facts(ground)
    return sorted([fact[3] for fact in json.loads(kept)], key=lambda fact: fact["sku"])


def test_where_a_sku_stands_is_told_once_however_it_changed(ground):
    commit(
        *stock_steps.receive("A", 7, buckets=2),
        *stock_steps.receive("B", 4, stop="recall"),
        *stock_steps.receive("C", 1),
    )
    commit(*stock_steps.hold([("A", 0, 2)]))
    at = {"location": "MAIN", "kept": 0, "at": int(ground.stage.at.timestamp() * 1000)}
    assert told_of(
        ground,
        (image("A", a=9), image("A", a=8)),
        (image("A", part="b1", a=8), image("A", part="b1", a=4)),
        (None, image("B", a=4, c="recall")),
        (image("C", a=1), None),
        (image("D", a=1), image("D", a=2)),
    ) == [
        {"sku": "A", "available": 5, "on_hand": 7, "closed": False, **at},
        {"sku": "B", "available": 4, "on_hand": 4, "closed": True, **at},
        {"sku": "C", "available": 1, "on_hand": 1, "closed": False, **at},
    ]


@pytest.mark.parametrize(
    "change",
    [
        (image("A", a=4, h=3), image("A", a=4, h=0)),
        (image("A", part="m#1", d=3), image("A", part="m#1", d=4, a=1)),
        (None, {}),
        (None, None),
    ],
)
def test_what_nobody_outside_would_notice_is_not_told(ground, change):
    commit(*stock_steps.receive("A", 4))
    assert told_of(ground, change) == []


def test_a_sale_that_stops_is_told(ground):
    commit(*stock_steps.receive("A", 4, stop="recall"))
    (told,) = told_of(ground, (image("A", a=4), image("A", a=4, c="recall")))
    assert (told["available"], told["closed"]) == (4, True)


def test_what_leaves_another_bucket_leaves_the_first_as_it_is_but_for_what_is_on_hand(ground):
    commit(*stock_steps.receive("A", 8, buckets=2))
    commit(*stock_steps.hold([("A", 1, 2)]))
    commit(*stock_steps.ship([("A", 1, 2)], NOON))
    assert shelves(ground) == [("b0", 4, 0, 2, None), ("b1", 2, 0, 2, None)]
    assert service.on_hand("A") == 6
    commit(*stock_steps.unship([("A", 1, 1)], [("A", 1, 1)], NOON))
    assert shelves(ground) == [("b0", 4, 0, 2, None), ("b1", 3, 1, 2, None)]
    assert service.on_hand("A") == 8
