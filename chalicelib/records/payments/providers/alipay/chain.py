"""Whether a certificate that came over the wire is Alipay's: a way up to a root of the contract, and its owner.

The way alone proves little, since Alipay's merchants have certificates under the same roots; so the certificate must be
made out to the same owner as the one that the contract holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..port import ProtocolViolation
from ..wire import certificate, issued, public_key
from .signing import blocks, readable


def proven(text: str, roots: str, like: str, now: datetime) -> str:
    """The first certificate of a text when it is Alipay's and counts now. Raises ProtocolViolation."""
    try:
        first, *between = blocks(text)
        leaf = certificate(first)
        if _owner(leaf) != _owner(certificate(like)):
            raise ValueError("another owner")
        _climb(leaf, [certificate(block) for block in between], readable(roots), now)
        public_key(first)
    except Exception:  # what comes over the wire may be broken in any way, also in one that the library does not name
        raise ProtocolViolation("untrusted_certificate") from None
    return first


def _climb(cert: Any, between: Sequence[Any], roots: Sequence[Any], now: datetime) -> None:
    """Raise unless a way of certificates that are valid now leads up to a root."""
    if not cert.not_valid_before_utc <= now <= cert.not_valid_after_utc:
        raise ValueError("outside its dates")
    for root in roots:
        if issued(cert, root) and root.not_valid_before_utc <= now <= root.not_valid_after_utc:
            return
    for higher in between:
        if issued(cert, higher) and _may_issue(higher):
            return _climb(higher, [other for other in between if other is not higher], roots, now)
    raise ValueError("no way to a root")


def _may_issue(cert: Any) -> bool:
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    try:
        return bool(cert.extensions.get_extension_for_class(BasicConstraints).value.ca)
    except ExtensionNotFound:
        return False


def _owner(cert: Any) -> list[str]:
    """The organisation and its unit; the common name may carry a year or a number."""
    from cryptography.x509 import NameOID

    oids = (NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)
    return [str(part.value) for oid in oids for part in cert.subject.get_attributes_for_oid(oid)]
