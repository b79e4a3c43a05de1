"""Paying, from the start of an attempt to a paid order, with every provider and against every mishap on the way."""

import json
from datetime import timedelta

import pytest

from chalicelib.records.orders.rules import OrderStateConflict
from chalicelib.records.payments.providers import METHODS, PROVIDERS
from chalicelib.records.payments.rules import PayerNeeded, PaymentMethodUnknown, PaymentProviderDown
from tests.fakes.payments import FAKES

OK = {name: fake.taken for name, fake in FAKES.items()}


# ---- starting -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_paid_notice_pays_the_order_in_one_write_without_a_read(shop, provider, counted):
    order_id = shop.order()
    payment = shop.start(order_id, provider)
    assert payment.state == "pending"
    shop.fakes[provider].pay(payment.id)
    notice = shop.fakes[provider].notice(payment.id)

    counted.clear()
    reply = shop.notice(provider, notice)

    assert counted == ["TransactWriteItems"]
    assert (reply.status, reply.body) == OK[provider]
    order = shop.order_row(order_id)
    assert (order.state, order.payment) == ("paid", payment.id)
    row = shop.payment(payment.id)
    assert (row.state, row.captured, row.amount) == ("paid", 3599, 3599)
    assert len(row.evidence) == 64
    assert shop.facts("order.paid") == shop.facts("payment.succeeded") == 1
    shop.balanced()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_payment_s_row_stays_below_one_kilobyte_so_that_settling_costs_six_units(shop, provider):
    payment = shop.start(shop.order(), provider)
    shop.pay(payment)
    raw = shop.payment(payment.id).serialize()
    size = sum(len(name) + len(json.dumps(next(iter(value.values())))) for name, value in raw.items())
    assert size < 1024, size


def test_every_product_can_be_started_and_read_again(shop):
    for provider, product in METHODS:
        order_id = shop.order(quantity=1)
        started = shop.start(order_id, provider, product, payer="o-payer-1")
        assert started.next_action.kind == METHODS[provider, product].next_action
        shop.cancel(order_id)
    assert "o-payer-1" not in repr([row.serialize() for row in shop.payments()])


def test_an_unknown_product_or_a_missing_payer_is_said_before_anything_is_written(shop):
    order_id = shop.order()
    with pytest.raises(PaymentMethodUnknown):
        shop.start(order_id, "wechat", "cheque")
    with pytest.raises(PayerNeeded):
        shop.start(order_id, "wechat", "jsapi")
    assert shop.payments() == []


@pytest.mark.parametrize("provider", ["wechat", "alipay"])
def test_a_lost_answer_is_made_good_by_asking_again_with_the_same_key(shop, provider):
    order_id, fake = shop.order(), shop.fakes[provider]
    fake.fault = "lost"
    with pytest.raises(PaymentProviderDown):
        shop.start(order_id, provider, "native" if provider == "wechat" else "qr", key="once")
    assert [row.state for row in shop.payments()] == ["created"]
    fake.fault = None
    again = shop.start(order_id, provider, "native" if provider == "wechat" else "qr", key="once")
    assert again.next_action.url
    assert len(fake.book) == len(shop.payments()) == 1


def test_asking_twice_with_one_key_opens_one_attempt_and_leaves_it_open(shop):
    order_id = shop.order()
    first, second = (shop.start(order_id, "wechat", key="same") for _ in range(2))
    assert first == second
    assert shop.fakes["wechat"].book[first.id].state == "open"
    assert [row.state for row in shop.payments()] == ["pending"]


def test_a_second_attempt_with_the_same_provider_closes_the_first_there_and_here(shop):
    order_id = shop.order()
    first, second = shop.start(order_id, "wechat"), shop.start(order_id, "wechat")
    assert shop.fakes["wechat"].book[first.id].state == "closed"
    assert [row.state for row in shop.payments()] == ["closed", "pending"]
    assert shop.order_row(order_id).attempts == 2
    assert shop.pay(second).status == 204


