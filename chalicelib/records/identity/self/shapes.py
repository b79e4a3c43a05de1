"""What people's own routes take and answer. Personal texts are tagged, so that no journal ever keeps one."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.runtime.http import Body, Instant, MaybePersonal, View
from chalicelib.runtime.http.kinds import (
    EXACT,
    AnyPassword,
    DeliveryPhone,
    Email,
    Line,
    OneTimeCode,
    Password,
    Phone,
    Version,
    Word,
)
from chalicelib.runtime.http.shapes import Query

from ..accounts.shapes import AddressView, Name, Postcode, Region, RoleName

Birthday = Annotated[str, EXACT, Field(max_length=5, pattern="^([0-9]{2}-[0-9]{2})?$", examples=["05-20"])]


class PersonView(View):
    """A person to themselves."""

    user_id: str
    roles: list[RoleName]
    name: MaybePersonal
    phone: MaybePersonal
    email: MaybePersonal
    wechat: bool
    has_password: bool
    language: str
    minor: bool
    birthday: MaybePersonal
    joined_at: Instant
    leaving_at: Instant | None


class EditPerson(Body):
    """What is to change."""

    name: Name | None = None
    language: Literal["zh", "en"] | None = None
    minor: bool | None = Field(default=None, description="younger than 18; younger than 14 needs a guardian's consent")
    birthday: Birthday | None = Field(default=None, description="month and day; empty: it is forgotten")


class PutContact(Body):
    """A new phone or e-mail and the code (purpose `bind`) that was sent to it."""

    phone: Phone | None = None
    email: Email | None = None
    code: OneTimeCode


class PutPassword(Body):
    """A new password, and the old one where there is one."""

    password: Password
    old_password: AnyPassword | None = None


class PendingDeletion(View):
    """When the account will be forgotten."""

    due_at: Instant


class PutAddress(Body):
    """Where and to whom goods go; `region` is the six-digit administrative code."""

    name: Name
    phone: DeliveryPhone
    region: Region
    province: Line = Field(min_length=1, max_length=30, examples=["广东省"])
    city: Line = Field(min_length=1, max_length=30, examples=["深圳市"])
    district: Line = Field(max_length=30, examples=["南山区"])
    line: Line = Field(min_length=1, max_length=120, examples=["科苑路 1 号"])
    postcode: Postcode = ""
    default: bool = False


class AskTerms(Query):
    """Which version; by default the latest."""

    version: Version | None = None


class TermsView(View):
    """What people agree to when they register. `version` is what registering (`terms`) and consents (`policy`) name."""

    version: str
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str


class AskRegions(Query):
    """Below which region; by default the provinces."""

    parent: Region | None = None


class RegionView(View):
    """A division by its code of GB/T 2260; `more` when there are others below it to choose from."""

    code: str
    name: str
    more: bool


class Regions(View):
    """The divisions right below one."""

    items: list[RegionView]


class AddressMade(View):
    """A version of an address: quotes and orders carry this id."""

    address_id: str
    default: bool


class Addresses(View):
    """The addresses in use, the default first."""

    items: list[AddressView]


class ConsentView(View):
    """The present state of one purpose; `at` is null when it was never asked."""

    purpose: str
    meaning: str
    granted: bool
    policy: str
    at: Instant | None
    basis: str = Field(description="of the law: consent or contract; empty when it was never asked")
    way: str = Field(description="in which it was said: account or link; empty when it was never asked")


class Consents(View):
    """The state of every purpose."""

    items: list[ConsentView]


class ConsentHistory(View):
    """Every change of every purpose, oldest first."""

    items: list[ConsentView]


class PutConsent(Body):
    """Give or withdraw one consent, to a version of the policy."""

    purpose: Word = Field(max_length=40, examples=["marketing_sms"])
    granted: bool
    policy: Version
