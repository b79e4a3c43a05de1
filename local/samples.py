"""Example values for documents: made from a JSON schema, its field names and its own examples; always the same.

Guarantees: what is made fits the schema it was made from (a house test validates every example).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.kernel.errors import Refusal

DEEPEST = 6  # a tree of categories is shown this deep
ULID = "01JZ0000000000000000000000"
BY_NAME: Mapping[str, Any] = {
    "order_id": f"O{ULID}", "order": f"O{ULID}", "sku": f"S{ULID}", "product_id": f"P{ULID}", "product": f"P{ULID}",
    "payment_id": f"O{ULID}01", "refund_id": f"R{ULID}", "customer": f"C{ULID}", "customer_id": f"C{ULID}",
    "address_id": f"A{ULID}", "category": f"G{ULID}", "category_id": f"G{ULID}", "fen": 1050, "text": "¥10.50",
    "left": 3, "limit": 20, "most": 50, "quantity": 1, "phone": "13800138000", "email": "buyer@example.com",
    "code": "123456", "url": "https://shop.example/", "name": "example", "provider": "wechat", "seconds": 60,
    "minutes": 10, "days": 7, "next": None, "cursor": None, "id": f"O{ULID}", "state": "paid", "title": "茉莉花茶",
    "expires": "2026-06-01T02:00:00.000Z", "pay_before": "2026-06-01T02:30:00.000Z", "total": 1, "available": 12,
}  # fmt: skip
BY_FORMAT: Mapping[str, str] = {
    "date-time": "2026-06-01T02:00:00.000Z", "date": "2026-06-01", "email": "buyer@example.com",
    "uri": "https://shop.example/", "uri-reference": "https://shop.example/", "binary": "",
}  # fmt: skip

Schema = Mapping[str, Any]


def sample(schema: Schema, components: Mapping[str, Schema], name: str = "", depth: int = 0) -> Any:
    """A value that fits the schema. `components` are the schemas that a $ref may point at."""
    if schema.get("examples"):  # a field's own, beside a $ref too
        return schema["examples"][0]
    if "$ref" in schema:
        return sample(components[schema["$ref"].rsplit("/", 1)[-1]], components, name, depth + 1)
    for word in ("example", "const", "default"):
        if word in schema:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    for word in ("anyOf", "oneOf"):
        if word in schema:
            real = [part for part in schema[word] if part.get("type") != "null"]
            return sample(real[0], components, name, depth)
    return _plain(schema, components, name, depth)


def _plain(schema: Schema, components: Mapping[str, Schema], name: str, depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return {
            key: sample(part, components, key, depth + 1)
            for key, part in schema.get("properties", {}).items()
            if depth < DEEPEST or key in schema.get("required", ())
        }
    if kind == "array":
        wanted = max(schema.get("minItems", 0), 0 if depth >= DEEPEST else 1)
        parts = schema.get("prefixItems")
        if parts:
            return [sample(part, components, name, depth + 1) for part in parts]
        return [sample(schema.get("items", {}), components, name.rstrip("s"), depth + 1) for _ in range(wanted)]
    if kind == "string":
        return _text(schema, name)
    if kind in ("integer", "number"):
        return _number(schema, name)
    return True if kind == "boolean" else None


def _text(schema: Schema, name: str) -> str:
    known = BY_FORMAT.get(schema.get("format", ""), BY_NAME.get(name))
    if name.endswith("_at"):
        known = BY_FORMAT["date-time"]
    told = known if isinstance(known, str) else "text"
    return told.ljust(schema.get("minLength", 0), "x")[
        : schema.get("maxLength", len(told) + schema.get("minLength", 0))
    ]


def _number(schema: Schema, name: str) -> int:
    known = BY_NAME.get(name)
    told = known if isinstance(known, int) else 1
    least = schema.get("minimum", schema.get("exclusiveMinimum", told - 1) + 1)
    most = schema.get("maximum", schema.get("exclusiveMaximum", told + 1) - 1)
    return int(min(max(told, least), max(most, least)))


def hints(kind: type[Refusal]) -> dict[str, str]:
    """The parameters of a refusal with their annotations."""
    told = {
        name: hint for base in reversed(kind.__mro__) for name, hint in getattr(base, "__annotations__", {}).items()
    }
    return {name: told[name] for name in kind.fields}


def kind_of(hint: str) -> str:
    """The JSON type of an annotation."""
    return {"int": "integer", "dict": "object", "list": "array"}.get(hint.partition("[")[0].partition(" ")[0], "string")


def params(kind: type[Refusal]) -> dict[str, Any]:
    """Example parameters of a refusal; those that are not always told are left out."""
    made: dict[str, Any] = {}
    for name, hint in hints(kind).items():
        if not hasattr(kind, name):
            sort = kind_of(hint)
            known = BY_NAME.get(name)
            other: dict[str, Any] = {"integer": 1, "object": {}, "array": [], "string": "…"}
            made[name] = known if isinstance(known, int if sort == "integer" else str) else other[sort]
    return made
