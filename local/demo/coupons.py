"""The demonstration shop's coupons: two to claim, a pack for newcomers, and one behind a code that many may redeem."""

from typing import Any

from chalicelib.processes.merchandising.coupons import service as shelve
from chalicelib.processes.merchandising.coupons.shapes import CouponTemplateBody
from chalicelib.records.coupons.rules import CouponTemplateNotFound
from chalicelib.records.coupons.service import codes, templates
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work

from . import stock

CODE, TIMES = "JISHI-2026", 1_000
ALL = {"all": True}


def offer(zh: str, en: str, kind: str, terms: dict[str, int], lane: str = "coupon") -> dict[str, Any]:
    return {"name": {"zh": zh, "en": en}, "lane": lane, "kind": kind, "terms": terms, "scope": ALL}


WANTED: dict[str, dict[str, Any]] = {  # slug -> what is sent to make it
    "ten-off-hundred": {
        "offer": offer("满100减10", "¥10 off ¥100", "amount", {"off_fen": 1000, "min_fen": 10000}),
        "use": {"days": 30}, "total": 10_000, "public": True,
    },
    "tenth-off": {
        "offer": offer("9折券，最高减50", "10% off, at most ¥50", "percent", {"pay_bp": 9000, "cap_fen": 5000}),
        "use": {"days": 7}, "total": 5_000, "per_person": 2, "per_day": 1, "public": True,
    },
    "newcomer-five": {
        "offer": offer("新人立减5元", "¥5 off for newcomers", "amount", {"off_fen": 500, "min_fen": 2000}),
        "use": {"days": 14}, "newcomer": True,
    },
    "newcomer-freight": {
        "offer": offer("新人包邮券", "Free delivery for newcomers", "freight_free", {}, "freight_coupon"),
        "use": {"days": 14}, "newcomer": True,
    },
    "by-code": {
        "offer": offer("社群专享减20", "¥20 off for the group", "amount", {"off_fen": 2000, "min_fen": 15000}),
        "use": {"days": 30}, "total": 1_000,
    },
}  # fmt: skip


def give_out() -> int:
    """Make what is missing, and open what nobody has touched since. Answers how many."""
    made = 0
    for slug, said in WANTED.items():
        template = stock.template_id(slug)
        if not _is_there(template):
            work = a_work()
            shelve.add(CouponTemplateBody.model_validate(said).kept(), work, template_id=template)
            work.commit()
        if (sheet := templates.find(template)).state == "draft" and sheet.revision == 1:
            work = a_work()
            templates.move(template, 1, "open", work)
            work.commit()
            if slug == "by-code":
                work = a_work()
                codes.share(template, CODE, TIMES, work)
                work.commit()
            made += 1
    return made


def _is_there(template: str) -> bool:
    try:
        templates.find(template)
    except CouponTemplateNotFound:
        return False
    return True


def a_work() -> Work:
    return Work(worker("demo"), "demo", seconds=30)
