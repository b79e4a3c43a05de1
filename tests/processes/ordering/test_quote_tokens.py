"""The quote's token: signed by SHA-256 and by nothing weaker; old keys still verify."""

from __future__ import annotations

from hashlib import sha256

import pytest
from itsdangerous import URLSafeSerializer

from chalicelib.kernel.money import Fen
from chalicelib.kernel.runs import Run
from chalicelib.processes.ordering.rules import QuoteForeign, QuoteInvalid
from chalicelib.processes.ordering.service import quotes
from chalicelib.runtime import keys, settings
from tests.support.trade import line, promised

LINE = line("P01JZ000000000000000000000001", 2, 100)
QUOTE = promised("O1", "U1", [LINE], 80, [1], expires=5, address="D1")


@pytest.fixture(autouse=True)
def _engine(engine):
    return engine


def test_a_quote_is_signed_with_256_bits_and_read_by_its_customer_only():
    token = quotes.seal(QUOTE)
    assert len(token.rpartition(".")[2]) == 43  # 32 bytes
    assert quotes.read(token, "U1") == QUOTE
    with pytest.raises(QuoteForeign):
        quotes.read(token, "U2")


def test_a_quote_under_a_weaker_digest_or_another_purpose_is_none_of_ours():
    packed = promised("O1", "U1", [LINE], 80, [199], expires=5, address="D1").pack()
    for forged in (
        URLSafeSerializer(keys.signing_keys(), salt="quote").dumps(packed),  # SHA-1, the library's own choice
        quotes.seal(QUOTE)[:-1],
        URLSafeSerializer(keys.signing_keys(), salt="cursor|quote").dumps(packed),
    ):
        with pytest.raises(QuoteInvalid):
            quotes.read(str(forged), "U1")


def test_a_quote_that_was_signed_in_the_former_format_is_read_to_its_end():
    former = ["O1", "U1", 5, [[LINE.sku, 2, 100, 0, 0, 1]], "D1", 80, 280, 1, 0, None, 0]
    signer = URLSafeSerializer(keys.signing_keys(), salt="quote", signer_kwargs={"digest_method": sha256})
    quote = quotes.read(str(signer.dumps(former)), "U1")
    assert quote == promised("O1", "U1", [LINE], 80, expires=5, address="D1")
    assert (quote.payable, quote.lines[0].runs) == (280, (Run(2, Fen(100), freight=Fen(40)),))


def test_a_quote_outlives_the_change_of_its_key():
    token, held = quotes.seal(QUOTE), settings.secret(keys.KEYS)
    settings.use_secrets({keys.KEYS: {**held, "signing": [*held["signing"], "a newer one"]}})
    assert quotes.read(token, "U1") == QUOTE
    assert quotes.seal(QUOTE) != token
