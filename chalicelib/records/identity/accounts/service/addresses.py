"""Addresses: immutable versions. An edit makes a new one, a delete hides it; quotes and orders carry the version's id.

Guarantees: another's address does not exist; a version that an order used can be read for the law after its customer
was forgotten, because each version is sealed twice: under the customer's key, for themselves, and under the
legal-records key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from chalicelib.runtime import table, vault
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ...events import UserSiftDue
from ...model import BOOK, Account, Address, Book, address_part, packed
from .. import steps
from ..rules import (
    HIDDEN_KEPT,
    MOST_ADDRESSES,
    MOST_HIDDEN,
    SIFTED_AT,
    AddressesChangedTooOften,
    AddressesFull,
    AddressNotFound,
    masked_name,
    masked_phone,
)
from . import accounts, regions
from .regions import Names

ALL = ("r", "address#")  # the range of all versions


class Place(NamedTuple):
    """Where and to whom goods go. `region` is the six-digit administrative code, which freight is computed from."""

    name: str
    phone: str
    region: str
    province: str
    city: str
    district: str
    line: str
    postcode: str = ""


class Kept(NamedTuple):
    """A version of an address as its owner sees it."""

    id: str
    place: Place
    default: bool


class Version(NamedTuple):
    """A version as an export tells it."""

    id: str
    place: dict[str, str]
    in_use: bool


class Added(NamedTuple):
    """What came of a new version: its id, and whether it is the default address now."""

    id: str
    default: bool


class Current(NamedTuple):
    """A version as others use it: its id, its region, and the sealed text."""

    version: str
    region: str
    sealed: bytes


# for quotes


def key(customer: str, address: str | None) -> list[Key]:
    """The keys to read for an address of a customer, or their default one; give what was found to `version_of`."""
    book = Key(Book, customer, BOOK)
    return [book] if address is None else [Key(Address, customer, address_part(address)), book]


def version_of(found: Sequence[Address | Book | None]) -> str | None:
    """The version to deliver to; None when there is no default. Raises AddressNotFound for one that is not theirs."""
    first = found[0]
    if len(found) == 1:
        return first.default if isinstance(first, Book) else None
    if not isinstance(first, Address) or first.hidden_at is not None:
        raise AddressNotFound()
    return _id(first)


def region_of(found: Sequence[Address | Book | None]) -> str | None:
    """The administrative code of what `version_of` answers, for freight."""
    first = found[0]
    return first.region if first is not None else None


def current(customer: str, address: str | None = None) -> Current:
    """An address of a customer, or their default one. Raises AddressNotFound."""
    version = version_of(table.batch(key(customer, address), consistent=True))
    row = table.get(Address, customer, address_part(version), consistent=True) if version else None
    if row is None or row.sealed is None:
        raise AddressNotFound()
    return Current(_id(row), row.region, row.sealed)


# for their owner


def all_of(customer: str) -> list[Kept]:
    """The addresses in use, the default first."""
    book = _book(customer)
    rows = table.batch([Key(Address, customer, address_part(one)) for one in _ids(book)], consistent=True)
    keys = accounts.keyring(accounts.get(customer)) if rows else ()
    kept = [Kept(_id(row), _opened(row, keys), _id(row) == book.default) for row in rows if row is not None]
    return sorted(kept, key=lambda one: not one.default)


def add(place: Place, default: bool, work: Work) -> Added:
    """A new address; the first one is the default. Raises AddressesFull, and as `regions.official`."""
    customer, place = work.caller.id, _official(place, lambda: None)
    book = _book(customer)
    if len(_ids(book)) >= MOST_ADDRESSES:
        raise AddressesFull(most=MOST_ADDRESSES)
    row = _write(customer, place, work)
    default = default or book.default is None

    _note(book, [*_ids(book), _id(row)], row if default else None, work)
    return Added(_id(row), default)


def replace(address: str, place: Place, default: bool, work: Work) -> Added:
    """An edit: a new version takes the place of the old one.

    Raises AddressNotFound, AddressesChangedTooOften, and as `regions.official`.
    """
    customer = work.caller.id
    book = _book(customer)
    if address not in _ids(book):
        raise AddressNotFound()
    place = _official(place, lambda: _named(customer, address, place.region))
    row = _write(customer, place, work)
    default = default or book.default == address
    ids = [_id(row) if one == address else one for one in _ids(book)]

    _hide(book, address, work)
    _note(book, ids, row if default else None, work)
    return Added(_id(row), default)


def remove(address: str, work: Work) -> None:
    """Hide an address. Raises AddressNotFound, AddressesChangedTooOften."""
    book = _book(work.caller.id)
    if address not in _ids(book):
        raise AddressNotFound()

    _hide(book, address, work)
    _note(book, [one for one in _ids(book) if one != address], None, work, without=address)


def version_key(customer: str, version: str) -> Key:
    """The key of a version that an order names, for a batch read; give what was found to `own`."""
    return Key(Address, customer, address_part(version))


def own(row: Address | None, keys: Sequence[bytes]) -> Place:
    """Where a customer's order goes, for themselves. Raises AddressNotFound, SealedDataUnreadable."""
    if row is None:
        raise AddressNotFound()
    return _opened(row, keys)


# for the law and for delivery


def for_delivery(customer: str, version: str) -> Place:
    """Where an order goes, from what is kept for the law: it still opens when the customer has been forgotten meanwhile.

    Raises AddressNotFound, SealedDataUnreadable.
    """
    row = table.get(Address, customer, address_part(version), consistent=True)
    if row is None or row.legal is None:
        raise AddressNotFound()
    return _read(vault.unseal_legal(row.legal, _place_of(row.owner, _id(row))))


