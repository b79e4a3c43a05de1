"""The refusals of what the shop's own do with other people's accounts."""

from __future__ import annotations

from chalicelib.kernel.errors import Forbidden, Invalid, TooMany


class StaffClosed(Forbidden):
    zh, en = "员工资料仅管理员可查看", "What is held of staff is open to administrators alone"


class DisclosedTooOften(TooMany):
    zh, en = "今日查看客户信息的次数已达上限", "You have looked at as many people's data today as one may"
    retry_after = 3600


class RolesApart(Invalid):
    zh, en = "这些角色不能由同一人担任", "One person may not have these roles together"


class OwnRoles(Forbidden):
    zh, en = "不能更改自己的角色", "Nobody changes their own roles"


class AdminsEnough(Forbidden):
    zh, en = "已有两名管理员，请由他们邀请", "There are two administrators already; let them invite"


class DemoOnly(Forbidden):
    zh, en = "演示账号仅限本地环境", "Demonstration logins are made on local shops only"
