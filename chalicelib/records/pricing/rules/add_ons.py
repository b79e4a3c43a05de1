"""换购: what a buyer chose to add at a low price, once the lanes of goods are through. Nothing is ever added unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .course import AddedLine, Contender, Course
from .goods import Item
from .units import Deal, Lack, Unit

ONLY_POINTS = frozenset({"points"})


def add_chosen(course: Course, contenders: Sequence[Contender], chosen: Mapping[str, int]) -> None:
    """The add-ons that were chosen, by offer, if their conditions hold; the others answer that they may be."""
    before = list(course.units)
    for one in contenders:
        if lack := _lack(course, one, before, chosen.get(one.offer.id, 0)):
            course.refuse(one, lack)
        else:
            _add(course, one, chosen[one.offer.id], before)


def _lack(course: Course, one: Contender, before: Sequence[Unit], pieces: int) -> Lack | None:
    terms = one.offer.terms
    places = [at for at in course.claims(one) if at < len(before)]
    if not places:
        return course.why_no_claim(one)
    units = [before[at] for at in places]
    fen, count = sum(unit.left * unit.pieces for unit in units), sum(unit.pieces for unit in units)
    if lack := terms.condition.lack(fen, count):
        return Lack(*lack)
    if course.available(terms.sku) < max(1, pieces):
        return Lack("ADD_ON_OUT")
    if not pieces:
        return Lack("TO_CHOOSE")
    most = min(bound for bound in (terms.max_pieces, course.most(one.offer)) if bound is not None)
    return Lack("LIMIT_REACHED") if pieces > most else None


def _add(course: Course, one: Contender, pieces: int, before: Sequence[Unit]) -> None:
    """A line of its own: it takes no other offer and no coupon, and points may pay for it."""
    terms = one.offer.terms
    base = tuple(before[at].item for at in course.claims(one) if at < len(before))
    info = course.gift_infos[terms.sku]
    at = len(course.basket)
    item = Item(
        terms.sku,
        pieces,
        info.price,
        list_price=info.list_price,
        version=info.version,
        member=False,
        location=info.location,
    )
    course.basket = (*course.basket, item)
    course.added.append(AddedLine(at, len(course.layers)))
    course.units.append(Unit(at, pieces, int(info.price), 0, shut=True, admits=ONLY_POINTS, coupons=False))
    off = max(0, int(info.price) - terms.price_fen)
    taken = ((len(course.units) - 1, pieces, off),)
    course.apply([(one, Deal(taken, 0, off * pieces, pieces, terms.condition.threshold, base=base))])
