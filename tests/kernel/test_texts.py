"""What people write has one form: writings that mean the same are one value, and what could mislead is refused."""

from __future__ import annotations

import unicodedata
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses, parseaddr
from smtplib import quoteaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.kernel import texts
from chalicelib.kernel.texts import EmailInvalid, PhoneInvalid, Unfit

MOBILE = [
    "13800138000", "138 0013 8000", "138-0013-8000", "138.0013.8000", "(138)00138000", "138‐0013–8000", "138−0013—8000",
    "+8613800138000", "+86 138 0013 8000", "+86-138-0013-8000", "8613800138000", "86 13800138000", "008613800138000",
    "0086-138-0013-8000", "(+86)13800138000", "(86)138 0013 8000", "+86(0)13800138000", "013800138000",
    "１３８００１３８０００", "＋８６　１３８－００１３－８０００", "\u00a013800138000\u2003", "𝟏𝟑𝟖00138000",
]  # fmt: skip
NO_PHONE = [
    "", "+", "1380013800", "138001380001", "12800138000", "١٣٨٠٠١٣٨٠٠٠", "1٣800138000", "๑๓๘๐๐๑๓๘๐๐๐", "1३800138000",
    "13800138000\n", "13800138000\t", "1380013\u200b8000", "\u202a13800138000\u202c", "13800138000x", "+861380013800",
    "+86 021 12345678", "+0 13800138000", "+1 380 013 8000", "+861380013800012", "021-12345678", "4001234567", "+123456",
    "+1234567890123456", "++8613800138000", "+86+8613800138000", "tel:13800138000", "138001380OO", "①③800138000a",
]  # fmt: skip


@pytest.mark.parametrize("text", MOBILE)
def test_one_mobile_is_one_number_however_it_is_written(text):
    assert texts.phone(text) == texts.delivery_phone(text) == "+8613800138000"


@pytest.mark.parametrize("text", NO_PHONE)
def test_what_is_no_number_of_a_person_is_refused(text):
    with pytest.raises(PhoneInvalid):
        texts.phone(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("+44 (0)20 7946 0958", "+442079460958"), ("0044 20 7946 0958", "+442079460958"), ("+852-2345-6789", "+85223456789"),
     ("+1 (212) 555-2368", "+12125552368"), ("+123456789012345", "+123456789012345")],
)  # fmt: skip
def test_numbers_abroad_are_e164(text, number):
    if text != "+123456789012345":
        assert texts.phone(text) == texts.delivery_phone(text) == number
    else:
        with pytest.raises(PhoneInvalid):
            texts.phone(text)  # +1 is North America, and its numbers have ten digits


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("021-12345678", "021-12345678"), ("(021) 1234 5678", "021-12345678"), ("02112345678", "021-12345678"),
        ("+86 21 1234 5678", "021-12345678"), ("0086-21-12345678", "021-12345678"), ("+86 (0)21 12345678", "021-12345678"),
        ("021-12345678-123", "021-12345678-123"), ("021-12345678转123", "021-12345678-123"),
        ("021-12345678 分机 123", "021-12345678-123"), ("021-12345678 ext. 123", "021-12345678-123"),
        ("(021)12345678 EXT123", "021-12345678-123"), ("02112345678x123", "021-12345678-123"),
        ("０２１－１２３４５６７８－１２３", "021-12345678-123"), ("021-12345678#123", "021-12345678-123"),
        ("010-1234-5678", "010-12345678"), ("0755-12345678", "0755-12345678"), ("0916-1234567", "0916-1234567"),
        ("0916-123-4567", "0916-1234567"), ("0916-1234567-8", "0916-1234567-8"), ("+86-755-1234567-8", "0755-1234567-8"),
        ("400-123-4567", "4001234567"), ("4001-234-567", "4001234567"), ("800 123 4567", "8001234567"),
        ("400-1234567-8", "4001234567-8"), ("13800138000-1234", "+8613800138000-1234"),
        ("138 0013 8000 转 1234", "+8613800138000-1234"), ("+44 20 7946 0958 x12", "+442079460958x12"),
        ("+852-2345-6789", "+85223456789"),
    ],
)  # fmt: skip
def test_a_courier_may_be_given_a_landline_a_service_number_and_an_extension(text, kept):
    assert texts.delivery_phone(text) == texts.delivery_phone(kept) == kept


