"""Logs and metrics. A log line holds ids and codes only, never personal data, tokens or keys; metrics are EMF lines."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from . import settings

METRICS = settings.declare("METRICS", "emf", "where counts go: emf (log lines that CloudWatch reads) or none")
SERVICE, NAMESPACE = "jishi", "Jishi"


@cache
def logger() -> Any:
    """The structured logger of the process."""
    from aws_lambda_powertools import Logger

    return Logger(service=SERVICE, log_uncaught_exceptions=False)


def count(name: str, **dimensions: str) -> None:
    """Add one to a metric; alarms in infra/ read it."""
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
