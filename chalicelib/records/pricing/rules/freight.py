"""What sending costs: by pieces, weight or volume, a first step and further ones; then what offers take off it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.kernel.bill import CouponUse, FreightPart, Layer
from chalicelib.kernel.money import Fen, total

from .course import Contender, Course, Held
from .kinds import KINDS
from .reasons import APPLIED, OfferOutcome
from .units import Deal, Lack, Unit

MEASURES = ("piece", "weight", "volume")


class FreightTemplate(NamedTuple):
    """What sending to a place costs: `first_fee` up to `first` (pieces, grams or cm³), `step_fee` for every `step` begun beyond.

    Free from an amount of goods and from so many pieces; where both are set, both are wanted. A step of 0 costs nothing more.
    `surcharge` is a remote place's, which nothing takes off; `covered` False: nothing makes the rest free there either.
    """

    first_fee: Fen
    first: int = 1
    step: int = 0
    step_fee: Fen = Fen(0)
    by: str = "piece"
    free_from: Fen | None = None
    free_pieces: int | None = None
    surcharge: Fen = Fen(0)
    covered: bool = True

    def fee(self, goods: int, pieces: int, measure: int) -> Fen:
        """The fee for goods worth so much, after offers and before points, of so many pieces and such a measure."""
        wanted = [
            have >= least for have, least in ((goods, self.free_from), (pieces, self.free_pieces)) if least is not None
        ]
        if not pieces or (self.covered and wanted and all(wanted)):
            return Fen(0)
        beyond = max(0, measure - self.first)
        steps = -(-beyond // self.step) if self.step else 0
        return self.first_fee + self.step_fee * steps


FREE = FreightTemplate(Fen(0))


class Tariffs(NamedTuple):
    """The templates as they are for one place: by name, and one for goods that name none; the version of the book that they
    stand in; what the chosen service costs on top."""

    default: FreightTemplate = FREE
    named: Mapping[str, FreightTemplate] = {}
    version: int = 0
    service_fee: Fen = Fen(0)


class CarriageCost(NamedTuple):
    """What sending from a location costs by its templates, and what of it nothing takes off."""

    location: str
    fee: Fen
    fixed: Fen


def costs_of(tariffs: Tariffs, course: Course) -> list[CarriageCost]:
    """What sending from each location costs before any offer: the sum of its templates, the highest of their surcharges, and
    the service from the first location. A template's goods count together, wherever they are."""
    grouped: dict[str, dict[str, list[Unit]]] = {}
    for unit in course.units:
        item = course.basket[unit.item]
        name = item.template if item.template in tariffs.named else ""
        grouped.setdefault(item.location, {}).setdefault(name, []).append(unit)
    found: list[CarriageCost] = []
    for location, by_name in grouped.items():
        fee, surcharge = Fen(0), Fen(0)
        for name, units in by_name.items():
            template = tariffs.named.get(name, tariffs.default)
            together = [unit for groups in grouped.values() for unit in groups.get(name, [])]
            fee += _fee(template, course, units, together)
            surcharge = max(surcharge, template.surcharge)
        found.append(CarriageCost(location, fee, surcharge + (Fen(0) if found else tariffs.service_fee)))
    return found


def _fee(template: FreightTemplate, course: Course, units: Sequence[Unit], together: Sequence[Unit]) -> Fen:
    """The fee for units from one location, where those `together` decide whether it is free."""
    if course.shopper.free_freight and template.covered:
        return Fen(0)
    return template.fee(*goods_of(together), _measured(template, course, units))


def _measured(template: FreightTemplate, course: Course, units: Sequence[Unit]) -> int:
    """How much there is to be sent, in what the template counts."""
    if template.by == "piece":
        return sum(unit.pieces for unit in units)
    each = [item.weight if template.by == "weight" else item.volume for item in course.basket]
    return sum(unit.pieces * each[unit.item] for unit in units)


def parts_of(tariffs: Tariffs, course: Course, off: Fen) -> tuple[FreightPart, ...]:
    """The freight of each location that costs anything, with what offers take off all of it, from one after the other."""
    parts = []
    for cost in costs_of(tariffs, course):
        taken = min(off, cost.fee)
        off -= taken
        parts.append(FreightPart(cost.location, tariffs.version, cost.fee + cost.fixed, taken))
    return tuple(part for part in parts if part.fee)


