"""Logs and metrics. A log line holds ids and codes only, never personal data, tokens or keys; metrics are EMF lines."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from . import settings

METRICS = settings.declare(
    "METRICS",
    "emf",
    "where counts go: emf (log lines that CloudWatch reads) or none",
    form=settings.choice("emf", "none"),
)
SERVICE, NAMESPACE = "jishi", "Jishi"


class Alarm(NamedTuple):
    """When a person is called, and what they are told: so many `times` in `seconds`, in most of the last `periods`."""

    told: str
    times: int
    seconds: int
    periods: int


ALARMS: dict[str, Alarm] = {}


def alarmed(name: str, told: str, *, times: int = 1, seconds: int = 60, periods: int = 1) -> str:
    """Declare a count for which somebody is called, where it is counted; answers its name. infra/alarms.py reads these."""
    ALARMS[name] = Alarm(told, times, seconds, periods)
    return name


@cache
def logger() -> Any:
    """The structured logger of the process."""
    from aws_lambda_powertools import Logger

    return Logger(service=SERVICE, log_uncaught_exceptions=False)


def count(name: str, **dimensions: str) -> None:
    """Add one to a metric."""
    if settings.value(METRICS) == "none":
        return
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace=NAMESPACE) as metric:
        metric.add_dimension(name="service", value=SERVICE)  # an alarm finds a metric only by all its dimensions
        for key, text in dimensions.items():
            metric.add_dimension(name=key, value=text)


def causes(error: BaseException) -> Iterable[str]:
    """The class names along an exception's chain, for a log line that must not repeat messages."""
    seen: BaseException | None = error
    while seen is not None:
        yield type(seen).__name__
        seen = seen.__cause__ or seen.__context__
