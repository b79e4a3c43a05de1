"""Taking receipts at the door.

Guarantees: what does not come from the provider, as far as can be seen, changes nothing but a counter. What was taken is
written down before it is acknowledged, and taken again has no second effect; what could not be written down is not
acknowledged, so that the provider repeats it. No address is written down: it is known by its mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from typing import Any

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.runtime import observe
from chalicelib.runtime.http import Raw, Request
from chalicelib.runtime.work import AlreadyCommitted, Work

from ... import channels
from ...channels import NAMED
from ...channels.receiving import RawReceipt, ReceiptForged, ReceiptMalformed, ToldReceipt
from . import reports

FORGED = observe.alarmed(
    "ReceiptForged", "Many receipts of messages do not come from a provider; somebody is trying", times=20, seconds=300
)


def take(name: str, token: str, request: Request, work: Work) -> Raw:
    """The reply to receipts of this channel. Commits."""
    if name not in NAMED or not NAMED[name].receipts:
        return Raw("", status=404)  # nobody was told this address
    reader = _reader(name)
    try:
        told = reader.parse(RawReceipt(token, request.query, request.body))
    except ReceiptForged:
        observe.count(FORGED)
        return Raw("", status=404)
    except ReceiptMalformed:
        observe.count("ReceiptMalformed", channel=name)
        return _reply(reader, False, 400)
    try:
        _write_down(name, sha256(request.body).hexdigest(), told, work)
    except (Refusal, CommitRejected) as trouble:
        observe.logger().warning("receipt not taken", channel=name, causes=list(observe.causes(trouble)))
        return _reply(reader, False, 503)
    observe.count("Receipt", channel=name)
    return _reply(reader, True, 200)


def echo(name: str, request: Request) -> Raw:
    """What a provider wants to hear before it uses an address."""
    if name not in NAMED or not NAMED[name].echoes:
        return Raw("", status=404)
    try:
        return Raw(_reader(name).echo(request.query))
    except ReceiptForged:
        observe.count(FORGED)
        return Raw("", status=404)


def _reader(name: str) -> Any:
    return import_module(f"{channels.__name__}.{name}.receipts")


def _write_down(name: str, digest: str, told: Sequence[ToldReceipt], work: Work) -> None:
    """Facts of some reports each; each once for this very body. Commits."""
    for n, fact in enumerate(reports.facts(name, digest, told)):
        part = work.separate().with_key(f"{name}|{digest}|{n}", fingerprint="")
        part.publish(fact)
        with suppress(AlreadyCommitted):
            part.commit()


def _reply(reader: Any, ok: bool, status: int) -> Raw:
    said = reader.ack(ok)
    return Raw(said.body, media=said.media, status=status)
