"""What is asked again later is asked once more, however often the word of it comes; and ends with the money it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.payments.events import ShippingReportDue
from chalicelib.records.payments.model import Payment
from chalicelib.records.payments.service import attempts
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.records.shipping.events import ShipmentBookingDue
from chalicelib.runtime.caller import worker
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from tests.processes.fulfilment.test_report_shipping import shop as shop
from tests.support import people


def paid_back(shop, order, **units):
    """All that is left of an order, or these units, has gone back."""
    support = people.member(shop.counter.front, "support", fresh=True).token
    finance = people.member(shop.counter.front, "finance", fresh=True).token
    body = {"order_id": order, "reason": "broken", **units}
    asked = shop.counter.ask("POST", "/v1/admin/refunds", body, token=support, key=f"ask-{order}-{len(units)}")
    assert asked.status == 201, asked.text
    path = f"/v1/admin/refunds/{asked.json['id']}/approval"
    told = shop.counter.ask("POST", path, {"approved": True}, token=finance, key=f"yes-{order}-{len(units)}")
    assert told.status == 200, told.text
    shop.counter.bus.run()
    notice = shop.fake.refund_notice(shop.payment, asked.json["id"])
    shop.counter.front.post("/v1/webhooks/wechat/refund", raw=notice.body, headers=dict(notice.headers))
    shop.counter.bus.run()


@pytest.mark.parametrize("given_up", [True, False])
def test_what_lies_before_a_person_ends_when_the_last_of_the_money_went_back(shop, given_up):
    """Also of an order that is annulled with it: of that nobody looks again at what its provider is to be told."""
    order = shop.order((0, 2))
    number, _ = shop.shipped(order)
    shop.fake.says = "268485228"
    shop.later(minutes=61)
    assert shop.cases() == [("shipping_untold", shop.payment)]
    if given_up:
        shop.give_up(number)
    paid_back(shop, order, units=[{"line": 0, "quantity": 1}])
    assert shop.cases() == [("shipping_untold", shop.payment)]
    paid_back(shop, order)
    assert (shop.state(order), shop.cases()) == ("annulled" if given_up else "shipped", [])
    asked = len(shop.fake.asked)
    shop.report(order)
    assert (len(shop.fake.asked), shop.cases()) == (asked, [])


def test_what_is_put_before_a_person_while_the_last_money_goes_back_is_looked_at_again(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    payment = attempts.find(shop.payment)
    back, watch = attempt_steps.give_back(payment, payment.captured), attempt_steps.watch(payment, "X-case")
    work = Work(worker("fulfilment"), "fulfilment")
    work.add(update(Payment, payment.id, actions=[Payment.refund_reserved.set(payment.captured)]))
    work.commit()
    for first, second in ((back, watch), (watch, back)):
        for one in (first, second):
            work = Work(worker("fulfilment"), "fulfilment")
            work.add(one)
            if one is second:
                with pytest.raises(CommitRejected):
                    work.commit()
            else:
                work.commit()
        work = Work(worker("fulfilment"), "fulfilment")
        undone = [Payment.returned.remove(), Payment.cases.remove(), Payment.refund_reserved.set(payment.captured)]
        work.add(update(Payment, payment.id, actions=undone))
        work.commit()
    work = Work(worker("fulfilment"), "fulfilment")
    work.add(update(Payment, payment.id, actions=[Payment.refund_reserved.set(0)]))
    work.commit()


def asked_later(shop):
    """What is asked again later, by name."""
    shown = [entry["DetailType"] for _, entry in shop.counter.bus.later]
    return [shown.count(fact.wire) for fact in (ShippingReportDue, ShipmentBookingDue)]


def test_what_asks_again_later_asks_once_more_though_each_word_comes_twice(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    for wait in ({"minutes": 61}, {"days": 2}, {"days": 3}):
        shop.counter.clock.advance(timedelta(**wait))
        shop.counter.bus.run(times=2)
        assert asked_later(shop) == [1, 0]
    shop.fake.states[shop.payment] = 3
    shop.counter.clock.advance(timedelta(days=4))
    shop.counter.bus.run(times=2)
    assert (asked_later(shop), len(shop.told())) == ([0, 0], 1)


def test_a_provider_that_is_silent_is_asked_once_more_though_each_word_comes_twice(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    shop.fake.says = "-1"
    for _ in range(4):
        shop.counter.clock.advance(timedelta(hours=1))
        shop.counter.bus.run(times=2)
        assert asked_later(shop) == [1, 0]
    shop.fake.says = ""


def test_a_carrier_that_is_silent_is_asked_once_more_though_each_word_comes_twice(shop):
    order = shop.order((0, 1))
    shop.carriers["sf"].faults = ["lost_before"] * 100
    shop.ship(order, carrier="sf")
    for _ in range(4):
        shop.counter.bus.run(times=2)
        assert asked_later(shop)[1] == 1
        shop.counter.clock.advance(timedelta(minutes=31))
