"""`endpoint`: a route is one line of wiring, typed by its annotations.

    @endpoint(bp, "POST", "/v1/orders", permit="orders:place")
    def place(body: PlaceOrder, work: Work) -> Receipt:
        return place_order(body, work)

Parameters are handed over by name: `body` and `query` (pydantic), `work`, `caller`, `request`, and the path's own.
Guarantees: a route without a permit does not import; bad input answers 422 and changes nothing; every refusal is a
problem+json; a POST under an Idempotency-Key happens once and is answered alike.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from chalice.app import Blueprint, Response
from pydantic import BaseModel, ValidationError

from chalicelib.kernel.errors import CommitRejected, Refusal, TooLarge, Unauthenticated
from chalicelib.kernel.permits import GUEST, for_accounts

from .. import keys, limits, observe, world
from ..caller import ANYONE, Caller
from ..journal import fingerprint
from ..standing import Standing
from ..work import Replay, Work, perform, written
from . import problem
from .shapes import tagged

PUBLIC = "public"  # anyone may ask
SIGNED = "signed"  # a provider asks; its signature is the permit, checked by the handler over the raw bytes
NONE, TOKEN, READ, CHECKED, FIRST = "none", "token", "read", "checked", "first"  # what of a session a door demands
PREFERRED = r"(^|,) *return=\"?representation\"? *(,|;|$)"  # the client asks for the whole after the change (RFC 7240)
LARGEST_BODY = 256 * 1024
LOOKS = 5  # while somebody else is faster
KEY_SHAPE = "[!-~]{1,255}"
NAMED = "[0-9A-Za-z._-]{1,100}"  # what an address names: an id, a name, a hash
NOTHING = "-"  # what anything else is to a door, which answers in its own words that there is no such thing
DEVICE = "[!-~]{1,64}"
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
TERMINALS = frozenset({"pc", "h5", "wechat", "mini", "app"})


class Operation(NamedTuple):
    """A registered route, as OpenAPI, the permission matrix and the house tests read it."""

    method: str
    path: str
    permit: str
    step_up: bool
    key: str
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    reply: type[BaseModel] | None
    status: int
    errors: tuple[type[Refusal], ...]
    example: Any
    media: tuple[str, ...]
    etag: bool
    function: Callable[..., Any]
    limit: limits.Limit | None = None
    session: str = CHECKED
    second: str | None = None
    raced: tuple[type[Refusal], ...] = ()
    whole: Callable[[Any, Caller], Any] | None = None


class Request(NamedTuple):
    """The raw request, for webhooks and pages: exact bytes, case-insensitive headers."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]
    ip: str


class Raw(NamedTuple):
    """An answer as it is: a page, an image, a provider's own acknowledgement."""

    body: str | bytes
    media: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})


