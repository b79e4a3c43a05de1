"""Keeping the providers' certificates: fetched at a rhythm and when a new one was met, stored beside the old ones.

Guarantees: nothing that is stored is taken away or changed, so that the old and the new count while they change; a fetch
that fails changes nothing and is counted; somebody is called a week before the last one ends without a successor.
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.runtime import observe, table
from chalicelib.runtime.work import Work

from ..model import ProviderKey
from ..providers import PROVIDERS
from ..providers.port import AuthConfig, PaymentProvider, ProviderError, SignerCertificate
from ..rules import PaymentProviderDown
from . import calls, keyring

IN_TIME = timedelta(days=7)


def renew_all(work: Work) -> None:
    """Fetch what every provider signs with that we have a contract with."""
    for name in PROVIDERS:
        renew(name, work.separate())


def renew(name: str, work: Work) -> None:
    """Fetch and store what a provider signs with, if we have a contract with it."""
    try:
        adapter = calls.provider(name)
        fresh = keep(adapter, work)
    except PaymentProviderDown:
        return
    except AuthConfig as trouble:
        calls.tell(name, trouble)
        return
    if fresh:
        calls.forget(name)  # its adapter has looked, and remembers that there was none


def keep(adapter: PaymentProvider, work: Work) -> bool:
    """Store what a provider signs with; what fails leaves what is stored, and is counted. Whether there is anything new.
    Commits: its adapter looks again at what is stored."""
    name = adapter.name
    found = _fetched(adapter)
    held = {row.serial: row for row in keyring.stored(name)} if found is not None else {}

    fresh = [one for one in found or () if one.serial not in held and one.ends > work.now]
    work.add(
        *(
            table.put(ProviderKey(name, one.serial, pem=one.pem, begins=one.begins, ends=one.ends, at=work.now))
            for one in fresh
        )
    )
    work.commit()

    ends = [row.ends for row in held.values()] + [one.ends for one in fresh]
    last = [max(ends, default=work.now)] if found is not None else []
    if min([*last, *adapter.own_ends()], default=work.now + 2 * IN_TIME) < work.now + IN_TIME:
        observe.count("CertificateEnding", provider=name)  # an alarm: one that is in use has no successor
    return bool(fresh)


def _fetched(adapter: PaymentProvider) -> list[SignerCertificate] | None:
    """What it signs with now, nothing when that cannot be learned; None when its keys are given by hand."""
    try:
        found = adapter.certificates()
    except ProviderError as trouble:
        observe.count("CertificateNotFetched", provider=adapter.name)
        observe.logger().error("certificates", provider=adapter.name, kind=type(trouble).__name__, code=trouble.code)
        return []
    return None if found is None else list(found)
