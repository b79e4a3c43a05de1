"""Folding receipts.

Guarantees: however many receipts of a message come, in whichever order, its outcome is the same in the end; each counts once
for its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from chalicelib.kernel.errors import CommitRejected
from chalicelib.runtime import table
from chalicelib.runtime.work import AlreadyCommitted, Work

from ...claims.rules import referred
from ...events import MessagesReported
from ...model import FAILED_PART, NUMBER_PART, FailedAddress, MessageClaim, SentNumber, claim_part, number_key
from ...service import channel
from ...suppressions import service as suppressions
from ...suppressions.rules import SuppressionChanged
from .. import rules, steps
from ..rules import ReceiptRaced

TRIES = 5


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
    """Whether its message was known, or is named by nothing. What it says of the address holds the first time.
    Commits."""
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