class Bytes(Response):
    """An answer of bytes. Chalice would ask whether the client said that it takes them; the gateway passes all on."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        told = Response("", self.headers, self.status_code).to_dict()
        return told | {"body": base64.b64encode(self.body).decode(), "isBase64Encoded": True}


OPERATIONS: list[Operation] = []
DOUBTS: list[type[Unauthenticated]] = []  # what a bearer token that is no good is refused with
ENDED: list[type[Unauthenticated]] = []  # and one whose session has ended
_identify: Callable[[str, datetime], Caller] | None = None
_standing: Callable[[Caller, datetime], Standing] | None = None


def use_identity(
    identify: Callable[[str, datetime], Caller],
    *refusals: type[Unauthenticated],
    standing: Callable[[Caller, datetime], Standing] | None = None,
    ended: Sequence[type[Unauthenticated]] = (),
) -> None:
    """Say who turns a bearer token into a caller, what it refuses with, and what a session that stands is; `ended` is
    what one is refused with that does not. The composition root calls this once.
    """
    global _identify, _standing
    _identify, _standing = identify, standing
    DOUBTS[:], ENDED[:] = refusals, ended


def endpoint(
    bp: Blueprint,
    method: str,
    path: str,
    *,
    permit: str,
    step_up: bool = False,
    key: str | None = None,
    status: int = 200,
    etag: bool = False,
    errors: tuple[type[Refusal], ...] = (),
    example: Any = None,
    media: tuple[str, ...] = ("application/json",),
    limit: limits.Limit | None = None,
    session: str | None = None,
    second: str | None = None,
    raced: tuple[type[Refusal], ...] = (),
    whole: Callable[[Any, Caller], Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a route.

    permit: `context:action`, PUBLIC or SIGNED. step_up: a second factor shown lately is needed too. key: whether a POST
    takes an Idempotency-Key ("required", "optional", "none"; by default optional for a POST with a Work).
    etag: a GET that answers 304 to a matching If-None-Match. limit: how often it may be asked.
    second: when a second person is needed, or that who comes is one, in words (docs/routes.md).
    raced: refusals that mean that somebody was faster; the use case then looks again, LOOKS times at most.
    whole: what makes of the answer the one with all that was changed, for who asks so (`Prefer: return=representation`). It
    reads after the commit, and what it adds is not kept under a key.

    session: what is demanded of the session behind the token. A GET reads, by a look that is a few seconds old at most.
    What acts is CHECKED: the session must stand in the transaction that is sent, or in a fresh read before the answer
    where none is. FIRST: read afresh before anything is done as well, for what asks, counts or moves something outside
    its transaction.
    TOKEN: the token alone is believed for its ten minutes; those doors are a short list (docs/routes.md).
    """
    if permit not in (PUBLIC, SIGNED) and not re.fullmatch(r"[a-z]+:[a-z_]+", permit):
        raise TypeError(f"{method} {path}: a permit is context:action, not {permit!r}")

    if limit is not None:
        errors = (*errors, limits.TooManyRequests)
    demanded = NONE if permit in (PUBLIC, SIGNED) else session or (READ if method == "GET" else CHECKED)
    if demanded not in (NONE, TOKEN, READ, CHECKED, FIRST) or (session and permit in (PUBLIC, SIGNED)):
        raise TypeError(f"{method} {path}: nobody knows what session={session!r} demands here")

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        hints = inspect.get_annotations(function, eval_str=True)
        names = list(inspect.signature(function).parameters)
        keyed = key or ("optional" if method == "POST" and "work" in names and permit != SIGNED else "none")
        reply = hints.get("return")
        if keyed != "none" and (told := tagged(reply)):
            raise TypeError(f"{method} {path}: its reply is kept in the journal, but {sorted(told)} may not be")
        shape = reply if isinstance(reply, type) and issubclass(reply, BaseModel) else None
        operation = Operation(
            method,
            path,
            permit,
            step_up,
            keyed,
            hints.get("body"),
            hints.get("query"),
            shape,
            status,
            errors,
            example,
            media,
            etag,
            function,
            limit,
            demanded,
            second,
            raced,
            whole,
        )
        OPERATIONS.append(operation)

        def view(**path_values: str) -> Response:
            return _serve(operation, names, bp.current_request, path_values, etag)

        cors = False if permit == SIGNED else None  # None: as the app says
        bp.route(path, methods=[method], name=f"{method} {path}", content_types=[], cors=cors)(view)
        return function

    return register


