"""Sending to people what somebody wants sent: each message once, by the best way that its person agreed to, or kept back with
the reason.

Guarantees: what becomes of a message is kept under (person, occasion), and whoever asks again is answered that. Whether it goes
is judged when it is sent: a consent is demanded, and an offer counted, in the very transaction that takes the message up. A
sender that ends between that and the provider's answer leaves a lease; who finds it ended asks the provider, and where that
cannot tell, an offer goes out no more while a notice of service does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel import holdout
from chalicelib.kernel.clock import business_day
from chalicelib.kernel.errors import CommitRejected, Overloaded, Unavailable
from chalicelib.kernel.messages import TEXTS
from chalicelib.records.identity.accounts.rules import ConsentWithdrawn
from chalicelib.records.identity.accounts.service import contact, opting_out
from chalicelib.records.identity.accounts.service.contact import Reachable
from chalicelib.records.identity.accounts.steps import require_consent
from chalicelib.records.messages import service as gate
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.claims.rules import (
    CLAIMED,
    ENDED,
    FAILED,
    HELD,
    LEASE,
    MARKETING,
    SENT,
    SERVICE,
    SUPPRESSED,
    UNKNOWN,
    WAYS,
    Judgement,
    MessageCase,
    MessageTaken,
    ReachChanged,
    judge,
    purpose_of,
    reference,
    ways,
)
from chalicelib.records.messages.claims.service import ClaimedMessage, MessageClaim, StoodMessage
from chalicelib.records.messages.claims.steps import end
from chalicelib.records.messages.inbox.steps import lay
from chalicelib.records.messages.receipts.service import folding as receipts
from chalicelib.records.messages.suppressions import service as suppressions
from chalicelib.records.messages.suppressions.rules import SuppressionChanged, silences
from chalicelib.records.messages.templates import service as templates
from chalicelib.records.messages.templates.rules import OPT_OUT, SavedText, fits
from chalicelib.runtime.work import Work

MOST = 100  # at once
WAY_OUT = {"zh": "退订：", "en": "No more of these: "}  # at the end of a letter that does not say so itself
APPROVED = "approved"
TRIES = 5  # while others are faster
RACED = (MessageTaken, ReachChanged, ConsentWithdrawn)
ASKED_FOR = timedelta(days=1)  # so long a provider that does not know is asked again
BUSY, THROTTLED, MISCONFIGURED = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)  # until the next try


class WantedMessage(NamedTuple):
    """A message that somebody wants sent: to an account, on an occasion (ids only), by a template with its blanks; `purpose` is
    marketing or service. `channels` in their order, or the best one; `campaign` is the salt of a holdout."""

    person: str
    occasion: str
    template: str
    purpose: str
    values: Mapping[str, str]
    channels: tuple[str, ...] = ()
    campaign: str = ""


class MessageOutcome(NamedTuple):
    """What became of it: sent, suppressed, held (judged again at `until`), failed or unknown; and why."""

    person: str
    occasion: str
    state: str
    why: str = ""
    until: datetime | None = None


class _Found(NamedTuple):
    """What was read for one message."""

    who: Reachable | None
    stood: StoodMessage
    scopes: Mapping[str, str]


class _Purse:
    """What offers may still cost today, and what those of this batch did."""

    def __init__(self, left: int | None) -> None:
        self.left, self.spent = left, 0

    def holds(self, fen: int) -> bool:
        return self.left is None or self.spent + fen <= self.left


Stop = Callable[[WantedMessage], str]


def never(_wanted: WantedMessage) -> str:
    """Nothing more keeps it back."""
    return ""


def send_all(wanted: Sequence[WantedMessage], work: Work, stop: Stop = never) -> list[MessageOutcome]:
    """What becomes of each, at most 100; `stop` is asked last and says why one is not to go after all. One person's trouble is
    no other's. Commits by message."""
    if len(wanted) > MOST:
        raise ValueError(f"at most {MOST} messages at once")
    purse = _Purse(claims.left(work.now))
    told = [_become(one, seen, purse, work, stop) for one, seen in zip(wanted, _look(wanted), strict=True)]
    if purse.left is not None and purse.spent:
        apart = work.separate()
        claims.spend(purse.spent, apart.now, apart)
        apart.commit()
    return told


def foresee(wanted: Sequence[WantedMessage], work: Work) -> list[MessageOutcome]:
    """What would become of each if it were sent now; nothing is sent, nothing kept."""
    found, purse = [], _Purse(claims.left(work.now))
    for one, seen in zip(wanted, _look(wanted), strict=True):
        told = _judged(one, seen, purse, work.now)
        found.append(_told(one, SENT if told.state == CLAIMED else told.state, told.why, told.until))
    return found


