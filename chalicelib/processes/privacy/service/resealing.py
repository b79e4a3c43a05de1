"""What a person has sealed under a former data key is sealed anew, across all records; then that key goes.

Guarantees: addresses first, then what they said with their orders. A stretch is one transaction; one that is cut short,
delivered twice or overtaken goes on where it stopped.
"""

from __future__ import annotations

from chalicelib.records.identity.accounts.service import accounts, addresses, key_rotation
from chalicelib.records.identity.events import UserResealDue
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.runtime.work import Work

AT_ONCE = 80  # rows of one transaction
ORDERS = "O"  # where orders begin; ids of addresses begin with another letter


def reseal(fact: UserResealDue, work: Work, most: int = AT_ONCE) -> None:
    """Seal the next stretch of a person's rows anew; after the last one the former key goes."""
    account = key_rotation.unfinished(fact)
    if account is None:
        return
    if fact.after.startswith(ORDERS):
        last = _reseal_orders(account.owner, accounts.keyring(account), fact.after, most, work)
    else:
        last = addresses.reseal(account, fact.after, most, work) or ORDERS
    if last is not None:
        key_rotation.go_on(account, last, work)
    else:
        key_rotation.retire(account, work)


def _reseal_orders(customer: str, keys: tuple[bytes, ...], after: str, most: int, work: Work) -> str | None:
    """Seal the remarks of the next orders anew. Returns the last of these; None when no more come."""
    found, more = orders.after(customer, after, most)
    for order in found:
        if (anew := orders.seal_own_anew(order, keys)) is not None:
            work.add(order_steps.reseal_own(order, anew))
    return found[-1].id if more else None
