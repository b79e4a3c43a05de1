"""The house inspects its infrastructure: what every table, queue, function and rule must have, on the template itself."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import chalicelib
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.runtime.http.face import FACES
from infra import build, draft, expand, functions, merge, slim, tables

ROOT = Path(__file__).resolve().parents[2]
HALF_YEAR = 184  # days
API_RESOURCES, RESOURCES = 295, 450  # a REST API takes 300, CloudFormation 500
KEPT = ("RetainExceptOnCreate", "Retain")  # outlives its stack, unless that never stood
LONGEST_STAGE, SUFFIX = "a-long-stage-xyz", "ABCDEFGHIJKLM"
POLICY_CHARACTERS = 9_500  # of the 10,240 that IAM takes, whitespace not counted


@pytest.fixture(scope="module")
def sam() -> dict[str, Any]:
    return draft.template(ROOT, build.shop())


@pytest.fixture(scope="module")
def plain(sam) -> dict[str, Any]:
    """As CloudFormation sees it, after the SAM transform."""
    return expand.expanded(sam)


def of(template: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in template["Resources"].items() if r["Type"] == kind}


def texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [t for key, value in node.items() for t in (key, *texts(value))]
    if isinstance(node, list):
        return [t for value in node for t in texts(value)]
    return [node] if isinstance(node, str) else []


def models() -> list[Any]:
    from chalicelib.runtime.table import Table

    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        if module.name.startswith("chalicelib.runtime.") or module.name.endswith(".model"):
            importlib.import_module(module.name)
    found, waiting = [], [Table]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        waiting += kinds
        found += [kind for kind in kinds if kind.__module__.startswith("chalicelib.") and hasattr(kind, "Meta")]
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


# ---- tables -----------------------------------------------------------------------------------------------------------
def test_every_table_can_be_restored_is_encrypted_and_outlives_its_stack(plain) -> None:
    found = {name: r for name, r in plain["Resources"].items() if r["Type"] == tables.KIND}
    assert found
    for name, resource in found.items():
        properties = resource["Properties"]
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True, name
        assert properties["SSESpecification"]["SSEEnabled"] is True, name
        assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["Stands", True, False]}, name
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == KEPT, name
        assert "TableName" not in properties, f"{name}: a physical name in the template forbids a second stack"


@pytest.mark.parametrize("model", models(), ids=lambda kind: kind.__name__)
def test_every_model_equals_its_table(model) -> None:
    described = {d["TableName"]: d for d in tables.definitions()}
    assert model.Meta.table_name in described, f"{model.__name__} has no table in infra/*.yaml"
    table = described[model.Meta.table_name]
    types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    schema = model._get_schema()
    keys = {part["AttributeName"]: part["KeyType"] for part in schema["key_schema"]}
    assert keys == {part["AttributeName"]: part["KeyType"] for part in table["KeySchema"]}
    modelled = {a.attr_name: a.attr_type for a in model.get_attributes().values()}
    assert {name: modelled[name] for name in keys} == {name: types[name] for name in keys}
    indexes = {i["index_name"]: i for i in schema["global_secondary_indexes"]}
    known = {i["IndexName"]: i for i in table.get("GlobalSecondaryIndexes", [])}
    assert indexes.keys() <= known.keys()
    for name, index in indexes.items():
        assert index["key_schema"] == known[name]["KeySchema"], name


def test_every_table_has_a_model_and_every_index_a_modelled_key() -> None:
    modelled: dict[str, set[str]] = {}
    for model in models():
        modelled.setdefault(model.Meta.table_name, set()).update(a.attr_name for a in model.get_attributes().values())
    for table in tables.definitions():
        assert table["TableName"] in modelled, f"no model describes {table['TableName']}"
        for index in table.get("GlobalSecondaryIndexes", []):
            names = {part["AttributeName"] for part in index["KeySchema"]}
            assert names <= modelled[table["TableName"]], f"{table['TableName']}.{index['IndexName']}"


# ---- queues, rules, the relay -----------------------------------------------------------------------------------------
def test_every_queue_ends_somewhere_and_somebody_is_told(plain) -> None:
    queues, watched = of(plain, "AWS::SQS::Queue"), {}
    for alarm in of(plain, "AWS::CloudWatch::Alarm").values():
        if alarm["Namespace"] == "AWS/SQS":
            watched.setdefault(alarm["MetricName"], set()).add(alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0])
            assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    last = {q["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] for q in queues.values() if "RedrivePolicy" in q}
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True, name
        if "RedrivePolicy" in queue:
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5, name
            assert name in watched["ApproximateAgeOfOldestMessage"], name
        else:
            assert name in last | set(functions.SHARED), f"{name} is a queue without dead letters"
            assert name in watched["ApproximateNumberOfMessagesVisible"], name
            assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600, name


def test_every_queue_mapping_answers_in_part_and_outwaits_its_function(plain) -> None:
    queues, lambdas = of(plain, "AWS::SQS::Queue"), of(plain, "AWS::Lambda::Function")
    for name, mapping in of(plain, "AWS::Lambda::EventSourceMapping").items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        source, attribute = mapping["EventSourceArn"]["Fn::GetAtt"]
        if attribute == "Arn":
            assert "RedrivePolicy" in queues[source], name
            assert queues[source]["VisibilityTimeout"] >= 6 * lambdas[mapping["FunctionName"]["Ref"]]["Timeout"], name


def test_the_relay_neither_blocks_nor_loses(plain) -> None:
    mappings = of(plain, "AWS::Lambda::EventSourceMapping").values()
    relay = next(m for m in mappings if m["EventSourceArn"]["Fn::GetAtt"] == ["JournalTable", "StreamArn"])
    assert relay["StartingPosition"] == "TRIM_HORIZON"
    assert relay["MaximumRetryAttempts"] == -1
    assert relay["MaximumRecordAgeInSeconds"] == 43_200
    assert relay["BisectBatchOnFunctionError"] is True
    assert relay["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"] == ["RelayFailuresQueue", "Arn"]
    pattern = json.loads(relay["FilterCriteria"]["Filters"][0]["Pattern"])
    assert pattern == {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"f": {"S": [{"exists": True}]}}}}
    assert plain["Resources"]["JournalTable"]["Properties"]["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    metrics = {a["MetricName"] for a in of(plain, "AWS::CloudWatch::Alarm").values()}
    assert {"IteratorAge", "DestinationDeliveryFailures"} <= metrics


def test_each_consumer_gets_the_facts_it_handles_and_no_others(plain) -> None:
    from chalicelib.runtime import workers

    rules = {
        rule["Targets"][0]["Arn"]["Fn::GetAtt"][0]: rule["EventPattern"]
        for rule in of(plain, "AWS::Events::Rule").values()
        if "EventBusName" in rule
    }
    audited = {"detail": {"audit": [{"exists": True}]}}
    assert rules == {
        c.queue: audited if c.name == "audit" else {"detail-type": sorted(c.subscriptions)}
        for c in workers.CONSUMERS.values()
    }


def test_what_a_rule_cannot_deliver_is_kept(plain) -> None:
    for name, rule in of(plain, "AWS::Events::Rule").items():
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]}, name
            assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 10, name


def test_a_given_up_batch_rings_and_says_what_puts_it_right(plain) -> None:
    alarm = of(plain, "AWS::CloudWatch::Alarm")["RelayFailuresQueueAlarm"]
    assert "/v1/admin/facts/resend" in alarm["AlarmDescription"]
    grants = functions.allowed(functions.FUNCTIONS["relay"].policy)
    assert ("sqs:SendMessage", "RelayFailuresQueue") in grants, "Lambda tells by the relay's own rights"


LACKING = {  # what the regions of China do not have, where the template would say it
    "AWS::Lambda::Function": ("SnapStart",),
    "AWS::Lambda::EventSourceMapping": ("ProvisionedPollerConfig", "MetricsConfig"),
}


def test_nothing_is_asked_for_that_the_regions_of_china_lack(plain) -> None:
    assert of(plain, "AWS::Lambda::EventSourceMapping")
    for kind, lacking in LACKING.items():
        for name, properties in of(plain, kind).items():
            assert not properties.keys() & set(lacking), name
    for name, function in of(plain, "AWS::Lambda::Function").items():
        assert function.get("TracingConfig", {}).get("Mode") != "Active", name
    kinds = {name: resource["Type"] for name, resource in plain["Resources"].items()}
    for name, mapping in of(plain, "AWS::Lambda::EventSourceMapping").items():
        failed = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        assert failed is None or kinds[failed["Fn::GetAtt"][0]] == "AWS::SQS::Queue", name


# ---- what people take along -------------------------------------------------------------------------------------------
def test_the_bucket_of_exports_is_sealed_closed_to_the_public_and_clears_itself(plain) -> None:
    name, bucket = "ExportsBucket", of(plain, "AWS::S3::Bucket")["ExportsBucket"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"], "Prefix" in rule) == ("Enabled", 1, False)
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert list(bucket["PublicAccessBlockConfiguration"].values()) == [True] * 4
    assert "VersioningConfiguration" not in bucket, "what is deleted is gone"
    policy = of(plain, "AWS::S3::BucketPolicy")["ExportsBucketPolicy"]
    denied = {s["Sid"]: s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"}
    assert policy["Bucket"] == {"Ref": name}
    assert denied["OnlyUnderTls"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denied["LinksOfAQuarterOfAnHour"]["Condition"] == {"NumericGreaterThan": {"s3:signatureAge": "900000"}}
    assert len(denied) == len(policy["PolicyDocument"]["Statement"]), "nothing is allowed beside the roles"


def test_only_the_worker_of_personal_data_fills_the_bucket_and_the_account_only_fetches() -> None:
    granted = {
        name: sorted(action for action, target in functions.allowed(f.policy) if target == "ExportsBucket")
        for name, f in functions.FUNCTIONS.items()
    }
    assert {name: actions for name, actions in granted.items() if actions} == {
        "account": ["s3:GetObject"],
        "privacy_worker": ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"],
    }


# ---- functions and rights ---------------------------------------------------------------------------------------------
def test_every_function_has_its_line_its_policy_and_its_role(plain) -> None:
    from app import app

    assert {source.name for source in app.event_sources} | {
        face.function for face in FACES.values()
    } == functions.FUNCTIONS.keys()
    lambdas = of(plain, "AWS::Lambda::Function")
    roles = [function["Role"]["Fn::GetAtt"][0] for function in lambdas.values()]
    assert len(set(roles)) == len(lambdas) == len(functions.FUNCTIONS)


def test_the_committed_policies_and_config_are_those_of_the_table() -> None:
    wanted = functions.files()
    here = [ROOT / ".chalice" / "config.json", *(ROOT / ".chalice" / "policies").glob("*.json")]
    assert {str(p.relative_to(ROOT)): p.read_text() for p in here} == wanted, "run: make documents"


def test_no_policy_holds_a_wildcard_that_is_not_listed_with_its_reason(plain) -> None:
    allowed = tuple(functions.WILDCARDS)
    for name, role in of(plain, "AWS::IAM::Role").items():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert not [a for a in statement["Action"] if "*" in a], name
                for text in texts(statement["Resource"]):
                    assert "*" not in text or text.endswith(allowed) or any(a in text for a in allowed), (name, text)


def resolved(node: Any) -> Any:
    """As IAM is handed it: with the longest stage name, the longest partition and CloudFormation's suffixes."""
    stack = f"jishi-{LONGEST_STAGE}"
    if isinstance(node, list):
        return [resolved(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "Fn::GetAtt" in node:
        return f"arn:aws-cn:dynamodb:cn-northwest-1:123456789012:table/{stack}-{node['Fn::GetAtt'][0]}-{SUFFIX}"
    if "Fn::Sub" in node:
        said = {"Partition": "aws-cn", "Region": "cn-northwest-1", "AccountId": "123456789012", "StackName": stack}
        text = re.sub(r"\$\{AWS::(\w+)\}", lambda found: said[found[1]], node["Fn::Sub"]).replace(
            "${Stage}", LONGEST_STAGE
        )
        return re.sub(r"\$\{(\w+)\.Arn\}", lambda found: resolved({"Fn::GetAtt": [found[1]]}), text)
    return {key: resolved(value) for key, value in node.items()}


def test_every_role_stays_below_what_iam_takes_also_on_the_stage_with_the_longest_name(plain) -> None:
    pattern = plain["Parameters"]["Stage"]["AllowedPattern"]
    assert re.fullmatch(pattern, LONGEST_STAGE)
    assert not re.fullmatch(pattern, LONGEST_STAGE + "a")
    for name, role in of(plain, "AWS::IAM::Role").items():
        documents = [resolved(policy["PolicyDocument"]) for policy in role["Policies"]]
        assert "${" not in json.dumps(documents), name
        assert sum(len(json.dumps(each, separators=(",", ":"))) for each in documents) <= POLICY_CHARACTERS, name


def test_operators_may_redrive_every_consumers_dead_letters() -> None:
    import app  # noqa: F401  # registers the consumers
    from chalicelib.runtime.workers import CONSUMERS

    assert {f"{name}Queue" for name in functions.WORKERS} == {consumer.queue for consumer in CONSUMERS.values()}


def test_operations_are_told_every_queue(plain) -> None:
    told = plain["Resources"]["Operations"]["Properties"]["Environment"]["Variables"]["QUEUES"]["Fn::Join"][1]
    assert {part["Fn::GetAtt"][0] for part in told} == {
        name for name in of(plain, "AWS::SQS::Queue") if name.endswith("Queue")
    }
    assert {part["Fn::GetAtt"][1] for part in told} == {"QueueName"}


def test_nobody_may_scan_or_administer_tables() -> None:
    scans = {name: f for name, f in functions.FUNCTIONS.items() if "dynamodb:Scan" in str(f.policy)}
    assert list(scans) == ["console_worker"]  # it publishes facts of the journal once more when an operator asks
    assert ("dynamodb:Scan", "JournalTable") in functions.allowed(scans["console_worker"].policy)
    granted = {a for f in functions.FUNCTIONS.values() for s in f.policy["Statement"] for a in s["Action"]}
    assert [
        name
        for name, f in functions.FUNCTIONS.items()
        if ("dynamodb:DescribeTable", "JournalTable") in functions.allowed(f.policy)
    ] == ["operations"]
    granted -= {"dynamodb:Scan", "dynamodb:DescribeTable"}
    verbs = {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"}
    streams = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    assert {a for a in granted if a.startswith("dynamodb:")} <= {f"dynamodb:{verb}" for verb in verbs | streams}


def test_nobody_takes_anything_out_of_the_audit_log_and_only_its_worker_adds_to_it() -> None:
    writes = {
        name: {action for action, table in functions.allowed(f.policy) if table == "AuditTable"}
        & {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
        for name, f in functions.FUNCTIONS.items()
    }
    adds = {"dynamodb:PutItem", "dynamodb:UpdateItem"}
    assert {name: verbs for name, verbs in writes.items() if verbs} == {"audit_worker": adds}


SENDERS = ("delivering_worker", "retrying_worker")


def test_personal_data_is_opened_only_together_with_its_owner() -> None:
    for name, function in functions.FUNCTIONS.items():
        for statement in function.policy["Statement"]:
            if any(action.startswith("kms:") for action in statement["Action"]):
                owned = {"Null": {"kms:EncryptionContext:owner": "false"}}
                receivers = {"StringLike": {"kms:EncryptionContext:owner": "W*"}}  # whose ids no customer's id is like
                other = dict.fromkeys(SENDERS, receivers)
                assert statement["Condition"] == other.get(name, owned), name
                assert statement["Resource"] == [{"Fn::GetAtt": ["PersonalKey", "Arn"]}], name


def test_every_function_keeps_its_log_for_half_a_year_at_least(plain) -> None:
    groups = {json.dumps(g["LogGroupName"]): g["RetentionInDays"] for g in of(plain, "AWS::Logs::LogGroup").values()}
    for name in of(plain, "AWS::Lambda::Function"):
        assert groups[json.dumps({"Fn::Sub": f"/aws/lambda/${{{name}}}"})] >= HALF_YEAR, name
    for name, resource in plain["Resources"].items():
        if resource["Type"] == "AWS::Logs::LogGroup":  # it dies with a renamed function otherwise
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


def test_schedules_that_fail_are_seen(plain) -> None:
    watched = {
        a["Dimensions"][0]["Value"]["Ref"]
        for a in of(plain, "AWS::CloudWatch::Alarm").values()
        if a["MetricName"] == "Errors"
    }
    for rule in of(plain, "AWS::Events::Rule").values():
        if "ScheduleExpression" in rule:
            assert rule["Targets"][0]["Arn"]["Fn::GetAtt"][0] in watched


# ---- the whole --------------------------------------------------------------------------------------------------------
def test_no_partition_region_or_account_is_written_down(plain) -> None:
    words = texts(plain) + [p.read_text() for p in merge.sources()]
    assert not [w for w in words if re.search(r"arn:aws(-cn)?:", w)]
    assert not [w for w in words if re.search(r"\b(us|eu|ap|cn)-(north|south|east|west|central|northwest)\w*-\d\b", w)]
    assert not [w for w in words if re.search(r"\b\d{12}\b", w) and not w.isdigit()]


def test_the_api_is_regional_throttled_and_behind_a_firewall(plain) -> None:
    apis = of(plain, "AWS::ApiGateway::RestApi")
    assert [api["EndpointConfiguration"]["Types"] for api in apis.values()] == [["REGIONAL"]]
    (stage,) = of(plain, "AWS::ApiGateway::Stage").values()
    (deployment,) = of(plain, "AWS::ApiGateway::Deployment").values()
    assert "StageName" not in deployment, "a second stage, around firewall and throttle"
    permission = of(plain, "AWS::Lambda::Permission")["APIHandlerInvokePermission"]
    assert permission["SourceArn"]["Fn::Sub"].endswith(f"${{RestAPI}}/{stage['StageName']}/*")
    assert stage["MethodSettings"][0]["ThrottlingRateLimit"] > 0
    (firewall,) = of(plain, "AWS::WAFv2::WebACL").values()
    assert "RateBasedStatement" in firewall["Rules"][0]["Statement"]
    assert len(of(plain, "AWS::WAFv2::WebACLAssociation")) == 1


def test_with_a_domain_of_its_own_the_gateways_address_is_closed(plain) -> None:
    assert plain["Conditions"]["HasDomain"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]}
    (api,) = of(plain, "AWS::ApiGateway::RestApi").values()
    told = api["Body"]["x-amazon-apigateway-endpoint-configuration"]
    assert told == {"disableExecuteApiEndpoint": {"Fn::If": ["HasDomain", True, False]}}
    (domain,) = of(plain, "AWS::ApiGateway::DomainName").values()
    assert domain["SecurityPolicy"] == "TLS_1_2"
    (mapping,) = of(plain, "AWS::ApiGateway::BasePathMapping").values()
    assert (mapping["Stage"], mapping["RestApiId"]) == ("api", {"Ref": "RestAPI"})
    assert {plain["Resources"][name]["Condition"] for name in ("ApiDomain", "ApiDomainMapping")} == {"HasDomain"}


def test_the_template_stays_within_cloudformations_and_the_gateways_limits(plain) -> None:
    assert len(plain["Resources"]) <= RESOURCES
    (api,) = of(plain, "AWS::ApiGateway::RestApi").values()
    paths = {"/".join(path.split("/")[: n + 1]) for path in api["Body"]["paths"] for n in range(path.count("/") + 1)}
    assert len(paths) <= API_RESOURCES
    assert len(json.dumps(plain)) <= 1_000_000


def test_path_variables_beside_each_other_share_one_name(plain) -> None:
    (api,) = of(plain, "AWS::ApiGateway::RestApi").values()
    names: dict[str, set[str]] = {}
    for path in api["Body"]["paths"]:
        parts = path.split("/")
        for n, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault("/".join(parts[:n]), set()).add(part)
    assert not {parent: found for parent, found in names.items() if len(found) > 1}


def test_nothing_is_mentioned_that_is_not_described(plain) -> None:
    assert merge.dangling(plain) == set()


def test_the_linter_finds_nothing(sam, plain, tmp_path: Path) -> None:
    for name, template in (("sam", sam), ("plain", plain)):
        written = tmp_path / f"{name}.json"
        written.write_text(json.dumps(template))
        linter = str(Path(sys.executable).with_name("cfn-lint"))
        done = subprocess.run([linter, str(written)], capture_output=True, text=True)  # noqa: S603  # our own linter
        assert done.returncode == 0, done.stdout


def test_every_aws_service_the_code_calls_ships_with_the_zip() -> None:
    called = set()
    for path in (ROOT / "chalicelib").rglob("*.py"):
        called |= set(re.findall(r"""clients\.client\(["'](\w+)["']\)""", path.read_text()))
    assert called <= slim.SERVICES


def test_a_functions_settings_stay_within_lambdas_four_kilobytes(plain) -> None:
    stack, tail = "jishi-a-long-stage", 14  # CloudFormation adds a dash and 12 letters to a name

    def length(value: Any) -> int:
        if isinstance(value, str):
            return len(value)
        if "Ref" in value:
            return len(stack) + len(value["Ref"]) + tail + (60 if value["Ref"].endswith("Queue") else 0)
        if "Fn::GetAtt" in value:
            return len(stack) + len(value["Fn::GetAtt"][0]) + tail
        if "Fn::Join" in value:
            return sum(length(each) + 1 for each in value["Fn::Join"][1])
        named = re.sub(r"\$\{([A-Za-z]+)\.[A-Za-z]+\}", r"\1", value["Fn::Sub"])  # its name is an attribute
        return len(named) + len(stack) + tail

    for name, function in of(plain, "AWS::Lambda::Function").items():
        variables = function["Environment"]["Variables"]
        assert sum(len(key) + length(value) for key, value in variables.items()) < 4096, name


def test_an_alarm_on_our_own_metric_has_all_its_dimensions_or_it_would_never_ring(plain) -> None:
    counted = {}
    for path in (ROOT / "chalicelib").rglob("*.py"):
        text = path.read_text()
        named = dict(re.findall(r'(\w+) = observe\.alarmed\(\s*"(\w+)"', text))
        for name, rest in re.findall(r'observe\.count\(\s*"?(\w+)"?([^)]*)', text):
            counted[named.get(name, name)] = {"service", *re.findall(r"(\w+)=", rest)}
    for name, alarm in of(plain, "AWS::CloudWatch::Alarm").items():
        if alarm["Namespace"] == "Jishi":
            assert {d["Name"] for d in alarm["Dimensions"]} == counted[alarm["MetricName"]], name


CALLED = {  # what a person must be called for, by provider where there are several
    "AuditBroken": (), "CancelledParcelMoves": (), "CarrierCodeUnknown": (), "CarrierMisconfigured": (),
    "CertificateEnding": PROVIDERS,
    "CertificateNotFetched": [one.name for one in PROVIDERS.values() if one.fetches],
    "CodeBudgetSpent": (), "CompensationMissing": (), "DisclosedTooOften": (), "HoldRefused": (),
    "LimiterFailed": (), "LoginMisconfigured": (), "MessageMisconfigured": (), "MessageNotDelivered": (), "OfferUnreadable": (),
    "NoticeForged": PROVIDERS,
    "FeedBelowNothing": (), "StockFileParked": (), "StockOversold": (), "SyncForged": (),
    "PushForged": (), "ShipmentUnbooked": (), "ShippingUntold": (),
    "TraceCodeUnknown": (), "TraceUnproven": (), "WaybillUnbound": (),
    "PaymentMismatch": PROVIDERS, "PaymentUnclaimed": PROVIDERS, "ProviderError": PROVIDERS,
    "ReceiptForged": (), "WebhookSwitchedOff": (),
    "DispatchRefused": (), "WarehouseContradicted": (), "WarehouseRowUnread": (), "WarehouseSentHeldOrder": (),
    "WarehouseSilent": (),
}  # fmt: skip


def test_somebody_is_called_for_what_only_a_person_can_put_right(plain) -> None:
    found: dict[str, list[str]] = {}
    kinds = set()
    for alarm in of(plain, "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        if alarm["Namespace"] == "Jishi":
            told = {d["Name"]: d["Value"] for d in alarm["Dimensions"]}
            if told.get("kind") != "configuration":  # beside each alarm for keys
                found.setdefault(alarm["MetricName"], []).append(told.get("provider", ""))
            kinds |= {(told.get("provider"), told["kind"])} if "kind" in told else set()
    assert kinds == {(provider, kind) for provider in PROVIDERS for kind in ("keys", "configuration")}, (
        "the rest passes"
    )
    assert found == {metric: list(providers) or [""] for metric, providers in CALLED.items()}
