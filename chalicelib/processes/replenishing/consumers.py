"""The worker of replenishing: what is paid was sold, what lies low is told, and each night every shelf is looked at."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.orders.events import OrderPaid, OrderRevived
from chalicelib.records.replenishment.events import SeasonClearDue, SeasonTaskDue, SeasonWeekDue, ShelvesDue
from chalicelib.records.replenishment.seasons import service as seasons
from chalicelib.records.replenishment.service import Lying
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer, scheduled

from . import service
from .seasons import service as season_plans

bp = Blueprint(__name__)
worker = consumer(bp, "replenishing", batch=5, concurrency=4)


@worker.on(OrderPaid)
def sold(fact: OrderPaid, work: Work) -> None:
    """An order is paid: its pieces are demand."""
    service.follow_paid(fact.order_id, work)


@worker.on(OrderRevived)
def sold_after_all(fact: OrderRevived, work: Work) -> None:
    """An order that had expired is paid after all."""
    service.follow_paid(fact.order_id, work)


@worker.on(StockLevelChanged, keyed=False)
def judge(fact: StockLevelChanged, work: Work) -> None:
    """What lies at a place changed."""
    service.judge(
        Lying(f"{fact.sku}@{fact.location}", fact.available + fact.kept, fact.closed, fact.available <= 0), work
    )


@worker.on(ShelvesDue)
def go_on(fact: ShelvesDue, work: Work) -> None:
    """The next shelves of tonight."""
    service.go_on(fact.day, fact.shard, fact.after, work)


@worker.on(SeasonTaskDue)
def open_task(fact: SeasonTaskDue, work: Work) -> None:
    """A task of a season comes due."""
    seasons.open_task(fact.season, fact.task, work)


@worker.on(SeasonWeekDue)
def count_week(fact: SeasonWeekDue, work: Work) -> None:
    """A week of a season is over."""
    season_plans.count_week(fact.season, fact.week, work)


@worker.on(SeasonClearDue)
def clear(fact: SeasonClearDue, work: Work) -> None:
    """What is left of a season is to be marked down."""
    season_plans.clear(fact.season, fact.step, work)


@scheduled(bp, "cron(20 16 * * ? *)", "replenishing_night")  # 00:20 in the shop's zone
def begin_night(work: Work) -> None:
    """A new day: every shelf is looked at."""
    service.begin_night(work)
