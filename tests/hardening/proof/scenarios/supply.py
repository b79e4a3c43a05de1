"""Feeds under every fault: each row counts once, in whichever order it comes, beside sales and parcels."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from chalicelib.kernel.clock import iso, millis
from chalicelib.records.inventory import consumers as supplying
from chalicelib.records.inventory.events import FeedNumbersSkipped
from chalicelib.records.inventory.feeds import rules
from chalicelib.records.inventory.feeds.rules import FedShelf
from chalicelib.records.inventory.feeds.service import counts, intake, ledger, sources
from chalicelib.records.inventory.feeds.service.sources import SourceTerms
from chalicelib.records.inventory.files import service as files
from chalicelib.records.inventory.files.rules import FileTerms
from chalicelib.records.inventory.model import FIRST, SOURCES, Stock, StockSource, place_of
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import Site
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.records.orders.model import Order
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.hardening.proof import yard
from tests.hardening.proof.hook import HOOK
from tests.hardening.proof.scenario import START, Scenario, Step, expected, refused
from tests.hardening.proof.scenarios.stock import spread
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import (
    CLERK,
    SKU_A,
    SKU_B,
    STOCK,
    Trade,
    audit,
    cancel,
    notice,
    pays,
    place,
    relay,
    settle,
    start,
)
from tests.hardening.proof.yard import Yard, ship

SOURCE = "WMS-1"
TERMS = SourceTerms("WMS", "physical", "MAIN", 0, 30, True)


def _supplied(stage: Any) -> None:
    """A source that may tell, and that has counted once."""
    stage.consumers |= {supplying.worker.name: supplying.worker}
    with stage.standing():
        for act in (lambda work: sources.agree(SOURCE, TERMS, work), lambda work: sources.renew(SOURCE, work)):
            work = Work(CLERK, "setup")
            act(work)
            work.commit()


class Supplied(Trade):
    """The trading line whose stock a source counts."""

    def __init__(self) -> None:
        super().__init__()
        _supplied(self)


class Gapless(Supplied):
    """The same with a source that skips no number."""

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(CLERK, "setup")
            sources.agree(SOURCE, TERMS._replace(gapless=True), work)
            work.commit()


class SuppliedYard(Yard):
    """The same with a yard; the source has counted once."""

    def __init__(self) -> None:
        super().__init__()
        _supplied(self)
        with self.standing():
            row = rules.read_row(counted(SKU_A, STOCK[SKU_A], 1), START)
            counts.take(SOURCE, [row.packed()], Work(CLERK, "setup"))


def counted(sku: str, count: int, seq: int, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "count": count, "seq": seq, "as_of": iso(START), **more}


def moved(sku: str, delta: int, name: str, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "delta": delta, "id": name, **more}


def _push(rows: Sequence[Mapping[str, Any]], work: Work) -> list[str]:
    body, stamp = json.dumps({"rows": rows}).encode(), str(int(work.now.timestamp()))
    signature = sources.signature(sources.secret_of(SOURCE, 1), stamp, body)
    headers = {"jishi-source": SOURCE, "jishi-timestamp": stamp, "jishi-signature": signature}
    source, at = sources.signed(headers, body, work.now)
    return [one.status for one in intake.take_push(source, rows, at, work)]


def push(name: str, *rows: Mapping[str, Any]) -> Step:
    """The source tells, and tells again until it is answered."""

    def act(stage: Any) -> Any:
        told = ask(ANYONE, "POST /v1/inventory/sync", _push, rows, raced=(StaleStock,))
        stage.notes.setdefault("told", {})[name] = list(rows)
        return told

    return Step(name, act, moody=True)


def open_file(name: str, *rows: Mapping[str, Any], **said: Any) -> Step:
    """A file of the source lies where it may be put, and somebody says so."""
    terms = FileTerms("application/x-ndjson", True, bool(said.get("zero")), said.get("seq", 9), millis(START), None)
    content = "\n".join(json.dumps(row) for row in rows).encode()

    def act(stage: Any) -> Any:
        told = ask(CLERK, "POST /v1/admin/stock-files", _opened, terms, key=name, asked=name)
        stage.notes[name] = told
        with HOOK.aside():
            stage.cloud.files[f"in/{told}"] = content
        if said.get("counts", True):
            stage.notes.setdefault("told", {})[name] = [{"seq": terms.seq, **row} for row in rows]
        return told

    return Step(name, act)


def _opened(terms: FileTerms, work: Work) -> str:
    return files.open_file(SOURCE, terms, 10, work).id


def arrives(name: str) -> Step:
    def act(stage: Any) -> Any:
        scope = "POST /v1/admin/stock-files/{file_id}/arrival"
        return _plain(ask(CLERK, scope, files.arrive, stage.notes[name], key=f"arrives {name}", asked=name))

    return Step(f"{name} arrives", act, moody=True, ready=lambda stage: name in stage.notes)


def decide(name: str, action: str) -> Step:
    def act(stage: Any) -> Any:
        scope = "POST /v1/admin/stock-files/{file_id}/decision"
        return _plain(ask(CLERK, scope, files.decide, stage.notes[name], action, "looked at", key=action, asked=action))

    return Step(f"{action} {name}", act, moody=True, ready=lambda stage: name in stage.notes)


def minutes(count: int) -> Step:
    return Step(f"{count} minutes pass", lambda stage: stage.advance(minutes=count))


def let_go() -> Step:
    def act(stage: Any) -> Any:
        return ask(CLERK, "DELETE /v1/admin/stock/{sku}/source", ledger.let_go, SKU_B, "MAIN")

    return Step("let go", act, moody=True)


def switch_off() -> Step:
    terms, scope = TERMS._replace(active=False), "PUT /v1/admin/stock-sources/{source}"
    return Step("switch off", lambda stage: _plain(ask(CLERK, scope, sources.agree, SOURCE, terms)), moody=True)


def _plain(told: Any) -> Any:
    return told if refused(told) else None


def renew() -> Step:
    scope = "POST /v1/admin/stock-sources/{source}/secrets"
    return Step("renew", lambda stage: _plain(ask(CLERK, scope, sources.renew, SOURCE)), moody=True)


def describe(code: str) -> Step:
    site = Site(code, "仓", "warehouse", "110000", 9, True)
    return Step(
        f"describe {code}",
        lambda stage: ask(CLERK, "PUT /v1/admin/locations/{location}", places.describe, site),
        moody=True,
    )


def _shelves(stage: Any) -> dict[str, tuple[int, int, int]]:
    """(on hand, lacking, held) of each place."""
    rows = [row for row in stage.rows(Stock) if row.part.startswith("b")]
    held = {place: sum(int(row.held or 0) for row in rows if row.place == place) for place in {r.place for r in rows}}
    return {
        row.place: (int(row.on_hand or 0), int(row.lacking or 0), held[row.place]) for row in rows if row.part == FIRST
    }


def audit_fed(stage: Any, final: bool) -> list[str]:
    """The books; and in the end each shelf says what its feed, sorted, comes to."""
    found = audit(stage, final)
    if not final:
        return found
    told = [
        rules.read_row(row, START + timedelta(days=30)) for rows in stage.notes.get("told", {}).values() for row in rows
    ]
    told.sort(key=lambda row: (row.seq or 0, row.figure is not None))
    for spot, (on_hand, lacking, _) in _shelves(stage).items():
        sku, _, location = spot.partition("@")
        mine = [row for row in told if place_of(row.sku, row.location) == spot]
        begun = FedShelf(on_hand=STOCK[sku] if location == "MAIN" else 0)
        wanted, _ = rules.fold(begun, mine, {}, lag_ms=0, now=0)
        if mine and on_hand - lacking != wanted.told:
            found.append(f"S20 {spot}: its feed comes to {wanted.told}, and it says {on_hand - lacking}")
    return found


def audit_numbers(stage: Any, final: bool) -> list[str]:
    """The same; and what is known of the source's numbers is what it told, and each that was skipped was told of."""
    found = audit_fed(stage, final)
    (row,) = [one for one in stage.rows(StockSource) if one.kind == SOURCES]
    came = {row["seq"] for rows in stage.notes.get("told", {}).values() for row in rows}
    missing = {n for first, last in json.loads(row.gaps or "[]") for n in range(first, last + 1)}
    if final and (row.high != max(came) or missing != set(range(1, row.high)) - came):
        found.append(f"S20 {SOURCE}: told {sorted(came)}, and is known up to {row.high} without {sorted(missing)}")
    skipped = sum((row.facts or "").count(FeedNumbersSkipped.wire) for row in stage.rows(Journal))
    if final and missing and not skipped:
        found.append(f"S20 {SOURCE}: skipped {sorted(missing)}, of which nobody was told")
    return found


