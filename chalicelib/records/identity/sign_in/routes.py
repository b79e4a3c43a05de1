"""The door: codes, registering, signing in and out. These routes hand out tokens, so none takes an Idempotency-Key."""

from chalice.app import Blueprint

from chalicelib.kernel.texts import EmailInvalid, PhoneInvalid
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import FIRST, PUBLIC, TOKEN, endpoint
from chalicelib.runtime.limits import Limit, shared
from chalicelib.runtime.vault import VaultClosed
from chalicelib.runtime.work import Work

from ..access.rules import (
    CODE_SECONDS,
    CodeNotSent,
    CodeTooOften,
    CodeTooSoon,
    CodeWrong,
    ContactUnreachable,
    CredentialsWrong,
    InvitationInvalid,
    LoginLocked,
    PasswordWeak,
    SessionEnded,
    TargetNeeded,
    TotpNeeded,
    TotpWrong,
)
from ..access.service import mfa, sessions, verification_codes
from ..accounts.rules import IdentityTaken, PolicyNotFound, StaleAccount, UserNotFound
from .rules import (
    AccountNotFound,
    LoginProviderDown,
    LoginProviderNotFound,
    LoginProviderRefused,
    RegisteredTooOften,
    TermsNeeded,
)
from .service import activation, signing_in
from .shapes import (
    Activated,
    Activation,
    AskCode,
    CodeSent,
    Factor,
    Login,
    Logout,
    Refresh,
    Register,
    ResetPassword,
    SessionView,
    SocialLogin,
    StepUp,
    TokensView,
    session_view,
    tokens_view,
)

bp = Blueprint(__name__)
TARGET = (TargetNeeded, PhoneInvalid, EmailInvalid)
FACTOR = (TotpNeeded, TotpWrong, CredentialsWrong, LoginLocked, VaultClosed)


@endpoint(
    bp,
    "POST",
    "/v1/auth/codes",
    example={"body": {"phone": "13800138000", "purpose": "register"}},
    permit=PUBLIC,
    key="none",
    status=202,
    errors=(*TARGET, CodeTooSoon, CodeTooOften, ContactUnreachable, CodeNotSent),
)
def ask_code(body: AskCode, work: Work) -> CodeSent:
    """Send a six-digit code. · 发送六位验证码

    The answer does not tell whether the target has an account.
    """
    verification_codes.ask(body.purpose, verification_codes.target(body.phone, body.email), work)
    return CodeSent(seconds=CODE_SECONDS)


@endpoint(
    bp,
    "POST",
    "/v1/auth/register",
    example={"body": {"phone": "13800138000", "code": "123456", "terms": "2026-01"}},
    permit=PUBLIC,
    key="none",
    status=201,
    limit=Limit(
        "register", shared(60, per="hour", by="ip"), shared(20, per="hour", by="device")
    ),  # each makes a data key
    errors=(
        *TARGET,
        CodeWrong,
        PasswordWeak,
        IdentityTaken,
        PolicyNotFound,
        RegisteredTooOften,
        LoginLocked,
        StaleAccount,
        VaultClosed,
    ),
)
def register(body: Register, work: Work) -> TokensView:
    """Register by phone or e-mail and sign in. · 手机号或邮箱注册并登录

    By phone and code, e-mail and code, or e-mail and password. By e-mail and password alone it is answered alike
    whether or not somebody has the address; who has it is told.
    """
    to = verification_codes.target(body.phone, body.email)
    if body.code is None and (body.password is None or to.channel == "phone"):
        raise CodeWrong()
    return tokens_view(
        signing_in.register(to, body.terms, work, code=body.code, password=body.password, name=body.name)
    )


@endpoint(
    bp,
    "POST",
    "/v1/auth/login",
    example={"body": {"email": "buyer@example.com", "password": "correct horse 7"}},
    permit=PUBLIC,
    key="none",
    errors=(*TARGET, *FACTOR, CodeWrong, AccountNotFound, StaleAccount, IdentityTaken),
)
def login(body: Login, work: Work) -> TokensView:
    """Sign in with a code or a password. · 验证码或密码登录

    By a code to an e-mail address that somebody registered without a proof you get a fresh account: nothing is agreed
    to yet.
    """
    to = verification_codes.target(body.phone, body.email)
    if body.code is not None:
        return tokens_view(signing_in.by_code(to, body.code, body.totp, work))
    return tokens_view(signing_in.by_password(to, body.password or "", body.totp, work))


