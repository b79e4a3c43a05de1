"""A shop with groups: WeCom on the other side, an operator, and a hand for what time brings."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.runtime import settings
from tests.fakes.messages import couriers
from tests.fakes.messages.weixin import Weixin
from tests.support import people
from tests.support.world import minutes, secrets

SEALED = {"token": couriers.TOKEN, "aes_key": couriers.AES_KEY}


class Groups:
    def __init__(self, front, bus, engine, weixin) -> None:
        self.front, self.bus, self.engine, self.weixin = front, bus, engine, weixin
        self.operator = people.member(front, "operator")
        self.n = 0

    def ask(self, method: str, path: str, body: Any = None, who: Any = None, **how: Any) -> Any:
        self.n += 1
        call = {"GET": self.front.get, "POST": self.front.post, "PUT": self.front.put}[method]
        how = {"token": who.token if who else people.token(self.operator.id, "operator"), **how}
        return call(path, body, key=how.pop("key", f"k{self.n}"), **how) if method != "GET" else call(path, **how)

    def add(self, kind: str = "wecom", chat: str = "wrGroup", **more: Any) -> str:
        body = {
            "kind": kind,
            "name": "华东群友",
            "keeper": "zhangsan",
            **({"chat": chat} if kind == "wecom" else {}),
            **more,
        }
        told = self.ask("POST", "/v1/admin/groups", body)
        assert told.status == 201, told.text
        return str(told.json["group_id"])

    def plan(self, group: str, **more: Any) -> Any:
        body = {"template": "group_offer", "title": "小粒咖啡 8 折", "target": "/products/P1", **more}
        return self.ask("POST", f"/v1/admin/groups/{group}/posts", body)

    def post(self, group: str, **more: Any) -> str:
        told = self.plan(group, **more)
        assert told.status == 201, told.text
        return str(told.json["post_id"])

    def shown(self, group: str, post: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"/v1/admin/groups/{group}/posts/{post}").json)

    def state(self, group: str, post: str) -> str:
        return str(self.shown(group, post)["state"])

    def members(self, group: str) -> dict[str, bool]:
        told = self.ask("GET", f"/v1/admin/groups/{group}/members?limit=100").json
        return {one["member"]: one["left_at"] is None for one in told["items"]}

    def later(self, n: float) -> list[str]:
        self.engine.advance(minutes(n))
        return self.bus.run()


@pytest.fixture
def weixin():
    made = Weixin()
    yield made
    made.close()


@pytest.fixture
def shop(front, bus, engine, weixin, monkeypatch):
    """A shop that has its groups at WeCom (the outbox would confirm by itself)."""
    monkeypatch.setenv("GROUP_CHANNEL", "wecom")
    settings.use_secrets(secrets() | {"messages/wecom": {**weixin.wecom(), **SEALED}})
    return Groups(front, bus, engine, weixin)