def _look(wanted: Sequence[WantedMessage]) -> list[_Found]:
    """Two round trips of batches for a hundred."""
    people = contact.reachable(list(dict.fromkeys(one.person for one in wanted)))
    stood = claims.held([(one.person, one.occasion) for one in wanted])
    scopes = suppressions.scopes(dict.fromkeys(mark for who in people.values() for mark in who.marks.values()))
    return [_Found(people.get(one.person), held, scopes) for one, held in zip(wanted, stood, strict=True)]


def _become(one: WantedMessage, seen: _Found, purse: _Purse, work: Work, stop: Stop) -> MessageOutcome:
    """Judged anew while others are faster."""
    tokens: set[str] = set()
    for _ in range(TRIES):
        try:
            return _once(one, seen, tokens, purse, work.separate(), stop)
        except CommitRejected as refused:
            if not refused.only(*RACED):
                raise
        except Overloaded:
            pass  # an answer was lost: whether the claim is ours, its row tells
        except Unavailable:
            break
        (seen,) = _look([one])
    return MessageOutcome(one.person, one.occasion, HELD, "busy", work.now + BUSY)


def _once(one: WantedMessage, seen: _Found, tokens: set[str], purse: _Purse, work: Work, stop: Stop) -> MessageOutcome:
    """Commits what is decided, and what came of it."""
    row = seen.stood.claim
    if row is not None and row.state in ENDED:
        return _told(one, row.state, row.why or "")
    if row is not None and row.state == CLAIMED and row.token in tokens:
        return _deliver(one, seen, row, work)
    if row is not None and work.now < row.until:
        return _told(one, HELD, row.why or "taken", row.until)
    if row is not None and row.state == CLAIMED and (ended := _recall(one, seen, row, work)):
        return ended

    told = _judged(one, seen, purse, work.now)
    if told.state == CLAIMED and (why := stop(one)):
        told = Judgement("", SUPPRESSED, why)

    tokens.add(work.id)
    message = ClaimedMessage(one.person, one.occasion, one.template, one.purpose, one.campaign)
    row = claims.claim(message, seen.stood, told, work)
    if told.state == CLAIMED and one.purpose == MARKETING:
        work.add(require_consent(one.person, purpose_of(told.way)))
    work.commit()
    if told.state != CLAIMED:
        return _told(one, told.state, told.why, told.until)
    purse.spent += _fen(one, seen, told.way)
    return _deliver(one, seen, row, work.separate())


def _judged(one: WantedMessage, seen: _Found, purse: _Purse, now: datetime) -> Judgement:
    who = seen.who
    if who is None:
        return Judgement("", SUPPRESSED, "gone")
    text = _text(one)
    if text is None or text.purpose != one.purpose:
        return Judgement("", FAILED, "template")
    if not fits(text, one.values):
        return Judgement("", FAILED, "values")
    offer = one.purpose == MARKETING
    agreed = ways(one.purpose, one.channels, who.agreed)
    reached = tuple(way for way in agreed if _reached(way, who, text))
    shut = {way for way in reached if way != "inbox" and silences(seen.scopes.get(_mark(seen, way)), offer)}
    ways_open = tuple(way for way in reached if way not in shut)
    return judge(
        MessageCase(
            MARKETING if offer else SERVICE,
            _barred(who) if offer else "",
            agreed,
            reached,
            ways_open,
            claims.quiet_until(now, one.person, one.occasion),
            holdout.in_control(one.person, business_day(now).year),
            bool(one.campaign) and holdout.in_holdout(one.person, one.campaign),
            claims.full(seen.stood, now),
            not purse.holds(_fen(one, seen, ways_open[0] if ways_open else "")),
        )
    )


def _text(one: WantedMessage) -> SavedText | None:
    """What is said: by a text of the code, which fits whatever it is filled with, or by one that is stored and published."""
    if (own := TEXTS.get(one.template)) is not None:
        lengths = {blank: len(one.values.get(blank, "")) for blank in own.blanks}
        return SavedText(one.purpose, own.zh, own.en, lengths, "", APPROVED)
    return templates.live(one.template)


def _reached(way: str, who: Reachable, text: SavedText) -> bool:
    """Whether somebody can be written to this way; a text message goes by what its provider approved."""
    if way == "inbox":
        return True
    return WAYS[way] in who.marks and gate.reaches(WAYS[way]) and (way != "sms" or text.approval == APPROVED)


def _fen(one: WantedMessage, seen: _Found, way: str) -> int:
    """What it costs; only text messages do, and only offers are counted."""
    if way != "sms" or one.purpose != MARKETING or seen.who is None or (text := _text(one)) is None:
        return 0
    return templates.cost(text, seen.who.language).fen


def _barred(who: Reachable) -> str:
    return "minor" if who.minor else "leaving" if who.leaving else ""


