"""What the code's own registries imply: nobody writes a queue, a rule, a mapping or its alarms by hand.

For each consumer: queue, dead letters, rule on the shop's bus for the facts it handles, partial batch answers, alarms.
For the journal's relay: the stream mapping that can neither block nor lose. For each schedule: retries and a place for
what was not delivered. For each table, function and zip: what the house demands of all.
"""

import importlib
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from chalice.app import Chalice, DynamoDBEventConfig, ScheduledEventConfig, SQSEventConfig
from chalice.utils import to_cfn_resource_name as logical

from . import gateway, merge, tables
from .functions import API, API_STAGE, Function
from .merge import Document

FED_BY_AWS = ("RelayFailuresQueue", "UndeliveredQueue")  # no function of ours puts anything there
AT_REST = {
    "RelayFailuresQueue": "The relay gave up a batch of facts: publish those of the last day once more, "
    "POST /v1/admin/facts/resend",
}
JOURNAL = "JournalTable"
DEAD_LETTER_SECONDS = 14 * 24 * 3600
MAX_RECEIVES = 5
OLDEST_SECONDS = 900  # an event waiting longer than this is an alarm
ANY = "x-amazon-apigateway-any-method"
NOWHERE, STRANGERS = "/{proxy+}", "shop"  # whatever no path has; the face that says so
_INVOKED = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions"
_API_ARN = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${RestAPI}"
RELAY_BEHIND_MILLISECONDS = 60_000
RELAY_RECORD_AGE_SECONDS = 43_200  # half of the stream's day: given up while it can still be told


def get(name: str, attribute: str = "Arn") -> Document:
    return {"Fn::GetAtt": [name, attribute]}


def ref(name: str) -> Document:
    return {"Ref": name}


def last_part(arn: str | None) -> str:
    """The logical id in a decorator's `queue_arn` (…:StockQueue) or `stream_arn` (…:table/StockTable/stream/…)."""
    if not arn:
        raise ValueError("sources are named by queue_arn or stream_arn")
    parts = arn.rsplit(":", 1)[-1].split("/")
    return parts[1] if len(parts) > 1 else parts[0]


def resources(
    app: Chalice,
    patterns: Mapping[str, Document],
    functions: Mapping[str, Function],
    described: Document,
    heard: Mapping[str, Document] = MappingProxyType({}),
) -> Document:
    """Everything the registries imply. `patterns`: a consumer's name -> the pattern of the events it takes; `heard`: of those
    of services of AWS."""
    found: Document = {}
    for source in app.event_sources:
        if isinstance(source, SQSEventConfig):
            seconds = functions.get(source.name, Function(())).seconds
            found |= consumer(source, patterns.get(source.name), seconds, described, heard.get(source.name))
        elif isinstance(source, DynamoDBEventConfig):
            found |= relay(source) if last_part(source.stream_arn) == JOURNAL else follower(source)
        elif isinstance(source, ScheduledEventConfig):
            found |= schedule(source)
        else:
            raise ValueError(f"{source.name}: no rule for {type(source).__name__}")
    for name, resource in tables.described(described).items():
        found[name] = {key: value for key, value in resource.items() if key != "Type"}
    for source in app.event_sources:
        found[f"{logical(source.name)}LogGroup"] = dict(tables.ALWAYS_KEPT)
    queues = {name: r for name, r in {**described["Resources"], **found}.items() if r.get("Type") == "AWS::SQS::Queue"}
    for name, queue in queues.items():
        if "RedrivePolicy" not in queue["Properties"]:
            found |= dead_letters_alarm(name)
    return merge.deep(found, front_door(app), faces(app), told_queues(app, queues))


def told_queues(app: Chalice, queues: Iterable[str]) -> Document:
    """The one setting QUEUES of operations: every queue's name, which says whose it is; for operators' depths and redrives."""
    if not app.routes:
        return {}
    names = [name for name in sorted(queues) if name.endswith("Queue")]  # each says itself where its dead letters lie
    joined = {"Fn::Join": [",", [get(name, "QueueName") for name in names]]}
    told = {"QUEUES": joined, "MEDIA_URL": ""}  # it shows no picture, and all settings of a function have 4 KB
    return {"Operations": {"Properties": {"Environment": {"Variables": told}}}}


