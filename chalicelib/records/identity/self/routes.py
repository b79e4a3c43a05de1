"""A customer's own: account, addresses, consents, leaving."""

from chalice.app import Blueprint

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.kernel.texts import EmailInvalid, PhoneInvalid
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import FIRST, PUBLIC, endpoint
from chalicelib.runtime.vault import VaultClosed
from chalicelib.runtime.work import Work

from ..access.rules import (
    CodeWrong,
    CredentialsWrong,
    FreshCodeNeeded,
    LoginLocked,
    PasswordWeak,
    SessionEnded,
    TargetNeeded,
)
from ..access.service import verification_codes
from ..accounts.rules import (
    PURPOSES,
    AddressesChangedTooOften,
    AddressesFull,
    AddressNotFound,
    BirthdayKept,
    BirthdayWrong,
    ConsentPurposeNotFound,
    IdentityTaken,
    PolicyNotFound,
    RegionNamesWrong,
    RegionNotFound,
    RegionRetired,
    RegionTooWide,
    StaleAccount,
    TermsKept,
    UserNotFound,
)
from ..accounts.service import addresses, consents, regions
from ..accounts.service.addresses import Added, Kept, Place
from ..accounts.shapes import AddressView
from .rules import DeletionNotRequested, EmailUnproven
from .service import deletion, profile
from .shapes import (
    Addresses,
    AddressMade,
    AskRegions,
    AskTerms,
    ConsentHistory,
    Consents,
    ConsentView,
    EditPerson,
    PendingDeletion,
    PersonView,
    PutAddress,
    PutConsent,
    PutContact,
    PutPassword,
    Regions,
    RegionView,
    TermsView,
)

bp = Blueprint(__name__)
REGION = (RegionNotFound, RegionRetired, RegionTooWide, RegionNamesWrong)


@endpoint(bp, "GET", "/v1/me", permit="me:read", errors=(UserNotFound, VaultClosed))
def me(caller: Caller) -> PersonView:
    """Read your profile. · 我的资料

    What the shop knows of you.
    """
    row, person = profile.show(caller.id)
    return PersonView(
        user_id=row.owner,
        roles=row.role_names,
        name=person.name,
        phone=person.phone,
        email=person.email,
        wechat=row.wechat is not None,
        has_password=row.password is not None,
        language=row.language or "zh",
        minor=bool(row.minor),
        birthday=profile.birthday(row),
        joined_at=iso(row.joined_at),
        leaving_at=iso_or_none(row.leaving_at),
    )


@endpoint(
    bp,
    "PATCH",
    "/v1/me",
    permit="me:edit",
    status=204,
    errors=(UserNotFound, StaleAccount, BirthdayWrong, BirthdayKept, VaultClosed),
)
def edit_me(body: EditPerson, work: Work) -> None:
    """Change your name, language, minor's mark or birthday. · 修改姓名、语言、未成年标记或生日

    A birthday is month and day; it is changed once a year at most, and a gift comes for the first that is 30 days away.
    """
    profile.edit(work, name=body.name, language=body.language, minor=body.minor, birthday=body.birthday)


@endpoint(
    bp,
    "PUT",
    "/v1/me/contact",
    example={"body": {"phone": "13900139000", "code": "123456"}},
    permit="me:edit",
    session=FIRST,
    status=204,
    errors=(
        TargetNeeded,
        PhoneInvalid,
        EmailInvalid,
        FreshCodeNeeded,
        CodeWrong,
        IdentityTaken,
        EmailUnproven,
        SessionEnded,
        StaleAccount,
        UserNotFound,
        VaultClosed,
    ),
)
def put_contact(body: PutContact, work: Work) -> None:
    """Set or change your phone or e-mail. · 绑定或更换手机号、邮箱

    By a code that was sent there (purpose `bind`). Who has a phone or e-mail already shows a fresh code to it first
    (`/v1/auth/step-up`); it is told of the change, and you are signed out everywhere else.
    """
    profile.put_contact(verification_codes.target(body.phone, body.email), body.code, work)


@endpoint(
    bp,
    "PUT",
    "/v1/me/password",
    example={"body": {"old_password": "correct horse 7", "password": "battery staple 8"}},
    permit="me:edit",
    session=FIRST,
    status=204,
    errors=(
        FreshCodeNeeded,
        CredentialsWrong,
        LoginLocked,
        PasswordWeak,
        IdentityTaken,
        StaleAccount,
        UserNotFound,
        VaultClosed,
    ),
)
def put_password(body: PutPassword, work: Work) -> None:
    """Set or change your password. · 设置或修改密码

    By a fresh code (`/v1/auth/step-up`), or the old one; you are signed out everywhere.
    """
    profile.put_password(body.password, body.old_password, work)


