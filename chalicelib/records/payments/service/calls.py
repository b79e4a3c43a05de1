"""Calls to providers for a stored row: always with the row's own number, and never when the provider is known to be down.

A provider's merchant document is the secret `payments/<name>`; its adapter is kept as long as the document stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from chalicelib.kernel.clock import instant
from chalicelib.runtime import observe, settings, vault, world
from chalicelib.runtime.outside import PooledHttp

from ..model import Payment, Refund
from ..providers import ADAPTERS, METHODS, PROVIDERS, offered
from ..providers.credentials import fronts
from ..providers.manifest import NoticeOf, PaymentMethod
from ..providers.port import (
    AttemptRef,
    AttemptRequest,
    AuthConfig,
    CloseOutcome,
    CreateResult,
    GoodsLine,
    HttpPort,
    PaymentProvider,
    ProtocolViolation,
    ProviderError,
    RefundRef,
    RefundRequest,
    Sending,
    Throttled,
    Unknown,
    UnknownSigner,
)
from ..rules import PaymentProviderDown, PaymentSnapshot, RefundSnapshot, ReturnAddressRefused
from . import keyring
from .attempts import Told
from .health import Health

RETURN_URL = settings.declare(
    "PAY_RETURN_URL", "", "where a browser goes after paying; empty: the API's own page", form=settings.ADDRESS
)
RETURN_ORIGINS = settings.declare(
    "PAY_RETURN_ORIGINS",
    "",
    "origins to which a payment may send a browser back, `https://shop.example`, comma between two",
    form=settings.listed(settings.ORIGIN),
)
LAG = settings.declare(
    "REFUND_LAG_MINUTES",
    "30",
    "minutes for which a provider may not know yet of a refund that it has taken; at least 30",
    least=30,
)

UNUSABLE = (
    AuthConfig,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)  # of a contract's document: what is wrong with it
FINGERPRINT = 16  # hexadecimal digits

T = TypeVar("T")
_kept: dict[str, tuple[dict[str, Any], HttpPort, PaymentProvider]] = {}
_http: HttpPort = PooledHttp()
health = Health()


class _WorldClock:
    def now(self) -> datetime:
        return world.now()


def use_http(http: HttpPort | None) -> None:
    """Reach the providers by another way (tests); None goes back to the network."""
    global _http
    _http = http or PooledHttp()
    _kept.clear()
    health.forget()


def provider(name: str) -> PaymentProvider:
    """The adapter of a provider. Raises PaymentProviderDown when the shop has no contract with it, or none that may be used."""
    try:
        document = settings.secret(f"payments/{name}")
    except KeyError:
        raise PaymentProviderDown(provider=name) from None
    kept = _kept.get(name)
    if kept is None or kept[0] is not document:
        try:
            adapter = ADAPTERS[name](document, _http, _WorldClock(), _nonce, keyring.Ring(name))
        except UNUSABLE as trouble:
            tell(name, trouble if isinstance(trouble, AuthConfig) else AuthConfig("CONTRACT"))
            raise PaymentProviderDown(provider=name) from None
        kept = _kept[name] = (document, _http, adapter)
    return kept[2]


def forget(name: str) -> None:
    """Make the adapter of a provider anew when it is needed next."""
    _kept.pop(name, None)


def _nonce() -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(letters[byte & 31] for byte in world.current().entropy(32))


def methods(terminal: str) -> list[tuple[PaymentMethod, bool]]:
    """The methods for a terminal of the providers we have a contract with, and whether each answers just now."""
    return [(row, health.allows(row.provider, world.now())) for row in offered(terminal) if offers(row)]


def contracted(name: str) -> bool:
    """Whether the shop has a contract with this provider."""
    return bool(_fronts(name))


def offers(row: PaymentMethod) -> bool:
    """Whether the shop has a contract for this method and its front."""
    return row.front in _fronts(row.provider)


def login_of(row: PaymentMethod) -> str | None:
    """The way of signing in that tells who pays: the payer's open id belongs to the appid that the method is paid under."""
    login, held = PROVIDERS[row.provider].login, _fronts(row.provider)
    return login[0] if login is not None and held.get(row.front) == held.get(login[1]) else None


def _fronts(name: str) -> Mapping[str, str]:
    try:
        document = settings.secret(f"payments/{name}")
    except KeyError:
        return {}
    try:
        return fronts(document)
    except UNUSABLE:
        tell(name, AuthConfig("CONTRACT"))
        return {}


# ---- calls for rows -------------------------------------------------------------------------------------------------
def request_of(payment: Payment, *, subject: str, told: Told, goods: tuple[GoodsLine, ...] = ()) -> AttemptRequest:
    """What a provider is asked for an attempt."""
    return AttemptRequest(
        number=payment.id,
        product=payment.product,
        amount=payment.amount,
        subject=subject,
        created_at=payment.created_at,
        expires_at=payment.expires_at,
        notify_url=notify_url(payment.provider, "pay"),
        return_url=return_url(payment, told.return_to),
        payer_ref=told.payer,
        payer_known=told.known,
        client_ip=told.client_ip,
        goods=goods,
    )


