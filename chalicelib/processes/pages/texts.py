"""The shop's own words for its states, kinds and reasons, in Chinese and English, as a page shows them.

A provider's and its methods' come from the provider's manifest. A house test holds each group whole.
"""

from chalicelib.records.payments.providers import METHODS, PROVIDERS

Words = dict[str, tuple[str, str]]  # a word on the wire -> in Chinese, in English

OWN: dict[str, Words] = {
    "role": {
        "operator": ("运营", "operator"),
        "support": ("客服", "support"),
        "finance": ("财务", "finance"),
        "admin": ("管理员", "admin"),
        "customer": ("顾客", "customer"),
    },
    "order": {
        "placed": ("待付款", "Unpaid"),
        "paid": ("已付款", "Paid"),
        "partly_shipped": ("部分发货", "Partly shipped"),
        "shipped": ("已发货", "Shipped"),
        "delivered": ("已签收", "Delivered"),
        "cancelled": ("已取消", "Cancelled"),
        "expired": ("已超时", "Expired"),
        "annulled": ("已作废", "Annulled"),
    },
    "payment": {
        "created": ("已创建", "created"),
        "pending": ("待支付", "pending"),
        "paid": ("已支付", "paid"),
        "closed": ("已关闭", "closed"),
        "failed": ("失败", "failed"),
        "quarantined": ("待核实", "quarantined"),
    },
    "refund": {
        "asked": ("待审批", "to decide"),
        "requested": ("已批准", "approved"),
        "processing": ("退款中", "on its way"),
        "succeeded": ("已退款", "given back"),
        "failed": ("失败", "failed"),
        "abnormal": ("退不进账户", "cannot be credited"),
        "declined": ("已拒绝", "declined"),
        "released": ("已放弃", "given up"),
        "manual": ("已另行退还", "given back otherwise"),
    },
    "kind": {
        "amount": ("金额不符", "Other amount"),
        "merchant": ("商户不符", "Other merchant"),
        "currency": ("币种不符", "Other currency"),
        "provider": ("渠道不符", "Other provider"),
        "double": ("重复付款", "Paid twice"),
        "unknown": ("未知支付单", "Unknown payment"),
        "unknown_refund": ("未知退款单", "Unknown refund"),
        "payment_silent": ("支付无回音", "Payment: no answer"),
        "shipping_untold": ("发货信息未上报", "What was sent: provider not told"),
        "refund_silent": ("退款无回音", "Refund: no answer"),
        "refund_failed": ("退款失败", "Refund failed"),
        "refund_abnormal": ("退款异常", "Refund cannot be credited"),
        "refund_amount": ("退款金额不符", "Refund: other amount"),
        "refund_merchant": ("退款商户不符", "Refund: other merchant"),
        "refund_currency": ("退款币种不符", "Refund: other currency"),
        "refund_provider": ("退款渠道不符", "Refund: other provider"),
        "refund_unexpected": ("意外的退款", "Refund nobody approved"),
    },
    "resolution": {
        "refund": ("退回收到的款项", "Send the received money back"),
        "retry": ("再向渠道请求一次", "Ask the provider once more"),
        "release": ("放弃此退款单号，可重新申请", "Give this refund's number up; it may be asked for anew"),
        "by_hand": ("已用其他方式退还", "It was given back by another way"),
        "noted": ("知悉，无需处理", "Nothing needs to be done"),
    },
    "reason": {
        "late": ("迟到的付款", "late payment"),
        "double": ("重复付款", "paid twice"),
        "amount mismatch": ("金额不符", "other amount"),
    },
    "cancelling": {
        "customer_asked": ("顾客要求", "The customer asked"),
        "out_of_stock": ("缺货", "Out of stock"),
        "price_error": ("标价错误", "Wrong price"),
        "fraud": ("疑似欺诈", "Fraud"),
        "other": ("其他", "Other"),
    },
    "looking": {
        "delivery": ("配送", "Delivery"),
        "aftersale": ("售后", "Aftersale"),
        "complaint": ("投诉", "Complaint"),
        "correction": ("更正信息", "Correction"),
        "authority": ("有关部门要求", "An authority asks"),
    },
    "switch": {
        "placing_paused": ("开启后，全店暂停下单", "true pauses the placing of orders, shop-wide"),
        "price_epoch": ("调高后，所有未用的报价作废", "raising it voids every outstanding quote"),
    },
}


def words() -> dict[str, Words]:
    """Every group of words."""
    providers = {one.name: (one.zh, one.en) for one in PROVIDERS.values()}
    return OWN | {"provider": providers, "product": {".".join(key): (row.zh, row.en) for key, row in METHODS.items()}}
