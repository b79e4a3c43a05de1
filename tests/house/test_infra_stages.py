"""What differs between stages: their files, their bucket, their keys."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.runtime import keys, settings
from infra import build, packages, secrets, stages
from local import settle
from tests.house import source

KNOWN = {
    "PAY_MINUTES": ("30", "minutes to pay"),
    "MEDIA_BASE": ("/media/", "where"),
    "EVENT_BUS": ("jishi", "bus"),
    "PUBLIC_URL": ("", "where"),
}
BOUNDS = {
    "PAY_MINUTES": settings.Bounds(5, 60),
    "MEDIA_BASE": settings.Bounds(form=settings.ADDRESS),
    "PUBLIC_URL": settings.Bounds(form=settings.ADDRESS),
}
TEMPLATE = {
    "Parameters": {"Stage": {}, "AlarmEmail": {}, "PublicUrl": {}},
    "Globals": {
        "Function": {
            "Environment": {"Variables": {"EVENT_BUS": {"Ref": "ShopBus"}, "PUBLIC_URL": {"Ref": "PublicUrl"}}}
        }
    },
    "Resources": {"APIHandler": {"Properties": {"Environment": {"Variables": {"QUEUES": "checkout=x"}}}}},
}


def a_file(folder: Path, told: Any) -> stages.Differing:
    (folder / "prod.json").write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return stages.of("prod", folder)


# ---- the file ---------------------------------------------------------------------------------------------------------
def test_a_stage_without_a_file_differs_in_nothing(tmp_path: Path) -> None:
    assert stages.of("prod", tmp_path) == stages.Differing({}, {})


def test_numbers_may_be_written_as_numbers(tmp_path: Path) -> None:
    told = a_file(tmp_path, {"parameters": {"AlarmEmail": "a@example.cn"}, "settings": {"PAY_MINUTES": 20}})
    assert told == stages.Differing({"AlarmEmail": "a@example.cn"}, {"PAY_MINUTES": "20"})


@pytest.mark.parametrize(
    "told",
    ["{", "[1]", {"setting": {}}, {"settings": []}, {"settings": {"PAY_MINUTES": True}}, {"parameters": {"A": []}}],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, told: Any) -> None:
    with pytest.raises(stages.Wrong, match=r"prod\.json"):
        a_file(tmp_path, told)


@pytest.mark.parametrize(
    ("parameters", "named", "words"),
    [
        ({"AlarmMail": "x"}, {}, "no such parameter: AlarmMail; there are AlarmEmail, PublicUrl"),
        ({"Stage": "prod"}, {}, "no such parameter: Stage"),
        ({}, {"PAY_MINUTE": "20"}, "no such setting: PAY_MINUTE"),
        ({}, {"EVENT_BUS": "other"}, "set by the template itself: EVENT_BUS"),
        ({}, {"QUEUES": ""}, "set by the template itself: QUEUES"),
        ({}, {"PAY_MINUTES": "twenty"}, "PAY_MINUTES is a whole number, not 'twenty'"),
        ({}, {"PAY_MINUTES": "4"}, "PAY_MINUTES is at least 5, not '4'"),
        ({}, {"PAY_MINUTES": "61"}, "PAY_MINUTES is at most 60, not '61'"),
        ({}, {"MEDIA_BASE": "nonsense"}, "MEDIA_BASE is an address .*, not 'nonsense'"),
        ({}, {"PAY_MINUTES": "x", "MEDIA_BASE": "y"}, "MEDIA_BASE is .*; PAY_MINUTES is "),
        ({"PublicUrl": "nonsense"}, {}, "PUBLIC_URL is an address .*, not 'nonsense'"),
    ],
)
def test_a_name_that_nobody_knows_or_that_is_not_the_stages_to_say_is_refused(parameters, named, words) -> None:
    with pytest.raises(stages.Wrong, match=words):
        stages.check(stages.Differing(parameters, named), TEMPLATE, KNOWN, BOUNDS)


def test_what_the_example_shows_can_be_followed() -> None:
    told = stages.of("example")
    assert told.parameters
    assert told.settings
    stages.check(told, build.shop(), settings.SETTINGS, settings.BOUNDS)


def test_every_setting_can_be_said_by_the_template_or_by_a_stage() -> None:
    template = build.shop()
    free = {name: default for name, (default, _) in settings.SETTINGS.items()}
    ours = {name: text for name, text in free.items() if name not in stages.given(template)}
    assert len(ours) > 20
    stages.check(stages.Differing({}, ours), template, settings.SETTINGS, settings.BOUNDS)


def test_what_a_running_shop_would_trip_over_is_refused_by_name_before_anything_starts() -> None:
    build.shop()  # every module has declared its settings
    wrong = {
        "PHONE_CHANNEL": "zzz", "EMAIL_CHANNEL": "zzz", "PUBLIC_URL": "nonsense", "PAY_RETURN_ORIGINS": "foo",
        "PAY_RETURN_URL": "foo", "MEDIA_BASE": "foo", "WEBHOOK_LOOPBACK": "maybe", "METRICS": "zzz", "CODE_PREFIXES": "86",
        "CART_MAX_LINES": "500", "ORDER_MAX_LINES": "81", "EXPORT_LINK_SECONDS": "901", "PAY_MINUTES": "abc",
    }  # fmt: skip
    with pytest.raises(stages.Wrong) as refused:
        stages.fit(wrong, settings.SETTINGS, settings.BOUNDS)
    told = str(refused.value)
    assert [name for name in wrong if f"{name} is " not in told] == []
    assert "METRICS is emf or none, not 'zzz'" in told
    right = {
        "PHONE_CHANNEL": "sms", "PUBLIC_URL": "https://x.cn/api/", "CODE_PREFIXES": "+86,+852", "CART_MAX_LINES": "80",
        "PAY_RETURN_ORIGINS": "https://shop.example,http://127.0.0.1:3000,http://[::1]:3000", "WEBHOOK_LOOPBACK": "yes",
    }  # fmt: skip
    stages.fit(right, settings.SETTINGS, settings.BOUNDS)


def test_settings_reach_every_function_beside_those_of_the_template() -> None:
    made = stages.told(TEMPLATE, {"PAY_MINUTES": "20"})
    variables = made["Globals"]["Function"]["Environment"]["Variables"]
    assert variables == {"EVENT_BUS": {"Ref": "ShopBus"}, "PUBLIC_URL": {"Ref": "PublicUrl"}, "PAY_MINUTES": "20"}
    assert stages.told(TEMPLATE, {}) == TEMPLATE, "what was told to another stage is not there"


def test_the_readme_says_where_a_stage_is_described() -> None:
    assert "stages/<stage>.json" in source.texts()["README.md"]
    assert "stages/example.json" in source.texts()["README.md"]


# ---- the bucket of packages -------------------------------------------------------------------------------------------
class Bucket:
    """S3 with one bucket: nobody's, ours or somebody else's."""

    class meta:  # botocore's own spelling
        region_name, endpoint_url = "cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn"

    def __init__(self, owner: str | None) -> None:
        self.owner, self.calls = owner, []

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> dict[str, Any]:
            self.calls.append((name, request))
            if name == "create_bucket":
                self.owner = "us"
            elif self.owner is None:
                raise ClientError({"Error": {"Code": "404"}}, name)
            elif request.get("ExpectedBucketOwner") != self.owner:
                raise ClientError({"Error": {"Code": "403"}}, name)
            return {}

        return call


def test_the_bucket_is_made_private_versioned_and_encrypted() -> None:
    bucket = Bucket(owner=None)
    packages.Packages(bucket, "jishi-packages", "us").ensure()
    assert [name for name, _ in bucket.calls] == [
        "head_bucket",
        "create_bucket",
        "put_public_access_block",
        "put_bucket_versioning",
        "put_bucket_encryption",
    ]
    closed = bucket.calls[2][1]["PublicAccessBlockConfiguration"]
    assert all(closed.values())
    assert len(closed) == 4


def test_a_bucket_that_somebody_else_holds_gets_no_package(tmp_path: Path) -> None:
    bucket = Bucket(owner="somebody else")
    place = packages.Packages(bucket, "jishi-packages", "us")
    with pytest.raises(packages.Foreign, match="jishi-packages"):
        place.ensure()
    with pytest.raises(ClientError):
        place.lay(b"{}")
    assert "create_bucket" not in [name for name, _ in bucket.calls]


def test_every_call_on_the_bucket_says_whose_it_must_be(tmp_path: Path) -> None:
    bucket = Bucket(owner="us")
    place = packages.Packages(bucket, "jishi-packages", "us")
    (tmp_path / "a.zip").write_bytes(b"zip")
    place.ensure()
    assert place.upload(tmp_path / "a.zip").endswith(".zip")
    assert place.lay(b"{}").startswith("https://s3.cn-north-1.amazonaws.com.cn/jishi-packages/")
    assert {request["ExpectedBucketOwner"] for _, request in bucket.calls} == {"us"}


# ---- the shop's own keys ----------------------------------------------------------------------------------------------
class Documents:
    """Parameter Store by the session's own words, and every document that was ever put."""

    class NotThere(ClientError):
        pass

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.puts: list[tuple[str, dict[str, Any]]] = []

    def create_client(self, service: str) -> Documents:
        assert service == "ssm"
        return self

    def put_parameter(self, Name: str, Value: str, **_: Any) -> None:  # botocore's names
        self.now[Name] = Value
        self.puts.append((Name.rsplit("/", 1)[-1], json.loads(Value)))

    def get_parameter(self, Name: str, **_: Any) -> dict[str, Any]:  # botocore's names
        if Name not in self.now:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Parameter": {"Value": self.now[Name]}}


