"""Addresses: immutable versions. An edit makes a new one, a delete hides it; quotes and orders carry the version's id.

Guarantees: another's address does not exist; a version that an order used can be read for the law after its customer
was forgotten, because each version is sealed twice: under the customer's key, and under the legal-records key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from chalicelib.kernel.clock import millis
from chalicelib.runtime import table, vault
from chalicelib.runtime.table import Condition, Step, Wanted, fresh, put, update
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work

from ...events import UserSiftDue
from ...model import BOOK, Account, Address, Book, packed
from ..rules import (
    HIDDEN_KEPT,
    MOST_ADDRESSES,
    MOST_HIDDEN,
    SIFTED_AT,
    AccountMoved,
    AddressesChangedTooOften,
    AddressesFull,
    AddressUnknown,
    masked_name,
    masked_phone,
)
from . import accounts, regions
from .regions import Names

R = TypeVar("R")


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


class Current(NamedTuple):
    """A version as others use it: its id, its region, and the sealed text."""

    version: str
    region: str
    sealed: bytes


# for quotes


def wanted(customer: str, address: str | None) -> list[Wanted]:
    """The keys to read for an address of a customer, or their default one; give what was found to `version_of`."""
    book = Wanted(Book, customer, BOOK)
    return [book] if address is None else [Wanted(Address, customer, _part(address)), book]


def version_of(found: Sequence[Address | Book | None]) -> str | None:
    """The version to deliver to; None when there is no default. Raises AddressUnknown for one that is not theirs."""
    first = found[0]
    if len(found) == 1:
        return first.default if isinstance(first, Book) else None
    if not isinstance(first, Address) or first.hidden_at is not None:
        raise AddressUnknown()
    return _id(first)


def region_of(found: Sequence[Address | Book | None]) -> str | None:
    """The administrative code of what `version_of` answers, for freight."""
    first = found[0]
    return first.region if first is not None else None


def current(customer: str, address: str | None = None) -> Current:
    """An address of a customer, or their default one. Raises AddressUnknown."""
    version = version_of(table.batch(wanted(customer, address), consistent=True))
    row = table.get(Address, customer, _part(version), consistent=True) if version else None
    if row is None or row.sealed is None:
        raise AddressUnknown()
    return Current(_id(row), row.region, row.sealed)


# for their owner


def all_of(customer: str) -> list[Kept]:
    """The addresses in use, the default first."""
    book = _book(customer)
    rows = table.batch([Wanted(Address, customer, _part(one)) for one in _ids(book)], consistent=True)
    keys = accounts.keyring(accounts.get(customer)) if rows else ()
    kept = [Kept(_id(row), _opened(row, keys), _id(row) == book.default) for row in rows if row is not None]
    return sorted(kept, key=lambda one: not one.default)


def add(place: Place, default: bool, work: Work, reply: Callable[[str, bool], R]) -> R:
    """A new address; the first one is the default. `reply` makes the answer of (id, default).

    Raises AddressesFull, and as `regions.official`.
    """
    customer, place = work.caller.id, _settled(place, lambda: None)
    book = _book(customer)
    if len(_ids(book)) >= MOST_ADDRESSES:
        raise AddressesFull(most=MOST_ADDRESSES)
    made, row = _made(customer, place, work)
    default = default or book.default is None

    work.add(*made, _noted(book, [*_ids(book), _id(row)], row if default else None))
    return work.commit(reply(_id(row), default))


def replace(address: str, place: Place, default: bool, work: Work, reply: Callable[[str, bool], R]) -> R:
    """An edit: a new version takes the place of the old one.

    Raises AddressUnknown, AddressesChangedTooOften, and as `regions.official`.
    """
    customer = work.caller.id
    book = _book(customer)
    if address not in _ids(book):
        raise AddressUnknown()
    place = _settled(place, lambda: _named(customer, address, place.region))
    made, row = _made(customer, place, work)
    default = default or book.default == address
    ids = [_id(row) if one == address else one for one in _ids(book)]

    work.add(*made, *_hiding(book, address, work), _noted(book, ids, row if default else None))
    return work.commit(reply(_id(row), default))


def remove(address: str, work: Work) -> None:
    """Hide an address. Raises AddressUnknown, AddressesChangedTooOften."""
    customer = work.caller.id
    book = _book(customer)
    if address not in _ids(book):
        raise AddressUnknown()
    ids = [one for one in _ids(book) if one != address]

    work.add(*_hiding(book, address, work), _noted(book, ids, None, without=address))
    work.commit()


# for the law and for delivery


def wanted_version(customer: str, version: str) -> Wanted:
    """The key of a version that an order names, for a batch read; give what was found to `delivered`."""
    return Wanted(Address, customer, _part(version))


def delivered(row: Address | None) -> Place:
    """Where an order goes, from what is kept for the law: it still opens when the customer has been forgotten meanwhile.

    Raises AddressUnknown, SealedDataUnreadable.
    """
    if row is None or row.legal is None:
        raise AddressUnknown()
    return _read(vault.unseal_legal(row.legal, _place_of(row.owner, _id(row))))


def for_delivery(customer: str, version: str) -> Place:
    """The same, read now. Raises AddressUnknown, SealedDataUnreadable."""
    return delivered(table.get(Address, customer, _part(version), consistent=True))


def kept_for_law(customer: str) -> list[Kept]:
    """What is left of somebody's addresses for the law, whoever they were. Raises SealedDataUnreadable."""
    rows = table.batch([Wanted(Address, customer, _part(one)) for one in every(customer)], consistent=True)
    kept = [row for row in rows if row is not None and row.legal is not None]
    return [Kept(_id(row), _read(vault.unseal_legal(row.legal, _place_of(customer, _id(row)))), False) for row in kept]