def audit_spread(stage: Any, final: bool) -> list[str]:
    """The same; and while more is held than lies there, no bucket has anything to sell."""
    found = audit_fed(stage, final)
    parts = [int(row.available) for row in stage.rows(Stock) if row.place == A and row.part.startswith("b")]
    given_back = any(order.state in ("cancelled", "expired") for order in stage.rows(Order))
    if sum(parts) < 0 < max(parts) and not given_back:
        found.append(f"S20 {SKU_A}: {-sum(parts)} are lacking, and a bucket still sells {max(parts)}")
    return found


def audit_sent(stage: Any, final: bool) -> list[str]:
    """The yard's books; what was counted before pieces left is less by them, whatever came first."""
    found = yard.audit_yard(stage, final)
    on_hand, lacking, _ = _shelves(stage)[place_of(SKU_A)]
    sent = sum(count.shipped for order in stage.rows(Order) for count in order.ledger[:1])
    if final and on_hand - lacking != 9 - sent:
        found.append(f"S20 {SKU_A}: nine were counted, {sent} have left since, and {on_hand - lacking} are on hand")
    return found


def story(
    name: str,
    *steps: Step,
    ends: dict[str, tuple[int, int, int]],
    races: Sequence[Sequence[str]],
    triples: Sequence[Sequence[str]] = (),
    rows: Sequence[str] = ("F03", "F04", "F24"),
    build: Callable[[], Any] = Supplied,
    check: Callable[[Any, bool], list[str]] = audit_fed,
    **more: Any,
) -> Scenario:
    """`ends`: (on hand, lacking, held) of places after a clean run."""
    reaches = lambda stage: expected(_shelves(stage), ends)
    return Scenario(f"supply.{name}", build, steps, check, settle, rows, races, triples, reaches=reaches, **more)


