"""What a carrier says of itself before anybody speaks to it: its manifest, plain data that every function may import."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.credentials import Credential


class Carrier(NamedTuple):
    """The manifest of a carrier. `name` is its word in rows, addresses and facts; `adapter` is `module:class` in its own
    package; `credentials` are the fields of the secret `shipping/<name>`.

    `books` is whether it gives waybills to parcels; `pushes` whether it tells what happens by itself, and `proves` whether
    what it tells is signed; `services` are those that it delivers;
    `codes` are the names that the aggregator has for carriers (`company` is its name for this one).
    """

    name: str
    zh: str
    en: str
    adapter: str
    credentials: tuple[Credential, ...]
    books: bool = True
    pushes: bool = True
    proves: bool = False
    follows: bool = False  # it tells of other carriers' waybills, when it is asked to
    services: tuple[str, ...] = ("standard", "next_day")
    media: tuple[str, ...] = ()
    company: str = ""


SENDER = (
    Credential("sender_name", "who sends: the warehouse's contact"),
    Credential("sender_phone", "the contact's telephone"),
    Credential("sender_province", "as the carrier names it: 广东省"),
    Credential("sender_city", "深圳市"),
    Credential("sender_district", "南山区"),
    Credential("sender_line", "street and number"),
)