def test_two_attempts_opened_at_once_end_with_one_open_per_provider(shop):
    from chalicelib.processes.paying.service.start_payment import start_payment
    from chalicelib.processes.paying.shapes import StartPayment

    order_id = shop.order()
    slow = shop.work(key="slow")
    original, raced = slow.commit, []

    def after_the_other(reply=None):
        raced.append(shop.start(order_id, "wechat", key="fast"))
        return original(reply)

    slow.commit = after_the_other
    late = start_payment(order_id, StartPayment(provider="wechat", product="native"), slow)
    assert [row.state for row in shop.payments()] == ["closed", "pending"]
    assert late.id == shop.payments()[1].id
    assert shop.fakes["wechat"].book[raced[0].id].state == "closed"


def test_opening_another_attempt_finds_out_that_the_first_is_paid(shop):
    order_id = shop.order()
    shop.pay(shop.start(order_id, "wechat"), tell=False)
    with pytest.raises(OrderStateConflict):
        shop.start(order_id, "wechat")
    assert shop.order_row(order_id).state == "paid"
    assert len(shop.payments()) == 1


def test_a_notice_that_comes_before_our_create_call_returned_settles(shop):
    order_id, fake = shop.order(), shop.fakes["wechat"]
    replies = []

    def pay_at_once(url):
        if url.endswith("/native"):
            fake.interrupt = None
            number = next(iter(fake.book))
            fake.pay(number)
            replies.append(shop.notice("wechat", fake.notice(number)).status)

    fake.interrupt = pay_at_once
    answer = shop.start(order_id, "wechat")
    assert replies == [204]
    assert (answer.state, answer.next_action) == ("paid", None)
    assert shop.order_row(order_id).state == "paid"


def test_a_decline_ends_the_attempt_and_another_way_stays_open(shop):
    order_id = shop.order()
    shop.fakes["wechat"].fault = "code:403:NO_AUTH"
    declined = shop.start(order_id, "wechat", key="no")
    assert (declined.state, declined.next_action) == ("failed", None)
    assert shop.start(order_id, "wechat", key="no") == declined
    assert [row.state for row in shop.payments()] == ["failed"]
    shop.pay(shop.start(order_id, "alipay"))
    assert shop.order_row(order_id).state == "paid"


def test_a_silent_provider_is_left_in_peace_and_said_to_be_down(shop):
    shop.fakes["wechat"].fault = "silent"
    for _ in range(3):
        with pytest.raises(PaymentProviderDown):
            shop.start(shop.order(quantity=1), "wechat")
    from chalicelib.records.payments.service import calls

    assert {(row.provider, up) for row, up in calls.methods("pc")} == {
        ("wechat", False),
        ("alipay", True),
        ("unionpay", True),
    }
    shop.fakes["wechat"].fault = None
    shop.clock.advance(timedelta(seconds=31))
    assert all(up for _, up in calls.methods("pc"))


# ---- duplicates and forgeries ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS)
def test_ten_notices_of_one_payment_have_one_effect_and_ten_acknowledgements(shop, provider):
    payment = shop.start(shop.order(), provider)
    shop.fakes[provider].pay(payment.id)
    replies = {
        (r.status, r.body) for r in (shop.notice(provider, shop.fakes[provider].notice(payment.id)) for _ in range(10))
    }
    assert replies == {OK[provider]}
    assert shop.facts("payment.succeeded") == shop.facts("order.paid") == 1
    shop.balanced()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_forged_notice_stores_nothing(shop, provider):
    payment = shop.start(shop.order(), provider)
    shop.fakes[provider].pay(payment.id)
    before = [row.serialize() for row in shop.payments()]
    reply = shop.notice(provider, shop.fakes[provider].stranger(payment.id))
    assert reply.status == 401
    assert (reply.status, reply.body) != OK[provider]
    assert [row.serialize() for row in shop.payments()] == before
    assert shop.cases() == set()
    assert shop.order_row(payment.order_id).state == "placed"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("wrong", ["amount", "merchant", "currency"])
