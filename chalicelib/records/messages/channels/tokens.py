"""Access tokens of WeChat and WeCom: kept until four fifths of their time are over, and fetched once more when one is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.runtime import world
from chalicelib.runtime.memory import Memory

from .port import ChannelSilent, Misconfigured, NotDelivered

STALE = {40001, 40014, 42001}  # what a token is answered that is none any more
PERCENT = 80  # of its time, after which a fresh one is fetched

Table = Mapping[int, type[NotDelivered]]
Fetch = Callable[[bool], dict[str, Any]]

_kept: Memory[str, tuple[float, str]] = Memory(
    20
)  # whose token -> when a fresh one is fetched (epoch s), and the token


def token(whose: str, fetch: Fetch, *, refused: bool = False) -> str:
    """The token of an account; `fetch(refused)` brings one. Raises NotDelivered."""
    now, kept = world.now().timestamp(), _kept.get(whose)
    if kept is not None and now < kept[0] and not refused:
        return kept[1]
    told = fetch(refused)
    found, seconds = told.get("access_token"), told.get("expires_in")
    if not isinstance(found, str) or not isinstance(seconds, int):
        raise meaning(TOKEN, told)
    _kept.put(whose, (now + seconds * PERCENT / 100, found))
    return found


def call(whose: str, fetch: Fetch, ask: Callable[[str], dict[str, Any]], table: Table) -> dict[str, Any]:
    """What a call is answered; one whose token is refused is made once more, with a fresh one. Raises NotDelivered."""
    told = ask(token(whose, fetch))
    if told.get("errcode") in STALE:
        told = ask(token(whose, fetch, refused=True))
    if told.get("errcode", 0) != 0:
        raise meaning(table, told)
    return told


def meaning(table: Table, told: Mapping[str, Any]) -> NotDelivered:
    """What an answer means; a code without a row is Misconfigured, an answer without code is none."""
    code = told.get("errcode")
    if not isinstance(code, int):
        return ChannelSilent("unreadable")
    return table.get(code, Misconfigured)(f"errcode.{code}")


TOKEN: Table = {-1: ChannelSilent}
