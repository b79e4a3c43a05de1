"""The yard in a browser: every parcel and its way, and a button for each thing that can happen to it; the same by JSON.

GET /yard, POST /yard {number, action}; GET /_sim/parcels, POST /_sim/parcels {number, what} or {number, repeat: true}.
"""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlencode

from . import control, pages
from .carriers import BY_HAND, Carriers
from .pages import Tongue, button, form
from .till import Till
from .wire import Reply, Request, as_json, as_page, go_to

MOST = 50


def respond(till: Till, carriers: Carriers, request: Request) -> Reply:
    if request.method == "POST" and control.foreign(till, request):
        return as_json({"error": "another site may not move parcels"}, 403)
    if request.path == "/_sim/parcels":
        return _by_json(carriers, request)
    say = pages.tongue(request.query.get("lang", ""), request.headers.get("accept-language", ""))
    if request.method != "POST":
        return as_page(_page(carriers, say, request.query.get("said", "")))
    asked = request.form
    return go_to(f"/yard?{urlencode({'said': _act(carriers, asked), 'lang': say.lang})}")


def _by_json(carriers: Carriers, request: Request) -> Reply:
    if request.method != "POST":
        return as_json({"parcels": carriers.listed()})
    asked = request.json() or {}
    try:
        if asked.get("repeat"):
            return as_json({"sent": carriers.repeat(str(asked.get("number", "")))})
        return as_json(carriers.move(str(asked.get("number", "")), str(asked.get("what", "next"))))
    except (ValueError, KeyError):
        return as_json({"error": "no such parcel, or no such step"}, 422)


def _act(carriers: Carriers, asked: dict[str, str]) -> str:
    number, action = asked.get("number", ""), asked.get("action", "")
    try:
        if action == "repeat":
            carriers.repeat(number)
        else:
            carriers.move(number, action)
    except (ValueError, KeyError):
        return "refused"
    return "moved"


def _page(carriers: Carriers, say: Tongue, said: str) -> str:
    body = ""
    if said in ("moved", "refused"):
        body = f'<p class="said{" good" if said == "moved" else ""}" role="status">{say("said_" + said)}</p>'
    parcels = carriers.listed()[:MOST]
    body += "".join(_parcel(one, say) for one in parcels) or f'<p class="note">{say("none")}</p>'
    return pages.page(say, say("yard"), body, switch=f"/yard?lang={say.other}")


def _parcel(one: dict[str, Any], say: Tongue) -> str:
    lines = "".join(f"<li><pre>{escape(each['at'])} {escape(each['words'])}</pre></li>" for each in one["traces"])
    actions = ("next", *BY_HAND, "repeat")
    buttons = "".join(button(say(f"do_{action}"), action, main=action == "next") for action in actions)
    acts = form(f"/yard?lang={say.lang}", f'<div class="two">{buttons}</div>', {"number": one["number"]})
    told = f"<h2>{say('carrier_' + one['carrier'])} {escape(one['waybill'])}</h2><p>{escape(one['number'])}</p>"
    return (
        f'<section class="card">{told}<ul>{lines}</ul>{acts if one["state"] == "booked" else say("closed")}</section>'
    )
