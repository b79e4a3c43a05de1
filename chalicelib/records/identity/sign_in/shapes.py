"""What the routes under /auth take and answer. Tokens are tagged secret: no journal ever keeps one."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.kernel import texts
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Body, Secret, View
from chalicelib.runtime.http.kinds import AnyPassword, Email, Exact, Kind, OneTimeCode, Password, Phone, Version
from chalicelib.runtime.http.shapes import SECRET

from ..access.service.sessions import Tokens
from ..accounts.shapes import Name, RoleName

Invitation = Annotated[str, Field(min_length=10, max_length=40, examples=["QX7M4-2KD9P-H8TRW"]), Kind(texts.spelt, 64)]


class AskCode(Body):
    """Send a code to a phone or an e-mail address."""

    purpose: Literal["register", "login", "password", "step_up", "bind"] = "login"
    phone: Phone | None = None
    email: Email | None = None


class CodeSent(View):
    """A code is on its way, if we can reach this target at all; valid for so many seconds."""

    seconds: int


Totp = Annotated[OneTimeCode | None, Field(description="the code of the second factor, where the account has one")]


class Register(Body):
    """A new customer: phone or e-mail with a code, or e-mail with a password (and a code where there is one)."""

    phone: Phone | None = None
    email: Email | None = None
    code: OneTimeCode | None = None
    password: Password | None = None
    name: Name | None = None
    terms: Version = Field(description="the version of the terms and the privacy policy that was agreed to")


class Login(Body):
    """Phone or e-mail, with a code or a password."""

    phone: Phone | None = None
    email: Email | None = None
    code: OneTimeCode | None = None
    password: AnyPassword | None = None
    totp: Totp = None


class SocialLogin(Body):
    """The code a login provider gave the client; `terms` are needed by who comes for the first time."""

    code: Exact = Field(min_length=1, max_length=512, examples=["sim-alice"])
    terms: Version | None = None
    totp: Totp = None


class ResetPassword(Body):
    """A new password for who can read the phone or the e-mail."""

    phone: Phone | None = None
    email: Email | None = None
    code: OneTimeCode
    password: Password
    totp: Totp = None


class Refresh(Body):
    """A refresh token; it works once."""

    refresh_token: Exact = Field(min_length=40, max_length=200)


class Logout(Body):
    """End this session, or all of them."""

    everywhere: bool = False


class Factor(Body):
    """The code of an authenticator app."""

    code: OneTimeCode


class StepUp(Body):
    """A code that was sent to a phone or e-mail of this account, for purpose `step_up`."""

    phone: Phone | None = None
    email: Email | None = None
    code: OneTimeCode
    totp: Totp = None


class Activation(Body):
    """Take up an invitation: the code that was handed over, and a password of one's own."""

    email: Email
    code: Invitation
    password: Password


class Activated(View):
    """The second factor to set up; sign in with the password and its code."""

    totp_secret: Secret
    totp_uri: Secret


class TokensView(View):
    """Who signed in, with an access token (bearer) and the refresh token that gets the next one."""

    user_id: str
    roles: list[RoleName]
    access_token: Secret
    refresh_token: Annotated[str | None, SECRET] = None
    token_type: str = "Bearer"  # noqa: S105  # the scheme's name
    expires_in: int


class SessionView(View):
    """Who the token is of, and what they may."""

    user_id: str
    roles: list[RoleName]
    permits: list[str]


def session_view(caller: Caller) -> SessionView:
    return SessionView(user_id=caller.id, roles=caller.role.split(), permits=sorted(caller.permits))


def tokens_view(told: Tokens) -> TokensView:
    """Tokens as the API answers them."""
    return TokensView(
        user_id=told.account,
        roles=told.roles,
        access_token=told.access,
        refresh_token=told.refresh or None,
        expires_in=told.seconds,
    )
