"""One-time codes by text message or e-mail: six digits, five minutes, five tries; one for each purpose at a time.

Guarantees: a code is sent whether or not the target has an account, so that asking tells nothing; the answer is the same
when none was sent because the shop's budget is spent or the country is not served. The limits of target, network
address, device and shop fall together in one transaction. Each try is counted before it is compared, and where it comes
from: what strangers ask for and try leaves a person their own share.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NamedTuple

from chalicelib.kernel import texts as normal
from chalicelib.kernel.errors import CommitRejected, Forbidden, Refusal
from chalicelib.kernel.messages import Template
from chalicelib.runtime import observe, settings, vault, world
from chalicelib.runtime.work import Work

from ...accounts.rules import Identifier
from ...accounts.service import accounts
from ...model import Account, Code
from .. import texts
from ..proofs import one_time_code
from ..rules import (
    AROUND_TRIES,
    CODE_TRIES,
    CodeNotSent,
    CodeTooOften,
    CodeWrong,
    ContactUnreachable,
    Shown,
    TargetNeeded,
)
from ..steps.codes import count_other_try, count_own_try, write_code
from ..steps.gates import DAY, HOUR, count
from . import devices
from .throttle import AROUND, address, around, device, scaled

PREFIXES = settings.declare(
    "CODE_PREFIXES",
    "+86",
    "countries that text messages are sent to, comma-separated",
    form=settings.listed(settings.Form("[+][1-9][0-9]{0,6}", "+86")),
)
PER_TARGET = settings.declare(
    "CODES_PER_TARGET_DAY",
    "10",
    "codes a day to one phone number or mailbox that strangers ask for, all together; as many of its owner's own",
)
PER_PLACE = settings.declare(
    "CODES_PER_TARGET_NETWORK_DAY", "5", "of these, codes a day that are asked for from one network or known device"
)
PER_ADDRESS = settings.declare(
    "CODES_PER_IP_HOUR", "60", "codes an hour asked for from one network address; ten times as many from around it"
)
PER_DEVICE = settings.declare("CODES_PER_DEVICE_HOUR", "10", "codes an hour asked for by one device")
PER_SHOP = settings.declare("CODES_PER_DAY", "20000", "codes a day of the whole shop: its budget")

ENTERING = "enter"  # who is not known yet registers with the code that was to sign in
SHARES, LEAST_SHARE = 16, 100  # the shop's budget lies in so many rows, of so many codes at least

BUDGET_SPENT = observe.alarmed(
    "CodeBudgetSpent", "The day's budget of one-time codes is spent; none are sent until midnight"
)

Sender = Callable[..., None]  # send(what, channel, address, language, **values)


class Target(NamedTuple):
    """Where a code goes: channel phone or email, the normalised address, its blind index."""

    channel: str
    text: str
    blind: str


class _BudgetSpent(Forbidden):
    """Never answered: whoever asks is told that a code is on its way."""


_sender: list[Sender] = []
_blames: list[tuple[type[Exception], type[Refusal]]] = []  # what a sender raises, and what it means for who asked


def use_sender(send: Sender, *, refused: type[Exception], busy: type[Exception]) -> None:
    """Say who delivers: send(what, channel, address, language, **values), what is filled in. It raises `refused` when
    the address takes no messages and `busy` when it took too many: neither is a failure of ours.

    The composition root calls this once.
    """
    _sender[:] = [send]
    _blames[:] = [(refused, ContactUnreachable), (busy, CodeTooOften)]


def target(phone: str | None, email: str | None) -> Target:
    """Where a code goes. Raises TargetNeeded, PhoneInvalid, EmailInvalid."""
    if (phone is None) == (email is None):
        raise TargetNeeded()
    channel, text = ("phone", normal.phone(phone)) if phone is not None else ("email", normal.email(email or ""))
    return Target(channel, text, vault.blind(channel, text))


def ask(purpose: str, to: Target, work: Work) -> None:
    """Send a code, within the limits. Commits, since only what is counted and kept is sent.

    Raises CodeTooSoon, CodeTooOften, ContactUnreachable, CodeNotSent.
    """
    if to.channel == "phone" and not to.text.startswith(tuple(settings.value(PREFIXES).split(","))):
        observe.count("CodeCountryNotServed")
        return
    code = one_time_code(world.current().entropy(8))
    key = _key(purpose, to)

    holder = accounts.find_alike(Identifier(to.channel, to.text, to.blind))
    work.add(write_code(key, _digest(key, code), _asker(work), work.now))
    _add_limits(to, holder, work)
    try:
        work.commit()
    except CommitRejected as refused:
        told = [reason for reason in refused.reasons if not isinstance(reason, _BudgetSpent)]
        if told:
            raise CommitRejected(told) from None
        observe.count(BUDGET_SPENT)
        return
    deliver(texts.CODE, to.channel, to.text, work.caller.language, code=code)


def check(purpose: str, to: Target, code: str, work: Work) -> Shown:
    """Check a code; it is used up (`steps.spend_code`) only together with what it is for.

    Raises CodeWrong: no such code, too old, tried too often, or another one.
    """
    key = _key(purpose, to)
    row = _count_try(key, work)
    if row.digest is None or not hmac.compare_digest(row.digest, _digest(key, code)):
        raise CodeWrong()
    return Shown(key, row.digest)


def _count_try(key: str, work: Work) -> Code:
    """The code, after one more try that was counted where it comes from. Commits that apart from the work. Raises CodeWrong."""
    here, foreign = _asker(work), list[Code]()

    def meaning(old: Code | None) -> Refusal:
        if old is not None and old.digest is not None and old.asker != here:
            foreign.append(old)
        return CodeWrong()

    try:  # a lost answer may count one try twice, which only makes guessing harder
        row: Code = work.write_now(count_own_try(key, here, work.now, meaning))
        return row
    except CommitRejected:
        if not foreign:
            raise CodeWrong() from None
    row = foreign[-1]
    tries, trying = f"tries|{row.digest[:32]}", work.separate()
    trying.add(
        count_other_try(key, row.digest, work.now),
        count(f"{tries}|{address(work)}", DAY, CODE_TRIES, work.now, CodeWrong()),
        count(f"{tries}|around|{around(work)}", DAY, AROUND_TRIES, work.now, CodeWrong()),
    )
    try:
        trying.commit()
    except CommitRejected:
        raise CodeWrong() from None
    return row


def _asker(work: Work) -> str:
    """Where a code is asked for or shown: the device by the id that it drew, else the network address."""
    return devices.own(work) or address(work)


def _add_limits(to: Target, holder: Account | None, work: Work) -> None:
    """Count a code by target, network address, device and shop."""
    per_shop = settings.number(PER_SHOP)
    shares = max(1, min(SHARES, per_shop // LEAST_SHARE))
    mine = int(to.blind[:8], 16) % shares
    for what, allowed in _of_target(to, holder, work):
        work.add(count(what, DAY, allowed, work.now, CodeTooOften()))
    if work.caller.ip:
        most = scaled(PER_ADDRESS)
        work.add(count(f"codes|{address(work)}", HOUR, most, work.now, CodeTooOften()))
        work.add(count(f"codes|around|{around(work)}", HOUR, most * AROUND, work.now, CodeTooOften()))
    if work.caller.device:
        work.add(count(f"codes|{device(work)}", HOUR, scaled(PER_DEVICE), work.now, CodeTooOften()))
    share = per_shop // shares + (mine < per_shop % shares)
    work.add(count(f"codes|shop|{mine}", DAY, share, work.now, _BudgetSpent()))


def _of_target(to: Target, holder: Account | None, work: Work) -> list[tuple[str, int]]:
    """What one phone or mailbox is sent in a day, as keys of counts and how many there may be: so much for each network, and
    for all strangers together; who has shown that it is theirs, and asks signed in or where they were before, has as much
    apart."""
    target = f"{to.channel}|{vault.blind(to.channel, normal.mailbox(to.text))}"
    theirs = holder if holder is not None and holder.unproven != to.channel else None
    known = devices.known(theirs.device_marks, work) if theirs else ""
    if theirs and work.caller.id == theirs.owner:
        known, place = "signed in", "signed in"
    else:
        place = devices.own(work) if known == devices.DEVICE else around(work)
    pool = "own" if known else "code"
    return [
        (f"codes|{target}|{place}", scaled(PER_PLACE)),
        (f"codes|{pool}|{target}", settings.number(PER_TARGET)),
    ]


def deliver(what: Template, channel: str, address: str, language: str, **values: str) -> None:
    """Hand a message to the sender. Raises ContactUnreachable, CodeTooOften, CodeNotSent."""
    if not _sender:
        raise CodeNotSent()
    try:
        _sender[0](what, channel, address, language, **values)
    except Exception as error:
        observe.logger().error("code not sent", channel=channel, causes=list(observe.causes(error)))
        blamed = next((refusal for kind, refusal in _blames if isinstance(error, kind)), CodeNotSent)
        raise blamed() from error


def _key(purpose: str, to: Target) -> str:
    """One code a target and purpose at a time."""
    return f"code|{to.channel}|{to.blind}|{ENTERING if purpose in ('register', 'login') else purpose}"


def _digest(key: str, code: str) -> str:
    return vault.blind("code", f"{key}|{code}")
