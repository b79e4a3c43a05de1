"""What is posted in groups: an offer for a short time, and what is new."""

from __future__ import annotations

from chalicelib.kernel.messages import Template, Words

OFFER = Template(
    "group_offer",
    zh=Words("限时优惠：{title}", "【集市】群友专享限时优惠：{title}，点击查看 {link}"),
    en=Words("For a short time: {title}", "[Jishi] For members of this group, for a short time: {title}. See {link}"),
)
NEW = Template(
    "group_new",
    zh=Words("新品上架：{title}", "【集市】新品上架：{title}，群友先看 {link}"),
    en=Words("New: {title}", "[Jishi] New in the shop: {title}. Members of this group see it first: {link}"),
)
BY_NAME = {one.name: one for one in (OFFER, NEW)}
