"""The providers of the shop, played on this machine with keys and books of their own: WeChat Pay, Alipay and UnionPay; SF
Express, JD Logistics and Kuaidi100; a warehouse's system (simulator.warehouse); those of messages (simulator.letters).

    sim = simulator.start(tmp_path, speedup=600)
    sim.merchant["wechat"]["base_url"]        # what a merchant would be told and hold
    sim.faults(drop=2, number="P01")          # the next two notices of this order are lost
    sim.pay("wechat", "P01")                  # the payer pays
    sim.notices()[0]["replies"]               # what the merchant answered
    sim.stop()

As a program: `python -m simulator --merchant http://127.0.0.1:8000 --port 9100 --state .sim`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import control
from .alipay import Alipay
from .book import Book, Notice, Payment
from .carriers import Carriers
from .faults import Faults
from .keys import merchant as merchant_file
from .keys import open_keys, write_private
from .letters import Letters
from .notifier import Notifier
from .server import Server
from .till import Till
from .unionpay import UnionPay
from .warehouse import Warehouse
from .wechat import WeChat
from .wire import Clock

__all__ = ["Simulator", "start"]


class Simulator:
    """A running simulator; `merchant` is what the merchant holds, `url` where the providers live."""

    def __init__(
        self,
        till: Till,
        carriers: Carriers,
        letters: Letters,
        notifier: Notifier,
        server: Server,
        merchant: dict[str, dict[str, Any]],
    ) -> None:
        self.till, self.carriers, self.letters, self.merchant, self.url = till, carriers, letters, merchant, till.url
        self.port = int(server.server_address[1])
        self.warehouse = server.warehouse
        self._notifier, self._server = notifier, server
        self._thread = server.serve()

    def book(self) -> dict[str, list[dict[str, Any]]]:
        """Return payments, refunds and notices as plain dicts."""
        return self.till.book.as_dict()

    def pay(self, provider: str = "", number: str = "", times: int = 1, **how: Any) -> dict[str, Any]:
        """Pay as the payer would (`late`, `fail`, or by `params`, `order_string`, `tn`, `token`).

        Raises `till.Refused` when the provider would not take the money, ValueError for what does not exist.
        """
        return asdict(control.pay(self.till, {"provider": provider, "number": number, "times": times} | how))

    def faults(
        self, provider: str | None = None, number: str | None = None, call: str | None = None, **knobs: Any
    ) -> None:
        """Turn knobs (simulator.faults.KNOBS), narrowed to a provider, a number, a call."""
        self.till.faults.add(provider, number, call, **knobs)

    def clear_faults(self) -> None:
        self.till.faults.clear()

    def notices(self, number: str | None = None) -> list[dict[str, Any]]:
        found = self.till.book.find(Notice) if number is None else self.till.book.find(Notice, number=number)
        return [asdict(notice) for notice in found]

    def cashier(self, provider: str, number: str) -> str:
        """Return the address of a payment's cashier page."""
        payment: Payment | None = self.till.book.payment(provider, number)
        if payment is None:
            raise ValueError("no such payment")
        return self.till.cashier(payment)

    def deliver(self) -> list[dict[str, Any]]:
        """Settle and send what is due now, in this thread: for tests without a notifier thread."""
        return [asdict(self._notifier.deliver(notice)) for group in self._notifier.rounds() for notice in group]

    def renotify(self, **equal: Any) -> int:
        return control.renotify(self.till, equal)

    def advance(self, seconds: float) -> str:
        """Move business time on."""
        return control.advance(self.till, seconds)

    def mode(self, **modes: str) -> None:
        """Switch wechat="public_key"|"certificate", alipay="key"|"cert"."""
        control.switch(self.till, modes)

    def rotate(self, provider: str, after: float = 0, days: float = 1825) -> str:
        """Give a provider another certificate, which signs after so many seconds; returns its name at the provider."""
        return control.rotate(self.till, {"provider": provider, "after": after, "days": days})["serial"]

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()
        self._notifier.stop()
        self.carriers.stop()
        self.letters.stop()
        self.till.book.close()


def start(
    state_dir: str | Path,
    port: int = 0,
    merchant: str = "",
    speedup: float = 600.0,
    notify: bool = True,
    seed: int | None = None,
    wall: Callable[[], float] = time.time,
    wechat_mode: str = "public_key",
    alipay_mode: str = "key",
    aws_key: str = "test",
) -> Simulator:
    """Start the providers on loopback; the state folder keeps keys, book and `merchant.json` over restarts.

    `merchant` is the shop's base address, used for notices to addresses that are not on this machine. Without
    `notify` nothing is sent until `deliver()` (messages: `letters.box.deliver`). `wall` replaces the clock, `aws_key` is what
    the shop signs its calls of AWS with; ValueError for a mode that does not exist.
    """
    state = Path(state_dir)
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = open_keys(state)
    book = Book(state, seed)
    till = Till(book, Clock(wall, float(book.recall("offset") or 0)), keys, Faults(), speedup)
    control.switch(till, {"wechat": wechat_mode, "alipay": alipay_mode})
    till.providers = {kind.name: kind(till) for kind in (WeChat, Alipay, UnionPay)}
    notifier = Notifier(till, merchant)
    carriers = Carriers(state, till.clock, till.faults, speedup, merchant, seed)
    letters = Letters(state, till, merchant, aws_key, live=notify)
    warehouse = Warehouse(state, till.clock, till.faults, speedup, seed)
    server = Server(port, till, carriers, letters, warehouse, notifier)
    till.url = f"http://127.0.0.1:{server.server_address[1]}"
    held = merchant_file(keys, till.url, wechat_mode, alipay_mode) | carriers.merchants(till.url)
    held |= letters.merchants(till.url) | warehouse.merchants(till.url)
    write_private(state / "merchant.json", json.dumps(held, indent=1, ensure_ascii=False) + "\n")
    if notify:
        notifier.start()
        carriers.start()
    return Simulator(till, carriers, letters, notifier, server, held)