def kept_for_law(customer: str) -> list[Kept]:
    """What is left of somebody's addresses for the law, whoever they were. Raises SealedDataUnreadable."""
    rows = table.every(Address, customer, begins=ALL, consistent=True)
    kept = [row for row in rows if row.legal is not None]
    return [Kept(_id(row), _read(vault.unseal_legal(row.legal, _place_of(customer, _id(row)))), False) for row in kept]


def masked(place: Place) -> Place:
    """What staff see without a reason: no line, a masked name and phone."""
    return place._replace(name=masked_name(place.name), phone=masked_phone(place.phone), line="****")


def every(customer: str) -> list[str]:
    """The ids of all versions, hidden ones too."""
    return [_id(row) for row in table.every(Address, customer, begins=ALL, consistent=True)]


def sift(customer: str, used: frozenset[str], most: int, work: Work) -> int:
    """Forget, at most so many, versions out of use that no order names nor a quote can. Returns how many are left."""
    book, until = _book(customer), work.now - HIDDEN_KEPT
    if not book.version:
        return 0  # forgotten meanwhile
    found = table.every(Address, customer, begins=ALL, consistent=True)
    unused = [row for row in found if row.hidden_at is not None and _id(row) not in used]
    gone = [row for row in unused if row.hidden_at <= until][:most]
    left = len(unused) - len(gone)
    work.add(steps.count_hidden(book, left), *steps.delete_addresses(gone))
    return left


def versions(customer: str, keys: Sequence[bytes]) -> list[Version]:
    """Every version with its place, opened, for the customer's export."""
    rows = table.every(Address, customer, begins=ALL, consistent=True)
    return [Version(_id(row), _opened(row, keys)._asdict(), row.hidden_at is None) for row in rows]


def reseal(account: Account, after: str, most: int, work: Work) -> str | None:
    """Seal the next versions, at most so many, anew under an account's present key. Returns the last of them; None when no
    more come. What is under it already is left alone.
    """
    keys = accounts.keyring(account)
    rows, more = table.query(
        Address,
        account.owner,
        between=("r", address_part(after), address_part("~")),
        limit=most,
        consistent=True,
    )
    for row in rows:
        sealed = row.sealed and vault.seal_anew(row.owner, keys, row.sealed, _place_of(row.owner, _id(row)))
        if sealed:
            work.add(steps.reseal_address(row, sealed))
    return _id(rows[-1]) if more else None


def _official(place: Place, before: Callable[[], Names | None]) -> Place:
    """The place under the official names of its region."""
    told = Names(place.province, place.city, place.district)
    return place._replace(**regions.official(place.region, told, before)._asdict())


def _named(customer: str, address: str, region: str) -> Names | None:
    """The names that an address of a customer has under this region's code."""
    row = table.get(Address, customer, address_part(address), consistent=True)
    if row is None or row.region != region:
        return None
    kept = _opened(row, accounts.keyring(accounts.get(customer)))
    return Names(kept.province, kept.city, kept.district)


def _write(customer: str, place: Place, work: Work) -> Address:
    """Put a new version, sealed under the customer's key as it is now."""
    version = work.new_id("D")
    text = packed(list(place))
    account = accounts.get(customer)
    row = Address(
        customer,
        address_part(version),
        region=place.region,
        made_at=work.now,
        sealed=vault.seal(customer, account.key, text, _place_of(customer, version)),
        legal=vault.seal_legal(text, _place_of(customer, version)),
    )
    work.add(steps.put_address(row), steps.require_key(account))
    return row


def _hide(book: Book, address: str, work: Work) -> None:
    """Take a version out of use. It is counted in the book: each twentieth has them sifted."""
    hidden = (book.hidden or 0) + 1
    if hidden > MOST_HIDDEN:
        raise AddressesChangedTooOften()
    if hidden % SIFTED_AT == 0:
        work.publish(UserSiftDue(book.owner), at=work.now + HIDDEN_KEPT)
    book.hidden = hidden
    work.add(steps.hide_address(book.owner, address, work.now))


def _note(book: Book, ids: list[str], default: Address | None, work: Work, without: str | None = None) -> None:
    """Put the book with these addresses; when the default one goes, the oldest takes its place."""
    chosen: str | None = book.default
    region: str | None = book.region
    if default is not None:
        chosen, region = _id(default), default.region
    elif without is not None and without == chosen:
        chosen = ids[0] if ids else None
        row = table.get(Address, book.owner, address_part(chosen), consistent=True) if chosen else None
        region = row.region if row is not None else None
    new = Book(
        book.owner,
        BOOK,
        ids=packed(ids),
        default=chosen,
        region=region,
        hidden=book.hidden,
        version=(book.version or 0) + 1,
    )
    work.add(steps.put_book(new, book))


def _book(customer: str) -> Book:
    return table.get(Book, customer, BOOK, consistent=True) or Book(customer, BOOK)


def _ids(book: Book) -> list[str]:
    return list(json.loads(book.ids or "[]"))


def _opened(row: Address, keys: Sequence[bytes]) -> Place:
    return _read(vault.unseal_by(row.owner, keys, row.sealed, _place_of(row.owner, _id(row))))


def _read(text: str) -> Place:
    return Place(*json.loads(text))


def _id(row: Address) -> str:
    return str(row.part.removeprefix("address#"))


def _place_of(customer: str, version: str) -> str:
    return f"people|{customer}|address|{version}"
