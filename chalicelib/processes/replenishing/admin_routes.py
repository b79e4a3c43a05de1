"""The shop's own people at shelves: what is low, out or too much, what sold, and how each is supplied."""

from chalice.app import Blueprint

from chalicelib.records.inventory.rules import StaleStock
from chalicelib.records.inventory.service import place_of
from chalicelib.records.replenishment import service as shelves
from chalicelib.records.replenishment.rules import ReorderBoundsCrossed, ShelfMoved, ShelfNotFound
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import service
from .shapes import AskShelves, DemandDay, ShelfTerms, ShelfView, demand_day, shelf_view

bp = Blueprint(__name__)
READ, EDIT = "inventory:read", "inventory:edit"
ONE = "/v1/admin/shelves/{location}/{sku}"


@endpoint(bp, "GET", "/v1/admin/shelves", permit=READ)
def list_shelves(query: AskShelves) -> Page[ShelfView]:
    """List shelves that are low, out or overstocked. · 库存预警列表（低库存、缺货、积压）

    A page may be short and still have a next one.
    """
    rows, more = shelves.at_level(query.level, query.limit, query.cursor)
    return Page[ShelfView](items=[shelf_view(row) for row in rows], next=more)


@endpoint(bp, "GET", ONE, permit=READ, errors=(ShelfNotFound,))
def show_shelf(location: str, sku: str) -> ShelfView:
    """Read a SKU's forecast and reorder point at a location. · 某仓 SKU 的需求预测与补货点"""
    return shelf_view(shelves.find(place_of(sku, location)))


@endpoint(bp, "GET", f"{ONE}/demand", permit=READ, errors=(ShelfNotFound,))
def list_demand(location: str, sku: str, query: Paging) -> Page[DemandDay]:
    """List what a SKU sold at a location by day, newest first. · 某仓 SKU 的每日销量"""
    shelf = shelves.find(place_of(sku, location))
    rows, more = shelves.days(shelf.place, query.limit, query.cursor)
    return Page[DemandDay](items=[demand_day(row) for row in rows], next=more)


@endpoint(
    bp,
    "PUT",
    f"{ONE}/terms",
    permit=EDIT,
    step_up=True,
    status=204,
    errors=(ShelfNotFound, ShelfMoved, ReorderBoundsCrossed, StaleStock),
    raced=(StaleStock,),
)
def set_terms(location: str, sku: str, body: ShelfTerms, work: Work) -> None:
    """Say how a SKU is to be supplied at a location. · 设置某仓 SKU 的补货参数"""
    service.supply(place_of(sku, location), body.terms(), work)


@endpoint(
    bp,
    "DELETE",
    f"{ONE}/terms",
    permit=EDIT,
    step_up=True,
    status=204,
    errors=(ShelfNotFound, ShelfMoved, StaleStock),
    raced=(StaleStock,),
)
def drop_terms(location: str, sku: str, work: Work) -> None:
    """Supply a SKU at a location as all are. · 恢复默认补货参数"""
    service.supply(place_of(sku, location), None, work)
