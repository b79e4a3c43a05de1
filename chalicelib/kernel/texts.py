"""What people write, in one form for each kind of value; every door reads through these, and what is not of its kind is
refused.

Guarantees: what two people would read alike is one value or a refusal; digits are 0–9; a text shows all that it holds, since
nothing in it is blank, turns the direction or stacks without end. Reading what was read changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Literal

from .errors import Invalid

TROUBLES = {  # kind of trouble -> (zh, en)
    "text_control": ("不能含有换行、制表等控制字符", "It may hold no line break, tab or other control character"),
    "text_unseen": ("不能含有看不见或无法显示的字符", "It may hold no character that cannot be seen or shown"),
    "text_blank": ("至少要有一个看得见的字符", "It needs a character that can be seen"),
    "text_marks": ("一个字符上的附加符号过多", "It stacks too many marks on one letter"),
    "text_digits": ("应为 {count} 位数字（0–9）", "It should be {count} digits 0–9"),
    "text_whole": ("应为整数（数字 0–9）", "It should be a whole number in digits 0–9"),
    "text_day": ("应为日历上有的日期，如 2026-01-31", "It should be a day that there is, such as 2026-01-31"),
    "text_exact": ("只能用 {letters}", "It may hold only {letters}"),
}
CODE_DIGITS = 6
MOST_MARKS = 4  # on one letter; Vietnamese, Thai, Hebrew and Tibetan need no more
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)

# What is drawn as nothing, by Unicode's own list of default-ignorable characters and four that are drawn blank.
UNSEEN = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffd\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Inside an emoji, and only there, the joiner U+200D and the selector U+FE0F are part of what is seen.
_DRAWN = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u25ff\u2600-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_ONE = f"(?:[0-9#*]\ufe0f\u20e3|{_DRAWN}[\U0001f3fb-\U0001f3ff]?\ufe0f?)"
EMOJI = f"{_ONE}(?:\u200d{_ONE}){{0,7}}"
Form = Literal["NFC", "NFKC"]
YOUNGER = ((0x1F000, 0x1FAFF), (0x20000, 0x3FFFD))  # emoji and ideographs of a later Unicode than this Python's

BETWEEN = "[ ()./\\-\u2010-\u2015\u2212]"  # how the digits of a phone number are set apart
MOBILE = r"(?:\+?86)?0?(1[3-9][0-9]{9})"
ABROAD = r"\+(?:1[2-9][0-9]{2}[2-9][0-9]{6}|(?!1|86)[1-9][0-9]{6,14})"
LANDLINE = r"(?:\+?860?|0)(10|2[0-9]|[3-9][0-9]{2})([1-9][0-9]{6,7})"
SERVICE = r"(?:\+?86)?([48]00[0-9]{7})"
EXTENSION = r"(.*[^ ]) ?(?:转|分机|#|,|;|ext\.?|x) ?([0-9]{1,6})"
DASHED = r"(.+)-([0-9]{1,6})"

# What every mail program reads alike: no quotes, comments, groups or lists; no `?`, by which a name can be spelt in code
# (`=?utf-8?q?ann?=@`), and neither `%` nor `!`, by which some relays send a letter on to somebody else.
NAME_OF_MAILBOX = r"[a-z0-9#$&'*+/=^_`{|}~-]+(\.[a-z0-9#$&'*+/=^_`{|}~-]+)*"
DOMAIN = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{0,57}[a-z0-9])"


class Unfit(ValueError):
    """A text that is not of its kind; `trouble` is a key of TROUBLES, whose sentence the facts fill."""

    def __init__(self, trouble: str, **facts: object) -> None:
        self.trouble, self.facts = trouble, facts
        super().__init__(TROUBLES[trouble][1].format(**facts))


class PhoneInvalid(Invalid):
    zh = "这不是完整的电话号码：手机号 11 位，固话带区号，境外号码以 + 和国家代码开头"
    en = "This is not a whole phone number: 11 digits, a landline with its area code, or + and the country's code"


class EmailInvalid(Invalid):
    zh, en = "邮箱格式不正确", "This is not an e-mail address"


# ---- prose ----------------------------------------------------------------------------------------------------------
def line(text: str) -> str:
    """One line that is looked up, compared or printed on a label: a name, a street. Wide letters are narrow ones."""
    return _one_line("NFKC", text)


def words(text: str) -> str:
    """One line for people: a title, a reason. Its punctuation, ① and ㎡ stay as they were written."""
    return _one_line("NFC", text)


def prose(text: str) -> str:
    """Free text, whose line breaks stay."""
    return _shown(_formed("NFC", re.sub("\r\n?", "\n", text)).strip(" \n"), "\n")


def secret(text: str) -> str:
    """A password: the same keys pressed on another keyboard are the same password; its spaces count."""
    return _shown(_formed("NFKC", text), "")


def _one_line(form: Form, text: str) -> str:
    return _shown(re.sub(" {2,}", " ", _formed(form, text)).strip(" "), "")


def _formed(form: Form, text: str) -> str:
    """The text in a Unicode form, with plain spaces; an emoji that is joined or selected stays as it is."""
    if text.isascii():
        return text
    made, at = "", 0
    for emoji in re.finditer(EMOJI, text):
        if len(emoji[0]) > 1:
            made += _plain(form, text[at : emoji.start()]) + emoji[0]
            at = emoji.end()
    return made + _plain(form, text[at:])


def _plain(form: Form, text: str) -> str:
    formed = unicodedata.normalize(form, text)
    return "".join(" " if unicodedata.category(char) == "Zs" else char for char in formed)


def _shown(text: str, breaks: str) -> str:
    """The text, if it shows all that it holds. Raises Unfit."""
    seen, marks = not text, 0
    rest = re.sub(EMOJI, "*", text)
    for char in rest:
        kind = _kind(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if kind in ("Cc", "Zl", "Zp") and char not in breaks:
            raise Unfit("text_control")
        if kind in ("Cf", "Cs", "Co", "Cn"):
            raise Unfit("text_unseen")
        if marks > MOST_MARKS:
            raise Unfit("text_marks")
        seen = seen or kind[0] in "LNPS"
    if re.search(UNSEEN, rest):
        raise Unfit("text_unseen")
    if not seen:
        raise Unfit("text_blank")
    return text


def _kind(char: str) -> str:
    kind = unicodedata.category(char)
    return "So" if kind == "Cn" and _younger(char) else kind


def _younger(char: str) -> bool:
    """Whether a character that this Python does not know may have been given a meaning since."""
    return any(first <= ord(char) <= last for first, last in YOUNGER) and ord(char) & 0xFFFE != 0xFFFE


# ---- how people are reached -----------------------------------------------------------------------------------------
def phone(text: str) -> str:
    """A phone number as E.164; eleven digits from 1 are a mainland mobile, however they are set apart. Raises PhoneInvalid."""
    digits = re.sub("^00", "+", _digits(text))
    if found := re.fullmatch(MOBILE, digits):
        return f"+86{found[1]}"
    if not re.fullmatch(ABROAD, digits):
        raise PhoneInvalid()
    return digits


def delivery_phone(text: str) -> str:
    """A number that a courier can dial: as `phone`, or `021-12345678`, or `4001234567`; with `-123` for an extension, or
    `x123` abroad, where a dash may stand anywhere. Raises PhoneInvalid.
    """
    plain = unicodedata.normalize("NFKC", text).strip(" ").lower()
    told = re.fullmatch(EXTENSION, plain) or re.fullmatch(DASHED, plain)
    if told and (number := _number(told[1])):
        abroad = bool(re.fullmatch(ABROAD, number))
        if not abroad:
            return f"{number}-{told[2]}"
        if not plain.endswith(f"-{told[2]}"):
            return f"{number}x{told[2]}"
    if number := _number(plain):
        return number
    raise PhoneInvalid()


def _digits(text: str) -> str:
    return re.sub(BETWEEN, "", re.sub(r"(?<=[0-9]) ?\(0\)", "", unicodedata.normalize("NFKC", text)))


def _number(text: str) -> str | None:
    """A whole number without extension, in the form that is kept."""
    digits = re.sub("^00", "+", _digits(text))
    if (found := re.fullmatch(LANDLINE, digits)) and (len(found[1]) == 3 or len(found[2]) == 8):
        return f"0{found[1]}-{found[2]}"
    if found := re.fullmatch(SERVICE, digits):
        return found[1]
    try:
        return phone(digits)
    except PhoneInvalid:
        return None


def email(text: str) -> str:
    """An e-mail address in lower case, its domain as the name service knows it: what goes on the envelope as it stands.

    Raises EmailInvalid.
    """
    try:
        name, _, domain = line(text).lower().rpartition("@")
    except Unfit:
        raise EmailInvalid() from None
    domain = _domain(domain)
    if (
        len(name) > 64
        or len(domain) > 253
        or not re.fullmatch(NAME_OF_MAILBOX, name)
        or not re.fullmatch(DOMAIN, domain)
    ):
        raise EmailInvalid()
    return f"{name}@{domain}"


def mailbox(address: str) -> str:
    """Where letters to an e-mail address end up, as far as the address tells: `ann+shop@` is read by `ann@`."""
    return re.sub("[+][^@]*@", "@", address)


def _domain(text: str) -> str:
    if text.isascii() and "xn--" not in text:
        return text
    import idna  # only for who has such an address

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode()
    except UnicodeError:
        raise EmailInvalid() from None


# ---- figures --------------------------------------------------------------------------------------------------------
def digits(text: str, count: int) -> str:
    """So many digits 0–9: a one-time code, a region, a postcode; they may be set apart by spaces."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if not re.fullmatch("[0-9]+", plain) or len(plain) != count:
        raise Unfit("text_digits", count=count)
    return plain


