"""The lines of transactions by which somebody counts in a comparison."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.records.journeys.service import Enrolment
from chalicelib.records.journeys.steps import tally
from chalicelib.records.touches.steps import arm as arm_touch
from chalicelib.runtime.table import Step

MEASURE, COUNTED = "outcome", timedelta(days=14)  # after which it is looked whether somebody came again


def compare(row: Enrolment, arm: str, at: datetime) -> list[Step]:
    """They count among those met, or those left alone, and in fourteen days it is looked whether they came again."""
    armed = arm_touch(MEASURE, row.person, at + COUNTED, row.journey, row.occasion)
    return [tally(row.journey, arm, row.person), *armed]
