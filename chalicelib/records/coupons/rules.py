"""What a template says, when a coupon may be used, and this context's refusals. Instants in epoch milliseconds.

A coupon's id is its template's and a slot: the n-th that one person has of it, or the order that gifted it. So a limit a
person is a put-if-absent, and nothing is read to claim.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from chalicelib.kernel.ids import ALPHABET
from chalicelib.kernel.states import States

TEMPLATE_LETTERS = 27
MOST_PER_PERSON = 50
DAY_MS = 86_400_000
REMINDED_MS = DAY_MS  # before a coupon ends
GUARDED_DAYS = 730  # for so long who had the pack for newcomers is none again
KEPT_MS = 400 * DAY_MS  # after it ended, and nobody can have another of its template
MOST_SHARDS, PIECES_A_SHARD = 16, 25
WAYS = ("claim", "code", "grant", "newcomer", "gift")  # how somebody came by a coupon


class Terms(NamedTuple):
    """One version of a template. `document` says what it takes off, and of what; only pricing reads it.

    It is used between two instants, or for `use_days` from `use_after_days` after it was had. `total`, `per_day` (of a
    person): None for no limit.
    """

    document: Mapping[str, Any]
    total: int | None
    per_person: int
    per_day: int | None
    claim_from: int | None
    claim_to: int | None
    use_from: int | None
    use_to: int | None
    use_after_days: int
    use_days: int | None
    public: bool
    newcomer: bool
    levels: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def window(self, at: int) -> tuple[int, int]:
        """When a coupon that is had at this instant may be used: from, and before."""
        if self.use_days is None:
            return self.use_from or 0, self.use_to or 0
        begin = at + self.use_after_days * DAY_MS
        return begin, begin + self.use_days * DAY_MS


def packed(terms: Terms) -> str:
    """A version as its row keeps it."""
    return json.dumps(terms._asdict(), ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Terms:
    """The reverse of `packed`."""
    told: dict[str, Any] = json.loads(text)
    several: dict[str, Any] = {name: tuple(told[name]) for name in ("levels", "segments", "channels")}
    return Terms(**told | several)


# ---- templates ------------------------------------------------------------------------------------------------------
class CouponTemplateNotFound(NotFound):
    zh, en = "优惠券模板不存在", "There is no such coupon template"


class CouponTemplateStateConflict(Conflict):
    spoken = {"draft": "草稿", "open": "发放中", "closed": "已停止发放", "stopped": "已停用", "discarded": "已作废"}
    state: str
    zh, en = "优惠券模板当前状态为 {state}", "The coupon template is {state}; this cannot be done now"


# open: it is given out; close: no more of it; stop: what people hold of it cannot be used any more either.
TEMPLATE = States(
    "draft",
    {
        "draft": {"open": "open", "discard": "discarded"},
        "open": {"close": "closed", "stop": "stopped"},
        "closed": {"open": "open", "stop": "stopped"},
    },
    absent=CouponTemplateNotFound,
    conflict=CouponTemplateStateConflict,
)


class StaleCouponTemplate(Conflict):
    zh, en = "优惠券模板已被修改，请刷新后重试", "The coupon template has changed meanwhile; please look again"


class CouponTotalTooLow(Invalid):
    least: int
    zh, en = "总量不能少于已发放的 {least} 张", "The total may not be below the {least} given out already"


class CouponTermsWrong(Invalid):
    at: str
    problem: str
    spoken = {
        "one_of": "使用期限应为起止时间或领取后天数，二选一", "order": "结束应晚于开始", "over": "发出的券将无人能用",
        "above_per_person": "不能多于每人限领数",
    }  # fmt: skip
    spoken_en = {
        "one_of": "coupons are used between two instants or for some days, one of the two",
        "order": "it has to be after the beginning", "over": "nobody could ever use one",
        "above_per_person": "it may not be more than one person may have",
    }  # fmt: skip
    zh, en = "优惠券模板的 {at} 不正确：{problem}", "The coupon template is not right at {at}: {problem}"


class CouponEditTooDeep(Forbidden):
    limit: str
    zh, en = (
        "已开放过的模板不能改成超出单人权限（{limit}）的优惠：请新建模板，由他人同意后开放",
        "A template that was opened is not made to take off more than one person may alone ({limit}): make a new one, which "
        "somebody else agrees to open",
    )


class CouponClaimsOver(Conflict):
    at: str
    zh, en = (
        "该优惠券的 {at} 已过，兑换码无法再兑换",
        "Nobody could redeem a code for these coupons any more: their {at} is over",
    )


class CouponCodesTooMany(Invalid):
    most: int
    zh, en = "兑换码不能多于优惠券总量 {most}", "There may be no more codes than the {most} coupons there are in all"


def wrong_in(terms: Terms, at: int) -> tuple[str, str] | None:
    """Where and how a template's own numbers contradict each other at this instant, or None."""
    fixed, relative = terms.use_from is not None or terms.use_to is not None, terms.use_days is not None
    if fixed == relative:
        return "use", "one_of"
    if fixed and (terms.use_from is None or terms.use_to is None):
        return "use.ends_at", "one_of"
    if terms.use_to is not None and terms.use_to <= (terms.use_from or 0):
        return "use.ends_at", "order"
    if terms.use_to is not None and (terms.use_to <= at or terms.use_to <= (terms.claim_from or 0)):
        return "use.ends_at", "over"
    if terms.claim_from is not None and terms.claim_to is not None and terms.claim_from >= terms.claim_to:
        return "claim_to", "order"
    if terms.per_day is not None and terms.per_day > terms.per_person:
        return "per_day", "above_per_person"
    return None


