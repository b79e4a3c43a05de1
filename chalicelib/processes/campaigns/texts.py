"""What journeys say. Each offer names its sender and how to hear no more of them."""

from chalicelib.kernel.messages import Template, Words

RETURN_PACK = Template(
    "return_pack",
    zh=Words("好久不见，回归礼包已到账", "【集市】好久不见！回归礼包已放入您的账户，欢迎回来使用。拒收请回复R"),
    en=Words(
        "It has been a while", "[Jishi] It has been a while: a pack of coupons lies in your account. Reply R to stop"
    ),
)
BIRTHDAY = Template(
    "birthday_gift",
    zh=Words("生日快乐", "【集市】生日将至，祝您生日快乐！生日礼券已放入您的账户。拒收请回复R"),
    en=Words("Happy birthday", "[Jishi] A happy birthday to come: a coupon lies in your account. Reply R to stop"),
)
COUPON_ENDS = Template(
    "coupon_ends",
    zh=Words("优惠券即将到期", "【集市】您有一张优惠券将在24小时内到期，请及时使用。拒收请回复R"),
    en=Words("A coupon ends soon", "[Jishi] One of your coupons ends within 24 hours. Reply R to stop"),
)
CART_WAITS = Template(
    "cart_waits",
    zh=Words("购物车里还有商品", "【集市】您的购物车里还有商品在等您。拒收请回复R"),
    en=Words("Your cart is waiting", "[Jishi] There is still something in your cart. Reply R to stop"),
)
ORDER_UNPAID = Template(
    "order_unpaid",
    zh=Words("订单待支付", "【集市】您有一笔订单尚未支付，即将自动取消。"),
    en=Words("An order waits to be paid", "[Jishi] An order of yours is not paid yet and will be cancelled soon."),
)
NEW_ARRIVALS = Template(
    "new_arrivals",
    zh=Words("新品上架", "【集市】新品上架，欢迎选购。拒收请回复R"),
    en=Words("New arrivals", "[Jishi] There are new arrivals in the shop. Reply R to stop"),
)
BACK_IN_STOCK = Template(
    "back_in_stock",
    zh=Words("您等的商品到货了", "【集市】您设置到货提醒的商品已到货，欢迎选购。"),
    en=Words("It is back", "[Jishi] What you asked to be told of is back in stock."),
)
PRICE_DROPPED = Template(
    "price_dropped",
    zh=Words("您关注的商品降价了", "【集市】您设置降价提醒的商品已降价，欢迎选购。"),
    en=Words("It costs less now", "[Jishi] What you asked to be told of costs less now."),
)
CARE_GUIDE = Template(
    "care_guide",
    zh=Words("使用指南", "【集市】您购买的商品已送达，使用指南在“我的-售后关怀”中查看。"),
    en=Words("How to use it", "[Jishi] What you bought has arrived; how to use it stands under Me, Care."),
)
CARE_VISIT = Template(
    "care_visit",
    zh=Words("商品用得怎么样", "【集市】您购买的商品用得怎么样？欢迎告诉我们：{survey}"),
    en=Words("How is it?", "[Jishi] How is what you bought? Please tell us: {survey}"),
)
CARE_REFILL = Template(
    "care_refill",
    zh=Words("该补货了吗", "【集市】您购买的商品可能快用完了，欢迎选购。拒收请回复R"),
    en=Words("Running low?", "[Jishi] What you bought may be running low. Reply R to stop"),
)
TICKET_ANSWERED = Template(
    "ticket_answered",
    zh=Words("您的工单有新回复", "【集市】您的工单有新回复，请在“我的-客服工单”中查看。"),
    en=Words("An answer to your ticket", "[Jishi] There is an answer to what you asked; it stands under Me, Tickets."),
)