def test_what_does_not_match_never_pays_is_acknowledged_and_lies_before_a_person_once(shop, provider, wrong):
    payment = shop.start(shop.order(), provider)
    fake = shop.fakes[provider]
    fake.pay(payment.id)
    for _ in range(3):
        reply = shop.notice(provider, getattr(fake, f"wrong_{wrong}")(payment.id))
        assert (reply.status, reply.body) == OK[provider]
    assert shop.cases() == {(wrong, "open")}
    assert shop.order_row(payment.order_id).state == "placed"
    assert shop.payment(payment.id).state == ("quarantined" if wrong == "amount" else "pending")
    assert shop.facts("payment.mismatch") == 1
    assert shop.facts("order.paid") == 0
    shop.pay(payment)  # and the right notice still pays
    assert shop.order_row(payment.order_id).state == "paid"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_notice_for_a_number_nobody_knows_is_parked_and_repeated_until_it_is_known(shop, provider):
    payment = shop.start(shop.order(), provider)
    fake = shop.fakes[provider]
    stray = payment.id[:-2] + "77"
    fake.book[stray] = fake.book[payment.id]
    fake.pay(stray)
    for _ in range(2):
        reply = shop.notice(provider, fake.notice(stray))
        assert (reply.status, reply.body) != OK[provider]
    assert shop.cases() == {("unknown", "open")}
    assert shop.order_row(payment.order_id).state == "placed"
    told = shop.later(hours=25)
    assert "payment.unclaimed" in told
    assert shop.cases() == {("unknown", "open")}


def test_a_number_of_another_shape_is_parked_too(shop):
    payment = shop.start(shop.order(), "alipay")
    fake = shop.fakes["alipay"]
    fake.book["20261123-1"] = fake.book[payment.id]
    fake.pay("20261123-1")
    assert shop.notice("alipay", fake.notice("20261123-1")).body == "fail"
    assert shop.cases() == {("unknown", "open")}


# ---- the completer --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS)
def test_with_every_notice_cut_the_completer_alone_pays_the_order(shop, provider):
    payment = shop.start(shop.order(), provider)
    shop.later(seconds=11)
    assert shop.order_row(payment.order_id).state == "placed"
    shop.pay(payment, tell=False)
    shop.later(seconds=31)
    assert shop.order_row(payment.order_id).state == "paid"
    assert shop.facts("payment.succeeded") == 1
    reply = shop.notice(provider, shop.fakes[provider].notice(payment.id))
    assert (reply.status, reply.body) == OK[provider]
    assert shop.facts("payment.succeeded") == 1
    shop.balanced()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_unpaid_order_ends_closed_here_and_there(shop, provider):
    payment = shop.start(shop.order(), provider)
    for _ in range(40):
        shop.later(minutes=1)
    assert shop.order_row(payment.order_id).state == "expired"
    if shop.fakes[provider].closes:
        assert shop.payment(payment.id).state in ("closed", "failed")
        assert shop.fakes[provider].book[payment.id].state == "closed"
    assert shop.shelf() == (10, 0)
    shop.balanced()


