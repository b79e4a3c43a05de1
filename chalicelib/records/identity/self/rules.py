"""How long one may think better of leaving, and the refusals of what people do with their own accounts."""

from __future__ import annotations

from chalicelib.kernel.errors import Conflict, NotFound

LEAVING_DAYS = 7


class EmailUnproven(Conflict):
    zh, en = "请先验证邮箱", "Please show first that the e-mail address is yours"


class ExportNotFound(NotFound):
    zh, en = "没有这次数据导出", "There is no such export of your data"


class StaleExport(Conflict):
    zh, en = "数据导出刚刚变化，请重试", "The export changed just now; please try again"


class DeletionNotRequested(Conflict):
    zh, en = "没有进行中的注销申请", "The account is not being closed"
