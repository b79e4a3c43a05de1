"""One person is one account however they write, at every door, and what could be read in two ways is refused in words."""

from __future__ import annotations

import pytest

from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.messages.channels import outbox
from tests.support import aws, people
from tests.support.people import TERMS
from tests.support.world import minutes

SAME = [
    "13800138000",
    "+86 138 0013 8000",
    "0086-138-0013-8000",
    "１３８００１３８０００",
    "(+86)138.0013.8000",
    "013800138000",
]
FOREIGN = ["١٣٨٠٠١٣٨٠٠٠", "1３800١38000", "๑๓๘๐๐๑๓๘๐๐๐", "13800138000\n", "1380013\u200b8000"]
PLACE = {
    "name": "王小明", "phone": "13800138000", "region": "440305", "province": "广东省", "city": "深圳市",
    "district": "南山区", "line": "科苑路 1 号", "postcode": "518057",
}  # fmt: skip


@pytest.fixture
def who(front):
    return people.register(front)


def told(answer):
    return answer.status, answer.json.get("code")


def wrong(answer):
    """What is said of which field."""
    assert told(answer) == (422, "INVALID_REQUEST")
    return {(error["at"], error["type"]) for error in answer.json["errors"]}


@pytest.mark.parametrize("phone", SAME)
def test_one_phone_is_one_account_however_it_is_written(front, engine, phone):
    first = people.register(front, "13800138000")
    engine.advance(minutes(2))
    code = people.code_for(front, "login", phone=phone)
    assert front.post("/v1/auth/login", {"phone": phone, "code": code}).json["user_id"] == first.id
    assert len(aws.rows_of(Account, ACCOUNT)) == 1


def test_one_phone_gets_one_code_a_minute_however_it_is_written(front):
    asked = [told(front.post("/v1/auth/codes", {"purpose": "login", "phone": phone})) for phone in SAME]
    assert asked == [(202, None)] + [(429, "CODE_TOO_SOON")] * (len(SAME) - 1)


@pytest.mark.parametrize("phone", FOREIGN)
def test_a_phone_in_other_digits_is_refused_at_every_door(front, who, phone):
    for path, body in (
        ("/v1/auth/codes", {"purpose": "login"}), ("/v1/auth/register", {"code": "123456", "terms": TERMS}),
        ("/v1/auth/login", {"code": "123456"}), ("/v1/auth/password", {"code": "123456", "password": "long enough 1"}),
    ):  # fmt: skip
        assert told(front.post(path, {**body, "phone": phone})) == (422, "PHONE_INVALID")
    assert told(front.post("/v1/auth/step-up", {"phone": phone, "code": "123456"}, token=who.token)) == (
        422,
        "PHONE_INVALID",
    )
    assert told(front.put("/v1/me/contact", {"phone": phone, "code": "123456"}, token=who.token)) == (
        422,
        "PHONE_INVALID",
    )
    assert told(front.post("/v1/me/addresses", {**PLACE, "phone": phone}, token=who.token)) == (422, "PHONE_INVALID")


@pytest.mark.parametrize(
    "email", ["Li@例子.中国", "ＬＩ@xn--fsqu00a.xn--fiqs8s", " li@例子。中国", "li@XN--FSQU00A.XN--FIQS8S"]
)
def test_one_mailbox_of_a_chinese_domain_is_one_account(front, email):
    made = front.post("/v1/auth/register", {"email": "li@例子.中国", "password": "long enough 1", "terms": TERMS})
    assert front.get("/v1/me", token=made.json["access_token"]).json["email"] == "li@xn--fsqu00a.xn--fiqs8s"
    again = front.post("/v1/auth/login", {"email": email, "password": "long enough 1"})
    assert again.json["user_id"] == made.json["user_id"]


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize("write", [str, lambda code: code.translate(WIDE), lambda code: f" {code[:3]} {code[3:]} "])
def test_a_code_is_its_six_digits_however_they_are_written(front, engine, write):
    who = people.register(front)
    engine.advance(minutes(2))
    code = people.code_for(front, "login", phone="13800138000")
    answer = front.post("/v1/auth/login", {"phone": "13800138000", "code": write(code)})
    assert (answer.status, answer.json["user_id"]) == (200, who.id)


@pytest.mark.parametrize("code", ["١٢٣٤٥٦", "๑๒๓๔๕๖", "123456\n", "12345६", "1234567", "12345a", "123456\u200b"])
def test_a_code_in_other_digits_is_refused_at_every_door(front, who, code):
    doors = [
        ("POST", "/v1/auth/login", {"phone": "13800138000", "code": code}, "code"),
        ("POST", "/v1/auth/login", {"email": "a@example.com", "password": "long enough 1", "totp": code}, "totp"),
        ("POST", "/v1/auth/register", {"phone": "13900139000", "code": code, "terms": TERMS}, "code"),
        ("POST", "/v1/auth/password", {"phone": "13800138000", "code": code, "password": "long enough 1"}, "code"),
        ("POST", "/v1/auth/social/wechat", {"code": "x", "totp": code}, "totp"),
        ("POST", "/v1/auth/step-up", {"phone": "13800138000", "code": code}, "code"),
        ("PUT", "/v1/me/contact", {"phone": "13900139000", "code": code}, "code"),
    ]
    for method, path, body, at in doors:
        assert wrong(front.request(method, path, body, token=who.token)) == {(at, "text_digits")}
    staff = people.member(front, "support")
    assert wrong(front.post("/v1/auth/totp", {"code": code}, token=staff.token)) == {("code", "text_digits")}