def _deliver(one: WantedMessage, seen: _Found, row: MessageClaim, work: Work) -> MessageOutcome:
    """Hand over what is claimed, and keep what came of it. Commits."""
    message = _message(one, seen, row)
    if message is None:
        return _undone(one, row, "fail", "contact", None, work)
    if row.way == "inbox":
        work.add(
            end(row, "send", work.now),
            lay(row.owner, work.new_id("N"), row.occasion, row.purpose, message.subject, message.text, work.now),
        )
        work.commit()
        return _told(one, SENT)
    try:
        number = gate.hand_over(message)
    except gate.AddressRefused as refusal:
        why, mark = "opt_out" if isinstance(refusal, gate.NotSubscribed) else "bounce", _mark(seen, row.way)
        kept = lambda work: suppressions.suppress(mark, why, work)
        return _undone(one, row, "fail", "refused", None, work, kept)
    except (gate.AddressBusy, gate.ChannelThrottled):
        return _undone(one, row, "hold", "throttled", work.now + THROTTLED, work)
    except gate.Misconfigured:
        return _undone(one, row, "hold", "misconfigured", work.now + MISCONFIGURED, work)
    except Exception:  # whatever it is, it may have gone out; the gate has told of it
        return _unanswered(one, row, message, work)
    receipts.note(message.kind, number, message.reference, work)
    return _ended(one, row, SENT, work)


def _message(one: WantedMessage, seen: _Found, row: MessageClaim) -> gate.Message | None:
    """The message as it goes out by its way; None for who has no such address any more."""
    text = _text(one)
    if seen.who is None or text is None:
        return None
    kind = WAYS[row.way]
    address = "" if row.way == "inbox" else contact.address_of(seen.who, kind)
    if address is None:
        return None
    opt_out = opting_out.link(one.person, purpose_of(row.way)) if one.purpose == MARKETING else ""
    language = seen.who.language
    words = text.en if language == "en" else text.zh
    values = dict(one.values) | ({OPT_OUT: opt_out} if OPT_OUT in words.blanks else {})
    message = gate.filled(one.template, words, kind, address, language, values)
    if kind == "email" and opt_out and opt_out not in message.text:  # nobody can reply R to a letter
        message = message._replace(text=f"{message.text}\n\n{WAY_OUT[message.language]}{opt_out}")
    return message._replace(reference=reference(one.person, one.occasion), opt_out=opt_out, code=text.code)


def _recall(one: WantedMessage, seen: _Found, row: MessageClaim, work: Work) -> MessageOutcome | None:
    """What became of a message whose sender ended, or heard no answer; None: it is judged anew."""
    message = _message(one, seen, row)
    if row.way == "inbox" or message is None:
        return None  # it is there with its mark, or not at all
    channel = gate.channel(message.kind)
    answer = channel.enquire(message, row.at)
    if answer == gate.ARRIVED:
        return _ended(one, row, SENT, work)
    if answer == gate.ABSENT or one.purpose == SERVICE:
        return None
    if channel.asks() and work.now < row.at + ASKED_FOR:
        return _told(one, HELD, "unanswered", work.now + LEASE)
    return _ended(one, row, UNKNOWN, work)


def _mark(seen: _Found, way: str) -> str:
    """By what the address of a way is known of somebody who has one."""
    return seen.who.marks[WAYS[way]] if seen.who is not None else ""


def _unanswered(one: WantedMessage, row: MessageClaim, message: gate.Message, work: Work) -> MessageOutcome:
    """Its provider is asked when the lease is over, or it is sent again then; an offer that cannot be asked for has ended."""
    if one.purpose == SERVICE or gate.channel(message.kind).asks():
        return _told(one, HELD, "unanswered", row.until)
    return _ended(one, row, UNKNOWN, work)


def _ended(one: WantedMessage, row: MessageClaim, state: str, work: Work) -> MessageOutcome:
    with suppress(CommitRejected):  # whoever took it over when the lease was over writes what came of it
        if state == SENT:
            claims.sent(row, work)
        else:
            claims.lost(row, work)
    return _told(one, state, "" if state == SENT else "unanswered")


def _undone(
    one: WantedMessage,
    row: MessageClaim,
    action: str,
    why: str,
    until: datetime | None,
    work: Work,
    also: Callable[[Work], None] = claims.nothing,
) -> MessageOutcome:
    claims.undone(row, action, why, until, work, also, (SuppressionChanged,))
    return _told(one, FAILED if action == "fail" else HELD, why, until)


def _told(one: WantedMessage, state: str, why: str = "", until: datetime | None = None) -> MessageOutcome:
    return MessageOutcome(one.person, one.occasion, state, why, until if state == HELD else None)
