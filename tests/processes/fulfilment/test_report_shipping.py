"""WeChat keeps the money of a mini program's payment until it is told what was sent: once settled, once corrected at most."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.fulfilment.rules import MOST_REPORT_TURNS
from chalicelib.processes.fulfilment.service import report_shipping
from chalicelib.records.payments.events import ShippingReportDue
from chalicelib.records.payments.model import Payment
from chalicelib.records.payments.providers.wechat import shipping as at_wechat
from chalicelib.records.payments.service import attempts, calls
from chalicelib.runtime import settings
from chalicelib.runtime.caller import worker
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from tests.fakes.payments.mini import FakeMini
from tests.processes.fulfilment.conftest import Yard
from tests.processes.fulfilment.test_shipping import asked_back
from tests.support import aws, people
from tests.support.world import secrets


class MiniYard(Yard):
    """A yard whose buyers pay in the mini program."""

    def order(self, *items, product="mini"):
        order = self.counter.place(self.counter.quote(*items)).json["order_id"]
        asked = {"provider": "wechat", "product": product}
        asked |= {"payer": "o-secret-payer"} if product == "mini" else {}
        told = self.counter.ask("POST", f"/v1/orders/{order}/payments", asked, key=f"pay-{order}")
        assert told.status == 201, told.text
        self.payment = told.json["id"]
        self.fake.pay(self.payment)
        notice = self.fake.notice(self.payment)
        self.counter.front.post("/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
        self.counter.bus.run()
        return order

    def told(self):
        return self.fake.told(self.payment)

    def later(self, **by):
        self.counter.later(**by)

    def known(self):
        return attempts.find(self.payment).shipping_told

    def cases(self, state="open"):
        token = people.member(self.counter.front, "finance", fresh=True).token
        rows = self.counter.ask("GET", f"/v1/admin/payments/exceptions?state={state}", token=token).json["items"]
        return [(row["kind"], row["payment"] if "payment" in row else row.get("payment_id")) for row in rows]

    def correct(self, number, waybill):
        told = self.act("PUT", f"/v1/admin/shipments/{number}/waybill", {"waybill": waybill, "carrier": "sf"})
        assert told.status in (200, 204), told.text

    def give_up(self, number):
        told = self.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "packed wrongly"})
        assert told.status in (200, 204), told.text

    def paid_by(self, product):
        work = Work(worker("fulfilment"), "fulfilment")
        work.add(update(Payment, self.payment, actions=[Payment.product.set(product)]))
        work.settled(None)

    def report(self, order, **more):
        work = Work(worker("fulfilment"), "fulfilment")
        report_shipping.report(ShippingReportDue(self.payment, order, **more), work)
        work.settled(None)


@pytest.fixture
def shop(counter):
    made = FakeMini()
    made.now = counter.clock.now
    settings.use_secrets({**(settings._injected or secrets()), "payments/wechat": made.config})
    calls.use_http(made)
    at_wechat._tokens.forget()
    yard = MiniYard(counter, made)
    yield yard
    calls.use_http(None)
    yard.balanced()


def test_what_was_sent_is_told_once_it_is_settled(shop):
    order = shop.order((0, 2))
    _, waybill = shop.shipped(order)
    shop.later(minutes=59)
    assert shop.fake.asked == []
    shop.later(minutes=2)
    assert shop.told() == [(True, [("SF", waybill)])]
    (sent,) = shop.fake.reports[shop.payment]
    assert (sent["logistics_type"], sent["delivery_mode"]) == (1, 1)
    (parcel,) = sent["shipping_list"]
    assert parcel["contact"] == {"receiver_contact": "****8000"}
    assert parcel["item_desc"].endswith(" ×2")
    assert len(parcel["item_desc"]) <= 120
    assert shop.known().heard


def test_of_what_was_paid_back_whole_nothing_is_told(shop):
    order = shop.order((0, 2))
    shop.shipped(order)
    asked_back(shop, order, 2)
    shop.report(order)
    shop.later(days=2)
    assert (shop.told(), shop.fake.asked, shop.cases()) == ([], [], [])


def test_it_is_told_when_the_last_parcel_is_packed_and_not_before(shop):
    order = shop.order((0, 2), (1, 1))
    _, first = shop.shipped(order, (0, 2))
    shop.later(hours=3)
    assert shop.told() == []
    _, second = shop.shipped(order)
    shop.later(hours=12)
    assert shop.told() == [(True, [("SF", first), ("SF", second)])]
    assert shop.fake.reports[shop.payment][0]["delivery_mode"] == 2


def test_once_all_was_to_be_sent_it_is_told_what_there_is_and_the_rest_later(shop):
    order = shop.order((0, 2), (1, 1))
    _, first = shop.shipped(order, (0, 2))
    for _ in range(8):
        shop.later(hours=5, minutes=59)
    assert shop.told() == []
    shop.later(minutes=9)
    assert shop.told() == [(False, [("SF", first)])]
    shop.later(days=1)
    assert len(shop.told()) == 1  # nothing of it is new
    _, second = shop.shipped(order)
    shop.later(hours=2)
    assert shop.told() == [(False, [("SF", first)]), (True, [("SF", first), ("SF", second)])]


def test_a_lost_answer_is_asked_after_and_nothing_is_told_twice(shop):
    order = shop.order((0, 1))
    _, waybill = shop.shipped(order)

    def lost(url):
        if "upload" in url:
            shop.fake.fault = "lost"

    shop.fake.interrupt = lost
    shop.later(minutes=61)
    assert (shop.told(), shop.known().heard) == ([(True, [("SF", waybill)])], False)
    shop.fake.interrupt, shop.fake.fault = None, None
    shop.later(hours=1)
    assert (len(shop.told()), shop.known().heard) == (1, True)


def test_the_same_word_delivered_twice_tells_once_also_when_the_first_died_on_its_way(shop):
    order = shop.order((0, 1))
    shop.shipped(order)

    def dies(url):
        if "upload" in url:
            raise KeyboardInterrupt

    shop.fake.interrupt = dies
    with pytest.raises(KeyboardInterrupt):
        shop.report(order)
    shop.fake.interrupt = None
    shop.fake.reports.clear()  # and it never came there
    shop.report(order)
    assert shop.told() == []  # it may be under way
    shop.counter.clock.advance(timedelta(minutes=2))
    shop.report(order)
    assert len(shop.told()) == 1
    shop.report(order)
    assert len(shop.told()) == 1


def test_of_two_who_look_at_once_one_tells(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    looked = []

    def meanwhile(url):
        if "get_order" in url and not looked:
            looked.append(1)
            shop.report(order)

    shop.fake.interrupt = meanwhile
    shop.report(order)
    assert len(shop.told()) == 1


def test_a_corrected_waybill_is_told_once_more_and_the_next_lies_before_a_person(shop):
    order = shop.order((0, 1))
    number, first = shop.shipped(order)
    shop.later(minutes=61)

    shop.correct(number, "SF1000000000777")
    shop.later(days=2, minutes=1)
    assert shop.told() == [(True, [("SF", first)]), (True, [("SF", "SF1000000000777")])]
    shop.correct(number, "SF1000000000888")
    shop.later(days=3)
    assert len(shop.told()) == 2
    assert [kind for kind, _ in shop.cases()] == ["shipping_untold"]


def test_a_parcel_that_was_given_up_is_not_told_and_what_comes_after_it_is(shop):
    order = shop.order((0, 1))
    number, _ = shop.shipped(order)
    shop.give_up(number)
    shop.later(hours=2)
    assert shop.fake.asked == []
    _, second = shop.shipped(order)
    shop.later(hours=2)
    assert shop.told() == [(True, [("SF", second)])]


def test_less_than_was_told_once_as_all_waits_for_the_parcel_in_its_place(shop):
    order = shop.order((0, 2), (1, 1))
    _, first = shop.shipped(order, (0, 2))
    number, second = shop.shipped(order)
    shop.later(minutes=61)
    assert shop.told() == [(True, [("SF", first), ("SF", second)])]
    shop.give_up(number)
    shop.later(days=2, minutes=1)
    shop.later(days=2)
    assert (len(shop.told()), shop.cases()) == (1, [])
    _, third = shop.shipped(order)
    shop.later(hours=13)
    assert shop.told()[1:] == [(True, [("SF", first), ("SF", third)])]
    assert shop.cases() == []


def test_less_than_was_told_as_all_lies_before_a_person_once_the_correction_is_used(shop):
    order = shop.order((0, 2), (1, 1))
    shop.shipped(order, (0, 2))
    number, _ = shop.shipped(order)
    shop.later(minutes=61)
    shop.correct(number, "SF1000000000777")
    shop.later(days=2, minutes=1)
    assert [whole for whole, _ in shop.told()] == [True, True]
    shop.give_up(number)
    shop.later(days=4)
    assert (len(shop.told()), [kind for kind, _ in shop.cases()]) == (2, ["shipping_untold"])


def test_a_waybill_that_is_corrected_after_the_last_survey_is_told_all_the_same(shop):
    order = shop.order((0, 1))
    number, _ = shop.shipped(order)
    for _ in range(20):
        shop.later(days=1)
    asked = len(shop.fake.asked)
    shop.later(days=20)
    assert len(shop.fake.asked) == asked
    shop.correct(number, "SF1000000000777")
    shop.later(minutes=61)
    assert shop.told()[1:] == [(True, [("SF", "SF1000000000777")])]


def test_what_is_not_whole_after_the_last_turn_lies_before_a_person(shop):
    order = shop.order((0, 2), (1, 1))
    shop.shipped(order, (0, 2))
    shop.report(order, turn=MOST_REPORT_TURNS - 1)
    assert shop.cases() == []
    shop.report(order, turn=MOST_REPORT_TURNS)
    assert shop.cases() == [("shipping_untold", shop.payment)]


def test_an_errand_through_the_town_is_not_told_twice_after_a_lost_answer(shop):
    order = shop.order((0, 1))
    shop.shipped(order, carrier="kuaidi100", waybill="CT5555508965056", company="city")

    def lost(url):
        if "upload" in url:
            shop.fake.fault = "lost"

    shop.fake.interrupt = lost
    shop.later(minutes=61)
    assert (shop.told(), shop.known().heard) == ([(True, [(None, None)])], False)
    shop.fake.interrupt, shop.fake.fault = None, None
    shop.later(hours=1)
    assert (len(shop.told()), shop.known().heard) == (1, True)


def test_a_part_that_goes_through_the_town_is_told_although_nothing_has_a_waybill_there(shop):
    order = shop.order((0, 2), (1, 1))
    shop.shipped(order, (0, 2), carrier="kuaidi100", waybill="CT5555508965056", company="city")
    for _ in range(9):
        shop.later(hours=6)
    assert shop.told() == [(False, [(None, None)])]


@pytest.mark.parametrize("code", ["10060005", "10060031", "268485228"])
def test_what_is_refused_lies_before_a_person_who_has_it_told_again(shop, code):
    order = shop.order((0, 1))
    shop.shipped(order)
    shop.fake.says = code
    shop.later(minutes=61)
    ((kind, about),) = shop.cases()
    assert (kind, about) == ("shipping_untold", shop.payment)
    shop.fake.says = ""
    shop.later(days=1)
    assert shop.told() == []  # nobody asks again by himself
    finance = people.member(shop.counter.front, "finance", fresh=True).token
    (case,) = shop.counter.ask("GET", "/v1/admin/payments/exceptions?state=open", token=finance).json["items"]
    path = f"/v1/admin/payments/exceptions/{case['id']}/resolution"
    told = shop.counter.ask("POST", path, {"resolution": "retry", "note": "put right"}, token=finance, key="retry")
    assert told.status == 200, told.text
    shop.later(minutes=1)
    assert len(shop.told()) == 1


def test_one_that_is_silent_for_a_day_lies_before_a_person_until_it_hears(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    shop.fake.says = "-1"
    shop.later(minutes=61)
    assert shop.cases() == []
    for _ in range(8):
        shop.later(hours=12)
    assert [kind for kind, _ in shop.cases()] == ["shipping_untold"]
    shop.fake.says = ""
    shop.later(hours=13)
    assert len(shop.told()) == 1
    assert shop.cases() == []


def test_a_carrier_that_wechat_has_no_name_for_lies_before_a_person_unless_the_contract_names_it(shop):
    order = shop.order((0, 1))
    shop.shipped(order, carrier="kuaidi100", waybill="XX5555508965056", company="weizhisuyun")
    shop.later(minutes=61)
    assert (shop.told(), [kind for kind, _ in shop.cases()]) == ([], ["shipping_untold"])
    shop.fake.config = {**shop.fake.config, "companies": {"weizhisuyun": "OTHERS"}}
    settings.use_secrets({**settings._injected, "payments/wechat": shop.fake.config})
    shop.counter.clock.advance(timedelta(minutes=3))
    shop.report(order)
    assert shop.told() == [(True, [("OTHERS", "XX5555508965056")])]


def test_a_token_that_went_stale_is_fetched_once_and_the_call_made_again(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    shop.fake.expire()
    at_wechat._tokens.put("wx0000000000000002", (int(shop.counter.clock.now().timestamp()) + 9999, "TOKEN-1"))
    shop.later(minutes=61)
    assert len(shop.told()) == 1
    assert shop.fake.tokens == 2  # it was not forced away from whoever holds it


def test_what_the_payer_confirmed_is_asked_for_no_more(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    assert any(ShippingReportDue.wire in (row.facts or "") for row in aws.rows(Journal))
    shop.later(minutes=61)
    shop.fake.states[shop.payment] = 3
    shop.later(days=2)
    assert shop.known().received
    asked = len(shop.fake.asked)
    shop.later(days=20)
    assert len(shop.fake.asked) == asked


def test_money_that_went_back_needs_no_report(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    shop.fake.states[shop.payment] = 5
    shop.later(minutes=61)
    assert (shop.told(), shop.cases()) == ([], [])


def test_money_that_went_back_ends_what_lies_before_a_person(shop):
    order = shop.order((0, 1))
    shop.shipped(order)
    shop.fake.says = "268485228"
    shop.later(minutes=61)
    assert shop.cases() == [("shipping_untold", shop.payment)]
    shop.fake.says, shop.fake.states[shop.payment] = "", 5
    shop.report(order)
    assert (shop.told(), shop.cases()) == ([], [])


def test_a_payment_by_a_product_that_is_sold_no_more_is_sent_and_told_nothing(shop):
    order = shop.order((0, 1))
    shop.paid_by("retired")
    shop.shipped(order)
    shop.later(days=3)
    assert shop.fake.asked == []
    shop.paid_by("mini")


def test_where_nobody_wants_to_know_nothing_is_armed_and_nothing_is_asked(shop):
    order = shop.order((0, 1), product="native")
    shop.shipped(order)
    assert not any(ShippingReportDue.wire in (row.facts or "") for row in aws.rows(Journal))
    shop.later(days=3)
    assert shop.fake.asked == []
    assert attempts.find(shop.payment).packed_told is None


def test_without_the_secret_in_the_contract_a_mini_program_is_told_nothing(shop):
    plain = {name: value for name, value in shop.fake.config.items() if name != "mini_secret"}
    settings.use_secrets({**settings._injected, "payments/wechat": plain})
    order = shop.order((0, 1))
    shop.shipped(order)
    shop.later(days=3)
    assert shop.fake.asked == []