def test_new_keys_verify_everywhere_before_the_first_signs() -> None:
    store, waited = Documents(), []
    secrets.complete_keys(store, "prod")
    before = secrets.get(store, "prod", keys.KEYS)
    store.puts.clear()
    secrets.rotate_keys(store, "prod", waited.append)
    (legal, opened), (_, announced), (_, signing) = store.puts
    assert legal == keys.LEGAL_RECORDS, "private halves first"
    assert list(opened) == ["l1", "l2"]
    for name, newest in (("signing", signing["signing"][-1]), ("jwt", "t2"), ("legal", "l2")):
        assert list(announced[name])[-1] == list(before[name])[-1], f"{name}: the old one signs until all know the new"
        assert newest in announced[name]
        assert list(signing[name])[-1] == newest
        assert set(before[name]) < set(signing[name])
    assert waited[0] > settings.SECRET_SECONDS
    assert (signing["index"], signing["pepper"]) == (before["index"], before["pepper"])


def test_a_stage_without_keys_has_none_to_renew() -> None:
    store = Documents()
    with pytest.raises(secrets.NoKeys, match="make deploy STAGE=prod"):
        secrets.rotate_keys(store, "prod", print)
    assert store.puts == []


# ---- commands beside a stage ------------------------------------------------------------------------------------------
class Deployed:
    """CloudFormation and Lambda with one stage, `prod`."""

    def create_client(self, service: str) -> Deployed:
        return self

    def get_paginator(self, call: str) -> Deployed:
        assert call == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # botocore's name
        if StackName != "jishi-prod":
            raise ClientError({"Error": {"Code": "ValidationError"}}, "ListStackResources")
        return [
            {"StackResourceSummaries": [{"LogicalResourceId": "APIHandler", "PhysicalResourceId": "jishi-prod-api"}]}
        ]

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # botocore's name
        assert FunctionName == "jishi-prod-api"
        variables = {"JISHI_STAGE": "prod", "TABLE_ORDERS": "jishi-prod-OrdersTable-1", "PAY_MINUTES": "20"}
        return {"Environment": {"Variables": variables}}


def test_a_command_beside_a_stage_sees_what_its_functions_see() -> None:
    told = settle.deployed(Deployed(), "prod")
    assert (told["JISHI_STAGE"], told["TABLE_ORDERS"]) == ("prod", "jishi-prod-OrdersTable-1")
    assert told["PAY_MINUTES"] == "20", "the stage's own settings, too"
    assert told["METRICS"] == "none", "nobody reads a metric line at a terminal"


def test_a_stage_that_is_not_there_is_told_in_a_sentence() -> None:
    with pytest.raises(SystemExit, match="no stage test is to be had"):
        settle.deployed(Deployed(), "test")


@pytest.mark.parametrize("target", ["admin", "audit", "deploy", "keys"])
def test_the_make_targets_for_a_stage_hand_its_name_on(target: str) -> None:
    (recipe,) = re.findall(rf"^{target}: .*\n\t(.*)$", source.texts()["Makefile"], re.MULTILINE)
    assert '"$(STAGE)"' in recipe
