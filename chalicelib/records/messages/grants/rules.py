"""How many grants are kept, and the refusals."""

from __future__ import annotations

from chalicelib.kernel.errors import Conflict, Invalid

MOST = 100  # of a template to one person; a client cannot pile up more
AT_ONCE = 5  # templates that WeChat asks for in one window


class MiniTemplateUnknown(Invalid):
    template: str
    zh, en = "小程序没有订阅消息 {template}", "The mini program has no subscription message {template}"


class MessageGrantsFull(Conflict):
    template: str
    zh, en = "消息 {template} 的订阅次数已达上限", "You have agreed to {template} often enough for now"


class MessageGrantSpent(Conflict):
    zh, en = "该消息的订阅次数已用完", "No grant of this message is left"
