"""The relay: the journal's stream to the bus, facts for later to `due`, and the sweep that delivers them in time.

Guarantees: every committed fact is published at least once under the same event id; one fact that the bus refuses for
good, or that nobody can read, is parked whole and blocks nobody; the sweep takes all that is overdue, however late it runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module
from math import ceil
from typing import Any, NamedTuple

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.facts import FACTS, Fact

from . import clients, observe, settings, world
from .deadline import Deadline, retrying
from .journal import Due, Journal, digest
from .table import key_of, pages, raw

BUS = settings.declare("EVENT_BUS", "jishi-local", "the name of the shop's event bus")
PARKED = settings.declare("PARKED_QUEUE_URL", "", "the queue of facts that the bus refused for good")
SHARDS = settings.declare(
    "DUE_SHARDS",
    "4",
    "shards of a minute's due facts; never lower it while facts are filed: those of higher shards would wait for ever",
)
LAG = settings.declare("DUE_LAG_MINUTES", "5", "minutes that the sweep looks back; above the relay's time-out")
WALK = settings.declare("SWEEP_SECONDS", "20", "seconds that one sweep takes at most; what is left is swept next time")
STRETCH = settings.declare(
    "RESEND_ROWS", "100000", "rows of the journal that one stretch of resending reads: some 4,000 read units"
)

STOREYS = ("records", "processes")  # where contexts are, and with them the facts they declare
ENTRIES = 10  # PutEvents takes ten entries
TRANSIENT = frozenset({"ThrottlingException", "InternalFailure", "InternalException", "ServiceUnavailable"})
CURSOR = "cursor"
FIRST_LOOK = timedelta(hours=2)  # how far the very first sweep looks back
STRIDE = timedelta(minutes=30)
SCANNED = 1_000  # rows of the journal in one call


def entries(row: Journal) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], int]]]:
    """The bus entries of a journal row: those for now, and those for later with their instant (epoch ms)."""
    now, later = [], []
    for n, (wire, version, context, data, at) in enumerate(json.loads(row.facts or "[]")):
        detail = {"id": f"{row.id}.{n}", "at": row.at, "actor": row.actor, "version": version, "data": data}
        kind = declared(wire, context)
        detail |= kind.marks(data) if kind is not None else {}
        entry = {"Source": f"jishi.{context}", "DetailType": wire, "Detail": json.dumps(detail, ensure_ascii=False)}
        if at is None:
            now.append(entry)
        else:
            later.append((entry, int(at)))
    return now, later


def declared(wire: str, context: str) -> type[Fact] | None:
    """The class of a fact, which says whether it is audited; None of one that is declared no more.

    The relay's process has imported no context: the `events` of the one that tells are looked up by its name, so that a
    row of the journal need not repeat what its facts' classes say.
    """
    for storey in STOREYS:
        if wire in FACTS:
            break
        module = f"chalicelib.{storey}.{context}.events"
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            if not module.startswith(str(error.name)):
                raise
    return FACTS.get(wire)


def relay(rows: Iterable[Journal]) -> None:
    """Publish the facts of these rows and file those for later. Raises while the bus or the table does not take them."""
    waiting = []
    for row in rows:
        now, later = entries(row)
        for entry, at in later:
            file(entry, at)
        waiting += now
    publish(waiting)


def publish(waiting: list[dict[str, Any]]) -> None:
    """Put entries on the bus, reading each entry's own answer; what is refused for good is parked."""
    bus, deadline = settings.value(BUS), Deadline(10.0)
    while waiting:
        batch = [{**entry, "EventBusName": bus} for entry in waiting[:ENTRIES]]
        answer = retrying(clients.client("events").put_events, deadline, Entries=batch)
        left = []
        for entry, told in zip(waiting[:ENTRIES], answer["Entries"], strict=True):
            code = told.get("ErrorCode")
            if code in TRANSIENT:
                left.append(entry)
            elif code:
                park(entry, code)
        if left:
            deadline.wait()
        waiting = left + waiting[ENTRIES:]


def park(entry: dict[str, Any], code: str) -> None:
    """Keep a fact that the bus will never take, whole, where an alarm watches."""
    observe.count("FactParked")
    body = json.dumps({"entry": entry, "code": code}, ensure_ascii=False, default=str)
    retrying(clients.client("sqs").send_message, QueueUrl=settings.value(PARKED), MessageBody=body)


def file(entry: dict[str, Any], at: int) -> None:
    """File a fact for later; filing it twice is the same. An instant already past goes into the present minute."""
    event = json.loads(entry["Detail"])["id"]
    minute = max(instant(at), world.now())
    shard = int(digest(event)[:8], 16) % settings.number(SHARDS)
    row = Due(slot_of(minute, shard), event, at=at, entry=json.dumps(entry, ensure_ascii=False))
    retrying(clients.client("dynamodb").put_item, TableName=Due.Meta.table_name, Item=row.serialize())


def slot_of(minute: datetime, shard: int) -> str:
    """The hash key of a minute and shard."""
    return f"{minute:%Y%m%d%H%M}#{shard}"


