"""The lanes of goods. In a lane every piece serves one offer, unless that offer stacks; what is decided in one lane is what
the next one starts from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalicelib.kernel.bill import Layer
from chalicelib.kernel.money import Fen

from .course import SPENT, Contender, Course
from .kinds import KINDS
from .kinds.pieces import chosen
from .offers import Offer
from .reasons import APPLIED, OfferOutcome
from .settling import Contest, Free, Settled, settle, taken_from
from .units import Deal, Lack

Run = Callable[[Course, Sequence[Contender]], None]


def unfit(course: Course, offer: Offer, ends: int | None = None) -> Lack | None:
    """Why an offer does not hold for this customer, basket and instant at all."""
    shopper, audience, needs = course.shopper, offer.audience, offer.needs
    if offer.starts is not None and course.at < offer.starts:
        return Lack("NOT_YET")
    if any(end is not None and course.at >= end for end in (offer.ends, ends)):
        return Lack("OVER")
    if (
        (audience.levels and shopper.level not in audience.levels)
        or (audience.segments and audience.segments.isdisjoint(shopper.segments))
        or (audience.channels and shopper.channel not in audience.channels)
        or (audience.new_customers and not shopper.is_new)
    ):
        return Lack("NOT_FOR_YOU")
    if needs.nth_order is not None and shopper.paid_orders + 1 != needs.nth_order:
        return Lack("NTH_ORDER")
    if needs.basket_has is not None and not any(map(needs.basket_has.covers, course.basket)):
        return Lack("OTHER_GOODS")
    left = course.left.get(offer.id, 1)
    return Lack("BUDGET_SPENT" if left == SPENT else "LIMIT_REACHED") if left <= 0 else None


# ---- prices -----------------------------------------------------------------------------------------------------------
def activities(course: Course) -> None:
    """Pieces with a price of an activity take it; they are shut for most of what follows."""
    units = []
    for unit in course.units:
        activity = course.basket[unit.item].activity
        if activity is None:
            units.append(unit)
            continue
        layer = _activity_layer(course, activity.offer, activity.version)
        off = min(unit.room, max(0, unit.left - int(activity.price)))
        held = course.layers[layer]
        course.layers[layer] = held._replace(off=held.off + Fen(off * unit.pieces))
        units.append(unit.less(off, layer)._replace(shut=True, admits=activity.admits))
    course.units = units
    for made in course.layers:
        course.outcomes.append(
            OfferOutcome(made.offer, "activity", bool(made.off), made.off, APPLIED if made.off else "NOT_LOWER")
        )


def _activity_layer(course: Course, offer: str, version: int) -> int:
    for at, layer in enumerate(course.layers):
        if (layer.offer, layer.version) == (offer, version):
            return at
    course.layers.append(Layer("activity", offer, version, Fen(0)))
    return len(course.layers) - 1


def price_lane(course: Course, contenders: Sequence[Contender], shut: bool = False) -> None:
    """Each piece takes the price that is lowest for it; those with a limited number of pieces are settled among each other."""
    first = [one for one in contenders if not one.offer.stacks]
    claims = [course.claims(one) for one in first]
    offs = [_offs(course, one, claimed) for one, claimed in zip(first, claims, strict=True)]
    limited = [at for at, one in enumerate(first) if _limited(course, one.offer)]
    usual = _usual(course, [at for at in range(len(first)) if at not in limited], offs)
    settled = _settle_limited(course, first, limited, offs, usual)
    deals = {limited[at]: deal for at, deal in settled.deals.items()}
    free = course.free
    for deal in deals.values():
        free = taken_from(free, deal)
    deals |= _usual_deals(usual, free)
    held = sorted(deals.items())
    for at, one in enumerate(first):
        if at not in deals:
            alone = settled.alone[limited.index(at)] if at in limited else None
            course.refuse(one, alone if isinstance(alone, Lack) else _why_no_price(course, one, claims[at], offs[at]))
    course.apply([(first[at], deal) for at, deal in held], shut)
    for one in contenders:
        if one.offer.stacks:
            _stack(course, one, _price_on_top)


def _offs(course: Course, one: Contender, claims: Sequence[int]) -> dict[int, int]:
    """By unit, what is off a piece."""
    kind, terms = KINDS[one.offer.kind], one.offer.terms
    offs = {at: min(kind.each(terms, course.units[at].left), course.units[at].room) for at in claims}
    return {at: off for at, off in offs.items() if off > 0}


def _limited(course: Course, offer: Offer) -> bool:
    """Whether not every piece that is covered may have its price."""
    bounds = (course.most(offer), offer.limits.budget_fen, KINDS[offer.kind].most_pieces(offer.terms)[0])
    return any(bound is not None for bound in bounds)


def _usual(course: Course, unlimited: Sequence[int], offs: Sequence[dict[int, int]]) -> dict[int, tuple[int, int]]:
    """By unit (contender, off) of the lowest price that every piece may have."""
    best: dict[int, tuple[int, int]] = {}
    for one in unlimited:
        for at, off in offs[one].items():
            if at not in best or off > best[at][1]:
                best[at] = one, off
    return best


def _usual_deals(usual: dict[int, tuple[int, int]], free: Free) -> dict[int, Deal]:
    taken: dict[int, list[tuple[int, int, int]]] = {}
    for at, (one, off) in sorted(usual.items()):
        if free[at]:
            taken.setdefault(one, []).append((at, free[at], off))
    return {one: Deal(tuple(each), off=sum(n * off for _, n, off in each)) for one, each in taken.items()}


def _settle_limited(
    course: Course,
    first: Sequence[Contender],
    limited: Sequence[int],
    offs: Sequence[dict[int, int]],
    usual: dict[int, tuple[int, int]],
) -> Settled:
    """Who gets the pieces whose number is limited: where they gain most over the price that all may have."""
    better = [{at: off for at, off in offs[one].items() if off > usual.get(at, (0, 0))[1]} for one in limited]

    def trial(one: int, free: Free) -> Deal | Lack:
        return _piecewise(course, first[limited[one]], better[one], free)

    def worth(deal: Deal) -> tuple[int, int]:
        return sum(pieces * (each - usual.get(at, (0, 0))[1]) for at, pieces, each in deal.taken), 0

    return _settled(course, Contest([frozenset(one) for one in better], trial, worth))


def _piecewise(course: Course, one: Contender, offs: dict[int, int], free: Free) -> Deal | Lack:
    """So many pieces, each with its own off; within what was set aside for the offer."""
    stand, places = course.stand(one, offs, free)
    most, per = KINDS[one.offer.kind].most_pieces(one.offer.terms)
    deal = chosen(stand, [offs[at] for at in places], most, per)
    return _within_budget(course, one.offer, _placed(deal, places))


def _price_on_top(course: Course, one: Contender, free: Free) -> Deal | Lack:
    claims = course.claims(one)
    return _piecewise(course, one, _offs(course, one, claims), free) if claims else course.why_no_claim(one)


def _why_no_price(course: Course, one: Contender, claims: Sequence[int], offs: dict[int, int]) -> Lack:
    if not claims:
        return course.why_no_claim(one)
    return Lack("OTHER_BETTER" if offs else "NOT_LOWER")


# ---- sums -------------------------------------------------------------------------------------------------------------
def sum_lane(course: Course, contenders: Sequence[Contender]) -> None:
    """Offers on what several pieces cost: those that share pieces are settled, then those that stack are laid on."""
    first = [one for one in contenders if not one.offer.stacks]
    claims = [course.claims(one) for one in first]

    out: dict[int, Lack] = {}

    def trial(one: int, free: Free) -> Deal | Lack:
        return out.get(one) or deal_of(course, first[one], free, claims[one])

    contest = Contest([frozenset(one) for one in claims], trial, course.worth)
    settled = _settled(course, contest)
    while gone := course.without_gifts([deal for _, deal in sorted(settled.deals.items())]):
        out |= {sorted(settled.deals)[at]: Lack("GIFT_OUT") for at in gone}
        settled = _settled(course, contest)
    held = []
    for at, one in enumerate(first):
        deal, alone = settled.deals.get(at), settled.alone[at]
        if deal is not None:
            held.append((one, deal))
        else:
            course.refuse(
                one, alone if isinstance(alone, Lack) else Lack("OTHER_BETTER" if alone.gives else "NOTHING_LEFT")
            )
    course.apply(held)
    for one in contenders:
        if one.offer.stacks:
            _stack(course, one, deal_of)


def deal_of(course: Course, one: Contender, free: Free, claims: Sequence[int] | None = None) -> Deal | Lack:
    """What an offer does with the pieces that are free, in the course's own places."""
    claimed = course.claims(one) if claims is None else claims
    if not claimed:
        return course.why_no_claim(one)
    stand, places = course.stand(one, claimed, free)
    if not places:
        return Lack("OTHER_BETTER")
    found = KINDS[one.offer.kind].deal(one.offer.terms, stand)
    if isinstance(found, Lack):
        return found
    return _within_budget(course, one.offer, course.with_gifts_in_stock(_placed(found, places)))


