"""Things that go wrong on purpose, by HTTP or from a test; each knob may be narrowed to a provider, number or call.

A knob's value is how often it strikes (`true` or "all" = until it is taken away); for those in MEASURES it is the
measure itself and strikes always. Knobs live as long as the process.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

KNOBS = {
    # notices on their way to the merchant
    "drop": "the delivery is lost on the way; the retry schedule goes on",
    "delay": "seconds by which the first delivery is held back",
    "duplicate": "how many more times each delivery is sent",
    "reorder": "the next notices, as many as the value says, are sent newest first",
    "wrong_signature": "the signature is somebody else's",
    "signtest": "a WECHATPAY/SIGNTEST probe goes ahead of the delivery (WeChat only)",
    "wrong_amount": "the notice speaks of one fen more",
    "wrong_currency": "the notice speaks of another currency (WeChat and UnionPay)",
    "other_app": "the notice is for another merchant",
    "unknown_number": "the notice names an order nobody knows",
    "stale": "the signature's time is ten minutes old (WeChat only)",
    # calls of the merchant
    "down": "503 without doing the work",
    "throttle": "429 or its like without doing the work",
    "slow": "seconds to wait after the work, before the answer",
    "lost_answer": "the work is done, then the connection is closed",
    "answer_500": "the work is done, then a system error is answered",
    "bad_answer": "the answer's signature is somebody else's",
    "pay_at_create": "the order is paid before its create call is answered",
    "not_enough": "a refund is refused for lack of balance",
    "refund_outcome": "how refunds end: ABNORMAL, CLOSED (WeChat), FAILED (UnionPay)",
    # bills
    "bill_extra": "a row nobody asked for",
    "bill_missing": "the last row is missing",
    "bill_changed": "the first row is one fen off",
}
MEASURES = {"delay", "duplicate", "slow", "refund_outcome"}


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
            if knob in MEASURES and knob != "refund_outcome" and not isinstance(value, int | float):
                raise ValueError(f"{knob} takes a number")
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
