"""The trading line: placing, cancelling, expiring, paying, late and double money, giving back."""

from __future__ import annotations

from tests.hardening.proof.trade import (
    adjust,
    ask_back,
    busy,
    cancel,
    complete,
    deaf,
    decide,
    expire,
    forget,
    fussy,
    notice,
    pays,
    pays_other,
    place,
    relay,
    resolve,
    ripen,
    rotate,
    sends,
    shows_after,
    start,
    story,
    stranger,
    unheard,
    unheard_refund,
    unsure,
    went_back,
)

SCENARIOS = [
    story(
        "place", place("a"), place("b"), cancel("a"), relay(),
        ends={"a": "cancelled"}, refuses={"place b": "OUT_OF_STOCK"}, rows=("F03", "F04", "F05", "F13", "F34"),
        races=[["place a", "place a"], ["place a", "place b"], ["place b", "cancel a"], ["cancel a", "cancel a"]],
        triples=[["place a", "place a", "place b"]],
    ),
    story(
        "pay", place("a"), start("a"), pays("a"), notice("a"), cancel("a"), relay(),
        ends={"a": "paid", "a01": "paid"}, refuses={"cancel a": "ORDER_STATE_CONFLICT"}, rows=("F06", "F07", "F08", "F13"),
        races=[["start a wechat", "start a wechat"], ["notice a 1", "notice a 1"], ["notice a 1", "cancel a"],
               ["start a wechat", "cancel a"]],
        triples=[["notice a 1", "notice a 1", "cancel a"]],
    ),
    story(
        "expire", place("a"), start("a"), pays("a"), expire("a"), notice("a"), complete("a"), relay(),
        ends={"a": "paid", "a01": "paid"}, rows=("F11", "F13", "F14", "F24"),
        races=[["expire a", "notice a 1"], ["expire a", "expire a"], ["expire a", "complete a 1"],
               ["notice a 1", "complete a 1"]],
        triples=[["expire a", "notice a 1", "complete a 1"]],
    ),
    story(
        "closed", place("a"), start("a"), cancel("a"), pays("a", closed=True), notice("a"), relay(), relay("post 2"),
        ends={"a": "cancelled", "a01": "paid"}, rows=("F09", "F12", "F14", "F16"),
        races=[["notice a 1", "notice a 1"]],
    ),
    *(
        story(
            f"closed at {provider}", place("a"), start("a", provider), cancel("a"), relay(),
            ends={"a": "cancelled", "a01": "closed"}, rows=("F13",), races=[[f"start a {provider}", "cancel a"]],
        )
        for provider in ("alipay", "unionpay")
    ),
    story(
        "closed unheard", place("a"), start("a"), cancel("a"), pays("a", closed=True), relay(), ripen(hours=1),
        ends={"a": "cancelled", "a01": "paid"}, rows=("F09", "F11", "F12"), races=[["buyer a pays 1", "post"]],
    ),
    story(
        "given up", place("a"), start("a"), deaf(True), pays("a"), cancel("a"), deaf(False), notice("a"), complete("a"),
        relay(), relay("post 2"), ends={"a": "cancelled", "a01": "paid"}, rows=("F12", "F13", "F16"),
        races=[["cancel a", "notice a 1"], ["notice a 1", "complete a 1"], ["cancel a", "complete a 1"]],
        triples=[["cancel a", "notice a 1", "notice a 1"]],
    ),
    story(
        "forgotten", place("d", moody=True), forget(), place("d", " weeks later"),
        ends={"d": "expired"}, refuses={"place d weeks later": "ORDER_EXISTS"}, rows=("F03", "F31")),
    story(
        "lost", place("a"), start("a"), deaf(True), ripen(minutes=1), expire("a"), ripen("one more", minutes=1), deaf(False),
        pays("a"),
        ends={"a": "paid", "a01": "paid"}, rows=("F11", "F12"),
    ),
    story("silent", place("a"), start("a"), pays("a"), ends={"a": "paid", "a01": "paid"}, rows=("F11",)),
    story(
        "late", place("a"), start("a"), deaf(True), expire("a"), deaf(False), pays("a"), notice("a"), place("b"), relay(),
        ends={"a": "paid", "a01": "paid"}, refuses={"place b": "OUT_OF_STOCK"}, rows=("F12", "F14", "F18"),
        races=[["notice a 1", "notice a 1"], ["notice a 1", "place b"]],
        triples=[["notice a 1", "notice a 1", "place b"]],
    ),
    story(
        "gone", place("a"), start("a"), deaf(True), expire("a"), deaf(False), place("b"), pays("a"), notice("a"),
        relay(), relay("post 2"),
        ends={"a": "expired", "a01": "paid", "b": "expired"}, rows=("F12", "F16", "F18"), races=[["notice a 1", "notice a 1"]],
    ),
    story(
        "double", place("a"), start("a"), start("a", "alipay"), pays("a", 1), pays("a", 2), notice("a", 1),
        notice("a", 2, "alipay"), relay(), ends={"a": "paid", "a01": "paid", "a02": "paid"}, rows=("F15", "F16"),
        races=[["notice a 1", "notice a 2"], ["start a wechat", "start a alipay"]],
        triples=[["notice a 1", "notice a 2", "notice a 2"]],
    ),
    story(
        "wrong", place("a"), start("a"), pays("a"), notice("a", amount=1), relay(), complete("a"),
        ends={"a": "paid", "a01": "paid"}, rows=("F10",),
          races=[["notice a 1 wrong", "notice a 1 wrong"], ["notice a 1 wrong", "complete a 1"]]),
    story(
        "other", place("a"), start("a"), pays_other("a", 1), notice("a"), complete("a"), relay(),
        ends={"a": "expired", "a01": "quarantined"}, rows=("F10",), races=[["notice a 1", "complete a 1"]]),
    story(
        "refund", place("a"), start("a"), pays("a"), notice("a"), ask_back("a", "ask all"),
        ask_back("a", "ask again"), decide("ask all", "approve all"), relay(), relay("post 2"),
        ends={"a": "annulled", "a01": "paid"}, refuses={"ask again": "NOTHING_TO_REFUND"}, rows=("F16", "F18"),
        races=[["ask all", "ask all"], ["ask all", "ask again"], ["approve all", "approve all"], ["post", "post"]],
    ),
    story(
        "parts", place("a"), start("a"), pays("a"), notice("a"), ask_back("a", "ask one", [(0, 1)]),
        ask_back("a", "ask two", [(0, 1)]), decide("ask one", "approve one"), decide("ask two", "decline two", False),
        decide("ask one", "decline one", False), relay(), ends={"a": "paid", "a01": "paid"},
        refuses={"decline one": "REFUND_STATE_CONFLICT"}, rows=("F16", "F17"),
        races=[["ask one", "ask two"], ["approve one", "decline two"], ["approve one", "decline one"],
               ["ask two", "approve one"]],
        triples=[["ask one", "ask two", "ask two"]],
    ),
    story(
        "again", place("a"), start("a"), start("a", key="once more"), pays("a", 1, closed=True), pays("a", 2), notice("a", 2),
        notice("a", 1), relay(), ends={"a": "paid", "a01": "paid", "a02": "paid"}, rows=("F06", "F09", "F15"),
        races=[["start a once more", "start a once more"], ["start a once more", "start a wechat"],
               ["notice a 2", "notice a 1"]],
    ),
    story(
        "elsewhere", place("a", remark="at home"), start("a", place="here"), ripen(minutes=6), start("a", place="there"),
        pays("a"), notice("a"), relay(), ends={"a": "paid", "a01": "paid"}, rows=("F06",),
        races=[["start a wechat from here", "start a wechat from there"]],
    ),
    story(
        "rotated", place("a"), start("a"), rotate(), pays("a"), complete("a"), relay(), ripen(minutes=1),
        ends={"a": "paid", "a01": "paid"}, rows=("F09", "F11"), races=[["complete a 1", "complete a 1"], ["post", "post"]],
    ),
    *(
        story(
            f"mute {provider}", place("a"), start("a", provider), pays("a"), complete("a"), ask_back("a", "ask all"),
            decide("ask all", "approve all"), deaf(True), relay(), deaf(False), ripen(minutes=1), ripen(minutes=5),
            ends={"a": "annulled", "a01": "paid"}, rows=("F11", "F18"),
        )
        for provider in ("wechat", "alipay")
    ),
    story(
        "busy", place("a"), start("a"), pays("a"), notice("a"), ask_back("a", "ask all"), decide("ask all", "approve all"),
        relay(), busy(True), ripen(minutes=1), ripen(minutes=5), busy(False), ripen(minutes=15),
        ends={"a": "annulled", "a01": "paid"}, rows=("F18",),
    ),
    *(
        story(
            f"dated {name}", place("a"), start("a", "unionpay"), pays("a"), notice("a", 1, "unionpay"),
            ask_back("a", "ask one", [(0, 1)]), decide("ask one", "approve one"), *trouble, relay(),
            sends("ask one", "send once more"), ripen(minutes=1), ripen(minutes=35),
            went_back("ask one", "unionpay"), ripen(hours=1),
            ends={"a": "paid", "a01": "paid"}, rows=("F16", "F18"),
            races=[["send once more", "send once more"], ["35 minutes pass", "send once more"]],
        )
        for name, trouble in (
            ("plain", ()), ("late", (shows_after(25),)), ("fussy", (fussy("late"), relay("post 0"), fussy(""))),
            ("before", (fussy("before"), relay("post 0"), fussy(""))),
            ("deaf", (deaf(True), relay("post 0"), deaf(False))),
        )
    ),
    story(
        "first sending", place("a"), start("a", "unionpay"), pays("a"), complete("a"),
        ask_back("a", "ask one", [(0, 1)]), decide("ask one", "approve one"), sends("ask one", "send"),
        sends("ask one", "resend"), relay(), ends={"a": "paid", "a01": "paid"}, rows=("F16", "F18"),
        races=[["send", "resend"], ["send", "send"]],
        triples=[["send", "resend", "send"]],
    ),
    story(
        "unsure", place("a"), start("a"), pays("a"), notice("a"), ask_back("a", "ask all"), decide("ask all", "approve all"),
        relay(), unsure(True), ripen(minutes=1), ripen(minutes=5), unsure(False), ripen(minutes=15),
        ends={"a": "annulled", "a01": "paid"}, rows=("F18",),
    ),
    story(
        "pieces", place("a"), start("a"), pays("a"), notice("a"), ask_back("a", "ask one", [(0, 1), (1, 1)]),
        ask_back("a", "ask rest"), decide("ask one", "approve one"), decide("ask rest", "approve rest"), relay(),
        went_back("ask one"), went_back("ask rest"), place("b"), relay("post 2"), ends={"a": "annulled", "b": "expired"},
        rows=("F16", "F17", "F24"),
        races=[["ask one went back", "ask rest went back"], ["ask one went back", "ask one went back"],
               ["ask rest went back", "place b"]],
        triples=[["ask one went back", "ask rest went back", "ask one went back"]],
    ),
    story(
        "still", place("a"), start("a"), pays("a"), notice("a"), ask_back("a", "ask all"), decide("ask all", "approve all"),
        relay(), deaf(True), unheard_refund("ask all"), went_back("ask all"), deaf(False), relay("post 2"),
        ends={"a": "annulled", "a01": "paid"}, rows=("F18",),
        races=[["nobody answers for ask all", "ask all went back"], ["ask all went back", "ask all went back"]],
    ),
    story(
        "mum", place("a"), start("a"), pays("a"), deaf(True), expire("a"), unheard("a"), notice("a"), deaf(False), relay(),
        ends={"a": "paid", "a01": "paid"}, rows=("F11", "F12"),
        races=[["nobody answers for a 1", "notice a 1"], ["nobody answers for a 1", "nobody answers for a 1"]],
    ),
    story(
        "adjust", place("a"), start("a"), adjust("a"), start("a", key="anew"), pays("a", 2), notice("a", 2), relay(),
        ends={"a": "paid", "a01": "closed", "a02": "paid"}, rows=("F06", "F10"),
        races=[["start a wechat", "adjust a"], ["adjust a", "adjust a"], ["adjust a", "start a anew"]],
    ),
    story(
        "unknown", place("a"), stranger("a"), start("a"), relay(), ripen(hours=25), ends={"a": "expired", "a01": "closed"},
        rows=("F08",), races=[["stranger", "stranger"]],
    ),
    story(
        "resolve", place("a"), start("a"), pays_other("a", 1), notice("a"), resolve("send back"), resolve("send again"),
        relay(), relay("post 2"), ends={"a": "expired", "a01": "quarantined"},
        refuses={"send again": "PAYMENT_EXCEPTION_CLOSED"}, rows=("F10", "F16"),
        races=[["send back", "send back"], ["send back", "send again"]],
    ),
]  # fmt: skip
