"""Taking receipts at the door, and folding them.

Guarantees: what does not come from the provider, as far as can be seen, changes nothing but a counter. What was taken is
written down before it is acknowledged, and taken again has no second effect; what could not be written down is not
acknowledged, so that the provider repeats it. However many receipts of a message come, in whichever order, its outcome is the
same in the end. No address is written down: it is known by its mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from typing import Any

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.runtime import observe, table
from chalicelib.runtime.http import Raw, Request
from chalicelib.runtime.work import AlreadyCommitted, Work

from .. import channels
from ..channels import NAMED
from ..channels.receiving import RawReceipt, ReceiptForged, ReceiptMalformed, Told
from ..claims.rules import referred
from ..events import MessagesReported
from ..model import FailedAddress, MessageClaim, SentNumber, claim_part
from ..service import channel
from ..suppressions import service as suppressions
from ..suppressions.rules import SuppressionChanged
from . import rules, steps
from .rules import ReceiptRaced
from .steps import FAILED_PART, NUMBER_PART, number_key

PART = 25  # reports in one fact, which is to stay small
TRIES = 5
FORGED = observe.alarmed(
    "ReceiptForged", "Many receipts of messages do not come from a provider; somebody is trying", times=20, seconds=300
)


# ---- the door ---------------------------------------------------------------------------------------------------------
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


def _write_down(name: str, digest: str, told: Sequence[Told], work: Work) -> None:
    """Facts of some reports each; each once for this very body. Commits."""
    for n, fact in enumerate(_facts(name, digest, told)):
        part = work.separate().with_key(f"{name}|{digest}|{n}", fingerprint="")
        part.publish(fact)
        with suppress(AlreadyCommitted):
            part.commit()


def _facts(name: str, digest: str, told: Sequence[Told]) -> Iterator[MessagesReported]:
    for start in range(0, len(told), PART):
        reports = [
            [one.outcome, one.reference, one.number, _mark(one), f"{digest[:32]}.{start + n}"]
            for n, one in enumerate(told[start : start + PART])
        ]
        yield MessagesReported(name, reports, 1)


def _mark(one: Told) -> str:
    return suppressions.mark(one.kind, one.address) if one.address else ""


def _reply(reader: Any, ok: bool, status: int) -> Raw:
    said = reader.ack(ok)
    return Raw(said.body, media=said.media, status=status)


# ---- the worker -------------------------------------------------------------------------------------------------------
def note(kind: str, number: str, reference: str, work: Work) -> None:
    """Remember which message a provider gave this number, where its receipts know no other name. Writes at once."""
    sender = channel(kind)
    if number and sender.receipts and not sender.repeats:
        note_number(sender.name, number, reference, work)


def note_number(name: str, number: str, reference: str, work: Work) -> None:
    """A channel of this name gave a message this number. Writes at once."""
    with suppress(CommitRejected):  # it stands for another message: the provider's trouble
        work.write_now(steps.note(name, number, reference, work.now))


def fold(fact: MessagesReported, work: Work) -> None:
    """Fold each report, once; what names a message that nobody knows yet is looked at once more. Commits by report."""
    waiting = [report for report in fact.reports if not _folded(fact.channel, report, work, first=fact.turn == 1)]
    if waiting and fact.turn < rules.TURNS:
        work.publish(MessagesReported(fact.channel, waiting, fact.turn + 1), at=work.now + rules.LATER)


def _folded(channel: str, report: Sequence[str], work: Work, *, first: bool) -> bool:
    """Whether its message was known, or is named by nothing. What it says of the address holds the first time."""
    outcome, reference, number, mark, key = report
    reference = reference or _reference(channel, number)
    known = bool(reference) or not number

    def put(work: Work) -> None:
        if (row := _claim(reference)) and rules.rises(row.receipt, outcome):
            work.add(steps.tell(row, outcome))
        if first:
            _keep_from(outcome, number or reference, mark, work)

    with suppress(AlreadyCommitted):
        work = work.separate().with_key(f"{channel}|{key}|{first}", fingerprint="")
        work.attempts(TRIES, put, ReceiptRaced, SuppressionChanged)
    return known


def _reference(channel: str, number: str) -> str:
    row = table.get(SentNumber, number_key(channel, number), NUMBER_PART) if number else None
    return row.reference if row is not None else ""


def _claim(reference: str) -> MessageClaim | None:
    person, occasion = referred(reference)
    return table.get(MessageClaim, person, claim_part(occasion), consistent=True) if person else None


def _keep_from(outcome: str, name: str, mark: str, work: Work) -> None:
    """Whether this address is written to again."""
    if not mark:
        return
    if outcome in rules.SUPPRESSES:
        suppressions.suppress(mark, rules.SUPPRESSES[outcome], work)
    elif outcome == rules.FAILED and name:
        read = table.get(FailedAddress, mark, FAILED_PART, consistent=True)
        told = rules.added(read.told if read is not None else None, name)
        if read is None or told != read.told:
            work.add(steps.count_failed(mark, read, told, work.now))
            if rules.enough(told):
                suppressions.suppress(mark, "bounce", work)
