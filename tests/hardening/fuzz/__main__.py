"""`make fuzz`: the whole contract by schemathesis, walks along its links, and everything nasty at every door.

Prints what was asked and what was wrong, writes build/fuzz.json, and fails when anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.support import aws

aws.environment()  # before any module of ours makes a client

from tests.hardening.fuzz import nasty  # noqa: E402  # see above
from tests.hardening.fuzz.campaign import Campaign  # noqa: E402  # see above
from tests.hardening.fuzz.fuzz import Fuzzer  # noqa: E402  # see above
from tests.hardening.fuzz.staffed import StaffedShop  # noqa: E402  # see above

REPORT = Path(__file__).resolve().parents[3] / "build" / "fuzz.json"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--each", type=int, default=50, help="generated requests to each operation")
    asked.add_argument("--walks", type=int, default=150)
    asked.add_argument("--steps", type=int, default=12, help="of a walk")
    asked.add_argument("--share", type=float, default=1.0, help="of everything nasty")
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    campaigns: dict[str, Campaign] = {}
    started = time.monotonic()
    with StaffedShop().running() as shop:
        campaigns["contract"] = Fuzzer(shop).run(given.each, given.seed)
        campaigns["links"] = Fuzzer(shop).walk(given.walks, given.steps, given.seed)
        campaigns["nasty"] = nasty.run(shop, given.share, given.seed)
    findings = 0
    for name, campaign in campaigns.items():
        sys.stdout.write(f"{name}: {campaign}\n")
        for (door, what), sent in campaign.findings.items():
            sys.stdout.write(f"  {door}: {what}\n    {sent}\n")
        findings += len(campaign.findings)
    sys.stdout.write(f"{time.monotonic() - started:.0f} s, seed {given.seed}, {findings} findings\n")
    REPORT.parent.mkdir(exist_ok=True)
    told = {name: _plain(campaign) for name, campaign in campaigns.items()}
    REPORT.write_text(json.dumps({"seed": given.seed, **told}, indent=1) + "\n")
    return 1 if findings else 0


def _plain(campaign: Campaign) -> dict[str, Any]:
    return {
        "requests": campaign.requests,
        "statuses": campaign.statuses,
        "operations": len(campaign.asked),
        "with_success": len(campaign.reached),
        "along_links": campaign.chained,
        "findings": [list(found) for found in campaign.findings],
    }


if __name__ == "__main__":
    sys.exit(main())
