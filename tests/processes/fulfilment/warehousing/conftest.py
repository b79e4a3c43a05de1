"""The yard, and across it a warehouse that packs what is sold."""

from __future__ import annotations

import pytest

from chalicelib.processes.fulfilment.warehousing.service import listening
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.feeds.service.sources import SourceTerms
from chalicelib.records.payments.service import refunds
from chalicelib.records.shipping.dispatches import service as dispatches
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work
from tests.fakes.warehouses import FAKES
from tests.processes.fulfilment.conftest import Yard
from tests.processes.fulfilment.conftest import yard as yard
from tests.support import people
from tests.support.counter import counter as counter
from tests.support.counter import fake as fake

SOURCE = "JST-1"


class House:
    """A yard whose goods lie at a warehouse with a system of its own."""

    def __init__(self, yard: Yard) -> None:
        self.yard, self.jst = yard, FAKES["jushuitan"]()
        self.jst.now = yard.counter.clock.now
        yard.carriers["jushuitan"] = self.jst
        yard.contract("sf", "jd", "kuaidi100", "jushuitan")
        self.agree()

    def agree(self, counts="physical", **more):
        work = Work(worker("setup"), "setup")
        terms = {"lag_minutes": 0, "guard_percent": 30, "active": True, "wms": "jushuitan", **more}
        sources.agree(SOURCE, SourceTerms("聚水潭", counts, "MAIN", **terms), work)
        work.commit()

    def run(self):
        return self.yard.counter.bus.run()

    def paid(self, *items):
        """A paid order, which went out."""
        order = self.yard.paid(*items)
        self.run()
        return order

    def row(self, order):
        return dispatches.known(order)

    def lines(self, order):
        """(out, sent, kept back) by line."""
        return [(one.out, one.gone, one.back) for one in self.row(order).lines]

    def round(self):
        """Its system is asked what it tells."""
        work = Work(worker("warehouse_round"), "warehouse_round")
        listening.begin(work)
        work.settled(None)
        self.run()

    def sent(self, order, lines=None, **more):
        row = self.jst.send(order, lines, **more)
        self.round()
        return row

    def ask_back(self, order, *lines):
        """Support asks for money, and finance agrees; the id of the refund."""
        front = self.yard.counter.front
        body = {"order_id": order, "reason": "不想要了"}
        if lines:
            body["units"] = [{"line": line, "quantity": pieces} for line, pieces in lines]
        support = people.token(people.member(front, "support", fresh=True).id, "support", fresh=True)
        told = front.request("POST", "/v1/admin/refunds", body, token=support, key=f"ask-{next(self.yard.keys)}")
        assert told.status == 201, told.text
        return told.json["id"]

    def agree_to(self, refund, approved=True):
        front = self.yard.counter.front
        finance = people.token(people.member(front, "finance", fresh=True).id, "finance", fresh=True)
        told = front.request(
            "POST", f"/v1/admin/refunds/{refund}/approval", {"approved": approved}, token=finance, key=f"yes-{refund}"
        )
        assert told.status == 200, told.text

    def refund(self, refund):
        """The state of a refund, of which its provider tells when it was sent."""
        row = refunds.find(refund)
        if row.state == "processing":
            notice = self.yard.fake.refund_notice(row.payment, refund)
            self.yard.counter.front.post("/v1/webhooks/wechat/refund", raw=notice.body, headers=dict(notice.headers))
            self.run()
        return refunds.find(refund).state


@pytest.fixture
def house(yard):
    return House(yard)
