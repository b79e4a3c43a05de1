"""DynamoDB's client: what is worked out once must be what the SDK would say at every call."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.runtime import clients

KEY = {"TableName": "t", "Key": {"i": {"S": "x"}}}
CALLS = {
    "GetItem": KEY, "Query": {"TableName": "t"}, "PutItem": {"TableName": "t", "Item": {}},
    "BatchGetItem": {"RequestItems": {"t": {"Keys": []}}}, "TransactWriteItems": {"TransactItems": [{"Delete": KEY}]},
    "TransactGetItems": {"TransactItems": [{"Get": KEY}]},
}  # fmt: skip


@pytest.fixture
def swift():
    clients.forget()
    yield clients.client("dynamodb")
    clients.forget()


def asked(client, call):
    return client._ruleset_resolver.construct_endpoint(
        operation_model=client.meta.service_model.operation_model(call), call_args=CALLS[call], request_context={}
    )


def test_the_endpoint_asked_once_is_what_the_sdk_would_say_at_every_call(swift, monkeypatch):
    plain = botocore.session.get_session().create_client("dynamodb")
    for call in CALLS:
        assert asked(swift, call) == asked(plain, call)
    assert asked(swift, "GetItem") is asked(swift, "TransactWriteItems"), "worked out once"


def test_the_client_says_who_it_is_without_putting_it_together_at_each_call(swift):
    seen = []

    class Body:
        def read(self, *_args, **_kwargs):
            return b""

        def stream(self, *_args, **_kwargs):
            yield b"{}"

    def answer(request, **_):
        seen.append(request.headers["User-Agent"])
        return AWSResponse(request.url, 200, {}, Body())

    swift.meta.events.register_first("before-send.dynamodb.GetItem", answer)  # before moto, where it stands
    for _ in range(2):
        swift.get_item(TableName="t", Key={"i": {"S": "x"}})
    ours = f"jishi Botocore/{botocore.__version__}".encode()
    assert [agent.split(b" PT/")[0] for agent in seen] == [ours] * 2, "Powertools adds its own name where it stands"
