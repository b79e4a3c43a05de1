"""Giving money back: never more than came in, once per number, and never forgotten when a provider stays silent."""

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.paying.rules import ResolutionUnfit
from chalicelib.processes.paying.service.resolve_exception import resolve_exception
from chalicelib.processes.paying.shapes import Resolve, exception_view
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.records.payments.rules import (
    NothingToRefund,
    PaymentExceptionClosed,
    RefundNeedsAnother,
    RefundStateConflict,
    RefundTooLarge,
    RefundUnitsExceeded,
    StaleRefund,
)
from chalicelib.runtime.caller import Caller
from tests.support.doors import asked_view, settled

SUPPORT, FINANCE = Caller("E1", "support"), Caller("E2", "finance", fresh=True)


class Fake:
    """Support and finance at work."""

    def __init__(self, shop, provider="wechat"):
        self.shop, self.provider = shop, provider
        self.order_id = shop.order(quantity=3, unit=1000, off=0, freight=99)  # 1033 a piece, 3099 in all
        self.payment = shop.start(self.order_id, provider)
        shop.pay(self.payment)

    def ask(self, quantity=None, by=SUPPORT):
        units = None if quantity is None else [{"line": 0, "quantity": quantity}]
        command = AskRefund(order_id=self.order_id, units=units, reason="broken")
        return settled(ask_refund, command, work=self.shop.work(by), view=asked_view)

    def decide(self, refund, approved=True, by=FINANCE):
        return settled(
            decide_refund, refund.id, DecideRefund(approved=approved), work=self.shop.work(by), view=asked_view
        )

    def settle(self, *, notices=True):
        """Let the provider finish, and tell us if notices are on."""
        self.shop.bus.run()
        if notices:
            for row in self.shop.refunds():
                if row.id in self.trade.refunds:
                    self.shop.notice(self.provider, self.told.refund_notice(self.payment.id, row.id))
        self.shop.bus.run()

    @property
    def told(self):
        return self.shop.fakes[self.provider]

    @property
    def trade(self):
        return self.told.book[self.payment.id]

    def states(self):
        return [row.state for row in self.shop.refunds()]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_unit_by_unit_everything_goes_back_to_the_fen_and_the_order_is_annulled(shop, provider):
    fake = Fake(shop, provider)
    worth = []
    for _ in range(3):
        refund = fake.ask(1)
        fake.decide(refund)
        fake.settle()
        worth.append(refund.amount.fen)
    assert sum(worth) == 3099
    assert max(worth) - min(worth) <= 1
    assert fake.states() == ["succeeded"] * 3
    assert sum(fake.trade.refunds.values()) == 3099
    order = shop.order_row(fake.order_id)
    assert (order.state, order.refunded) == ("annulled", 3099)
    assert shop.shelf() == (10, 0)
    with pytest.raises(NothingToRefund):
        fake.ask()
    assert shop.facts("refund.succeeded") == 3
    shop.balanced()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_any_notice_the_completer_alone_finishes_a_refund(shop, provider):
    fake = Fake(shop, provider)
    fake.decide(fake.ask())
    if provider == "wechat":
        fake.told._refund_told = lambda refund, told=fake.told._refund_told: (
            {**told(refund), "status": "SUCCESS"} if told(refund) else None
        )
    for _ in range(4):
        shop.later(minutes=2)
    assert fake.states() == ["succeeded"]
    assert sum(fake.trade.refunds.values()) == 3099
    assert shop.order_row(fake.order_id).state == "annulled"
    shop.balanced()


def test_a_whole_refund_annuls_the_order_and_frees_the_stock_when_the_money_has_gone_back(shop):
    fake = Fake(shop)
    refund = fake.ask()
    fake.decide(refund)
    assert (shop.shelf(), shop.order_row(fake.order_id).state) == ((7, 3), "paid"), "agreed is not given back"
    shop.bus.run()
    assert (shop.shelf(), shop.order_row(fake.order_id).state) == ((7, 3), "paid"), "nor is on its way"
    fake.settle()
    assert (shop.shelf(), shop.order_row(fake.order_id).state) == ((10, 0), "annulled")
    assert shop.order_row(fake.order_id).refunded == 3099
    assert shop.facts("order.annulled") == 1
    shop.balanced()


