"""What every offer answers: that it was applied, or why not, in a sentence for a customer in both languages."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.money import Fen

from .units import Lack

APPLIED = "APPLIED"

SENTENCES: dict[str, tuple[str, str]] = {
    APPLIED: ("已减 {off}", "{off} off"),
    "GIVEN": ("已享受", "You have it"),
    "MISSING_FEN": ("再买 {fen} 可用", "Buy for {fen} more to use it"),
    "MISSING_PIECES": ("再买 {pieces} 件可用", "Buy {pieces} more to use it"),
    "NOTHING_COVERED": ("所选商品不参加", "It does not cover what you chose"),
    "NOTHING_LEFT": ("没有可再减的金额", "There is nothing left to take off"),
    "NOT_LOWER": ("现价已不高于活动价", "The price is no higher already"),
    "OTHER_BETTER": ("已享受更优惠的活动", "Another offer saves you more"),
    "STANDS_ALONE": ("已享受的活动不与其他活动同享", "The offer you have stands alone"),
    "ACTIVITY_PRICE": ("活动价商品不参加", "Goods at an activity price take no part"),
    "DISCOUNTED": ("已优惠商品不参加", "Goods already reduced take no part"),
    "NO_COUPONS": ("所选商品或活动不可用券", "Coupons do not go with these goods or their offers"),
    "ONE_COUPON": ("每单限用一张", "One such coupon an order"),
    "NOT_YET": ("活动未开始", "It has not begun"),
    "OVER": ("活动已结束", "It is over"),
    "NOT_FOR_YOU": ("您暂不满足参加条件", "It is for other customers"),
    "NTH_ORDER": ("不是指定的第几单", "It is for another of your orders"),
    "OTHER_GOODS": ("需同时购买指定商品", "It wants other goods in the basket"),
    "LIMIT_REACHED": ("已达优惠次数上限", "It has been used as often as it may be"),
    "BUDGET_SPENT": ("优惠额度已用完", "What was set aside for it is spent"),
    "GIFT_OUT": ("赠品已送完", "The gift is out of stock"),
    "ADD_ON_OUT": ("换购商品已售完", "What may be added is out of stock"),
    "TO_CHOOSE": ("可加价换购", "You may add it at this price"),
    "NO_FREIGHT": ("已无运费", "There is no freight to pay"),
    "POINTS_CAPPED": ("积分已按上限抵扣 {off}", "Points pay {off}, which is the most they may"),
    "NO_POINTS": ("没有可用积分", "There are no points to use"),
    "POINTS_TOO_FEW": ("积分不足最低使用数量", "There are fewer points than may be used at once"),
    "POINTS_NOT_WITH_COUPON": ("积分不与优惠券同享", "Points do not go with a coupon"),
}
NEXT = {
    "MISSING_FEN": ("再买 {fen} 可享下一档", "buy for {fen} more for the next step"),
    "MISSING_PIECES": ("再买 {pieces} 件可享下一档", "buy {pieces} more for the next step"),
}


PARTLY = ("，赠品仅剩 {given} 件（应赠 {wanted} 件）", "; {given} of {wanted} pieces of its gift are left")


class OfferOutcome(NamedTuple):
    """What became of an offer. `off` is what it took off in all; what is missing is to it, or to its next tier once applied.

    `coupon` is the customer's own, where the offer is one. `given` of `wanted` pieces are given where that is not all of a gift.
    """

    offer: str
    lane: str
    applied: bool
    off: Fen
    code: str
    missing_fen: Fen = Fen(0)
    missing_pieces: int = 0
    coupon: str = ""
    given: int = 0
    wanted: int = 0

    @property
    def zh(self) -> str:
        return self._sentence(0, "，")

    @property
    def en(self) -> str:
        return self._sentence(1, "; ")

    def _sentence(self, language: int, comma: str) -> str:
        told = SENTENCES[self.code][language]
        if self.applied and (self.missing_fen or self.missing_pieces):
            told += comma + NEXT["MISSING_FEN" if self.missing_fen else "MISSING_PIECES"][language]
        if self.wanted:
            told += PARTLY[language]
        return told.format(
            off=self.off.text,
            fen=self.missing_fen.text,
            pieces=self.missing_pieces,
            given=self.given,
            wanted=self.wanted,
        )


def lacking(lack: Lack | None) -> tuple[Fen, int]:
    """What is missing, in fen and in pieces."""
    return (Fen(lack.fen), lack.pieces) if lack else (Fen(0), 0)
