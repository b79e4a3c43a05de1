"""The shop's own people at files of sources: sent, followed, and decided about where too much would go at once."""

from chalice.app import Blueprint

from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from ..feeds.rules import SourceNotFound
from . import service
from .rules import REFUSALS, FileGone, FileNotFound, FileNotReadYet, FileStateConflict
from .shapes import (
    AskFindings,
    DecideFile,
    FileFindings,
    FileView,
    NewFile,
    OpenedFileView,
    file_view,
    findings_view,
    opened_view,
)

bp = Blueprint(__name__)
READ, EDIT = "inventory:read", "inventory:edit"
ONE = "/v1/admin/stock-files/{file_id}"


@endpoint(
    bp,
    "POST",
    "/v1/admin/stock-files",
    permit=EDIT,
    step_up=True,
    key="required",
    status=201,
    errors=(SourceNotFound,),
)
def open_file(body: NewFile, work: Work) -> OpenedFileView:
    """Open an upload of a stock file. · 申请上传库存文件

    CSV or JSON lines of at most 100,000 rows.
    """
    return opened_view(service.open_file(body.source, body.terms(work.now), body.size, work))


@endpoint(
    bp,
    "POST",
    f"{ONE}/arrival",
    permit=EDIT,
    step_up=True,
    key="optional",
    status=202,
    errors=(FileNotFound, FileStateConflict),
)
def file_arrived(file_id: str, work: Work) -> None:
    """Say that a stock file was uploaded. · 通知库存文件已上传

    It is read, compared with what lies there, and taken; or it is parked where too much would go at once.
    """
    service.arrive(file_id, work)


@endpoint(bp, "GET", "/v1/admin/stock-files", permit=READ)
def list_files(query: Paging, caller: Caller) -> Page[FileView]:
    """List stock files, newest first. · 库存文件列表"""
    rows, more = service.listed(query.limit, query.cursor)
    return Page[FileView](items=[file_view(row, caller.language) for row in rows], next=more)


@endpoint(bp, "GET", ONE, permit=READ, errors=(FileNotFound,))
def show_file(file_id: str, caller: Caller) -> FileView:
    """Read how far a stock file is. · 库存文件进度"""
    return file_view(service.find(file_id), caller.language)


@endpoint(
    bp, "GET", f"{ONE}/findings", permit=READ, errors=(FileNotFound, FileNotReadYet, FileGone, *REFUSALS.values())
)
def list_findings(file_id: str, query: AskFindings, caller: Caller) -> FileFindings:
    """List what is wrong in a stock file and where it differs. · 库存文件的错误与差异

    Of a file that was refused it says why. A line is the file's own.
    """
    errors, drift = service.findings(service.find(file_id), query.part)
    return findings_view(errors, drift, caller.language)


@endpoint(
    bp,
    "POST",
    f"{ONE}/decision",
    permit=EDIT,
    step_up=True,
    key="required",
    status=202,
    errors=(FileNotFound, FileStateConflict, FileGone),
)
def decide(file_id: str, body: DecideFile, work: Work) -> None:
    """Release or drop a stock file that waits for a person. · 放行或放弃待确认的库存文件"""
    service.decide(file_id, body.action, body.reason, work)
