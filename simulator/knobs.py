"""The fault knobs in a browser: what strikes now, and a button for each thing that can go wrong.

A form carries `knob`, `provider` (empty for all) and `value`: how often, "all", or the knob's own measure; empty is once.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any
from urllib.parse import urlencode

from . import control, pages
from .faults import KNOBS, MEASURES, WORDS
from .keys import SIGNING
from .pages import Tongue, button, form
from .till import Till
from .wire import Reply, Request, as_page, go_to

PROVIDERS = ("wechat", "alipay", "unionpay")


def respond(till: Till, request: Request) -> Reply:
    say = pages.tongue(request.query.get("lang", ""), request.headers.get("accept-language", ""))
    if request.method != "POST":
        return as_page(_page(till, say, request.query.get("said", "")))
    if control.foreign(till, request):
        return as_page(pages.page(say, say("knobs"), ""), 403)
    return go_to(f"/knobs?{urlencode({'said': _turn(till, request.form), 'lang': say.lang})}")


def _turn(till: Till, asked: dict[str, str]) -> str:
    if asked.get("action") == "clear":
        till.faults.clear()
        return "cleared"
    if asked.get("action") == "rotate" and asked.get("provider") in SIGNING:
        control.rotate(till, {"provider": asked["provider"]})
        return "rotated"
    knob, provider = asked.get("knob", ""), asked.get("provider") or None
    if knob not in KNOBS or provider not in (None, *PROVIDERS):
        return "misset"
    try:
        till.faults.add(provider, **{knob: _value(knob, asked.get("value", "").strip())})
    except ValueError:
        return "misset"
    return "turned"


def _value(knob: str, text: str) -> Any:
    if knob in WORDS:
        return text
    if text.isascii() and text.isdigit():
        return int(text[:9])
    return text or 1


def _page(till: Till, say: Tongue, said: str) -> str:
    body = ""
    if f"said_{said}" in pages.WORDS:
        body = f'<p class="said{" good" if said != "misset" else ""}" role="status">{say("said_" + said)}</p>'
    body += f'<section class="card"><h2>{say("striking")}</h2>{_striking(till, say)}</section>'
    choices = f'<option value="">{say("all")}</option>' + "".join(
        f'<option value="{name}">{say(name)}</option>' for name in PROVIDERS
    )
    for knob, words in KNOBS.items():
        hint = say("measure" if knob in MEASURES else "often")
        fields = (
            f'<div class="three"><select name="provider" aria-label="{say("provider")}">{choices}</select>'
            f'<input name="value" placeholder="{hint}" aria-label="{hint}">'
            f"{button(say('turn'), 'turn')}</div>"
        )
        told = f"<h2>{knob}</h2><p>{escape(words[say.lang == 'en'])}</p>"
        body += f'<section class="card">{told}{form(f"/knobs?lang={say.lang}", fields, {"knob": knob})}</section>'
    names = "".join(f'<option value="{name}">{say(name)}</option>' for name in SIGNING)
    fields = f'<div class="three"><select name="provider" aria-label="{say("provider")}">{names}</select>'
    fields += f"{button(say('rotate'), 'rotate')}</div>"
    told = f"<h2>{say('certificate')}</h2><p>{say('rotating')}</p>"
    body += f'<section class="card">{told}{form(f"/knobs?lang={say.lang}", fields)}</section>'
    return pages.page(say, say("knobs"), body, switch=f"/knobs?lang={say.other}")


def _striking(till: Till, say: Tongue) -> str:
    rules = [rule for rule in till.faults.as_list() if rule["left"] != 0]
    if not rules:
        return f'<p class="note">{say("none")}</p>'
    items = "".join(f"<li><pre>{escape(_told(rule))}</pre></li>" for rule in rules)
    return f"<ul>{items}</ul>{form(f'/knobs?lang={say.lang}', button(say('clear'), 'clear'))}"


def _told(rule: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in rule.items() if value is not None}, ensure_ascii=False)
