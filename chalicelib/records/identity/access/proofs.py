"""What shows who one is: passwords that are good enough, a one-time code from entropy, and TOTP (RFC 6238: SHA-1, 30 s,
6 digits). Pure: time and entropy are given.
"""

from __future__ import annotations

import hmac
import unicodedata
from itertools import pairwise
from typing import Any

from chalicelib.kernel.texts import CODE_DIGITS, secret

from .rules import PasswordWeak

SHORTEST, LONGEST = 8, 128
FEWEST_TURNS = 4  # `12345678` is one run, `a2345678` two, `abcd1234` two
COMMON = frozenset(  # the passwords, and the words of passwords, that are tried first
    """
    password passwd passw0rd p@ssword p@ssw0rd pa55word pass mypassword yourpassword newpassword passwordpassword secret
    changeme default letmein login welcome hello helloworld admin administrator root system manager guest user test
    testtest tester demo temp master access qwerty qwert qwertyu qwertyui qwertyuio qwertyuiop qwertyqwerty asdf asdfgh
    asdfghj asdfghjk asdfghjkl asdfasdf zxcv zxcvb zxcvbn zxcvbnm qweasd qweasdzxc qazwsx qazwsxedc qaz zaq zaqwsx
    qwer qwerasdf 1qaz2wsx 1q2w3e4r 1q2w3e4r5t q1w2e3r4 q1w2e3r4t5 zaq12wsx 1qazxsw2 qwe123 147258369 159357 741852963
    147852369 789456123 987654321 5201314 13145200 52013145 abc abcabc aaa xxx iloveyou ilovey0u iloveu loveyou lovelove
    love lovely forever sunshine princess prince superman batman pokemon starwars dragon monkey tiger shadow football
    baseball basketball soccer hockey michael jordan jennifer jessica ashley daniel charlie andrew thomas computer
    internet samsung google facebook wechat weixin alipay taobao jishi apple android freedom whatever trustno
    nothing maggie mustang corvette harley summer winter spring autumn january december monday friday flower cookie
    woaini woaiwo woaiwojia woaini1314 aini mima wodemima nihao zhongguo china beijing shanghai
    """.split()  # noqa: SIM905  # a hundred literals would fill the page
)
STEP_SECONDS = 30


def strong_password(text: str, *, not_like: str = "") -> str:
    """A password in one Unicode form. Raises PasswordWeak when it is short, monotonous, among those that everybody takes
    (also with figures and signs around it), or the account's own name.
    """
    plain = secret(text)
    low = plain.lower()
    steps = [ord(b) - ord(a) for a, b in pairwise(plain)]
    name = not_like.split("@")[0]
    if (
        not SHORTEST <= len(plain) <= LONGEST
        or len(set(plain)) < 4
        or len(set(steps)) == 1
        or 1 + sum(step not in (-1, 0, 1) for step in steps) < FEWEST_TURNS
        or COMMON & {low, "".join(char for char in low if unicodedata.category(char)[0] == "L")}
        or low in (name, not_like)
    ):
        raise PasswordWeak()
    return plain


def one_time_code(entropy: bytes) -> str:
    """Six digits from eight bytes (the bias is below 1 in 10^13)."""
    return f"{int.from_bytes(entropy, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def totp_code(key: bytes, step: int) -> str:
    """The code of a 30-second step."""
    return str(_authenticator(key).generate(step * STEP_SECONDS).decode())


def totp_step(key: bytes, code: str, now: int, last: int) -> int | None:
    """The step a code belongs to: this one or a neighbour, and later than the last one used; else None."""
    here = now // STEP_SECONDS
    told = code.encode()  # as bytes: of texts, only ASCII can be compared
    found = [step for step in (here - 1, here, here + 1) if hmac.compare_digest(totp_code(key, step).encode(), told)]
    return next((step for step in found if step > last), None)


def totp_uri(key: bytes, account: str) -> str:
    """What an authenticator app scans."""
    return str(_authenticator(key).get_provisioning_uri(account, "Jishi"))


def _authenticator(key: bytes) -> Any:
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    return TOTP(key, 6, SHA1(), STEP_SECONDS, enforce_key_length=False)  # noqa: S303  # what authenticator apps compute
