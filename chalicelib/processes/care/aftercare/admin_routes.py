"""The shop's own people at care after the sale."""

from chalice.app import Blueprint

from chalicelib.records.care.rules import (
    CareDaysWrong,
    CarePlanNotFound,
    ImprovementTaskNotFound,
    ImprovementTaskStateConflict,
    StaleCarePlan,
)
from chalicelib.records.care.service import planning, surveys
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import CategoryNotFound, ProductNotFound, SkuNotFound
from chalicelib.records.catalog.service import categories
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.work import Work

from . import shapes
from .shapes import (
    ListTasks,
    PlanRevision,
    PlansView,
    ResultsView,
    SetConsultations,
    SetPlan,
    SettleTask,
    TaskView,
)

bp = Blueprint(__name__)
READ, EDIT = "care:read", "care:edit"
BASE = "/v1/admin/care"
PLAN = f"{BASE}/plans/{{category_id}}"
TASK = f"{BASE}/tasks/{{task_id}}"


@endpoint(bp, "GET", f"{BASE}/plans", permit=READ)
def list_plans() -> PlansView:
    """List what is planned after the sale, by category. · 售后关怀计划列表"""
    return shapes.plans_view(planning.plans().values())


@endpoint(bp, "PUT", PLAN, permit=EDIT, errors=(CategoryNotFound, CareDaysWrong, StaleCarePlan))
def set_plan(category_id: str, body: SetPlan, work: Work) -> PlanRevision:
    """Set what is done for a category's goods after delivery. · 设置分类关怀计划"""
    categories.find(category_id)
    revision = planning.plan(category_id, body.revision, body.planned(), work)
    return PlanRevision(category=category_id, revision=revision)


@endpoint(bp, "DELETE", PLAN, permit=EDIT, status=204, errors=(CarePlanNotFound,))
def drop_plan(category_id: str, work: Work) -> None:
    """Plan nothing for a category any more. · 删除分类关怀计划"""
    planning.unplan(category_id, work)


@endpoint(bp, "PUT", f"{BASE}/products/{{product_id}}", permit=EDIT, status=204, errors=(ProductNotFound,))
def set_consultations(product_id: str, body: SetConsultations, work: Work) -> None:
    """Set how many consultations a product brings. · 设置商品附赠咨询

    For orders paid from now on.
    """
    catalog.find_product(product_id)
    planning.consultations(product_id, body.count, body.days, work)


@endpoint(bp, "GET", f"{BASE}/results/{{sku}}", permit=READ, errors=(SkuNotFound,))
def read_results(sku: str) -> ResultsView:
    """Read how a SKU is spoken of. · 商品反馈与净推荐值"""
    return shapes.results_view(sku, surveys.standing(catalog.find_sku(sku).id))


@endpoint(bp, "GET", f"{BASE}/tasks", permit=READ)
def list_tasks(query: ListTasks) -> Page[TaskView]:
    """List improvement tasks in a state, newest first. · 商品改进任务列表"""
    rows, more = surveys.tasks(query.state, query.limit, query.cursor)
    return Page[TaskView](items=shapes.tasks_view(rows), next=more)


@endpoint(
    bp,
    "POST",
    f"{TASK}/taking",
    permit=EDIT,
    status=204,
    errors=(ImprovementTaskNotFound, ImprovementTaskStateConflict),
)
def take_task(task_id: str, work: Work) -> None:
    """See to an improvement task. · 认领改进任务"""
    surveys.take(task_id, work)


@endpoint(
    bp,
    "POST",
    f"{TASK}/settlement",
    permit=EDIT,
    status=204,
    errors=(ImprovementTaskNotFound, ImprovementTaskStateConflict),
)
def settle_task(task_id: str, body: SettleTask, work: Work) -> None:
    """Settle an improvement task with what came of it. · 完结改进任务"""
    surveys.settle(task_id, body.outcome, body.note, work)