def _serve(op: Operation, names: list[str], raw: Any, path_values: dict[str, str], etag: bool) -> Response:
    headers = raw.headers
    language = problem.language(headers.get("accept-language", ""))
    try:
        caller = _admit(op, raw, language)
        if op.limit is not None:
            limits.check(op.limit, caller)
        try:
            given, asked = _given(op, names, raw, caller, path_values)
        except ValidationError as error:
            return _refuse([problem.InvalidRequest()], language, errors=_details(error, language))
        standing = _seen(op, caller)
        if "work" not in names:
            return _answer(op, op.function(**given), headers, etag)
        work = Work(caller, f"{op.method} {op.path}", fingerprint=_fingerprint(op, asked))
        work.standing = standing
        if op.key != "none" and (key := _key(op, headers)):
            work.with_key(key)
        reply = _done(op, given, work)
        if op.whole and op.reply and re.search(PREFERRED, headers.get("prefer", ""), re.IGNORECASE):
            answer = _answer(op, _whole(op.whole, op.reply, reply, caller), headers, etag)
            answer.headers["Preference-Applied"] = "return=representation"
            return answer
        return _answer(op, reply, headers, etag)
    except Refusal as refusal:
        return _refuse([refusal], language)
    except CommitRejected as refused:
        return _refuse(refused.reasons, language)
    except Exception as error:
        # the message may repeat what a person sent: only the types along the chain are logged
        observe.logger().error(
            "unexpected", route=f"{op.method} {op.path}", causes=list(observe.causes(error)), where=_where(error)
        )
        return _refuse([problem.Unexpected()], language)


def _seen(op: Operation, caller: Caller) -> Standing | None:
    """What is demanded of the caller's session, and met as far as it is to be met before anything is done."""
    if op.session == NONE or _standing is None:
        return None
    standing = _standing(caller, world.now())
    if op.session == READ:
        standing.glance()
    if op.session == FIRST:
        standing.look()
    return standing


def _done(op: Operation, given: dict[str, Any], work: Work) -> Any:
    """What the use case answers. To a session that has ended nothing is answered but that, a refusal of its own neither."""
    standing = work.standing
    if standing is not None and op.session in (CHECKED, FIRST):
        work.demand()
    try:
        reply = perform(work, _acted, op, given, work)
    except (Refusal, CommitRejected):
        if standing is not None and op.session == CHECKED:
            standing.look()
        raise
    if standing is not None and op.session == CHECKED and not standing.shown:
        standing.look()  # nothing was sent that could have demanded it
    return reply


def _whole(make: Callable[[Any, Caller], Any], shape: type[BaseModel], reply: Any, caller: Caller) -> Any:
    """The answer with all that was changed, as it stands now; of what was committed before, too."""
    if isinstance(reply, Replay):
        shown = make(shape.model_validate_json(reply.reply or ""), caller)
        return Replay(written(shown), shown)
    return make(reply, caller)


def _acted(op: Operation, given: dict[str, Any], work: Work) -> Any:
    """What the use case answers, which looks again while somebody is faster; commits such a one itself."""
    if not op.raced:
        return op.function(**given, work=work)
    return work.attempts(LOOKS, lambda one: op.function(**given, work=one), *op.raced)


def _admit(op: Operation, raw: Any, language: str) -> Caller:
    source = raw.context.get("identity", {}).get("sourceIp", "")
    terminal, device = raw.headers.get("x-terminal"), raw.headers.get("x-device", "")
    came = {
        "ip": source, "device": device if re.fullmatch(DEVICE, device) else "", "language": language,
        "terminal": terminal if terminal in TERMINALS else "pc",
    }  # fmt: skip
    caller = ANYONE
    bearer = raw.headers.get("authorization")
    if bearer and op.permit != SIGNED:
        try:
            if not bearer.startswith("Bearer ") or _identify is None:
                raise problem.NotSignedIn()
            caller = _identify(bearer.removeprefix("Bearer "), world.now())
        except Unauthenticated:
            if op.permit != PUBLIC:
                raise
    if op.permit not in (PUBLIC, SIGNED):
        if not caller.id:
            raise problem.NotSignedIn()
        if not caller.may(op.permit):
            raise (
                problem.AccountNeeded() if caller.role == GUEST and for_accounts(op.permit) else problem.NotPermitted()
            )
        if op.step_up and not caller.fresh:
            raise problem.SecondFactorNeeded()
    return caller._replace(**came)


