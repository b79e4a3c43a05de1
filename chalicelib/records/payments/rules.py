"""What becomes of money: the states of an attempt and of a refund, and how news from a provider is folded into them.

Guarantees: any order and any repetition of a provider's news ends in the same state; an attempt is paid exactly when
the provider's own amount equals ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import AboutSums, Conflict, Forbidden, Invalid, NotFound, Refusal, Unavailable
from chalicelib.kernel.money import Fen
from chalicelib.kernel.states import States

from .providers import PROVIDERS

PaymentStatus = Literal["PENDING", "PAID", "CLOSED", "FAILED", "NOT_FOUND", "UNKNOWN"]
RefundStatus = Literal["PROCESSING", "SUCCEEDED", "FAILED", "ABNORMAL", "UNKNOWN"]
Mismatch = Literal["", "merchant", "currency"]

PROVIDERS_ZH = {one.name: one.zh for one in PROVIDERS.values()}
PROVIDERS_EN = {one.name: one.en for one in PROVIDERS.values()}


# ---- refusals -------------------------------------------------------------------------------------------------------
class PaymentNotFound(NotFound):
    zh, en = "支付单不存在", "There is no such payment"


class RefundNotFound(NotFound):
    zh, en = "退款单不存在", "There is no such refund"


class PaymentExceptionNotFound(NotFound):
    zh, en = "支付异常不存在", "There is no such payment exception"


class PaymentExists(Conflict):
    zh, en = "支付单已存在", "This payment attempt exists already"


class PaymentSettled(Conflict):
    zh, en = "该支付已处理完毕", "This payment is settled already"


class PaymentMismatched(Conflict):
    trouble: str
    spoken = {"amount": "金额", "merchant": "商户", "currency": "币种", "provider": "支付渠道"}
    zh, en = "支付结果与订单不符：{trouble}", "The payment does not match its order: {trouble}"


class PaymentStateConflict(Conflict):
    spoken = {
        "created": "已创建", "pending": "待支付", "paid": "已支付", "closed": "已关闭", "failed": "已失败",
        "quarantined": "待核实", "unknown": "未知",
    }  # fmt: skip
    state: str
    zh, en = "支付单当前状态为 {state}", "The payment is {state}; this cannot be done now"


class PaymentDeclined(Conflict):
    provider: str
    spoken, spoken_en = PROVIDERS_ZH, PROVIDERS_EN
    zh, en = (
        "支付渠道 {provider} 未受理这笔付款，请换一种方式",
        "{provider} did not take this payment; please pay another way",
    )


class RefundStateConflict(Conflict):
    spoken = {
        "asked": "待审批", "requested": "已提交", "processing": "处理中", "succeeded": "已成功", "failed": "已失败",
        "abnormal": "异常", "declined": "已拒绝", "released": "已释放", "manual": "已人工退款",
    }  # fmt: skip
    state: str
    zh, en = "退款单当前状态为 {state}", "The refund is {state}; this cannot be done now"


class PaymentExceptionExists(Conflict):
    zh, en = "该异常已登记", "This exception is on record already"


class PaymentExceptionClosed(Conflict):
    zh, en = "该异常已处理", "This exception has been resolved already"


class RefundTooLarge(AboutSums, Conflict):
    left: int
    zh, en = "退款金额超过可退金额，剩余可退 {left}", "More than can be given back: {left} is left"


class StaleRefund(Conflict):
    zh, en = "该订单正有另一笔退款，请刷新后重试", "Another refund came in between; please look again"


class RefundUnitsExceeded(Conflict):
    left: int
    zh, en = "退款数量超过可退数量，剩余 {left} 件", "Only {left} units are left to refund"


class NothingToRefund(Conflict):
    zh, en = "没有可退的金额", "There is nothing to give back"


class RefundNeedsAnother(Forbidden):
    zh, en = "超过限额的退款须由他人审批", "A refund above the limit must be approved by somebody else"


class PaymentMethodUnknown(Invalid):
    method: str
    zh, en = "没有支付方式 {method}", "There is no payment method {method}"


class PayerRefused(Invalid):
    provider: str
    spoken, spoken_en = PROVIDERS_ZH, PROVIDERS_EN
    zh, en = (
        "{provider}不认识这个付款人，请重新获取后再试",
        "{provider} does not know this payer; please have it named anew",
    )


class PayerNeeded(Invalid):
    zh, en = "该支付方式需要付款人标识", "This payment method needs to know the payer's open id"


class ReturnAddressRefused(Invalid):
    return_url: str
    zh, en = "支付完成后不能返回该地址：{return_url}", "After paying, nobody is sent there: {return_url}"


class TooManyPaymentAttempts(Conflict):
    zh, en = "支付尝试次数过多", "Too many payment attempts for this order"


class PaymentProviderDown(Unavailable):
    provider: str
    methods: list[dict[str, Any]] | None = None
    spoken, spoken_en = PROVIDERS_ZH, PROVIDERS_EN
    zh, en = (
        "支付渠道 {provider} 暂时不可用，请换一种方式",
        "{provider} does not answer just now; please pay another way",
    )

    retry_after = 30


# prepare: the provider took the attempt (again, when its hand-over ran out); settle: our amount came, however late;
# close: it cannot be paid any more; fail: the provider said no; quarantine: money came, but another amount.
ATTEMPT = States("created", {
    "created": {"prepare": "pending", "settle": "paid", "close": "closed", "fail": "failed", "quarantine": "quarantined"},
    "pending": {"prepare": "pending", "settle": "paid", "close": "closed", "fail": "failed", "quarantine": "quarantined"},
    "failed": {"close": "closed", "settle": "paid", "quarantine": "quarantined"},
    "closed": {"settle": "paid", "quarantine": "quarantined"},
    "quarantined": {"settle": "paid"},
}, absent=PaymentNotFound, conflict=PaymentStateConflict)  # fmt: skip

# approve: finance agrees; decline: finance does not; submit: the provider has it; succeed: the money went back;
# fail: the provider said no; stick: the provider cannot reach the payer's account; retry: the same number once more;
# release: it will not be given back, the amount may be asked for anew; by_hand: it was given back by another way;
# recall: its goods had left before anybody was asked, and it is for a person to look at it anew.
REFUND = States("asked", {
    "asked": {"approve": "requested", "decline": "declined"},
    "requested": {"submit": "processing", "succeed": "succeeded", "fail": "failed", "stick": "abnormal",
                  "by_hand": "manual", "recall": "declined"},
    "processing": {"submit": "processing", "succeed": "succeeded", "fail": "failed", "stick": "abnormal",
                   "by_hand": "manual"},
    "failed": {"retry": "processing", "succeed": "succeeded", "stick": "abnormal", "release": "released",
               "by_hand": "manual"},
    "abnormal": {"retry": "processing", "succeed": "succeeded", "by_hand": "manual"},
}, absent=RefundNotFound, conflict=RefundStateConflict)  # fmt: skip

OPEN_ATTEMPT = frozenset({"created", "pending"})
MOVING_REFUND = frozenset({"requested", "processing"})
STUCK_REFUND = frozenset({"failed", "abnormal"})
CLAIM_WITHIN = timedelta(hours=24)

# What may come to what an exception is about, and the kinds that nobody need decide any more when it does. settled: the
# right amount came; returned: the money went back; answered: the provider spoke again; found: the number is known now;
# told: the provider knows what was sent, or need not know it any more.
PUT_RIGHT = {
    "settled": frozenset({"amount", "payment_silent"}),
    "returned": frozenset(
        {"double", "amount", "refund_silent", "refund_failed", "refund_abnormal", "refund_amount", "shipping_untold"}
    ),
    "answered": frozenset({"payment_silent", "refund_silent", "refund_failed"}),
    "found": frozenset({"unknown"}),
    "told": frozenset({"shipping_untold"}),
}


# ---- news -----------------------------------------------------------------------------------------------------------
class PaymentSnapshot(NamedTuple):
    """What the provider says of an attempt at one moment; `evidence` is the SHA-256 of the words it signed, `products` are
    those that it can have been paid by, where the provider tells (empty: any)."""

    number: str
    status: PaymentStatus
    amount: Fen | None = None
    paid_at: datetime | None = None
    provider_ref: str = ""
    mismatch: Mismatch = ""
    evidence: str = ""
    products: tuple[str, ...] = ()


class RefundSnapshot(NamedTuple):
    """`amount` is None where the provider reports only a running total; `code` is the provider's own where it says
    neither that it is done nor plainly that it is under way."""

    number: str
    status: RefundStatus
    amount: Fen | None = None
    refunded_at: datetime | None = None
    provider_ref: str = ""
    mismatch: Mismatch = ""
    evidence: str = ""
    code: str = ""


class Verdict(NamedTuple):
    """The action that news asks of a row (empty for none), and what is wrong with it (empty for nothing)."""

    action: str
    trouble: str


NO_NEWS = Verdict("", "")
_PAYMENT_NEWS = {"PAID": "settle", "CLOSED": "close", "FAILED": "fail"}
_REFUND_NEWS = {"SUCCEEDED": "succeed", "FAILED": "fail", "ABNORMAL": "stick", "PROCESSING": "submit"}


def fold(state: str, provider: str, amount: Fen, told_by: str, news: PaymentSnapshot, product: str = "") -> Verdict:
    """What news does to an attempt of this state, provider, amount and product; another front's appid is another merchant."""
    elsewhere: Mismatch = "merchant" if news.products and product not in news.products else ""
    mismatch = news.mismatch or elsewhere
    if news.status == "PAID":
        trouble = "provider" if told_by != provider else mismatch
        if trouble:
            return Verdict("", trouble)
        if news.amount != amount:
            return Verdict(_allowed(ATTEMPT, state, "quarantine"), "amount")
    elif told_by != provider or mismatch:
        return NO_NEWS
    return Verdict(_allowed(ATTEMPT, state, _PAYMENT_NEWS.get(news.status, "")), "")


