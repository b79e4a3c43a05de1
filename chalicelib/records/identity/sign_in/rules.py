"""The refusals of registering and signing in."""

from __future__ import annotations

from chalicelib.kernel.errors import Invalid, NotFound, TooMany, Unauthenticated, Unavailable


class AccountNotFound(Unauthenticated):
    zh, en = "该账号尚未注册", "There is no account for this yet; please register"


class RegisteredTooOften(TooMany):
    zh, en = "注册过于频繁，请稍后再试", "Too many registrations from here; try again later"
    retry_after = 3600


class TermsNeeded(Invalid):
    zh, en = "请先同意用户协议与隐私政策", "Please agree to the terms and the privacy policy first"


class LoginProviderNotFound(NotFound):
    zh, en = "不支持该登录方式", "There is no such way to sign in"


class LoginProviderRefused(Unauthenticated):
    zh, en = "第三方登录失败，请重试", "The login provider did not confirm who you are"


class LoginProviderDown(Unavailable):
    zh, en = "第三方登录暂不可用", "The login provider does not answer"