def goods_of(units: Sequence[Unit], places: frozenset[int] | None = None) -> tuple[int, int]:
    """(what they cost, pieces) of the units at some places of the basket."""
    counted = [unit for unit in units if places is None or unit.item in places]
    return sum(unit.left * unit.pieces for unit in counted), sum(unit.pieces for unit in counted)


def off_fee(course: Course, one: Contender, fee: int) -> Deal | Lack:
    """What an offer takes off a fee."""
    goods, pieces = goods_of(course.units, one.places)
    if not pieces:
        return Lack("NOTHING_COVERED")
    if not fee:
        return Lack("NO_FREIGHT")
    found = KINDS[one.offer.kind].freight(one.offer.terms, fee, goods, pieces)
    budget = one.offer.limits.budget_fen
    if isinstance(found, Deal) and budget is not None and found.off > budget:
        return Lack("BUDGET_SPENT")
    return found


class FreightOff(NamedTuple):
    """The fee that offers may take off, and what they do."""

    fee: Fen
    off: Fen = Fen(0)

    @property
    def left(self) -> int:
        return int(self.fee - self.off)


def freight_lane(course: Course, tariffs: Tariffs, contenders: Sequence[Contender]) -> FreightOff:
    """The fee, less the best offer of those that do not stack, less those that do. Offers on goods may have freed it."""
    fee = total([cost.fee for cost in costs_of(tariffs, course)])
    left = int(fee)
    for held in course.freeing:
        left = _freed(course, held, left)
    tried = [(one, off_fee(course, one, left)) for one in contenders if not one.offer.stacks]
    best = max((deal.off for _, deal in tried if isinstance(deal, Deal)), default=0)
    taken = 0
    for one, deal in tried:
        if isinstance(deal, Deal) and deal.off == best > taken:
            taken = take_off_fee(course, one, deal)
        else:
            _refuse(course, one, deal)
    left -= taken
    for one in contenders:
        if one.offer.stacks:
            deal = off_fee(course, one, left)
            if isinstance(deal, Deal) and deal.off:
                left -= take_off_fee(course, one, deal)
            else:
                _refuse(course, one, deal)
    return FreightOff(fee, fee - Fen(left))


def take_off_fee(course: Course, one: Contender, deal: Deal) -> int:
    """What an offer takes off the fee; it holds from now on."""
    offer, off, layer = one.offer, deal.off, len(course.layers)
    course.layers.append(Layer(offer.lane, offer.id, offer.version, Fen(off), deal.threshold, offer.policy))
    course.held.append(Held(one, 1, off, layer))
    course.outcomes.append(OfferOutcome(one.offer.id, one.offer.lane, True, Fen(off), APPLIED, coupon=one.coupon))
    if one.coupon:
        course.coupons.append(CouponUse(one.coupon, layer))
    return off


def _refuse(course: Course, one: Contender, deal: Deal | Lack) -> None:
    course.refuse(one, deal if isinstance(deal, Lack) else Lack("OTHER_BETTER" if deal.off else "NOTHING_LEFT"))


def _freed(course: Course, held: Held, left: int) -> int:
    """What is left of the freight after an offer on goods took all of it off, as far as its budget goes, and said so; one that
    gives nothing else is else no offer."""
    offer = held.contender.offer
    at = max(at for at, outcome in enumerate(course.outcomes) if outcome.applied and outcome.offer == offer.id)
    outcome = course.outcomes[at]
    paid_for = offer.limits.budget_fen is None or held.spent + left <= offer.limits.budget_fen
    if left and paid_for:
        course.outcomes[at] = outcome._replace(off=outcome.off + Fen(left), code=APPLIED)
        course.held[course.held.index(held)] = held._replace(spent=held.spent + left)
        return 0
    if held.only_freight:
        course.outcomes[at] = outcome._replace(applied=False, code="BUDGET_SPENT" if left else "NO_FREIGHT")
        course.held.remove(held)
    return left