@pytest.mark.parametrize(
    "text",
    ["12345678", "021-1234567", "021-123456789", "0916-123456", "0916-012345678", "021-02345678", "021-12345678-1234567",
     "-123", "021-12345678-١٢٣", "٠٢١-12345678", "021-12345678\n", "021-12345678\u200b", "300-123-4567",
     "021-12345678-12a", "0138-1234567", "", "x123"],
)  # fmt: skip
def test_what_no_courier_can_dial_is_refused(text):
    with pytest.raises(PhoneInvalid):
        texts.delivery_phone(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Buyer@Example.com", "buyer@example.com"), (" buyer@example.com ", "buyer@example.com"),
        ("ｂｕｙｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", "buyer@example.com"), ("buyer@example。com", "buyer@example.com"),
        ("a.b-c+d_e@mail.example.com", "a.b-c+d_e@mail.example.com"), ("o'neil@example.com", "o'neil@example.com"),
        ("a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s"), ("a@XN--FSQU00A.xn--fiqs8s", "a@xn--fsqu00a.xn--fiqs8s"),
        ("a@bücher.example", "a@xn--bcher-kva.example"), ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@bu\u0308cher.example", "a@xn--bcher-kva.example"), ("a@b--c.example", "a@b--c.example"),
        (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
    ],
)  # fmt: skip
def test_one_mailbox_is_one_address_however_it_is_written(text, address):
    assert texts.email(text) == texts.email(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "@", "a", "a@", "@example.com", "a@b", "a@example.com\n", "a@exam ple.com", "a b@example.com", "a@@example.com",
        "a@b@example.com", ".a@example.com", "a.@example.com", "a..b@example.com", '"a b"@example.com', "a(b)@example.com",
        "a@[127.0.0.1]", "a@127.0.0.1", "a@example.com.", "a@.example.com", "a@-b.example", "a@b-.example", "a@example.c",
        "a@☃.example", "a@xn--zzzzzz99999.example", "用户@example.com", "а@example.com", "a@exa\u200bmple.com",
        "a\u200d@example.com", "<a@example.com>", "A <a@example.com>", "a@example.com,b@example.com", "a;b@example.com",
        "n0:victim@example.com", "n0:victim@example.com;", "a@example.com\u2028", "\u202ea@example.com", "a\\@example.com",
        f"{'a' * 65}@example.com", f"a@{'b' * 64}.example", f"a@{'.'.join(['b' * 60] * 5)}", "a@example_b.com",
        "a@xn--.example", "a@例子\u200c.中国", "a@\u0661.example",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_mailbox_is_refused(text):
    with pytest.raises(EmailInvalid):
        texts.email(text)


FAMILY, HEART, KEYCAP = "👨\u200d👩\u200d👧", "❤\ufe0f", "1\ufe0f\u20e3"
KISS, FLAG = "👩🏻\u200d❤\ufe0f\u200d💋\u200d👩🏻", "🏳\ufe0f\u200d⚧\ufe0f"
BLANK = [
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e",
    "\u200f", "\u202a", "\u202e", "\u2060", "\u2064", "\u2066", "\u2069", "\u206f", "\u2800", "\u3164", "\ufe00", "\ufe0e",
    "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\ufffc", "\ufffd", "\U00016fe4", "\U0001bca0", "\U0001d159", "\U0001d173",
    "\U000e0001", "\U000e0041", "\U000e007f", "\U000e0100", "\ue000", "\U000f0000", "\U0010fffd", "\ud800", "\udfff",
    "\ufdd0", "\ufffe", "\U0001ffff", "\U0002ffff", "\u0378", "\u0600", "\U00013441",
]  # fmt: skip
READERS = (texts.line, texts.words, texts.prose, texts.secret)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "text", [f"a{blank}b" for blank in BLANK] + [f"😀{blank}😀" for blank in ("\u200b", "\ufe0f\ufe0f")]
)
def test_what_cannot_be_seen_is_refused_wherever_it_stands(read, text):
    with pytest.raises(Unfit) as refused:
        read(text)
    assert refused.value.trouble == "text_unseen"


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "control", ["\0", "\t", "\r", "\x1b", "\x7f", "\x85", "\x0b", "\x0c", "\x1c", "\u2028", "\u2029"]
)
def test_control_characters_are_refused_at_the_ends_too(read, control):
    for text in (f"a{control}b", f"{control}a", f"a{control}"):
        if not (read is texts.prose and control == "\r"):
            with pytest.raises(Unfit) as refused:
                read(text)
            assert refused.value.trouble == "text_control"


@pytest.mark.parametrize("read", [texts.line, texts.words, texts.secret])
def test_a_line_is_one_line(read):
    for text in ("a\nb", "a\n", "\na"):
        with pytest.raises(Unfit):
            read(text)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "text", [FAMILY, HEART, KEYCAP, KISS, FLAG, "🐈\u200d⬛", "☎\ufe0f", "©\ufe0f 👍🏽 🇨🇳", "™\ufe0f"]
)
def test_an_emoji_stays_as_it_is(read, text):
    assert read(f"a {text}b") == f"a {text}b"