@pytest.mark.parametrize(
    ("field", "text", "trouble"),
    [
        ("name", "Al\u200dice", "text_unseen"), ("name", "\u3164", "text_unseen"), ("name", "a\nb", "text_control"),
        ("name", "\u202eecilA", "text_unseen"), ("name", "z" + "\u0301" * 9, "text_marks"), ("name", "\u0301", "text_blank"),
        ("name", "", "string_too_short"), ("name", " \u3000 ", "string_too_short"), ("name", "王" * 61, "string_too_long"),
        ("line", "科苑路\u2028", "text_control"), ("line", "\U000e0041科苑路", "text_unseen"),
        ("line", "ﷺ" * 9, "string_too_long"),
        ("region", "٤٤٠٣٠٥", "text_digits"), ("region", "440305\n", "text_digits"), ("region", "44030", "text_digits"),
        ("postcode", "٥١٨٠٥٧", "text_digits"), ("postcode", "51805", "text_digits"), ("city", "深\u2800圳", "text_unseen"),
        ("province", "\ufeff广东省", "text_unseen"), ("district", "南山区\t", "text_control"),
    ],
)  # fmt: skip
def test_an_address_shows_all_that_it_holds(front, who, field, text, trouble):
    answer = front.post("/v1/me/addresses", {**PLACE, field: text}, token=who.token)
    assert wrong(answer) == {(field, trouble)}
    assert front.get("/v1/me/addresses", token=who.token).json["items"] == []


def test_an_address_is_kept_in_one_form(front, who):
    written = {
        **PLACE, "name": " 王　小明 ", "phone": "（021）12345678 转 123", "region": "４４０３０５", "line": "科苑路１号　Ａ座",
        "postcode": "５１８０５７",
    }  # fmt: skip
    assert front.post("/v1/me/addresses", written, token=who.token).status == 201
    kept = front.get("/v1/me/addresses", token=who.token).json["items"][0]
    told = {name: kept[name] for name in ("name", "phone", "region", "line", "postcode")}
    assert told == {
        "name": "王 小明",
        "phone": "021-12345678-123",
        "region": "440305",
        "line": "科苑路1号 A座",
        "postcode": "518057",
    }


def test_a_landline_is_for_deliveries_only(front, who):
    assert told(front.post("/v1/auth/codes", {"phone": "021-12345678"})) == (422, "PHONE_INVALID")
    assert front.post("/v1/me/addresses", {**PLACE, "phone": "021-12345678"}, token=who.token).status == 201


