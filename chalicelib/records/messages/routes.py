"""A local shop's outbox, for people and programs. Everywhere else there is no such page."""

import html
import json

from chalice.app import Blueprint

from chalicelib.kernel.errors import ResourceNotFound
from chalicelib.runtime.http import PUBLIC, Raw, Request, endpoint

from .channels import outbox
from .channels.port import is_local

bp = Blueprint(__name__)

PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<title>Outbox · 发件箱</title><style>body{{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}}
td,th{{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}}</style>
<h1>Outbox · 发件箱</h1><table><tr><th>at</th><th>to</th><th>text</th></tr>{rows}</table></html>"""


@endpoint(bp, "GET", "/dev/outbox", permit=PUBLIC, errors=(ResourceNotFound,))
def outbox_page(request: Request) -> Raw:
    """Show what a local shop would have sent. · 查看本地商店的待发消息

    JSON, or a page for a browser.
    """
    if not is_local():
        raise ResourceNotFound()
    sent = outbox.latest()
    if "text/html" not in request.headers.get("accept", ""):
        told = [{"at": one.at, "kind": one.kind, "to": one.address, "text": one.text} for one in sent]
        return Raw(json.dumps(told, ensure_ascii=False), "application/json")
    rows = "".join(
        f"<tr><td>{html.escape(one.at)}</td><td>{html.escape(one.address)}</td><td>{html.escape(one.text)}</td></tr>"
        for one in sent
    )
    return Raw(PAGE.format(rows=rows), "text/html; charset=utf-8")
