"""The hand behind the curtain: `/_sim/...` turns knobs, pays as the payer would, moves the clock, shows the book.

GET /_sim/book, /_sim/faults; POST /_sim/faults, /_sim/pay, /_sim/renotify, /_sim/clock, /_sim/mode, /_sim/rotate;
DELETE /_sim/faults. Bodies and answers are JSON.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from . import wallet
from .book import Notice, Payment
from .faults import KNOBS
from .keys import SIGNING, alipay_sn
from .notifier import Notifier
from .till import Refused, Till
from .wire import Reply, Request, as_json, rfc3339

MODES = {"wechat": ("public_key", "certificate"), "alipay": ("key", "cert")}


def respond(till: Till, notifier: Notifier, request: Request) -> Reply:
    if foreign(till, request):
        return as_json({"error": "another site may not turn these knobs"}, 403)
    what = (request.method, request.path.removeprefix("/_sim").strip("/"))
    asked = request.json() if request.method == "POST" else {}
    if asked is None:
        return as_json({"error": "the body is not a JSON object"}, 400)
    try:
        match what:
            case "GET", "book":
                return as_json(till.book.as_dict() | {"now": rfc3339(till.clock.now())})
            case "GET", "faults":
                return as_json({"rules": till.faults.as_list(), "knobs": {knob: en for knob, (_, en) in KNOBS.items()}})
            case "POST", "faults":
                till.faults.add(**asked)
                return as_json({"rules": till.faults.as_list()})
            case "DELETE", "faults":
                till.faults.clear()
                return as_json({"rules": []})
            case "POST", "pay":
                return as_json(asdict(pay(till, asked)))
            case "POST", "renotify":
                return as_json({"sent": renotify(till, asked)})
            case "POST", "clock":
                return as_json({"now": advance(till, asked.get("advance"))})
            case "POST", "rotate":
                return as_json(rotate(till, asked))
            case "POST", "mode":
                return as_json(switch(till, asked))
    except Refused as refused:
        return as_json({"error": refused.code}, 409)
    except (ValueError, TypeError) as error:
        return as_json({"error": str(error)}, 422)
    return as_json({"error": "not found"}, 404)


def foreign(till: Till, request: Request) -> bool:
    """Whether a page of another site asks."""
    return request.headers.get("origin") not in (None, till.url, till.url.replace("127.0.0.1", "localhost"))


def pay(till: Till, asked: dict[str, Any]) -> Payment:
    """Pay as the payer's wallet would: {provider, number} or what the client was handed; `times`, `late`, `fail`."""
    payment = wallet.find(till, asked)
    if asked.get("fail"):
        return till.fail(payment)
    times = asked.get("times", 1)
    if not isinstance(times, int) or not 1 <= times <= 100:
        raise ValueError("times is a whole number from 1 to 100")
    return till.pay(payment, times=times, late=bool(asked.get("late")))


def renotify(till: Till, asked: dict[str, Any]) -> int:
    """Send the notices of a number (or of everything) once more, unchanged; returns how many."""
    equal = {name: asked[name] for name in ("provider", "number", "refund_no", "id") if name in asked}
    with till.book as book:
        found = [notice for notice in book.find(Notice, **equal) if notice.state != "sending"]
        for notice in found:
            book.put(replace(notice, state="waiting", next_at=till.clock.now()))
    till.wake.set()
    return len(found)


def advance(till: Till, seconds: Any) -> str:
    """Move business time on (signatures keep wall time); returns the new time."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 10 * 366 * 86400:
        raise ValueError("advance takes seconds, forwards only")
    till.clock.offset += seconds
    till.book.remember("offset", str(till.clock.offset))
    till.wake.set()
    return rfc3339(till.clock.now())


def rotate(till: Till, asked: dict[str, Any]) -> dict[str, str]:
    """Give WeChat or Alipay another certificate: {provider}; `after` seconds until it signs, `days` that it lives."""
    provider, after, days = asked.get("provider", ""), asked.get("after", 0), asked.get("days", 1825)
    if provider not in SIGNING or not _within(after, 10**8) or not _within(days, 7300):
        raise ValueError(f"rotate takes a provider of {sorted(SIGNING)}, seconds and days")
    name = till.keys.rotate(provider, till.clock.wall(), after, days)
    told = till.keys.hex_serial(name) if provider == "wechat" else alipay_sn(till.keys.cert(name))
    return {"provider": provider, "serial": told}


def _within(number: Any, most: int) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= most


def switch(till: Till, asked: dict[str, Any]) -> dict[str, str]:
    for name, mode in asked.items():
        if mode not in MODES.get(name, ()):
            raise ValueError(f"modes are {MODES}")
        till.modes[name] = mode
    return dict(till.modes)