def test_nothing_is_sent_before_finance_agrees_and_declining_frees_the_amount(shop):
    fake = Fake(shop)
    refund = fake.ask(2)
    fake.settle()
    assert fake.trade.refunds == {}
    with pytest.raises(RefundUnitsExceeded):
        fake.ask(2)
    fake.decide(refund, approved=False)
    assert shop.payment(fake.payment.id).refund_reserved == 0
    fake.decide(fake.ask(3))
    fake.settle()
    assert sum(fake.trade.refunds.values()) == 3099
    with pytest.raises(CommitRejected) as again:
        fake.decide(refund)
    assert isinstance(again.value.reasons[0], RefundStateConflict)


def test_two_refunds_asked_at_once_cannot_both_have_the_same_units(shop):
    fake = Fake(shop)
    slow, fast = shop.work(SUPPORT), shop.work(SUPPORT)
    command = AskRefund(order_id=fake.order_id, units=None, reason="broken")
    original = slow.commit
    slow.commit = lambda reply=None: (settled(ask_refund, command, work=fast, view=asked_view), original(reply))[1]
    with pytest.raises(CommitRejected) as raced:
        settled(ask_refund, command, work=slow, view=asked_view)
    assert isinstance(raced.value.reasons[0], StaleRefund | RefundTooLarge)
    assert shop.payment(fake.payment.id).refund_reserved == 3099
    assert len(shop.refunds()) == 1


def test_above_the_limit_nobody_approves_his_own_refund(shop):
    both = Caller("E3", "finance", fresh=True)
    order_id = shop.order(quantity=3, unit=10_000, off=0, freight=0)
    shop.pay(shop.start(order_id, "wechat"))
    refund = settled(ask_refund, AskRefund(order_id=order_id, reason="broken"), work=shop.work(both), view=asked_view)
    with pytest.raises(RefundNeedsAnother):
        settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(both), view=asked_view)
    settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    small = Fake(shop)
    small.decide(small.ask(1, by=both), by=both)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", ["lost", "silent", "unsigned"])
def test_an_unknown_outcome_is_asked_again_under_the_same_number_and_gives_back_once(shop, provider, fault):
    fake = Fake(shop, provider)
    fake.told.fault = fault
    fake.decide(fake.ask())
    shop.bus.run()
    assert fake.states()[0] in ("requested", "processing")
    fake.told.fault = None
    for _ in range(12):
        shop.later(minutes=10)  # UnionPay is sent another only when no former one can stand there any more
    fake.settle()
    assert fake.states() == ["succeeded"]
    assert list(fake.trade.refunds.values()) == [3099]
    shop.balanced()


def test_a_refund_notice_before_our_call_returned_is_folded(shop):
    fake = Fake(shop)
    fake.decide(fake.ask())

    def told_first(url):
        if url.endswith("/refunds"):
            fake.told.interrupt = None
            refund = next(iter(fake.trade.refunds))
            assert shop.notice("wechat", fake.told.refund_notice(fake.payment.id, refund)).status == 204

    fake.told.interrupt = told_first
    shop.bus.run()
    assert fake.states() == ["succeeded"]
    assert shop.facts("refund.succeeded") == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_ten_refund_notices_have_one_effect(shop, provider):
    fake = Fake(shop, provider)
    fake.decide(fake.ask(1))
    for _ in range(10):
        fake.settle()
    assert fake.states() == ["succeeded"]
    assert shop.facts("refund.succeeded") == 1
    assert shop.order_row(fake.order_id).refunded == 1033
    shop.balanced()