A, B, FAR = place_of(SKU_A), place_of(SKU_B), place_of(SKU_B, "BJ")
SCENARIOS = [
    story(
        "counts", push("first", counted(SKU_A, 6, 1)), relay("post"), place("b"), push("second", counted(SKU_A, 4, 2)),
        relay("post 2"), cancel("b"), push("late", counted(SKU_A, 9, 1)), relay("post 3"), ends={A: (4, 0, 0)},
        races=[["first", "second"], ["post", "post"], ["post", "place b"], ["post 2", "place b"], ["post 2", "cancel b"],
               ["post", "post 2"]],
        triples=[["post", "post 2", "place b"]],
    ),
    story(
        "mixed", push("ahead", moved(SKU_B, -2, "d1", seq=3)), relay("post"),
        push("odd", counted(SKU_B, 8, 2), moved(SKU_B, 1, "d2", seq=5), moved(SKU_B, -2, "d1", seq=3)), place("c"),
        relay("post 2"), push("below", moved(SKU_B, -20, "d3", seq=6)), relay("post 3"), ends={B: (0, 13, 0)},
        races=[["ahead", "odd"], ["post", "post 2"], ["post 2", "post 2"], ["post 2", "place c"]],
    ),
    story(
        "oversold", place("a"), push("less", counted(SKU_A, 1, 1)), relay("post"), place("d"),
        push("again", counted(SKU_A, 5, 2)), relay("post 2"), place("h"), ends={A: (5, 0, 0)},
        refuses={"place d": "OUT_OF_STOCK"},
        races=[["place a", "post"], ["post", "place d"], ["post 2", "place h"]],
    ),
    story(
        "elsewhere", describe("BJ"), push("far", counted(SKU_B, 4, 1, location="BJ")), relay("post"),
        push("far again", counted(SKU_B, 6, 2, location="BJ"), moved(SKU_B, 1, "e1", seq=3, location="BJ")),
        relay("post 2"), ends={FAR: (7, 0, 0)}, races=[["post", "post"], ["post", "post 2"], ["far", "far again"]],
    ),
    story(
        "file", open_file("listing", counted(SKU_A, 4, 3), counted(SKU_B, 5, 3)), arrives("listing"), relay("read"), place("b"),
        relay("compare"), place("c"), relay("take"), relay("done"), ends={A: (4, 0, 0), B: (5, 0, 0)},
        races=[["listing arrives", "listing arrives"], ["read", "read"], ["compare", "place b"], ["take", "place c"],
               ["take", "take"]],
    ),
    story(
        "parked", open_file("full", counted(SKU_A, 9, 1), counted(SKU_B, 9, 1)), arrives("full"), relay("read"),
        relay("compare"), relay("take"), place("c"), open_file("empty", counted(SKU_A, 0, 2), seq=2, zero=True, counts=False),
        arrives("empty"), relay("read 2"), relay("compare 2"), decide("empty", "release"), relay("take 2"), relay("rest"),
        ends={A: (0, 0, 0), B: (0, 0, 0)}, check=audit,
        races=[["compare 2", "place c"], ["release empty", "release empty"], ["take 2", "place c"], ["take 2", "rest"]],
    ),
    story(
        "unlisted", open_file("full", counted(SKU_A, 9, 1), counted(SKU_B, 5, 1)), arrives("full"), relay("read"),
        relay("compare"), relay("take"), open_file("part", counted(SKU_A, 10, 2), seq=2), arrives("part"), relay("read 2"),
        relay("compare 2"), relay("take 2"), ends={A: (10, 0, 0), B: (5, 0, 0)}, races=[["compare 2", "compare 2"]],
    ),
    story(
        "handed over", push("first", counted(SKU_B, 6, 1)), relay("post"), renew(), switch_off(), let_go(), ends={B: (6, 0, 0)},
        races=[["switch off", "let go"], ["let go", "let go"], ["first", "renew"]], rows=("F03",),
    ),
    story(
        "skipped", push("one", counted(SKU_A, 6, 1)), push("four", counted(SKU_A, 7, 4)), push("two", counted(SKU_A, 5, 2)),
        push("seven", counted(SKU_B, 6, 7)), relay("post"), relay("post 2"), relay("post 3"),
        ends={A: (7, 0, 0), B: (6, 0, 0)}, build=Gapless, check=audit_numbers,
        races=[["four", "two"], ["two", "seven"], ["seven", "seven"]],
    ),
    story(
        "spread", spread(2), place("b"), push("less", counted(SKU_A, 1, 1)), relay("post"), place("h"), ends={A: (1, 0, 0)},
        refuses={"place h": "OUT_OF_STOCK"}, check=audit_spread,
        races=[["spread 2", "post"], ["post", "place h"], ["place b", "post"]],
    ),
    story(
        "sent", place("d"), start("d"), pays("d"), notice("d"), push("nine", counted(SKU_A, 9, 2)), minutes(1), ship("d"),
        relay("post"), ends={A: (8, 0, 0)}, rows=("F03", "F04"), build=SuppliedYard, check=audit_sent, heavy=True,
        races=[["post", "ship d"], ["nine", "ship d"], ["post", "post"]],
    ),
]  # fmt: skip
