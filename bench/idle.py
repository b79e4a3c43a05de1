"""What the shop costs a month while nobody shops, by kind of resource, from the template and a table of prices.

Tables on demand, queues, rules, functions and log groups cost nothing by themselves. What remains: alarms, keys, the
firewall, the pollers that Lambda keeps on every queue, and the schedules that run all night.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from local.attach import seconds_of

PRICES = json.loads(Path(__file__).with_name("prices.json").read_text(encoding="utf-8"))
MONTH_SECONDS = 30 * 86_400


class Line(NamedTuple):
    resource: str
    pieces: int
    usd: float


def bill(plain: dict[str, Any], prices: dict[str, Any] = PRICES) -> list[Line]:
    """The month's lines, dearest first. `plain`: the template after the SAM transform."""
    resources = list(plain["Resources"].values())
    kinds = Counter(resource["Type"] for resource in resources)
    lines = [Line(kind, kinds[kind], kinds[kind] * usd) for kind, usd in prices["per_month"].items() if kinds[kind]]
    rules = sum(len(r["Properties"]["Rules"]) for r in resources if r["Type"] == "AWS::WAFv2::WebACL")
    lines.append(Line("firewall rule", rules, rules * prices["per_month"]["firewall rule"]))
    lines += [_polling(resources, prices), _schedules(plain, prices)]
    return sorted((line for line in lines if line.pieces), key=lambda line: -line.usd)


def _polling(resources: list[dict[str, Any]], prices: dict[str, Any]) -> Line:
    mappings = [r for r in resources if r["Type"] == "AWS::Lambda::EventSourceMapping"]
    queues = sum(r["Properties"]["EventSourceArn"]["Fn::GetAtt"][1] == "Arn" for r in mappings)
    requests = queues * prices["idle"]["queue requests a minute and mapping"] * MONTH_SECONDS / 60
    return Line("polled queue", queues, requests / 1e6 * prices["per_million"]["queue request"])


def _schedules(plain: dict[str, Any], prices: dict[str, Any]) -> Line:
    count, usd = 0, 0.0
    for rule in plain["Resources"].values():
        if rule["Type"] == "AWS::Events::Rule" and "ScheduleExpression" in rule["Properties"]:
            target = rule["Properties"]["Targets"][0]["Arn"]["Fn::GetAtt"][0]
            gigabytes = plain["Resources"][target]["Properties"]["MemorySize"] / 1024
            calls = MONTH_SECONDS / seconds_of(rule["Properties"]["ScheduleExpression"])
            seconds = calls * prices["idle"]["scheduled function seconds"]
            usd += calls / 1e6 * prices["per_million"]["function call"] + seconds * gigabytes * prices["per_gb_second"]
            count += 1
    return Line("schedule", count, usd)
