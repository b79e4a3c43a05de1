"""The pages of those who run the shop and build on it: documents, console, and a local shop's outbox."""

import json

from chalice.app import Blueprint

from chalicelib.kernel.errors import ResourceNotFound
from chalicelib.records.messages import service as messages
from chalicelib.runtime.http import PUBLIC, Raw, Request, endpoint

from .assemble import HTML, page
from .shapes import VocabularyView, vocabulary_view

bp = Blueprint(__name__)
KEPT = "public, max-age=300"


@endpoint(bp, "GET", "/", permit=PUBLIC, status=303, media=("text/plain",))
def front() -> Raw:
    """Redirect to the API documentation. · 跳转到接口文档"""
    return Raw("docs\n", status=303, headers={"Location": "docs"})  # relative: a stage's address ends with its name


@endpoint(bp, "GET", "/docs", permit=PUBLIC, media=(HTML,))
def docs() -> Raw:
    """Show the API documentation, where every route can be tried. · 接口文档页面，可在线调试"""
    return page("docs", KEPT)


@endpoint(bp, "GET", "/docs/errors", permit=PUBLIC, media=(HTML,))
def errors() -> Raw:
    """Show the error catalogue. · 错误码目录

    A problem's `type` points here.
    """
    return page("docs", KEPT)


@endpoint(bp, "GET", "/console", permit=PUBLIC, media=(HTML,))
def console() -> Raw:
    """Show the operators' page. · 运营后台页面

    Who signs in on it sees what their role may.
    """
    return page("console")


@endpoint(bp, "GET", "/dev/outbox", permit=PUBLIC, errors=(ResourceNotFound,))
def outbox(request: Request) -> Raw:
    """Show what a local shop would have sent. · 查看本地商店的待发消息

    JSON, or a page for a browser.
    """
    sent = messages.unsent()
    if "text/html" in request.headers.get("accept", ""):
        return page("outbox")
    told = [{"at": one.at, "kind": one.kind, "to": one.address, "text": one.text} for one in sent]
    return Raw(json.dumps(told, ensure_ascii=False), "application/json")


@endpoint(bp, "GET", "/v1/admin/vocabulary", permit="shop:watch")
def read_vocabulary() -> VocabularyView:
    """Get the words for states and reasons. · 获取状态与原因的中英文用语"""
    return vocabulary_view()