@pytest.mark.parametrize(
    "text", [f"{FAMILY}\u200d", f"\u200d{FAMILY}", "a\u200db", "a\ufe0f", "王\ufe0f", "👨\u200d\u200d👩", "👨\u200da",
             "\u200d".join("👨" * 9), "\U0001f3f4\U000e0067\U000e0062\U000e007f"]
)  # fmt: skip
def test_a_joiner_or_selector_that_is_no_part_of_an_emoji_is_refused(text):
    with pytest.raises(Unfit):
        texts.prose(text)


@pytest.mark.parametrize("text", ["\U0001fae8", "\U00031350", "\U0002ebf0", "\U0001fadf"])
def test_an_emoji_or_ideograph_of_a_younger_unicode_is_a_character(text):
    assert texts.line(text) == text


def test_marks_are_bounded_on_one_letter():
    assert texts.words("Việt ก\u0e34\u0e48") == "Việt ก\u0e34\u0e48"
    assert texts.words("x" + "\u0301" * 4 + "y" + "\u0301" * 4)
    for text in ("x" + "\u0301" * 5, "ab" + "\u0330\u0301\u20dd\u0301\u0302" + "c"):
        with pytest.raises(Unfit) as refused:
            texts.words(text)
        assert refused.value.trouble == "text_marks"


@pytest.mark.parametrize("text", ["\u0301", "\u0301 \u0301"])
def test_marks_alone_are_nothing_to_be_seen(text):
    with pytest.raises(Unfit) as refused:
        texts.words(text)
    assert refused.value.trouble == "text_blank"


def test_a_line_is_narrow_and_words_stay_as_they_were_written():
    assert texts.line(" 科苑路　１　号（Ａ座）① ") == "科苑路 1 号(A座)1"
    assert texts.words(" 棉Ｔ恤（红）　12㎡①™ ") == "棉Ｔ恤（红） 12㎡①™"
    assert texts.prose(" 一，\r\n二；\r三\n\n") == "一，\n二；\n三"
    assert texts.line("e\u0301  a") == texts.words("e\u0301  a") == "é a"
    assert texts.secret(" ａ  b ") == " a  b "
    assert texts.line("   ") == texts.prose(" \n ") == ""


@pytest.mark.parametrize(
    ("text", "count", "told"),
    [("123456", 6, "123456"), ("１２３４５６", 6, "123456"), (" 123 456 ", 6, "123456"), ("012345", 6, "012345")],
)
def test_digits_are_0_to_9(text, count, told):
    assert texts.digits(text, count) == told


@pytest.mark.parametrize("text", ["", "12345", "1234567", "١٢٣٤٥٦", "12345๖", "123456\n", "12345a", "-12345", "1234५6"])
def test_what_is_not_six_digits_is_no_code(text):
    with pytest.raises(Unfit) as refused:
        texts.digits(text, 6)
    assert refused.value.trouble == "text_digits"


def test_a_postcode_may_be_missing():
    assert (texts.postcode(""), texts.postcode("５１８０５７")) == ("", "518057")
    with pytest.raises(Unfit):
        texts.postcode("51805")


@pytest.mark.parametrize("text", ["2026-01-31", "２０２６-０１-３１", " 2026-01-31 "])
def test_a_day_is_read(text):
    assert texts.day(text) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "20260131", "2026-01-31T00:00:00", "26-01-31",
     "2026/01/31", "2026-W05-6", "٢٠٢٦-٠١-٣١", "2026-01-31\n", "1999-12-31", "2100-01-01", "0000-00-00", "1767225600", ""],
)  # fmt: skip
def test_a_day_that_there_is_not_is_refused(text):
    with pytest.raises(Unfit) as refused:
        texts.day(text)
    assert refused.value.trouble == "text_day"


def test_leap_days_and_the_ends_of_the_calendar_are_days():
    assert [texts.day(text).day for text in ("2028-02-29", "2000-01-01", "2099-12-31")] == [29, 1, 31]


@pytest.mark.parametrize("text", ["1_000", " 1", "1 ", "+1", "1.0", "1e3", "１", "١", "", "-", "1\n", "1" * 16])
def test_a_whole_number_of_a_query_is_plain_digits(text):
    with pytest.raises(Unfit):
        texts.whole(text)
    assert (texts.whole("-12"), texts.whole("0" + "1" * 14)) == (-12, int("1" * 14))


@pytest.mark.parametrize("text", ["a b", "a\n", "é", "ａ", "a\u200b", "\x7f"])
def test_an_exact_text_is_visible_ascii(text):
    with pytest.raises(Unfit):
        texts.exact(text)
    assert texts.exact("!~azAZ09._-") == "!~azAZ09._-"


