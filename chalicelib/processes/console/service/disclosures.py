"""Personal data in clear, to staff: for a reason, in a matter that is the person's own, counted and told before it is shown."""

from __future__ import annotations

from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.kernel.ids import PaymentId, is_id, order_of
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.accounts.service.accounts import Person
from chalicelib.records.identity.accounts.service.addresses import Kept, Place
from chalicelib.records.identity.staff.rules import StaffClosed
from chalicelib.records.identity.staff.service import directory, disclosures
from chalicelib.records.orders import service as orders
from chalicelib.records.payments.service import attempts, exceptions, refunds
from chalicelib.runtime.work import Work

from . import dossiers


class MatterForeign(Invalid):
    zh, en = (
        "没有属于此人的该订单、支付、退款或异常",
        "There is no such order, payment, refund or exception of this person",
    )


def person(user_id: str, reason: str, matter: str, work: Work) -> tuple[Person, list[Kept]]:
    """A customer's contact and addresses. Raises StaffClosed, UserNotFound, MatterForeign, DisclosedTooOften."""
    if is_id(user_id, "A"):
        raise StaffClosed()
    accounts.once(user_id)
    if _customer_of(matter) != user_id:
        raise MatterForeign()
    return directory.disclose(user_id, reason, matter, work)


def order(order_id: str, reason: str, work: Work) -> tuple[Place | None, str | None]:
    """Where an order goes and its customer's remark; the order itself is the matter. Raises OrderNotFound, DisclosedTooOften."""
    found = orders.find(order_id)
    disclosures.tell(str(found.customer), reason, found.id, work)
    return dossiers.place(str(found.customer), found.address), orders.remark(found)


def _customer_of(matter: str) -> str | None:
    """Whose matter this is; None when there is no such thing."""
    try:
        if is_id(matter, "R"):
            matter = str(refunds.find(matter).payment)
        elif matter.startswith("X"):
            matter = str(exceptions.find(matter).payment)
        if not is_id(matter, "O"):
            matter = order_of(PaymentId(attempts.find(matter).id))
        return str(orders.find(matter).customer)
    except NotFound:
        return None
