"""Why an address is not written to, and of what; the refusals."""

from __future__ import annotations

from chalicelib.kernel.errors import Conflict, Invalid, NotFound

OFFERS, ALL = "offers", "all"
WHYS = {  # why an address is suppressed -> of what it is told no more
    "bounce": OFFERS,  # the provider says that nobody is there
    "complaint": OFFERS,  # its reader called it spam
    "opt_out": OFFERS,  # its reader answered 退订, or clicked so at the provider
    "wrong_person": ALL,  # who reads there is not the customer
    "order": ALL,  # a court's or an authority's
}
REASONS = ("false_report", "owner_asked", "new_owner", "mistake")  # why that ends


class SuppressionNotFound(NotFound):
    zh, en = "该地址未被屏蔽", "This address is not suppressed"


class SuppressionChanged(Conflict):
    zh, en = "屏蔽名单刚刚变化，请重试", "The suppression of this address changed just now; please try again"


def scope(why: str, former: str | None) -> str:
    """Of what an address is told no more; what was silenced wholly stays so."""
    return ALL if former == ALL else WHYS[why]


def silences(scope: str | None, marketing: bool) -> bool:
    """Whether a suppression of this scope (None: there is none) keeps a message back."""
    return scope == ALL or (scope == OFFERS and marketing)


class SuppressionTargetNeeded(Invalid):
    zh, en = "请填写手机号或邮箱之一", "Give either a phone or an e-mail address"
