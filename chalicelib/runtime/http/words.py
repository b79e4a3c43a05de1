"""What is wrong with a field, in our own sentences, Chinese and English: pydantic's are English, and about its own innards.

A kind that is not listed is told by the general sentence; its `type` says the rest.
"""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.texts import TROUBLES

GENERAL = ("不符合要求", "This is not what is asked for")
WHOLE, LIST = ("应为整数", "It should be a whole number"), ("应为列表", "It should be a list")
OBJECT = ("应为对象", "It should be an object")
TRUTH, ONE_OF = ("应为 true 或 false", "It should be true or false"), ("应为 {expected}", "It should be {expected}")
DAY = ("应为日期，如 2026-01-31", "It should be a day such as 2026-01-31")
MOMENT = ("应为时间，如 2026-01-31T08:00:00Z", "It should be a time such as 2026-01-31T08:00:00Z")
KNOWN = {  # kind of trouble -> (zh, en)
    "missing": ("缺少此字段", "This field is missing"),
    "extra_forbidden": ("没有这个字段", "There is no such field"),
    "string_type": ("应为文本", "It should be a text"),
    "string_too_short": ("至少 {min_length} 个字符", "It has {min_length} letters at least"),
    "string_too_long": ("至多 {max_length} 个字符", "It has {max_length} letters at most"),
    "string_pattern_mismatch": ("格式不符", "It is not written as it should be"),
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "bool_type": TRUTH,
    "bool_parsing": TRUTH,
    "greater_than": ("应大于 {gt}", "It should be more than {gt}"),
    "greater_than_equal": ("不能小于 {ge}", "It should be {ge} or more"),
    "less_than": ("应小于 {lt}", "It should be less than {lt}"),
    "less_than_equal": ("不能大于 {le}", "It should be {le} or less"),
    "literal_error": ONE_OF,
    "enum": ONE_OF,
    "list_type": LIST,
    "dict_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "too_short": ("至少 {min_length} 项", "It has {min_length} entries at least"),
    "sku_twice": ("同一 SKU 只能出现一次", "A SKU stands here once"),
    "too_long": ("至多 {max_length} 项", "It has {max_length} entries at most"),
    "json_invalid": ("不是有效的 JSON", "This is no valid JSON"),
    "json_type": ("应为 JSON", "It should be JSON"),
    "date_type": ("应为日期", "It should be a day"),
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "datetime_type": ("应为时间", "It should be a time"),
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "timezone_aware": ("时间须带时区", "A time needs its time zone"),
    "string_unicode": ("含有无效字符", "It holds letters that are none"),
}
LETTERS = {  # a class of a pattern -> (zh, en)
    "!-~": ("可见的 ASCII 字符（不含空格）", "visible ASCII characters, no spaces"),
    " -~": ("可见的 ASCII 字符", "visible ASCII characters"),
}


def of(error: dict[str, Any], language: str) -> str:
    """The sentence about one error of a ValidationError, which has its `input`."""
    kind, spoken = error["type"], 0 if language == "zh" else 1
    if kind in ("too_short", "too_long") and isinstance(error["input"], str):
        kind = f"string_{kind}"  # a text has letters, whoever counts them
    facts = {name: str(told) for name, told in error.get("ctx", {}).items()}
    if spoken == 0:
        facts = {name: told.replace(" or ", " 或 ") for name, told in facts.items()}
    if "letters" in facts:
        facts["letters"] = LETTERS.get(facts["letters"], (facts["letters"],) * 2)[spoken]
    return {**KNOWN, **TROUBLES}.get(kind, GENERAL)[spoken].format(**facts)
