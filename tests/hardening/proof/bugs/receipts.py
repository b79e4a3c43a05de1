"""Bugs of receipts: a last word that is not the last, an address that is kept from twice, and strangers who are heard."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "receipts-latest-wins",
        "F04",
        "messages.receipts.rules.rises",
        "RANK[outcome] > RANK[before or '']",
        "True",
        "a message that bounced is delivered again when an old receipt comes late",
        "receipts.folded",
    ),
    seeded(
        "receipts-told-without-looking",
        "F04",
        "messages.receipts.steps.tell",
        "MessageClaim.owner.exists() & same",
        "MessageClaim.owner.exists()",
        "of two receipts at the same time the lesser one may write last",
        "receipts.raced",
    ),
    seeded(
        "receipts-folded-each-time",
        "F06",
        "messages.receipts.service.folding._folded",
        "work.separate().with_key(f'{channel}|{key}|{first}', fingerprint='')",
        "work.separate()",
        "each delivery of a fact counts the suppression of its address once more",
        "receipts.folded",
    ),
    seeded(
        "receipts-failed-by-any-name",
        "F06",
        "messages.receipts.service.folding.fold",
        "_folded(fact.channel, report, work, first=fact.turn == 1)",
        "_folded(fact.channel, report, work, first=True)",
        "a message whose number is noted late fails twice at its address",
        "receipts.numbered",
    ),
    seeded(
        "receipts-of-strangers",
        "I10",
        "messages.channels.receiving.known_by",
        "len(told) < LEAST_SECRET or not hmac.compare_digest(told.encode(), token.encode())",
        "len(told) < LEAST_SECRET",
        "whoever finds the door may say of any number that it wants no messages",
        "receipts.forged",
    ),
    seeded(
        "receipts-any-configuration-set",
        "I10",
        "messages.channels.ses.receipts.heard",
        "tags.get(OF_SET) != [contract(SECRET).get('configuration_set')]",
        "False",
        "what SES tells of somebody else's letters keeps the shop from an address",
        "receipts.of-others",
    ),
    seeded(
        "receipts-letters-by-the-delivery",
        "F06",
        "messages.receipts.service.hearing.letter",
        "sha256(str(event['id']).encode()).hexdigest()",
        "work.id * 2",
        "an event that comes again counts again",
        "receipts.letters",
    ),
]
