"""What the cashier's pages look like: one stylesheet, words in Chinese and English, and small pieces of HTML."""

from __future__ import annotations

from html import escape
from io import BytesIO

import segno

CSS = """
:root{color-scheme:light dark;--ink:#1c1f23;--soft:#6b7280;--paper:#fff;--ground:#f2f3f5;--line:#e6e8eb;--tint:#1f2937}
@media(prefers-color-scheme:dark){:root{--ink:#f1f3f5;--soft:#9aa3af;--paper:#1b1e23;--ground:#101216;--line:#2c3138}}
.wechat{--tint:#07914c}.alipay{--tint:#1264e3}.unionpay{--tint:#b3202c}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 -apple-system,"Segoe UI","PingFang SC","Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei",sans-serif}
a{color:inherit}main{max-width:27rem;margin:0 auto;padding:0 1rem 3rem}
header{background:var(--tint);color:#fff}header div{max-width:27rem;margin:0 auto;padding:.9rem 1rem;display:flex;
justify-content:space-between;align-items:center;gap:1rem}header b{font-size:1.05rem}header a{text-decoration:none;
font-size:.9rem;padding:.35rem .7rem;border:1px solid #ffffff80;border-radius:1rem}
.note{margin:.9rem 0;color:var(--soft);font-size:.85rem;text-align:center}
.card{background:var(--paper);border-radius:.9rem;padding:1.25rem;margin-top:.9rem}
.sum{text-align:center}.sum p{margin:0;color:var(--soft)}.sum strong{display:block;font-size:2.7rem;
line-height:1.25;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.sum strong small{font-size:.55em;margin-right:.15em}
.state{display:inline-block;margin-top:.4rem;padding:.15rem .8rem;border-radius:1rem;background:var(--ground);
font-size:.9rem}.state.paid{background:#0a8f4e;color:#fff}.state.closed{background:#7a828e;color:#fff}
dl{margin:1.4rem 0 0;border-top:1px solid var(--line)}dl div{display:flex;justify-content:space-between;gap:1.2rem;
padding:.65rem 0;border-bottom:1px solid var(--line)}dl div:last-child{border:0;padding-bottom:0}
dt{color:var(--soft);flex:none}dd{margin:0;text-align:right;overflow-wrap:anywhere}
form{margin:0}button,.button{display:block;width:100%;min-height:3rem;margin-top:.7rem;padding:.6rem 1rem;font:inherit;
text-align:center;text-decoration:none;border:1px solid var(--line);border-radius:.7rem;background:var(--paper);
color:var(--ink);cursor:pointer}button.main,.button.main{background:var(--tint);border-color:var(--tint);color:#fff;
font-weight:600}button:focus-visible,a:focus-visible,summary:focus-visible{outline:3px solid var(--tint);
outline-offset:2px}.two{display:grid;grid-template-columns:1fr 1fr;gap:.7rem}
.said{margin-top:.9rem;padding:.8rem 1rem;border-radius:.7rem;background:#fdf3d8;color:#5b4300}
.said.good{background:#dcf5e6;color:#0b5a33}
.three{display:grid;grid-template-columns:1fr 1fr auto;gap:.5rem}.three button{margin:0}
select,input{min-width:0;width:100%;min-height:3rem;padding:.3rem .6rem;font:inherit;color:var(--ink);
background:var(--ground);border:1px solid var(--line);border-radius:.7rem}.card p{margin:0 0 .6rem;color:var(--soft)}
.qr{text-align:center;padding-top:.5rem}
.qr svg{width:min(13rem,70%);border-radius:.6rem}
.qr p{margin:.5rem 0 0;color:var(--soft);font-size:.9rem}
summary{cursor:pointer;min-height:2rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;margin:.4rem 0}
ul{list-style:none;margin:0;padding:0}li{border-bottom:1px solid var(--line)}li:last-child{border:0}
li a{display:flex;align-items:center;gap:.8rem;padding:.8rem 0;text-decoration:none}li i{flex:none;width:.65rem;
height:.65rem;border-radius:50%;background:var(--tint)}li span{flex:1;min-width:0}li em{display:block;font-style:normal;
color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
li u{text-decoration:none;white-space:nowrap;margin-right:.6rem}
li b{font-variant-numeric:tabular-nums;white-space:nowrap}
h2{font-size:1rem;margin:0 0 .3rem}h1{font-size:1rem;margin:0}
"""
WORDS = {
    "wechat": ("微信支付", "WeChat Pay"),
    "alipay": ("支付宝", "Alipay"),
    "unionpay": ("银联在线支付", "UnionPay"),
    "sim": ("模拟页面，不涉及真实资金和包裹", "A simulation: no real money and no real parcel moves"),
    "shop_name": ("集市", "Jishi"),
    "number": ("商户单号", "Order"),
    "goods": ("商品", "Goods"),
    "until": ("支付截止", "Pay before"),
    "kind": ("支付方式", "Channel"),
    "trade_no": ("交易单号", "Transaction"),
    "back": ("已退款", "Refunded"),
    "open": ("待支付", "To be paid"),
    "paid": ("支付成功", "Paid"),
    "closed": ("已关闭", "Closed"),
    "expired": ("已过期", "Expired"),
    "do_pay": ("确认支付", "Pay"),
    "do_fail": ("支付失败", "Fail"),
    "do_twice": ("重复支付", "Pay twice"),
    "do_leave": ("离开", "Leave"),
    "do_late": ("关单后仍支付", "Pay after close"),
    "do_return": ("返回商家", "Back to the shop"),
    "do_renotify": ("重发通知", "Send notices again"),
    "said_fail": ("支付失败，订单仍可再次支付。", "The payment failed. The order can still be paid."),
    "said_left": ("已离开，订单保持待支付。", "You left without paying. The order stays open."),
    "said_again": ("通知已重新发送。", "The notices are being sent again."),
    "said_paid": ("支付成功。", "The payment went through."),
    "said_twice": (
        "钱款只收取了一次；同一笔支付以两个通知编号各通知商户一次，商户只应记一次账。见下方通知。",
        "The money was taken once. The shop is told of it twice, under two notice ids, and must count it once: see below.",
    ),
    "said_refused": ("现在不能这样操作。", "This cannot be done now."),
    "said_done": ("支付成功，正在返回商家…", "Paid. Taking you back to the shop…"),
    "scan": ("用手机扫码，或直接在此页支付", "Scan with a phone, or pay right here"),
    "notices": ("通知与商户答复", "Notices and the shop's answers"),
    "none": ("还没有", "None yet"),
    "list_open": ("待支付", "To be paid"),
    "list_done": ("最近完成", "Recently finished"),
    "title": ("收银台", "Cashier"),
    "other": ("English", "中文"),
    "refund": ("退款", "refund"),
    "payment": ("支付", "payment"),
    "lost": ("途中丢失", "lost on the way"),
    "none_sent": ("尚未发送", "not sent yet"),
    "waiting": ("等待投递", "waiting"),
    "sending": ("投递中", "sending"),
    "accepted": ("已接收", "accepted"),
    "given up": ("已放弃", "given up"),
    "letters": ("短信、邮件与微信消息", "Messages"),
    "knobs": ("故障旋钮", "Fault knobs"),
    "striking": ("正在生效", "Striking now"),
    "all": ("全部", "all"),
    "provider": ("支付渠道", "Provider"),
    "often": ("次数，或 all", "times, or all"),
    "measure": ("数值", "its measure"),
    "turn": ("打开", "Turn"),
    "clear": ("全部关闭", "Clear all"),
    "certificate": ("更换证书", "Another certificate"),
    "rotating": (
        "从现在起用新证书签名（证书模式下可见），旧证书仍在有效期内。",
        "From now on a new certificate signs, where certificates are used; the old one has not ended.",
    ),
    "rotate": ("更换", "Change"),
    "said_rotated": ("证书已更换。", "The certificate is another one now."),
    "said_turned": ("故障已打开。", "The fault is set."),
    "said_cleared": ("故障已全部关闭。", "All faults are gone."),
    "said_misset": ("这个值不行。", "That value will not do."),
    "yard": ("物流货场", "The yard"),
    "carrier_sf": ("顺丰速运", "SF Express"),
    "carrier_jd": ("京东物流", "JD Logistics"),
    "carrier_city": ("同城急送", "City courier"),
    "carrier_other": ("其他承运商", "Another carrier"),
    "do_next": ("下一步", "Next step"),
    "do_exception": ("派送失败", "Nobody at home"),
    "do_station": ("放到驿站", "To a station"),
    "do_signed": ("直接签收", "Signed for"),
    "do_back": ("退回", "On its way back"),
    "do_strange": ("未知状态码", "An unknown code"),
    "do_repeat": ("乱序重推全部", "Push all again, shuffled"),
    "said_moved": ("包裹状态已更新并推送。", "The parcel moved, and the shop is told."),
    "missing": ("没有这笔支付", "There is no such payment"),
}


