"""A receiver of webhooks: takes whatever is posted to /hooks/<name> and shows it, as it came, to whoever asks there.

POST /hooks/erp[?answer=500|hang] answers 204, that status, or nothing for so long that nobody waits for it; GET /hooks/erp is
what came there, newest first. It verifies nothing: whoever looks can, since id, timestamp, signature and body are shown.
"""

from __future__ import annotations

import re
import time
from collections import deque
from typing import Any

from .wire import Reply, Request, as_json

KEPT = 200
HANGS_SECONDS = 20
PLACE = re.compile("/hooks/([a-z0-9-]{1,40})")


class Receiver:
    """What came, in memory: it is gone when the simulator ends."""

    def __init__(self) -> None:
        self._came: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def respond(self, request: Request) -> Reply | None:
        """None for a path that is another's."""
        found = PLACE.fullmatch(request.path)
        if found is None:
            return None
        if request.method != "POST":
            return as_json({"came": [one for one in reversed(self._came) if one["to"] == found[1]]})
        told = {name: request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")}
        self._came.append({"to": found[1], **told, "body": request.body.decode("utf-8", "replace")})
        answer = request.query.get("answer", "204")
        if answer == "hang":
            time.sleep(HANGS_SECONDS)
        return Reply(int(answer) if re.fullmatch("[2-5][0-9]{2}", answer) else 204)