def shards(total: int | None) -> int:
    """In how many rows what is left of a template is counted, so that many may have one at once."""
    return MOST_SHARDS if total is None else min(MOST_SHARDS, max(1, total // PIECES_A_SHARD))


def spread(pieces: int, rows: int) -> list[int]:
    """So many pieces over so many rows, as evenly as can be."""
    each, more = divmod(pieces, rows)
    return [each + (i < more) for i in range(rows)]


# ---- coupons --------------------------------------------------------------------------------------------------------
def coupon_id(template: str, slot: int) -> str:
    """The coupon that is somebody's n-th of a template, from 0."""
    return f"{template}{slot:02d}"


def gift_id(template: str, order_id: str) -> str:
    """The coupon that an order gifted."""
    return f"{template}{order_id}"


def template_of(coupon: str) -> str:
    """The template of a coupon."""
    return coupon[:TEMPLATE_LETTERS]


class CouponNotFound(NotFound):
    zh, en = "优惠券不存在", "There is no such coupon"


class CouponUsed(Conflict):
    zh, en = "优惠券已使用", "This coupon has been used"


class CouponVoid(Conflict):
    zh, en = "优惠券已失效", "This coupon is void"


class CouponNotYet(Conflict):
    zh, en = "优惠券尚未到可用时间", "This coupon cannot be used yet"


class CouponExpired(Conflict):
    zh, en = "优惠券已过期", "This coupon has expired"


class CouponUsedElsewhere(Conflict):
    zh, en = "优惠券已用于其他订单", "This coupon was used for another order"


def unfit(old: Any, at: datetime) -> Refusal:
    """What it means that a coupon, as its row stood (None: there is none), cannot be used at an instant."""
    if old is None or old.ends_at is None:
        return CouponNotFound()
    if old.used_by is not None:
        return CouponUsed()
    if old.void_at is not None or old.starts_at <= at < old.ends_at:
        return CouponVoid()
    return CouponNotYet() if at < old.starts_at else CouponExpired()


class NewcomerBenefitTaken(Conflict):
    zh, en = "新人优惠已用于其他订单", "Your benefit for new customers is in another order"


class NthBenefitTaken(Conflict):
    nth: int
    zh, en = "第 {nth} 单优惠已用于其他订单", "What is off your order number {nth} is in another order"


class ClaimNotOpen(Conflict):
    zh, en = "当前不在领取时间内", "This coupon cannot be claimed now"


class ClaimNotForYou(Forbidden):
    zh, en = "您暂不符合领取条件", "This coupon is not for you"


class ClaimedEnough(Conflict):
    most: int
    zh, en = "每人限领 {most} 张，您已领取", "At most {most} a person, and you have them"


class ClaimedEnoughToday(Conflict):
    most: int
    zh, en = "每人每日限领 {most} 张，请明日再来", "At most {most} a person and day; please come again tomorrow"


class CouponGone(Conflict):
    zh, en = "优惠券已领完", "These coupons are all gone"


class CouponTaken(Conflict):
    """Somebody was faster: the slot, the day or the shard is taken, or the template has changed. Looked at again before
    anybody is told."""

    zh, en = "领取的人太多，请再试一次", "Many are claiming at once; please try again"


RACED = (CouponTaken,)  # somebody was faster: who looks again is told what is so
STATES = ("usable", "not_yet", "used", "expired", "void")


def state_of(*, starts: int, ends: int, used: bool, void: bool, at: int) -> str:
    """What a coupon is to its owner at this instant; its window includes its start and not its end."""
    if used:
        return "used"
    if void:
        return "void"
    if at >= ends:
        return "expired"
    return "usable" if at >= starts else "not_yet"


# ---- codes ----------------------------------------------------------------------------------------------------------
CODE_LETTERS = 13  # of 5 bits
LEAST_SHARED, MOST_SHARED = 4, 24  # letters of a code that many redeem, wherever it is broken by dashes
SAME = str.maketrans("OIL", "011")
WRITTEN = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def code_key(text: str) -> str:
    """A code however it was typed: capitals, without spaces and dashes, and letters that look like a digit as it."""
    return "".join(letter for letter in text.upper() if letter in WRITTEN).translate(SAME)


def code_of(seed: bytes, number: int) -> str:
    """The n-th code of a batch: 65 bits that only who has its seed can tell."""
    bits = int.from_bytes(hmac.digest(seed, str(number).encode(), "sha256")[:9], "big")
    return "".join(ALPHABET[(bits >> 5 * place) & 31] for place in range(CODE_LETTERS))


def shown(code: str) -> str:
    """A code as people read it: in groups."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


class CouponCodeWrong(NotFound):
    zh, en = "兑换码不正确", "There is no such code"


class CouponCodeUsed(Conflict):
    zh, en = "兑换码已被使用", "This code has been used"


class CouponCodeGone(Conflict):
    zh, en = "兑换码已兑完", "This code has been redeemed as often as it may be"


class CouponCodeTaken(Conflict):
    zh, en = "兑换码已存在", "There is such a code already"


# ---- in bulk --------------------------------------------------------------------------------------------------------
MOST_CODES, MOST_GRANTED = 100_000, 2_000
CODES_AT_ONCE, GRANTED_AT_ONCE = 90, 40  # in one transaction


class CouponJobNotFound(NotFound):
    zh, en = "发放任务不存在", "There is no such job"


class CouponJobStateConflict(Conflict):
    spoken = {"waiting": "待复核", "running": "进行中", "done": "已完成"}
    state: str
    zh, en = "发放任务当前状态为 {state}", "The job is {state}; this cannot be done now"


class StaleCouponJob(Conflict):
    zh, en = "发放任务已被更新，请重试", "The job has moved on meanwhile; please try again"


JOB = States(
    "waiting",
    {"waiting": {"start": "running"}, "running": {"finish": "done"}},
    absent=CouponJobNotFound,
    conflict=CouponJobStateConflict,
)
MISSED = ("not_found", "has_enough", "gone", "not_given")  # why somebody was not granted a coupon