def masked(place: Place) -> Place:
    """What staff see without a reason: no line, a masked name and phone."""
    return place._replace(name=masked_name(place.name), phone=masked_phone(place.phone), line="****")


def forgotten(customer: str, used: frozenset[str], ids: Sequence[str]) -> list[Step]:
    """The steps that forget these versions: gone, or, where an order used one, only what the law keeps of it."""
    return [
        update(Address, customer, _part(one), actions=[Address.sealed.remove()])
        if one in used
        else table.delete(Address, customer, _part(one))
        for one in ids
    ]


def every(customer: str) -> list[str]:
    """The ids of all versions, hidden ones too."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        rows, cursor = table.query(
            Address, customer, begins=("r", "address#"), limit=100, cursor=cursor, consistent=True
        )
        found += [_id(row) for row in rows]
        if cursor is None:
            return found


def sifted(customer: str, used: frozenset[str], now: datetime, most: int) -> tuple[list[Step], int]:
    """The steps that forget, at most so many, versions out of use that no order names nor a quote can; how many are left."""
    book, until = _book(customer), millis(now - HIDDEN_KEPT)
    if not book.version:
        return [], 0  # forgotten meanwhile
    found = table.batch([Wanted(Address, customer, _part(one)) for one in every(customer)], consistent=True)
    unused = [row for row in found if row is not None and row.hidden_at is not None and _id(row) not in used]
    gone = [row for row in unused if row.hidden_at <= until][:most]
    left = len(unused) - len(gone)
    noted = update(
        Book, customer, BOOK, actions=[Book.hidden.set(left), Book.version.add(1)], when=_unchanged(book),
        otherwise=AccountMoved(),
    )  # fmt: skip
    return [noted, *(table.delete(Address, customer, row.part) for row in gone)], left


def versions(customer: str, keys: Sequence[bytes]) -> list[Version]:
    """Every version with its place, opened, for the customer's export."""
    rows = table.batch([Wanted(Address, customer, _part(one)) for one in every(customer)], consistent=True)
    return [Version(_id(row), _opened(row, keys)._asdict(), row.hidden_at is None) for row in rows if row is not None]


def resealed(account: Account, after: str, most: int) -> tuple[list[Step], str | None]:
    """The steps that seal the next versions, at most so many, anew under an account's present key, and the last of them;
    None when no more come. What is under it already is left alone.
    """
    rows, more = table.query(
        Address, account.owner, between=("r", _part(after), _part("~")), limit=most, consistent=True
    )  # fmt: skip
    steps = [_resealing(row, account) for row in rows if row.sealed and _unsealed(row, account.key) is None]
    return steps, _id(rows[-1]) if more else None


