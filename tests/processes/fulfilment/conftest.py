"""A counter whose orders are paid, a packer, and all carriers across the yard."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders import service as orders
from chalicelib.records.shipping.service import calls as carrier_calls
from chalicelib.records.shipping.service import shipments
from chalicelib.runtime import settings
from local import books
from tests.fakes.carriers import FAKES
from tests.support import aws, people
from tests.support.counter import counter as counter
from tests.support.counter import fake as fake
from tests.support.world import secrets

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Yard:
    """What happens after the money came: packing, carriers, pushes."""

    def __init__(self, at, till):
        self.counter, self.fake = at, till
        self.carriers = {name: kind() for name, kind in FAKES.items()}
        for one in self.carriers.values():
            one.now = at.clock.now
        self.contract("sf", "jd", "kuaidi100")
        carrier_calls.use_http(self)
        self.packer = people.member(at.front, "operator", fresh=True).id
        self.keys = iter(f"ship-{n}" for n in range(1000))

    def contract(self, *names):
        """The shop has contracts with these carriers."""
        kept = {name: value for name, value in (settings._injected or secrets()).items() if "shipping/" not in name}
        settings.use_secrets({**kept, **{f"shipping/{name}": self.carriers[name].config for name in names}})

    def request(self, method, url, headers, body):
        host = urlsplit(url).netloc
        return next(one for one in self.carriers.values() if urlsplit(one.host).netloc == host).request(
            method, url, headers, body
        )

    def paid(self, *items, service=""):
        """A paid order of (number of the SKU, quantity), sent by a service."""
        order = self.counter.place(self.counter.quote(*items, service=service)).json["order_id"]
        told = self.counter.ask(
            "POST", f"/v1/orders/{order}/payments", {"provider": "wechat", "product": "native"}, key=f"pay-{order}"
        )
        assert told.status == 201, told.text
        self.payment = told.json["id"]
        self.fake.pay(self.payment)
        notice = self.fake.notice(self.payment)
        self.counter.front.post("/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
        assert self.state(order) == "paid"
        return order

    def state(self, order):
        return orders.find(order).state

    def ledger(self, order):
        return [(count.freed, count.refunded, count.shipped, count.delivered) for count in orders.find(order).ledger]

    def shelf(self, n=0):
        """(on hand, available, held)"""
        sku = self.counter.skus[n]
        level = inventory.read_levels([sku])[sku]
        return inventory.on_hand(sku), level.available, level.held

    def act(self, method, path, body=None, **more):
        more.setdefault("key", next(self.keys) if method == "POST" else None)
        token = people.token(self.packer, "operator", fresh=True)
        return self.counter.front.request(method, path, body, token=token, **more)

    def ship(self, order, *lines, status=201, **more):
        body = {"lines": [{"line": line, "quantity": n} for line, n in lines]} if lines else {}
        told = self.act("POST", f"/v1/admin/orders/{order}/shipments", {**body, **more})
        assert told.status == status, told.text
        return told.json["number"] if status == 201 else told.json["code"]

    def shipped(self, order, *lines, **more):
        """A parcel with its waybill."""
        number = self.ship(order, *lines, **more)
        self.counter.bus.run()
        return number, shipments.find(number).waybill

    def push_sf(self, *routes, token=None, raw=None):
        sf = self.carriers["sf"]
        token = sf.config["push_secret"] if token is None else token
        return self.counter.front.post(
            f"/v1/webhooks/carriers/sf/{token}", raw=sf.push(*routes) if raw is None else raw
        )

    def scan_sf(self, number, code, *, push=True, hear=True, **more):
        """Something happens to a parcel of SF's, and SF tells of it."""
        self.counter.clock.advance(timedelta(minutes=10))
        route = self.carriers["sf"].scan(number, code, self.counter.clock.now(), **more)
        if push:
            assert self.push_sf(route).status == 200
        if hear:
            self.counter.bus.run()
        return route

    def parcel(self, number):
        return shipments.find(number)

    def timeline(self, order):
        token = people.token(orders.find(order).customer, "customer")
        told = self.counter.ask("GET", f"/v1/orders/{order}/shipments", token=token)
        assert told.status == 200, told.text
        return told.json["shipments"]

    def balanced(self):
        assert [str(one) for one in books.findings(aws.rows)] == []


@pytest.fixture
def yard(request):
    made = Yard(request.getfixturevalue("counter"), request.getfixturevalue("fake"))
    yield made
    carrier_calls.use_http(None)
    made.balanced()