def test_money_that_came_in_the_last_second_wins_over_the_deadline(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.pay(payment, tell=False)
    shop.later(minutes=31)
    assert shop.order_row(payment.order_id).state == "paid"
    shop.balanced()


def test_a_cancel_that_comes_after_the_money_is_refused_and_the_order_is_paid(shop):
    payment = shop.start(shop.order(), "alipay")
    shop.pay(payment, tell=False)
    with pytest.raises(OrderStateConflict):
        shop.cancel(payment.order_id)
    assert shop.order_row(payment.order_id).state == "paid"


def test_cancelling_closes_the_attempt_at_the_provider_first(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.cancel(payment.order_id)
    assert shop.fakes["wechat"].book[payment.id].state == "closed"
    assert shop.payment(payment.id).state == "closed"
    assert shop.shelf() == (10, 0)


def test_a_provider_that_is_away_is_asked_again_until_it_answers(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.pay(payment, tell=False)
    shop.fakes["wechat"].fault = "silent"
    for _ in range(5):
        shop.later(minutes=1)
    assert shop.order_row(payment.order_id).state == "placed"
    shop.fakes["wechat"].fault = None
    shop.later(minutes=10)
    assert shop.order_row(payment.order_id).state == "paid"


def test_deliveries_that_come_twice_change_nothing_more(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.pay(payment, tell=False)
    shop.clock.advance(timedelta(minutes=31))
    shop.bus.run(times=3)
    assert shop.order_row(payment.order_id).state == "paid"
    assert shop.bus.told.count("payment.succeeded") == 1
    shop.balanced()


# ---- too late, and twice --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS)
def test_money_for_an_order_that_ran_out_revives_it_while_everything_can_be_held(shop, provider):
    payment = shop.start(shop.order(), provider)
    shop.fakes[provider].fault = "silent"
    shop.later(minutes=31)
    assert (shop.order_row(payment.order_id).state, shop.shelf()) == ("expired", (10, 0))
    shop.fakes[provider].fault = None
    reply = shop.pay(payment)
    assert (reply.status, reply.body) == OK[provider]
    order = shop.order_row(payment.order_id)
    assert (order.state, order.payment) == ("paid", payment.id)
    assert shop.payment(payment.id).late is True
    assert shop.shelf() == (8, 2)
    assert shop.facts("order.revived") == shop.facts("payment.late") == shop.facts("order.paid") == 1
    shop.balanced()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_money_for_an_order_that_ran_out_and_cannot_be_held_again_goes_back_in_full(shop_of_one, provider):
    shop = shop_of_one
    payment = shop.start(shop.order(), provider)
    shop.fakes[provider].fault = "silent"
    shop.later(minutes=31)
    shop.order()  # another customer takes the last two
    shop.fakes[provider].fault = None
    reply = shop.pay(payment)
    assert (reply.status, reply.body) == OK[provider]
    for _ in range(4):
        shop.later(minutes=1)
    assert shop.order_row(payment.order_id).state == "expired"
    assert shop.fakes[provider].book[payment.id].refunds == {shop.refunds()[0].id: 3599}
    assert [(row.state, row.amount, row.cause) for row in shop.refunds()] == [
        ("succeeded", 3599, "late")
    ] or provider == "wechat"
    assert shop.facts("payment.late") == 1
    shop.balanced()


@pytest.mark.parametrize(("first", "second"), [("wechat", "alipay"), ("alipay", "unionpay"), ("unionpay", "wechat")])
def test_of_two_paid_attempts_the_second_goes_back_in_full(shop, first, second):
    order_id = shop.order()
    one, two = shop.start(order_id, first), shop.start(order_id, second)
    shop.pay(one)
    shop.pay(two)
    for _ in range(4):
        shop.later(minutes=1)
    assert shop.order_row(order_id).payment == one.id
    assert shop.fakes[first].book[one.id].refunds == {}
    assert sum(shop.fakes[second].book[two.id].refunds.values()) == 3599
    assert [kind for kind, _ in shop.cases()] == ["double"]
    assert shop.order_row(order_id).refunded == 0
    shop.balanced()


def test_with_every_notice_cut_two_paid_attempts_end_as_one_order_and_one_refund(shop):
    order_id = shop.order()
    one, two = shop.start(order_id, "wechat"), shop.start(order_id, "alipay")
    shop.pay(one, tell=False)
    shop.pay(two, tell=False)
    for _ in range(8):
        shop.later(minutes=1)
    refunded = [sum(shop.fakes[p.provider].book[p.id].refunds.values()) for p in (one, two)]
    assert sorted(refunded) == [0, 3599]
    shop.balanced()


def test_a_closed_attempt_whose_money_comes_after_all_pays_the_waiting_order(shop):
    order_id = shop.order()
    first = shop.start(order_id, "unionpay")
    shop.start(order_id, "unionpay")
    assert shop.payment(first.id).state == "closed"
    shop.pay(first)
    assert shop.order_row(order_id).payment == first.id


def test_a_refusal_of_the_engine_answers_so_that_the_provider_repeats(shop, monkeypatch):
    from chalicelib.kernel.errors import Overloaded
    from chalicelib.runtime.work import Work

    payment = shop.start(shop.order(), "wechat")
    shop.fakes["wechat"].pay(payment.id)

    def full(self, reply=None):
        raise Overloaded()

    monkeypatch.setattr(Work, "commit", full)
    assert shop.notice("wechat", shop.fakes["wechat"].notice(payment.id)).status == 503
    monkeypatch.undo()
    assert shop.notice("wechat", shop.fakes["wechat"].notice(payment.id)).status == 204
