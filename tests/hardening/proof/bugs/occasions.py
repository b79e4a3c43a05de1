"""Bugs of what else sets journeys off: somebody is told twice, too early, or of what is not there any more."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "occasions-cart-by-the-clock",
        "F29",
        "campaigns.service.carts.look",
        "str(millis(filled))",
        "str(millis(work.now))",
        "each look at one cart is an occasion of its own",
        "occasions.left",
    ),
    seeded(
        "occasions-cart-never-awaited",
        "F29",
        "storefront.service.filling.put_item",
        "size.roused",
        "False",
        "nobody looks whether a cart was left",
        "occasions.left",
    ),
    seeded(
        "occasions-cart-emptied-unheard",
        "F29",
        "campaigns.conditions.cart_empty",
        "not cart_waits(case, wanted)",
        "False",
        "a reminder of what was taken out",
        "occasions.emptied",
    ),
    seeded(
        "occasions-task-apart",
        "F29",
        "campaigns.service.walking._until_message",
        "_go_on(row, until, _act(row, step, own), own)",
        "_go_on(row, until, _act(row, step, work), own)",
        "what the staff are to do is not in the transaction that goes on",
        "occasions.asked",
    ),
    seeded(
        "occasions-birthday-by-the-clock",
        "F29",
        "campaigns.service.birthdays.look",
        "str(day.year)",
        "str(work.now)",
        "each look at one birthday is an occasion of its own",
        "occasions.born",
    ),
    seeded(
        "occasions-birthday-at-once",
        "F29",
        "identity.accounts.service.birthdays.Celebrant.next_day",
        "max(first, settled)",
        "first",
        "whoever says that their birthday is tomorrow is given something",
        "occasions.born tomorrow",
    ),
    seeded(
        "occasions-birthday-anew",
        "F29",
        "identity.self.service.profile._born",
        "work.now < row.birthday_at + BIRTHDAY_STANDS",
        "False",
        "a birthday is whatever its owner says today",
        "occasions.born",
    ),
]
