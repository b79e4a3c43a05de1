"""A shop in which the canary lives a whole customer's life, while everything that is written anywhere is kept.

Kept: every image ever stored, every log record of every logger at every level, everything printed, the bus, the queues,
what providers were asked, and all refusals. With `storm`, each request is sent before with every call of AWS failing in
turn, the error repeating what was sent.
"""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import timedelta
from typing import Any

from chalicelib.runtime import limits, observe
from tests.hardening.fuzz.gate import Answer
from tests.hardening.fuzz.staffed import DOORS, STAFF, StaffedShop
from tests.hardening.leaks import needles as n
from tests.hardening.proof.hook import HOOK, Call, Effect, Reply
from tests.processes.privacy import taken
from tests.support.people import last_code

HOME = {
    "name": n.NAME, "phone": n.PHONE, "region": "440305", "province": "广东省", "city": "深圳市", "district": "南山区",
    "line": n.LINE, "default": True,
}  # fmt: skip
MOST_SITES = 12


class Cage(logging.Handler):
    """Keeps every record, formatted and raw."""

    def __init__(self) -> None:
        super().__init__(level=logging.NOTSET)
        self.kept: list[str] = []
        self.levels: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.levels.add(record.levelname)
        try:
            text = self.format(record)
        except Exception as error:  # what cannot be formatted is looked at as it is
            text = f"{error!r} {record.msg!r} {record.args!r}"
        self.kept.append(f"{text} {record.__dict__!r}")