def sweep() -> int:
    """Publish every fact whose time has come; answers how many. Running twice, late or beside itself is harmless.

    The cursor stays DUE_LAG_MINUTES behind, so that a row filed while its minute was being swept is found next time. A
    long backlog is worked off in strides that are kept, so that a sweep cut off half-way has not run for nothing; after
    SWEEP_SECONDS it leaves the rest to the next one.
    """
    deadline = Deadline(settings.number(WALK))
    db, now = clients.client("dynamodb"), world.now()
    found = retrying(db.get_item, TableName=Due.Meta.table_name, Key=key_of(Due, CURSOR, CURSOR), ConsistentRead=True)
    safe = (now - timedelta(minutes=settings.number(LAG))).replace(second=0, microsecond=0)
    start = instant(int(found["Item"]["m"]["N"])) if "Item" in found else safe - FIRST_LOOK
    minute = kept = min(start, safe)
    if start > safe:
        _keep(db, safe)  # a clock ran ahead: the next sweep, however late, begins where this one did
    count = 0
    while minute <= now:
        for shard in range(settings.number(SHARDS)):
            count += _sweep_slot(db, slot_of(minute, shard), millis(now))
        minute += timedelta(minutes=1)
        over = minute <= safe and deadline.spent  # the last minutes are few, and nothing is kept of having swept them
        if minute <= safe and (minute - kept >= STRIDE or minute == safe or over):
            _keep(db, minute)
            kept = minute
        if over:
            break
    return count


def _keep(db: Any, minute: datetime) -> None:
    """Note that all before this minute was swept."""
    row = Due(CURSOR, CURSOR, swept=millis(minute))
    retrying(db.put_item, TableName=Due.Meta.table_name, Item=row.serialize())


def _sweep_slot(db: Any, slot: str, now: int) -> int:
    count = 0
    request = {
        "TableName": Due.Meta.table_name, "KeyConditionExpression": "b = :b", "ConsistentRead": True,
        "ExpressionAttributeValues": {":b": raw(slot)}, "Limit": 100,
    }  # fmt: skip
    for items in pages(db.query, **request):
        rows = [Due.from_raw_data(item) for item in items]
        ready = [row for row in rows if (row.at or 0) <= now and _sound(row)]
        publish([json.loads(row.entry) for row in ready])
        for row in ready:
            retrying(db.delete_item, TableName=Due.Meta.table_name, Key=key_of(Due, row.slot, row.event))
        count += len(ready)
    return count


def from_stream(event: dict[str, Any]) -> dict[str, Any]:
    """The Lambda handler's work on a batch of journal stream records; a failure answers the first record not done."""
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage")
        if record["eventName"] != "INSERT" or not image or "f" not in image:
            continue
        try:
            if not _readable(image):
                park(image, "Malformed")  # nothing would ever make it readable, and those behind it wait
                continue
            relay([Journal.from_raw_data(image)])
        except Exception as error:
            observe.logger().warning("relay stopped", causes=list(observe.causes(error)))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def _readable(image: dict[str, Any]) -> bool:
    """Whether a stored row's facts can be told at all."""
    try:
        entries(Journal.from_raw_data(image))
    except Exception:  # whatever it is made of, it is none of ours
        return False
    return True


def _sound(row: Due) -> bool:
    """Whether a filed fact can be told. One that cannot is parked and taken out, so that those after it are."""
    try:
        told = json.loads(row.entry)
        if told["Source"] and told["DetailType"] and json.loads(told["Detail"])["id"]:
            return True
    except (ValueError, KeyError, TypeError):
        observe.logger().warning("filed fact malformed", event_id=row.event)
    park({"slot": row.slot, "event": row.event, "entry": row.entry}, "Malformed")
    due = key_of(Due, row.slot, row.event)
    retrying(clients.client("dynamodb").delete_item, TableName=Due.Meta.table_name, Key=due)
    return False


class Stretch(NamedTuple):
    """How many commits of the wanted time a stretch of the journal held, and after which row the next one begins."""

    commits: int
    after: str | None


def resend(start: datetime, end: datetime, after: str | None = None) -> Stretch:
    """Publish again every fact committed in this time that the next stretch of the journal holds; consumers know what they
    have seen. Reaches back at most 30 days, since consumers remember 60.

    The journal is kept by key, so that the whole of it is read, whatever time is wanted; an index by time would be paid by
    every commit. Stretches of so many rows, or of so many seconds, go on where the one before stopped.
    """
    if world.now() - start > timedelta(days=30):
        raise ValueError("resending reaches back at most 30 days")
    looked, count, most, deadline = 0, 0, settings.number(STRETCH), Deadline(settings.number(WALK))
    request: dict[str, Any] = {
        "TableName": Journal.Meta.table_name,
        "FilterExpression": "attribute_exists(f) AND t BETWEEN :a AND :z",
        "ExpressionAttributeValues": {":a": raw(millis(start)), ":z": raw(millis(end))},
    }
    while looked < most and not deadline.spent:
        begin = {"ExclusiveStartKey": {"k": raw(after)}} if after else {}
        answer = retrying(clients.client("dynamodb").scan, **request, **begin, Limit=min(SCANNED, most - looked))
        found = [item for item in answer["Items"] if _readable(item)]  # the relay parked what is not
        relay([Journal.from_raw_data(item) for item in found])
        looked += answer["ScannedCount"]
        count += len(found)
        after = answer["LastEvaluatedKey"]["k"]["S"] if answer.get("LastEvaluatedKey") else None
        if after is None:
            break
    return Stretch(count, after)


def resend_all(start: datetime, end: datetime) -> int:
    """All stretches one after the other, where the journal is small; answers how many commits."""
    told = resend(start, end)
    count = told.commits
    while told.after is not None:
        told = resend(start, end, told.after)
        count += told.commits
    return count


def dearness() -> int:
    """About how many read units resending takes: half a unit for each 4 KB of the journal, as last counted (each 6 hours)."""
    found = retrying(clients.client("dynamodb").describe_table, TableName=Journal.Meta.table_name)["Table"]
    return ceil(int(found.get("TableSizeBytes", 0)) / 8192)