def fold_refund(state: str, amount: Fen, news: RefundSnapshot) -> Verdict:
    """What news does to a refund of this state and amount; another amount or merchant changes nothing."""
    if news.mismatch:
        return Verdict("", news.mismatch)
    if news.amount is not None and news.amount != amount and news.status in ("SUCCEEDED", "PROCESSING"):
        return Verdict("", "amount")
    if news.status == "SUCCEEDED" and state in ("released", "declined", "asked", "manual"):
        return Verdict("", "unexpected")
    return Verdict(_allowed(REFUND, state, _REFUND_NEWS.get(news.status, "")), "")


def _allowed(states: States, state: str, action: str) -> str:
    target = states.after(state, action)
    return action if target is not None and target != state else ""


# ---- sending a refund -----------------------------------------------------------------------------------------------
Situation = Literal["nothing", "unheard", "missing", "gone", "taken"]

# Some providers name a refund by its number and the second of its sending together: under another second it is another
# refund. What may be done next, by what is known of all that was sent: send it anew, under the second of now, or only ask.
# The same once more, under its old second, could give nothing back twice either, but it is never sent: it is refused for
# being late whether or not the first one arrived, and that refusal would be taken for the first one's.
NEXT: dict[Situation, Literal["anew", "ask"]] = {
    "nothing": "anew",  # nothing stands there: nothing was sent, or all that was is known to have ended with a no
    "unheard": "ask",  # sent, and nobody has said what became of it: its answer was lost, or the sender died before it
    "missing": "ask",  # the provider says that it does not exist, which can also mean: not yet
    "gone": "anew",  # it has gone on saying so for longer than it may be late
    "taken": "ask",  # the provider has spoken of it: what it knows once it does not forget
}


