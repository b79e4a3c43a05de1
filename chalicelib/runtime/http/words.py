"""What is wrong with a field, in Chinese: pydantic's own sentences are English.

A kind that is not listed is told by the general sentence; its `type` says the rest.
"""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.texts import TROUBLES

GENERAL = "不符合要求"
ZH = {
    "missing": "缺少此字段",
    "extra_forbidden": "没有这个字段",
    "string_type": "应为文本",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "至多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "应为 {expected}",
    "enum": "应为 {expected}",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "json_invalid": "不是有效的 JSON",
    "json_type": "应为 JSON",
    "date_type": "应为日期",
    "date_parsing": "应为日期，如 2026-01-31",
    "date_from_datetime_parsing": "应为日期，如 2026-01-31",
    "datetime_type": "应为时间",
    "datetime_parsing": "应为时间，如 2026-01-31T08:00:00Z",
    "datetime_from_date_parsing": "应为时间，如 2026-01-31T08:00:00Z",
    "timezone_aware": "时间须带时区",
    "string_unicode": "含有无效字符",
}


def of(error: dict[str, Any], language: str) -> str:
    """The sentence about one error of a ValidationError."""
    if language != "zh":
        return str(error["msg"])
    template = TROUBLES[error["type"]][0] if error["type"] in TROUBLES else ZH.get(error["type"], GENERAL)
    return template.format(**{name: str(told).replace(" or ", " 或 ") for name, told in error.get("ctx", {}).items()})
