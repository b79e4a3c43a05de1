"""How often one may knock, and this context's refusals. Pure: time and entropy are given."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from chalicelib.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated, Unavailable

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
LEAVING_DAYS = 7
SEEN_SECONDS = 3600  # the last login is noted at most this often
GRACE_SECONDS = 10  # a refresh token used twice in this time was a lost answer, not a theft
MOST_ADDRESSES = 50
MOST_HIDDEN, SIFTED_AT = 100, 20  # versions out of use that no order names; each twentieth has them sifted
HIDDEN_KEPT = timedelta(days=1)  # by then no quote names them any more

PURPOSES: dict[str, str] = {
    "terms": "terms of service and privacy policy; cannot be withdrawn without leaving",
    "personalisation": "recommendations from what you looked at and bought",
    "marketing_sms": "offers by text message",
    "marketing_email": "offers by e-mail",
    "marketing_wechat": "offers by WeChat",
}


class Gate(NamedTuple):
    """Failures of one account or address: how many, closed until when, forgotten when. Epoch seconds."""

    failures: int = 0
    closed_until: int = 0
    forgotten_at: int = 0


def knock(gate: Gate, now: int, most: int = FAILURES) -> Gate | None:
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


class LoginFailed(Unauthenticated):
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


class AccountUnknown(Unauthenticated):
    zh, en = "该账号尚未注册", "There is no account for this yet; please register"


class IdentityTaken(Conflict):
    zh, en = "该手机号、邮箱或微信已被使用", "This phone, e-mail or WeChat belongs to an account"


class RegisteredTooOften(TooMany):
    zh, en = "注册过于频繁，请稍后再试", "Too many registrations from here; try again later"
    retry_after = 3600


class TermsNeeded(Invalid):
    zh, en = "请先同意用户协议与隐私政策", "Please agree to the terms and the privacy policy first"


class TargetNeeded(Invalid):
    zh, en = "请提供手机号或邮箱之一", "Give either a phone number or an e-mail address"


class PasswordWeak(Invalid):
    zh, en = "密码至少 8 位，且不能过于简单", "A password has at least 8 characters and is not too simple"


class FreshCodeNeeded(Forbidden):
    zh, en = "请先通过验证码确认是您本人", "Please confirm first with a fresh code that it is you"


class PolicyUnknown(Invalid):
    zh, en = "没有该版本的协议", "No such version of the policy was published"


class LoginProviderUnknown(NotFound):
    zh, en = "不支持该登录方式", "There is no such way to sign in"


class LoginProviderRefused(Unauthenticated):
    zh, en = "第三方登录失败，请重试", "The login provider did not confirm who you are"


class LoginProviderDown(Unavailable):
    zh, en = "第三方登录暂不可用", "The login provider does not answer"


class AddressUnknown(NotFound):
    zh, en = "地址不存在", "There is no such address of yours"


class AddressesFull(Conflict):
    most: int
    zh, en = "最多保存 {most} 个地址", "There is room for {most} addresses"


class AddressesChangedTooOften(TooMany):
    zh, en = "地址修改过于频繁，请稍后再试", "Addresses were changed too often; please try again later"
    retry_after = 3600


class RegionUnknown(Invalid):
    region: str
    zh, en = "没有行政区划代码 {region}", "There is no region with the code {region}"


class RegionRetired(Invalid):
    region: str
    name: str
    zh, en = (
        "行政区划代码 {region}（{name}）已撤销，请重新选择地区",
        "The code {region} ({name}) was abolished; please choose the region anew",
    )


class RegionTooWide(Invalid):
    name: str
    region: str
    zh, en = (
        "{name}（{region}）下还有区县，请选择到最下一级",
        "There are regions below {name} ({region}); please choose one of them",
    )


class RegionNamesWrong(Invalid):
    region: str
    province: str
    city: str
    district: str
    zh, en = (
        "代码 {region} 是{province} {city} {district}，与所填地名不符",
        "The code {region} is {province} {city} {district}, and not what these names say",
    )


class EmailUnproven(Conflict):
    zh, en = "请先验证邮箱", "Please show first that the e-mail address is yours"


class AccountMoved(Conflict):
    zh, en = "账户信息刚刚变化，请重试", "The account changed just now; please try again"


class LeavingAlready(Conflict):
    zh, en = "注销申请已提交", "The account is being closed already"


class ExportNotFound(NotFound):
    zh, en = "没有这次数据导出", "There is no such export of your data"


class ExportChanged(Conflict):
    zh, en = "数据导出刚刚变化，请重试", "The export changed just now; please try again"


class NotLeaving(Conflict):
    zh, en = "没有进行中的注销申请", "The account is not being closed"


class ConsentPurposeUnknown(NotFound):
    zh, en = "没有该授权用途", "There is no such purpose"


class TermsKept(Conflict):
    zh, en = "撤回用户协议需通过注销账户", "The terms are withdrawn by closing the account"


class UserUnknown(NotFound):
    zh, en = "用户不存在", "There is no such user"


class StaffClosed(Forbidden):
    zh, en = "员工资料仅管理员可查看", "What is held of staff is open to administrators alone"


class DisclosedTooOften(TooMany):
    zh, en = "今日查看客户信息的次数已达上限", "You have looked at as many people's data today as one may"
    retry_after = 3600


class RolesApart(Invalid):
    zh, en = "这些角色不能由同一人担任", "One person may not have these roles together"


class OwnRoles(Forbidden):
    zh, en = "不能更改自己的角色", "Nobody changes their own roles"


class InvitationInvalid(Unauthenticated):
    zh, en = "邀请码无效或已过期", "This invitation is not valid, or no longer"
