"""The one way to a provider's or a carrier's host: urllib3 without retries, since only an adapter knows which call may be
repeated.

Guarantees: what answers takes no more of our memory than the largest statement of a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from urllib3 import PoolManager


LARGEST = 16 * 1024 * 1024  # bytes; a day's statement, zipped, of some hundred thousand payments


class NoAnswer(Exception):
    """Raised by an HttpPort when no complete answer came back."""


class HttpPort(Protocol):
    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One exchange, never retried here; raises NoAnswer."""


class PooledHttp:
    """An HttpPort that keeps connections; 2 s to connect, `read` seconds for each answer."""

    def __init__(self, read: float = 8.0) -> None:
        self._read = read
        self._pool: PoolManager | None = None

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        import urllib3

        if self._pool is None:
            self._pool = urllib3.PoolManager(
                retries=False, timeout=urllib3.Timeout(connect=2.0, read=self._read), maxsize=4
            )
        try:
            answer = self._pool.request(
                method, url, body=body or None, headers=dict(headers), redirect=False, preload_content=False
            )
            told = answer.read(LARGEST + 1)
        except urllib3.exceptions.HTTPError as silence:
            raise NoAnswer(type(silence).__name__) from None
        if len(told) > LARGEST:
            answer.close()
            raise NoAnswer("TooLarge")
        answer.release_conn()
        return answer.status, dict(answer.headers), told
