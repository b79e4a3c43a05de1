"""What is measured of watching, tickets and surveys."""

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

from chalicelib.processes.care.watches.service import telling
from chalicelib.records.care.service import surveys
from chalicelib.records.care.service.surveys import Opinion
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.tickets.service import matters
from chalicelib.records.tickets.service.matters import Asking
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.events import WatchPageDue
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from tests.support import people

from .stage import Stage

WAITING = 40
_keys = itertools.count()


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    yield "watch a SKU", partial(watch, stage), stage.send
    yield f"tell {WAITING} who wait", partial(waiting, stage), tell
    yield "open a ticket", partial(asking, stage), stage.send
    yield "answer a ticket", asked, answer
    yield "answer a survey", partial(pleased, stage), run


def watch(stage: Stage) -> Any:
    """Each time by somebody else: who watches it already changes nothing."""
    who = Caller(world.new_id("U"), "customer")
    work = Work(who, "bench")
    work.add(put(Account(who.id, ACCOUNT, state="active", version=1)))
    work.commit()
    token = people.token(who.id, "customer")
    return stage.event("PUT", f"/v1/me/watching/price/{stage.skus[0]}", {}, Authorization=f"Bearer {token}")


def waiting(stage: Stage) -> Any:
    """So many people wait for a lower price."""
    for _ in range(WAITING):
        work = Work(Caller(world.new_id("U"), "customer"), "bench")
        watching.add("price", stage.skus[1], 10**8, work)
        work.commit()
    return WatchPageDue("price", stage.skus[1], 1)


def tell(fact: WatchPageDue) -> None:
    telling.tell_page(fact, Work(worker("care"), "bench"))


def asking(stage: Stage) -> Any:
    body = {"kind": "product", "product_id": stage.products[0], "text": "适合敏感肌吗？"}
    return stage.event("POST", "/v1/me/tickets", body, **{"Idempotency-Key": f"ticket-{next(_keys)}"})


def asked() -> Any:
    work = Work(Caller(world.new_id("U"), "customer"), "bench")
    row = matters.open(Asking("other", None, None, named=False), "问", work)
    work.commit()
    return row.id


def answer(ticket: str) -> None:
    work = Work(Caller("A1", "operator"), "bench")
    matters.answer(matters.find(ticket), "答", work)
    work.commit()


def pleased(stage: Stage) -> Any:
    work, line = Work(Caller(world.new_id("U"), "customer"), "bench"), f"{world.new_id('O')}00"
    surveys.answer(work.caller.id, line, stage.skus[2], Opinion(9, ["effective", "pleasant"], None), work)
    return work


def run(work: Work) -> None:
    work.commit()
