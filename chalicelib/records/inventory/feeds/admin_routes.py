"""The shop's own people at feeds: who may tell how much lies somewhere, and what became of it."""

import re

from chalice.app import Blueprint

from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.work import Work

from ..places.rules import LocationNotFound
from ..rules import StaleStock, StockNotFound
from .rules import CODE, SourceActive, SourceMalformed, SourceNotFound, SourceTaken
from .service import ledger, sources
from .shapes import (
    AskLedger,
    AskSpot,
    LedgerLine,
    SourceBody,
    SourceList,
    SourceSecret,
    SourceView,
    SpotList,
    ledger_line,
    source_view,
    spot_view,
)

bp = Blueprint(__name__)
READ, EDIT = "inventory:read", "inventory:edit"
ONE = "/v1/admin/stock-sources/{source}"


@endpoint(bp, "GET", "/v1/admin/stock-sources", permit=READ)
def list_sources() -> SourceList:
    """List sources of stock with what they told last. · 库存来源列表"""
    return SourceList(sources=[source_view(one) for one in sources.every()])


@endpoint(bp, "GET", ONE, permit=READ, errors=(SourceNotFound,))
def show_source(source: str) -> SourceView:
    """Read a source of stock. · 库存来源详情"""
    return source_view(sources.find(source))


@endpoint(
    bp,
    "PUT",
    ONE,
    permit=EDIT,
    step_up=True,
    errors=(SourceMalformed, SourceTaken, LocationNotFound),
    raced=(StaleStock,),
)
def agree(source: str, body: SourceBody, work: Work) -> SourceView:
    """Open a source of stock or change its terms. · 新增或修改库存来源

    Its code is two to thirty-two of A–Z, 0–9 and -. A new one needs a secret before it can tell anything.
    """
    if not re.fullmatch(CODE, source):
        raise SourceMalformed()
    return source_view(sources.agree(source, body.terms(), work))


@endpoint(
    bp,
    "POST",
    f"{ONE}/secrets",
    permit=EDIT,
    step_up=True,
    key="none",
    status=201,
    errors=(SourceNotFound,),
    raced=(StaleStock,),
)
def renew_secret(source: str, work: Work) -> SourceSecret:
    """Make a new secret for a source of stock. · 更换库存来源密钥

    It is shown once. The former one is good for another day.
    """
    return SourceSecret(source=source, secret=sources.renew(source, work))


@endpoint(bp, "GET", "/v1/admin/stock/{sku}/places", permit=READ, errors=(StockNotFound,))
def list_spots(sku: str) -> SpotList:
    """List where a SKU lies and who counts it. · SKU 各仓库存"""
    return SpotList(sku=sku, places=[spot_view(one) for one in ledger.spots(sku)])


@endpoint(bp, "GET", "/v1/admin/stock/{sku}/ledger", permit=READ, errors=(StockNotFound,))
def list_ledger(sku: str, query: AskLedger) -> Page[LedgerLine]:
    """List why a SKU's stock changed, newest first. · SKU 库存流水

    What was sent is listed with its parcels.
    """
    rows, more = ledger.lines(sku, query.location, query.limit, query.cursor)
    return Page[LedgerLine](items=[ledger_line(row) for row in rows], next=more)


@endpoint(
    bp,
    "DELETE",
    "/v1/admin/stock/{sku}/source",
    permit=EDIT,
    step_up=True,
    status=204,
    errors=(StockNotFound, StaleStock, SourceActive),
)
def let_go(sku: str, query: AskSpot, work: Work) -> None:
    """Let another source count a SKU at a location. · 解除库存来源

    Its former one is switched off before.
    """
    ledger.let_go(sku, query.location, work)
