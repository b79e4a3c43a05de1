"""Bugs of accounts and sessions."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "exports-short", "S36", "service.exporting._assemble",
        "range(1, pieces + 1)",
        "range(2, pieces + 1)",
        "the newest page of orders is not in the export", "exports.taken",
    ),
    seeded(
        "identity-session-unasked", "S38", "work.Work.commit",
        "steps = standing.within(steps)",
        "pass",
        "what is sent does not carry the demand on the session", "identity.session",
    ),
    seeded(
        "identity-session-not-there", "S38", "service.standing._demands",
        "Session.ends_at > at",
        "Session.ends_at.does_not_exist() | (Session.ends_at > at)",
        "a session that was signed out of counts as one that stands", "identity.session",
    ),
    seeded(
        "identity-version-unasked", "S38", "service.standing._demands",
        "(Account.state == 'active') & goes_on",
        "Account.state == 'active'",
        "signing out everywhere leaves the other sessions' tokens alive", "identity.session",
    ),
    seeded(
        "identity-gate-miscounts", "S17", "steps.gates.put_gate",
        "update(Lockout, key, actions=[Lockout.failures.set(after.failures), "
            "Lockout.closed_until.set(after.closed_until), Lockout.forgotten_at.set(after.forgotten_at), "
            "Lockout.expires.set(after.forgotten_at + DAY)], when=_unchanged(held), "
            "otherwise=LoginLocked(seconds=1))",
        "update(Lockout, key, actions=[Lockout.failures.set(after.failures), "
            "Lockout.closed_until.set(after.closed_until), Lockout.forgotten_at.set(after.forgotten_at), "
            "Lockout.expires.set(after.forgotten_at + DAY)])",
        "of attempts at one moment only one is counted", "identity.gate",
    ),
    seeded(
        "identity-stranger-spoils", "S16", "steps.codes.count_own_try",
        "lives & (Code.asker == asker)",
        "lives",
        "a stranger's wrong codes use up the tries of who asked", "identity.code",
    ),
    seeded(
        "identity-purposes-one-row", "S16", "verification_codes._key",
        'f"code|{to.channel}|{to.blind}|{(ENTERING if purpose in (\'register\', \'login\') else purpose)}"',
        "f'code|{to.channel}|{to.blind}|'",
        "a code for something else takes the place of a pending one", "identity.code",
    ),
    seeded(
        "identity-register-tells", "S16", "signing_in._register_unproven.register_beside",
        "located if held is not None else by",
        "by",
        "whoever registers with an address learns that somebody has it", "identity.said",
    ),
    seeded(
        "identity-squatter-stays-in", "S16", "accounts.take_over",
        "{one.kind: None, 'identifiers': left, 'unproven': None, 'version': squatter.version + 1}",
        "{one.kind: None, 'identifiers': left, 'unproven': None}",
        "who registered with another's address keeps the sessions when its owner comes", "identity.squatted",
    ),
    seeded(
        "identity-squatter-keeps-address", "S16", "accounts.take_over",
        "{one.kind: None, 'identifiers': left, 'unproven': None, 'version': squatter.version + 1}",
        "{'identifiers': left, 'unproven': None, 'version': squatter.version + 1}",
        "the squatter's account still holds the address", "identity.squatted",
    ),
    seeded(
        "identity-former-key-lost", "S38", "key_rotation.rotate",
        "{'key': key, 'former': row.key, 'renewed': number, **anew}",
        "{'key': key, 'renewed': number, **anew}",
        "the former key goes before what it sealed is sealed anew", "identity.rekeyed",
    ),
    seeded(
        "identity-former-key-early", "S38", "resealing.reseal",
        "last is not None",
        "last is not None and fact.after",
        "the former key goes after the first stretch", "identity.rekeyed",
    ),
    seeded(
        "identity-remarks-left", "S38", "resealing.reseal",
        "addresses.reseal(account, fact.after, most, work) or ORDERS",
        "addresses.reseal(account, fact.after, most, work)",
        "the former key goes while remarks are still sealed under it", "identity.rekeyed",
    ),
    seeded(
        "identity-key-while-changing", "S38", "key_rotation.rotate",
        "row.former is None",
        "True",
        "a third key is made while the first is still in use", "identity.rekeyed",
    ),
    seeded(
        "identity-write-under-old-key", "S38", "addresses._write",
        "work.add(steps.put_address(row), steps.require_key(account))",
        "work.add(steps.put_address(row))",
        "an address is written under a key that goes", "identity.rekeyed at once",
    ),
    seeded(
        "identity-looked-once-more", "S38", "steps.gates.count",
        "Count.number < most",
        "Count.number <= most",
        "a member of staff looks at one more than the day's share", "identity.disclosed",
    ),
    seeded(
        "identity-looking-uncounted", "S38", "disclosures.tell",
        "work.add",
        "str",
        "looking at people's data is told, but not counted", "identity.disclosed",
    ),
    seeded(
        "door-unkeyed", "F03", "endpoint._serve",
        "work.with_key(key)",
        "pass",
        "a request sent again under its key is done again", "door.",
    ),
    seeded(
        "proposal-decided-twice", "S38", "proposals.steps.move",
        "table.transition(Proposal, name, PROPOSAL, action, Proposal.waits.remove(), *decided)",
        "table.update(Proposal, name, actions=[Proposal.state.set(PROPOSAL.target(action)), Proposal.waits.remove(), *decided])",
        "of two who decide at once both do, and it is done twice", "door.desk",
    ),
]  # fmt: skip
