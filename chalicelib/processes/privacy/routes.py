"""The way to one's own data."""

from chalice.app import Blueprint

from chalicelib.records.identity.access.rules import FreshCodeNeeded
from chalicelib.records.identity.accounts.rules import UserNotFound
from chalicelib.records.identity.self.rules import ExportNotFound
from chalicelib.records.identity.self.service import exports
from chalicelib.runtime.http import FIRST, endpoint
from chalicelib.runtime.limits import Limit, local, shared
from chalicelib.runtime.work import Work

from .service import taking
from .shapes import ExportLink, ExportView, export_link, export_view

bp = Blueprint(__name__)


@endpoint(
    bp,
    "POST",
    "/v1/me/data-exports",
    permit="me:read",
    key="none",
    status=202,
    limit=Limit("export", shared(5, per="day")),
    errors=(UserNotFound, FreshCodeNeeded),
)
def export_my_data(work: Work) -> ExportView:
    """Request an export of your personal data. · 申请导出个人数据

    Complete and machine-readable, to take along. While that is done, asking again is the same. By a fresh code
    (`/v1/auth/step-up`) where you have a contact.
    """
    return export_view(exports.ask(work))


@endpoint(
    bp,
    "GET",
    "/v1/me/data-exports/{export_id}",
    permit="me:read",
    session=FIRST,
    limit=Limit("export_link", local(60, per="minute")),
    errors=(UserNotFound, FreshCodeNeeded, ExportNotFound),
)
def my_data_export(export_id: str, work: Work) -> ExportLink:
    """Read an export's progress and link. · 查看导出进度与下载链接

    Once it is ready, a link for ten minutes, within a day. By a fresh code as well.
    """
    return export_link(*taking.take(export_id, work), work.now)