def fingerprint(payment: Payment, request: AttemptRequest) -> str:
    """What tells this request apart from any other under its number; keyed, since it is about a person.

    Raises PaymentProviderDown when the shop has no contract with its provider.
    """
    words = json.dumps(_of_ours(payment.provider, lambda it: it.words(request)), sort_keys=True)
    return vault.blind("attempt", words)[:FINGERPRINT]


def create(payment: Payment, request: AttemptRequest) -> CreateResult:
    """Open the attempt at its provider, or get the same one again."""
    if local(payment):
        return _of_ours(payment.provider, lambda it: it.create(request))
    return asked(payment.provider, lambda it: it.create(request))


def _of_ours(name: str, work: Callable[[PaymentProvider], T]) -> T:
    """What an adapter makes of our contract without a call. Raises PaymentProviderDown."""
    try:
        return work(provider(name))
    except AuthConfig as trouble:
        tell(name, trouble)
        raise PaymentProviderDown(provider=name) from None


def local(payment: Payment) -> bool:
    """Whether its hand-over is signed by ourselves, without a call."""
    return METHODS[payment.provider, payment.product].local


def query(payment: Payment) -> PaymentSnapshot:
    return asked(payment.provider, lambda it: it.query(ref_of(payment)))


def close(payment: Payment) -> CloseOutcome:
    return asked(payment.provider, lambda it: it.close(ref_of(payment)))


def dated(payment: Payment) -> bool:
    """Whether its provider names a refund by the second of its sending, too. Raises PaymentProviderDown."""
    return provider(payment.provider).dated


def lag() -> timedelta:
    """How long a provider may say of a refund that it has taken that there is none."""
    return timedelta(minutes=settings.number(LAG))


def refund(row: Refund, payment: Payment) -> RefundSnapshot:
    """Send it: to a dated provider under the last of its sendings, which is on record."""
    at = instant(row.sent.times[-1] * 1000) if row.sent.times else row.created_at
    request = RefundRequest(
        row.id,
        ref_of(payment),
        row.amount,
        payment.captured,
        row.reason or "refund",
        at,
        notify_url(payment.provider, "refund"),
    )
    return asked(payment.provider, lambda it: it.refund(request))


def query_refund(row: Refund, payment: Payment) -> RefundSnapshot:
    sent = row.sent
    sendings = tuple(Sending(instant(at * 1000), over=n < sent.over) for n, at in enumerate(sent.times))
    return asked(payment.provider, lambda it: it.query_refund(RefundRef(row.id, ref_of(payment), sendings)))


def asked(name: str, call: Callable[[PaymentProvider], T], *, desk: str = "") -> T:
    """Make a call and remember how the provider did, or a `desk` of its that may be down by itself. Raises PaymentProviderDown,
    ProviderError."""
    one = f"{name}/{desk}" if desk else name
    if not health.allows(one, world.now()):
        raise PaymentProviderDown(provider=name)
    try:
        answer = call(provider(name))
    except UnknownSigner as trouble:  # it did answer; what it signs with is fetched, then the same call is good again
        health.answered(one)
        tell(name, trouble)
        keyring.want(name, trouble.code)
        raise
    except ProviderError as trouble:
        if isinstance(trouble, Unknown | Throttled) and trouble.calls == "nobody":
            health.failed(one, world.now())
        else:  # a code that nobody knows is an answer, too: whoever brings it about must not shut the provider for all
            health.answered(one)
        if isinstance(trouble, Unknown | Throttled) or trouble.calls != "nobody":
            tell(name, trouble)
        raise
    health.answered(one)
    return answer


def tell(name: str, trouble: ProviderError) -> None:
    """Count it by whom it calls (an alarm rings for keys and for configuration), or else by what it is."""
    kind = type(trouble).__name__
    observe.count("ProviderError", provider=name, kind=kind if trouble.calls == "nobody" else trouble.calls)
    if isinstance(trouble, ProtocolViolation) or trouble.calls != "nobody":
        observe.logger().error("payment provider", provider=name, kind=kind, calls=trouble.calls, code=trouble.code)


def ref_of(payment: Payment) -> AttemptRef:
    """An attempt as its provider is asked about it."""
    return AttemptRef(payment.id, payment.created_at, payment.expires_at, payment.provider_ref or "", payment.product)


def notify_url(name: str, what: NoticeOf) -> str:
    """Where a provider sends its notices."""
    return f"{settings.value(settings.PUBLIC_URL).rstrip('/')}/v1/webhooks/{name}/{what}"


def require_return_allowed(address: str) -> None:
    """Raises ReturnAddressRefused for an address of no origin that the shop names."""
    origin = "/".join(address.split("/", 3)[:3]).lower()
    if origin not in settings.value(RETURN_ORIGINS).lower().split(","):
        raise ReturnAddressRefused(return_url=address)


def return_url(payment: Payment, chosen: str) -> str:
    """Where the browser goes after paying; being there proves nothing."""
    place = (
        chosen or settings.value(RETURN_URL) or settings.value(settings.PUBLIC_URL).rstrip("/") + "/v1/payments/return"
    )
    return f"{place}{'&' if '?' in place else '?'}payment={payment.id}"
