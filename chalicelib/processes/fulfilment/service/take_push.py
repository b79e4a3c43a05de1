"""A carrier's push at our door: verify what can be verified, write it down, and say so in the carrier's own words.

Guarantees: what does not come from the carrier, as far as can be seen, changes nothing but a counter; what was taken
before is acknowledged again without a second effect; what could not be written down is not acknowledged, so that the
carrier repeats it. Nothing is asked or added up here: that is the worker's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.records.shipping.carriers.port import CarrierPort, PushForged, PushMalformed, RawPush, Report
from chalicelib.records.shipping.events import ShipmentReported
from chalicelib.records.shipping.rules import CarrierDown
from chalicelib.records.shipping.service import calls, shipments
from chalicelib.runtime import observe
from chalicelib.runtime.http import Raw, Request
from chalicelib.runtime.work import AlreadyCommitted, Work

PART = 25  # traces in one fact, which is to stay small
FORGED = observe.alarmed(
    "PushForged", "Many pushes do not come from a carrier; somebody is trying", times=20, seconds=300
)


def take_push(name: str, token: str, request: Request, work: Work) -> Raw:
    """The reply to a push of this carrier. Commits."""
    if name not in CARRIERS or not CARRIERS[name].pushes or not calls.contracted(name):
        return Raw("", status=404)  # nobody was told this address
    media = request.headers.get("content-type", "")
    try:
        carrier = calls.carrier(name)
    except CarrierDown:
        return Raw("", status=503)
    try:
        reports = carrier.parse(RawPush(token, media, request.body))
    except PushForged:
        observe.count(FORGED)
        return Raw("", status=404)
    except PushMalformed:
        observe.count("PushMalformed", carrier=name)
        return _reply(carrier, False, media, 400)
    try:
        _write_down(name, token, request.body, list(reports), work)
    except (Refusal, CommitRejected) as trouble:
        observe.logger().warning("push not taken", carrier=name, causes=list(observe.causes(trouble)))
        return _reply(carrier, False, media, 503)
    observe.count("Push", carrier=name)
    return _reply(carrier, True, media, 200)


def _write_down(name: str, token: str, body: bytes, reports: list[Report], work: Work) -> None:
    """One fact for each waybill, or several where much is told of one; each once for this very body. Commits."""
    key = sha256(body).hexdigest()
    for n, fact in enumerate(_facts(name, reports)):
        part = work.separate().with_key(f"{name}|{token}|{key}|{n}", fingerprint="")
        part.publish(fact)
        with suppress(AlreadyCommitted):
            part.commit()


def _facts(name: str, reports: list[Report]) -> Iterator[ShipmentReported]:
    for one in reports:
        for start in range(0, len(one.traces), PART):
            traces = [shipments.packed(each) for each in one.traces[start : start + PART]]
            yield ShipmentReported(name, one.waybill, one.number, one.company, traces)


def _reply(carrier: CarrierPort, ok: bool, media: str, status: int) -> Raw:
    said = carrier.ack(ok, media)
    return Raw(said.body, media=said.media, status=status)
