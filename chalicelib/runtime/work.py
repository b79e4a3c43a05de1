"""Work: one business step is one transaction. Contexts describe Steps; `Work.commit` is the only writer of business data.

Guarantees: all steps happen or none; a step under a key happens once, and its answer is remembered; the facts of a
commit are published at least once; all failed conditions come back together; passing trouble (conflict, throttling, a
lost answer) is waited out and never becomes a business answer. Correctness does not rest on ClientRequestToken: it only
saves time (a re-sent commit meets its own journal row).

A use case adds and publishes; the door that performs it commits, with what it answers. Only a use case that must look at
the outcome commits itself, in `attempts` or by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import (
    CommitRejected,
    Forbidden,
    IdempotencyKeyReused,
    Overloaded,
    Refusal,
    Unauthenticated,
    Unavailable,
)
from chalicelib.kernel.facts import Fact

from . import clients, world
from .caller import Caller
from .deadline import NO_RESPONSE, TRANSIENT, UNSURE, Deadline, code_of, retrying
from .journal import LARGEST, Journal, digest, lifetime, pack_facts
from .standing import Standing
from .table import ALL_OLD, Step, Table, delete, every_raw, insert, key_of

MOST_STEPS = 100  # DynamoDB's limit of actions in one transaction
DROPPED_AT_ONCE = 80  # rows
HTTP_SECONDS = 8.0

T = TypeVar("T")


class AlreadyCommitted(Exception):
    """This was said before: the stored reply (JSON text, or None) of the commit under the same key, or a `view` of what it
    made as that stands now."""

    def __init__(self, reply: str | None = None, *, view: Any = None) -> None:
        self.reply = reply if view is None else written(view)
        self.view = view
        super().__init__("done before")


class Work:
    """One business step in the making. A door gives one to a use case; see design: read, decide, describe, commit."""

    def __init__(
        self,
        caller: Caller,
        scope: str,
        *,
        key: str | None = None,
        fingerprint: str | None = None,
        seconds: float = HTTP_SECONDS,
        consumer: bool = False,
    ) -> None:
        self.caller = caller
        self.scope = scope
        self.now: datetime = world.now()
        self.id = world.new_id("J")
        self.fingerprint = fingerprint
        self.deadline = Deadline(seconds)
        self.consumer = consumer
        self.key: str | None = None
        self.reused = IdempotencyKeyReused()
        self.standing: Standing | None = None
        self.checked = False
        self.sent = False
        self.look = 0  # how many were given up before it: who goes by what is remembered reads anew from 1 on
        self._steps: list[Step] = []
        self._facts: list[tuple[Fact, datetime | None]] = []
        if key is not None:
            self.with_key(key)

    def with_key(self, key: str, *, fingerprint: Any = None, reused: IdempotencyKeyReused | None = None) -> Work:
        """Remember this work under a key of its caller and route; `fingerprint` replaces the fingerprint of what was asked,
        `reused` what another request under this key is refused with."""
        self.key = digest(self.scope, self.caller.id, key)
        if fingerprint is not None:
            self.fingerprint = str(fingerprint)
        self.reused = reused or self.reused
        return self

    def new_id(self, prefix: str) -> str:
        """A fresh id with this prefix letter."""
        return world.new_id(prefix)

    def add(self, *steps: Step) -> None:
        """Add lines to the transaction."""
        self._open()
        self._steps.extend(steps)

    def publish(self, fact: Fact, at: datetime | None = None) -> None:
        """Tell the world of a fact when this work is committed, now or at a later instant."""
        self._open()
        self._facts.append((fact, at))

    @property
    def pending(self) -> bool:
        """Whether there is something to commit: steps or facts that were not sent, and are not given up for a fresh work."""
        return bool(self._steps or self._facts) and not self.sent

    def demand(self) -> None:
        """Commit only while the session behind the caller's token stands; a worker has none, and needs none."""
        self.checked = True

    def retry(self) -> Work:
        """A fresh work of the same caller under the same key, for another try with other steps; this one is given up."""
        self.sent = True
        other = Work(self.caller, self.scope, seconds=self.deadline.seconds, consumer=self.consumer)
        other.key, other.fingerprint, other.now, other.deadline = self.key, self.fingerprint, self.now, self.deadline
        other.reused = self.reused
        other.standing, other.checked, other.look = self.standing, self.checked, self.look + 1
        return other

    def separate(self, seconds: float | None = None) -> Work:
        """A fresh work of the same caller without a key: what it commits stands by itself, whatever becomes of this one."""
        return Work(self.caller, self.scope, seconds=seconds or self.deadline.seconds)

    def attempts(self, most: int, use_case: Callable[[Work], T], *raced: type[Refusal]) -> T:
        """Perform and commit a use case that looks before it writes, up to `most` times: while all that refuses it is of
        `raced`, somebody was faster, and it looks again with a fresh work."""
        work = self
        for left in range(most - 1, -1, -1):
            try:
                return work.settled(use_case(work))
            except CommitRejected as refused:
                if not left or not refused.only(*raced):
                    raise
                work = work.retry()
        raise ValueError("no attempt at all")

    def settled(self, reply: T) -> T:
        """Commit what is pending, if anything is. Returns `reply`."""
        return self.commit(reply) if self.pending else reply

    def commit(self, reply: T = None) -> T:  # type: ignore[assignment]  # a commit without a reply answers None
        """All or nothing, once. Returns `reply`.

        A session that has ended is refused whatever else there is to say, also what was said before. Raises AlreadyCommitted
        when the same was committed before under this key, IdempotencyKeyReused when something else was, CommitRejected with
        the refusal of every failed step, Overloaded when the trouble did not pass in time (nothing is known to be written;
        asking again with the same key is safe). A work is sent once; what goes on after a refusal takes a fresh one.
        """
        self._open()
        journalled = bool(self.key or self._facts)
        steps = [*self._steps, self._journal(reply)] if journalled else list(self._steps)
        if not steps:
            return reply
        self.sent = True
        standing = self.standing if self.checked else None
        if standing is not None and not standing.shown:
            steps = standing.within(steps)
        self._inspect(steps)
        reasons, uncertain = transact(steps, self.id, self.deadline)
        if not reasons:
            self._stood()
            return reply
        if journalled and self._is_ours(reasons[-1]):
            return reply
        if uncertain and not journalled:
            raise Overloaded()  # the answer was lost, and the refusal may be of our own earlier success
        ours = len(steps) - journalled
        refusals = list(_meanings(steps[:ours], reasons[:ours]))
        if standing is not None and standing.ended in refusals:
            raise standing.ended
        self._stood()
        if journalled:
            self._recognise(reasons[-1])
        raise CommitRejected(refusals)

    def write_now(self, step: Step) -> Any:
        """Write one pure SET that may be repeated, at one write unit and without a journal row; answers the new item.

        Only for an update whose second run changes nothing, such as a cart line's quantity. Raises CommitRejected.
        """
        answer = self._alone(clients.client("dynamodb").update_item, step, ReturnValues="ALL_NEW")
        return step.model.from_raw_data(answer["Attributes"])

    def put_now(self, step: Step) -> None:
        """Put one whole item that may be put again, as `write_now`."""
        self._alone(clients.client("dynamodb").put_item, step)

    def drop_now(self, step: Step) -> None:
        """Delete one item that may be gone already, as `write_now`."""
        self._alone(clients.client("dynamodb").delete_item, step)

    def drop_all(self, model: type[Table], owner: str) -> None:
        """Leave nothing under a hash key, in stretches that each stand by themselves; what dies between two is done again."""
        kept = next(one.attr_name for one in model.get_attributes().values() if one.is_range_key)
        rows = [item[kept]["S"] for item in every_raw(model, owner, consistent=True)]
        for first in range(0, len(rows), DROPPED_AT_ONCE):
            apart = self.separate()
            apart.add(*(delete(model, owner, row) for row in rows[first : first + DROPPED_AT_ONCE]))
            apart.commit()

    def _alone(self, call: Callable[..., Any], step: Step, **more: str) -> Any:
        request = {k: v for k, v in step.request.items() if k != "ReturnValuesOnConditionCheckFailure"}
        request |= {**more, "ReturnValuesOnConditionCheckFailure": ALL_OLD}
        try:
            return retrying(call, self.deadline, **request)
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            reason = {"Code": "ConditionalCheckFailed", "Item": error.response.get("Item")}
            raise CommitRejected(_meanings([step], [reason])) from None

    def raise_if_committed(self) -> str | None:
        """The one look back, on refusals only: was this committed before? Raises AlreadyCommitted or
        IdempotencyKeyReused, else returns None.

        Read transactionally: a plain read may fall between the item commits of a twin.
        """
        if self.key is None:
            return None
        get = {"Get": {"TableName": Journal.Meta.table_name, "Key": key_of(Journal, self.key)}}
        call = clients.client("dynamodb").transact_get_items
        while True:
            try:
                answer = retrying(call, self.deadline, TransactItems=[get])
                break
            except ClientError as error:
                if not _only_passing(error):
                    raise
                self.deadline.wait()
        item = answer["Responses"][0].get("Item")
        if item and not self._is_ours(told := {"Code": "ConditionalCheckFailed", "Item": item}):
            self._recognise(told)
        return None

    def _open(self) -> None:
        if self.sent:
            raise ValueError("a work is sent once: go on with `retry` or `separate`")

    def _journal(self, reply: Any) -> Step:
        row = Journal(
            self.key or f".{self.id}",
            id=self.id,
            actor=self.caller.id,
            at=millis(self.now),
            expires=lifetime(self.now, consumer=self.consumer),
        )
        row.fingerprint = self.fingerprint if self.key else None  # it serves to compare replays, and nothing else
        row.reply = written(reply) if self.key else None
        row.facts = pack_facts(self._facts) if self._facts else None
        if len(row.reply or "") + len(row.facts or "") > LARGEST:
            raise ValueError("a reply and its facts must stay below 48 KB: they hold ids, not contents")
        return insert(row)

    def _stood(self) -> None:
        if self.checked and self.standing is not None:
            self.standing.shown = True

    def _is_ours(self, reason: dict[str, Any]) -> bool:
        """Whether the journal row that stood already is ours: an answer was lost."""
        failed = reason.get("Code") == "ConditionalCheckFailed"
        return failed and Journal.from_raw_data(reason["Item"]).id == self.id

    def _recognise(self, reason: dict[str, Any]) -> None:
        """Raises AlreadyCommitted when the journal row that stood already is a twin's, IdempotencyKeyReused when it is another
        request's."""
        if reason.get("Code") != "ConditionalCheckFailed":
            return
        row = Journal.from_raw_data(reason["Item"])
        if row.fingerprint != self.fingerprint:
            raise self.reused
        raise AlreadyCommitted(row.reply)

    def _inspect(self, steps: Sequence[Step]) -> None:
        if len(steps) > MOST_STEPS:
            raise ValueError(f"{len(steps)} steps: a transaction takes {MOST_STEPS}")
        seen: dict[tuple[str, str], Step] = {}
        for step in steps:
            twin = seen.setdefault(step.target, step)
            if twin is not step:
                raise ValueError(f"two steps on one item: {twin.verb} and {step.verb} of {step.target}")


