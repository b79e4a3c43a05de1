"""A customer takes their data along: asks, waits for the worker, and downloads what the link leads to."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile

from .shop import Shop, eventually


def test_a_customer_downloads_all_that_is_held_of_them(shop: Shop):
    buyer = shop.customer()
    gifts = eventually(lambda: buyer.want("GET", "/v1/me/coupons")["items"], bool)  # the pack for newcomers
    order = buyer.buy((shop.articles(1)[0][0], 1))
    step_up = {"phone": buyer.phone, "purpose": "step_up"}
    eventually(lambda: buyer.call("POST", "/v1/auth/codes", step_up).status, lambda status: status == 202, 70)
    proof = {"phone": buyer.phone, "code": shop.code_sent_to(buyer.phone)}
    buyer.token = buyer.want("POST", "/v1/auth/step-up", proof)["access_token"]
    asked = buyer.want("POST", "/v1/me/data-exports", status=202)
    door = f"/v1/me/data-exports/{asked['export_id']}"
    told = eventually(lambda: buyer.want("GET", door), lambda now: now["state"] == "ready")
    with urllib.request.urlopen(told["link"], timeout=60) as answer:  # noqa: S310  # loopback
        assert answer.headers["Content-Disposition"] == 'attachment; filename="jishi-data.zip"'
        content = answer.read()
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sections = (
            "care",
            "carts",
            "coupons",
            "groups",
            "identity",
            "journeys",
            "messages",
            "orders-0001",
            "tickets",
            "watching",
        )
        assert sorted(file.namelist()) == [f"{name}.json" for name in sections]
        assert json.loads(file.read("identity.json"))["account"]["phone"] == f"+86{buyer.phone}"
        assert {one["coupon_id"] for one in gifts} <= {one["id"] for one in json.loads(file.read("coupons.json"))}
        assert [one["id"] for one in json.loads(file.read("orders-0001.json"))] == [order]