class CanaryShop(StaffedShop):
    """The shop, with the canary in it."""

    def __init__(self, *, storm: bool = False) -> None:
        super().__init__()
        self.cage, self.out = Cage(), io.StringIO()
        self.refusals: list[str] = []
        self.sent: list[tuple[str, Any]] = []
        self.asked: list[Any] = []  # what providers were sent
        self.secrets_told: dict[str, str] = {}
        self.storm, self.storms = storm, 0
        self.erring = False  # a refusal may repeat a field's name or a path's value to the one who made it up
        self.exported: Any = None

    @contextmanager
    def watched(self) -> Iterator[CanaryShop]:
        """Stand here with every log, print and provider call kept."""
        loggers = [logging.getLogger(), observe.logger()._logger]
        counting = observe.count
        streams = [(one, one.stream) for one in loggers[1].handlers if isinstance(one, logging.StreamHandler)]
        with self.running(), redirect_stdout(self.out), redirect_stderr(self.out):
            levels = [one.level for one in loggers]
            quiet = os.environ.pop("POWERTOOLS_METRICS_DISABLED", None)
            os.environ["METRICS"] = "emf"
            observe.count = _counted
            aws = logging.getLogger("botocore")  # which the channel of letters may have hushed for the whole process
            hushed = aws.level
            aws.setLevel("DEBUG")
            for one in loggers:
                one.setLevel("DEBUG")
                one.addHandler(self.cage)
            for one, _ in streams:
                one.stream = self.out  # it holds what was standard output when another test made it, and may be closed
            for fake in self.fakes.values():
                self._listen(fake)
            try:
                yield self
            finally:
                observe.count = counting
                for one, stream in streams:
                    one.stream = stream
                for one, level in zip(loggers, levels, strict=True):
                    one.removeHandler(self.cage)
                    one.setLevel(level)
                aws.setLevel(hushed)
                if quiet:
                    os.environ["POWERTOOLS_METRICS_DISABLED"] = quiet

    def _listen(self, fake: Any) -> None:
        request = fake.request

        def listening(method: str, url: str, headers: Any, body: bytes) -> Any:
            self.asked.append([method, url, dict(headers), (body or b"").decode("utf-8", "replace")])
            return request(method, url, headers, body)

        fake.request = listening

    def say(self, method: str, path: str, body: Any = None, *, role: str = "", key: str = "", **headers: str) -> Answer:
        self.sent.append((path, body))
        if self.storm and role in ("", "canary", "support", "finance"):
            self._weather(method, path, body, role, key, headers)
        answer = super().say(method, path, body, role=role, key=key, **headers)
        self._refused(answer)
        return answer

    def _refused(self, answer: Answer) -> None:
        if answer.status >= 400 and not self.erring:
            self.refusals.append(answer.text + json.dumps(answer.headers))

    def _weather(self, method: str, path: str, body: Any, role: str, key: str, headers: dict[str, str]) -> None:
        """The same request while its first, second, … call of AWS fails for good with an error that says too much."""
        for turn in range(MOST_SITES):
            saved, seen = self.snapshot(), [0]

            def failing(call: Call, effect: Effect, turn: int = turn, seen: list[int] = seen) -> Reply:
                seen[0] += 1
                if seen[0] <= turn or call.provider:
                    return effect()
                told = f"The value is not acceptable: {json.dumps(call.body, ensure_ascii=False)}"
                return Reply(400, {"__type": "ValidationException", "message": told})

            with HOOK.held(failing):
                answer = super().say(method, path, body, role=role, key=key, **headers)
            self.restore(saved)
            limits.forget()
            self._refused(answer)
            self.storms += seen[0] > turn
            if seen[0] <= turn:
                return

    # -- a customer's life ----------------------------------------------------------------------------------------
    def live(self) -> None:
        """From registering to being forgotten."""
        self._arrive()
        self.erring = True
        self._err()
        self.erring = False
        self.say("POST", "/v1/auth/login", {"email": n.EMAIL, "password": n.NEW_PASSWORD})
        order = self._buy()
        self._give_back(order)
        self._quarantine()
        self._be_looked_at(order)
        self._step_up()
        asked = self.want("POST", taken.DOOR, role="canary")["export_id"]
        self.carry()
        told = self.want("GET", f"{taken.DOOR}/{asked}", role="canary")
        self.exported = taken.sections(taken.fetched(told["link"]))

    def leave(self) -> None:
        self._step_up()
        self.want("DELETE", "/v1/me", role="canary")
        self.carry()
        for wait in (timedelta(days=7, minutes=2), timedelta(minutes=16)):
            self.at += wait
            limits.forget()
            self._deliver_due()
            self.carry()
            self.carry()  # what follows from it is filed for later
        for role in STAFF:  # who looks later has signed in later
            self.sign_in(role)

    def _remember(self, told: Any) -> None:
        for name in ("access_token", "refresh_token"):
            self.secrets_told[f"{name} {len(self.secrets_told)}"] = told[name].rsplit(".", 1)[-1]
        self.tokens["canary"], self.refreshers["canary"] = told["access_token"], told["refresh_token"]
        self.person = told["user_id"]

    def _step_up(self) -> None:
        """The canary shows that it is itself."""
        self.at += timedelta(minutes=2)  # codes are spaced
        self.want("POST", "/v1/auth/codes", {"purpose": "step_up", "phone": n.PHONE})
        told = self.want("POST", "/v1/auth/step-up", {"phone": n.PHONE, "code": last_code()}, role="canary")
        self._remember(told | {"refresh_token": self.refreshers["canary"]})

    def _arrive(self) -> None:
        device = {"X-Device": n.DEVICE}
        self.want("POST", "/v1/auth/codes", {"purpose": "register", "phone": n.PHONE}, **device)
        body = {"phone": n.PHONE, "code": last_code(), "terms": "2026-01", "password": n.PASSWORD, "name": n.NAME}
        self._remember(self.want("POST", "/v1/auth/register", body, **device))
        self._step_up()
        self.want("POST", "/v1/auth/codes", {"purpose": "bind", "email": n.EMAIL}, role="canary", **device)
        self.want("PUT", "/v1/me/contact", {"email": n.EMAIL, "code": last_code()}, role="canary")
        self._remember(self.want("POST", "/v1/auth/login", {"email": n.EMAIL, "password": n.PASSWORD}, **device))
        self._remember(self.want("POST", "/v1/auth/refresh", {"refresh_token": self.refreshers["canary"]}))
        first = self.want("POST", "/v1/me/addresses", HOME, role="canary")["address_id"]
        second = self.want("POST", "/v1/me/addresses", {**HOME, "line": f"{n.LINE} {n.CARD}"}, role="canary")[
            "address_id"
        ]
        self.want("PUT", f"/v1/me/addresses/{first}", {**HOME, "line": f"{n.LINE} 二楼"}, role="canary")
        self.want("DELETE", f"/v1/me/addresses/{second}", role="canary")
        self.want("PATCH", "/v1/me", {"name": n.NAME}, role="canary")
        for path in ("/v1/me", "/v1/me/addresses", "/v1/me/consents"):
            self.want("GET", path, role="canary")

    def _err(self) -> None:
        """Everything that people get wrong, with their own data in it."""
        wrong: list[Any] = [
            {"email": n.EMAIL, "password": n.NEW_PASSWORD}, {"phone": n.PHONE, "password": n.NEW_PASSWORD},
            {"phone": n.PHONE, "code": "000000"}, {"email": n.EMAIL, n.PHONE: n.CARD}, [n.PHONE, n.NAME], n.CARD,
        ]  # fmt: skip
        for body in wrong:
            self.say("POST", "/v1/auth/login", body)
        self.say(
            "POST", "/v1/auth/register", {"phone": n.PHONE, "code": "000000", "terms": n.NAME, "password": n.PASSWORD}
        )
        self.say("POST", "/v1/auth/codes", {"purpose": n.NAME, "phone": n.PHONE})
        self.say("POST", "/v1/auth/codes", {"purpose": "login", "phone": n.CARD})
        self.say("PUT", "/v1/me/contact", {"email": n.EMAIL, "code": "000000"}, role="canary")
        self.say("PUT", "/v1/me/password", {"password": n.NEW_PASSWORD, "current": "x" + n.PASSWORD}, role="canary")
        self.say(
            "POST", "/v1/me/addresses", {**HOME, "region": n.CARD, "phone": n.NAME, n.EMAIL: n.NAME}, role="canary"
        )
        self.say("POST", "/v1/me/addresses", {**HOME, "name": [n.NAME], "line": n.LINE * 100}, role="canary")
        for path in (
            f"/v1/orders/{n.PHONE}",
            f"/v1/payments/{n.EMAIL}",
            f"/v1/products/{n.CARD}",
            f"/v1/orders?cursor={n.PHONE}",
        ):
            self.say("GET", path, role="canary")
        self.say("PUT", f"/v1/cart/items/{n.PHONE}", {"quantity": 1}, role="canary")
        self.say(
            "POST", "/v1/quotes", {"items": [{"sku": n.PHONE, "quantity": 1}], "address_id": n.EMAIL}, role="canary"
        )
        self.say("POST", "/v1/quotes", {"coupon": n.NAME}, role="canary", key=n.CARD)
        self.say("GET", f"/v1/admin/users?email={n.EMAIL}", role="customer")
        self.say("GET", "/v1/me", **{"Authorization": f"Bearer {self.tokens['canary']}x", "X-Device": n.DEVICE})

    def _paid_order(self, sku: str, remark: str) -> tuple[str, str]:
        order = self.place(sku, "canary", remark=remark)
        body = {"provider": "wechat", "product": "jsapi", "payer": n.PAYER}
        told = self.want("POST", f"/v1/orders/{order}/payments", body, role="canary", key=f"pay:{order}")
        return order, str(told["id"])

    def _buy(self) -> str:
        sku = self.things["sku"][0]
        self.want("PUT", f"/v1/cart/items/{sku}", {"quantity": 1}, role="canary")
        order, payment = self._paid_order(sku, n.REMARK)
        fake = self.fakes["wechat"]
        fake.pay(payment)
        self._told("wechat", fake.notice(payment, payer={"openid": n.PAYER}))
        self.carry()
        second = self.place(sku, "canary", remark=n.REMARK)
        body = {"provider": "alipay", "product": "qr"}
        number = self.want("POST", f"/v1/orders/{second}/payments", body, role="canary", key="pay:2")["id"]
        self.fakes["alipay"].pay(number)
        self._told("alipay", self.fakes["alipay"].notice(number, buyer_logon_id=n.ACCOUNT, buyer_id=n.PAYER))
        third = self.place(sku, "canary", remark=n.REMARK)
        self.want("POST", f"/v1/orders/{third}/cancellation", {}, role="canary", key="c")
        self.carry()
        for path in (f"/v1/orders/{order}", "/v1/orders", f"/v1/payments/{payment}"):
            self.want("GET", path, role="canary")
        return order

    def _told(self, provider: str, notice: Any) -> None:
        done = self.deliver(DOORS[provider], notice)
        assert done.status < 300, done

    def _give_back(self, order: str) -> None:
        body = {"order_id": order, "reason": n.REASON}
        refund = self.want("POST", "/v1/admin/refunds", body, role="support", key="back")["id"]
        self.want("GET", "/v1/admin/refunds", role="finance")
        self.want("POST", f"/v1/admin/refunds/{refund}/approval", {"approved": True}, role="finance", key="yes")
        self.carry()
        self.refund = self.want("GET", f"/v1/admin/refunds/{refund}", role="finance")

    def _quarantine(self) -> None:
        """A wrong amount came: a person decides, and writes a note."""
        _, payment = self._paid_order(self.things["sku"][1], n.REMARK)
        self.fakes["wechat"].pay(payment)
        told = self.deliver("/v1/webhooks/wechat/pay", self.fakes["wechat"].wrong_amount(payment))
        self.carry()
        cases = self.want("GET", "/v1/admin/payments/exceptions", role="finance")["items"]
        assert cases, told
        for case in cases:
            body = {"resolution": "noted", "note": n.NOTE}
            answer = self.say(
                "POST", f"/v1/admin/payments/exceptions/{case['id']}/resolution", body, role="finance", key=case["id"]
            )
            assert answer.status in (200, 409, 422), answer.text

    def _be_looked_at(self, order: str) -> None:
        """By the shop's own, who search, look and ask."""
        for path in (f"/v1/admin/search?q={n.PHONE}", f"/v1/admin/search?q={n.EMAIL}", f"/v1/admin/orders/{order}",
                     f"/v1/admin/users?phone={n.PHONE}", f"/v1/admin/users/{self.person}"):  # fmt: skip
            told = self.want("GET", path, role="support")
            assert n.PHONE not in json.dumps(told), f"{path} shows it whole"
        self.disclosed = self.want(
            "POST",
            f"/v1/admin/users/{self.person}/disclosures",
            {"reason": "delivery", "matter": order},
            role="support",
        )

    # -- what is left of it ---------------------------------------------------------------------------------------
    def places(self) -> dict[str, Any]:
        """Everything that was written anywhere."""
        written = [
            {"old": one.old, "new": one.new, "table": one.table, "key": one.key} for one in self.cloud.engine.log
        ]
        return {
            "tables": written,
            "tables now": [self.tables()],
            "bus": self.cloud.bus,
            "queues": list(self.cloud.queues.values()),
            "logs": self.cage.kept,
            "printed": [self.out.getvalue()],
            "refusals": self.refusals,
            "providers": self.asked,
        }


def _counted(name: str, **dimensions: str) -> None:
    """Metrics as EMF lines, to be looked at."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace="Jishi") as metric:
        for key, text in dimensions.items():
            metric.add_dimension(name=key, value=text)
