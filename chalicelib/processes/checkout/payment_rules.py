"""Refusals of deciding about money."""

from __future__ import annotations

from chalicelib.kernel.errors import Conflict, Forbidden


class ResolutionUnfit(Conflict):
    code = "RESOLUTION_UNFIT"
    spoken = {"refund": "退回款项", "retry": "重试", "release": "放弃", "by_hand": "人工退款", "noted": "知悉"}
    zh, en = "该异常不能以“{resolution}”处理", "This exception cannot be resolved by {resolution}"


class StepUpNeeded(Forbidden):
    code = "STEP_UP_NEEDED"
    zh, en = (
        "支付金额达到 {limit} 分，请先完成二次验证",
        "From {limit} fen on, please confirm with a fresh code that it is you",
    )
