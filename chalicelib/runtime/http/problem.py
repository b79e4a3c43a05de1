"""Refusals as RFC 9457 problems: one shape, a stable code, the parameters a person needs, zh or en. Only here are numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from chalicelib.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)

from .. import settings


class MediaUnsupported(Refusal):
    """The body is of a kind that this door does not read."""

    media: str
    zh, en = "请求体须为 {media}", "The body must be {media}"


class MethodNotAllowed(Refusal):
    """The path is there, and takes other methods."""

    allow: str
    zh, en = "此地址只支持 {allow}", "This address takes {allow}"


class RequestMalformed(Refusal):
    """What came is no HTTP request, or nobody can tell where it ends."""

    zh, en = "无法读取此请求", "This request cannot be read"


class HeadTooLarge(Refusal):
    """What stands before the body is longer than anybody reads."""

    zh, en = "请求的地址或头过长", "The address or the headers of the request are too long"


STATUS: dict[type[Refusal], int] = {
    RequestMalformed: 400, MethodNotAllowed: 405, TooLarge: 413, MediaUnsupported: 415, HeadTooLarge: 431,
    Invalid: 422, Unauthenticated: 401, Forbidden: 403, NotFound: 404, Conflict: 409, TooMany: 429, Unavailable: 503,
}  # fmt: skip
MEDIA = "application/problem+json"
WEIGHED = r"(zh|en)(?:-[a-z0-9-]+)?(?:;q=([01])(?:\.([0-9]{0,3}))?)?"  # of Accept-Language
SECURE = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}  # browsers heed it over HTTPS alone
PLAIN = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **SECURE}  # what every answer says


class InvalidRequest(Invalid):
    zh, en = "请求不符合要求", "The request does not fit what is asked for"


class BodyMissing(Invalid):
    zh, en = "此请求需要 JSON 请求体", "This request needs a JSON body"


class ParameterRepeated(Invalid):
    name: str
    zh, en = "查询参数 {name} 只能出现一次", "The query parameter {name} may be given once only"


class RouteUnknown(NotFound):
    """No function knows the path, or the gateway asked none (infra/gateway.py)."""

    zh, en = "没有这个地址", "There is no such address here"


class IdempotencyKeyRequired(Invalid):
    zh, en = "此请求需要 Idempotency-Key 头", "This request needs an Idempotency-Key header"


class IdempotencyKeyMalformed(Invalid):
    zh, en = "Idempotency-Key 须为 1–255 个可见 ASCII 字符", "An Idempotency-Key is 1–255 visible ASCII characters"


class NotSignedIn(Unauthenticated):
    zh, en = "请先登录", "Please sign in"


class NotPermitted(Forbidden):
    zh, en = "没有权限", "You may not do this"


class AccountNeeded(Forbidden):
    """A guest asks for what customers may do."""

    zh, en = "此操作需要账户，请先注册或登录", "This needs an account: please register or sign in first"


class SecondFactorNeeded(Forbidden):
    zh, en = "请先输入动态验证码", "Please show a fresh code of your second factor"


class Unexpected(Refusal):
    zh, en = "服务出现意外，我们已收到通知", "Something went wrong on our side; we have been told"


def language(accepted: str) -> str:
    """The language to answer in: of ours, what a client weighs most (RFC 9110), of two alike the first; else Chinese."""
    most, told = 0, "zh"
    for part in accepted.lower().replace(" ", "").split(","):
        found = re.fullmatch(WEIGHED, part)
        weight = int(f"{found[2] or '1'}{found[3] or '':0<3}") if found else 0
        if found and weight > most:
            most, told = weight, found[1]
    return told


def status_of(refusal: Refusal) -> int:
    """The HTTP number of a refusal's kind."""
    return next((status for kind, status in STATUS.items() if isinstance(refusal, kind)), 500)


def document(reasons: Sequence[Refusal], language: str, *, errors: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The problem document of one or more refusals; the first leads."""
    first = reasons[0]
    told: dict[str, Any] = {
        "type": settings.address(f"/docs/errors#{first.code}"), "title": first.message(language), "status": status_of(first),
        "code": first.code, "params": first.params,
    }  # fmt: skip
    if len(reasons) > 1:
        told["reasons"] = [{"code": r.code, "title": r.message(language), "params": r.params} for r in reasons]
    if errors:
        told["errors"] = list(errors)
    return told


def answer(
    reasons: Sequence[Refusal], language: str, *, errors: Sequence[dict[str, Any]] = ()
) -> tuple[str, int, dict[str, str]]:
    """Body, status and headers of a refusal."""
    told = document(reasons, language, errors=errors)
    headers = {"Content-Type": MEDIA, "Content-Language": language, "Cache-Control": "no-store"}
    waits = [reason.wait for reason in reasons if reason.wait is not None]
    if waits:
        headers["Retry-After"] = str(max(waits))
    if told["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str), int(told["status"]), headers
