"""What an account and its address book hold at most, how others see a person, and the refusals of both. Pure."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from typing import NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound, TooMany

MOST_ADDRESSES = 50
MOST_HIDDEN, SIFTED_AT = 100, 20  # versions out of use that no order names; each twentieth has them sifted
HIDDEN_KEPT = timedelta(days=1)  # by then no quote names them any more
PURPOSES: dict[str, str] = {
    "terms": "terms of service and privacy policy; cannot be withdrawn without leaving",
    "personalisation": "recommendations from what you looked at and bought",
    "marketing_sms": "offers by text message",
    "marketing_email": "offers by e-mail",
    "marketing_wechat": "offers by WeChat",
    "marketing_inbox": "offers in the inbox of the shop",
}


class IdentityTaken(Conflict):
    zh, en = "该手机号、邮箱或微信已被使用", "This phone, e-mail or WeChat belongs to an account"


class PolicyNotFound(Invalid):
    zh, en = "没有该版本的协议", "No such version of the policy was published"


class Identifier(NamedTuple):
    """One thing a person is known by: kind (phone, email, wechat, wechat_union), its normalised text and blind index."""

    kind: str
    text: str
    blind: str

    @property
    def key(self) -> str:
        return f"{self.kind}#{self.blind}"


class AddressNotFound(NotFound):
    zh, en = "地址不存在", "There is no such address of yours"


class AddressesFull(Conflict):
    most: int
    zh, en = "最多保存 {most} 个地址", "There is room for {most} addresses"


class AddressesChangedTooOften(TooMany):
    zh, en = "地址修改过于频繁，请稍后再试", "Addresses were changed too often; please try again later"
    retry_after = 3600


class RegionNotFound(Invalid):
    region: str
    zh, en = "没有行政区划代码 {region}", "There is no region with the code {region}"


class RegionRetired(Invalid):
    region: str
    name: str
    zh, en = (
        "行政区划代码 {region}（{name}）已撤销，请重新选择地区",
        "The code {region} ({name}) was abolished; please choose the region anew",
    )


class RegionTooWide(Invalid):
    name: str
    region: str
    zh, en = (
        "{name}（{region}）下还有区县，请选择到最下一级",
        "There are regions below {name} ({region}); please choose one of them",
    )


class RegionNamesWrong(Invalid):
    region: str
    province: str
    city: str
    district: str
    zh, en = (
        "代码 {region} 是{province} {city} {district}，与所填地名不符",
        "The code {region} is {province} {city} {district}, and not what these names say",
    )


class StaleAccount(Conflict):
    zh, en = "账户信息刚刚变化，请重试", "The account changed just now; please try again"


class ConsentPurposeNotFound(NotFound):
    zh, en = "没有该授权用途", "There is no such purpose"


class ConsentWithdrawn(Conflict):
    purpose: str
    zh, en = "未同意或已撤回授权：{purpose}", "There is no consent to this purpose: {purpose}"


class OptOutLinkInvalid(Invalid):
    zh, en = "退订链接无效，请从消息中重新打开", "This link does not unsubscribe; please open it from the message again"


class TermsKept(Conflict):
    zh, en = "撤回用户协议需通过注销账户", "The terms are withdrawn by closing the account"


class UserNotFound(NotFound):
    zh, en = "用户不存在", "There is no such user"


# ---- birthdays ------------------------------------------------------------------------------------------------------
BIRTHDAY_STANDS = timedelta(days=365)  # before it may be said anew
BIRTHDAY_SETTLES = timedelta(days=30)  # before it is celebrated
LEAP = 2000


class BirthdayWrong(Invalid):
    zh, en = "生日格式为月-日，如 05-20", "A birthday is a month and a day of it, such as 05-20"


class BirthdayKept(Conflict):
    day: str
    zh, en = (
        "生日一年只能修改一次，{day} 起可再次修改",
        "A birthday is changed once a year at most: again from {day} on",
    )


class Birthday(NamedTuple):
    """A month and a day of it."""

    month: int
    day: int

    @property
    def text(self) -> str:
        return f"{self.month:02d}-{self.day:02d}"


def born_on(text: str) -> Birthday:
    """A birthday as it is written: `05-20`. Raises BirthdayWrong."""
    try:
        day = date.fromisoformat(f"{LEAP}-{text}")
    except ValueError:
        raise BirthdayWrong() from None
    return Birthday(day.month, day.day)


def celebrated(born: Birthday, year: int) -> date:
    """When a birthday is in a year: that of 29 February on the 28th, where there is no other."""
    if born == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return date(year, *born)


def next_celebrated(born: Birthday, first: date) -> date:
    """The first time it is celebrated on that day or after."""
    this = celebrated(born, first.year)
    return this if this >= first else celebrated(born, first.year + 1)


def masked_phone(text: str) -> str:
    """`138****8000`: what staff see without a reason to see more."""
    plain = text.removeprefix("+86")
    return f"{plain[:3]}****{plain[-4:]}"


def masked_email(text: str) -> str:
    """`b****@example.com`."""
    name, domain = text.split("@", 1)
    return f"{name[:1]}****@{domain}"


def masked_name(text: str) -> str:
    """`王**`."""
    return text[:1] + "**" if text else ""