def _stack(course: Course, one: Contender, deal: Callable[[Course, Contender, Free], Deal | Lack]) -> None:
    """An offer that works on all pieces, whatever serves them."""
    found = deal(course, one, course.free)
    if isinstance(found, Deal) and found.gives:
        course.apply([(one, found)])
    else:
        course.refuse(one, found if isinstance(found, Lack) else Lack("NOTHING_LEFT"))


def _settled(course: Course, contest: Contest) -> Settled:
    settled = settle(contest, course.free, course.trials)
    course.trials = settled.trials
    course.exact = course.exact and settled.exact
    return settled


def _placed(deal: Deal, places: Sequence[int]) -> Deal:
    return deal._replace(taken=tuple((places[at], pieces, each) for at, pieces, each in deal.taken))


def _within_budget(course: Course, offer: Offer, deal: Deal | Lack) -> Deal | Lack:
    """An offer never gives more in one order than was set aside for it in all."""
    budget = offer.limits.budget_fen
    if isinstance(deal, Deal) and budget is not None and course.spends(deal) > budget:
        return Lack("BUDGET_SPENT")
    return deal


# ---- what stands alone --------------------------------------------------------------------------------------------------
def with_exclusives(course: Course, contenders: Sequence[Contender], run: Run) -> Course:
    """The course that gives most: all offers that go together, or one that stands alone."""
    alone = [one for one in contenders if one.offer.exclusive]
    together = course.copy()
    run(together, [one for one in contenders if not one.offer.exclusive])
    best, winner = together, None
    for one in alone:
        tried = course.copy()
        run(tried, [one])
        if _given(tried) > _given(best):
            best, winner = tried, one
    lost = alone if winner is None else [one for one in contenders if one is not winner]
    for one in lost:
        best.refuse(one, _lost(course, one, run, winner is not None))
    return best


def _lost(course: Course, one: Contender, run: Run, stood: bool) -> Lack:
    """Why an offer lost: what is missing to it, or that another is better."""
    tried = course.copy()
    run(tried, [one])
    told = tried.outcomes[len(course.outcomes) :]
    for outcome in told:
        if not outcome.applied:
            return Lack(outcome.code, int(outcome.missing_fen), outcome.missing_pieces)
    return Lack("STANDS_ALONE" if stood else "OTHER_BETTER")


def _given(course: Course) -> tuple[int, int]:
    """Money off, then what comes beside it."""
    return int(sum(layer.off for layer in course.layers)), course.beside
