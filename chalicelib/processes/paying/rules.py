"""Refusals of deciding about money, and why an order takes none."""

from __future__ import annotations

from typing import Literal

from chalicelib.kernel.errors import AboutSums, Conflict, Forbidden

# cancelled, called_off: its customer or the shop had given it up; gone: it had run out, and could not be held again (or
# not at this price); repriced: it costs something else by now; free: it costs nothing by now.
Unwanted = Literal["cancelled", "called_off", "gone", "repriced", "free"]
UNWANTED: dict[str, Unwanted] = {"placed": "repriced", "paid": "free", "expired": "gone"}  # by the order's state


class ResolutionUnfit(Conflict):
    resolution: str
    spoken = {"refund": "退回款项", "retry": "重试", "release": "放弃", "by_hand": "人工退款", "noted": "知悉"}
    zh, en = "该异常不能以“{resolution}”处理", "This exception cannot be resolved by {resolution}"


Resolution = Literal["refund", "retry", "release", "by_hand", "noted"]
FIT: dict[str, tuple[Resolution, ...]] = {
    "amount": ("refund", "noted"), "payment_silent": ("retry", "noted"),
    "shipping_untold": ("retry", "noted"),
    "refund_failed": ("retry", "release", "by_hand", "noted"), "refund_unexpected": ("noted",),
}  # fmt: skip


def fitting(kind: str) -> tuple[Resolution, ...]:
    """How an exception of this kind may be resolved; its own state has the last word."""
    return FIT.get(kind, ("retry", "by_hand", "noted") if kind.startswith("refund_") else ("noted",))


class StepUpNeeded(AboutSums, Forbidden):
    limit: int
    zh, en = (
        "支付金额达到 {limit}，请先完成二次验证",
        "From {limit} on, please confirm with a fresh code that it is you",
    )


def unwanted(state: str, given_up_by: str | None) -> Unwanted:
    """Why an order in this state, that no other attempt has paid, takes no money that comes for it."""
    return UNWANTED.get(state, "cancelled" if given_up_by == "customer" else "called_off")
