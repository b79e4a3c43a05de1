"""What one call of DynamoDB costs this process, without the network: the SDK as it comes, as the shop sets it up, and the
floor under both (a request put together and signed, nothing else); and what it costs to know a caller, whose token is new
or known already. CPU microseconds, taken in turns; ratios travel.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

ROUNDS, CALLS = 7, 300
KEY = {"i": {"S": "O01JABCDEFGHJKMNPQRSTVWXYZ"}}
ANSWER = b'{"Item":{"i":{"S":"O01JABCDEFGHJKMNPQRSTVWXYZ"},"s":{"S":"paid"},"a":{"N":"1650"}}}'


class _Body:
    def read(self, *_args: Any, **_kwargs: Any) -> bytes:
        return ANSWER

    def stream(self, *_args: Any, **_kwargs: Any) -> Any:
        yield ANSWER


def measured() -> dict[str, Any]:
    """Medians over the rounds, and ours beside the SDK's."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "cn-north-1")
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "bench")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "bench")
    import botocore.session

    from chalicelib.runtime import clients

    session = botocore.session.get_session()
    ways = {
        "floor": _signing(session),
        "sdk": _getting(session.create_client("dynamodb")),
        "ours": _getting(clients.client("dynamodb")),
    }
    told = _in_turns({**ways, **_callers()})
    share = {"ours_of_sdk": told["ours"] / told["sdk"], "known_of_new": told["token_known"] / told["token_new"]}
    return {f"{name}_us": round(each) for name, each in told.items()} | {name: round(x, 2) for name, x in share.items()}


def _in_turns(ways: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """The median of what each way takes, in CPU microseconds a call."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(ROUNDS + 1):
        for name, call in ways.items():
            began = time.process_time()
            for _ in range(CALLS):
                call()
            if round_:  # the first warms up
                taken[name].append((time.process_time() - began) / CALLS * 1e6)
    return {name: median(each) for name, each in taken.items()}


def _callers() -> dict[str, Callable[[], Any]]:
    from chalicelib.records.identity.access.service import tokens
    from chalicelib.runtime import keys, settings, world

    settings.use_secrets(keys.complete({}))
    now = world.now()
    token = tokens.issue("U01JABCDEFGHJKMNPQRSTVWXYZ", ["customer"], now, session="L01JABCDEFGHJKMNPQRSTVWXYZ")

    def new() -> Any:
        tokens.forget_signatures()
        return tokens.identify(token, now)

    return {"token_new": new, "token_known": lambda: tokens.identify(token, now)}


def _getting(client: Any) -> Callable[[], Any]:
    from botocore.awsrequest import AWSResponse

    def answer(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, _Body())

    client.meta.events.register("before-send.dynamodb.*", answer)
    return lambda: client.get_item(TableName="jishi-orders", Key=KEY, ConsistentRead=True)


def _signing(session: Any) -> Callable[[], Any]:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    signer = SigV4Auth(session.get_credentials(), "dynamodb", "cn-north-1")
    headers = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/x-amz-json-1.0"}

    def call() -> Any:
        body = json.dumps({"TableName": "jishi-orders", "Key": KEY, "ConsistentRead": True})
        request = AWSRequest("POST", "https://dynamodb.cn-north-1.amazonaws.com.cn/", headers, body)
        signer.add_auth(request)
        return json.loads(ANSWER)

    return call


if __name__ == "__main__":
    print(json.dumps(measured()))
