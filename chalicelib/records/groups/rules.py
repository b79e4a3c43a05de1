"""What becomes of a post and when it may go out, whose order came of it, and this context's refusals."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from chalicelib.kernel.states import States

KINDS = ("wecom", "wechat")
TEMPLATES = ("group_offer", "group_new")  # 限时优惠, 新品
QUIET_FROM, QUIET_UNTIL = 22, 8  # hours of Shanghai in which nothing is posted
CHECKED = timedelta(hours=1)  # between two questions whether a post was confirmed
CHECKS = 24  # after so many it lapses
VISIT_DAYS = timedelta(days=7)  # in which an order comes of a visit
MOST_MEMBERS = 5000  # of one import
PART = 90  # members of one transaction
CODE_LETTERS = 10
SEGMENT = "group."  # how the segment of a group's members begins


class GroupNotFound(NotFound):
    zh, en = "没有这个社群", "There is no such group"


class GroupClosed(Conflict):
    zh, en = "该社群已关闭", "This group is closed"


class ChatTaken(Conflict):
    zh, en = "该企业微信群已登记", "This chat is a group of the shop already"


class GroupTermsWrong(Invalid):
    at: str
    zh, en = "社群的 {at} 不正确", "The group is not right at {at}"


class GroupPostNotFound(NotFound):
    zh, en = "没有这条群发", "There is no such post"


class GroupPostStateConflict(Conflict):
    spoken = {
        "planned": "已计划",
        "asked": "待成员确认",
        "confirmed": "已确认",
        "lapsed": "已失效",
        "stopped": "已停止",
    }
    state: str
    zh, en = "群发当前状态为 {state}", "The post is {state}; this cannot be done now"


class PostTooLate(Invalid):
    zh, en = "发布时间须在未来 90 天内", "A post is planned for one of the next 90 days"


class GroupDayFull(Conflict):
    zh, en = "该社群当日群发已达上限", "This group has had enough posts for the day"


class GroupImportNotFound(NotFound):
    zh, en = "没有这次导入", "There is no such import"


class GroupImportUnreadable(Invalid):
    line: int
    zh, en = "第 {line} 行无法识别", "Line {line} cannot be read"


class ImportMoved(Conflict):
    zh, en = "导入进度刚刚变化", "This import has gone on meanwhile"


class NotInGroup(Forbidden):
    zh, en = "该优惠仅限群成员", "This is for members of the group"


class GroupPassInvalid(Invalid):
    zh, en = "社群凭证无效或已过期", "This pass of a group is not valid, or no longer"


class LinkNotFound(NotFound):
    zh, en = "链接不存在或已失效", "There is no such link"


GROUP_POST = States(
    "planned",
    {
        "planned": {"ask": "asked", "stop": "stopped"},
        "asked": {"confirm": "confirmed", "lapse": "lapsed", "stop": "stopped"},
    },
    absent=GroupPostNotFound,
    conflict=GroupPostStateConflict,
)


def waits_until(now: datetime) -> datetime | None:
    """When a post that comes now may go out; None: now. The quiet hours begin with their first minute and end before eight."""
    local = now.astimezone(SHOP_ZONE)
    if QUIET_UNTIL <= local.hour < QUIET_FROM:
        return None
    return morning(now) if local.hour >= QUIET_FROM else _at_eight(local)


def morning(now: datetime) -> datetime:
    """Eight o'clock of the next day."""
    return _at_eight(now.astimezone(SHOP_ZONE) + timedelta(days=1))


def _at_eight(local: datetime) -> datetime:
    return datetime.combine(local.date(), time(QUIET_UNTIL), SHOP_ZONE)


def segment(group: str) -> str:
    """The segment of a group's members, by which coupons and offers are theirs only."""
    return f"{SEGMENT}{group}"


def group_of(name: str) -> str:
    """The group that a segment is of; "" for one of another kind."""
    return name.removeprefix(SEGMENT) if name.startswith(SEGMENT) else ""


def read_members(text: str) -> list[str]:
    """The members of an import: one a line, an account's id or WeCom's of a customer, the first column of CSV. A heading line
    `member` is passed over. Raises GroupImportUnreadable."""
    found: dict[str, None] = {}
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        told = line.split(",")[0].strip().strip('"')
        if not told or (number == 1 and told.lower() == "member"):
            continue
        if not re.fullmatch("[0-9A-Za-z_-]{1,64}", told):
            raise GroupImportUnreadable(line=number)
        found[told] = None
        if len(found) > MOST_MEMBERS:
            raise GroupImportUnreadable(line=number)
    return list(found)
