"""满减, 满折, 满赠: from tier to tier more, by what is paid or by pieces; the best tier that is reached, or each time again."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.bill import Lower
from chalicelib.kernel.money import WHOLE

from ..reading import Reader
from ..units import Deal, Gift, Lack, Stand, off_sum
from .gifts import read_gift
from .kind import SUMMED, OfferKind
from .percent import percent_off


class Tier(NamedTuple):
    """What is given from `at` on; `coupon` is the template of one that comes once the order is paid."""

    at: int
    off_fen: int | None = None
    pay_bp: int | None = None
    cap_fen: int | None = None
    free_freight: bool = False
    points: int = 0
    gift: Gift | None = None
    coupon: str = ""

    @property
    def gives(self) -> bool:
        """Whether there is anything in it."""
        money = self.off_fen is not None or self.pay_bp is not None
        return bool(money or self.free_freight or self.points or self.gift or self.coupon)

    def off(self, amount: int) -> int:
        """What is off a sum."""
        return self.off_fen or (0 if self.pay_bp is None else percent_off(amount, self.pay_bp, self.cap_fen))


class ThresholdTerms(NamedTuple):
    """Tiers, rising; `repeat`: the one tier again for each time its threshold is met; `strict`: more than, not from."""

    by: str
    tiers: tuple[Tier, ...]
    repeat: bool = False
    cap_fen: int | None = None
    strict: bool = False

    def reached(self, measure: int) -> list[Tier]:
        return [tier for tier in self.tiers if tier.at < measure or (tier.at == measure and not self.strict)]

    def lack(self, tier: Tier, measure: int) -> Lack:
        """What a tier wants more."""
        more = tier.at - measure + int(self.strict)
        return Lack("MISSING_FEN", fen=more) if self.by == "fen" else Lack("MISSING_PIECES", pieces=more)


class Threshold(OfferKind):
    name = "threshold"
    lanes = SUMMED
    example = {"by": "fen", "tiers": [{"at": 20000, "off_fen": 5000}, {"at": 30000, "off_fen": 9000}]}

    def read(self, terms: Reader, lane: str) -> ThresholdTerms:
        by = terms.choice("by", ("fen", "pieces"))
        tiers = [_tier(reader, reader.fen("at")) for reader in terms.inners("tiers")]
        if [tier.at for tier in tiers] != sorted({tier.at for tier in tiers}):
            raise terms.wrong("tiers", "order")
        repeat = terms.flag("repeat")
        if repeat and len(tiers) > 1:
            raise terms.wrong("repeat", "one_of")
        if terms.has("base"):
            if repeat:
                raise terms.wrong("base", "one_of")
            tiers = [_tier(terms.inner("base"), 0), *tiers]
        return ThresholdTerms(by, tuple(tiers), repeat, terms.maybe("cap_fen"), terms.flag("strict"))

    def brings(self, terms: ThresholdTerms) -> tuple[str, ...]:
        return tuple(sku for tier in terms.tiers if tier.gift for sku in tier.gift.skus)

    def uncounted(self, terms: ThresholdTerms) -> bool:
        return any(tier.points or tier.coupon for tier in terms.tiers)

    def deal(self, terms: ThresholdTerms, stand: Stand) -> Deal | Lack:
        amount = stand.sum
        measure = amount if terms.by == "fen" else stand.pieces
        reached = terms.reached(measure)
        above = [terms.lack(tier, measure) for tier in terms.tiers[len(reached) :]]
        if not reached:
            return above[0]
        tier = max(reached, key=lambda one: (one.off(amount), one.at))
        times = stand.times(None, _times(terms, tier, measure))
        off, at = tier.off(amount) * times, tier.at * times + int(terms.strict)
        given = off_sum(stand, stand.whole, off if terms.cap_fen is None else min(off, terms.cap_fen))
        return given._replace(
            uses=times,
            threshold=at if terms.by == "fen" else -at,
            gifts=(tier.gift.times(times),) if tier.gift else (),
            free_freight=tier.free_freight,
            points=tier.points * times,
            coupons=(tier.coupon,) if tier.coupon else (),
            next=above[0] if above else None,
            below=_below(terms, tier),
        )


def _below(terms: ThresholdTerms, tier: Tier) -> tuple[Lower, ...]:
    """What the tiers below one give, or that which repeats each time; of gifts, those that are the same."""
    if terms.repeat and tier.pay_bp is None:
        return (_lower(tier, tier.gift, terms.strict)._replace(each=1),)
    return tuple(_lower(one, tier.gift, terms.strict) for one in terms.tiers if one.at < tier.at)


def _lower(tier: Tier, given: Gift | None, strict: bool) -> Lower:
    """What a tier gives, of gifts only such as was given. The rest never has more off than the cap of all tiers."""
    same = tier.gift if tier.gift and given and tier.gift.sku == given.sku else None
    return Lower(
        tier.at,
        tier.off_fen or 0,
        0 if tier.pay_bp is None else WHOLE - tier.pay_bp,
        same.pieces if same else 0,
        cap=0 if tier.pay_bp is None else tier.cap_fen or 0,
        over=int(strict),
    )


def _times(terms: ThresholdTerms, tier: Tier, measure: int) -> int:
    """How often the one tier is met; once where it does not repeat, or where a percentage is given."""
    if not terms.repeat or tier.pay_bp is not None:
        return 1
    return (measure - int(terms.strict)) // tier.at


def _tier(reader: Reader, at: int) -> Tier:
    """A tier gives something, and money in one way only."""
    if reader.has("off_fen") and reader.has("pay_bp"):
        raise reader.wrong("pay_bp", "one_of")
    found = Tier(
        at,
        reader.maybe("off_fen"),
        reader.paid("pay_bp") if reader.has("pay_bp") else None,
        reader.maybe("cap_fen"),
        reader.flag("free_freight"),
        reader.maybe("points") or 0,
        read_gift(reader.inner("gift")) if reader.has("gift") else None,
        reader.text("coupon", ""),
    )
    reader.done()
    if not found.gives:
        raise reader.wrong("off_fen", "nothing")
    return found
