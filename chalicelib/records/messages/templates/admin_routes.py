"""The shop's own people at the texts that it sends."""

from chalice.app import Blueprint

from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import service, shapes
from .rules import (
    MessageTemplateBlankInvalid,
    MessageTemplateBlanksDiffer,
    MessageTemplateLengthMissing,
    MessageTemplateNameTaken,
    MessageTemplateNotFound,
    MessageTemplateSenderMissing,
    MessageTemplateStale,
    MessageTemplateWayOutMissing,
)
from .shapes import (
    AddMessageTemplate,
    EditMessageTemplate,
    MessageTemplateRow,
    MessageTemplateSaved,
    MessageTemplateView,
    PublishMessageTemplate,
)

bp = Blueprint(__name__)
READ, EDIT = "messages:read", "messages:edit"
BASE = "/v1/admin/message-templates"
ONE = f"{BASE}/{{name}}"
CHECKED = (
    MessageTemplateBlankInvalid,
    MessageTemplateBlanksDiffer,
    MessageTemplateLengthMissing,
    MessageTemplateSenderMissing,
    MessageTemplateWayOutMissing,
)
MOVED = (MessageTemplateNotFound, MessageTemplateStale)


@endpoint(bp, "GET", BASE, permit=READ)
def list_templates(query: Paging) -> Page[MessageTemplateRow]:
    """List message templates by name. · 消息模板列表"""
    rows, more = service.listed(query.limit, query.cursor)
    return Page(items=[shapes.template_row(row) for row in rows], next=more)


@endpoint(bp, "POST", BASE, permit=EDIT, status=201, errors=(*CHECKED, MessageTemplateNameTaken))
def add_template(body: AddMessageTemplate, work: Work) -> MessageTemplateSaved:
    """Save a new message template. · 新建消息模板

    It says who it is from, and an offer how to get no more of them. Nothing of it is sent before it is published.
    """
    return MessageTemplateSaved(name=body.name, version=service.add(body.name, shapes.document(body), work))


@endpoint(bp, "GET", ONE, permit=READ, errors=(MessageTemplateNotFound,))
def show_template(name: str) -> MessageTemplateView:
    """Read a message template's latest version. · 消息模板详情

    With what it costs as a text message.
    """
    head = service.head(name)
    text = service.read(name, head.version)
    return shapes.template_view(head, text, service.cost(text, "zh"), service.cost(text, "en"))


@endpoint(bp, "PUT", ONE, permit=EDIT, errors=(*CHECKED, *MOVED))
def edit_template(name: str, body: EditMessageTemplate, work: Work) -> MessageTemplateSaved:
    """Save the next version of a message template. · 修改消息模板（生成新版本）"""
    return MessageTemplateSaved(name=name, version=service.edit(name, body.version, shapes.document(body), work))


@endpoint(bp, "PUT", f"{ONE}/publication", permit=EDIT, status=204, errors=MOVED)
def publish_template(name: str, body: PublishMessageTemplate, work: Work) -> None:
    """Send the latest version of a message template from now on. · 发布消息模板"""
    service.publish(name, body.version, work)
