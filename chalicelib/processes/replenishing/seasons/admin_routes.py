"""The shop's own people at seasons: planned months ahead, with tasks, followed, and cleared."""

from chalice.app import Blueprint

from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.inventory.places.rules import LocationNotFound
from chalicelib.records.replenishment.seasons import service as seasons
from chalicelib.records.replenishment.seasons.rules import (
    SeasonDatesWrong,
    SeasonMoved,
    SeasonNotFound,
    SeasonStateConflict,
    SeasonTaskNotDue,
    SeasonTaskNotFound,
    SeasonTooNear,
    SeasonUnitsUnknown,
)
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.work import Work

from . import service
from .shapes import AskSeasons, NewSeason, SeasonView, TaskDone, season_view

bp = Blueprint(__name__)
READ, EDIT = "inventory:read", "inventory:edit"
ONE = "/v1/admin/season-plans/{season_id}"
MOVES = (SeasonNotFound, SeasonStateConflict, SeasonMoved)


@endpoint(
    bp,
    "POST",
    "/v1/admin/season-plans",
    permit=EDIT,
    key="optional",
    status=201,
    errors=(SkuNotFound, LocationNotFound, SeasonTooNear, SeasonDatesWrong, SeasonUnitsUnknown),
)
def draft_season(body: NewSeason, work: Work) -> SeasonView:
    """Plan a season as a draft. · 新建季节备货计划草稿"""
    return season_view(service.draft(body.said(), work))


@endpoint(bp, "GET", "/v1/admin/season-plans", permit=READ)
def list_seasons(query: AskSeasons) -> Page[SeasonView]:
    """List season plans in a state, newest first. · 季节备货计划列表"""
    rows, more = seasons.in_state(query.state, query.limit, query.cursor)
    return Page[SeasonView](items=[season_view(row) for row in rows], next=more)


@endpoint(bp, "GET", ONE, permit=READ, errors=(SeasonNotFound,))
def show_season(season_id: str) -> SeasonView:
    """Read a season plan and how it goes. · 季节备货计划详情与进度"""
    return season_view(seasons.find(season_id))


@endpoint(
    bp,
    "POST",
    f"{ONE}/activation",
    permit=EDIT,
    step_up=True,
    status=204,
    errors=(*MOVES, SeasonTooNear, SeasonDatesWrong),
)
def activate_season(season_id: str, work: Work) -> None:
    """Put a season plan into force. · 启用季节备货计划

    Its tasks come due 180, 150, 120 and 90 days before it begins; what is left at its end is proposed to be marked down.
    """
    seasons.activate(season_id, work)


@endpoint(bp, "POST", f"{ONE}/cancellation", permit=EDIT, step_up=True, status=204, errors=MOVES)
def cancel_season(season_id: str, work: Work) -> None:
    """Give a season plan up. · 取消季节备货计划"""
    seasons.cancel(season_id, work)


@endpoint(
    bp, "PUT", f"{ONE}/tasks/{{task}}", permit=EDIT, status=204, errors=(*MOVES, SeasonTaskNotFound, SeasonTaskNotDue)
)
def finish_season_task(season_id: str, task: str, body: TaskDone, work: Work) -> None:
    """Say that a task of a season plan is done or skipped. · 完成或跳过备货任务"""
    seasons.finish_task(season_id, task, body.outcome, work)
