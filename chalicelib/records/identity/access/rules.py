"""How often one may try to show who one is, and the refusals of it. Pure: time is given."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.errors import Forbidden, Invalid, TooMany, Unauthenticated, Unavailable

FRESH_SECONDS = 600  # a second factor counts for ten minutes
CODE_SECONDS, CODE_PAUSE_SECONDS = 300, 60
CODE_TRIES, AROUND_TRIES, STRANGERS_TRIES = (
    5,
    10,
    20,
)  # of a code: from one line, the network around it, all but the asker's
FAILURES, WINDOW_SECONDS = 10, 900  # at one account from one line or device
CLOSED_FAILURES = 100  # and from there again while it is closed, of passwords alone and of both factors each
AROUND_FAILURES = 20  # and from the network around the line
STRANGERS_FAILURES, STRANGERS_FACTORS = 100, 50  # and from everywhere it was never signed in to from: passwords, TOTP
LOCK_SECONDS = (900, 1800, 3600)  # the tenth failure, five more after that lock, and each five later
SEEN_SECONDS = 3600  # the last login is noted at most this often
GRACE_SECONDS = 10  # a refresh token used twice in this time was a lost answer, not a theft


class Gate(NamedTuple):
    """Failures of one account or address: how many, closed until when, forgotten when. Epoch seconds."""

    failures: int = 0
    closed_until: int = 0
    forgotten_at: int = 0


class Gated(NamedTuple):
    """A row that counts failures and how many close it; `what` (account or address) and `who` are told when they do.
    `forgets`: who succeeds is forgiven all that it counted.
    """

    key: str
    most: int
    what: str
    who: str
    forgets: bool = False


class Shown(NamedTuple):
    """A code that was shown and is the right one: its row's key, and the digest that it still has to have when it is spent."""

    key: str
    digest: str


def record_attempt(gate: Gate, now: int, most: int = FAILURES) -> Gate | None:
    """The gate after one more attempt, counted before its outcome is known; None while it is closed.

    The `most`-th failure within 15 minutes closes it for 15 minutes. When it is open again, half as many close it for 30,
    then 60 minutes, never for good: one wrong attempt an hour keeps nobody out.
    """
    if now < gate.closed_until:
        return None
    if now >= gate.forgotten_at:
        gate = Gate()
    failures = gate.failures + 1
    rounds, left = divmod(failures - most, max(1, most // 2))
    locked = LOCK_SECONDS[min(rounds, len(LOCK_SECONDS) - 1)] if failures >= most and not left else 0
    forgotten = gate.forgotten_at or now + WINDOW_SECONDS
    return Gate(failures, now + locked if locked else 0, max(forgotten, now + locked + WINDOW_SECONDS * bool(locked)))


class CodeWrong(Unauthenticated):
    zh, en = "验证码错误或已失效", "This code is wrong or no longer valid"


class CodeTooSoon(TooMany):
    seconds: int
    zh, en = "验证码刚刚发送，请 {seconds} 秒后再试", "A code was asked for just now; try again in {seconds} s"


class CodeTooOften(TooMany):
    zh, en = "验证码请求过于频繁，请稍后再试", "Too many codes were asked for; try again later"
    retry_after = 3600


class ContactUnreachable(Invalid):
    zh = "该手机号或邮箱收不到消息，请核对"
    en = "Messages do not reach this phone number or e-mail address; please check it"


class CodeNotSent(Unavailable):
    zh, en = "验证码暂时无法发送", "Codes cannot be sent at the moment"


class CredentialsWrong(Unauthenticated):
    zh, en = "账号或密码错误", "The account or the password is wrong"


class LoginLocked(TooMany):
    seconds: int
    zh, en = "尝试次数过多，请 {seconds} 秒后再试", "Too many attempts; try again in {seconds} s"
    retry_after = 900


class TotpNeeded(Unauthenticated):
    zh, en = "请输入动态验证码", "This account also needs the code of its second factor"


class TotpWrong(Unauthenticated):
    zh, en = (
        "动态验证码错误或已使用过，请等待下一个",
        "This code of the second factor is wrong, or was used already; wait for the next one",
    )


class SessionEnded(Unauthenticated):
    zh, en = "登录已失效，请重新登录", "This session has ended; please sign in again"


class TokenInvalid(Unauthenticated):
    zh, en = "令牌无效或已过期", "This token is not valid, or no longer"


class TargetNeeded(Invalid):
    zh, en = "请提供手机号或邮箱之一", "Give either a phone number or an e-mail address"


class PasswordWeak(Invalid):
    zh, en = "密码至少 8 位，且不能过于简单", "A password has at least 8 characters and is not too simple"


class FreshCodeNeeded(Forbidden):
    zh, en = "请先通过验证码确认是您本人", "Please confirm first with a fresh code that it is you"


class InvitationInvalid(Unauthenticated):
    zh, en = "邀请码无效或已过期", "This invitation is not valid, or no longer"
