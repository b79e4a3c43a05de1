"""What follows from the toy's manifest, asked in a copy of the shop that has the toy in its table (test_one_more_provider)."""

import json

import pytest

from chalicelib.processes.pages.texts import words
from chalicelib.processes.paying.shapes import StartPayment, method_views
from chalicelib.records.payments.providers import ADAPTERS, PROVIDERS
from chalicelib.records.payments.rules import PaymentDeclined, PaymentProviderDown
from chalicelib.records.payments.service import calls
from chalicelib.runtime import settings
from infra import build, secrets
from local import pages, settle
from tests.fakes.payments import FAKES

TOY = PROVIDERS["toy"]


@pytest.fixture(autouse=True)
def contract():
    fake = FAKES["toy"]()
    settings.use_secrets({"payments/toy": fake.config})
    calls.use_http(fake)
    yield fake
    settings.use_secrets({})
    calls.use_http(None)


def test_its_methods_are_offered_with_their_names():
    assert [way.model_dump() for way in method_views("pc")] == [
        {
            "provider": "toy",
            "product": "tin",
            "title_zh": "玩具支付 · 铁皮盒",
            "title_en": "Toy Pay · tin box",
            "next_action": "qr",
            "needs": [],
            "available": True,
        }
    ]
    assert method_views("h5") == []


def test_a_start_may_name_it_and_the_contract_of_the_api_says_so():
    assert StartPayment(provider="toy", product="tin").provider == "toy"
    assert "toy" in StartPayment.model_json_schema()["properties"]["provider"]["enum"]


def test_what_goes_wrong_is_spoken_with_its_name():
    down, declined = PaymentProviderDown(provider="toy"), PaymentDeclined(provider="toy")
    assert down.message("en").startswith("Toy Pay does not answer")
    assert "玩具支付" in down.message("zh")
    assert "Toy Pay" in declined.message("en")
    assert "玩具支付" in declined.message("zh")


def test_somebody_is_called_for_it():
    alarms = {
        name: told["Properties"]
        for name, told in build.shop()["Resources"].items()
        if {"Name": "provider", "Value": "toy"} in told.get("Properties", {}).get("Dimensions", [])
    }
    assert {name: told["MetricName"] for name, told in alarms.items()} == {
        "ToyUnclaimedAlarm": "PaymentUnclaimed",
        "ToyMismatchAlarm": "PaymentMismatch",
        "ToyKeysAlarm": "ProviderError",
        "ToyConfigurationAlarm": "ProviderError",
        "ToyForgedAlarm": "NoticeForged",
        "ToyEndingAlarm": "CertificateEnding",
    }
    assert alarms["ToyKeysAlarm"]["AlarmDescription"].startswith("Toy Pay does not take our keys")


def test_its_document_ways_and_notices_are_on_the_page():
    page = pages.providers()
    section = page[page.index("## Toy Pay, 玩具支付: `toy`") :]
    for field in TOY.credentials:
        assert f"| `{field.name}` | yes | {field.about} |" in section
    assert "| `tin` | 铁皮盒 | tin box | pc | qr | – |" in section
    assert "`POST /v1/webhooks/toy/refund`" in section


def test_its_document_is_stored_where_it_is_whole(tmp_path, contract):
    stored, file = {}, tmp_path / "toy.json"
    session = type(
        "Session", (), {"create_client": lambda self, _: self, "put_parameter": lambda self, **it: stored.update(it)}
    )
    file.write_text(json.dumps(contract.config), encoding="utf-8")
    secrets.put_file(session(), "prod", "payments/toy", str(file))
    assert (stored["Name"], json.loads(stored["Value"])) == ("/jishi/prod/payments/toy", contract.config)
    file.write_text(json.dumps({"merchant": "M-1"}), encoding="utf-8")
    with pytest.raises(secrets.Unfit, match="payments/toy: it lacks base_url, private_key, toy_key"):
        secrets.put_file(session(), "prod", "payments/toy", str(file))


def test_a_simulator_that_plays_it_would_be_heard():
    assert "toy" in settle.PROVIDERS


def test_the_operators_page_knows_its_words():
    assert words()["provider"]["toy"] == ("玩具支付", "Toy Pay")
    assert words()["product"]["toy.tin"] == ("铁皮盒", "tin box")


def test_it_is_told_the_address_of_its_notices(contract):
    assert calls.notify_url("toy", "pay").endswith("/v1/webhooks/toy/pay")
    assert ADAPTERS["toy"](contract.config, contract, None, contract.nonce).name == "toy"