@endpoint(bp, "DELETE", "/v1/me", permit="me:edit", status=202, errors=(UserNotFound, FreshCodeNeeded, StaleAccount))
def request_deletion(work: Work) -> PendingDeletion:
    """Request the deletion of your account. · 申请注销账户

    By a fresh code (`/v1/auth/step-up`) where you have a contact. It is done after seven days, and until then you can
    think better of it.
    """
    return PendingDeletion(due_at=iso(deletion.request(work)))


@endpoint(
    bp,
    "POST",
    "/v1/me/deletion/cancellation",
    permit="me:edit",
    status=204,
    errors=(UserNotFound, DeletionNotRequested),
)
def cancel_deletion(work: Work) -> None:
    """Cancel the pending deletion of your account. · 撤销账户注销申请"""
    deletion.cancel(work)


@endpoint(bp, "GET", "/v1/me/addresses", permit="me:read", errors=(UserNotFound, VaultClosed))
def list_addresses(caller: Caller) -> Addresses:
    """List your addresses, the default first. · 我的收货地址，默认地址在前"""
    return Addresses(items=[address_view(kept) for kept in addresses.all_of(caller.id)])


@endpoint(
    bp,
    "POST",
    "/v1/me/addresses",
    permit="me:edit",
    status=201,
    errors=(PhoneInvalid, *REGION, AddressesFull, StaleAccount, VaultClosed),
)
def add_address(body: PutAddress, work: Work) -> AddressMade:
    """Add an address. · 新增收货地址

    The first one is the default.
    """
    return _made(addresses.add(_place(body), body.default, work))


@endpoint(
    bp,
    "PUT",
    "/v1/me/addresses/{address_id}",
    permit="me:edit",
    errors=(AddressNotFound, PhoneInvalid, *REGION, AddressesChangedTooOften, StaleAccount, VaultClosed),
)
def replace_address(address_id: str, body: PutAddress, work: Work) -> AddressMade:
    """Edit an address. · 修改收货地址

    Returns the id of the new version, which takes the old one's place.
    """
    return _made(addresses.replace(address_id, _place(body), body.default, work))


@endpoint(
    bp,
    "DELETE",
    "/v1/me/addresses/{address_id}",
    permit="me:edit",
    status=204,
    errors=(AddressNotFound, AddressesChangedTooOften, StaleAccount),
)
def remove_address(address_id: str, work: Work) -> None:
    """Remove an address. · 删除收货地址

    Orders that used it keep it.
    """
    addresses.remove(address_id, work)


@endpoint(bp, "GET", "/v1/terms", permit=PUBLIC, etag=True, errors=(PolicyNotFound,))
def read_terms(query: AskTerms) -> TermsView:
    """Read the terms that registering agrees to. · 查看注册须同意的协议

    The latest version, or one that was in force before.
    """
    return TermsView(**consents.terms(query.version)._asdict())


@endpoint(bp, "GET", "/v1/regions", permit=PUBLIC, etag=True, errors=(RegionNotFound,))
def list_regions(query: AskRegions) -> Regions:
    """List administrative divisions level by level. · 逐级列出行政区划

    Right below one, or the provinces: what a picker of addresses asks.
    """
    return Regions(items=[RegionView(**one._asdict()) for one in regions.below(query.parent)])


@endpoint(bp, "GET", "/v1/me/consents", permit="me:read")
def list_consents(caller: Caller) -> Consents:
    """List your consents. · 我的授权同意"""
    return Consents(items=[_consent(one) for one in consents.of(caller.id)])


@endpoint(bp, "GET", "/v1/me/consents/history", permit="me:read")
def consent_history(caller: Caller) -> ConsentHistory:
    """List every change of your consents. · 我的授权变更记录

    Oldest first.
    """
    return ConsentHistory(items=[_consent(one) for one in consents.history(caller.id)])


@endpoint(
    bp,
    "PUT",
    "/v1/me/consents",
    permit="me:edit",
    status=204,
    errors=(ConsentPurposeNotFound, TermsKept, PolicyNotFound, UserNotFound, StaleAccount),
)
def put_consent(body: PutConsent, work: Work) -> None:
    """Give or withdraw a consent. · 同意或撤回授权

    Withdrawing is as easy as giving and costs nothing.
    """
    consents.change(body.purpose, body.granted, body.policy, work)


def address_view(kept: Kept) -> AddressView:
    """An address to its owner."""
    return AddressView(address_id=kept.id, default=kept.default, **kept.place._asdict())


def _consent(one: consents.Given) -> ConsentView:
    return ConsentView(
        purpose=one.purpose,
        meaning=PURPOSES[one.purpose],
        granted=one.granted,
        policy=one.policy,
        at=iso_or_none(one.at),
        basis=one.basis,
        way=one.way,
    )


def _place(body: PutAddress) -> Place:
    return Place(**body.model_dump(exclude={"default"}))


def _made(added: Added) -> AddressMade:
    return AddressMade(address_id=added.id, default=added.default)
