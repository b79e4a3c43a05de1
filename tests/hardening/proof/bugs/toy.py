"""Bugs of the toy: the harness must know its trade before it judges the shop."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "toy-pay-any-state", "F13", "toy.Sound.pay",
        "change(f'o#{order}', 'SET st = :p', 'st = :w', p='PAID', w='PENDING')",
        "change(f'o#{order}', 'SET st = :p', '', p='PAID')",
        "pays whatever state the order has reached meanwhile", "toy.",
    ),
    seeded(
        "toy-cancel-any-state", "F13", "toy.Sound.cancel",
        "change(f'o#{order}', 'SET st = :c', 'st = :w', c='CANCELLED', w='PENDING')",
        "change(f'o#{order}', 'SET st = :c', '', c='CANCELLED')",
        "cancels an order that was paid meanwhile", "toy.",
    ),
    seeded(
        "toy-oversell", "F04", "toy.Sound.place",
        "change('stock', 'ADD avail :m', 'avail >= :q', m=-quantity, q=quantity)",
        "change('stock', 'ADD avail :m', '', m=-quantity)",
        "takes what is not there", "toy.",
    ),
    seeded(
        "toy-overwrite", "F03", "toy.put",
        "{'TableName': TABLE, 'Item': item, 'ConditionExpression': 'attribute_not_exists(pk)'}",
        "{'TableName': TABLE, 'Item': item}",
        "a second delivery writes over the first", "toy.",
    ),
    seeded(
        "toy-forget-stock", "F24", "toy.Sound.cancel",
        "commit(f'cancel-{order}', change(f'o#{order}', 'SET st = :c', 'st = :w', c='CANCELLED', "
            "w='PENDING'), change('stock', 'ADD avail :q', 'attribute_exists(pk)', q=int(found['q'])))",
        "commit(f'cancel-{order}', change(f'o#{order}', 'SET st = :c', 'st = :w', c='CANCELLED', "
            "w='PENDING'))",
        "a cancelled order keeps its stock", "toy.",
    ),
    seeded(
        "toy-believes-the-race", "F13", "toy.Sound.pay",
        "if commit(f'pay-{txn}', paying, put(f'pay#{txn}', o=order)):\n"
            "    return 'taken'",
        "commit(f'pay-{txn}', paying, put(f'pay#{txn}', o=order))\n"
            "return 'taken'",
        "takes a lost race for a settled payment", "toy.",
    ),
    seeded(
        "toy-keep-late-money", "F12", "toy.Sound.pay",
        "if commit(f'refund-{txn}', put(f'refund#{txn}', o=order)):\n"
            "    return 'taken'",
        "return 'taken'",
        "late money is neither kept nor given back", "toy.",
    ),
    seeded(
        "toy-conflict-is-sold-out", "F34", "toy.commit",
        "reasons & PASSING or error.response['Error']['Code'] == 'TransactionInProgressException'",
        "error.response['Error']['Code'] == 'TransactionInProgressException'",
        "a passing conflict is told as sold out", "toy.",
    ),
]  # fmt: skip