def _resealing(row: Address, account: Account) -> Step:
    sealed = vault.seal(row.owner, account.key, _text(row, accounts.keyring(account)), _place_of(row.owner, _id(row)))
    return update(
        Address, row.owner, row.part, actions=[Address.sealed.set(sealed)], when=Address.sealed == row.sealed,
        otherwise=AccountMoved(),
    )  # fmt: skip


def _settled(place: Place, before: Callable[[], Names | None]) -> Place:
    """The place under the official names of its region."""
    told = Names(place.province, place.city, place.district)
    return place._replace(**regions.official(place.region, told, before)._asdict())


def _named(customer: str, address: str, region: str) -> Names | None:
    """The names that an address of a customer has under this region's code."""
    row = table.get(Address, customer, _part(address), consistent=True)
    if row is None or row.region != region:
        return None
    kept = _opened(row, accounts.keyring(accounts.get(customer)))
    return Names(kept.province, kept.city, kept.district)


def _made(customer: str, place: Place, work: Work) -> tuple[list[Step], Address]:
    """The steps that put a new version, and the version."""
    version = work.new_id("D")
    text = packed(list(place))
    account = accounts.get(customer)
    row = Address(
        customer, _part(version), region=place.region, made_at=millis(work.now),
        sealed=vault.seal(customer, account.key, text, _place_of(customer, version)),
        legal=vault.seal_legal(text, _place_of(customer, version)),
    )  # fmt: skip
    return [fresh(row, AccountMoved()), accounts.under_its_key(account)], row


def _hiding(book: Book, address: str, work: Work) -> list[Step]:
    """The step that takes a version out of use. It is counted in the book: each twentieth has them sifted."""
    hidden = (book.hidden or 0) + 1
    if hidden > MOST_HIDDEN:
        raise AddressesChangedTooOften()
    if hidden % SIFTED_AT == 0:
        work.publish(UserSiftDue(book.owner), at=work.now + HIDDEN_KEPT)
    book.hidden = hidden
    step = update(
        Address, book.owner, _part(address), actions=[Address.hidden_at.set(millis(work.now))],
        when=Address.made_at.exists() & Address.hidden_at.does_not_exist(), otherwise=AccountMoved(),
    )  # fmt: skip
    return [step]


def _noted(book: Book, ids: list[str], default: Address | None, without: str | None = None) -> Step:
    """The book with these addresses; when the default one goes, the oldest takes its place."""
    chosen: str | None = book.default
    region: str | None = book.region
    if default is not None:
        chosen, region = _id(default), default.region
    elif without is not None and without == chosen:
        chosen = ids[0] if ids else None
        row = table.get(Address, book.owner, _part(chosen), consistent=True) if chosen else None
        region = row.region if row is not None else None
    new = Book(
        book.owner, BOOK, ids=packed(ids), default=chosen, region=region, hidden=book.hidden,
        version=(book.version or 0) + 1,
    )  # fmt: skip
    return put(new, _unchanged(book), AccountMoved())


def _unchanged(book: Book) -> Condition:
    return Book.version == book.version if book.version else Book.version.does_not_exist()


def _book(customer: str) -> Book:
    return table.get(Book, customer, BOOK, consistent=True) or Book(customer, BOOK)


def _ids(book: Book) -> list[str]:
    return list(json.loads(book.ids or "[]"))


def _opened(row: Address, keys: Sequence[bytes]) -> Place:
    return _read(_text(row, keys))


def _text(row: Address, keys: Sequence[bytes]) -> str:
    """What a version says, under the first of these keys that opens it. Raises SealedDataUnreadable when none does."""
    for key in keys:
        if (text := _unsealed(row, key)) is not None:
            return text
    raise SealedDataUnreadable()


def _unsealed(row: Address, key: bytes) -> str | None:
    try:
        return vault.unseal(row.owner, key, row.sealed, _place_of(row.owner, _id(row)))
    except SealedDataUnreadable:
        return None


def _read(text: str) -> Place:
    return Place(*json.loads(text))


def _part(address: str) -> str:
    return f"address#{address}"


def _id(row: Address) -> str:
    return str(row.part.removeprefix("address#"))


def _place_of(customer: str, version: str) -> str:
    return f"people|{customer}|address|{version}"