def consumer(
    source: SQSEventConfig, pattern: Document | None, seconds: int, described: Document, heard: Document | None = None
) -> Document:
    """The queue of one consumer with all that belongs to it; a queue of its own yaml only gets its mapping and alarm."""
    name, queue = logical(source.name), last_part(source.queue_arn)
    mapping = {
        "Queue": get(queue),
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "MaximumBatchingWindowInSeconds": source.maximum_batching_window_in_seconds,
    }
    found: Document = {name: {"Properties": {"Events": {f"{name}SqsEventSource": {"Properties": mapping}}}}}
    if queue in described["Resources"]:
        if "RedrivePolicy" not in described["Resources"][queue]["Properties"]:
            raise ValueError(f"{queue} has no dead-letter queue")
        return found | age_alarm(queue)
    stem = queue.removesuffix("Queue")
    dead, rule = f"{stem}DeadLetters", f"{stem}Rule"
    found[queue] = retained("AWS::SQS::Queue", {
        "VisibilityTimeout": 6 * seconds, "MessageRetentionPeriod": DEAD_LETTER_SECONDS, "SqsManagedSseEnabled": True,
        "RedrivePolicy": {"deadLetterTargetArn": get(dead), "maxReceiveCount": MAX_RECEIVES},
    })  # fmt: skip
    found[dead] = retained(
        "AWS::SQS::Queue", {"MessageRetentionPeriod": DEAD_LETTER_SECONDS, "SqsManagedSseEnabled": True}
    )
    found |= age_alarm(queue)
    if pattern is None:
        return found
    rules = {rule: {"EventBusName": ref("ShopBus"), "EventPattern": pattern}}
    if heard is not None:  # on the account's own bus, which has no name
        rules[f"{stem}HeardRule"] = {"EventPattern": heard}
    for named, told in rules.items():
        found[named] = {"Type": "AWS::Events::Rule", "Properties": told | {
            "Targets": [{
                "Id": "queue", "Arn": get(queue), "DeadLetterConfig": {"Arn": get("UndeliveredQueue")},
                "RetryPolicy": {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400},
            }],
        }}  # fmt: skip
    arns = [get(named) for named in rules]
    found[f"{queue}Policy"] = {"Type": "AWS::SQS::QueuePolicy", "Properties": {
        "Queues": [ref(queue)],
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": get(queue), "Condition": {"ArnEquals": {"aws:SourceArn": arns if heard is not None else arns[0]}},
        }]},
    }}  # fmt: skip
    return found


def retained(kind: str, properties: Document) -> Document:
    return {"Type": kind, **tables.KEPT, "Properties": properties}


def relay(source: DynamoDBEventConfig) -> Document:
    """The journal's stream mapping: nothing skipped, nothing blocked, half the records (no facts) never delivered."""
    name = logical(source.name)
    table = last_part(source.stream_arn)
    mapping = {
        "Stream": get(table, "StreamArn"),
        "StartingPosition": "TRIM_HORIZON",
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": RELAY_RECORD_AGE_SECONDS,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{
            "Pattern": '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"f":{"S":[{"exists":true}]}}}}'}]},
        "DestinationConfig": {"OnFailure": {"Destination": get("RelayFailuresQueue")}},
    }  # fmt: skip
    return {
        name: {"Properties": {"Events": {f"{name}DynamodbEventSource": {"Properties": mapping}}}},
        f"{name}BehindAlarm": alarm(
            "The relay is behind: facts are late",
            "AWS/Lambda",
            "IteratorAge",
            {"FunctionName": ref(name)},
            RELAY_BEHIND_MILLISECONDS,
            minutes=5,
        ),
        f"{name}FailuresAlarm": alarm(
            "A batch that the relay gave up could not be told to its queue",
            "AWS/Lambda",
            "DestinationDeliveryFailures",
            {"FunctionName": ref(name)},
            1,
            statistic="Sum",
        ),
        f"{name}ErrorsAlarm": errors_alarm(name),
    }


def follower(source: DynamoDBEventConfig) -> Document:
    """The mapping of a table's stream to who follows it: what cannot be handled is told, and blocks nobody for long."""
    name = logical(source.name)
    mapping = {
        "Stream": get(last_part(source.stream_arn), "StreamArn"),
        "MaximumBatchingWindowInSeconds": source.maximum_batching_window_in_seconds,
        "StartingPosition": "TRIM_HORIZON",
        "MaximumRetryAttempts": MAX_RECEIVES,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],  # it names none: all is done, or it raised
        "BisectBatchOnFunctionError": True,
        "DestinationConfig": {"OnFailure": {"Destination": get("UndeliveredQueue")}},
    }
    return {
        name: {"Properties": {"Events": {f"{name}DynamodbEventSource": {"Properties": mapping}}}},
        f"{name}ErrorsAlarm": errors_alarm(name),
    }