def test_an_emoji_stays_in_a_name_and_a_name_is_one(front, who):
    family = "王👨\u200d👩\u200d👧❤\ufe0f"
    assert front.patch("/v1/me", {"name": f" {family} "}, token=who.token).status == 204
    assert front.get("/v1/me", token=who.token).json["name"] == family


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "不能含有看不见或无法显示的字符"),
        ("en", "It may hold no character that cannot be seen or shown"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_in_the_readers_language(front, who, language, sentence):
    headers = {"Accept-Language": language}
    answer = front.patch("/v1/me", {"name": "a\u200b"}, token=who.token, headers=headers)
    assert [error["message"] for error in answer.json["errors"]] == [sentence]
    digits = front.post("/v1/auth/totp", {"code": "x"}, token=people.member(front, "admin").token, headers=headers)
    assert "6" in digits.json["errors"][0]["message"]


@pytest.mark.parametrize(
    "day", ["2026-02-30", "2026-13-01", "٢٠٢٦-٠١-٣١", "2026-01-31T00:00:00", "1767225600", "9999-12-31", "0001-01-01"]
)
def test_a_day_that_there_is_not_is_refused_at_every_door(front, day):
    admin, operator = people.member(front, "admin"), people.member(front, "operator")
    for path, token in (
        ("/v1/admin/users", admin.token), ("/v1/admin/orders", operator.token), ("/v1/admin/figures", operator.token),
    ):  # fmt: skip
        assert wrong(front.get(f"{path}?day={day}", token=token)) == {("day", "text_day")}


@pytest.mark.parametrize("limit", ["1_0", "+5", "5.0", "１０", "٣", " 5"])
def test_a_number_of_a_query_is_plain_digits(front, limit):
    assert wrong(front.get(f"/v1/products?limit={limit.replace('+', '%2B').replace(' ', '%20')}")) == {
        ("limit", "text_whole")
    }


@pytest.mark.parametrize(
    "named", ["%0A", "O01JZ0000000000000000000000%0A", "%E2%80%8B", "٣", "a%20b", "x" * 101, "%00"]
)
def test_an_address_that_names_nothing_we_name_is_told_so_by_its_door(front, who, named):
    doors = {
        "orders": (who, "ORDER_NOT_FOUND"),
        "payments": (who, "PAYMENT_NOT_FOUND"),
        "products": (who, "PRODUCT_NOT_FOUND"),
        "admin/media": (people.member(front, "operator"), "PICTURE_NOT_FOUND"),
    }
    for door, (person, code) in doors.items():
        assert told(front.get(f"/v1/{door}/{named}", token=person.token)) == (404, code)
    answer = front.put(f"/v1/cart/items/{named}", {"quantity": 1}, token=who.token)
    assert (told(answer), answer.json["params"]) == ((404, "SKU_NOT_FOUND"), {"sku": "-"})


@pytest.mark.parametrize("device", ["\u0663", "a b", "x" * 65, "a\u200b", "\x7f"])
def test_a_device_that_is_no_plain_text_is_no_device(front, monkeypatch, device):
    monkeypatch.setenv("CODES_PER_DEVICE_HOUR", "1")
    for phone in ("13800138000", "13800138001"):
        asked = front.post("/v1/auth/codes", {"phone": phone}, headers={"X-Device": device})
        assert asked.status == 202
    for phone, status in (("13800138002", 202), ("13800138003", 429)):
        assert front.post("/v1/auth/codes", {"phone": phone}, headers={"X-Device": "x" * 64}).status == status


@pytest.mark.parametrize("password", ["ｌｏｎｇ enough １", "long enough 1"])
def test_a_password_is_the_same_on_another_keyboard(front, password):
    front.post("/v1/auth/register", {"email": "a@example.com", "password": "long enough 1", "terms": TERMS})
    assert front.post("/v1/auth/login", {"email": "a@example.com", "password": password}).status == 200


def test_a_password_holds_nothing_that_cannot_be_typed_again(front):
    body = {"email": "a@example.com", "terms": TERMS}
    assert wrong(front.post("/v1/auth/register", {**body, "password": "long\u200benough 1"})) == {
        ("password", "text_unseen")
    }
    assert wrong(front.post("/v1/auth/register", {**body, "password": "long enough 1\n"})) == {
        ("password", "text_control")
    }
    assert front.post("/v1/auth/register", {**body, "password": " long enough 1 "}).status == 201
    assert told(front.post("/v1/auth/login", {"email": "a@example.com", "password": "long enough 1"}))[0] == 401


def test_staff_find_a_person_by_any_writing_of_their_phone(front, who):
    token = people.member(front, "support").token
    for phone in SAME:
        found = front.get(f"/v1/admin/users?phone={phone.replace('+', '%2B').replace(' ', '%20')}", token=token)
        assert [one["user_id"] for one in found.json["items"]] == [who.id]


@pytest.mark.parametrize(
    "email", ["n0:victim@mail.example", "=?utf-8?q?victim?=@mail.example", "victim%mail.example@b.example"]
)
def test_an_address_that_reaches_somebody_else_is_refused_at_every_door(front, who, email):
    for path, body in (
        ("/v1/auth/codes", {}), ("/v1/auth/register", {"password": "long enough 1", "terms": TERMS}),
        ("/v1/auth/login", {"password": "long enough 1"}), ("/v1/auth/password", {"code": "123456", "password": "long enough 1"}),
        ("/v1/auth/activation", {"code": "QX7M4-2KD9P-H8TRW", "password": "long enough 1"}),
    ):  # fmt: skip
        assert told(front.post(path, {**body, "email": email})) == (422, "EMAIL_INVALID")
    assert told(front.put("/v1/me/contact", {"email": email, "code": "123456"}, token=who.token)) == (
        422,
        "EMAIL_INVALID",
    )
    admin = people.member(front, "admin", fresh=True)
    assert told(front.post("/v1/admin/users", {"email": email}, token=admin.token)) == (422, "EMAIL_INVALID")
    sent = [one.address for one in outbox.latest()]
    assert sent == ["+8613800138000"]


def test_tags_of_a_mailbox_share_what_a_day_sends_to_it(front, monkeypatch):
    monkeypatch.setenv("CODES_PER_TARGET_DAY", "3")
    asked = [told(front.post("/v1/auth/codes", {"email": f"ann+{n}@mail.example"})) for n in range(4)]
    assert asked == [(202, None)] * 3 + [(429, "CODE_TOO_OFTEN")]
    assert told(front.post("/v1/auth/codes", {"email": "ann@mail.example"})) == (429, "CODE_TOO_OFTEN")
    assert told(front.post("/v1/auth/codes", {"email": "bob@mail.example"})) == (202, None)
