"""Who counts something for which a person is called says so where it counts (`observe.alarmed`); here it becomes an alarm."""

from collections.abc import Mapping

from chalicelib.runtime.observe import NAMESPACE, SERVICE, Alarm

from .derive import alarm
from .merge import Document


def alarms(declared: Mapping[str, Alarm]) -> Document:
    """Logical id -> alarm; each rings at the shop's topic."""
    return {
        f"{name}Alarm": alarm(
            one.told,
            NAMESPACE,
            name,
            {"service": SERVICE},
            one.times,
            statistic="Sum",
            minutes=one.periods,
            seconds=one.seconds,
        )
        for name, one in sorted(declared.items())
    }
