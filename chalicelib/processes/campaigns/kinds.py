"""Why somebody can be due, and who looks then."""

from __future__ import annotations

from collections.abc import Mapping

from .service import entering, outcomes, silence, walking
from .service.looking import Handler

KINDS: Mapping[str, Handler] = {
    silence.KIND: silence.look,
    entering.KIND: walking.walk,
    walking.MEASURE: outcomes.measure,
}
