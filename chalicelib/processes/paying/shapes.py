"""What paying takes and returns."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.records.payments.providers.manifest import NextActionKind, Terminal
from chalicelib.records.payments.providers.port import NextAction
from chalicelib.records.payments.service import calls
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.service.exceptions import OPEN, PaymentException
from chalicelib.records.payments.shapes import PaymentState, ProductName, ProviderName
from chalicelib.runtime.http import Amount, Body, Instant, Query, Url, View, amount, one_of
from chalicelib.runtime.http.kinds import EXACT, Word, Words
from chalicelib.runtime.http.shapes import PERSONAL, Paging

from .rules import Resolution, fitting

if TYPE_CHECKING:
    Provider = str
else:
    Provider = Literal[*PROVIDERS]  # as many as there are manifests
NAME = 12
ReturnAddress = Annotated[
    str,
    Field(max_length=300, pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$"),
    EXACT,
]
Payer = Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,128}$"), EXACT]
CaseState = Annotated[str, one_of("open", "resolved")]
TOLD = frozenset({"payer"})  # what a client tells; the rest is known


class AskMethods(Query):
    """Where the customer wants to pay."""

    terminal: Terminal | None = Field(default=None, description="by default what the header X-Terminal says")


class MethodView(View):
    """A way to pay, with its name for people. `available` is false while its provider does not answer; `needs` names what
    the start must bring."""

    provider: ProviderName
    product: ProductName
    title_zh: str
    title_en: str
    next_action: NextActionKind
    needs: list[str]
    available: bool


class MethodsView(View):
    """The ways to pay on a terminal."""

    methods: list[MethodView]


class NextStep(View):
    """What to do about an order that waits for its money: start a payment by this request, in one of these ways."""

    method: Literal["POST"] = "POST"
    path: str
    methods: list[MethodView]


class StartPayment(Body):
    """Which way to pay; `payer` is the payer's open id at the provider, where the method needs it. `return_url` is where the
    browser goes afterwards, of an origin that the shop allows (PAY_RETURN_ORIGINS); `payment=<id>` is added."""

    provider: Provider = Field(examples=["wechat"])
    product: Word = Field(min_length=2, max_length=NAME, examples=["native"])
    payer: Annotated[Payer | None, PERSONAL] = None
    return_url: ReturnAddress | None = None


class NextActionView(View):
    """qr: draw `url`; redirect: go to `url`; form: post `fields` to `url`; client: give `fields` to the provider's kit."""

    kind: NextActionKind
    url: Url | None = None
    fields: dict[str, str] = {}


class PaymentView(View):
    """An attempt to pay. While it is created or pending, ask again after `ask_again_after` seconds."""

    id: str
    order_id: str
    provider: ProviderName
    product: ProductName
    amount: Amount
    state: PaymentState
    expires_at: Instant
    next_action: NextActionView | None
    paid_at: Instant | None
    given_back: Amount
    ask_again_after: int | None

    @property
    def retry_after(self) -> int | None:
        """The same, as the header Retry-After."""
        return self.ask_again_after


class AskExceptions(Paging):
    """Which exceptions to list."""

    state: Literal["open", "resolved"] = "open"


class Resolve(Body):
    """What a person decided. refund: send the received money back; retry: ask the provider once more; release: give this
    number up, after which the amount may be asked for anew, and what the shop owes is asked for under a new number at
    once; by_hand: it was given back by another way; noted: nothing needs to be done."""

    resolution: Resolution
    note: Words = Field(min_length=2, max_length=200)


class ExceptionView(View):
    """Something about money that a person must decide, or that has come right by itself: `resolved_by` the shop, with the
    `resolution` settled (the right amount came), returned (the money went back), answered or found. `resolutions` are
    those that an open one of its kind may be given."""

    id: str
    kind: str
    state: CaseState
    provider: ProviderName
    payment_id: str
    refund_id: str | None
    expected: Amount | None
    received: Amount | None
    at: Instant
    resolution: str | None
    resolutions: list[Resolution]
    resolved_by: str | None


def method_views(terminal: str) -> list[MethodView]:
    """The ways to pay on a terminal, and which of them answer just now."""
    return [
        MethodView(
            provider=row.provider,
            product=row.name,
            title_zh=f"{PROVIDERS[row.provider].zh} · {row.zh}",
            title_en=f"{PROVIDERS[row.provider].en} · {row.en}",
            next_action=row.next_action,
            available=up,
            needs=[need for need in row.needs if need in TOLD],
        )
        for row, up in calls.methods(terminal)
    ]


def next_action_view(given: NextAction | None) -> NextActionView | None:
    return None if given is None else NextActionView(kind=given.kind, url=given.url or None, fields=dict(given.fields))


def exception_view(case: PaymentException) -> ExceptionView:
    return ExceptionView(
        id=case.id,
        kind=case.kind,
        state=case.state,
        provider=case.provider,
        payment_id=case.payment,
        refund_id=case.refund,
        expected=None if case.expected is None else amount(case.expected),
        received=None if case.received is None else amount(case.received),
        at=iso(case.at),
        resolution=case.resolution,
        resolutions=list(fitting(case.kind)) if case.state == OPEN else [],
        resolved_by=case.resolved_by,
    )


def payment_view(payment: Payment, given: NextAction | None) -> PaymentView:
    moving = payment.state in ("created", "pending")
    return PaymentView(
        id=payment.id,
        order_id=payment.order_id,
        provider=payment.provider,
        product=payment.product,
        amount=amount(payment.amount),
        state=payment.state,
        expires_at=iso(payment.expires_at),
        next_action=next_action_view(given) if moving else None,
        paid_at=iso_or_none(payment.paid_at),
        given_back=amount(payment.returned or 0),
        ask_again_after=2 if moving else None,
    )