class Tongue:
    """Speaks the words of one language: `say("open")`, escaped and ready for HTML."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.other = "zh" if lang == "en" else "en"

    def __call__(self, word: str) -> str:
        return escape(WORDS[word][self.lang == "en"])


def tongue(chosen: str, accepted: str) -> Tongue:
    """Choose the language: what the address says, else what the browser prefers, else Chinese."""
    if chosen in ("zh", "en"):
        return Tongue(chosen)
    return Tongue("en" if accepted.lower().startswith("en") else "zh")


def page(say: Tongue, title: str, body: str, *, brand: str = "", switch: str = "", tail: str = "") -> str:
    """Return a whole page; `switch` is the address of the same page in the other language."""
    lang = "en" if say.lang == "en" else "zh-CN"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{CSS}</style></head>"
        f'<body class="{brand}"><header><div><h1>{title}</h1><a href="{escape(switch)}">{say("other")}</a></div></header>'
        f'<main>{body}<p class="note">{say("sim")}</p></main>{tail}</body></html>'
    )


def code(text: str) -> str:
    """Return a QR code as SVG, with its quiet zone; it stands in a page and in a file of its own."""
    drawn = BytesIO()
    made = segno.make(text, error="m", micro=False)
    made.save(drawn, kind="svg", xmldecl=False, omitsize=True, nl=False, light="#fff", svgclass=None, lineclass=None)
    return drawn.getvalue().decode()


def facts(rows: list[tuple[str, str]]) -> str:
    """Return a list of names and values, both already escaped; empty values are left out."""
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows if value) + "</dl>"


def button(label: str, action: str, *, main: bool = False) -> str:
    look = ' class="main"' if main else ""
    return f'<button name="action" value="{action}"{look}>{label}</button>'


def form(
    target: str, inside: str, hidden: dict[str, str] | None = None, *, method: str = "post", name: str = ""
) -> str:
    fields = "".join(
        f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in (hidden or {}).items()
    )
    mark = f' id="{name}"' if name else ""
    return f'<form method="{method}" action="{escape(target)}"{mark}>{fields}{inside}</form>'
