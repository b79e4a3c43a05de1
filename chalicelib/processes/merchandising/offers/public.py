"""What everybody may know of an offer before buying: what it gives, on which conditions, for whom, until when. Pure.

Every condition that the price depends on is said; a struck-through price only where it was fixed lawfully and is higher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.kernel.money import WHOLE, Fen
from chalicelib.records.catalog.rules import Text

Terms = Mapping[str, Any]


class NamedGoods(NamedTuple):
    """Goods that an offer has to do with beside those it covers. `role`: gift, substitute (of the gift, once that is out), add_on
    (at `price_fen`), get (what is got for what is bought), part (of a group), basket_has (what must be bought, too)."""

    role: str
    all: bool = False
    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    price_fen: int | None = None


class PublicOffer(NamedTuple):
    """An offer as shops show it. `conditions` are sentences; `ends_at` None: no end is set; `quota` and `per_person`: how often
    it may be used in all, and by one; `left`: what is left of the quota, where that was looked up."""

    id: str
    lane: str
    kind: str
    name: Text
    gives: Text
    conditions: tuple[Text, ...]
    starts_at: str
    ends_at: str | None
    per_person: int | None
    quota: int | None
    goods: tuple[NamedGoods, ...] = ()
    left: int | None = None


def public(document: Mapping[str, Any]) -> PublicOffer:
    """What everybody may know of an offer, from the document that is published."""
    limits = document.get("limits") or {}
    return PublicOffer(
        document["id"],
        document["lane"],
        document["kind"],
        Text(document["name"]["zh"], document["name"]["en"]),
        GIVES[document["kind"]](document["terms"]),
        tuple(_conditions(document)),
        document["starts_at"],
        document.get("ends_at"),
        limits.get("per_person"),
        limits.get("total"),
        tuple(_goods(document)),
    )


def struck_through(references: Mapping[str, Mapping[str, int]], offer_id: str, sku: str, price: int) -> Fen | None:
    """The former price of a SKU that an offer makes cheaper, if it is higher than this one."""
    base = references.get(offer_id, {}).get(sku)
    return Fen(base) if base is not None and base > price else None


# ---- what it gives --------------------------------------------------------------------------------------------------
def _yuan(fen: int) -> str:
    return Fen(fen).text


def _zhe(pay_bp: int) -> str:
    """8.5折 is 8500: the share that is paid, as it is said in Chinese."""
    return f"{pay_bp // 1000}.{pay_bp % 1000:03d}".rstrip("0").rstrip(".") + "折" if pay_bp else "免费"


def _off(pay_bp: int) -> str:
    rest = WHOLE - pay_bp
    return f"{rest // 100}.{rest % 100:02d}".rstrip("0").rstrip(".") + "% off"


def _price(terms: Terms) -> Text:
    return Text(f"每件 {_yuan(terms['price_fen'])}", f"{_yuan(terms['price_fen'])} each")


def _percent(terms: Terms) -> Text:
    cap = terms.get("cap_fen")
    zh, en = (f"，最多减 {_yuan(cap)}", f", {_yuan(cap)} at most") if cap else ("", "")
    return Text(_zhe(terms["pay_bp"]) + zh, _off(terms["pay_bp"]) + en)


def _piece_amount(terms: Terms) -> Text:
    return _pieces(terms, f"每件减 {_yuan(terms['off_fen'])}", f"{_yuan(terms['off_fen'])} off each")


def _piece_percent(terms: Terms) -> Text:
    return _pieces(terms, f"每件{_zhe(terms['pay_bp'])}", f"{_off(terms['pay_bp'])} each")


def _pieces(terms: Terms, zh: str, en: str) -> Text:
    most, line = terms.get("max_pieces"), terms.get("per") == "line"
    if not most:
        return Text(zh, en)
    return Text(
        f"{zh}，{'每款' if line else '每单'}限 {most} 件", f"{en}, {most} {'a line' if line else 'an order'} at most"
    )


def _amount(terms: Terms) -> Text:
    return Text(f"减 {_yuan(terms['off_fen'])}", f"{_yuan(terms['off_fen'])} off")


def _line_amount(terms: Terms) -> Text:
    return Text(f"每款减 {_yuan(terms['off_fen'])}", f"{_yuan(terms['off_fen'])} off each article")


def _threshold(terms: Terms) -> Text:
    by_fen, every = terms["by"] == "fen", terms.get("repeat", False)
    tiers = [*([(None, terms["base"])] if terms.get("base") else []), *((tier["at"], tier) for tier in terms["tiers"])]
    said = [_tier(at, tier, by_fen=by_fen, every=every, strict=terms.get("strict", False)) for at, tier in tiers]
    cap = terms.get("cap_fen")
    zh, en = (f"，最多减 {_yuan(cap)}", f", {_yuan(cap)} at most") if cap else ("", "")
    return Text("；".join(one.zh for one in said) + zh, "; ".join(one.en for one in said) + en)


def _tier(at: int | None, tier: Terms, *, by_fen: bool, every: bool, strict: bool) -> Text:
    zh, en = [], []
    if tier.get("off_fen") is not None:
        zh, en = [f"减 {_yuan(tier['off_fen'])}"], [f"{_yuan(tier['off_fen'])} off"]
    if tier.get("pay_bp") is not None:
        told = _percent(tier)
        zh, en = [told.zh], [told.en]
    if tier.get("free_freight"):
        zh, en = [*zh, "包邮"], [*en, "free freight"]
    if tier.get("points"):
        zh, en = [*zh, f"送 {tier['points']} 积分"], [*en, f"{tier['points']} points"]
    if tier.get("gift"):
        told = _gift(tier["gift"])
        zh, en = [*zh, told.zh], [*en, told.en]
    if tier.get("coupon"):
        zh, en = [*zh, "赠优惠券"], [*en, "a coupon as a gift"]
    if at is None:
        return Text("、".join(zh), " and ".join(en))
    measure, pieces = (_yuan(at), _yuan(at)) if by_fen else (f"{at} 件", f"{at} pieces")
    word_zh, word_en = (
        ("每满" if every else "超过" if strict else "满"),
        ("every" if every else "above" if strict else "from"),
    )
    return Text(f"{word_zh} {measure} {'、'.join(zh)}", f"{' and '.join(en)} {word_en} {pieces}")


def _second_half(terms: Terms) -> Text:
    same = {"product": ("同款", " of one product"), "sku": ("同规格", " of one SKU")}.get(
        terms.get("same", "any"), ("", "")
    )
    nth = terms["nth"]
    return Text(f"{same[0]}第 {nth} 件{_zhe(terms['pay_bp'])}", f"every {nth}. piece{same[1]} {_off(terms['pay_bp'])}")


def _cheapest_free(terms: Terms) -> Text:
    of, free = terms["of"], terms.get("free", 1)
    return Text(f"每 {of} 件免其中最低价 {free} 件", f"of every {of} pieces the cheapest {free} free")


def _choose(terms: Terms) -> Text:
    return Text(
        f"任选 {terms['pieces']} 件 {_yuan(terms['price_fen'])}",
        f"any {terms['pieces']} pieces for {_yuan(terms['price_fen'])}",
    )


def _buy_get(terms: Terms) -> Text:
    buy, get, pay = terms["buy"], terms["get"], terms.get("pay_bp", 0)
    if not pay:
        return Text(f"买 {buy} 送 {get}", f"buy {buy}, get {get} free")
    return Text(f"买 {buy} 件，另 {get} 件{_zhe(pay)}", f"buy {buy}, {get} more {_off(pay)}")


def _groups(terms: Terms) -> Text:
    if terms.get("off_fen") is not None:
        told = _amount(terms)
    elif terms.get("pay_bp") is not None:
        told = _percent(terms)
    else:
        told = Text(_yuan(terms["price_fen"]), _yuan(terms["price_fen"]))
    return Text(f"指定商品组合购 {told.zh}", f"bought together: {told.en}")


def _group_amount(terms: Terms) -> Text:
    n, off = terms["pieces"], _yuan(terms["off_each_fen"])
    return Text(f"每 {n} 件，每件减 {off}", f"{off} off each, {n} pieces at a time")


def _group_percent(terms: Terms) -> Text:
    n = terms["pieces"]
    return Text(f"每 {n} 件{_zhe(terms['pay_bp'])}", f"{_off(terms['pay_bp'])}, {n} pieces at a time")


def _gift(terms: Terms) -> Text:
    n = terms.get("pieces", 1)
    return Text(f"赠 {n} 件", f"{n} pieces as a gift" if n > 1 else "a gift")


def _add_on(terms: Terms) -> Text:
    return Text(f"加 {_yuan(terms['price_fen'])} 换购", f"add it for {_yuan(terms['price_fen'])}")


def _freight_amount(terms: Terms) -> Text:
    return Text(f"运费减 {_yuan(terms['off_fen'])}", f"{_yuan(terms['off_fen'])} off the freight")


def _freight_percent(terms: Terms) -> Text:
    return Text(f"运费{_zhe(terms['pay_bp'])}", f"freight {_off(terms['pay_bp'])}")


def _freight_price(terms: Terms) -> Text:
    return Text(f"运费 {_yuan(terms['price_fen'])}", f"freight {_yuan(terms['price_fen'])}")


def _freight_free(_terms: Terms) -> Text:
    return Text("包邮", "free freight")


GIVES: Mapping[str, Callable[[Terms], Text]] = {
    "price": _price, "percent": _percent, "piece_amount": _piece_amount, "piece_percent": _piece_percent,
    "amount": _amount, "line_amount": _line_amount, "threshold": _threshold, "second_half": _second_half,
    "cheapest_free": _cheapest_free, "choose": _choose, "buy_get": _buy_get, "groups": _groups,
    "group_amount": _group_amount, "group_percent": _group_percent, "gift": _gift, "add_on": _add_on,
    "freight_amount": _freight_amount, "freight_percent": _freight_percent, "freight_price": _freight_price,
    "freight_free": _freight_free,
}  # fmt: skip


# ---- which other goods ----------------------------------------------------------------------------------------------
def _goods(document: Mapping[str, Any]) -> Iterator[NamedGoods]:
    terms, needs = document["terms"], document.get("needs") or {}
    if document["kind"] == "add_on":
        yield NamedGoods("add_on", skus=(terms["sku"],), price_fen=terms["price_fen"])
    tiers = [terms.get("base") or {}, *terms.get("tiers", ())]
    for gift in [terms] if document["kind"] == "gift" else [tier["gift"] for tier in tiers if tier.get("gift")]:
        yield NamedGoods("gift", skus=(gift["sku"],))
        if gift.get("substitute"):
            yield NamedGoods("substitute", skus=(gift["substitute"],))
    scopes = [("get", terms.get("get_scope")), *(("part", part.get("scope")) for part in terms.get("parts", ()))]
    for role, scope in [*scopes, ("basket_has", needs.get("basket_has"))]:
        if scope:
            skus, products, categories = (tuple(scope.get(name) or ()) for name in ("skus", "products", "categories"))
            yield NamedGoods(role, bool(scope.get("all")), skus, products, categories)


# ---- on which conditions --------------------------------------------------------------------------------------------
def _conditions(document: Mapping[str, Any]) -> list[Text]:
    terms, needs = document["terms"], document.get("needs") or {}
    audience, limits = document.get("audience") or {}, document.get("limits") or {}
    levels, channels = audience.get("levels"), audience.get("channels")
    said: list[tuple[Any, Callable[[Any], Text]]] = [
        (terms.get("min_fen"), lambda n: Text(f"满 {_yuan(n)} 可用", f"from {_yuan(n)}")),
        (terms.get("min_pieces"), lambda n: Text(f"满 {n} 件可用", f"from {n} pieces")),
        (terms.get("times"), lambda n: Text(f"每单最多 {n} 组", f"{n} times an order at most")),
        (needs.get("basket_has"), lambda _: Text("需同时购买指定商品", "with certain other goods in the basket")),
        (needs.get("nth_order"), lambda n: Text(f"限第 {n} 单", f"for your order no. {n}")),
        (levels, lambda names: Text(f"限会员等级：{'、'.join(names)}", f"for members: {', '.join(names)}")),
        (channels, lambda names: Text(f"限渠道：{'、'.join(names)}", f"for: {', '.join(names)}")),
        (audience.get("new_customers"), lambda _: Text("限新客", "for new customers")),
        (limits.get("per_order"), lambda n: Text(f"每单限 {n} 次", f"{n} an order")),
        (limits.get("per_person"), lambda n: Text(f"每人限 {n} 次", f"{n} a person")),
        (limits.get("per_day"), lambda n: Text(f"每人每日限 {n} 次", f"{n} a person and day")),
        (limits.get("total"), lambda n: Text(f"限量 {n} 次", f"{n} in all")),
        (limits.get("budget_fen"), lambda n: Text(f"总优惠 {_yuan(n)}，用完即止", f"while {_yuan(n)} last")),
        (document.get("excludes_discounted"), lambda _: Text("已优惠商品不参加", "not on goods already reduced")),
        (document.get("exclusive"), lambda _: Text("不与其他活动同享", "not with other offers")),
        (document.get("with_coupons") is False, lambda _: Text("不可用券", "no coupons")),
    ]  # fmt: skip
    return [say(value) for value, say in said if value]
