"""What follows an order: consultations once it is paid, company once it was delivered, the end of both when a line goes back.

Guarantees: each line brings what it brings once; what a line that was given back in full had begun ends, whichever of payment,
delivery and refund is heard first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.kernel.quote import QuoteLine
from chalicelib.records.care import steps as care_steps
from chalicelib.records.care.rules import QUIET, REFUNDED, nearest
from chalicelib.records.care.service import courses, planning
from chalicelib.records.care.service.courses import CareCourse
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import product_of
from chalicelib.records.catalog.service import categories
from chalicelib.records.identity.accounts import steps as account_steps
from chalicelib.records.identity.accounts.service import accounts, consents
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import ALL_BACK, GIVEN_UP, refund_facet
from chalicelib.records.orders.service import Order
from chalicelib.records.tickets.service import consultations
from chalicelib.records.touches import steps as touches
from chalicelib.records.watching import service as watching
from chalicelib.runtime.work import Work

AT_ONCE = 15  # courses that end in one transaction, with what of them is due


def paid(order_id: str, work: Work) -> None:
    """An order is paid: its lines bring their consultations. Its refusal: ConsultationMoved."""
    order = orders.find(order_id)
    for number, line in _lines(order):
        product = product_of(line.sku)
        brought = planning.brought(product)
        if brought is not None and not _given_back(order, number):
            count = brought.brings * line.quantity
            ends = work.now + timedelta(days=brought.days)
            consultations.grant(str(order.customer), order_id, number, product, count, ends, work)


def delivered(order_id: str, at: datetime, work: Work) -> None:
    """A parcel arrived: whichever lines are there whole are accompanied from then on. Its refusals: CareCourseMoved,
    StaleOrder, where some of it went back just now."""
    order, plans = orders.find(order_id), planning.plans()
    if not plans or courses.is_quiet(str(order.customer)):
        return
    wanted = [(number, line) for number, line in _lines(order) if _there(order, number)]
    said = catalog.snapshots((line.sku, line.version) for _, line in wanted)
    tree = categories.tree().rows
    for number, line in wanted:
        snapshot = said.get((line.sku, line.version))
        known = tree.get(snapshot.category) if snapshot is not None else None
        category = nearest(categories.path_of(known), plans) if known is not None else None
        if category is not None and not _given_back(order, number):
            _begin(order, number, line.sku, plans[category], at, work)
    if work.pending:
        work.add(care_steps.unwanted(str(order.customer)), order_steps.still_kept(order))


def remember(order_id: str, work: Work) -> None:
    """Goods arrived: their customer is told of what is new beside them. Commits apart: with what accompanies the order it may be
    more than a transaction takes. Its refusals: as `note`."""
    work = work.separate()
    note(order_id, work)
    if work.pending:
        work.commit()


def note(order_id: str, work: Work) -> None:
    """Whoever agreed that it is kept what they bought has it kept which categories arrived, until they take that back. Its
    refusals: ConsentWithdrawn, StaleAccount, where they did so or went just now."""
    order = orders.find(order_id)
    person = str(order.customer)
    if not consents.allows(person, consents.PERSONALISATION):
        return
    wanted = [line for number, line in _lines(order) if _there(order, number) and not _given_back(order, number)]
    said = catalog.snapshots((line.sku, line.version) for line in wanted)
    categories = sorted({one.category for one in said.values() if one.category})
    account = accounts.once(person)
    if categories and account.state == "active":
        watching.note_bought(person, categories, work)
        work.add(account_steps.require_consent(person, consents.PERSONALISATION), account_steps.require_active(account))


def _begin(order: Order, number: int, sku: str, plan: planning.CarePlan, at: datetime, work: Work) -> None:
    course = courses.begin(str(order.customer), line_of(order.id, number), sku, plan, at, work)
    if course is not None:
        for kind, due in courses.dues(course):
            work.add(*touches.arm(kind, course.person, due, course.line))


def given_back(order_id: str, work: Work) -> None:
    """Money of an order went back: what the lines that were given back in full had begun ends. Its refusals: CareCourseMoved,
    ConsultationMoved."""
    order = orders.find(order_id)
    for number, line in _lines(order):
        if not _given_back(order, number):
            continue
        if planning.brought(product_of(line.sku)) is not None or _granted(order, number):
            consultations.end(str(order.customer), order_id, number, work)
        course = courses.find(str(order.customer), line_of(order.id, number))
        if course is not None and course.why is None:
            _end(course, REFUNDED, work)


def quiet(work: Work, *, wanted: bool) -> None:
    """Leave somebody alone: from then on nothing is begun for them, and what was begun ends. Commits in stretches, that wish
    first. Its refusal: CareCourseMoved."""
    courses.quiet(work.caller.id, work, wanted=wanted)
    if not wanted:
        return
    work.commit()
    left = courses.under_way(work.caller.id)
    for first in range(0, len(left), AT_ONCE):
        own = work.separate()
        for course in left[first : first + AT_ONCE]:
            _end(course, QUIET, own)
        own.commit()


def _end(course: CareCourse, why: str, work: Work) -> None:
    courses.end(course, why, work)
    for kind, due in courses.dues(course):
        work.add(*touches.disarm(kind, course.person, due, course.line))


def line_of(order_id: str, number: int) -> str:
    """How an order line is named: its order and two digits."""
    return f"{order_id}{number:02d}"


def _lines(order: Order) -> Iterator[tuple[int, QuoteLine]]:
    return enumerate(order.lines)


def _granted(order: Order, number: int) -> bool:
    return consultations.find(str(order.customer), order.id, number) is not None


def _given_back(order: Order, number: int) -> bool:
    """Whether all of a line went back, or all of its order."""
    whole = refund_facet(int(order.payable or 0), int(order.refunded or 0)) == ALL_BACK and order.payable
    return order.state in GIVEN_UP or bool(whole) or order.ledger[number].refunded >= order.lines[number].quantity


def _there(order: Order, number: int) -> bool:
    """Whether all of a line that was to be sent has arrived."""
    count, line = order.ledger[number], order.lines[number]
    return count.delivered > 0 and count.delivered + count.freed >= line.quantity
