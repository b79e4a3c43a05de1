"""One click: quote, place and start to pay in one request, to the default address."""

from __future__ import annotations

from chalicelib.runtime import settings
from chalicelib.runtime.work import Done, Replay, Work, perform

from ..rules import AddressNeeded, ConfirmationNeeded
from ..shapes import OneClick, OneClickView, Receipt
from .make_quote import Chosen, draw, shown
from .place_order import place, taking_orders
from .start_payment import start_payment, wanted_way
from .step_up import sure

LIMIT = settings.declare("ONE_CLICK_LIMIT_FEN", "50000", "above this total a one-click order wants its quote confirmed")


def one_click(command: OneClick, work: Work) -> OneClickView:
    """Order one SKU and answer what is needed to pay; asked again with the same key, the same order is answered.

    Raises Done when it was ordered before, ConfirmationNeeded (with the quote) above the limit, StepUpNeeded, and what
    quoting, placing and paying raise.
    """
    wanted_way(command.pay, work.caller.id)  # said before anything is ordered
    placed = perform(work, _placed, command, work)
    receipt = Receipt.model_validate_json(placed.reply or "") if isinstance(placed, Replay) else placed
    work.key = None  # what follows has a key of its own; a refusal of it is not to be answered with the receipt

    paying = Work(work.caller, f"{work.scope} pay", key=receipt.order_id, print_=work.print)
    started = perform(paying, start_payment, receipt.order_id, command.pay, paying)
    view = OneClickView(order=receipt, payment=started.view if isinstance(started, Replay) else started)
    if isinstance(placed, Replay):
        raise Done(view=view)
    return view


def _placed(command: OneClick, work: Work) -> Receipt:
    taking_orders()
    drawn = draw(Chosen(((command.sku, command.quantity),), from_cart=False), None, work)
    if drawn.quote.address is None:
        raise AddressNeeded()
    if drawn.quote.payable > settings.number(LIMIT):
        raise ConfirmationNeeded(quote=shown(drawn).model_dump())
    sure(work.caller, int(drawn.quote.payable))
    return place(drawn.quote, work)
