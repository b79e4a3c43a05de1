S=http://127.0.0.1:8000 C=http://127.0.0.1:9100 T=
ask() { curl -sS -X "$1" "$S$2" -H 'Content-Type: application/json' -H "Authorization: Bearer $T" -H "Idempotency-Key: ${4:-$RANDOM$RANDOM}" ${3:+-d "$3"} ${5:+-H "If-Match: $5"}; }
pick() { python3 -c 'import json, re, sys; told = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

# a guest finds something and puts two into the cart
G=$(ask POST /v1/auth/guests | pick 'told["access_token"]') T=$G
P=$(ask GET '/v1/products?limit=1' | pick 'told["items"][0]["id"]')
SKU=$(ask GET "/v1/products/$P" | pick '[sku["sku"] for sku in told["skus"] if sku["availability"] == "in_stock"][0]')
ask PUT "/v1/cart/items/$SKU" '{"quantity": 2}'; echo

# becomes a customer: the code that a phone would get lies in the local outbox, $S/dev/outbox
PHONE=139$(printf %04d%04d $((RANDOM % 10000)) $((RANDOM % 10000)))
ask POST /v1/auth/codes '{"phone": "'$PHONE'", "purpose": "register"}'; echo
CODE=$(curl -sS "$S/dev/outbox" | pick '[re.search(r"[0-9]{6}", m["text"]).group() for m in told if m["to"].endswith("'$PHONE'")][0]')
T=$(ask POST /v1/auth/register '{"phone": "'$PHONE'", "code": "'$CODE'", "terms": "2026-01"}' | pick 'told["access_token"]')
ask POST /v1/cart/merge '{"guest_token": "'$G'"}'; echo
ask POST /v1/me/addresses '{"name": "王小明", "phone": "'$PHONE'", "region": "310115", "province": "上海市", "city": "上海市", "district": "浦东新区", "line": "世纪大道 1 号", "default": true}'; echo

# claims a coupon that anyone may have; the pack for newcomers came by itself
K=$(ask GET /v1/coupons/available | pick '[one["template_id"] for one in told["items"] if "10%" in one["conditions"]["name"]["en"]][0]')
MINE=$(ask POST "/v1/coupons/$K/claims" | pick 'told["coupon_id"]')
sleep 3; ask GET /v1/me/coupons | pick '[one["conditions"]["name"]["en"] for one in told["items"]]'

# asked for the best of them, a quote says what every offer does, or why not
ask POST /v1/quotes '{"auto_best": true}' | pick '[(one["name_en"], one["reason_en"]) for one in told["offers"]]'

# how soon it can be there: standard delivery, and in Shanghai the next day
ask GET "/v1/delivery-promise?sku=$SKU&region=310115" | pick '[(one["service"], one["promised_at"], one["order_before"], one["service_fee"]["text"]) for one in told["options"]]'

# a quote is a promise for ten minutes; it becomes one order, however often it is sent, which spends the coupon that was claimed
Q=$(ask POST /v1/quotes '{"coupons": ["'$MINE'"]}' | pick 'told["quote"]')
O=$(ask POST /v1/orders '{"quote": "'$Q'"}' | pick 'told["order_id"]')
ask POST /v1/orders '{"quote": "'$Q'"}'; echo
ask GET '/v1/me/coupons?state=used' | pick '[(one["coupon_id"] == "'$MINE'", one["conditions"]["name"]["en"]) for one in told["items"]]'

# pay it: scan in a browser at $C, or as here
N=$(ask POST "/v1/orders/$O/payments" '{"provider": "wechat", "product": "native"}' | pick 'told["id"]')
curl -sS "$C/_sim/pay" -d '{"provider": "wechat", "number": "'$N'"}' | pick 'told["state"]'
sleep 3; ask GET "/v1/orders/$O" | pick '(told["state"], told["payable"]["text"])'

# waits for it to cost less, and asks the shop's people
KIND=price; ask PUT "/v1/me/watching/$KIND/$SKU" '{}' | pick '(told["kind"], told["price_seen"]["text"])'
ISSUE=$(ask POST /v1/me/tickets '{"kind": "product", "product_id": "'$P'", "text": "孕妇可以吃吗？我的电话 '$PHONE'"}' | pick 'told["ticket_id"]')

# an ERP is told of parcels by signed webhooks; the simulator plays it. Who subscribes it is an admin
CODE=$(.venv/bin/python -m local.totp ADMINS-SECRET) B=$T
T=$(ask POST /v1/auth/login '{"email": "admin@demo.example", "password": "ADMINS-PASSWORD", "totp": "'$CODE'"}' | pick 'told["access_token"]')
W=$(ask POST /v1/admin/webhook-subscriptions '{"url": "'$C/hooks/erp'", "types": ["shipment.created", "shipment.delivered"]}' | pick 'told["secret"]') T=$B

# the shop's operator packs it (make run says who that is); SF fetches it and brings it, a step each 6 seconds, or by hand at $C/yard
CODE=$(.venv/bin/python -m local.totp OPERATORS-SECRET) B=$T
T=$(ask POST /v1/auth/login '{"email": "operator@demo.example", "password": "OPERATORS-PASSWORD", "totp": "'$CODE'"}' | pick 'told["access_token"]')
ask POST "/v1/admin/orders/$O/shipments" '{}'; echo

# answers, who sees numbers of people covered; and takes a yuan off, of which is told who waited for that
ask GET "/v1/admin/tickets/$ISSUE" | pick '[one["text"] for one in told["talk"]]'
ask POST "/v1/admin/tickets/$ISSUE/answers" '{"text": "可以，少油少盐即可。"}'
EDIT=$(ask GET "/v1/admin/products/$P" | pick 'told["version"]')
LESS=$(ask GET "/v1/admin/products/$P" | pick '[json.dumps(one["data"] | {"price": one["data"]["price"] - 100}) for one in told["skus"] if one["id"] == "'$SKU'"][0]')
ask PUT "/v1/admin/products/$P/skus/$SKU" "$LESS" "" "$EDIT"; echo

# the warehouse counts what lies there: of a file with a line of every kind of trouble the rest goes in
FEED=WMS-1
F=$(ask POST /v1/admin/stock-files '{"source": "'$FEED'", "size": '$(($(wc -c < local/demo/feed.csv)))'}')
curl -sS -T local/demo/feed.csv -H 'Content-Type: text/csv' "$(echo "$F" | pick 'told["url"]')"
F=$(echo "$F" | pick 'told["id"]'); ask POST "/v1/admin/stock-files/$F/arrival"
sleep 5; ask GET "/v1/admin/stock-files/$F" | pick '(told["state"], told["fresh"], told["taken"])'
ask GET "/v1/admin/stock-files/$F/findings" | pick '[(one["line"], one["code"]) for one in told["errors"]]'

# and it tells by itself, signed with its own secret
KEY=$(ask POST "/v1/admin/stock-sources/$FEED/secrets" | pick 'told["secret"]')
ROWS='{"rows": [{"sku": "'$SKU'", "delta": 1, "id": "'$RANDOM'"}, {"sku": "'$SKU'", "count": -1, "seq": 1}]}' D=$(date +%s)
SIGN=$(printf '%s.%s' "$D" "$ROWS" | openssl dgst -sha256 -hmac "$KEY" -r | cut -d' ' -f1)
curl -sS "$S/v1/inventory/sync" -H 'Content-Type: application/json' -H "Jishi-Source: $FEED" -H "Jishi-Timestamp: $D" -H "Jishi-Signature: v1=$SIGN" -d "$ROWS"; echo
sleep 3; ask GET "/v1/admin/stock/$SKU/ledger" | pick '[(one["delta"], one["by"]) for one in told["items"]]'

# who does not come for thirty days is given a coupon: a journey is data, planned, started, and reported on
J=$(ask GET /v1/admin/journey-plans | pick '[json.dumps({"name": one["name"], "plan": one["plan"] | {"holdout": False, "steps": [one["plan"]["steps"][0] | {"gift": ["'$K'"]}]}}) for one in told["items"] if one["name"] == "return_pack"][0]')
R=return_pack; ask POST /v1/admin/journeys "$J"; ask PUT "/v1/admin/journeys/$R/status" '{"action": "start"}'; echo

# meanwhile the parcel was brought
sleep 30; T=$B; ask GET "/v1/orders/$O/shipments" | pick '[(one["at"], one["status"], one["words"]) for one in told["shipments"][0]["traces"]]'
ask GET "/v1/orders/$O" | pick 'told["state"]'

# our customer is answered, told once that it costs less, and accompanied: how to use it now, a survey in a week,
# which can be answered before; then it is enough
ask GET "/v1/me/tickets/$ISSUE" | pick '(told["state"], [one["text"] for one in told["talk"]])'
ask POST "/v1/me/tickets/$ISSUE/closure"; ask POST "/v1/me/tickets/$ISSUE/rating" '{"stars": 5}'
ask GET "/v1/me/watching?kind=$KIND" | pick 'told["items"]'
curl -sS "$S/dev/outbox" | pick '[m["text"] for m in told if m["to"].endswith("'$PHONE'")][:3]'
ask GET /v1/me/care | pick '[(one["guide_en"], one["visit_at"], one["refill_at"]) for one in told["items"]]'
LINE=0; ask PUT "/v1/orders/$O/surveys/$LINE" '{"score": 9, "tags": [], "text": "好吃"}'
ask PUT /v1/me/care/quiet '{"quiet": true}'; echo

# what came to the ERP, and whether its secret signed it
curl -sS "$C/hooks/erp" | python3 -c 'import base64, hashlib, hmac, json, sys
key = base64.b64decode(sys.argv[1].removeprefix("whsec_"))
for one in json.load(sys.stdin)["came"]:
    signed = ".".join((one["id"], one["timestamp"], one["body"])).encode()
    mine = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    print(mine in one["signature"].split(), one["body"])' "$W"

# refusals have a code and say why, in zh or en
curl -sS "$S/v1/orders/$O" -H 'Accept-Language: en'; echo

# another customer wants offers in the inbox only, ours by text message; both stay away for a month (moved to an hour at which
# the shop may write: nobody is woken)
WISH='"granted": true, "policy": "2026-01"}'
ask PUT /v1/me/consents '{"purpose": "marketing_sms", '"$WISH"
LOGIN='{"email": "customer@demo.example", "password": "CUSTOMERS-PASSWORD"}'
T=$(ask POST /v1/auth/login "$LOGIN" | pick 'told["access_token"]')
ask PUT /v1/me/consents '{"purpose": "marketing_inbox", '"$WISH"
.venv/bin/python -m local.clock $((24 * 31 + (34 - $(TZ=Asia/Shanghai date +%-H)) % 24))h
PACKS='[m["text"] for m in told if m["to"].endswith("'$PHONE'") and "回归礼包" in m["text"]]'
sleep 240; curl -sS "$S/dev/outbox" | pick "$PACKS"

# the rule runs again and again, and sends nothing more (two of a hundred customers hear no offers at all: what is compared with)
sleep 30; curl -sS "$S/dev/outbox" | pick "len($PACKS)"

# the other comes again, finds the pack in the inbox, and the coupon
T=$(ask POST /v1/auth/login "$LOGIN" | pick 'told["access_token"]')
ask GET /v1/me/inbox | pick '[(one["subject"], one["text"]) for one in told["items"]]'
ask GET /v1/me/coupons | pick '[(one["conditions"]["name"]["en"], one["ends_at"]) for one in told["items"]]'
