"""What is told of coupons."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class CouponTemplateChanged(Fact, context="coupons", audit=Audit("shop", "template_id")):
    """A template was made, edited or moved; `what` is added, edited, open, close, stop or discard, of this revision on."""

    template_id: str
    what: str
    revision: int


class CouponClaimed(Fact, context="coupons", audit=Left("the customer's own act, and the coupon is kept")):
    """A customer has a coupon more, by their own act: `way` is claim or code."""

    customer: str
    coupon_id: str
    way: str


class CouponGranted(Fact, context="coupons", audit=Left("follows from what asked for it, which is audited")):
    """A customer was given a coupon: `way` is grant, newcomer or gift."""

    customer: str
    coupon_id: str
    way: str


class CouponUsed(Fact, context="coupons", audit=Left("the order itself is kept")):
    """A coupon stands in an order."""

    customer: str
    coupon_id: str
    order_id: str


class CouponReturned(Fact, context="coupons", audit=Left("follows from the end of the order")):
    """An order gave a coupon back; it ends when it would have ended."""

    customer: str
    coupon_id: str
    order_id: str


class CouponVoided(Fact, context="coupons", audit=Left("follows from the end of the order")):
    """A coupon that an order had gifted died with it."""

    customer: str
    coupon_id: str
    order_id: str


class CouponExpiresSoon(Fact, context="coupons", audit=REMINDER):
    """A coupon ends in a day, if it was not used."""

    customer: str
    coupon_id: str


class CouponJobAsked(Fact, context="coupons", audit=Audit("shop", "job_id")):
    """A member of staff asked for so many codes, or grants to so many customers; `kind` is codes, code or grants."""

    job_id: str
    template_id: str
    kind: str
    pieces: int


class CouponJobDue(
    Fact, context="coupons", audit=Left("a reminder for a worker; that it was asked for is told by itself")
):
    """The next stretch of a job waits to be done."""

    job_id: str
    kind: str


class CouponJobDone(Fact, context="coupons", audit=Left("follows from coupon.job_asked")):
    """All of a job is done: so many came of it."""

    job_id: str
    template_id: str
    given: int


class CouponCodesExported(Fact, context="coupons", audit=Audit("shop", "job_id")):
    """A member of staff took codes along."""

    job_id: str
    first: int
    pieces: int
