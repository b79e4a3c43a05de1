"""People to the shop's own: masked lists, invitations, roles, blocking, data keys."""

from chalice.app import Blueprint

from chalicelib.kernel.clock import iso
from chalicelib.kernel.texts import EmailInvalid, PhoneInvalid
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.vault import VaultClosed
from chalicelib.runtime.work import Work

from ..access.rules import CodeNotSent, CodeTooOften, ContactUnreachable, TargetNeeded
from ..access.service import verification_codes
from ..accounts.rules import IdentityTaken, StaleAccount, UserNotFound
from ..accounts.service import key_rotation
from .rules import OwnRoles, RolesApart, StaffClosed
from .service import directory, roles, staff
from .service.directory import Seen
from .shapes import FindUsers, Invite, Invited, PutRoles, RolesView, Users, UserView

bp = Blueprint(__name__)


@endpoint(
    bp,
    "GET",
    "/v1/admin/users",
    permit="users:read",
    errors=(PhoneInvalid, EmailInvalid, TargetNeeded, StaffClosed, VaultClosed),
)
def list_users(query: FindUsers, caller: Caller) -> Users:
    """Find a person, or list new customers or the staff. · 查找用户，或列出新客户、员工

    By phone or e-mail; a day's new customers; to administrators, the staff.
    """
    if query.phone is not None or query.email is not None:
        return Users(
            items=[_view(one) for one in directory.search(verification_codes.target(query.phone, query.email), caller)]
        )
    if query.day is not None:
        found, more = directory.of_day(f"{query.day:%Y%m%d}", query.limit, query.cursor)
        return Users(items=[_view(one) for one in found], next=more)
    if not caller.may("users:edit"):
        raise StaffClosed()
    return Users(items=[_view(one) for one in staff.members()])


@endpoint(bp, "GET", "/v1/admin/users/{user_id}", permit="users:read", errors=(UserNotFound, StaffClosed, VaultClosed))
def show_user(user_id: str, caller: Caller) -> UserView:
    """Read a user (masked). · 用户详情（脱敏）"""
    return _view(directory.look(user_id, caller))


@endpoint(
    bp,
    "POST",
    "/v1/admin/users",
    permit="users:edit",
    step_up=True,
    status=201,
    errors=(EmailInvalid, IdentityTaken, ContactUnreachable, CodeTooOften, CodeNotSent),
)
def invite(body: Invite, work: Work) -> Invited:
    """Invite a member of staff. · 邀请员工

    The code goes to their e-mail address; roles are given apart.
    """
    return Invited(user_id=staff.invite(body.email, work))


@endpoint(
    bp,
    "POST",
    "/v1/admin/users/{user_id}/invitations",
    permit="users:edit",
    step_up=True,
    status=204,
    errors=(UserNotFound, ContactUnreachable, CodeTooOften, CodeNotSent),
)
def invite_again(user_id: str, work: Work) -> None:
    """Invite a member of staff anew. · 重新邀请员工

    Who lost their password or second factor.
    """
    staff.invite_again(user_id, work)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/users/{user_id}/roles",
    permit="users:edit",
    step_up=True,
    errors=(UserNotFound, RolesApart, OwnRoles, StaleAccount),
    second="for more rights",
)
def put_roles(user_id: str, body: PutRoles, work: Work) -> RolesView:
    """Set a user's roles. · 设置用户角色

    More rights need a second administrator to put the same, fewer hold at once.
    """
    applied = roles.put(user_id, frozenset(body.roles), work)
    return RolesView(user_id=user_id, roles=sorted(set(body.roles)), applied=applied)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/users/{user_id}/block",
    permit="users:edit",
    step_up=True,
    status=204,
    errors=(UserNotFound, OwnRoles, StaleAccount),
)
def block(user_id: str, work: Work) -> None:
    """Block an account and end its sessions. · 封禁账户并结束会话

    Nobody signs in to it.
    """
    directory.block(user_id, work)


@endpoint(
    bp,
    "DELETE",
    "/v1/admin/users/{user_id}/block",
    permit="users:edit",
    step_up=True,
    status=204,
    errors=(UserNotFound, StaleAccount),
)
def unblock(user_id: str, work: Work) -> None:
    """Unblock an account. · 解封账户"""
    directory.unblock(user_id, work)


@endpoint(
    bp,
    "POST",
    "/v1/admin/users/{user_id}/data-key",
    permit="users:edit",
    step_up=True,
    status=204,
    errors=(UserNotFound, StaleAccount, VaultClosed),
)
def new_data_key(user_id: str, work: Work) -> None:
    """Renew a user's data key. · 更换用户数据密钥

    For when the old one may have been seen; a worker seals what is left under that anew.

    `key_changing` of the person says that it is still at it; asking again then makes no other key, but sets it going
    again.
    """
    key_rotation.rotate(user_id, work)


def _view(one: Seen) -> UserView:
    return UserView(
        user_id=one.account,
        roles=one.roles,
        state=one.state,
        joined_at=iso(one.joined_at),
        name=one.name,
        phone=one.phone,
        email=one.email,
        proposed_roles=list(one.proposed),
        key_changing=one.key_changing,
    )
