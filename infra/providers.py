"""What the manifests of the payment providers imply: for each provider, whom to call and when.

Somebody must look: at money that nobody can place, at keys that a provider does not take, at a crowd of forged notices, at
certificates that end.
"""

from collections.abc import Iterable
from typing import NamedTuple

from chalice.utils import to_cfn_resource_name as logical

from chalicelib.records.payments.providers.manifest import Provider

from .derive import alarm
from .merge import Document

HALF_A_DAY = 43_200


class Call(NamedTuple):
    """One alarm of every provider: the count it rings on (of one kind, where it has kinds), and what it says."""

    name: str
    metric: str
    told: str
    kind: str = ""
    seconds: int = 60
    threshold: int = 1
    fetched: bool = False  # only of those that hand out their certificates


CALLS = (
    Call("Unclaimed", "PaymentUnclaimed", "{en} told of money that belongs to no order of ours; a person must look"),
    Call("Mismatch", "PaymentMismatch",
         "{en} told of a payment of another amount, merchant or currency; it pays nothing, a person must look"),
    Call("Keys", "ProviderError",
         "{en} does not take our keys or signature; nobody can pay by it until somebody changes them", "keys"),
    Call("Configuration", "ProviderError",
         "{en} does not allow what we ask; a product is not enabled, or merchant, appid or request is wrong", "configuration"),
    Call("Forged", "NoticeForged", "Many notices are not {en}'s; somebody is trying, or its certificate changed",
         seconds=300, threshold=20),
    Call("NotFetched", "CertificateNotFetched",
         "{en}'s certificates could not be fetched twice in half a day; those that are stored go on counting",
         seconds=HALF_A_DAY, threshold=2, fetched=True),
    Call("Ending", "CertificateEnding",
         "A certificate that {en} or its contract lives by ends within a week and has no successor"),
)  # fmt: skip


def alarms(providers: Iterable[Provider]) -> Document:
    """Logical id -> alarm."""
    return {
        f"{logical(one.name)}{call.name}Alarm": _alarm(one, call)
        for one in providers
        for call in CALLS
        if one.fetches or not call.fetched
    }


def _alarm(one: Provider, call: Call) -> Document:
    dimensions = {"service": "jishi", "provider": one.name} | ({"kind": call.kind} if call.kind else {})
    return alarm(
        call.told.format(en=one.en),
        "Jishi",
        call.metric,
        dimensions,
        call.threshold,
        statistic="Sum",
        seconds=call.seconds,
    )
