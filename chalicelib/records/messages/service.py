"""Sending: the text of a message in the reader's language, handed to the channel for its kind of address.

Guarantees: a message is tried once, since one that seems lost may have arrived. What fails is logged and counted without the
address, the text or the code.
"""

from __future__ import annotations

from chalicelib.runtime import observe, settings

from .channels import CHANNELS, Deliver
from .channels.port import AddressBusy as AddressBusy  # what sending raises
from .channels.port import AddressRefused as AddressRefused
from .channels.port import Message, Misconfigured, is_local
from .channels.port import NotDelivered as NotDelivered

PHONE = settings.declare("PHONE_CHANNEL", "", "what delivers text messages; empty: outbox on a local stage, else sms")
EMAIL = settings.declare("EMAIL_CHANNEL", "", "what delivers e-mail; empty: outbox on a local stage, else mail")
CHOSEN = {"phone": (PHONE, "sms"), "email": (EMAIL, "mail")}  # kind of address -> its setting, its channel on AWS

TEXTS = {
    ("code", "zh"): "【集市】您的验证码是 {code}，5 分钟内有效，请勿告诉他人。",
    ("code", "en"): "[Jishi] Your code is {code}. It is valid for 5 minutes; tell nobody.",
    ("invitation", "zh"): "【集市】您被邀请管理商店，邀请码 {code}，72 小时内有效。",
    ("invitation", "en"): "[Jishi] You are invited to run the shop. Your code is {code}, valid for 72 hours.",
    ("contact_changed", "zh"): "【集市】您账户的手机号或邮箱刚刚变更。如非本人操作，请立即联系客服。",
    (
        "contact_changed",
        "en",
    ): "[Jishi] The phone or e-mail of your account was changed. If it was not you, tell us now.",
    (
        "password_set",
        "zh",
    ): "【集市】您账户的登录密码刚刚设置或更改，所有设备均已退出。如非本人操作，请立即重设密码并联系客服。",
    (
        "password_set",
        "en",
    ): "[Jishi] The password of your account was just set or changed, and every device was signed out. "
    "If it was not you, set a new one and tell us now.",
    (
        "registration_tried",
        "zh",
    ): "【集市】有人刚刚用您的邮箱注册集市。您已有账户，无需重新注册：请直接登录，忘记密码可用"
    "验证码重设。如非本人操作，无需处理，您的账户未受影响。",
    (
        "registration_tried",
        "en",
    ): "[Jishi] Somebody just registered with your e-mail address. You have an account already: "
    "sign in, or set a new password by a code. If it was not you, nothing need be done; your account was not touched.",
    ("device_new", "zh"): "【集市】您的账户刚刚在新设备上登录。如非本人操作，请立即更改密码并联系客服。",
    ("device_new", "en"): "[Jishi] Your account was just signed in to on a new device. If it was not you, change your "
    "password and tell us now.",
    (
        "data_exported",
        "zh",
    ): "【集市】有人刚刚申请导出您账户的全部个人数据。如非本人操作，请立即在所有设备上退出登录并联系客服。",
    (
        "data_exported",
        "en",
    ): "[Jishi] All data of your account was just asked for, to be taken along. If it was not you, "
    "sign out everywhere and tell us now.",
    (
        "data_ready",
        "zh",
    ): "【集市】您要的个人数据已备好，请在 24 小时内登录下载。如非本人操作，请立即在所有设备上退出登录并联系客服。",
    (
        "data_ready",
        "en",
    ): "[Jishi] The data you asked for is ready; sign in and fetch it within 24 hours. If it was not you "
    "who asked, sign out everywhere and tell us now.",
    ("leaving", "zh"): "【集市】您的账户已申请注销，将于 {day} 关闭。如非本人操作，请在此之前登录撤销并联系客服。",
    (
        "leaving",
        "en",
    ): "[Jishi] Your account is to be closed on {day}, as was asked. If it was not you, sign in before then, "
    "take it back and tell us.",
    ("paid_late", "zh"): "【集市】订单尾号 {order} 的付款已到账，订单已恢复。",
    ("paid_late", "en"): "[Jishi] The payment for your order ending {order} has arrived, and the order stands again.",
    ("late_returned", "zh"): "【集市】您为订单尾号 {order} 支付的款项来得太晚，将全额退回。",
    (
        "late_returned",
        "en",
    ): "[Jishi] Your payment for the order ending {order} came too late; it goes back to you in full.",
    ("cancelled_returned", "zh"): "【集市】您已取消订单尾号 {order}，您为其支付的款项将全额退回。",
    (
        "cancelled_returned",
        "en",
    ): "[Jishi] You had cancelled your order ending {order}; your payment for it goes back to you in full.",
    ("called_off_returned", "zh"): "【集市】商家已取消您的订单尾号 {order}，您为其支付的款项将全额退回。",
    (
        "called_off_returned",
        "en",
    ): "[Jishi] The shop had to cancel your order ending {order}; your payment for it goes back to you in full.",
    ("repriced_returned", "zh"): "【集市】订单尾号 {order} 已改价，您按原价支付的款项将全额退回，请按新价付款。",
    (
        "repriced_returned",
        "en",
    ): "[Jishi] The price of your order ending {order} has changed; what you paid goes back to you in full. Please pay"
    " the new price.",
    ("free_returned", "zh"): "【集市】订单尾号 {order} 已无需付款，您支付的款项将全额退回，订单有效。",
    (
        "free_returned",
        "en",
    ): "[Jishi] Your order ending {order} costs nothing any more and stands; your payment goes back to you in full.",
    ("paid_twice", "zh"): "【集市】订单尾号 {order} 重复付款，多付的款项将全额退回。",
    (
        "paid_twice",
        "en",
    ): "[Jishi] Your order ending {order} was paid twice; the second payment goes back to you in full.",
    ("returned", "zh"): "【集市】订单尾号 {order} 的退款 {amount} 已退回。",
    ("returned", "en"): "[Jishi] {amount} of your order ending {order} went back to you.",
}


def send_code(what: str, kind: str, address: str, code: str, language: str) -> None:
    """Deliver a text (what: `code`, `invitation`, `contact_changed`) to a phone (kind `phone`) or an e-mail (`email`).

    Raises NotDelivered, or what else kept the channel from delivering.
    """
    send(what, kind, address, language, **({"code": code} if code else {}))


def send(what: str, kind: str, address: str, language: str, **values: str) -> None:
    """Deliver a text of TEXTS with its values filled in. Raises as `send_code`."""
    spoken = "en" if language == "en" else "zh"
    message = Message(what, kind, address, spoken, values, TEXTS[what, spoken].format(**values))
    try:
        channel(kind)(message)
    except Exception as trouble:  # whatever it is, nobody got the message
        answer = getattr(trouble, "answer", "")
        observe.logger().error(
            "message not delivered", what=what, kind=kind, trouble=type(trouble).__name__, answer=answer
        )
        if not isinstance(trouble, AddressRefused | AddressBusy):  # neither is a failure of ours
            observe.count("MessageNotDelivered")
        if isinstance(trouble, Misconfigured):  # nor does this one pass by itself
            observe.count("MessageMisconfigured")
        raise


def channel(kind: str) -> Deliver:
    """What delivers to a kind of address on this stage. Raises Misconfigured when the setting names no such channel."""
    setting, deployed = CHOSEN[kind]
    name = settings.value(setting) or ("outbox" if is_local() else deployed)
    if name not in CHANNELS[kind]:
        raise Misconfigured(setting)
    return CHANNELS[kind][name]
