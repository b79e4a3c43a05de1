"""Care after the sale in the demonstration shop: plans for two departments, a product that brings a consultation, a ticket."""

from collections.abc import Sequence

from chalicelib.records.care.service import planning
from chalicelib.records.care.service.planning import Planned
from chalicelib.records.identity.staff.service import staff
from chalicelib.records.tickets.service import matters
from chalicelib.records.tickets.service.matters import Asking
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.work import Work

from . import stock
from .stock import Stocked

PLANS = {
    "beauty": Planned(
        "洁面后取适量，由内向外轻轻涂抹；首次使用请先在耳后试用。",
        "After cleansing, spread a little outwards; try it behind the ear first.",
        7,
        30,
    ),
    "food": Planned(
        "开封后请冷藏，并在七日内食用完毕。", "Once opened, keep it cold and finish it within a week.", 7, 30
    ),
}
COUNT, DAYS = 2, 90
QUESTION = "您好，这款适合敏感肌吗？"


def fill(products: Sequence[Stocked]) -> None:
    """Plan what is not planned yet, and ask once."""
    known = planning.plans()
    for slug, planned in PLANS.items():
        category = stock.category_id(slug)
        if category not in known:
            work = Work(worker("demo"), "demo")
            planning.plan(category, 0, planned, work)
            work.commit()
    advised = next((one for one in products if one.listing.category == stock.category_id("skincare")), None)
    if advised is not None and planning.brought(advised.id) is None:
        work = Work(worker("demo"), "demo")
        planning.consultations(advised.id, COUNT, DAYS, work)
        work.commit()
        ask(advised.id)


def ask(product: str) -> None:
    """The demonstration's customer asks about a product, unless they asked before."""
    customer = Caller(staff.demo("customer").account, "customer")
    if not matters.every(customer.id):
        work = Work(customer, "demo")
        matters.open(Asking("product", product, None, named=False), QUESTION, work)
        work.commit()
