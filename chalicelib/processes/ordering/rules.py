"""Ordering's own refusals, and the switches by which operators hold it."""

from __future__ import annotations

from typing import Any, NamedTuple

from chalicelib.kernel.errors import (
    AboutOffer,
    AboutSums,
    ArticleConflict,
    Conflict,
    Forbidden,
    IdempotencyKeyReused,
    Invalid,
    NotFound,
    Unavailable,
)
from chalicelib.runtime import switches

STANDARD = "standard"
PAUSED = switches.declare("placing_paused", False, "true pauses the placing of orders, shop-wide")
EPOCH = switches.declare("price_epoch", 1, "raising it voids every outstanding quote", rising=True)


class BasketChoice(NamedTuple):
    """What a customer chose beside the goods: coupons by id, or the best of them, add-ons as (offer, pieces), and how it is
    sent."""

    coupons: tuple[str, ...] = ()
    best: bool = False
    add_ons: tuple[tuple[str, int], ...] = ()
    service: str = STANDARD


class AddOnNotFound(NotFound):
    offer: str
    zh, en = "换购活动 {offer} 不存在或已结束", "There is no {offer} to add anything by, or it is over"


class QuoteInvalid(Invalid):
    zh, en = "报价无效，请重新获取", "This quote is not one of ours; please ask for a new one"


class QuoteReused(IdempotencyKeyReused):
    order_id: str
    zh, en = (
        "该报价已生成订单 {order_id}，备注不同；请查看该订单，或重新获取报价",
        "This quote became the order {order_id}, with another remark: look at that order, or ask for a new quote",
    )


class QuoteForeign(Forbidden):
    zh, en = "这不是您的报价", "This quote was made for somebody else"


class PriceChanged(Conflict):
    quote: dict[str, Any]
    zh, en = (
        "报价已过期或价格有变，请确认新的报价",
        "The quote has expired or prices changed; please confirm the new quote",
    )


class NothingToBuy(Invalid):
    zh, en = "没有选中任何商品", "Nothing was chosen to be bought"


class NotOnSale(ArticleConflict):
    zh, en = "{sku} 已下架", "{sku} is not on sale"


class TooManyLines(Invalid):
    most: int
    zh, en = "一次最多购买 {most} 种商品", "At most {most} different SKUs can be bought at once"


class PlacingPaused(Unavailable):
    zh, en = "商城暂停下单，请稍后再来", "The shop has paused placing orders; please come back soon"

    retry_after = 60


class ConfirmationNeeded(Conflict):
    quote: dict[str, Any]
    zh, en = "金额超过一键下单限额，请确认报价", "The amount is above the one-click limit; please confirm the quote"


class JustOrdered(ArticleConflict):
    order_id: str
    seconds: int
    zh, en = (
        "您刚刚一键下单购买过 {sku}，订单 {order_id} 仍然有效；请支付或取消该订单，或 {seconds} 秒后再下单",
        "You ordered {sku} by one click just now, and order {order_id} stands: pay or cancel it, or order again in {seconds} s",
    )


class GiftOut(AboutOffer, ArticleConflict):
    zh, en = "优惠“{offer}”的赠品 {sku} 已送完", "The gift {sku} of the offer “{offer}” is out of stock"


class TooManyParts(Invalid):
    parts: int
    limits: int
    coupons: int
    most: int
    zh, en = (
        "订单涉及 {parts} 处库存、{limits} 项限量和 {coupons} 张券，合计不能超过 {most}，请分开下单",
        "The order needs {parts} buckets, {limits} limits and {coupons} coupons; {most} fit in one order, please split it",
    )


class NotDeliverable(ArticleConflict):
    region: str
    place: str
    zh, en = "{sku} 不配送至 {place}", "{sku} is not delivered to {place}"


class FreightDiffers(AboutSums, Conflict):
    before: int
    after: int
    zh, en = (
        "寄往该地址的运费不同（{before} → {after}），请取消订单后重新下单",
        "Sending it there costs {after} and not {before}: cancel the order and place it anew",
    )


class ServiceNotOffered(Conflict):
    spoken = {"standard": "标准快递", "next_day": "次日达", "hourly": "小时达"}
    service: str
    zh, en = (
        "该地址现在不支持 {service}，请选择其他配送方式",
        "{service} is not to be had for this address now; please choose another",
    )


class AddressNeeded(Invalid):
    zh, en = "请先选择收货地址", "Please choose a delivery address first"


class CompensationNeeded(Invalid):
    zh, en = (
        "因缺货取消已成立的订单，须注明给顾客的补偿",
        "An order given up for want of stock needs a word on what its customer gets for it",
    )
