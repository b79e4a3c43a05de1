"""A journey from the rule of EventBridge through the queues to its effect, on the shop as it is packaged."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest

from chalicelib.records.identity.model import ACCOUNT
from chalicelib.records.touches.rules import Appointment
from tests.support.runner import Runner

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
SLEPT = timedelta(days=31)
RETURN = {
    "title": {"zh": "回归", "en": "Return"},
    "serves": "silent",
    "trigger": "silence",
    "when": {"silent_days": 30},
    "reentry": {"most": 2, "days": 180},
    "holdout": False,
    "stop": ["returned"],
}


@pytest.fixture
def tables(running: Runner | None) -> tuple[Any, dict[str, str]]:
    """A client of the shop's engine, and how its tables are named: nobody can wait for a month."""
    if running is None:
        place = json.loads(os.environ["JISHI_PLACE"])
    else:
        place = json.loads((running.state / "running.json").read_text())["environment"]
    client = botocore.session.get_session().create_client(
        "dynamodb",
        endpoint_url=place["AWS_ENDPOINT_URL"],
        region_name=place["AWS_DEFAULT_REGION"],
        aws_access_key_id=place["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=place["AWS_SECRET_ACCESS_KEY"],
    )
    return client, place


def put_to_sleep(person: str, tables: tuple[Any, dict[str, str]]) -> None:
    """They came last a month ago, and are looked at in a moment: the two rows are as a month would leave them."""
    client, place = tables
    seen = int((datetime.now(UTC) - SLEPT).timestamp())
    client.update_item(
        TableName=place["TABLE_PEOPLE"],
        Key={"k": {"S": person}, "r": {"S": ACCOUNT}},
        UpdateExpression="SET a = :seen",
        ExpressionAttributeValues={":seen": {"N": str(seen)}},
    )
    row = Appointment("silence", person, datetime.now(UTC) + timedelta(seconds=1))
    client.put_item(TableName=place["TABLE_TOUCHES"], Item={"k": {"S": row.slot}, "r": {"S": row.order}})


@contextmanager
def running_journey(operator: Any, plan: dict[str, Any]) -> Iterator[str]:
    name = f"trial_{uuid.uuid4().hex[:8]}"
    operator.want("POST", "/v1/admin/journeys", {"name": name, "plan": plan}, status=201)
    operator.want("PUT", f"/v1/admin/journeys/{name}/status", {"action": "start"}, status=204)
    time.sleep(REMEMBERED)
    yield name
    operator.want("PUT", f"/v1/admin/journeys/{name}/status", {"action": "end"}, status=204)


def test_who_slept_for_a_month_is_given_a_pack_once_and_told_of_it(
    shop: Shop, logins: dict[str, str], tables: tuple[Any, dict[str, str]]
):
    operator, sleeper = sign_in(shop, logins["operator"]), shop.customer()
    (*_, coupon) = [one["template_id"] for one in sleeper.want("GET", "/v1/coupons/available")["items"]]
    step = {"message": {"template": "order_unpaid", "purpose": "service"}, "gift": [coupon]}  # also at night
    with running_journey(operator, {**RETURN, "steps": [step]}) as name:
        mine = lambda: [one for one in sleeper.want("GET", "/v1/me/coupons")["items"] if one["template_id"] == coupon]
        assert mine() == []
        put_to_sleep(sleeper.want("GET", "/v1/me")["user_id"], tables)
        counts = lambda: operator.want("GET", f"/v1/admin/journeys/{name}/report")["counts"]
        told = eventually(
            counts, lambda now: now.get("done", 0) >= 1, 2 * PATIENCE
        )  # one rule to enter, the next to walk
        assert (told["entered"], told["sent"], told["treated"], told["done"]) == (1, 1, 1, 1)
        assert [one["state"] for one in mine()] == ["usable"]
        assert shop.texts_to(sleeper.phone).count("【集市】您有一笔订单尚未支付，即将自动取消。") == 1


def test_who_is_due_is_met_once(shop: Shop, logins: dict[str, str]):
    operator = sign_in(shop, logins["operator"])
    with running_journey(operator, PLAN) as name:
        buyer = shop.customer()
        buyer.buy((shop.articles(1)[0][0], 1))
        counts = lambda: operator.want("GET", f"/v1/admin/journeys/{name}/report")["counts"]
        told = eventually(counts, lambda now: now.get("done", 0) >= 1, PATIENCE)
        assert (told["entered"], told["sent"], told["done"]) == (1, 1, 1)
