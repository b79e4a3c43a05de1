"""Why somebody can be due, and who looks then."""

from __future__ import annotations

from collections.abc import Mapping

from .service import aftercare, arrivals, birthdays, carts, coupons, entering, outcomes, silence, walking
from .service.looking import Handler
from .steps import MEASURE
from .triggers import CARE

KINDS: Mapping[str, Handler] = {
    silence.KIND: silence.look,
    coupons.KIND: coupons.look,
    carts.LEFT: carts.look,
    birthdays.KIND: birthdays.look,
    arrivals.ARRIVED: arrivals.look,
    entering.KIND: walking.walk,
    MEASURE: outcomes.measure,
    **{kind: aftercare.look_for(kind) for kind in sorted(CARE)},
}
