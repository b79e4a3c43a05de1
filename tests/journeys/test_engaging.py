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
from simulator.letters.ses import SET
from tests.support.runner import Runner

from .shop import Shop, eventually
from .staff import sign_in

PATIENCE = 400  # of two rounds of the rule on a busy machine
OFTEN = "rate(1 minute)"  # instead of each five; in a shop on this machine a minute lasts a second
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


class Engine:
    """The engine under the shop, for what nobody can wait for: a month, and five minutes."""

    def __init__(self, place: dict[str, str]) -> None:
        self.place = place

    def client(self, service: str) -> Any:
        return botocore.session.get_session().create_client(
            service,
            endpoint_url=self.place["AWS_ENDPOINT_URL"],
            region_name=self.place["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.place["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.place["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture
def engine(running: Runner | None) -> Engine:
    """Its rule for who is due comes each minute, where it is the engine's own."""
    if running is not None:
        return Engine(json.loads((running.state / "running.json").read_text())["environment"])
    found = Engine(json.loads(os.environ["JISHI_PLACE"]))
    events = found.client("events")
    (rule,) = [one for one in events.list_rules(Limit=100)["Rules"] if "CampaignsPlan" in one["Name"]]
    events.put_rule(Name=rule["Name"], ScheduleExpression=OFTEN, State="ENABLED")
    return found


def put_to_sleep(person: str, engine: Engine) -> None:
    """They came last a month ago, and are looked at in a moment: the two rows are as a month would leave them."""
    client, place = engine.client("dynamodb"), engine.place
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


def test_who_slept_for_a_month_is_given_a_pack_once_and_told_of_it(shop: Shop, logins: dict[str, str], engine: Engine):
    operator, sleeper = sign_in(shop, logins["operator"]), shop.customer()
    (*_, coupon) = [one["template_id"] for one in sleeper.want("GET", "/v1/coupons/available")["items"]]
    step = {"message": {"template": "order_unpaid", "purpose": "service"}, "gift": [coupon]}  # also at night
    with running_journey(operator, {**RETURN, "steps": [step]}) as name:
        mine = lambda: [one for one in sleeper.want("GET", "/v1/me/coupons")["items"] if one["template_id"] == coupon]
        assert mine() == []
        put_to_sleep(sleeper.want("GET", "/v1/me")["user_id"], engine)
        counts = lambda: operator.want("GET", f"/v1/admin/journeys/{name}/report")["counts"]
        told = eventually(counts, lambda now: now.get("done", 0) >= 1, PATIENCE)  # one round to enter, the next to walk
        assert (told["entered"], told["sent"], told["treated"], told["done"]) == (1, 1, 1, 1)
        assert [one["state"] for one in mine()] == ["usable"]
        assert shop.texts_to(sleeper.phone).count("【集市】您有一笔订单尚未支付，即将自动取消。") == 1


@pytest.mark.usefixtures("engine")
def test_who_is_due_is_met_once(shop: Shop, logins: dict[str, str]):
    operator = sign_in(shop, logins["operator"])
    with running_journey(operator, PLAN) as name:
        buyer = shop.customer()
        buyer.buy((shop.articles(1)[0][0], 1))
        counts = lambda: operator.want("GET", f"/v1/admin/journeys/{name}/report")["counts"]
        told = eventually(counts, lambda now: now.get("done", 0) >= 1, PATIENCE)
        assert (told["entered"], told["sent"], told["done"]) == (1, 1, 1)


def bounced(address: str) -> dict[str, Any]:
    """What SES tells on the account's own bus when a letter bounced."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Email Bounced",
        "source": "aws.ses",
        "account": "000000000000",
        "time": "2026-06-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "eventType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address}]},
            "mail": {"messageId": uuid.uuid4().hex, "tags": {"ses:configuration-set": [SET]}},
        },
    }


def test_a_letter_that_bounced_is_heard_of_by_the_rule_for_ses(shop: Shop, logins: dict[str, str], engine: Engine):
    """Nobody but SES may tell in its name: that the rule takes the event is asked, and its target is handed it."""
    operator, events, queues = sign_in(shop, logins["operator"]), engine.client("events"), engine.client("sqs")
    latest = lambda: operator.want("GET", "/v1/admin/suppressions?limit=1")["items"]
    before, event = latest(), bounced(f"{uuid.uuid4().hex}@example.com")
    (rule,) = [one for one in events.list_rules(Limit=100)["Rules"] if "HeardRule" in one["Name"]]
    takes = lambda told: events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(told))["Result"]
    assert (takes(event), takes({**event, "source": "aws.ses2"})) == (True, False)
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    queue = queues.get_queue_url(QueueName=target["Arn"].rpartition(":")[2])["QueueUrl"]
    queues.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    told = eventually(latest, lambda now: now != before, PATIENCE)[0]
    assert (told["kind"], told["why"]) == ("email", "bounce")
