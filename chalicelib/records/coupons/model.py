"""The tables `coupons` (of a person), `coupon_templates`, `coupon_codes` and `coupon_jobs`."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

HEAD = "head"
HELD = "K"  # how the ids of coupons, which are their templates' first, begin
NEWCOMER, NTH_ORDER = "newcomer", "nth#"  # in place of a coupon's id: benefits that a customer has once
SHARD = "shard#"
TALLY = "tally"
VERSION = "version#"


def shard_part(shard: int) -> str:
    return f"{SHARD}{shard:02d}"


def version_part(version: int) -> str:
    return f"{VERSION}{version:05d}"


def day_part(template: str, day: str, number: int) -> str:
    return f"day#{template}#{day}#{number:02d}"


# ---- of a person ----------------------------------------------------------------------------------------------------
class _Held(Table):
    class Meta:
        table_name = table_name("coupons")

    customer = UnicodeAttribute(hash_key=True, attr_name="u")
    id = UnicodeAttribute(range_key=True, attr_name="c")
    expires = WholeAttribute(attr_name="x", null=True)  # epoch s: nobody needs the row any more


class Coupon(_Held):
    """A coupon of a version of its template; `used_by` is the one order it stands in. One that was void before it came has
    nothing but that."""

    class Meta:
        table_name = table_name("coupons")

    version = WholeAttribute(attr_name="v", null=True)
    starts_at = InstantAttribute(attr_name="a", null=True)
    ends_at = InstantAttribute(attr_name="e", null=True)
    way = UnicodeAttribute(attr_name="w", null=True)
    had_at = InstantAttribute(attr_name="g", null=True)
    used_by = UnicodeAttribute(attr_name="o", null=True)
    used_at = InstantAttribute(attr_name="p", null=True)
    void_at = InstantAttribute(attr_name="z", null=True)


class ClaimDay(_Held):
    """The n-th coupon of a template that somebody claimed on a day. Range `day#<template>#<day>#<n>`."""

    class Meta:
        table_name = table_name("coupons")


class OnceBenefit(_Held):
    """The order in which a benefit stands that somebody has once: that of new customers, range `newcomer`, or that of their
    n-th order, range `nth#<n>`."""

    class Meta:
        table_name = table_name("coupons")

    order = UnicodeAttribute(attr_name="o", null=True)


# ---- templates ------------------------------------------------------------------------------------------------------
class _Templates(Table):
    class Meta:
        table_name = table_name("coupon_templates")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")


class CouponTemplate(_Templates):
    """A template as it stands. Range `head`. `revision` rises with every change, `version` with those of its terms."""

    class Meta:
        table_name = table_name("coupon_templates")

    state = UnicodeAttribute(attr_name="s", null=True)
    revision = WholeAttribute(attr_name="n", null=True)
    version = WholeAttribute(attr_name="v", null=True)
    shards = WholeAttribute(attr_name="h", null=True)
    terms = UnicodeAttribute(attr_name="t", null=True)
    changed_by = UnicodeAttribute(attr_name="b", null=True)
    changed_at = InstantAttribute(attr_name="c", null=True)
    codes = WholeAttribute(attr_name="o", null=True)  # how often the codes made of it may be redeemed in all


class TemplateVersion(_Templates):
    """The terms of a version, which never change. Range `version#<n>`."""

    class Meta:
        table_name = table_name("coupon_templates")

    terms = UnicodeAttribute(attr_name="t", null=True)


class Shard(_Templates):
    """What of a template is `left` to be had here (None: as many as come), and how many were had in which way.

    It follows the head's revision: who goes by an older one is refused.
    """

    class Meta:
        table_name = table_name("coupon_templates")

    revision = WholeAttribute(attr_name="n", null=True)
    left = WholeAttribute(attr_name="l", null=True)
    claim = WholeAttribute(attr_name="wc", null=True)
    code = WholeAttribute(attr_name="wk", null=True)
    grant = WholeAttribute(attr_name="wg", null=True)
    newcomer = WholeAttribute(attr_name="wn", null=True)
    gift = WholeAttribute(attr_name="wo", null=True)

    @property
    def had(self) -> int:
        """How many were had here, in whichever way."""
        return sum(count or 0 for count in (self.claim, self.code, self.grant, self.newcomer, self.gift))


class Tally(_Templates):
    """How often coupons of a template were used and given back by orders; of the orders that were paid how many, what it
    took off them, and what was paid (fen). Range `tally`."""

    class Meta:
        table_name = table_name("coupon_templates")

    used = WholeAttribute(attr_name="u", null=True)
    returned = WholeAttribute(attr_name="w", null=True)
    paid = WholeAttribute(attr_name="p", null=True)
    off = WholeAttribute(attr_name="o", null=True)
    worth = WholeAttribute(attr_name="f", null=True)


# ---- codes ----------------------------------------------------------------------------------------------------------
class _Codes(Table):
    class Meta:
        table_name = table_name("coupon_codes")

    code = UnicodeAttribute(hash_key=True, attr_name="k")
    part = UnicodeAttribute(range_key=True, attr_name="r")


class CouponCode(_Codes):
    """A code and its template. Range `head`. One that many may redeem counts them in so many `shares`."""

    class Meta:
        table_name = table_name("coupon_codes")

    template = UnicodeAttribute(attr_name="t", null=True)
    job = UnicodeAttribute(attr_name="j", null=True)
    shares = WholeAttribute(attr_name="h", null=True)
    used_at = InstantAttribute(attr_name="p", null=True)


class CodeShare(_Codes):
    """How often a code may still be redeemed, in part. Range `shard#<n>`."""

    class Meta:
        table_name = table_name("coupon_codes")

    left = WholeAttribute(attr_name="l", null=True)


# ---- what is made in bulk -------------------------------------------------------------------------------------------
class _Jobs(Table):
    class Meta:
        table_name = table_name("coupon_jobs")

    id = UnicodeAttribute(hash_key=True, attr_name="j")
    part = UnicodeAttribute(range_key=True, attr_name="r")


class CouponJob(_Jobs):
    """Codes or grants that a worker makes: of `total`, `done` are dealt with, `given` came of them. Range `head`."""

    class Meta:
        table_name = table_name("coupon_jobs")

    template = UnicodeAttribute(attr_name="t", null=True)
    kind = UnicodeAttribute(attr_name="k", null=True)
    state = UnicodeAttribute(attr_name="s", null=True)
    total = WholeAttribute(attr_name="n", null=True)
    done = WholeAttribute(attr_name="d", null=True)
    given = WholeAttribute(attr_name="g", null=True)
    seed = BinaryAttribute(attr_name="e", null=True, legacy_encoding=False)  # of which codes follow
    code = UnicodeAttribute(attr_name="c", null=True)  # as it was written, where many redeem one
    begun_by = UnicodeAttribute(attr_name="b", null=True)
    begun_at = InstantAttribute(attr_name="a", null=True)


class GrantPart(_Jobs):
    """Some of the customers of a grant, and of those who were given nothing, why: {customer: word}. Range `part#<n>`, by
    the number of the first of them."""

    class Meta:
        table_name = table_name("coupon_jobs")

    customers = UnicodeAttribute(attr_name="c", null=True)
    missed = UnicodeAttribute(attr_name="m", null=True)


def part_of(first: int) -> str:
    return f"part#{first:05d}"


class NewcomerGuard(_Held):
    """Somebody had the pack for newcomers who is known by this mark. Hash `guard#<mark>`, range `newcomer`."""

    class Meta:
        table_name = table_name("coupons")


def guard_of(mark: str) -> str:
    return f"guard#{mark}"


def nth_benefit(n: int) -> str:
    """The benefit of a customer's n-th order."""
    return f"{NTH_ORDER}{n}"


def is_benefit(name: str) -> bool:
    """Whether what an order used is such a benefit, and no coupon."""
    return not name.startswith(HELD)
