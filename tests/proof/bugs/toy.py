"""Bugs of the toy: the harness must know its trade before it judges the shop."""

from tests.proof.mutants import Bug

FILE = "tests/proof/scenarios/toy.py"


def _bug(name: str, row: str, old: str, new: str, why: str) -> Bug:
    return Bug(f"toy-{name}", row, FILE, old, new, why, ["toy."])


BUGS = [
    _bug(
        "pay-any-state", "F13", 'paying = change(f"o#{order}", "SET st = :p", "st = :w", p="PAID", w="PENDING")',
        'paying = change(f"o#{order}", "SET st = :p", "", p="PAID")', "pays whatever state the order has reached meanwhile",
    ),
    _bug(
        "cancel-any-state", "F13", 'change(f"o#{order}", "SET st = :c", "st = :w", c="CANCELLED", w="PENDING")',
        'change(f"o#{order}", "SET st = :c", "", c="CANCELLED")', "cancels an order that was paid meanwhile",
    ),
    _bug(
        "oversell", "F04", '            change("stock", "ADD avail :m", "avail >= :q", m=-quantity, q=quantity),',
        '            change("stock", "ADD avail :m", "", m=-quantity),', "takes what is not there",
    ),
    _bug(
        "overwrite", "F03", '"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}',
        '"Item": item}}', "a second delivery writes over the first",
    ),
    _bug(
        "forget-stock", "F24",
        '                change("stock", "ADD avail :q", "attribute_exists(pk)", q=int(found["q"])),\n', "",
        "a cancelled order keeps its stock",
    ),
    _bug(
        "believes-the-race", "F13",
        '                if commit(f"pay-{txn}", paying, put(f"pay#{txn}", o=order)):\n                    return "taken"',
        '                commit(f"pay-{txn}", paying, put(f"pay#{txn}", o=order))\n                return "taken"',
        "takes a lost race for a settled payment",
    ),
    _bug(
        "keep-late-money", "F12", '            elif commit(f"refund-{txn}", put(f"refund#{txn}", o=order)):\n',
        "            else:\n", "late money is neither kept nor given back",
    ),
    _bug(
        "conflict-is-sold-out", "F34", "if reasons & PASSING or", "if", "a passing conflict is told as sold out",
    ),
]  # fmt: skip
