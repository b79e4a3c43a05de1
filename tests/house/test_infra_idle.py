"""The idle bill: every kind with a price is counted, nothing is counted twice."""

from __future__ import annotations

import pytest

from bench.idle import bill

PRICES = {
    "per_month": {"AWS::CloudWatch::Alarm": 0.1, "AWS::KMS::Key": 1.0, "AWS::WAFv2::WebACL": 5.0, "firewall rule": 1.0},
    "per_million": {"queue request": 0.4, "function call": 0.2},
    "per_gb_second": 0.00001,
    "idle": {"queue requests a minute and mapping": 10, "scheduled function seconds": 0.1},
}


def test_alarms_pollers_and_schedules_are_what_an_idle_shop_pays_for() -> None:
    template = {"Resources": {
        "A": {"Type": "AWS::CloudWatch::Alarm"}, "B": {"Type": "AWS::CloudWatch::Alarm"},
        "T": {"Type": "AWS::DynamoDB::Table"},
        "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}}},
        "S": {"Type": "AWS::Lambda::EventSourceMapping",
              "Properties": {"EventSourceArn": {"Fn::GetAtt": ["T", "StreamArn"]}}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 512}},
        "R": {"Type": "AWS::Events::Rule", "Properties": {
            "ScheduleExpression": "rate(1 minute)", "Targets": [{"Arn": {"Fn::GetAtt": ["F", "Arn"]}}]}},
    }}  # fmt: skip
    lines = {line.resource: line for line in bill(template, PRICES)}
    assert set(lines) == {"AWS::CloudWatch::Alarm", "polled queue", "schedule"}
    assert lines["AWS::CloudWatch::Alarm"].usd == pytest.approx(0.2)
    assert lines["polled queue"].usd == pytest.approx(432_000 / 1e6 * 0.4)
    assert lines["schedule"].usd == pytest.approx(43_200 / 1e6 * 0.2 + 43_200 * 0.1 * 0.5 * 0.00001)