def schedule(source: ScheduledEventConfig) -> Document:
    name = logical(source.name)
    rule = {
        "RetryPolicy": {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600},
        "DeadLetterConfig": {"Arn": get("UndeliveredQueue")},
    }
    return {
        name: {"Properties": {"Events": {f"{name}Event": {"Properties": rule}}}},
        f"{name}ErrorsAlarm": errors_alarm(name),
    }


def front_door(app: Chalice) -> Document:
    """Throttling, readable refusals of the gateway itself, and chalice's misnamed log group set right."""
    if not app.routes:
        return {}
    return {
        "RestAPI": {
            "Properties": {
                "Name": ref("AWS::StackName"),
                "MethodSettings": [
                    {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 500, "ThrottlingBurstLimit": 1000}
                ],
                "GatewayResponses": gateway.responses(),
                "DefinitionBody": {"x-amazon-apigateway-binary-media-types": ["*/*"]},  # bytes come and go as they are
                "DisableExecuteApiEndpoint": {"Fn::If": ["HasDomain", True, False]},
            }
        },
        "APIHandlerInvokePermission": {"Properties": {"SourceArn": {"Fn::Sub": f"{_API_ARN}/{API_STAGE}/*"}}},
        "ApiDomain": {
            "Type": "AWS::ApiGateway::DomainName",
            "Condition": "HasDomain",
            "Properties": {
                "DomainName": ref("DomainName"),
                "RegionalCertificateArn": ref("CertificateArn"),
                "SecurityPolicy": "TLS_1_2",
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
            },
        },
        "ApiDomainMapping": {
            "Type": "AWS::ApiGateway::BasePathMapping",
            "Condition": "HasDomain",
            "DependsOn": "RestAPIapiStage",
            "Properties": {"DomainName": ref("ApiDomain"), "RestApiId": ref("RestAPI"), "Stage": API_STAGE},
        },
        f"{logical(API)}LogGroup": {
            **tables.ALWAYS_KEPT,
            "Properties": {"LogGroupName": {"Fn::Sub": "/aws/lambda/${APIHandler}"}},
        },
        "FirewallAssociation": {
            "Type": "AWS::WAFv2::WebACLAssociation",
            "Condition": "HasFirewall",
            "DependsOn": "RestAPIapiStage",
            "Properties": {
                "WebACLArn": get("FirewallRules"),
                "ResourceArn": {
                    "Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::/restapis/${{RestAPI}}/stages/{API_STAGE}"
                },
            },
        },
        "ApiFailuresAlarm": alarm(
            "The API answers 5xx",
            "AWS/ApiGateway",
            "5XXError",
            {"ApiName": ref("AWS::StackName"), "Stage": API_STAGE},
            5,
            statistic="Sum",
            minutes=5,
        ),
    }


def faces(app: Chalice) -> Document:
    """Each face answers its own paths, whatever the method: the gateway's integration, the permission and the log of its
    function. What the function of chalice's own answers is the staff's."""
    if not app.routes:
        return {}
    known = _known_faces()
    (own,) = (one for one in known.values() if one.function == API)
    found: Document = {"APIHandler": {"Properties": {"Handler": f"{own.module}.handler"}}}
    paths: Document = {}
    for face in known.values():
        name = "APIHandler" if face.function == API else logical(face.name)
        place = {"Fn::Sub": f"{_INVOKED}/${{{name}.Arn}}/invocations"}
        for operation in face.operations:
            told = paths.setdefault(operation.path, {ANY: asked(operation.path, place)})
            if face.function != API:
                told[operation.method.lower()] = {"x-amazon-apigateway-integration": {"uri": place}}
        if face.name == STRANGERS:
            paths[NOWHERE] = {ANY: asked(NOWHERE, place)}
        if face.function == API:
            continue
        found[f"{name}InvokePermission"] = {"Type": "AWS::Lambda::Permission", "Properties": {
            "FunctionName": ref(name), "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": f"{_API_ARN}/{API_STAGE}/*"},
        }}  # fmt: skip
        found[f"{name}LogGroup"] = dict(tables.ALWAYS_KEPT)
        found[name] = {"Properties": {"ReservedConcurrentExecutions": reserved(face.name)}}
    return found | {"RestAPI": {"Properties": {"DefinitionBody": {"paths": paths}}}}