class Sent(NamedTuple):
    """What was sent of a refund, by the second (epoch) of each sending, and what is known of it: how many, the first ones,
    have ended with a no; since when the provider says that none of the others exists; whether it has spoken of one."""

    times: tuple[int, ...] = ()
    over: int = 0
    missing: int | None = None
    taken: bool = False

    def situation(self, now: datetime, lag: timedelta) -> Situation:
        """What is known of those that have not ended."""
        if len(self.times) == self.over:
            return "nothing"
        if self.taken:
            return "taken"
        if self.missing is None:
            return "unheard"
        return "gone" if now.timestamp() - self.missing >= lag.total_seconds() else "missing"

    def sending(self, now: datetime) -> Sent:
        """It is about to be sent, under a second that no other sending has."""
        last = self.times[-1] if self.times else 0
        return self._replace(times=(*self.times, max(int(now.timestamp()), last + 1)), missing=None)

    def unsent(self) -> Sent:
        """The last sending was not taken, and cannot be any more: it was refused for its second, or never left."""
        return self._replace(times=self.times[:-1])

    def missed(self, now: datetime) -> Sent:
        """The provider says that none of them exists."""
        return self if self.missing is not None else self._replace(missing=int(now.timestamp()))

    def heard(self) -> Sent:
        """The provider has spoken of one of them."""
        return self._replace(taken=True, missing=None) if len(self.times) > self.over else self

    def ended(self) -> Sent:
        """All of them have ended with a no."""
        return Sent(self.times, len(self.times))


