"""Journeys that run in the demonstration shop, a group with something to post, and what its customer waits for."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from chalicelib.processes.campaigns.service import planning
from chalicelib.records.groups.service import groups, posts
from chalicelib.records.identity.staff.service import staff
from chalicelib.records.journeys import service as journeys
from chalicelib.records.watching import service as watching
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.work import Work

from .stock import Stocked

RUNNING = ("back_in_stock", "care_guide", "care_refill", "care_visit", "price_dropped")
GROUP = "集市福利群"


def fill(products: Sequence[Stocked]) -> None:
    """Start what is not planned yet; and once, a group and wishes."""
    for name in RUNNING:
        if name not in journeys.known():
            done(partial(planning.plan, name, 0, planning.shipped()[name]))
            done(partial(planning.move, name, "start"))
    shown = [one for one in products if one.fate != "off"]
    if shown and not groups.listed(1, None)[0]:
        customer = staff.demo("customer").account
        wait_for(shown, Caller(customer, "customer"))
        gather(shown[-1], customer)


def wait_for(products: Sequence[Stocked], customer: Caller) -> None:
    """Two things that are there, for less, and one that is gone."""
    found = [
        (f"{one.id}{n:02d}", article.price, pieces)
        for one in products
        for n, (article, pieces) in enumerate(one.articles, 1)
    ]
    gone = next((one for one in found if one[2] == 0), None)
    for kind, one in (("favourite", found[0]), ("price", found[-1]), ("stock", gone)):
        if one is not None:
            done(partial(watching.add, kind, one[0], one[1]), customer)


def gather(product: Stocked, member: str) -> None:
    """A group of WeChat, with a member and a post that a person is asked for."""
    group = done(partial(groups.add, "wechat", GROUP, staff.demo("operator").account, ""))
    done(partial(groups.set_members, group, [member], "import"))
    target = f"/v1/products/{product.id}"
    done(partial(posts.plan, group, "group_new", product.listing.title.zh, target, "", None))


def done(act: Callable[[Work], Any], caller: Caller | None = None) -> Any:
    """Do it, and answer what it answers."""
    work = Work(caller or worker("demo"), "demo")
    told = act(work)
    work.commit()
    return told
