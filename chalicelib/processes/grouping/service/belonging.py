"""Who is in a group, what is theirs for it, and whose order came of it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from itsdangerous import BadData, URLSafeTimedSerializer

from chalicelib.records.coupons.rules import template_of
from chalicelib.records.coupons.service import claims, templates
from chalicelib.records.groups import rules, steps
from chalicelib.records.groups.rules import GroupPassInvalid
from chalicelib.records.groups.service import groups, posts
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.messages.posts import service as wecom
from chalicelib.records.orders import service as orders
from chalicelib.runtime import keys
from chalicelib.runtime.work import Work

PASS_SECONDS = 3600
NEWCOMER = "newcomer"


def follow_members(chat: str, work: Work) -> None:
    """Who is in a chat of WeCom now, as WeCom says: a customer whose account is known by their union id is in the group under
    that. Commits in parts. Raises WeComSilent."""
    group = groups.of_chat(chat)
    if group is None:
        return
    found = []
    for member, union in wecom.members(chat):
        row = accounts.find(accounts.identifier("wechat_union", union)) if union else None
        found.append(row.owner if row is not None else member)
    groups.set_members(group.id, found, "wecom", work)


def claim(group_id: str, template_id: str, work: Work) -> claims.Had:
    """A coupon that is for a group's members. Raises as `claims.claim`; its refusals also: NotInGroup."""
    work.add(steps.require_member(group_id, work.caller.id))
    return claims.claim(template_id, work, segments=frozenset({rules.segment(group_id)}))


def give_pass(group_id: str, customer: str) -> str:
    """A token by which a member of a group is known at a sale of the group's, for an hour. Raises GroupNotFound, NotInGroup."""
    groups.find(group_id)
    groups.require_member(group_id, customer)
    return str(_signer().dumps([group_id, customer]))


def shown(told: str, customer: str) -> str:
    """The group whose member shows this pass. Raises GroupPassInvalid, also where it is another's."""
    try:
        group_id, member = _signer().loads(told, max_age=PASS_SECONDS)
    except (BadData, ValueError, TypeError):
        raise GroupPassInvalid() from None
    if member != customer:
        raise GroupPassInvalid()
    return str(group_id)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(keys.signing_keys(), salt="group-pass", signer_kwargs={"digest_method": sha256})


def follow_paid(order_id: str, work: Work) -> None:
    """Whose group an order came of: the group of a coupon in it, else that of the last visit within seven days; the post of that
    visit where it is of this group."""
    order = orders.find(order_id)
    visited, post = posts.came_by(order.customer, work.now)
    group = _of_coupons([use.id for use in order.bill.coupons], work) or visited
    if group:
        posts.bought(group, post if group == visited else "", int(order.payable), work)


def _of_coupons(used: Sequence[str], work: Work) -> str:
    """The group whose coupon is among these; "" for none."""
    known = templates.several([template_of(one) for one in used if one != NEWCOMER], work.now)
    named = (name for sheet in known.values() for name in sheet.terms.segments)
    return next((rules.group_of(name) for name in named if rules.group_of(name)), "")
