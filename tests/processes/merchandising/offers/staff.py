"""An operator's hands on offers."""

from __future__ import annotations

from typing import Any

from tests.support import people

PATH = "/v1/admin/offers"
NAME = {"zh": "满200减50", "en": "50 off 200"}
TERMS = {"by": "fen", "tiers": [{"at": 20_000, "off_fen": 5_000}]}


class Staff:
    """What one member of staff does to offers."""

    def __init__(self, front: Any, role: str = "operator") -> None:
        self.front, self.who = front, people.member(front, role, fresh=True)

    def again(self) -> None:
        """Sign in anew: a second factor counts for ten minutes."""
        self.who = people.member(self.front, "operator", fresh=True)

    def call(self, method: str, path: str = "", body: Any = None, **more: Any) -> Any:
        return self.front.request(method, f"{PATH}{path}", body, token=self.who.token, **more)

    def draft(self, **more: Any) -> Any:
        return self.call("POST", body=offer(**more))

    def drafted(self, **more: Any) -> str:
        made = self.draft(**more)
        assert made.status == 201, made.text
        return str(made.json["id"])

    def edit(self, offer_id: str, seen: int, **more: Any) -> Any:
        return self.call("PUT", f"/{offer_id}", offer(**more), headers={"If-Match": str(seen)})

    def publish(self, offer_id: str, version: int = 1) -> Any:
        return self.call("POST", f"/{offer_id}/publication", {"version": version})

    def published(self, **more: Any) -> str:
        offer_id = self.drafted(**more)
        told = self.publish(offer_id)
        assert told.status == 200, told.text
        return offer_id

    def end(self, offer_id: str) -> Any:
        return self.call("POST", f"/{offer_id}/end")

    def kill(self, offer_id: str, reason: str = "wrong price") -> Any:
        return self.call("POST", f"/{offer_id}/kill", {"reason": reason})

    def show(self, offer_id: str) -> Any:
        return self.call("GET", f"/{offer_id}").json


def offer(**more: Any) -> dict[str, Any]:
    """A document: 50 off 200 in the shop's lane, from the start of the tests' world on, if nothing else is said."""
    return {
        "name": NAME,
        "lane": "shop",
        "kind": "threshold",
        "terms": TERMS,
        "scope": {"all": True},
        "starts_at": "2026-06-01T02:00:00Z",
        "ends_at": "2026-06-18T00:00:00+08:00",
        **more,
    }
