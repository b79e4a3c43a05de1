"""Every call that the journeys made is granted to the function that made it: the engine enforces no rights, AWS does."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest

from chalicelib.runtime.http.face import FACES
from local import recorder
from tests.support import rights
from tests.support.runner import Runner

from .shop import Shop, eventually
from .staff import sign_in

CASE = "X-a-number-that-is-known-by-now"


def test_every_call_seen_on_the_journeys_is_granted(shop: Shop, running: Runner | None, logins: dict[str, str]):
    if running is None:
        pytest.skip("functions on the engine are in processes of their own; their calls are not seen here")
    buyer = shop.customer()
    order = buyer.buy((shop.articles(1)[0][0], 1))
    payment = buyer.start(order)
    assert shop.pay(payment).status == 200
    buyer.wait_for(order, "paid")
    admin = sign_in(shop, logins["admin"])
    queues = admin.want("GET", "/v1/admin/queues")[
        "queues"
    ]  # faces that no customer asks: operations and merchandising
    assert admin.want("GET", "/v1/admin/offers?state=published")["items"]
    operator = sign_in(shop, logins["operator"])
    assert operator.want("GET", "/v1/admin/journey-plans")["items"]
    assert operator.want("GET", "/v1/admin/locations")["locations"]
    assert operator.want("GET", "/v1/admin/figures")
    assert "paying" in {queue["name"] for queue in queues}

    told = json.loads((running.state / "running.json").read_text())
    a_day_passes_over_a_notice(told, payment["id"])
    names = {place: name for name, place in told["resources"].items()}
    calls = recorder.read(running.state.parent / "calls.jsonl")
    assert {call.function for call in calls} >= {
        *(face.function for face in FACES.values()),
        "relay",
        "sweep",
        "paying_worker",
    }
    missing = [call for call in sorted(calls) if not rights.granted(call, names.get(call.target, call.target))]
    assert missing == []


def a_day_passes_over_a_notice(told: dict[str, Any], payment: str) -> None:
    """A notice came for a number that nobody knew; a day later the number is known, and the case is closed."""
    settings, session = told["environment"], botocore.session.get_session()
    session.set_credentials(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"])
    place = {"endpoint_url": settings["AWS_ENDPOINT_URL"], "region_name": settings["AWS_DEFAULT_REGION"]}
    table, database = settings["TABLE_PAYMENT_EXCEPTIONS"], session.create_client("dynamodb", **place)
    case = {
        "i": {"S": CASE},
        "s": {"S": "open"},
        "t": {"N": "1"},
        "v": {"S": "wechat"},
        "p": {"S": payment},
        "k": {"S": "unknown"},
    }
    database.put_item(TableName=table, Item=case)
    fact = {"case_id": CASE, "payment_id": payment}
    detail = json.dumps({"id": f"{CASE}.0", "at": 1, "actor": "worker", "version": 1, "data": fact})
    entry = {"Source": "jishi.payments", "DetailType": "payment.unclaimed", "Detail": detail}
    session.create_client("events", **place).put_events(Entries=[{**entry, "EventBusName": settings["EVENT_BUS"]}])
    state = lambda: database.get_item(TableName=table, Key={"i": {"S": CASE}})["Item"]["s"]["S"]
    eventually(state, lambda now: now == "resolved")
