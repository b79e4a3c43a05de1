"""The shop's own people at journeys: planned as data, started, paused, ended, and what came of them."""

from chalice.app import Blueprint

from chalicelib.records.coupons.rules import CouponTemplateNotFound
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys.rules import (
    JourneyExists,
    JourneyNotFound,
    JourneyPlanWrong,
    JourneyStateConflict,
    StaleJourney,
)
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import shapes
from .rules import AudienceNotFound
from .service import audiences, planning, reporting
from .shapes import (
    AddJourney,
    AudienceOpened,
    ForecastQuery,
    JourneyDetail,
    JourneyForecast,
    JourneyReport,
    JourneyRevision,
    JourneyView,
    MoveJourney,
    OpenAudience,
    ReplanJourney,
    ShippedPlans,
)

bp = Blueprint(__name__)
READ, EDIT = "journeys:read", "journeys:edit"
BASE = "/v1/admin/journeys"
ONE = f"{BASE}/{{name}}"


@endpoint(bp, "GET", "/v1/admin/journey-plans", permit=READ)
def list_plans() -> ShippedPlans:
    """List the plans that come with the shop. · 内置旅程方案"""
    return shapes.shipped_view(planning.shipped())


@endpoint(bp, "GET", BASE, permit=READ)
def list_journeys(query: Paging) -> Page[JourneyView]:
    """List journeys. · 旅程列表"""
    rows, more = journeys.listed(query.limit, query.cursor)
    return Page[JourneyView](items=[shapes.journey_view(row) for row in rows], next=more)


@endpoint(bp, "POST", BASE, permit=EDIT, status=201, errors=(JourneyPlanWrong, JourneyExists))
def add_journey(body: AddJourney, work: Work) -> JourneyRevision:
    """Plan a new journey. · 新建旅程

    A draft, until it is started.
    """
    return JourneyRevision(name=body.name, version=planning.plan(body.name, 0, body.plan, work))


@endpoint(bp, "GET", ONE, permit=READ, errors=(JourneyNotFound,))
def show_journey(name: str) -> JourneyDetail:
    """Read a journey with its plan. · 旅程详情"""
    row = journeys.find(name)
    return shapes.journey_detail(row, journeys.written(name, row.version or 1))


@endpoint(bp, "PUT", f"{ONE}/plan", permit=EDIT, errors=(JourneyPlanWrong, JourneyNotFound, StaleJourney))
def replan_journey(name: str, body: ReplanJourney, work: Work) -> JourneyRevision:
    """Plan a journey anew for who enters from now on. · 修改旅程

    Who is under way finishes the version they entered.
    """
    return JourneyRevision(name=name, version=planning.plan(name, body.version, body.plan, work))


@endpoint(
    bp,
    "PUT",
    f"{ONE}/status",
    permit=EDIT,
    status=204,
    errors=(JourneyNotFound, JourneyStateConflict, JourneyPlanWrong, CouponTemplateNotFound),
)
def move_journey(name: str, body: MoveJourney, work: Work) -> None:
    """Start, pause or end a journey. · 启动、暂停或结束旅程

    One that ends sends nothing more after ten seconds at most.
    """
    planning.move(name, body.action, work)


@endpoint(bp, "GET", f"{ONE}/report", permit=READ, errors=(JourneyNotFound,))
def report_journey(name: str) -> JourneyReport:
    """Report what came of a journey. · 旅程效果报告

    Who was met against who was left alone, once there are enough of them.
    """
    return shapes.report_view(reporting.report(name))


@endpoint(bp, "GET", f"{ONE}/forecast", permit=READ, errors=(JourneyNotFound,))
def forecast_journey(name: str, query: ForecastQuery, work: Work) -> JourneyForecast:
    """Forecast whom a journey would meet on a day. · 旅程试运行

    Nobody is sent anything.
    """
    return shapes.forecast_view(reporting.forecast(name, query.day, work))


@endpoint(bp, "POST", f"{ONE}/audiences", permit=EDIT, status=201, errors=(JourneyNotFound, JourneyPlanWrong))
def open_audience(name: str, body: OpenAudience, work: Work) -> AudienceOpened:
    """Open a file of people for a journey. · 新建人群文件

    A line an account's id; it is put where the answer says.
    """
    return shapes.audience_view(audiences.open_file(name, body.size, work))


@endpoint(
    bp,
    "POST",
    f"{ONE}/audiences/{{audience}}/arrival",
    permit=EDIT,
    status=204,
    errors=(JourneyNotFound, JourneyStateConflict, AudienceNotFound),
)
def arrive_audience(name: str, audience: str, work: Work) -> None:
    """Have the people of a file enter a journey. · 人群文件已上传，开始进入旅程

    Each once a file, however often it is said.
    """
    audiences.arrive(name, audience, work)
