"""The tables as the yaml files describe them: one description for AWS, for the local engine and for tests.

for definition in tables.definitions():
    dynamodb.create_table(**definition)          # named jishi-orders, jishi-journal, ...
"""

import re
from typing import Any

from . import merge

KIND = "AWS::DynamoDB::Table"
# What outlives its stack; but what a first creation that failed has made goes again with it: nothing was in it.
KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
ALWAYS_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
# What the house gives every table, so that a context's file states only names, keys and indexes.
HOUSE: dict[str, Any] = {
    **KEPT,
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": {"Fn::If": ["Stands", True, False]},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
    },
}
CREATE = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def short_name(logical: str) -> str:
    """The name code uses: `OrdersTable` -> `orders`, `LegalRecordsTable` -> `legal_records`."""
    if not logical.endswith("Table"):
        raise ValueError(f"a table's logical id ends in Table: {logical}")
    return "_".join(re.findall(r"[A-Z][a-z0-9]*", logical.removesuffix("Table"))).lower()


def described(document: merge.Document | None = None) -> dict[str, merge.Document]:
    """Logical id -> resource, the house's rules included."""
    resources = (merge.described() if document is None else document).get("Resources", {})
    return {
        name: merge.deep(HOUSE, resource) for name, resource in sorted(resources.items()) if resource["Type"] == KIND
    }


def definition(logical: str, resource: merge.Document) -> dict[str, Any]:
    """What `create_table` is called with."""
    properties = resource["Properties"]
    wanted: dict[str, Any] = {"TableName": f"jishi-{short_name(logical)}", "BillingMode": "PAY_PER_REQUEST"}
    wanted |= {key: properties[key] for key in CREATE if key in properties}
    if stream := properties.get("StreamSpecification"):
        wanted["StreamSpecification"] = {"StreamEnabled": True, **stream}
    return wanted


def definitions() -> list[dict[str, Any]]:
    """The `create_table` arguments of every table."""
    return [definition(logical, resource) for logical, resource in described().items()]


def environment(physical: dict[str, str]) -> dict[str, str]:
    """The settings that tell the app its tables, from logical id -> physical name."""
    return {f"TABLE_{short_name(logical).upper()}": name for logical, name in physical.items()}
