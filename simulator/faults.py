"""Things that go wrong on purpose, by HTTP or from a test; each knob may be narrowed to a provider, number or call.

A knob's value is how often it strikes (`true` or "all" = until it is taken away); for those in MEASURES it is the
measure itself, a number or a word, and strikes always. Knobs live as long as the process.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

KNOBS = {  # in Chinese and English
    # notices on their way to the merchant
    "drop": ("通知在途中丢失，仍按重试计划再发", "the delivery is lost on the way; the retry schedule goes on"),
    "delay": ("首次通知延后的秒数", "seconds by which the first delivery is held back"),
    "duplicate": ("每次通知额外再发的次数", "how many more times each delivery is sent"),
    "reorder": ("接下来若干条通知按倒序发送", "the next notices, as many as the value says, are sent newest first"),
    "wrong_signature": ("签名来自他人", "the signature is somebody else's"),
    "signtest": (
        "通知之前先发 WECHATPAY/SIGNTEST 探测（仅微信）",
        "a WECHATPAY/SIGNTEST probe goes ahead of the delivery (WeChat only)",
    ),
    "wrong_amount": ("通知金额多一分", "the notice speaks of one fen more"),
    "wrong_currency": ("通知币种不符（微信、银联）", "the notice speaks of another currency (WeChat and UnionPay)"),
    "other_app": ("通知属于其他商户", "the notice is for another merchant"),
    "other_front": (
        "通知属于本商户的另一 appid（仅微信）",
        "the notice is for another appid of the merchant (WeChat only)",
    ),
    "unknown_number": ("通知的单号无人认识", "the notice names an order nobody knows"),
    "stale": ("签名时间早十分钟（仅微信）", "the signature's time is ten minutes old (WeChat only)"),
    # calls of the merchant
    "down": ("不做任何事，直接返回 503", "503 without doing the work"),
    "throttle": ("不做任何事，返回 429 之类", "429 or its like without doing the work"),
    "slow": ("做完之后、回答之前等待的秒数", "seconds to wait after the work, before the answer"),
    "code": ("不做任何事，直接返回所给的错误码", "this code is answered without doing the work"),
    "state": ("查询时所给的交易或退款状态", "what a query says of a trade or a refund, whatever became of it"),
    "lost_answer": ("做完之后断开连接", "the work is done, then the connection is closed"),
    "answer_500": ("做完之后返回系统错误", "the work is done, then a system error is answered"),
    "bad_answer": ("回答的签名来自他人", "the answer's signature is somebody else's"),
    "pay_at_create": ("下单接口返回之前订单已付款", "the order is paid before its create call is answered"),
    "not_enough": ("退款因余额不足被拒", "a refund is refused for lack of balance"),
    "refund_outcome": (
        "退款的结局：ABNORMAL、CLOSED（微信）、FAILED（银联）",
        "how refunds end: ABNORMAL, CLOSED (WeChat), FAILED (UnionPay)",
    ),
    "unseen": (
        "退款受理后查询查不到的秒数（仅银联）",
        "seconds in which a query knows nothing of a refund (UnionPay only)",
    ),
    # bills
    "bill_extra": ("账单多出一行", "a row nobody asked for"),
    "bill_missing": ("账单缺最后一行", "the last row is missing"),
    "bill_torn": (
        "账单缺最后一行，汇总仍计入（微信、支付宝）",
        "the last row is lost, its summary is not (WeChat and Alipay)",
    ),
    "bill_changed": ("账单首行差一分", "the first row is one fen off"),
}
WORDS = {"code", "state", "refund_outcome"}
MEASURES = {"delay", "duplicate", "slow", "unseen", *WORDS}


@dataclass(slots=True)
class Rule:
    knob: str
    value: Any
    left: int | None
    provider: str | None
    number: str | None
    call: str | None

    def fits(self, knob: str, provider: str, number: str, call: str) -> bool:
        return (
            self.knob == knob
            and self.left != 0
            and self.provider in (None, provider)
            and self.number in (None, number)
            and self.call in (None, call)
        )


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def add(
        self,
        provider: str | None = None,
        number: str | None = None,
        call: str | None = None,
        **knobs: Any,
    ) -> None:
        """Set knobs; raises ValueError for a knob that does not exist or a value it cannot have."""
        fresh = []
        for knob, value in knobs.items():
            if knob not in KNOBS:
                raise ValueError(f"no knob is called {knob}; there are {', '.join(KNOBS)}")
            left = None if knob in MEASURES or value is True or value == "all" else _times(knob, value)
            if knob in MEASURES and not isinstance(value, str if knob in WORDS else int | float):
                raise ValueError(f"{knob} takes a {'word' if knob in WORDS else 'number'}")
            fresh.append(Rule(knob, value, left, provider, number, call))
        with self._lock:
            self._rules += fresh

    def take(self, knob: str, provider: str, number: str = "", call: str = "") -> Any:
        """Return the knob's value when it strikes here, and use it up; else None."""
        with self._lock:
            for rule in self._rules:
                if rule.fits(knob, provider, number, call):
                    if rule.left is not None:
                        rule.left -= 1
                    return rule.value
        return None

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def as_list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{name: getattr(rule, name) for name in Rule.__slots__} for rule in self._rules]


def _times(knob: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f'{knob} takes a whole number, true or "all"')
    return value
