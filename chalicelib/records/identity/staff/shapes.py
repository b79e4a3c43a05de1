"""What the staff's routes take and answer of people. Personal texts are tagged, so that no journal ever keeps one."""

from typing import Literal

from pydantic import Field

from chalicelib.runtime.http import Body, Instant, MaybePersonal, View
from chalicelib.runtime.http.kinds import Day, Email, Exact, Phone
from chalicelib.runtime.http.shapes import Paging

from ..accounts.shapes import AddressView, RoleName


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
    roles: list[RoleName]
    applied: bool


class FindUsers(Paging):
    """By phone, by e-mail, by the day of registration; without any of them: the staff."""

    phone: Phone | None = None
    email: Email | None = None
    day: Day | None = None


class UserView(View):
    """A person to staff: masked."""

    user_id: str
    roles: list[RoleName]
    state: str
    joined_at: Instant
    name: str | None
    phone: str | None
    email: str | None
    proposed_roles: list[RoleName]
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
