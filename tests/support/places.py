"""A second location beside the main one: opened by an operator, counted by a source of its own."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.feeds.service import sources
from tests.support import people
from tests.support.counter import Counter

NEAR = {"name": "上海仓", "area": "310000", "priority": 50, "sells": True}


class Places:
    """What the shop's people and their sources do about locations."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.keeper = people.member(counter.front, "operator", fresh=True).id
        self.secrets: dict[str, str] = {}
        self.seq = 0

    def act(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        return self.counter.front.request(
            method, path, body, token=people.token(self.keeper, "operator", fresh=True), **more
        )

    def open(self, code: str, **more: Any) -> None:
        """A location from which orders are sent, and its source."""
        told = self.act("PUT", f"/v1/admin/locations/{code}", {**NEAR, **more})
        assert told.status == 200, told.text
        terms = {"name": code, "location": code}
        assert self.act("PUT", f"/v1/admin/stock-sources/{code}", terms).status == 200
        told = self.act("POST", f"/v1/admin/stock-sources/{code}/secrets")
        assert told.status == 201, told.text
        self.secrets[code] = told.json["secret"]

    def count(self, code: str, *pieces: int) -> None:
        """So many of each of the counter's SKUs lie there."""
        self.seq += 1
        rows = [
            {"sku": sku, "count": count, "seq": self.seq, "location": code}
            for sku, count in zip(self.counter.skus, pieces, strict=False)
        ]
        body, stamp = json.dumps({"rows": rows}).encode(), str(int(self.counter.clock.now().timestamp()))
        signed = sources.signature(self.secrets[code], stamp, body)
        headers = {"Jishi-Source": code, "Jishi-Timestamp": stamp, "Jishi-Signature": signed}
        told = self.counter.front.post("/v1/inventory/sync", raw=body, headers=headers)
        assert [line["status"] for line in told.json["lines"]] == ["accepted"] * len(rows), told.text
        self.counter.bus.run()

    def shelf(self, code: str, n: int = 0) -> tuple[int, int]:
        """(available, held) of a SKU there."""
        shelf = f"{self.counter.skus[n]}@{code}"
        level = inventory.read_levels([shelf])[shelf]
        return level.available, level.held
