"""Operators at the engine room. A face of its own: its rights grow with every worker."""

from chalice.app import Blueprint

from chalicelib.runtime.http import FIRST, endpoint
from chalicelib.runtime.work import Work

from ..service import queues, resend
from ..service.queues import QueueNotFound
from ..service.resend import ResendDear, ResendSpanWrong
from ..shapes import QueuesView, Redrive, Redriven, ResendFacts, queue_view

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/admin/queues", permit="queues:read")
def list_queues() -> QueuesView:
    """List queues with their depths. · 队列及积压情况

    How many messages wait, are in hand and are dead.
    """
    return QueuesView(queues=[queue_view(state) for state in queues.all_queues()])


@endpoint(
    bp,
    "POST",
    "/v1/admin/queues/{name}/redrive",
    permit="queues:redrive",
    session=FIRST,
    key="none",
    errors=(QueueNotFound,),
)
def redrive_queue(name: str, body: Redrive, work: Work) -> Redriven:
    """Redrive a queue's dead letters. · 重投死信

    Doing it twice is harmless.
    """
    moved, left = queues.redrive(name, body.most, work)
    return Redriven(moved=moved, left=left)


@endpoint(
    bp,
    "POST",
    "/v1/admin/facts/resend",
    permit="facts:resend",
    key="none",
    status=204,
    errors=(ResendSpanWrong, ResendDear),
)
def resend_facts(body: ResendFacts, work: Work) -> None:
    """Republish the events of a period. · 重新发布一段时间内的事件

    A worker does it; consumers know what they have seen. The whole journal is read for it; where that costs more than
    a little it is said first and wants `read_units`.
    """
    resend.ask(body.start, body.end, body.read_units, work)
