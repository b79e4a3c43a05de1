"""The customers' doors to care after the sale."""

from chalice.app import Blueprint

from chalicelib.kernel.texts import are_digits
from chalicelib.records.care.rules import (
    CareCourseMoved,
    SurveyGivenAlready,
    SurveyLineNotFound,
    SurveyLinkInvalid,
    SurveyNotYet,
)
from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import PUBLIC, Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.limits import Limit, local, shared
from chalicelib.runtime.vault import VaultClosed
from chalicelib.runtime.work import Work

from . import shapes
from .service import accompanying, asking
from .shapes import AnswerSurvey, AskQuiet, CourseView, SurveyView

bp = Blueprint(__name__)
LINE = "/v1/orders/{order_id}/surveys/{line}"
LINK = "/v1/surveys/{token}"
ANSWERED = (OrderNotFound, SurveyLineNotFound, SurveyNotYet)


@endpoint(bp, "GET", "/v1/me/care", permit="me:read")
def list_care(query: Paging, caller: Caller) -> Page[CourseView]:
    """List what the shop accompanies one with after delivery. · 我的售后关怀"""
    found, more = asking.mine(caller.id, query.limit, query.cursor, world.now())
    return Page[CourseView](items=[shapes.course_view(one) for one in found], next=more)


@endpoint(
    bp, "PUT", "/v1/me/care/quiet", permit="me:edit", status=204, errors=(CareCourseMoved,), raced=(CareCourseMoved,)
)
def be_quiet(body: AskQuiet, work: Work) -> None:
    """Be left alone after purchases, or no more. · 关闭或开启售后关怀

    What was begun ends, and nothing is begun anew.
    """
    accompanying.quiet(work, wanted=body.quiet)


@endpoint(
    bp,
    "PUT",
    LINE,
    permit="me:edit",
    status=204,
    errors=(*ANSWERED, SurveyGivenAlready, VaultClosed),
    limit=Limit("survey", local(30, per="minute")),
)
def answer_survey(order_id: str, line: str, body: AnswerSurvey, work: Work) -> None:
    """Say how an order line pleased, once. · 填写回访问卷"""
    if not are_digits(line) or len(line) > 2:
        raise SurveyLineNotFound()
    asking.answer(work.caller.id, order_id, int(line), body.verdict(), work)


@endpoint(bp, "GET", LINK, permit=PUBLIC, errors=(SurveyLinkInvalid, *ANSWERED))
def read_survey(token: str) -> SurveyView:
    """Read what a survey's link asks about. · 查看问卷链接"""
    sku, answered = asking.shown(token, world.now())
    return shapes.survey_view(sku, answered=answered)


@endpoint(
    bp,
    "PUT",
    LINK,
    permit=PUBLIC,
    status=204,
    errors=(SurveyLinkInvalid, *ANSWERED, SurveyGivenAlready, VaultClosed),
    limit=Limit("survey_link", shared(60, per="hour", by="ip")),
)
def answer_by_link(token: str, body: AnswerSurvey, work: Work) -> None:
    """Answer a survey by its link, without signing in, once. · 通过链接填写问卷"""
    asking.by_link(token, body.verdict(), work)
