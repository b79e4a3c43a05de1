"""The payer's side in a browser: one page per payment, and a list of what is open.

Pay takes the money once; twice takes it once and tells it under two notice ids; fail and leave keep it open; late pays
although the payment is closed. Afterwards the payer is led back as the provider does it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

from . import control, pages
from .alipay import Alipay
from .book import CLOSED, OPEN, PAID, Notice, Payment
from .pages import Tongue, button, facts, form
from .till import Refused, Till
from .wire import Reply, Request, as_page, go_to, shanghai, yuan

BACK_AFTER = 1500  # milliseconds until the payer is taken back


def respond(till: Till, request: Request) -> Reply:
    say = pages.tongue(request.query.get("lang", ""), request.headers.get("accept-language", ""))
    if request.path == "/":
        return as_page(_list(till, say))
    _, _, provider, token, *_ = [*request.path.split("/"), "", ""]
    picture = token.endswith(".svg")
    found = till.book.find(Payment, provider=provider, token=token.removesuffix(".svg"))
    if not found:
        gone = f'<div class="card sum"><p>{say("missing")}</p></div>'
        return as_page(pages.page(say, say("title"), gone, switch=f"?lang={say.other}"), 404)
    payment = _seen(till, found[0], request)
    if picture:
        return Reply(200, pages.code(till.cashier(payment)).encode(), "image/svg+xml")
    if request.method == "POST":
        said = act(till, payment, request.form.get("action", ""))
        return go_to(f"{request.path}?{urlencode({'said': said, 'lang': say.lang})}")
    return as_page(_page(till, payment, say, request.query.get("said", "")))


def act(till: Till, payment: Payment, action: str) -> str:
    """Do what a button says; returns the word for what came of it."""
    try:
        if action in ("pay", "twice", "late"):
            till.pay(payment, times=2 if action == "twice" else 1, late=action == "late")
            if action == "twice":
                return "twice"  # without going back at once: there is something to read
            return "done" if payment.return_url else "paid"
        if action == "fail":
            till.fail(payment)
            return "fail"
        if action == "renotify":
            control.renotify(till, {"provider": payment.provider, "number": payment.number})
            return "again"
    except Refused:
        return "refused"
    return "left" if action == "leave" else "refused"


def _seen(till: Till, payment: Payment, request: Request) -> Payment:
    """Note that the payer has opened it, and where an H5 payer wants to go afterwards."""
    provider = till.providers[payment.provider]
    if isinstance(provider, Alipay):
        return provider.opened(payment)
    back = request.query.get("redirect_url", "")
    if payment.kind == "h5" and back != payment.return_url and urlsplit(back).scheme in ("http", "https"):
        return till.book.change(payment, lambda it: replace(it, return_url=back))
    return payment


def _state(till: Till, payment: Payment) -> str:
    overdue = payment.expires is not None and payment.expires <= till.clock.now()
    return "expired" if payment.state == OPEN and overdue else payment.state


def _page(till: Till, payment: Payment, say: Tongue, said: str) -> str:
    state = _state(till, payment)
    here = f"/cashier/{payment.provider}/{payment.token}?lang={say.lang}"
    back = till.book.refunded(payment)
    rows = [
        (say("goods"), escape(payment.subject)),
        (say("number"), escape(payment.number)),
        (say("kind"), f"{say(payment.provider)} · {escape(payment.kind)}"),
        (say("until"), shanghai(payment.expires) if payment.expires and state == OPEN else ""),
        (say("trade_no"), payment.trade_no if state == PAID else ""),
        (say("back"), f"¥{yuan(back)}" if back else ""),
    ]
    body = ""
    if f"said_{said}" in pages.WORDS:
        look = "said good" if said in ("done", "paid", "twice", "again") else "said"
        body = f'<p class="{look}" role="status">{say("said_" + said)}</p>'
    body += (
        f'<section class="card"><div class="sum"><p>{say("shop_name")}</p>'
        f"<strong><small>¥</small>{yuan(payment.amount)}</strong>"
        f'<span class="state {state}">{say(state)}</span></div>{facts(rows)}</section>'
    )
    body += _buttons(payment, state, say, here)
    way = till.providers[payment.provider].way_back(payment) if payment.state == PAID else None
    if way is not None:
        method, target, fields = way
        inside = f'<button class="main">{say("do_return")}</button>'
        if fields:
            body += form(target, inside, dict(fields), method=method.lower(), name="back")
        else:
            body += f'<a class="button main" id="back" href="{escape(target)}">{say("do_return")}</a>'
    if state == OPEN and payment.kind in ("native", "qr"):
        image = pages.code(till.cashier(payment))
        body += f'<section class="card qr">{image}<p>{say("scan")}</p></section>'
    body += _notices(till, payment, say, here)
    tail = ""
    if said == "done" and way is not None:
        go = f"setTimeout(()=>{{const b=document.getElementById('back');b.submit?b.submit():b.click()}},{BACK_AFTER})"
        tail = f"<script>{go}</script>"
    switch = f"?lang={say.other}"
    return pages.page(say, say(payment.provider), body, brand=payment.provider, switch=switch, tail=tail)


def _buttons(payment: Payment, state: str, say: Tongue, here: str) -> str:
    if state == OPEN:
        pay = button(f"{say('do_pay')} ¥{yuan(payment.amount)}", "pay", main=True)
        twice, fail = button(say("do_twice"), "twice"), button(say("do_fail"), "fail")
        return form(here, f'{pay}<div class="two">{twice}{fail}</div>{button(say("do_leave"), "leave")}')
    if state in (CLOSED, "expired"):
        return form(here, button(say("do_late"), "late"))
    return ""


def _notices(till: Till, payment: Payment, say: Tongue, here: str) -> str:
    found = till.book.find(Notice, provider=payment.provider, number=payment.number)
    if not found:
        return ""
    lines = "".join(
        f"<li><p><b>{say('refund' if notice.refund_no else 'payment')}</b> · {say(notice.state)}</p>"
        f"<pre>{escape(notice.url)}\n{_replies(notice, say)}</pre></li>"
        for notice in found
    )
    again = form(here, button(say("do_renotify"), "renotify"))
    return f'<details class="card"><summary>{say("notices")}</summary><ul>{lines}</ul>{again}</details>'


def _replies(notice: Notice, say: Tongue) -> str:
    return "\n".join(_reply(reply, say) for reply in notice.replies) or say("none_sent")


def _reply(reply: dict[str, Any], say: Tongue) -> str:
    what = say("lost") if reply.get("lost") else escape(str(reply.get("status") or reply.get("failed", "")))
    bent = escape(json.dumps(reply["twists"])) if "twists" in reply else ""
    return f"{shanghai(reply['at'], '%H:%M:%S')}  {what} {escape(str(reply.get('body', ''))[:80])} {bent}".rstrip()


def _list(till: Till, say: Tongue) -> str:
    newest = till.book.newest(Payment, 200)
    waiting = [payment for payment in newest if payment.state == OPEN]
    finished = [payment for payment in newest if payment.state != OPEN][:20]
    body = "".join(
        f'<section class="card"><h2>{title}</h2>{_items(till, rows, say)}</section>'
        for title, rows in ((say("list_open"), waiting), (say("list_done"), finished))
    )
    body += f'<a class="button" href="/knobs?lang={say.lang}">{say("knobs")}</a>'
    return pages.page(say, say("title"), body, switch=f"/?lang={say.other}")


def _items(till: Till, rows: list[Payment], say: Tongue) -> str:
    if not rows:
        return f'<p class="note">{say("none")}</p>'
    items = "".join(
        f'<li class="{row.provider}"><a href="/cashier/{row.provider}/{row.token}?lang={say.lang}"><i></i>'
        f"<span>{escape(row.subject) or say(row.provider)}<em><u>{say(row.provider)}</u><u>{say(_state(till, row))}</u>"
        f"{escape(row.number)}</em></span><b>¥{yuan(row.amount)}</b></a></li>"
        for row in rows
    )
    return f"<ul>{items}</ul>"
