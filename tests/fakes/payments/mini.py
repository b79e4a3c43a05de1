"""WeChat Pay's counter with the shipping management of a mini program: it keeps the money until it is told what was sent."""

import json
from urllib.parse import parse_qs, urlsplit

from .wechat import APPIDS, FakeWeChat

SECRET = "0123456789abcdef0123456789abcdef"


class FakeMini(FakeWeChat):
    """`reports` are what it was told, by the payment; `says` is the errcode of its next answers ("" for none), `states` what it
    makes of a payment otherwise."""

    def __init__(self):
        super().__init__()
        self.config |= {"mini_secret": SECRET, "mini_url": self.host}
        self.reports, self.states, self.says, self.asked = {}, {}, "", []
        self.token, self.tokens = "TOKEN-1", 1

    def answer(self, method, url, headers, body):
        parts = urlsplit(url)
        if parts.path == "/cgi-bin/stable_token":
            return 200, {}, json.dumps(self._token(json.loads(body))).encode()
        if parts.path.startswith("/wxa/sec/order/"):
            call = parts.path.rsplit("/", 1)[1]
            self.asked.append(call)
            if self.says:
                return 200, {}, json.dumps({"errcode": int(self.says), "errmsg": "no"}).encode()
            if parse_qs(parts.query) != {"access_token": [self.token]}:
                return 200, {}, b'{"errcode":42001,"errmsg":"access_token expired"}'
            code, told = getattr(self, f"_{call}")(json.loads(body))
            return 200, {}, json.dumps({"errcode": code, "errmsg": "ok", **told}).encode()
        return super().answer(method, url, headers, body)

    def expire(self):
        """Somebody fetched another token by force."""
        self.tokens += 1
        self.token = f"TOKEN-{self.tokens}"

    def _token(self, asked):
        if (asked["appid"], asked["secret"]) != (APPIDS["mini"], SECRET):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        if asked.get("force_refresh"):
            self.expire()
        return {"access_token": self.token, "expires_in": 7200}

    def _get_order(self, asked):
        number = asked["merchant_trade_no"]
        trade = self.book.get(number)
        if asked["merchant_id"] != "1900000001" or trade is None or trade.state != "paid":
            return 10060001, {}
        rows = self.reports.get(number, [])
        wholes = self._wholes(rows)
        state = self.states.get(number) or (2 if wholes else 1)
        shipping = {"finish_shipping": bool(wholes), "finish_shipping_count": wholes}
        if rows:
            shipping |= {"delivery_mode": rows[-1]["delivery_mode"]}
            if rows[-1]["logistics_type"] == 1:  # of an errand it lists nothing
                shipping |= {"shipping_list": rows[-1]["shipping_list"]}
        return 0, {"order": {"openid": "o-secret-payer", "order_state": state, "shipping": shipping}}

    def _upload_shipping_info(self, asked):
        key, split = asked["order_key"], asked["delivery_mode"] == 2
        assert key["order_number_type"] == 1
        assert key["mchid"] == "1900000001"
        assert asked["payer"] == {"openid": "o-secret-payer"}
        assert split == ("is_all_delivered" in asked)
        assert split or len(asked["shipping_list"]) == 1
        assert asked["upload_time"].endswith("+08:00")
        number = key["out_trade_no"]
        if self.book[number].state != "paid":
            return 10060001, {}
        rows = self.reports.setdefault(number, [])
        if self._wholes(rows) >= 2:
            return 10060003, {}
        if asked["logistics_type"] == 1 and not all(row["express_company"] for row in asked["shipping_list"]):
            return 10060014, {}
        rows.append(asked)
        return 0, {}

    def _wholes(self, rows):
        """How often it was told all; whatever it is told after that is a correction."""
        return len(rows) - next((n for n, row in enumerate(rows) if row.get("is_all_delivered", True)), len(rows))

    def told(self, number):
        """(whether it was all, (carrier, waybill) of each parcel) of each report."""
        parcels = lambda row: [(one.get("express_company"), one.get("tracking_no")) for one in row["shipping_list"]]
        return [(row.get("is_all_delivered", True), parcels(row)) for row in self.reports.get(number, [])]