def written(reply: Any) -> str | None:
    """A reply as the JSON text that is stored and answered."""
    if reply is None:
        return None
    if hasattr(reply, "model_dump_json"):
        return str(reply.model_dump_json())
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":"))


def transact(steps: Sequence[Step], token: str, deadline: Deadline) -> tuple[list[dict[str, Any]], bool]:
    """Send the steps as one transaction. Returns ([], …) when committed, else (the reasons in our order, …).

    The second value says whether an answer was lost on the way. A conflict is waited out even when another condition
    failed too, since the conflicting item may be our own twin.
    """
    items = [{step.verb: step.request} for step in steps]
    uncertain = False
    while True:
        try:
            clients.client("dynamodb").transact_write_items(TransactItems=items, ClientRequestToken=token)
            return [], uncertain
        except NO_RESPONSE:
            uncertain = True
        except ClientError as error:
            reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])
            codes = {reason.get("Code", "None") for reason in reasons}
            cancelled = reasons and code_of(error) == "TransactionCanceledException"
            if cancelled and codes <= {"None", "ConditionalCheckFailed"}:
                return reasons, uncertain
            unsure = code_of(error) in UNSURE
            if not (unsure or codes & TRANSIENT or code_of(error) in TRANSIENT):
                raise
            uncertain = uncertain or unsure
        deadline.wait()


