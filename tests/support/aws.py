"""moto, once a run: the tables as infra describes them, emptied between tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

REGION = "cn-north-1"


def environment() -> None:
    """What every AWS client needs and no test should have to say."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION=REGION,
        POWERTOOLS_METRICS_DISABLED="true",
        POWERTOOLS_SERVICE_NAME="jishi",
        POWERTOOLS_LOG_LEVEL="CRITICAL",
        AWS_EC2_METADATA_DISABLED="true",
    )
    os.environ.setdefault("EVENT_BUS", "jishi-local")


@contextmanager
def moto() -> Iterator[None]:
    """moto in this process with every table made. One thread only: moto loses writes under threads."""
    from moto import mock_aws

    from chalicelib.runtime import archive, clients, settings, showcase
    from infra import tables

    environment()
    with mock_aws():
        clients.forget()
        db = clients.client("dynamodb")
        for definition in tables.definitions():
            db.create_table(**definition)
        place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
        for bucket in (archive.BUCKET, showcase.BUCKET):
            clients.client("s3").create_bucket(Bucket=settings.value(bucket), **place)
        os.environ["PERSONAL_KEY"] = clients.client("kms").create_key()["KeyMetadata"]["KeyId"]
        yield
    clients.forget()


def _empty_showcase() -> None:
    from chalicelib.runtime import clients, settings, showcase

    store, bucket = clients.client("s3"), settings.value(showcase.BUCKET)
    for file in store.list_objects_v2(Bucket=bucket).get("Contents", []):
        store.delete_object(Bucket=bucket, Key=file["Key"])


def empty() -> None:
    """Take all items out of all tables."""
    from moto.dynamodb.models import dynamodb_backends

    from chalicelib.records.catalog.service import categories
    from chalicelib.records.identity.accounts.service import presence
    from chalicelib.records.messages.channels import outbox
    from chalicelib.records.promotions.offers import service as offers
    from chalicelib.runtime import archive, limits, switches, vault
    from tests.support import memories

    archive.clear("")
    _empty_showcase()
    memories.forget()
    for forget in (
        switches.forget,
        limits.forget,
        vault.forget,
        presence.forget,
        categories.forget,
        offers.forget,
        outbox.clear,
    ):
        forget()
    for account in dynamodb_backends.values():
        for backend in account.values():
            for table in backend.tables.values():
                table.items.clear()
                if table.stream_shard:  # else every transaction copies what all tests before have written
                    table.stream_shard.items.clear()


def rows(model: Any) -> list[Any]:
    """Every item of a model's table."""
    from chalicelib.runtime import clients, table

    found = table.pages(clients.client("dynamodb").scan, TableName=model.Meta.table_name, ConsistentRead=True)
    return [model.from_raw_data(item) for page in found for item in page]


def rows_of(model: Any, part: str) -> list[Any]:
    """The items of a shared table whose range key begins so."""
    from chalicelib.runtime import clients, table

    found = table.pages(clients.client("dynamodb").scan, TableName=model.Meta.table_name, ConsistentRead=True)
    return [model.from_raw_data(item) for page in found for item in page if item["r"]["S"].startswith(part)]
