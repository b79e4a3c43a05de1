"""Who sets offers up, and what a customer holds of them."""

from __future__ import annotations

import pytest

from chalicelib.records.promotions.offers import service as offers
from tests.processes.merchandising.offers.staff import offer
from tests.records.catalog import goods
from tests.records.coupons import wallets


class Merchant:
    """Sets offers up without asking what one person may; the doors for that are tried elsewhere."""

    def published(self, **more):
        offer_id = self.act(lambda work: offers.draft(offer(**more), work))
        said = offers.read(offer_id)
        self.act(lambda work: offers.publish(said, offers.Publication(said.document), work))
        return offer_id

    def end(self, offer_id):
        self.act(lambda work: offers.end(offer_id, work))

    def kill(self, offer_id):
        self.act(lambda work: offers.kill(offer_id, "wrong price", work))

    def act(self, use_case):
        work = goods.work()
        told = use_case(work)
        work.commit()
        return told


def claimed(counter, template):
    answer = counter.ask("POST", f"/v1/coupons/{template}/claims")
    assert answer.status == 201, answer.text
    return answer.json["coupon_id"]


@pytest.fixture
def merchant(counter):
    return Merchant()


@pytest.fixture
def coupon(counter):
    """A coupon of 10 off 100 in the customer's hand."""
    template = wallets.opened(document={**wallets.DOCUMENT, "with_coupons": True})
    return claimed(counter, template)
