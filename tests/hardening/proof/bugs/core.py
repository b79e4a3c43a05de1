"""Bugs of the core: Work, the journal, patience, the relay, the sweep, the worker."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "core-print-unchecked", "F03", "work.Work._recognise",
        "row.fingerprint != self.fingerprint",
        "False",
        "the same key for another request answers the first one's reply", "core.work",
    ),
    seeded(
        "core-no-look-back", "F05", "work._looking_back",
        "work.raise_if_committed()",
        "pass",
        "a replay whose precondition is gone by now is refused", "core.work",
    ),
    seeded(
        "core-conflict-is-refusal", "F34", "work.transact",
        "codes <= {'None', 'ConditionalCheckFailed'}",
        "codes",
        "a conflict with another transaction ends the patience", "core.work",
    ),
    seeded(
        "core-lost-is-fatal", "F34", "work.transact",
        "uncertain = True",
        "raise CommitRejected([]) from None",
        "a lost answer becomes a refusal", "core.work",
    ),
    seeded(
        "core-journal-overwrites", "F03", "table.insert",
        "hash_attribute(type(item)).does_not_exist()",
        "None",
        "put-if-absent without its condition", "core.work",
    ),
    seeded(
        "core-key-without-caller-scope", "F30", "workers.Consumer._handle",
        "f'{self.name}.{handler.__name__}'",
        "self.name",
        "two handlers of one fact share a journal key", "core.told",
    ),
    seeded(
        "core-consumer-unkeyed", "F30", "workers.Consumer._handle",
        "work.with_key(key)",
        "pass",
        "a message delivered twice counts twice", "core.told",
    ),
    seeded(
        "core-worker-swallows", "F31", "workers.Consumer.__call__.one",
        "raise",
        "",
        "a failed message is taken as handled", "core.told",
    ),
    seeded(
        "core-relay-forgets-later", "F40", "relay.relay",
        "for entry, at in later:\n"
            "    file(entry, at)",
        "",
        "facts for later are never filed", "core.",
    ),
    seeded(
        "core-relay-swallows", "F40", "relay.from_stream",
        "return {'batchItemFailures': [{'itemIdentifier': record['dynamodb']['SequenceNumber']}]}",
        "continue",
        "a record that the relay could not pass on is taken as done", "core.told",
    ),
    seeded(
        "core-failed-entries-dropped", "F35", "relay.publish",
        "left.append(entry)",
        "pass",
        "entries that the bus handed back are dropped", "core.told",
    ),
    seeded(
        "core-event-id-from-time", "F32", "relay.entries",
        "f'{row.id}.{n}'",
        "f'{row.id}.{world.new_id(str(n))}'",
        "a fact published twice carries two ids", "core.",
    ),
    seeded(
        "core-sweep-deletes-first", "F38", "relay._sweep_slot",
        "publish([json.loads(row.entry) for row in ready])\n"
            "for row in ready:\n"
            "    retrying(db.delete_item, TableName=Due.Meta.table_name, Key=key_of(Due, row.slot, row.event))",
        "for row in ready:\n"
            "    retrying(db.delete_item, TableName=Due.Meta.table_name, Key=key_of(Due, row.slot, row.event))\n"
            "publish([json.loads(row.entry) for row in ready])",
        "a sweep that dies between deleting and publishing loses a fact", "core.told",
    ),
    seeded(
        "core-cursor-to-now", "F38", "relay.sweep",
        "timedelta(minutes=settings.number(LAG))",
        "0 * timedelta(minutes=settings.number(LAG))",
        "the sweep's cursor runs ahead of what may still be filed", "core.ticks",
    ),
    seeded(
        "core-more-than-ten-lost", "F35", "relay.publish",
        "left + waiting[ENTRIES:]",
        "left or waiting[ENTRIES:]",
        "when the bus hands one of more than ten facts back, those behind it are lost", "core.many",
    ),
]  # fmt: skip
