"""What people's routes take and answer. Personal texts are tagged, so that no journal ever keeps one."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.kernel import texts
from chalicelib.runtime.http import Body, MaybePersonal, Personal, View
from chalicelib.runtime.http.kinds import (
    AnyPassword,
    Day,
    DeliveryPhone,
    Email,
    Exact,
    Kind,
    Line,
    OneTimeCode,
    Password,
    Phone,
    Version,
    Word,
)
from chalicelib.runtime.http.shapes import Paging, Query

Name = Annotated[str, Field(min_length=1, max_length=60, examples=["王小明"]), Kind(texts.line)]
Region = Annotated[str, Field(pattern="^[0-9]{6}$", examples=["440305"]), Kind(lambda text: texts.digits(text, 6))]
Postcode = Annotated[str, Field(pattern="^([0-9]{6})?$", examples=["518057"]), Kind(texts.postcode)]


class PersonView(View):
    """A person to themselves."""

    user_id: str
    roles: list[str]
    name: MaybePersonal
    phone: MaybePersonal
    email: MaybePersonal
    wechat: bool
    has_password: bool
    language: str
    minor: bool
    joined_at: str
    leaving_at: str | None


class EditPerson(Body):
    """What is to change."""

    name: Name | None = None
    language: Literal["zh", "en"] | None = None
    minor: bool | None = Field(default=None, description="younger than 18; younger than 14 needs a guardian's consent")


class PutContact(Body):
    """A new phone or e-mail and the code (purpose `bind`) that was sent to it."""

    phone: Phone | None = None
    email: Email | None = None
    code: OneTimeCode


class PutPassword(Body):
    """A new password, and the old one where there is one."""

    password: Password
    old_password: AnyPassword | None = None


class Leaving(View):
    """When the account will be forgotten."""

    due_at: str


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


class DeliveryView(View):
    """An address as its owner wrote it."""

    address_id: str
    name: Personal
    phone: Personal
    region: str
    province: str
    city: str
    district: str
    line: Personal
    postcode: str


class AddressView(DeliveryView):
    """An address to its owner."""

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
    at: str | None


class Consents(View):
    """The state of every purpose."""

    items: list[ConsentView]


class PutConsent(Body):
    """Give or withdraw one consent, to a version of the policy."""

    purpose: Word = Field(max_length=40, examples=["marketing_sms"])
    granted: bool
    policy: Version


class Invite(Body):
    """A new member of staff, by their e-mail address."""

    email: Email


class Invited(View):
    """Who was invited; the code went to their e-mail address."""

    user_id: str


class PutRoles(Body):
    """The roles somebody shall have."""

    roles: list[Literal["operator", "support", "finance", "admin"]] = Field(max_length=4, examples=[["operator"]])


class RolesView(View):
    """Whether the roles hold now, or wait for a second administrator to put the same."""

    user_id: str
    roles: list[str]
    applied: bool


class FindUsers(Paging):
    """By phone, by e-mail, by the day of registration; without any of them: the staff."""

    phone: Phone | None = None
    email: Email | None = None
    day: Day | None = None


class UserView(View):
    """A person to staff: masked."""

    user_id: str
    roles: list[str]
    state: str
    joined_at: str
    name: str | None
    phone: str | None
    email: str | None
    proposed_roles: list[str]
    key_changing: bool


class Users(View):
    """A page of people."""

    items: list[UserView]
    next: str | None = None


class Disclose(Body):
    """Why a person's data is looked at, and in which matter of theirs: the id of an order, payment, refund or exception."""

    reason: Literal["delivery", "aftersale", "complaint", "correction", "authority"]
    matter: Exact = Field(pattern="^[0-9A-Za-z_-]{4,64}$", examples=["O01JZ0000000000000000000000"])


class Disclosed(View):
    """A person in clear."""

    user_id: str
    name: MaybePersonal
    phone: MaybePersonal
    email: MaybePersonal
    addresses: list[AddressView]
