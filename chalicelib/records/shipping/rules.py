"""How the traces of a parcel add up, what a parcel can do next, and this context's refusals. No clock, no input or output.

Guarantees: any order and any repetition of the same traces ends in the same standing; a code that no table knows moves
nothing and is never dropped; what ends a way counts only when it is proven.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Literal, NamedTuple

from chalicelib.kernel.clock import SHOP_ZONE, business_day
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.kernel.states import States

Status = Literal[
    "picked_up", "in_transit", "out_for_delivery", "at_pickup_point", "exception", "delivered", "returning", "returned",
    "lost", "unknown",
]  # fmt: skip
TRACED: tuple[Status, ...] = (  # by rank, which decides between traces of one instant
    "picked_up", "in_transit", "out_for_delivery", "at_pickup_point", "exception", "delivered", "returning", "returned",
    "lost",
)  # fmt: skip
RANK = {status: rank for rank, status in enumerate(TRACED)}
TERMINAL = frozenset({"delivered", "returned"})  # what others build on: money, the days in which goods may be returned
BACK = frozenset({"returning", "returned"})
ENDED = TERMINAL | {"cancelled", "lost"}  # nothing more is asked of it
MOST_PARCELS = 40
MOST_NEWS = 60  # traces kept in one transaction
RETURN_DAYS = 7
APART = timedelta(minutes=5)  # two sources that tell of one thing differ by less, and clocks of others from ours
SILENCE, ASK_AGAIN = timedelta(hours=24), timedelta(hours=2)


class ShipmentNotFound(NotFound):
    zh, en = "包裹不存在", "There is no such shipment"


class ShipmentStateConflict(Conflict):
    state: str | None
    spoken = {
        "created": "待取号", "labelled": "待揽收", "refused": "承运商拒收单", "cancelled": "已取消", "picked_up": "已揽收",
        "in_transit": "运输中", "out_for_delivery": "派送中", "at_pickup_point": "待自提", "exception": "异常",
        "delivered": "已签收", "returning": "退回中", "returned": "已退回", "lost": "已丢失",
    }  # fmt: skip
    zh, en = "包裹当前状态为 {state}，不能执行此操作", "The shipment is {state}; this cannot be done now"


class ShipmentExists(Conflict):
    zh, en = "订单刚刚新建了包裹，请重试", "A shipment of this order was made just now; please try again"


class StaleShipment(Conflict):
    zh, en = "包裹刚刚变化，请重试", "The shipment changed just now; please try again"


class ShipmentsFull(Conflict):
    most: int
    zh, en = "一个订单最多 {most} 个包裹", "An order has {most} shipments at most"


class WaybillTaken(Conflict):
    zh, en = "该运单号已绑定其他包裹，合单发货请注明", "Another shipment has this waybill; say so if they go together"


class WaybillMalformed(Invalid):
    zh, en = "运单号格式不正确", "This is no waybill number"


class NoSuchCarrier(Invalid):
    carrier: str
    zh, en = "不支持承运商 {carrier}", "There is no carrier {carrier}"


class CarrierDown(Unavailable):
    carrier: str
    zh, en = "承运商 {carrier} 暂时不可用", "The carrier {carrier} cannot be reached"


class CarrierTooLate(Conflict):
    zh, en = "承运商已揽收，不能取消", "The carrier has it already; it cannot be cancelled"


_TRACES: dict[str, str] = {
    status: status for status in TRACED
}  # where a trace leads to: the edge has the name of its end

# A sentence an edge: label — the carrier gave it a waybill; refuse — no carrier takes it; again — it is offered to one more;
# cancel — its pieces come out of it again before anybody fetched it. The others are what traces tell.
SHIPMENT = States(
    "created",
    {
        "created": {"label": "labelled", "refuse": "refused", "cancel": "cancelled"},
        "refused": {"again": "created", "cancel": "cancelled"},
        "labelled": {"cancel": "cancelled", **_TRACES},
        **{str(status): _TRACES for status in TRACED},
    },
    absent=ShipmentNotFound,
    conflict=ShipmentStateConflict,
)


def todo_of(state: str) -> str | None:
    """The list in which a parcel is found while something is to be done of it."""
    if state in ENDED:
        return None
    return {"created": "waiting", "refused": "waiting", "labelled": "packed"}.get(state, "moving")


class Trace(NamedTuple):
    """One thing that was heard of a waybill. `key` names it among all of the waybill; `source` is who told; `proven` is
    whether the carrier said so when it was asked, or signed it."""

    at: datetime
    status: Status
    code: str
    words: str
    place: str
    key: str
    source: str
    proven: bool


class ParcelStanding(NamedTuple):
    """What the traces of a waybill say together. `claimed` is an end that was told and not proven."""

    status: Status | None
    at: datetime | None
    picked_up_at: datetime | None
    delivered_at: datetime | None
    last_at: datetime | None
    claimed: bool
    unknown: tuple[str, ...]


def stand(traces: Iterable[Trace]) -> ParcelStanding:
    """Fold traces, which come in any order and number: by time, and by rank where two tell of one instant.

    A delivery is left only by a way back, a way back only by its end or by a delivery, a return by nothing.
    """
    status: Status | None = None
    since = delivered = None
    told = sorted(set(traces), key=lambda one: (one.at, RANK.get(one.status, -1), one.key, one.source))
    for one in told:
        if one.status == "unknown" or _only_claimed(one) or _stays(status, one.status):
            continue
        if one.status == "delivered":
            delivered = one.at
        if one.status != status:
            since = one.at
        status = one.status
    moved = [one.at for one in told if one.status != "unknown"]
    return ParcelStanding(
        status,
        since,
        moved[0] if moved else None,
        delivered,
        told[-1].at if told else None,
        any(_only_claimed(one) for one in told),
        tuple(sorted({one.code for one in told if one.status == "unknown"})),
    )


def timely(trace: Trace, now: datetime) -> Trace:
    """A trace as of when it was told at the latest: one of next year would keep its parcel from being silent, and all that is
    told after it from counting."""
    return trace._replace(at=now) if trace.at > now + APART else trace


def state_after(state: str, standing: ParcelStanding) -> str:
    """Where a parcel stands with what was heard of its waybill; one that has none, or was given up, is moved by nothing."""
    return state if state not in {"labelled", *TRACED} else standing.status or "labelled"


def _only_claimed(trace: Trace) -> bool:
    return trace.status in TERMINAL and not trace.proven


def _stays(status: Status | None, news: Status) -> bool:
    """Whether what stands is not moved by what is told after it."""
    if status == "returned":
        return True
    if status == "delivered":
        return news not in BACK
    return status == "returning" and news not in TERMINAL


def merged(traces: Sequence[Trace], carrier: str) -> list[Trace]:
    """The lines that a customer sees, oldest first: those of the carrier itself where it tells any, and of others only what
    is later than all of them."""
    own = [one for one in traces if one.source == carrier]
    if not own:
        return sorted(traces, key=_by_time)
    last = max(one.at for one in own)
    return sorted([*own, *(one for one in traces if one.source != carrier and one.at > last + APART)], key=_by_time)


def _by_time(trace: Trace) -> tuple[datetime, int, str]:
    return trace.at, RANK.get(trace.status, -1), trace.key


def return_right_ends(delivered: datetime) -> datetime:
    """The last moment in which goods may be returned without a reason: the end of the seventh day after the delivery."""
    last = business_day(delivered) + timedelta(days=RETURN_DAYS)
    return datetime.combine(last, time(23, 59, 59), SHOP_ZONE)


# ---- numbers --------------------------------------------------------------------------------------------------------
NUMBER = re.compile("S[0-9A-HJKMNP-TV-Z]{26}[0-9]{2}")
WAYBILL = re.compile("[0-9A-Z-]{6,32}")


def number_of(order_id: str, n: int) -> str:
    """Our number of an order's n-th parcel, by which carriers know it: it tells the order without a read."""
    return f"S{order_id[1:]}{n:02d}"


def parcel_of(number: str) -> tuple[str, int] | None:
    """The order and which of its parcels a number names; None for what is none of ours."""
    return (f"O{number[1:-2]}", int(number[-2:])) if NUMBER.fullmatch(number) else None


# ---- words ----------------------------------------------------------------------------------------------------------
_DIGITS = re.compile("[0-9](?:[ —-]?[0-9]){6,}")
MOST_WORDS = 200


def discreet(words: str) -> str:
    """What a carrier says, without numbers by which somebody could be called, and not too long."""
    return _DIGITS.sub(lambda found: f"{found[0][:3]}****", " ".join(words.split()))[:MOST_WORDS]