@endpoint(
    bp,
    "POST",
    "/v1/auth/social/{provider}",
    permit=PUBLIC,
    key="none",
    limit=Limit("social", shared(60, per="hour", by="ip"), shared(20, per="hour", by="device")),
    errors=(
        *FACTOR,
        LoginProviderNotFound,
        LoginProviderRefused,
        LoginProviderDown,
        TermsNeeded,
        PolicyNotFound,
        RegisteredTooOften,
        IdentityTaken,
        StaleAccount,
    ),
)
def social(provider: str, body: SocialLogin, work: Work) -> TokensView:
    """Sign in with a provider. · 第三方登录

    `wechat`; who comes first time is registered.
    """
    return tokens_view(signing_in.by_provider(provider, body.code, body.terms, body.totp, work))


@endpoint(
    bp,
    "POST",
    "/v1/auth/password",
    example={"body": {"phone": "13800138000", "code": "123456", "password": "correct horse 7"}},
    permit=PUBLIC,
    key="none",
    errors=(*TARGET, *FACTOR, CodeWrong, AccountNotFound, PasswordWeak, StaleAccount, IdentityTaken),
)
def reset_password(body: ResetPassword, work: Work) -> TokensView:
    """Reset the password with a code. · 凭验证码重设密码

    The code's purpose is `password`; all other sessions end.
    """
    to = verification_codes.target(body.phone, body.email)
    return tokens_view(signing_in.reset_password(to, body.code, body.password, body.totp, work))


@endpoint(bp, "POST", "/v1/auth/refresh", permit=PUBLIC, key="none", errors=(SessionEnded, StaleAccount))
def refresh(body: Refresh, work: Work) -> TokensView:
    """Exchange a refresh token for new tokens. · 刷新令牌

    A token used twice ends the session, except within ten seconds.
    """
    return tokens_view(sessions.refresh(body.refresh_token, work))


@endpoint(bp, "POST", "/v1/auth/guests", permit=PUBLIC, key="none", status=201)
def guest(work: Work) -> TokensView:
    """Create a guest session (90 days; opens a cart only). · 创建访客会话（90 天，仅限购物车）"""
    return tokens_view(sessions.guest(work))


@endpoint(bp, "GET", "/v1/session", permit="sessions:end", session=TOKEN)
def read_session(caller: Caller) -> SessionView:
    """Get your roles and permits. · 查看当前会话的角色与权限"""
    return session_view(caller)


@endpoint(
    bp,
    "POST",
    "/v1/auth/logout",
    permit="sessions:end",
    session=TOKEN,
    key="none",
    status=204,
    errors=(SessionEnded, StaleAccount),
)
def logout(body: Logout, work: Work) -> None:
    """Sign out here or everywhere. · 退出登录（本设备或全部）

    Everywhere, while this session still stands.
    """
    if body.everywhere and work.caller.session:
        sessions.end_all(work.caller.id, "everywhere", work)
    else:
        sessions.end(work.caller.id, work.caller.session, work)


@endpoint(
    bp,
    "POST",
    "/v1/auth/totp",
    permit="sessions:confirm",
    session=FIRST,
    key="none",
    errors=(TotpWrong, CredentialsWrong, LoginLocked, SessionEnded, StaleAccount, UserNotFound, VaultClosed),
)
def prove(body: Factor, work: Work) -> TokensView:
    """Confirm the session with the second factor. · 凭二次验证提升会话权限

    For ten minutes the new access token may do what needs a fresh one.
    """
    return tokens_view(mfa.prove_by_totp(body.code, work))


@endpoint(
    bp,
    "POST",
    "/v1/auth/step-up",
    example={"body": {"phone": "13800138000", "code": "123456"}},
    permit="sessions:step_up",
    session=FIRST,
    key="none",
    errors=(*TARGET, *FACTOR, CodeWrong, SessionEnded, StaleAccount, UserNotFound),
)
def step_up(body: StepUp, work: Work) -> TokensView:
    """Confirm the session with a code sent to a contact. · 凭验证码提升会话权限

    The code goes to a phone or e-mail of this account (purpose `step_up`); the new access token is fresh.
    """
    return tokens_view(mfa.prove_by_code(verification_codes.target(body.phone, body.email), body.code, body.totp, work))


@endpoint(
    bp,
    "POST",
    "/v1/auth/activation",
    permit=PUBLIC,
    key="none",
    errors=(EmailInvalid, InvitationInvalid, PasswordWeak, LoginLocked),
)
def activate(body: Activation, work: Work) -> Activated:
    """Activate a staff account from an invitation. · 员工激活账户

    Sets a password, and answers the second factor.
    """
    secret, uri = activation.activate(body.email, body.code, body.password, work)
    return Activated(totp_secret=secret, totp_uri=uri)
