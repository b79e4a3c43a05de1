"""The tools that make the template: merging, deriving, slimming, refusing."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path

import pytest
from chalice import Chalice

from infra import derive, functions, merge, ship, slim, stack, tables


def yaml_at(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_short_tags_read_as_their_long_form(tmp_path: Path) -> None:
    path = yaml_at(tmp_path, "a.yaml", "A: !Ref X\nB: !GetAtt Y.Arn\nC: !Sub '${Z}-1'\nD: !Not [!Condition E]\n")
    assert merge.read(path) == {
        "A": {"Ref": "X"},
        "B": {"Fn::GetAtt": ["Y", "Arn"]},
        "C": {"Fn::Sub": "${Z}-1"},
        "D": {"Fn::Not": [{"Condition": "E"}]},
    }


def test_two_files_may_not_describe_one_thing(tmp_path: Path) -> None:
    text = "Resources: {OrdersTable: {Type: AWS::DynamoDB::Table}}\n"
    with pytest.raises(ValueError, match=r"b\.yaml describes again: OrdersTable"):
        merge.described([yaml_at(tmp_path, "a.yaml", text), yaml_at(tmp_path, "b.yaml", text)])


def test_an_intrinsic_is_replaced_never_mixed() -> None:
    below = {"Queue": {"Fn::Sub": "arn"}, "Kept": {"a": 1}}
    above = {"Queue": {"Fn::GetAtt": ["Q", "Arn"]}, "Kept": {"b": 2}}
    assert merge.deep(below, above) == {"Queue": {"Fn::GetAtt": ["Q", "Arn"]}, "Kept": {"a": 1, "b": 2}}


def test_names_mentioned_but_not_described_are_found() -> None:
    template = {
        "Parameters": {"Stage": {}},
        "Resources": {
            "A": {"Type": "T", "P": [{"Ref": "Stage"}, {"Ref": "AWS::Region"}, {"Fn::GetAtt": ["Gone", "Arn"]}]},
            "B": {"Type": "T", "P": {"Fn::Sub": ["${A.Arn} ${Own} ${!Literal} ${Lost}", {"Own": 1}]}},
        },
    }
    assert merge.dangling(template) == {"Gone", "Lost"}


@pytest.mark.parametrize(("logical", "short"), [("OrdersTable", "orders"), ("LegalRecordsTable", "legal_records")])
def test_a_table_is_called_by_its_short_name(logical: str, short: str) -> None:
    assert tables.short_name(logical) == short
    assert functions.table_id(short) == logical
    assert tables.environment({logical: "x"}) == {f"TABLE_{short.upper()}": "x"}


def test_a_logical_id_that_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="ends in Table"):
        tables.short_name("Orders")


def an_app() -> Chalice:
    app = Chalice(app_name="small", configure_logs=False)
    app.on_sqs_message(queue_arn="arn:aws:sqs:region:account:LettersQueue", name="letters_worker")(lambda event: None)
    return app


def test_a_consumer_brings_its_queue_dead_letters_rule_and_alarms() -> None:
    made = derive.resources(an_app(), {"letters_worker": {"detail-type": ["letter.written"]}}, {}, {"Resources": {}})
    assert {name: r.get("Type", "patch").split("::")[-1] for name, r in made.items()} == {
        "LettersWorker": "patch",
        "LettersQueue": "Queue",
        "LettersDeadLetters": "Queue",
        "LettersRule": "Rule",
        "LettersQueuePolicy": "QueuePolicy",
        "LettersQueueAgeAlarm": "Alarm",
        "LettersDeadLettersAlarm": "Alarm",
        "LettersWorkerLogGroup": "patch",
    }
    assert made["LettersRule"]["Properties"]["EventPattern"] == {"detail-type": ["letter.written"]}
    statement = made["LettersQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["LettersRule", "Arn"]}}}


def test_a_described_queue_without_dead_letters_is_refused() -> None:
    described = {"Resources": {"LettersQueue": {"Type": "AWS::SQS::Queue", "Properties": {}}}}
    with pytest.raises(ValueError, match="LettersQueue has no dead-letter queue"):
        derive.resources(an_app(), {}, {}, described)


def test_without_handlers_drops_what_mentions_them_and_keeps_the_rest() -> None:
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Shop": {"Type": "AWS::Serverless::Function"},
            "Patch": {"Properties": {}},
            "Told": {"Type": "AWS::SNS::Subscription", "Properties": {"Endpoint": {"Ref": "Shop"}}},
            "Alarm": {"Type": "AWS::CloudWatch::Alarm"},
            "Table": {"Type": "AWS::DynamoDB::Table"},
        },
        "Outputs": {"Name": {"Value": {"Ref": "Shop"}}, "Kept": {"Value": {"Ref": "Table"}}},
    }
    bare = stack.without_handlers(template)
    assert set(bare) == {"Resources", "Outputs"}
    assert set(bare["Resources"]) == {"Table"}
    assert set(bare["Outputs"]) == {"Kept"}


def a_zip(path: Path, stamp: tuple[int, ...] = (2026, 1, 1, 0, 0, 0)) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in (
            ("app.py", "answer = 42\n"), ("botocore/data/dynamodb/2012-08-10/service-2.json", "{}"),
            ("botocore/data/ec2/2016-11-15/service-2.json", "{}"), ("pkg/tests/test_x.py", "x = 1\n"),
        ):  # fmt: skip
            made.writestr(zipfile.ZipInfo(name, stamp), text)
    return path


def test_a_slimmed_zip_is_compiled_and_without_what_nobody_calls(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip")
    slim.slim(path)
    with zipfile.ZipFile(path) as made:
        names = set(made.namelist())
        (compiled,) = [name for name in names if name.endswith(".pyc")]
        flags = int.from_bytes(made.read(compiled)[4:8], "little")
    assert names == {"app.py", compiled, "botocore/data/dynamodb/2012-08-10/service-2.json"}
    assert compiled == importlib.util.cache_from_source("app.py")
    assert flags == 0b01, "checked neither by time nor by hash: the zip's times are fixed"


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    first, second = a_zip(tmp_path / "a.zip"), a_zip(tmp_path / "b.zip", (2027, 2, 2, 2, 2, 2))
    slim.slim(first, kept=tmp_path / "kept")
    slim.slim(second)
    assert first.read_bytes() == second.read_bytes()
    again = a_zip(tmp_path / "c.zip")
    slim.slim(again, kept=tmp_path / "kept")
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize(
    ("stage", "region", "python", "confirmed", "words"),
    [
        ("", "cn-north-1", (3, 13), None, "make deploy STAGE="),
        ("Prod", "cn-north-1", (3, 13), None, "make deploy STAGE="),
        ("local", "cn-north-1", (3, 13), None, "for everybody to read"),
        ("prod", "cn-north-1", (3, 11), None, r"Python 3\.13"),
        ("prod", None, (3, 13), None, "AWS_DEFAULT_REGION"),
        ("prod", "us-east-1", (3, 13), None, "CONFIRM_REGION=us-east-1"),
        ("prod", "us-east-1", (3, 13), "eu-west-1", "CONFIRM_REGION=us-east-1"),
    ],
)
def test_a_deployment_that_would_not_be_sound_is_refused(stage, region, python, confirmed, words) -> None:
    with pytest.raises(ship.Refused, match=words):
        ship.sound(stage, region, python, confirmed)


def test_a_sound_deployment_goes_through() -> None:
    ship.sound("prod", "cn-northwest-1", (3, 13), None)
    ship.sound("prod-2", "ap-east-1", (3, 13), "ap-east-1")


def test_a_stage_whose_alarms_reach_nobody_is_warned_of() -> None:
    (warning,) = ship.silent({"PublicUrl": "https://api.example.cn", "AlarmEmail": ""}, "prod")
    assert "AlarmEmail" in warning
    assert "stages/prod.json" in warning
    assert ship.silent({"AlarmEmail": "on-call@example.cn"}, "prod") == []