def test_a_code_that_is_spelt_out_is_in_capitals():
    assert texts.spelt(" qx7m4-２kd9p ") == "QX7M4-2KD9P"
    with pytest.raises(Unfit):
        texts.spelt("QX7M4_2KD9P")


def test_digits_of_a_machine_are_0_to_9_too():
    told = {text: texts.are_digits(text) for text in ("0", "0123456789", "", "٣", "1\n", "-1", "１")}
    assert [text for text, yes in told.items() if yes] == ["0", "0123456789"]


def test_each_trouble_is_told_in_both_languages():
    for zh, en in texts.TROUBLES.values():
        assert any("一" <= char <= "鿿" for char in zh)
        assert en.isascii() or "–" in en


WRITTEN = st.text(st.one_of(st.characters(), st.sampled_from("\u200d\ufe0f\u20e3👨❤1ａé\u0301 　\n①"))) | st.text()


@given(WRITTEN)
@example("①\ufe0f\u20e3")
@example("™\ufe0f")
@example("e 👨\u0301")
def test_what_was_read_is_read_alike_again_and_shows_all_that_it_holds(text):
    for read in READERS:
        try:
            told = read(text)
        except Unfit:
            continue
        assert read(told) == told
        assert not told or any(unicodedata.category(char)[0] in "LNPSC" for char in told)


@given(st.text(st.sampled_from("0123456789+-() 转x#/.１０"), max_size=24))
def test_a_number_that_was_read_is_read_alike_again(text):
    for read in (texts.phone, texts.delivery_phone):
        try:
            told = read(text)
        except PhoneInvalid:
            continue
        assert read(told) == told


@given(st.emails() | st.text(st.sampled_from("ab.@-x例子n。Ａ"), max_size=24))
def test_an_address_that_was_read_is_read_alike_again(text):
    try:
        told = texts.email(text)
    except EmailInvalid:
        return
    assert texts.email(told) == told
    assert told.isascii()


ROUTED = [  # what another reader of the same text would deliver to victim@mail.example
    "n0:victim@mail.example",
    "n0:victim@mail.example;",
    "n0: victim@mail.example",
    "<victim@mail.example>",
    "N <victim@mail.example>",
    "victim@mail.example,a@b.example",
    "a@b.example,victim@mail.example",
    "victim@mail.example ;",
    "victim%mail.example@relay.example",
    "mail.example!victim@relay.example",
    "@relay.example:victim@mail.example",
    '"victim"@mail.example',
    "vic(tim)tim@mail.example",
    "victim@(here)mail.example",
    "victim@mail.example(there)",
    "victim @mail.example",
    "victim@ mail.example",
    "victim@mail.example\r\nBcc: a@b.example",
    "vic\\tim@mail.example",
    "victim@mail.example\x00",
    "victim@mail.example.",
    "victim@mail..example",
    "victim@[mail.example]",
    "=?utf-8?q?victim?=@mail.example",
    "=?utf-8?b?dmljdGlt?=@mail.example",
    "mailto:victim@mail.example",
    "victim＠mail.example@b.example",
    "；victim@mail.example",
    "n0：victim@mail.example",
    "victim％mail.example@relay.example",
]


@pytest.mark.parametrize("text", ROUTED)
def test_an_address_that_two_readers_deliver_to_two_people_is_refused(text):
    with pytest.raises(EmailInvalid):
        texts.email(text)


def envelope(address: str) -> list[str]:
    """Whom the mail library makes of an address: on the envelope, in a header, in a list."""
    letter = EmailMessage(policy=SMTP)
    letter["To"] = address
    told = message_from_bytes(letter.as_bytes(), policy=SMTP)["To"].addresses
    listed = [one for _, one in getaddresses([address])]
    return [quoteaddr(address)[1:-1], parseaddr(address)[1], *(one.addr_spec for one in told), *listed]


ODD = st.text(st.sampled_from("ab.@:;,<>()[]\"\\%!+-='/_ n"), max_size=24)


@given(st.emails() | ODD.map(lambda text: f"{text}@mail.example"))
@example("a.b+c-d_e'f=g@mail.example")
@example("-a@mail.example")
@example("=?utf-8?q?a?=@mail.example")
@example("a=b@mail.example")
def test_an_address_is_what_the_mail_library_puts_on_the_envelope(text):
    try:
        address = texts.email(text)
    except EmailInvalid:
        return
    assert envelope(address) == [address] * 4


@pytest.mark.parametrize(
    ("address", "box"),
    [("ann@a.example", "ann@a.example"), ("ann+shop@a.example", "ann@a.example"), ("ann+a+b@a.example", "ann@a.example"),
     ("+8613800138000", "+8613800138000")],
)  # fmt: skip
def test_letters_to_a_tag_end_up_in_the_mailbox(address, box):
    assert texts.mailbox(address) == box
