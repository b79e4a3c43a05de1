"""Taking one's data along under every fault: the export is whole or there is none, and nothing outlives its owner."""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import Any

from chalicelib.kernel.money import Fen
from chalicelib.processes.privacy.service import exporting, taking
from chalicelib.records.identity.events import UserExportDue
from chalicelib.records.identity.model import EXPORT, Account, Export
from chalicelib.records.identity.self.service import exports
from chalicelib.records.orders.model import Order
from chalicelib.runtime import vault
from chalicelib.runtime.table import insert
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import Consumer
from tests.hardening.proof.scenario import Scenario, Step
from tests.hardening.proof.scenarios import identity
from tests.hardening.proof.scenarios.identity import ADMIN, OWNER, WHO
from tests.hardening.proof.shop import Shop, ask
from tests.hardening.proof.trade import relay

ORDERS = [f"O01KJPB7WG0000000000000000{letter}" for letter in "ABC"]
takes = Consumer("takes", __name__, batch=1, window=0, concurrency=None)


@takes.on(UserExportDue)
def export(fact: UserExportDue, work: Work) -> None:
    """As the shop's worker does, an order a piece and two pieces a stretch."""
    vault.forget()  # the worker is a process of its own
    exporting.export(fact, work, 2, 1)


def build() -> Shop:
    """A person with addresses and three orders."""
    shop = identity.sealed()
    shop.consumers = {"takes": takes}
    with shop.standing():
        work = Work(OWNER, "setup")
        work.add(
            *(
                insert(
                    Order(
                        one,
                        customer=WHO,
                        day="20260302#0",
                        state="expired",
                        payable=Fen(100),
                        placed_at=work.now,
                        attempts=0,
                        refunded=Fen(0),
                    )
                )
                for one in ORDERS
            )
        )
        work.commit()
    return shop


def asks(stage: Any) -> Any:
    os.environ["PERSONAL_KEY"] = "key"
    return ask(OWNER, "data-exports", lambda work: list(exports.ask(work))[:2])


def forgets(stage: Any) -> None:
    identity.forgets(stage)
    exporting.drop(WHO, Work(ADMIN, "erasing"))


def posts(stage: Any) -> None:
    os.environ["PERSONAL_KEY"] = "key"
    for _ in range(3):  # what a stretch tells waits for the next round
        relay().act(stage)


def carries(stage: Any) -> None:
    os.environ["PERSONAL_KEY"] = "key"
    stage.settle()


def whole(shop: Any, final: bool) -> list[str]:
    """A finished export holds every order; in the end nothing else lies there, and of who is forgotten nothing at all."""
    rows = shop.cloud.engine.rows(Account.Meta.table_name)
    row = next((Export.from_raw_data(one) for one in rows if one["r"]["S"] == EXPORT), None)
    erased = any(one.get("s", {}).get("S") == "erased" for one in rows)
    files = shop.cloud.files
    if erased:
        return [f"S38: of who was forgotten there is {sorted(files)}"] if final and (files or row is not None) else []
    if row is not None and row.ready_at is not None:
        with zipfile.ZipFile(io.BytesIO(files[f"{row.export_id}/{taking.WHOLE}"])) as file:
            pages = [json.loads(file.read(name)) for name in file.namelist() if name.startswith("orders-")]
        told = [one["id"] for page in pages for one in page]
        if sorted(told) != ORDERS:
            return [f"S36: an export tells of {told}"]
    if not final:
        return []
    if row is not None and row.ready_at is None:
        return ["S36: an export was never finished"]
    wanted = [] if row is None else [f"{row.export_id}/{taking.WHOLE}"]
    return [] if list(files) == wanted else [f"S36: there lies {sorted(files)}"]


def made(shop: Any) -> list[str]:
    return [] if shop.cloud.files else ["nothing was taken along"]


def gone(shop: Any) -> list[str]:
    return [] if not shop.cloud.files else ["nobody was forgotten"]


SCENARIOS = [
    Scenario(
        "exports.taken",
        build,
        [Step("ask", asks, moody=True), Step("post", posts), Step("ask again", asks, moody=True)],
        whole,
        settle=carries,
        rows=("S36",),
        reaches=made,
        races=[["ask", "ask again"], ["ask again", "post"], ["post", "post"]],
    ),
    Scenario(
        "exports.forgotten",
        build,
        [Step("ask", asks, moody=True), Step("post", posts), Step("forget", forgets, moody=True)],
        whole,
        settle=carries,
        rows=("S36", "S38"),
        races=[["post", "forget"]],
        reaches=gone,
    ),
]
