"""Bugs of the core: Work, the journal, patience, the relay, the sweep, the worker."""

from tests.proof.mutants import Bug

WORK, RELAY, DOORS = "chalicelib/runtime/work.py", "chalicelib/runtime/relay.py", "chalicelib/runtime/doors.py"
PATIENCE, JOURNAL, TABLE = (
    "chalicelib/runtime/patience.py",
    "chalicelib/runtime/journal.py",
    "chalicelib/runtime/table.py",
)


def _bug(name: str, row: str, file: str, old: str, new: str, why: str, *aim: str) -> Bug:
    return Bug(f"core-{name}", row, file, old, new, why, aim or ("core.",))


BUGS = [
    _bug(
        "print-unchecked", "F03", WORK, "if row.print != self.print:", "if False:",
        "the same key for another request answers the first one's reply", "core.work",
    ),
    _bug(
        "no-look-back", "F05", WORK, "        try:\n            work.earlier()\n", "        try:\n            pass\n",
        "a replay whose precondition is gone by now is refused", "core.work",
    ),
    _bug(
        "conflict-is-refusal", "F34", WORK, 'codes <= {"None", "ConditionalCheckFailed"}', "codes",
        "a conflict with another transaction ends the patience", "core.work",
    ),
    _bug(
        "lost-is-fatal", "F34", WORK, "        except LOST:\n            uncertain = True\n",
        "        except LOST:\n            raise Refused([]) from None\n", "a lost answer becomes a refusal", "core.work",
    ),
    _bug(
        "journal-overwrites", "F03", TABLE, "return put(item, hash_attribute(type(item)).does_not_exist(), otherwise)",
        "return put(item, None, otherwise)", "put-if-absent without its condition", "core.work",
    ),
    _bug(
        "key-without-caller-scope", "F30", DOORS, 'name = f"{self.name}.{subscription.handler.__name__}"',
        "name = self.name", "two handlers of one fact share a journal key", "core.told",
    ),
    _bug(
        "consumer-unkeyed", "F30", DOORS, "                work.keyed(told.id)\n", "                pass\n",
        "a message delivered twice counts twice", "core.told",
    ),
    _bug(
        "worker-swallows", "F31", DOORS,
        'causes=list(observe.causes(error)))\n                raise\n', 'causes=list(observe.causes(error)))\n',
        "a failed message is taken as handled", "core.told",
    ),
    _bug(
        "relay-forgets-later", "F40", RELAY, "        for entry, at in later:\n            file(entry, at)\n", "",
        "facts for later are never filed",
    ),
    _bug(
        "relay-swallows", "F40", RELAY,
        'return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}', "continue",
        "a record that the relay could not pass on is taken as done", "core.told",
    ),
    _bug(
        "failed-entries-dropped", "F35", RELAY, "            if code in TRANSIENT:\n                left.append(entry)\n",
        "            if code in TRANSIENT:\n                pass\n", "entries that the bus handed back are dropped", "core.told",
    ),
    _bug(
        "event-id-from-time", "F32", RELAY, '"id": f"{row.id}.{n}"', '"id": f"{row.id}.{world.new_id(str(n))}"',
        "a fact published twice carries two ids",
    ),
    _bug(
        "sweep-deletes-first", "F38", RELAY,
        '        publish([json.loads(row.entry or "{}") for row in ready])\n        for row in ready:\n'
        "            patiently(db.delete_item, TableName=Due.Meta.table_name, Key=key_of(Due, row.slot, row.event))\n",
        "        for row in ready:\n"
        "            patiently(db.delete_item, TableName=Due.Meta.table_name, Key=key_of(Due, row.slot, row.event))\n"
        '        publish([json.loads(row.entry or "{}") for row in ready])\n',
        "a sweep that dies between deleting and publishing loses a fact", "core.told",
    ),
    _bug(
        "cursor-to-now", "F38", RELAY, "safe = (now - timedelta(", "safe = (now - 0 * timedelta(",
        "the sweep's cursor runs ahead of what may still be filed", "core.ticks",
    ),
]  # fmt: skip
