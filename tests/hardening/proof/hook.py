"""The one place under botocore and above the engine through which every AWS call and every provider call passes.

Guarantees: each *attempt* is one `Call` (an SDK's own retry is a second one); whoever holds the hook may look, kill
before or after the effect, lose the answer, or answer in the service's stead; time never really passes (`sleep` is
free); and nothing in here is random.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString

ROOT = Path(__file__).resolve().parents[3]
RUNTIME = str(ROOT / "chalicelib" / "runtime") + os.sep
PRODUCT = str(ROOT / "chalicelib") + os.sep
SERVICES = {
    "DynamoDB_20120810": "dynamodb",
    "AWSEvents": "events",
    "AmazonSQS": "sqs",
    "TrentService": "kms",
    "AmazonSSM": "ssm",
}
# S3 says by method and path what the others say by name
FILES = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}


class Killed(BaseException):
    """The process died here. Not an Exception: neither the product nor botocore may catch it."""


class Lost(Exception):
    """No answer came back; the effect may have happened. Each medium turns it into its own network error."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered: a JSON body for AWS, bytes for a provider."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of one call: `site` is the place in our code it comes from."""

    service: str
    op: str
    body: Any
    site: str = ""

    @property
    def name(self) -> str:
        return f"{self.service}.{self.op}"

    @property
    def provider(self) -> bool:
        return self.service.startswith("provider:")


Effect = Callable[[], Reply]
Handler = Callable[[Call, Effect], Reply]


class Ground(Protocol):
    """What stands below the hook: answers an AWS operation."""

    def answer(self, service: str, op: str, body: Any) -> Reply: ...


class Hook:
    """Holds the present handler and every call site of the shop that it ever saw."""

    def __init__(self) -> None:
        self.handler: Handler | None = None
        self.ground: Ground | None = None
        self.sites: set[str] = set()
        self.calls = 0
        self._aside = 0

    def passing(self, service: str, op: str, body: Any, effect: Effect) -> Reply:
        """Let one call pass: through the handler when there is one."""
        call = Call(service, op, body, f"{here()} {service}.{op}")
        self.calls += 1
        if not self._aside:
            self.sites.add(call.site)
        return self.handler(call, effect) if self.handler else effect()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is called meanwhile is the proof's own doing: it sets a scene, or looks at what became of it."""
        self._aside += 1
        try:
            yield
        finally:
            self._aside -= 1

    @contextmanager
    def held(self, handler: Handler | None) -> Iterator[None]:
        """Put a handler in place for a while."""
        before, self.handler = self.handler, handler
        try:
            yield
        finally:
            self.handler = before


HOOK = Hook()


@cache
def _named(path: str) -> str:
    return Path(path).relative_to(ROOT).with_suffix("").as_posix()


def here() -> str:
    """The innermost place of the product above its runtime, else in its runtime: `module.function`."""
    frame, inner = sys._getframe(2), ""
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(PRODUCT) or "/proof/scenarios/toy" in path:
            name = f"{_named(path)}:{frame.f_code.co_qualname}"
            if not path.startswith(RUNTIME):
                return name
            inner = inner or name
        frame = frame.f_back  # type: ignore[assignment]  # the walk ends at None
    return inner or "elsewhere"


class _Raw(io.BytesIO):
    """The little that AWSResponse asks of urllib3."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _asked(request: AWSPreparedRequest) -> tuple[str, str, Any]:
    """(service, operation, body) of a request; of files the body is their bucket and name, and what is to be in them."""
    target = request.headers.get("X-Amz-Target", b"")
    family, _, op = (target.decode() if isinstance(target, bytes) else target).partition(".")
    if family in SERVICES:
        raw = request.body.decode() if isinstance(request.body, bytes) else (request.body or "{}")
        return SERVICES[family], op, json.loads(raw)
    parts = urlsplit(request.url)
    if not re.search(r"(^|\.)s3\.", parts.netloc) or request.method not in FILES:
        raise AssertionError(f"a call that the proof does not know: {request.method} {request.url} {target!r}")
    name = unquote(parts.path).lstrip("/")
    asked = {"Query": dict(parse_qsl(parts.query)), "Name": name}
    if request.method == "PUT":
        content = request.body if isinstance(request.body, bytes) else request.body.read()  # type: ignore[union-attr]  # a file
        asked["Body"] = base64.b64encode(content).decode()
    return (
        "s3",
        "ListObjectsV2" if request.method == "GET" and "list-type" in asked["Query"] else FILES[request.method],
        asked,
    )


def _send(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
    """Stands in for botocore's network: the seam."""
    (service, op, body), ground = _asked(request), HOOK.ground
    if ground is None:
        raise AssertionError(f"no ground under {service}.{op}")
    try:
        reply = HOOK.passing(service, op, body, lambda: ground.answer(service, op, body))
    except Lost:
        raise ConnectionClosedError(endpoint_url=request.url) from None
    headers = {"content-type": "application/x-amz-json-1.0", **reply.headers}
    told = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    return AWSResponse(request.url, reply.status, headers, _Raw(told))


@contextmanager
def without_moto() -> Iterator[None]:
    """moto answers for the whole run once a test has asked for it; here it has to stand back."""
    stubber = getattr(sys.modules.get("moto.core.models"), "botocore_stubber", None)
    before = stubber is not None and stubber.enabled
    if stubber is not None:
        stubber.enabled = False
    try:
        yield
    finally:
        if stubber is not None:
            stubber.enabled = before


@contextmanager
def installed(ground: Ground) -> Iterator[Hook]:
    """Stand the whole process on `ground` until the block ends."""
    with without_moto(), _seam(ground) as hook:
        yield hook


@contextmanager
def _seam(ground: Ground) -> Iterator[Hook]:
    names = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "cn-north-1"}
    environment = {name: os.environ.get(name) for name in names}
    sending, sleeping = URLLib3Session.send, time.sleep
    signing, naming = RequestSigner.sign, UserAgentString.to_string
    os.environ.update(names)
    URLLib3Session.send, time.sleep = _send, lambda seconds: None  # type: ignore[method-assign]  # the seam itself
    # nobody down here reads signatures and user agents, which cost more than all the rest of a call
    RequestSigner.sign = lambda *_, **__: None  # type: ignore[method-assign]  # see above
    UserAgentString.to_string = lambda self: "proof"  # type: ignore[method-assign]  # see above
    before, HOOK.ground = HOOK.ground, ground
    try:
        yield HOOK
    finally:
        HOOK.ground, HOOK.handler = before, None
        URLLib3Session.send, time.sleep = sending, sleeping  # type: ignore[method-assign]  # and back again
        RequestSigner.sign, UserAgentString.to_string = signing, naming  # type: ignore[method-assign]  # and back again
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
