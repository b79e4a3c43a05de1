"""A journey from the rule of EventBridge through the queues to its effect, on the shop as it is packaged."""

from __future__ import annotations

import time
import uuid

from .shop import Shop, eventually
from .staff import sign_in

PATIENCE = 400  # the rule comes each five minutes; in a shop on this machine a minute lasts a second
REMEMBERED = 6  # seconds until every function knows that a journey runs
PLAN = {
    "title": {"zh": "测试", "en": "Trial"},
    "serves": "active",
    "trigger": "order.placed",
    "holdout": False,
    "steps": [{"message": {"template": "order_unpaid", "purpose": "service"}}],
}


def test_who_is_due_is_met_once(shop: Shop, logins: dict[str, str]):
    operator, name = sign_in(shop, logins["operator"]), f"trial_{uuid.uuid4().hex[:8]}"
    operator.want("POST", "/v1/admin/journeys", {"name": name, "plan": PLAN}, status=201)
    operator.want("PUT", f"/v1/admin/journeys/{name}/status", {"action": "start"}, status=204)
    time.sleep(REMEMBERED)
    buyer = shop.customer()
    buyer.buy((shop.articles(1)[0][0], 1))
    counts = lambda: operator.want("GET", f"/v1/admin/journeys/{name}/report")["counts"]
    told = eventually(counts, lambda now: now.get("done", 0) >= 1, PATIENCE)
    assert (told["entered"], told["sent"], told["done"]) == (1, 1, 1)
    operator.want("PUT", f"/v1/admin/journeys/{name}/status", {"action": "end"}, status=204)