def postcode(text: str) -> str:
    """A postcode, or none."""
    return digits(text, 6) if text else ""


def are_digits(text: str) -> bool:
    """Whether a text of a machine is digits 0–9 and nothing else."""
    return re.fullmatch("[0-9]+", text) is not None


def whole(text: str) -> int:
    """A whole number of a query string."""
    if not re.fullmatch("-?[0-9]{1,15}", text):
        raise Unfit("text_whole")
    return int(text)


def day(text: str) -> date:
    """A day of this century, YYYY-MM-DD."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", plain := unicodedata.normalize("NFKC", text).strip(" ")):
        raise Unfit("text_day")
    try:
        told = date.fromisoformat(plain)
    except ValueError:
        raise Unfit("text_day") from None
    if not FIRST_DAY <= told <= LAST_DAY:
        raise Unfit("text_day")
    return told


def spelt(text: str) -> str:
    """A code of letters that is read out or typed from a message: in capitals."""
    return exact(unicodedata.normalize("NFKC", text).strip(" ").upper(), "0-9A-Z-")


# ---- what is exact --------------------------------------------------------------------------------------------------
def exact(text: str, letters: str = "!-~") -> str:
    """An id, a token, a key: of these letters (a class of a pattern), as it stands."""
    if not re.fullmatch(f"[{letters}]*", text):
        raise Unfit("text_exact", letters=letters)
    return text


def encoded(text: str) -> str:
    """Bytes as text; whether they can be read is for who decodes them to say."""
    return exact(text, " -~")