# ---- what a person decides ------------------------------------------------------------------------------------------
def resolved(shop, kind, resolution):
    case = shop.case(kind)
    return settled(
        resolve_exception,
        case.id,
        Resolve(resolution=resolution, note="looked at it"),
        work=shop.work(FINANCE),
        view=exception_view,
    )


def failed(shop):
    fake = Fake(shop)
    fake.told.fault = "code:403:NOT_ENOUGH"
    fake.decide(fake.ask(2))
    shop.bus.run()
    fake.told.fault = None
    assert fake.states() == ["failed"]
    assert ("refund_failed", "open") in shop.cases()
    return fake


def test_a_failed_refund_counts_as_spent_until_somebody_decides(shop):
    fake = failed(shop)
    with pytest.raises(RefundUnitsExceeded):
        fake.ask(2)
    assert shop.payment(fake.payment.id).refund_reserved == 2066


def test_a_failed_refund_is_tried_again_under_the_same_number(shop):
    fake = failed(shop)
    number = shop.refunds()[0].id
    assert resolved(shop, "refund_failed", "retry").state == "resolved"
    fake.settle()
    assert fake.states() == ["succeeded"]
    assert fake.trade.refunds == {number: 2066}
    with pytest.raises(PaymentExceptionClosed):
        resolved(shop, "refund_failed", "retry")
    shop.balanced()


def test_a_released_refund_frees_its_amount_and_its_units(shop):
    fake = failed(shop)
    resolved(shop, "refund_failed", "release")
    assert shop.payment(fake.payment.id).refund_reserved == 0
    fake.decide(fake.ask())
    fake.settle()
    assert sum(fake.trade.refunds.values()) == 3099
    shop.balanced()


def test_a_stuck_refund_can_be_given_back_by_hand_and_stays_spent(shop):
    fake = Fake(shop)
    fake.told._refund_told = lambda refund, told=fake.told._refund_told: {**told(refund), "status": "ABNORMAL"}
    fake.decide(fake.ask(1))
    shop.bus.run()
    assert fake.states() == ["abnormal"]
    with pytest.raises(ResolutionUnfit):
        resolved(shop, "refund_abnormal", "refund")
    resolved(shop, "refund_abnormal", "by_hand")
    assert fake.states() == ["manual"]
    assert shop.payment(fake.payment.id).refund_reserved == 1033


@pytest.mark.parametrize("provider", PROVIDERS)
def test_quarantined_money_goes_back_when_a_person_says_so(shop, provider):
    payment = shop.start(shop.order(), provider)
    fake = shop.fakes[provider]
    fake.pay(payment.id)
    shop.notice(provider, fake.wrong_amount(payment.id))
    assert shop.payment(payment.id).captured == 1
    resolved(shop, "amount", "refund")
    shop.bus.run()
    assert sum(fake.book[payment.id].refunds.values()) == 1
    assert shop.payment(payment.id).refund_reserved == 1


def test_a_refund_notice_of_another_amount_or_an_unknown_number_lies_before_a_person(shop):
    fake = Fake(shop)
    fake.decide(fake.ask(1))
    shop.bus.run()
    number = shop.refunds()[0].id
    fake.trade.refunds[number] = 5
    assert shop.notice("wechat", fake.told.refund_notice(fake.payment.id, number)).status == 204
    assert ("refund_amount", "open") in shop.cases()
    assert fake.states() == ["processing"]
    fake.trade.refunds["R-NOBODY"] = 5
    assert shop.notice("wechat", fake.told.refund_notice(fake.payment.id, "R-NOBODY")).status == 404
    assert ("unknown_refund", "open") in shop.cases()


def test_an_order_that_was_never_paid_has_nothing_to_give_back(shop):
    with pytest.raises(NothingToRefund):
        settled(ask_refund, AskRefund(order_id=shop.order(), reason="why"), work=shop.work(SUPPORT), view=asked_view)
