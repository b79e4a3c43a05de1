"""What customers are told of their money, and owners of their accounts; an order is named by the end of its number."""

from __future__ import annotations

from chalicelib.kernel.messages import Template, Words

PASSWORD_SET = Template(
    "password_set",
    zh=Words(
        "您的集市账户密码已更改",
        "【集市】您账户的登录密码刚刚设置或更改，所有设备均已退出。如非本人操作，请立即重设密码并联系客服。",
    ),
    en=Words(
        "The password of your Jishi account was changed",
        "[Jishi] The password of your account was just set or changed, and every device was signed out. "
        "If it was not you, set a new one and tell us now.",
    ),
)
REGISTRATION_TRIED = Template(
    "registration_tried",
    zh=Words(
        "有人用您的邮箱注册集市",
        "【集市】有人刚刚用您的邮箱注册集市。您已有账户，无需重新注册：请直接登录，忘记密码可用验证码重设。如非本人操作，无需处理，您的账户未受影响。",
    ),
    en=Words(
        "Somebody registered at Jishi with your e-mail address",
        "[Jishi] Somebody just registered with your e-mail address. "
        "You have an account already: sign in, or set a new password by a code. If it was not you, "
        "nothing need be done; your account was not touched.",
    ),
)
DEVICE_NEW = Template(
    "device_new",
    zh=Words(
        "您的集市账户在新设备上登录",
        "【集市】您的账户刚刚在新设备上登录。如非本人操作，请立即更改密码并联系客服。",
    ),
    en=Words(
        "Your Jishi account was used on a new device",
        "[Jishi] Your account was just signed in to on a new device. If it was not you, "
        "change your password and tell us now.",
    ),
)
DATA_EXPORTED = Template(
    "data_exported",
    zh=Words(
        "有人申请导出您的集市账户数据",
        "【集市】有人刚刚申请导出您账户的全部个人数据。如非本人操作，请立即在所有设备上退出登录并联系客服。",
    ),
    en=Words(
        "The data of your Jishi account was asked for",
        "[Jishi] All data of your account was just asked for, to be taken along. If it was not you, "
        "sign out everywhere and tell us now.",
    ),
)
DATA_READY = Template(
    "data_ready",
    zh=Words(
        "您的集市账户数据已备好",
        "【集市】您要的个人数据已备好，请在 24 小时内登录下载。如非本人操作，请立即在所有设备上退出登录并联系客服。",
    ),
    en=Words(
        "The data of your Jishi account is ready",
        "[Jishi] The data you asked for is ready; sign in and fetch it within 24 hours. "
        "If it was not you who asked, sign out everywhere and tell us now.",
    ),
)
LEAVING = Template(
    "leaving",
    zh=Words(
        "您的集市账户即将注销",
        "【集市】您的账户已申请注销，将于 {day} 关闭。如非本人操作，请在此之前登录撤销并联系客服。",
    ),
    en=Words(
        "Your Jishi account is to be closed",
        "[Jishi] Your account is to be closed on {day}, as was asked. If it was not you, "
        "sign in before then, take it back and tell us.",
    ),
)
WEBHOOK_OFF = Template(
    "webhook_off",
    zh=Words(
        "事件推送已停用",
        "【集市】您建立的事件推送订阅（编号尾号 {subscription}）已停用：接收方持续失败或已下线。"
        "修复后请在后台恢复，期间的消息将补发。",
    ),
    en=Words(
        "A webhook subscription was switched off",
        "[Jishi] The webhook subscription you made (ending {subscription}) was switched off: its receiver kept failing or is "
        "gone. Once it is mended, resume it; what waited is sent then.",
    ),
)
PAID_LATE = Template(
    "paid_late",
    zh=Words(
        "您的付款已到账",
        "【集市】订单尾号 {order} 的付款已到账，订单已恢复。",
    ),
    en=Words(
        "Your payment has arrived",
        "[Jishi] The payment for your order ending {order} has arrived, and the order stands again.",
    ),
)
LATE_RETURNED = Template(
    "late_returned",
    zh=Words(
        "您的付款将全额退回",
        "【集市】您为订单尾号 {order} 支付的款项来得太晚，将全额退回。",
    ),
    en=Words(
        "Your payment goes back to you",
        "[Jishi] Your payment for the order ending {order} came too late; it goes back to you in full.",
    ),
)
CANCELLED_RETURNED = Template(
    "cancelled_returned",
    zh=Words(
        "订单已取消，您的付款将全额退回",
        "【集市】您已取消订单尾号 {order}，您为其支付的款项将全额退回。",
    ),
    en=Words(
        "Your order was cancelled; your payment goes back to you",
        "[Jishi] You had cancelled your order ending {order}; your payment for it goes back to you in full.",
    ),
)
CALLED_OFF_RETURNED = Template(
    "called_off_returned",
    zh=Words(
        "订单已被取消，您的付款将全额退回",
        "【集市】商家已取消您的订单尾号 {order}，您为其支付的款项将全额退回。",
    ),
    en=Words(
        "Your order was cancelled; your payment goes back to you",
        "[Jishi] The shop had to cancel your order ending {order}; your payment for it goes back to you in full.",
    ),
)
REPRICED_RETURNED = Template(
    "repriced_returned",
    zh=Words(
        "订单已改价，您的付款将全额退回",
        "【集市】订单尾号 {order} 已改价，您按原价支付的款项将全额退回，请按新价付款。",
    ),
    en=Words(
        "Your payment goes back to you; please pay the new price",
        "[Jishi] The price of your order ending {order} has changed; "
        "what you paid goes back to you in full. Please pay the new price.",
    ),
)
FREE_RETURNED = Template(
    "free_returned",
    zh=Words(
        "您的付款将全额退回",
        "【集市】订单尾号 {order} 已无需付款，您支付的款项将全额退回，订单有效。",
    ),
    en=Words(
        "Your payment goes back to you",
        "[Jishi] Your order ending {order} costs nothing any more and stands; your payment goes back to you in full.",
    ),
)
PAID_TWICE = Template(
    "paid_twice",
    zh=Words(
        "重复付款将全额退回",
        "【集市】订单尾号 {order} 重复付款，多付的款项将全额退回。",
    ),
    en=Words(
        "Your second payment goes back to you",
        "[Jishi] Your order ending {order} was paid twice; the second payment goes back to you in full.",
    ),
)
RETURNED = Template(
    "returned",
    zh=Words(
        "退款已退回",
        "【集市】订单尾号 {order} 的退款 {amount} 已退回。",
    ),
    en=Words(
        "Your refund",
        "[Jishi] {amount} of your order ending {order} went back to you.",
    ),
)
