"""Templates and people for tests of coupons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.records.coupons import shapes
from chalicelib.records.coupons.rules import RACED, Terms
from chalicelib.records.coupons.service import claims, codes, templates
from chalicelib.runtime import clients, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import Table
from chalicelib.runtime.work import Work
from tests.support.doors import done

M = TypeVar("M", bound=Table)
OPERATOR = Caller("A1", "operator")
ANNA, BO = Caller("U1", "customer"), Caller("U2", "customer")
ORDER, OTHER = "O01JZ0000000000000000000001", "O01JZ0000000000000000000002"
DOCUMENT = {
    "name": {"zh": "满100减10", "en": "10 off 100"},
    "lane": "coupon",
    "kind": "threshold",
    "terms": {"by": "fen", "tiers": [{"at": 10000, "off_fen": 1000}]},
    "scope": {"all": True},
    "with_coupons": False,
    "refund_policy": "prorate",
}


def terms(**other: Any) -> Terms:
    """A public template of 100, one a person, for ten days from its claim."""
    said = Terms(
        document=DOCUMENT,
        total=100,
        per_person=1,
        per_day=None,
        claim_from=None,
        claim_to=None,
        use_from=None,
        use_to=None,
        use_after_days=0,
        use_days=10,
        public=True,
        newcomer=False,
    )
    return said._replace(**other)


def fixed(begin: timedelta, end: timedelta) -> dict[str, Any]:
    """To be used between two instants from now."""
    now = world.now()
    return {"use_days": None, "use_from": millis(now + begin), "use_to": millis(now + end)}


def opened(**other: Any) -> str:
    """A template that is given out."""
    name = act(templates.add, terms(**other))
    act(templates.move, name, 1, "open")
    return str(name)


def act(use_case: Callable[..., Any], *args: Any) -> Any:
    """What an operator does."""
    return done(use_case, *args, work=Work(OPERATOR, "test"))


def claim(template: str, who: Caller = ANNA, *, key: str | None = None) -> Any:
    """As the door does it: looks again while others are faster."""
    return Work(who, "claim", key=key, fingerprint="same").attempts(
        5, lambda work: shapes.claimed(claims.claim(template, work)), *RACED
    )


def again(template: str, who: Caller, times: int) -> list[str]:
    """Claim so many times; what each came to."""
    return [told(template, who) for _ in range(times)]


def told(template: str, who: Caller = ANNA) -> str:
    """A claim's coupon, or the code of its refusal."""
    try:
        return str(claim(template, who).coupon_id)
    except Refusal as refusal:
        return refusal.code
    except CommitRejected as refused:
        return "+".join(reason.code for reason in refused.reasons)


BODY = {
    "offer": {
        "name": {"zh": "满100减10", "en": "10 off 100"},
        "kind": "amount",
        "terms": {"off_fen": 1000, "min_fen": 10000},
        "scope": {"all": True},
    },
    "use": {"days": 10},
    "total": 100,
    "public": True,
}


def redeemed(code: str, who: Caller = ANNA) -> str:
    """What a code comes to: a coupon, or the code of the refusal."""
    try:
        had = Work(who, "redeem").attempts(5, lambda work: codes.redeem(code, work), *RACED)
    except Refusal as refusal:
        return refusal.code
    except CommitRejected as refused:
        return "+".join(reason.code for reason in refused.reasons)
    return had.id


def rows(model: type[M]) -> list[M]:
    """Every item of a model's table."""
    found = clients.client("dynamodb").scan(TableName=model.Meta.table_name)
    return [model.from_raw_data(item) for item in found["Items"]]