def _only_passing(error: ClientError) -> bool:
    return bool({r.get("Code") for r in error.response.get("CancellationReasons", [])} & TRANSIENT)


def _meanings(steps: Sequence[Step], reasons: Sequence[dict[str, Any]]) -> list[Refusal]:
    found: list[Refusal] = []
    for step, reason in zip(steps, reasons, strict=True):
        if reason.get("Code") != "ConditionalCheckFailed":
            continue
        if step.otherwise is None:
            raise ValueError(f"{step.verb} of {step.target} failed its condition, and nobody said what that means")
        if isinstance(step.otherwise, Refusal):
            found.append(step.otherwise)
        else:
            item = reason.get("Item")
            found.append(step.otherwise(step.model.from_raw_data(item) if item else None))
    return found


class Replay:
    """What `perform` answers when this was done before: the reply as JSON text, or None, and the view it was made of."""

    def __init__(self, reply: str | None, view: Any = None) -> None:
        self.reply = reply
        self.view = view


def perform(work: Work, use_case: Callable[..., T], /, *args: Any, **kwargs: Any) -> T | Replay:
    """Run a use case as every door does, and commit what it added: what was said before is answered again, also when it
    would be refused now.

    401, 403 and 503 never look back.
    """

    def committed() -> T:
        return work.settled(use_case(*args, **kwargs))

    return _looking_back(work, Unauthenticated | Forbidden | Unavailable | IdempotencyKeyReused, committed)


def resume(work: Work, use_case: Callable[..., T], /, *args: Any) -> T | Replay:
    """Run the first part of a use case that goes on after its commit: what was committed before stands, whatever it would
    be refused with now, and the rest goes on from there, without a key: what refuses it is not covered by what stands."""
    try:
        return _looking_back(work, IdempotencyKeyReused, use_case, *args)
    finally:
        work.key = None


def _looking_back(work: Work, blind: Any, use_case: Callable[..., T], /, *args: Any) -> T | Replay:
    try:
        return use_case(*args)
    except AlreadyCommitted as done:
        return Replay(done.reply, done.view)
    except (Refusal, CommitRejected) as refusal:
        if isinstance(refusal, blind):
            raise
        try:
            work.raise_if_committed()
        except AlreadyCommitted as done:
            return Replay(done.reply)
        raise
