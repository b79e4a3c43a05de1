"""The one way to a provider's host: urllib3 without retries, since only an adapter knows which call may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .port import NoAnswer

if TYPE_CHECKING:
    from urllib3 import PoolManager


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
            answer = self._pool.request(method, url, body=body or None, headers=dict(headers), redirect=False)
        except urllib3.exceptions.HTTPError as silence:
            raise NoAnswer(type(silence).__name__) from None
        return answer.status, dict(answer.headers), answer.data
