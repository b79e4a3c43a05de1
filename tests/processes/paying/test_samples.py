"""Raw webhook envelopes of API Gateway (events/samples) pass through the handler that Lambda calls.

They were signed with keys that no longer exist; `webhook-contracts.json` holds the public halves.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from chalicelib.records.payments.service import calls
from chalicelib.runtime import settings
from tests.fakes.payments import NOW
from tests.support.world import secrets

SAMPLES = Path(__file__).parents[3] / "events" / "samples"
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000, aws_request_id="r", function_name="jishi")
REFUSED = {"wechat": '{"code":"FAIL","message":"失败"}', "alipay": "fail", "unionpay": "fail"}


def sample(name):
    return json.loads((SAMPLES / f"webhook-{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("provider", sorted(REFUSED))
def test_a_sample_verifies_and_its_unknown_number_is_parked(shop, counter, provider):
    from app import app

    contracts = {f"payments/{name}": {**doc, "private_key": ""} for name, doc in sample("contracts").items()}
    settings.use_secrets({**secrets(), **contracts})
    calls.use_http(None)
    answer = app(sample(provider), CONTEXT)
    assert (answer["statusCode"], answer["body"]) == (404, REFUSED[provider])
    assert shop.cases() == {("unknown", "open")}
    assert shop.case("unknown").evidence
    assert shop.clock.now() == NOW


@pytest.mark.parametrize("provider", sorted(REFUSED))
def test_the_same_sample_under_other_keys_is_a_forgery(shop, counter, provider):
    from app import app

    answer = app(sample(provider), CONTEXT)
    assert (answer["statusCode"], answer["body"]) == (401, REFUSED[provider])
    assert shop.cases() == set()
