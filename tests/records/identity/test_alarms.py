"""A metric is found by an alarm only under its exact dimensions."""

from __future__ import annotations

import json

from chalicelib.records.identity.access.service.verification_codes import BUDGET_SPENT
from chalicelib.runtime import observe
from infra import alarms


def test_the_spent_budget_is_told_under_the_dimensions_that_its_alarm_watches(capfd, monkeypatch):
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    observe.count(BUDGET_SPENT)
    told = json.loads(capfd.readouterr().out)
    metric = told["_aws"]["CloudWatchMetrics"][0]
    made = [one["Properties"] for one in alarms.alarms(observe.ALARMS).values()]
    watching = [one for one in made if one.get("MetricName") == "CodeBudgetSpent"]
    assert len(watching) == 1
    assert metric["Namespace"] == watching[0]["Namespace"]
    assert metric["Dimensions"] == [[one["Name"] for one in watching[0]["Dimensions"]]]
    assert all(told[one["Name"]] == one["Value"] for one in watching[0]["Dimensions"])