# ---- units ----------------------------------------------------------------------------------------------------------
def require_left(counts: Sequence[int], given_back: Sequence[int], wanted: Sequence[int]) -> None:
    """Of each line, so many units can be given back after those before. Raises RefundUnitsExceeded."""
    for count, before, more in zip(counts, given_back, wanted, strict=True):
        if more < 0 or before + more > count:
            raise RefundUnitsExceeded(left=count - before)


# ---- patience -------------------------------------------------------------------------------------------------------
_ASK_AGAIN = (10, 30, 60, 120, 300, 600, 1200)
_ASK_LATE = (30, 60, 300, 900, 3600)
_SOONEST, _LATEST = timedelta(seconds=30), timedelta(hours=1)
SILENT_AFTER, FORGOTTEN_AFTER = timedelta(hours=36), timedelta(days=30)


def next_query(now: datetime, expires_at: datetime, turn: int) -> datetime:
    """When to ask for an attempt again: ever later until its end, at its end, then after as long as it has been over,
    at last hourly, and daily after a day and a half."""
    if now < expires_at:
        return min(now + timedelta(seconds=_ASK_AGAIN[min(turn, len(_ASK_AGAIN) - 1)]), expires_at)
    over = now - expires_at
    return now + (timedelta(days=1) if over >= SILENT_AFTER else min(max(over, _SOONEST), _LATEST))


def next_refund_query(now: datetime, turn: int) -> datetime:
    """When to ask for a refund again: after half a minute, at last hourly."""
    return now + timedelta(seconds=_ASK_LATE[min(turn, len(_ASK_LATE) - 1)])


def not_settled(
    told_by: str, news: PaymentSnapshot, state: str | None, provider: str, amount: Fen, product: str = ""
) -> Refusal:
    """What a refused settlement means, given the attempt as it stood (`state` is None when there is none)."""
    if state is None:
        return PaymentNotFound()
    verdict = fold(state, provider, amount, told_by, news, product)
    return PaymentMismatched(trouble=verdict.trouble) if verdict.trouble else PaymentSettled()


class Told(NamedTuple):
    """What a provider is told of a person: the payer's open id and address; empty where its product does not ask. `known`:
    the open id is that of who signed in, not what a client told. `return_to` is where their browser goes afterwards, where
    they chose."""

    payer: str = ""
    client_ip: str = ""
    known: bool = False
    return_to: str = ""


NOBODY = Told()


# ---- what was sent --------------------------------------------------------------------------------------------------
class StaleReport(Conflict):
    zh, en = "发货信息刚刚变化，请重试", "What its provider was told changed just now; please try again"


class ShippingTold(NamedTuple):
    """What a provider was told last: a digest of it, when that began (epoch ms), and whether it is known to have arrived;
    `received` when the payer has confirmed."""

    words: str = ""
    at: int = 0
    heard: bool = False
    received: bool = False

    def under_way(self, now: datetime) -> bool:
        """Whether it may be on its way to the provider just now."""
        return bool(self.words) and not self.heard and now - instant(self.at) < TELLING


TELLING = timedelta(minutes=2)  # longer than any call and the function around it