def asked(path: str, place: Document) -> Document:
    """Any other method of a path, as chalice describes those that it knows: HEAD is answered, the rest refused in words."""
    return {
        "produces": ["application/json"],
        "responses": {"200": {"description": "200 response"}},
        "parameters": [
            {"name": name.removesuffix("+"), "in": "path", "required": True, "type": "string"}
            for name in re.findall("{([a-z_+]+)}", path)
        ],
        "x-amazon-apigateway-integration": {
            "responses": {"default": {"statusCode": "200"}},
            "uri": place,
            "passthroughBehavior": "when_no_match",
            "httpMethod": "POST",
            "contentHandling": "CONVERT_TO_TEXT",
            "type": "aws_proxy",
        },
    }


def reserved(face: str) -> Document:
    """How many of a face may run at once, when a stage says so: whoever floods one face leaves the others theirs."""
    name = f"{logical(face)}Concurrency"
    return {"Fn::If": [f"Has{name}", ref(name), ref("AWS::NoValue")]}


def concurrency() -> Document:
    """The parameters of `reserved`, one a face; zero reserves nothing. (A young account may have too few to reserve any.)"""
    names = [f"{logical(face.name)}Concurrency" for face in _known_faces().values() if face.function != API]
    return {
        "Parameters": {
            name: {
                "Type": "Number",
                "Default": 0,
                "MinValue": 0,
                "Description": "How many of this function may run at once, kept for it alone; 0: as many as there are",
            }
            for name in names
        },
        "Conditions": {f"Has{name}": {"Fn::Not": [{"Fn::Equals": [ref(name), "0"]}]} for name in names},
    }


def _known_faces() -> Mapping[str, Any]:
    return importlib.import_module("chalicelib.runtime.http.face").FACES


def alarm(
    told: str,
    space: str,
    metric: str,
    dimensions: Document,
    threshold: int,
    *,
    statistic: str = "Maximum",
    minutes: int = 1,
    seconds: int = 60,
) -> Document:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": told,
            "Namespace": space,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "Statistic": statistic,
            "Period": seconds,
            "EvaluationPeriods": minutes,
            "DatapointsToAlarm": min(minutes, 3),
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [ref("AlarmTopic")],
        },
    }


def dead_letters_alarm(queue: str) -> Document:
    return {
        f"{queue}Alarm": alarm(
            AT_REST.get(queue, f"Something came to rest in {queue}"),
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": get(queue, "QueueName")},
            1,
        )
    }


def age_alarm(queue: str) -> Document:
    return {
        f"{queue}AgeAlarm": alarm(
            f"{queue} is not being emptied",
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            {"QueueName": get(queue, "QueueName")},
            OLDEST_SECONDS,
            minutes=5,
        )
    }


def errors_alarm(name: str) -> Document:
    return alarm(f"{name} fails", "AWS/Lambda", "Errors", {"FunctionName": ref(name)}, 1, statistic="Sum", minutes=5)


def environment(described: Document) -> Document:
    """The settings every function gets: its tables, queues and buckets, the bus, the key, the stage."""
    told: Document = {
        "JISHI_STAGE": ref("Stage"),
        "EVENT_BUS": ref("ShopBus"),
        "PERSONAL_KEY": ref("PersonalKey"),
        "PUBLIC_URL": ref("PublicUrl"),
        "MEDIA_URL": {"Fn::Sub": "https://${MediaBucket}.s3.${AWS::Region}.${AWS::URLSuffix}/p/"},
        "PYDANTIC_DISABLE_PLUGINS": "__all__",  # looking for plugins reads the metadata of every library at a cold start
    }
    for name, resource in described["Resources"].items():
        if resource["Type"] == tables.KIND:
            told[f"TABLE_{tables.short_name(name).upper()}"] = ref(name)
        elif resource["Type"] == "AWS::SQS::Queue" and name not in FED_BY_AWS:
            words = "_".join(re.findall(r"[A-Z][a-z0-9]*", name.removesuffix("Queue"))).upper()
            told[f"{words}_QUEUE_URL"] = ref(name)
        elif resource["Type"] == "AWS::S3::Bucket":
            told[f"{name.removesuffix('Bucket').upper()}_BUCKET"] = ref(name)
    return told
