"""What the providers of messages share: keys, what arrived, what is to fail, and what is owed to the shop."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..faults import Faults
from ..keys import write_private
from ..notifier import post, target
from ..wire import Clock, shanghai

MOST, TRIES, PATIENCE = 500, 5, 5.0
NAMES = ("sms", "receipts", "tencent", "wechat", "wecom", "mail", "token", "forger")
LOST = (OSError, ValueError, http.client.HTTPException)


@dataclass(frozen=True)
class Push:
    """One receipt on its way: to which path of the shop, and how the shop says that it has it."""

    provider: str
    path: str
    media: str
    body: bytes
    word: bytes


class Box:
    """The state folder keeps the keys; the rest is gone when the simulator ends. Without `live` nothing is sent until
    `deliver`."""

    def __init__(self, state: Path, clock: Clock, faults: Faults, merchant: str, *, live: bool) -> None:
        self.clock, self.merchant, self.live = clock, merchant.rstrip("/"), live
        self._take = faults.take
        file = state / "letters.json"
        held = json.loads(file.read_text()) if file.exists() else {}
        self.keys: dict[str, str] = {name: secrets.token_hex(20) for name in NAMES} | held
        write_private(file, json.dumps(self.keys))
        self.came: list[dict[str, Any]] = []
        self.owed: list[Push] = []
        self._failing: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def knob(self, name: str, provider: str, call: str = "") -> Any:
        return self._take(name, provider, "", call)

    def fail(self, code: str, provider: str = "") -> list[str]:
        """The next message (of this provider) does not arrive, for this reason."""
        with self._lock:
            self._failing.append((provider, code))
            return [one for _, one in self._failing]

    def keep(self, provider: str, to: str, **told: Any) -> dict[str, Any]:
        """Write down what arrived."""
        with self._lock:
            number = next((n for n, (whose, _) in enumerate(self._failing) if whose in ("", provider)), None)
            failed = self._failing.pop(number)[1] if number is not None else ""
            letter: dict[str, Any] = {"provider": provider, "to": to, "at": shanghai(self.clock.now())}
            letter |= {"template": "", "values": {}, "text": "", "reference": "", "number": secrets.token_hex(8)}
            letter |= {"failed": failed} | told
            self.came = [*self.came[1 - MOST :], letter]
        return letter

    def slowly(self, provider: str, call: str) -> bool:
        """After the work: whether its answer is lost."""
        if waits := self.knob("slow", provider, call):
            time.sleep(float(waits))
        return bool(self.knob("lost_answer", provider, call))

    def tell(self, pack: Callable[[bool], Push]) -> bool:
        """Owe the shop a receipt; `pack(forged)` words it. Whether it was taken, where that is known by now."""
        push = pack(False)
        if self.knob("wrong_signature", push.provider):
            push = pack(True)
        times = 1 + int(self.knob("duplicate", push.provider) or 0)
        if self.knob("drop", push.provider):
            return False
        if not self.live:
            self.owed += [push] * times
            return False
        if not self.merchant:
            return False
        taken = [self._carry(push) for _ in range(times)]
        return all(taken)

    def tell_soon(self, pack: Callable[[bool], Push]) -> None:
        """The same, behind the answer that is still to be given."""
        if self.live:
            threading.Thread(target=self.tell, args=(pack,), daemon=True).start()
        else:
            self.tell(pack)

    def deliver(self, carry: Callable[[Push], tuple[int, bytes]]) -> list[int]:
        """Have somebody carry what is owed, once; answers what the shop said to each."""
        owed, self.owed = self.owed, []
        return [carry(push)[0] for push in owed]

    def _carry(self, push: Push) -> bool:
        """Told again until it is taken, as providers do."""
        url = target(f"{self.merchant}{push.path}", self.merchant)
        for _ in range(TRIES):
            try:
                status, answer = post(url, {"Content-Type": push.media}, push.body, PATIENCE)
                if status == 200 and push.word in answer:
                    return True
            except LOST:
                pass
            time.sleep(0.2)
        return False
