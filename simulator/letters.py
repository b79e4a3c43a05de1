"""Aliyun SMS, played on this machine: signatures are checked, messages are kept to be looked at, receipts and answers go out.

    GET /letters                                  what arrived, in a browser
    GET /_sim/letters                             the same in JSON
    POST /_sim/letters {"phone", "say": "退订"}     whoever has this number answers
    POST /_sim/letters {"fail": "MK:0001"}        the next message does not arrive, and its receipt says so

The fault knobs `throttle`, `down`, `slow`, `lost_answer` and `code` (of the provider `sms`) strike here as everywhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import pages
from .faults import Faults
from .keys import write_private
from .notifier import post, target
from .wire import Clock, Reply, Request, as_json, as_page, shanghai

MOST, TRIES = 500, 5
SHAPE = re.compile("ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")
LOST = (OSError, ValueError)


class Letters:
    """What arrived, and what is owed to the shop; the state folder keeps the keys."""

    def __init__(self, state: Path, clock: Clock, faults: Faults, merchant: str) -> None:
        self.clock, self.faults, self.merchant = clock, faults, merchant.rstrip("/")
        file = state / "letters.json"
        held = json.loads(file.read_text()) if file.exists() else {}
        self.keys: dict[str, str] = {name: secrets.token_hex(20) for name in ("sms", "receipts")} | held
        write_private(file, json.dumps(self.keys))
        self.came: list[dict[str, Any]] = []
        self._failing: list[str] = []
        self._lock = threading.Lock()

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        """What a shop under contract holds; its templates are the shop's to name."""
        return {
            "messages/sms": {
                "endpoint": url,
                "access_key_id": "simulated",
                "access_key_secret": self.keys["sms"],
                "sign_name": "集市",
                "templates": {},
                "receipts": self.keys["receipts"],
            }
        }

    def respond(self, request: Request) -> Reply | None:
        """Answer what is ours; None when it is not."""
        if request.path == "/letters":
            say = pages.tongue(request.query.get("lang", ""), request.headers.get("accept-language", ""))
            return as_page(pages.page(say, "SMS", self._listed(), switch=f"/letters?lang={say.other}"))
        if request.path == "/_sim/letters":
            return self._turned(request) if request.method == "POST" else as_json({"letters": self.came[::-1]})
        if request.path == "/" and request.headers.get("x-acs-action"):
            return self._asked(request)
        return None

    # ---- the provider -----------------------------------------------------------------------------------------------
    def _asked(self, request: Request) -> Reply:
        action, take = request.headers["x-acs-action"], self.faults.take
        where = ("sms", "", action)
        if take("down", *where):
            return Reply(503, b"busy\n", "text/plain")
        if take("throttle", *where):
            return _said("Throttling.User", status=400)
        if code := take("code", *where):
            return _said(str(code))
        if not self._signed(request):
            return _said("SignatureDoesNotMatch", status=400)
        told = request.query
        if action == "QuerySendDetails":
            return self._found(told)
        if action != "SendSms":
            return _said("InvalidAction.NotFound", status=404)
        letter = self._take(told)
        threading.Thread(target=self._report, args=(letter,), daemon=True).start()
        if waits := take("slow", *where):
            time.sleep(float(waits))
        return Reply(0) if take("lost_answer", *where) else _said("OK", BizId=letter["number"])

    def _signed(self, request: Request) -> bool:
        found = SHAPE.fullmatch(request.headers.get("authorization", ""))
        if found is None or found[1] != "simulated":
            return False
        names = found[2].split(";")
        asked = "&".join(
            f"{quote(name, safe='')}={quote(told, safe='')}" for name, told in sorted(request.query.items())
        )
        lines = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
        digest = hashlib.sha256(request.body).hexdigest()
        canonical = f"{request.method}\n/\n{asked}\n{lines}\n{found[2]}\n{digest}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        made = hmac.new(self.keys["sms"].encode(), text.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(made, found[3])

    def _take(self, told: dict[str, str]) -> dict[str, Any]:
        with self._lock:
            failed = self._failing.pop(0) if self._failing else ""
            letter = {
                "at": shanghai(self.clock.now()),
                "phone": told.get("PhoneNumbers", ""),
                "template": told.get("TemplateCode", ""),
                "values": json.loads(told.get("TemplateParam") or "{}"),
                "reference": told.get("OutId", ""),
                "number": secrets.token_hex(8),
                "failed": failed,
            }
            self.came = [*self.came[1 - MOST :], letter]
        return letter

    def _found(self, told: dict[str, str]) -> Reply:
        day, size, page = told.get("SendDate", ""), int(told.get("PageSize", 50)), int(told.get("CurrentPage", 1))
        rows = [
            {"PhoneNum": one["phone"], "OutId": one["reference"], "SendStatus": 2 if one["failed"] else 3}
            for one in self.came[::-1]
            if one["phone"] == told.get("PhoneNumber") and one["at"][:10].replace("-", "") == day
        ]
        part = rows[(page - 1) * size : page * size]
        return _said("OK", TotalCount=len(rows), SmsSendDetailDTOs={"SmsSendDetailDTO": part})

    # ---- to the shop ------------------------------------------------------------------------------------------------
    def _report(self, letter: dict[str, Any]) -> None:
        row = {
            "phone_number": letter["phone"], "send_time": letter["at"], "report_time": shanghai(self.clock.now()),
            "success": not letter["failed"], "err_code": letter["failed"] or "DELIVERED", "err_msg": "", "sms_size": "1",
            "biz_id": letter["number"], "out_id": letter["reference"],
        }  # fmt: skip
        self._push(row)

    def _push(self, row: dict[str, Any]) -> bool:
        """Told again until it is taken, as the provider does."""
        if not self.merchant:
            return False
        url = target(f"{self.merchant}/v1/webhooks/messages/sms/{self.keys['receipts']}", self.merchant)
        body = json.dumps([row], ensure_ascii=False).encode()
        for _ in range(TRIES):
            try:
                status, answer = post(url, {"Content-Type": "application/json"}, body, 5.0)
                if status == 200 and json.loads(answer).get("code") == 0:
                    return True
            except LOST:
                pass
            time.sleep(0.2)
        return False

    def _turned(self, request: Request) -> Reply:
        asked = request.json()
        if not asked or not ({"fail", "say"} & set(asked)):
            return as_json({"error": "give fail, or phone and say"}, 422)
        if "fail" in asked:
            with self._lock:
                self._failing.append(str(asked["fail"]))
            return as_json({"failing": self._failing})
        row = {
            "phone_number": str(asked.get("phone", "")), "send_time": shanghai(self.clock.now()), "content": str(asked["say"]),
            "sign_name": "集市", "dest_code": "1", "sequence_id": secrets.randbelow(10**9),
        }  # fmt: skip
        return as_json({"taken": self._push(row)})

    def _listed(self) -> str:
        rows = "".join(
            f'<section class="card"><h2>{escape(one["phone"])} · {escape(one["template"])}</h2><p>{escape(one["at"])}'
            f"{' · ' + escape(one['failed']) if one['failed'] else ''}</p>"
            f"<pre>{escape(json.dumps(one['values'], ensure_ascii=False))}</pre></section>"
            for one in self.came[::-1][:50]
        )
        return rows or '<p class="note">–</p>'


def _said(code: str, status: int = 200, **more: Any) -> Reply:
    return Reply(status, json.dumps({"Code": code, "Message": code, "RequestId": "simulated", **more}).encode())
