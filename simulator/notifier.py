"""Carries notices to the merchant until they are accepted, on each provider's own schedule divided by the speed-up.

What is owed lives in the book, so a restart carries on. A delivery follows no redirect. It goes to the address the
merchant gave when that is on this machine, else to the merchant's base address with the same path: the simulator
never calls out.
"""

from __future__ import annotations

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from .book import Notice
from .till import Till

TWISTS = ("wrong_signature", "stale", "wrong_amount", "wrong_currency", "other_app", "other_front", "unknown_number")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HELD_AT_MOST = 5.0  # seconds a reordered notice waits for its companions


class Notifier:
    def __init__(self, till: Till, merchant: str) -> None:
        self.till = till
        self.merchant = merchant.rstrip("/")
        self._stop = threading.Event()
        self._held: list[Notice] = []
        self._held_since = 0.0
        self._crew = ThreadPoolExecutor(4, thread_name_prefix="notice")
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self.till.wake.set()
        if self._thread.is_alive():
            self._thread.join(10)
        self._crew.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.till.wake.clear()
            for round_ in self.rounds():
                self._crew.submit(self._carry, round_)
            at = self.till.book.next_moment()
            wait = 1.0 if at is None else min(1.0, max(0.001, at - self.till.clock.now()))
            self.till.wake.wait(min(wait, 0.2) if self._held else wait)

    def rounds(self) -> list[list[Notice]]:
        """Settle what is due and return the notices to be sent now; those of one list go one after the other."""
        self.till.settle()
        now, rounds = self.till.clock.wall(), []
        for notice in self.till.book.due(self.till.clock.now()):
            if self.till.faults.take("reorder", notice.provider, notice.number):
                self._held_since = self._held_since if self._held else now
                self._held.append(notice)
            else:
                rounds.append([notice])
        more = any(rule["knob"] == "reorder" and rule["left"] != 0 for rule in self.till.faults.as_list())
        if self._held and (not more or now - self._held_since >= HELD_AT_MOST):
            rounds.append(self._held[::-1])
            self._held = []
        return rounds

    def _carry(self, round_: list[Notice]) -> None:
        for notice in round_:
            self.deliver(notice)

    def deliver(self, notice: Notice) -> Notice:
        """Send a notice once (with its duplicates), and write down the reply and when to come again."""
        take, number = self.till.faults.take, notice.number
        provider = self.till.providers[notice.provider]
        replies = list(notice.replies)
        twists = {knob for knob in TWISTS if take(knob, notice.provider, number)}
        if take("signtest", notice.provider, number):
            replies.append(self._send(notice, {"signtest"}))
        done = False
        if take("drop", notice.provider, number):
            replies.append({"at": self.till.clock.now(), "lost": True})
        else:
            for _ in range(1 + int(take("duplicate", notice.provider, number) or 0)):
                replies.append(self._send(notice, twists))
                done = done or replies[-1].get("accepted", False)
        after = _after(provider.retries, notice.attempts)
        state, next_at = ("accepted", None) if done else ("given up", None)
        if not done and after is not None:
            state, next_at = "waiting", self.till.clock.now() + after / self.till.speedup
        fresh = replace(notice, replies=replies, attempts=notice.attempts + 1, state=state, next_at=next_at)
        self.till.book.put(fresh)
        self.till.wake.set()
        return fresh

    def _send(self, notice: Notice, twists: set[str]) -> dict[str, Any]:
        provider = self.till.providers[notice.provider]
        record: dict[str, Any] = {"at": self.till.clock.now()} | ({"twists": sorted(twists)} if twists else {})
        try:
            headers, body = provider.pack(notice, twists)
            status, answer = post(target(notice.url, self.merchant), headers, body, provider.patience)
        except (OSError, ValueError, http.client.HTTPException) as error:
            return record | {"failed": f"{type(error).__name__}: {error}", "accepted": False}
        text = answer[:500].decode("utf-8", "replace")
        good = provider.accepted(status, answer) and "signtest" not in twists
        return record | {"status": status, "body": text, "accepted": good}


def _after(retries: tuple[float, ...], attempts: int) -> float | None:
    return retries[attempts] if attempts < len(retries) else None


def target(url: str, merchant: str) -> str:
    """Return where a notice really goes: nowhere but this machine and the merchant's base address."""
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK or (merchant and url.startswith(merchant + "/")):
        return url
    if not merchant:
        raise ValueError(f"{url} is not on this machine and no --merchant is given")
    return merchant + parts.path


def post(url: str, headers: dict[str, str], body: bytes, patience: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.hostname or "", parts.port, timeout=patience)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("POST", path, body, {"User-Agent": "Mozilla/4.0", "Connection": "close"} | headers)
        answer = line.getresponse()
        return answer.status, answer.read(65536)
    finally:
        line.close()