def _given(
    op: Operation, names: list[str], raw: Any, caller: Caller, path_values: dict[str, str]
) -> tuple[dict[str, Any], list[Any]]:
    named = {name: value if re.fullmatch(NAMED, value) else NOTHING for name, value in path_values.items()}
    given: dict[str, Any] = dict(named)
    asked: list[Any] = [named]
    if len(raw.raw_body) > LARGEST_BODY:
        raise TooLarge(limit=LARGEST_BODY)
    if raw.raw_body and not _fits(op, raw.headers):
        raise problem.MediaUnsupported(media=" / ".join(op.media))
    if op.body is not None:
        if not raw.raw_body:
            raise problem.BodyMissing()
        given["body"] = body = op.body.model_validate_json(raw.raw_body)
        asked.append(body.model_dump(mode="json", exclude_unset=True))
    if op.query is not None:
        given["query"] = op.query.model_validate(_once(raw.query_params or {}))
    if "caller" in names:
        given["caller"] = caller
    if "request" in names:
        given["request"] = Request(raw.headers, raw.raw_body, dict(raw.query_params or {}), caller.ip)
    return given, asked


def _once(asked: Any) -> dict[str, str]:
    """The parameters of a query string, each of which has one value. Raises ParameterRepeated."""
    for name in asked:
        if len(asked.getlist(name)) > 1:
            raise problem.ParameterRepeated(name=name if re.fullmatch("[a-z_]{1,40}", name) else NOTHING)
    return dict(asked)


def _fingerprint(op: Operation, asked: list[Any]) -> str | None:
    """What tells another request under the same key; a provider's is told apart by what it says."""
    return fingerprint(asked, keys.index_key()) if op.permit != SIGNED else None


def _fits(op: Operation, headers: Mapping[str, str]) -> bool:
    """Whether the body is of a kind this door reads. The gateway's own answer would be no problem document."""
    told = headers.get("content-type", "").partition(";")[0].strip().lower()
    return op.method not in WITH_BODY or not told or told in op.media


def _key(op: Operation, headers: Mapping[str, str]) -> str | None:
    key = headers.get("idempotency-key")
    if key is None:
        if op.key == "required":
            raise problem.IdempotencyKeyRequired()
        return None
    if not re.fullmatch(KEY_SHAPE, key):
        raise problem.IdempotencyKeyMalformed()
    return key


def _answer(op: Operation, reply: Any, headers: Mapping[str, str], etag: bool) -> Response:
    told: dict[str, str | list[str]] = {"Content-Type": "application/json", **problem.PLAIN}
    status = op.status
    if isinstance(reply, Raw):
        kind = Bytes if isinstance(reply.body, bytes) else Response
        return kind(reply.body, {**told, "Content-Type": reply.media, **reply.headers}, reply.status)
    if isinstance(reply, Replay):
        told["Idempotency-Replayed"] = "true"
        status = 200  # nothing was made now
        text, shown = reply.reply, reply.view
    else:
        text, shown = written(reply), reply
    if (pause := getattr(shown, "retry_after", None)) is not None:
        told["Retry-After"] = str(pause)  # it is still moving: a view's property says when to look again
    if text is None:
        return Response("", told, 204)
    if etag:
        told["ETag"] = tag = '"' + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:12]).decode() + '"'
        told["Cache-Control"] = "no-cache"
        if {tag, "*"} & {part.strip().removeprefix("W/") for part in headers.get("if-none-match", "").split(",")}:
            return Response("", told, 304)
    return Response(text, told, status)


def _refuse(reasons: list[Refusal], language: str, *, errors: list[dict[str, Any]] | None = None) -> Response:
    text, status, headers = problem.answer(reasons, language, errors=errors or ())
    return Response(text, {**problem.PLAIN, **headers}, status)


def _details(error: ValidationError, language: str) -> list[dict[str, Any]]:
    from . import words  # only where something is wrong: cold starts stay short

    found: list[Any] = error.errors(include_url=False)[:20]
    return [
        {"at": ".".join(str(p) for p in e["loc"]), "type": e["type"], "message": words.of(e, language)} for e in found
    ]


def _where(error: BaseException) -> str:
    trace, last = error.__traceback__, ""
    while trace is not None:
        last = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return last
