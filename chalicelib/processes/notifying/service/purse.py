"""What offers may still cost today, as one batch of messages sees it.

Guarantees: whatever batches run at once, offers never cost more in a day than OFFERS_FEN_A_DAY. A batch takes some of the day's
money before it spends it, a twentieth of what is left at most, so that the last fen are taken message by message; what it did not
spend it gives back at its end. A batch that dies in between has spent what it took.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from chalicelib.kernel.errors import Overloaded, Unavailable
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.claims.rules import portion
from chalicelib.runtime.work import Work

TRIES = 5  # while others are faster


class Purse:
    """The money of one batch of so many messages."""

    def __init__(self, messages: int, now: datetime) -> None:
        self._bound, self._now, self._messages = claims.budget(), now, messages
        self._held = 0  # taken of the day and not spent

    def takes(self, fen: int, work: Work) -> bool:
        """Spend so much, if the day's money reaches. Raises Overloaded: the day may have lost what nobody has."""
        if not self._bound or not fen:
            return True
        if self._held < fen and not self._fetched(fen, work):
            return False
        self._held -= fen
        return True

    def gives(self, fen: int) -> None:
        """What was to cost so much did not go out."""
        if self._bound:
            self._held += fen

    def holds(self, fen: int) -> bool:
        """Whether the day's money would reach: nothing is taken."""
        return not self._bound or claims.spent(self._now) + fen <= self._bound

    def close(self, work: Work) -> None:
        """Give back what was not spent. Commits; where that cannot be had in time, it is lost for the day."""
        if self._held:
            work.with_key(f"purse|{work.id}", fingerprint="")  # given back once, also where an answer is lost
            claims.spend(-self._held, self._now, work)
            with suppress(Overloaded, Unavailable):
                work.commit()
            self._held = 0

    def _fetched(self, fen: int, work: Work) -> bool:
        for _ in range(TRIES):
            part = portion(fen, self._messages, self._bound - claims.spent(self._now))
            if not part:
                return False
            if claims.take(part, self._bound, self._now, work):
                self._held += part
                return True
        return False
