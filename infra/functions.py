"""What each function is given: memory, time and rights. One line a function, one policy file a function.

`make documents` writes `.chalice/config.json` and `.chalice/policies/` from this table; a house test holds
them equal. Rights are words of the trade of AWS (`reads`, `writes`, `publishes` …), turned into statements without `*`;
the few wildcards there are stand in WILDCARDS with their reason.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.records.messages import channels

from . import tables as tables_described

ROOT = Path(__file__).resolve().parents[1]
STAGE = "shop"  # chalice's word; real stages are a parameter of the one template
LOG_DAYS = 365  # the law asks for six months, which is more than 180 days
API = "api_handler"
COMPRESSED_FROM = 1400  # bytes of an answer that the gateway compresses where a client takes it
API_STAGE = "api"  # the gateway's stage, the first part of its paths

WILDCARDS = {
    "log-group:/aws/lambda/${AWS::StackName}-*": "a role cannot name the function that assumes it without a circle; "
    "the prefix is this stack's own",
    "/index/*": "a table's own indexes",
    "${ExportsBucket.Arn}/*": "the files of one bucket, named when they are made",
    "${MediaBucket.Arn}/in/*": "files that come in, named when they are asked for",
    "${MediaBucket.Arn}/p/*": "pictures, named by what is in them",
    "identity/*": "who the shop sends mail as is said by the secret of the channel",
    "configuration-set/*": "likewise",
    "parameter/jishi/${Stage}/payments/*": "one document a provider and merchant, added while the shop runs",
    "parameter/jishi/${Stage}/shipping/*": "one document a carrier, added while the shop runs",
}

Statement = dict[str, Any]


def _sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def _att(name: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


class Unlined(LookupError):
    """A function that this file does not give memory, time and rights."""


def lined(names: Iterable[str]) -> None:
    """Raises Unlined, naming the functions without a line."""
    if missing := sorted(set(names) - FUNCTIONS.keys()):
        raise Unlined(f"no line in infra/functions.py for: {', '.join(missing)}")


def table_id(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_")) + "Table"


def _allow(actions: Iterable[str], *resources: Any, **condition: Any) -> Statement:
    statement: Statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
    return statement | ({"Condition": condition} if condition else {})


def _dynamodb(*verbs: str) -> list[str]:
    return [f"dynamodb:{verb}" for verb in verbs]


def reads(*tables: str) -> list[Statement]:
    """Get, batch and query on the tables and their indexes; never scan."""
    names = [table_id(table) for table in tables]
    indexes = [_sub(f"${{{name}.Arn}}/index/*") for name in names if name in _indexed()]
    return [_allow(_dynamodb("GetItem", "BatchGetItem", "Query"), *map(_att, names), *indexes)]


@cache
def _indexed() -> set[str]:
    """The tables that have indexes."""
    return {
        name for name, found in tables_described.described().items() if "GlobalSecondaryIndexes" in found["Properties"]
    }


def writes(*tables: str) -> list[Statement]:
    """Lines of a transaction on the tables."""
    return [_on(tables, "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")]


def checks(*tables: str) -> list[Statement]:
    """Demand something of the tables in a transaction; nothing is changed."""
    return [_on(tables, "ConditionCheckItem")]


def appends(*tables: str) -> list[Statement]:
    """Lines of a transaction that add to the tables; nothing is ever taken out."""
    return [_on(tables, "PutItem", "UpdateItem")]


def changes(*tables: str) -> list[Statement]:
    """Lines of a transaction that change what the tables hold; nothing is added or taken out."""
    return [_on(tables, "UpdateItem")]


def _on(tables: Iterable[str], *verbs: str) -> Statement:
    """One statement over all tables: IAM counts the characters of a role, and refuses above 10,240."""
    return _allow(_dynamodb(*verbs), *(_att(table_id(table)) for table in tables))


def commits() -> list[Statement]:
    """What every `Work` needs: its own row in the journal, put once, looked at on refusals."""
    return [_allow(_dynamodb("GetItem", "PutItem"), _att("JournalTable"))]


def publishes() -> list[Statement]:
    return [_allow(["events:PutEvents"], _att("ShopBus"))]


def sends(*queues: str) -> list[Statement]:
    return [_allow(["sqs:SendMessage"], *(_att(queue) for queue in queues))]


def redrives(*contexts: str) -> list[Statement]:
    """Look at consumers' queues and send their dead letters back."""
    queues, dead = [f"{context}Queue" for context in contexts], [f"{context}DeadLetters" for context in contexts]
    looks = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    return [  # each queue is named once: IAM counts the characters of a role
        _allow([*looks, "sqs:ReceiveMessage", "sqs:DeleteMessage"], *map(_att, dead)),
        _allow([*looks, "sqs:SendMessage"], *map(_att, queues)),
        _allow(looks, *map(_att, SHARED)),
    ]


def resends() -> list[Statement]:
    """Read the whole journal: only to publish the facts of a time once more, which an operator asked for."""
    return [_allow(_dynamodb("Scan"), _att("JournalTable"))]


def tells_dearness() -> list[Statement]:
    """How large the journal is: what resending would cost is said before it is asked for."""
    return [_allow(_dynamodb("DescribeTable"), _att("JournalTable"))]


def fetches(bucket: str) -> list[Statement]:
    """Get files, which is what a link of this function's may do for whoever has it."""
    return [_allow(["s3:GetObject"], _sub(f"${{{bucket}.Arn}}/*"))]


def fills(bucket: str) -> list[Statement]:
    """Write files of the bucket, read them again, find and delete them."""
    files = _allow(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], _sub(f"${{{bucket}.Arn}}/*"))
    return [files, _allow(["s3:ListBucket"], _att(bucket))]


def receives(bucket: str) -> list[Statement]:
    """Let whoever has a link of this function's put a file where nobody sees it."""
    return [_allow(["s3:PutObject"], _sub(f"${{{bucket}.Arn}}/in/*"))]


def sees(bucket: str) -> list[Statement]:
    """Look whether a file is there that everybody may see."""
    return [_allow(["s3:GetObject"], _sub(f"${{{bucket}.Arn}}/p/*"))]


def looks(bucket: str) -> list[Statement]:
    """Read what came in."""
    return [_allow(["s3:GetObject"], _sub(f"${{{bucket}.Arn}}/in/*"))]


def takes(bucket: str) -> list[Statement]:
    """Read what came in, and clear it away."""
    return [_allow(["s3:DeleteObject", "s3:GetObject"], _sub(f"${{{bucket}.Arn}}/in/*"))]


def shows(bucket: str) -> list[Statement]:
    """Take what came in, and put files where everybody sees them, or take them away."""
    return [
        _allow(["s3:DeleteObject", "s3:GetObject"], _sub(f"${{{bucket}.Arn}}/in/*")),
        _allow(["s3:DeleteObject", "s3:PutObject"], _sub(f"${{{bucket}.Arn}}/p/*")),
    ]


def secrets(*names: str) -> list[Statement]:
    """Documents in Parameter Store, by the path below the stage."""
    place = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/jishi/${Stage}/"
    return [_allow(["ssm:GetParameter"], *(_sub(place + name) for name in names))]


def mails() -> list[Statement]:
    """Hand letters to SES as one of the shop's identities there."""
    place = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
    return [_allow(["ses:SendEmail"], _sub(place + "identity/*"), _sub(place + "configuration-set/*"))]


def seals() -> list[Statement]:
    """Make data keys for personal data; the encryption context must name the owner."""
    return [_allow(["kms:GenerateDataKey"], _att("PersonalKey"), **_owned())]


def opens() -> list[Statement]:
    """Unwrap data keys, only together with the owner they were made for."""
    return [_allow(["kms:Decrypt"], _att("PersonalKey"), **_owned())]


def opens_of(letter: str) -> list[Statement]:
    """Unwrap the data keys of what has ids with this letter, and nobody else's."""
    return [_allow(["kms:Decrypt"], _att("PersonalKey"), StringLike={"kms:EncryptionContext:owner": f"{letter}*"})]


def _owned() -> dict[str, Any]:
    return {"Null": {"kms:EncryptionContext:owner": "false"}}


def consumes(queue: str) -> list[Statement]:
    return [_allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], _att(queue))]


def follows(table: str) -> list[Statement]:
    """Read the stream of a table, and tell what of it could not be handled."""
    verbs = _dynamodb("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    return [_allow(verbs, _att(table_id(table), "StreamArn")), *sends("UndeliveredQueue")]


def follows_journal() -> list[Statement]:
    """The relay's reading of the journal's stream and its place for what it cannot handle."""
    verbs = _dynamodb("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    return [
        _allow(verbs, _att("JournalTable", "StreamArn")),
        _allow(["sqs:SendMessage"], _att("RelayFailuresQueue")),
    ]


def logs() -> list[Statement]:
    place = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/${AWS::StackName}-*"
    return [_allow(["logs:CreateLogStream", "logs:PutLogEvents"], _sub(place))]


@dataclass(frozen=True)
class Function:
    """Memory in MB, time in seconds, rights beyond writing its own log."""

    rights: tuple[list[Statement], ...]
    memory: int = 512
    seconds: int = 30
    layers: tuple[str, ...] = ()  # beside the one of all: libraries that only this function carries

    @property
    def policy(self) -> dict[str, Any]:
        return {"Version": "2012-10-17", "Statement": _compact(s for right in (*self.rights, logs()) for s in right)}


def _compact(statements: Iterable[Statement]) -> list[Statement]:
    """The same rights in fewer words, since IAM counts them: each resource once, with those that may be used alike."""
    conditional, rights, named = [], dict[str, set[str]](), dict[str, Any]()
    for one in statements:
        if one.keys() > {"Effect", "Action", "Resource"}:
            conditional.append(one)
            continue
        for resource in one["Resource"]:
            key = json.dumps(resource, sort_keys=True)
            named[key] = resource
            rights.setdefault(key, set()).update(one["Action"])
    alike: dict[tuple[str, ...], list[Any]] = {}
    for key, actions in rights.items():
        alike.setdefault(tuple(sorted(actions)), []).append(named[key])
    return [*(_allow(actions, *resources) for actions, resources in alike.items()), *conditional]


def allowed(policy: dict[str, Any]) -> set[tuple[str, str]]:
    """(action, logical id or parameter path) of everything a policy grants, for comparison with what was called."""
    granted = set()
    for statement in policy["Statement"]:
        for resource in statement["Resource"]:
            text = resource.get("Fn::Sub") or resource["Fn::GetAtt"][0]
            name = text.split("parameter", 1)[1] if ":parameter/" in text else text.split(".")[0].strip("${}")
            granted |= {(action, name) for action in statement["Action"]}
    return granted


SHARED = ("ParkedQueue", "RelayFailuresQueue", "UndeliveredQueue")  # where things come to rest that no consumer has
SALES = ("orders", "stock", "payments", "refunds", "payment_exceptions")
TAKEN = ("coupons", "promotion_counters")  # what orders take beside pieces, and give back
PROVIDERS = "payments/*"
CARRIERS = "shipping/*"
MESSAGES = tuple(sorted(one.secret for one in channels.TABLE if one.credentials))
TELLING = tuple(
    sorted(one.secret for one in channels.TABLE if one.receipts or ("group" in one.kinds and not one.local))
)
GRANTED = channels.NAMED["mini"].secret  # its templates are what customers agree to
LETTERS = channels.NAMED["ses"].secret  # whose letters SES tells of on the account's bus
GROUPS = channels.NAMED["wecom"].secret
CODES = tuple(sorted(one.secret for one in channels.TABLE if one.credentials and {"phone", "email"} & {*one.kinds}))
WORKERS = (
    "Audit", "Campaigns", "Care", "Console", "Coupons", "Delivering", "Fulfilment", "Granting", "Grouping", "Meeting",
    "Merchandising", "Notifying", "Ordering", "Paying", "Pictures", "Privacy", "Receipts", "Replenishing", "Retrying",
    "Searching", "Stock", "Subscriptions",
)  # fmt: skip
STAFFS = (  # what the face of the staff reads and writes
    "gates", "holds", "people", "shipments", "switches", *SALES,
)  # fmt: skip
TOLD = ("messages", "groups")  # what the face of engagement reads and writes
GOODS = (  # what the face of merchandising reads and writes
    "catalog", "coupon_codes", "coupon_jobs", "coupon_templates", "offers", "pictures", "proposals", "stock", "tariffs",
)  # fmt: skip


def _sending() -> tuple[list[Statement], ...]:
    """The rights of whoever sends webhooks."""
    return (
        commits(),
        reads("subscriptions", "webhook_messages"),
        changes("subscriptions", "webhook_messages"),
        checks("subscriptions"),
        opens_of("W"),
    )


FUNCTIONS: dict[str, Function] = {
    # The faces of the API: owners are told apart in code, kinds of callers by their function's rights.
    "shop": Function(
        (commits(), reads("carts", "catalog", "coupon_codes", "coupon_templates", "coupons", "holds", "offers",
                          "orders", "payments", "people", "promotion_counters", "provider_keys", "search", "stock", "supply",
                          "switches", "tariffs"),
         writes("carts", "coupon_codes", "coupon_templates", "holds", "limits", "people", *TAKEN, *SALES),
         appends("touches"), opens(), secrets("keys", PROVIDERS)),
        memory=1024, seconds=29),
    "account": Function(
        (commits(), reads("care", "catalog", "coupon_templates", "gates", "groups", "messages", "orders", "people",
                          "shipments", "stock", "supply", "tickets", "watching"),
         writes("care", "coupon_templates", "coupons", "gates", "groups", "limits", "messages", "people", "tickets", "touches",
                "watching"), changes("orders"), seals(), opens(),
         secrets("keys", "wechat_login", GRANTED, *CODES), mails(), fetches("ExportsBucket")),
        memory=1024, seconds=29),
    "webhooks": Function(
        (commits(), reads("promotion_counters", "provider_keys", "supply", *SALES), writes("supply", *TAKEN, *SALES),
         secrets("keys", PROVIDERS, CARRIERS, *TELLING)),
        memory=1024, seconds=29),
    API: Function(
        (commits(), reads("audit", "catalog", "provider_keys", "supply", *STAFFS), writes(*TAKEN, *STAFFS),
         seals(), opens(), secrets("keys", "legal_records", PROVIDERS, CARRIERS, *CODES), mails()),
        memory=1024, seconds=29),
    "merchandising": Function(
        (commits(), reads("people", "supply", *GOODS), checks("people"), writes(*GOODS), secrets("keys"),
         receives("MediaBucket"), looks("MediaBucket"), sees("MediaBucket")),
        memory=1024, seconds=29),
    "supply": Function(
        (commits(), reads("catalog", "people", "replenishment", "seasons", "stock", "supply"), checks("people"),
         writes("replenishment", "seasons", "stock", "supply"), appends("proposals"), secrets("keys"),
         receives("MediaBucket"), looks("MediaBucket")),
        memory=1024, seconds=29),
    "engagement": Function(
        (commits(), reads("care", "carts", "catalog", "coupon_templates", "enrolments", "journeys", "orders", "people",
                          "tickets", "touches", "watching", *TOLD),
         checks("people"), writes("care", "gates", "journeys", "tickets", *TOLD), receives("MediaBucket"),
         looks("MediaBucket"), opens(), secrets("keys")),
        memory=1024, seconds=29),
    "operations": Function(
        (commits(), reads("people", "subscriptions", "webhook_messages"), checks("people"), seals(), secrets("keys"),
         writes("subscriptions", "webhook_messages"), redrives(*WORKERS), tells_dearness()), seconds=29),
    "relay": Function((follows_journal(), publishes(), writes("due"), sends("ParkedQueue")), seconds=60),
    "sweep": Function((reads("due"), writes("due"), publishes(), sends("ParkedQueue")), seconds=60),
    "ordering_worker": Function(
        (consumes("OrderingQueue"), commits(), reads("holds", "promotion_counters", "provider_keys", *SALES),
         writes("holds", *TAKEN, *SALES), secrets(PROVIDERS)), seconds=60),
    "paying_worker": Function(
        (consumes("PayingQueue"), commits(), reads("promotion_counters", "provider_keys", "shipments", *SALES),
         writes("shipments", *TAKEN, *SALES),
         appends("provider_keys"), secrets("keys", PROVIDERS)), seconds=60),
    "fulfilment_worker": Function(
        (consumes("FulfilmentQueue"), commits(),
         reads("catalog", "orders", "payment_exceptions", "payments", "people", "refunds", "shipments", "stock", "supply",
               "tariffs"),
         writes("orders", "payment_exceptions", "payments", "refunds", "shipments", "stock", "supply"), changes("coupons"),
         secrets("legal_records", CARRIERS, PROVIDERS)), seconds=60),
    "warehouse_round": Function((commits(), reads("supply"))),
    "payment_certificates": Function(
        (reads("provider_keys"), appends("provider_keys"), secrets(PROVIDERS)), seconds=60),
    "notifying_worker": Function(
        (consumes("NotifyingQueue"), commits(), reads("orders", "people"), opens(), secrets(*MESSAGES), mails()), seconds=60),
    "audit_worker": Function((consumes("AuditQueue"), commits(), reads("audit"), appends("audit"))),
    "console_worker": Function(
        (consumes("ConsoleQueue"), commits(), reads("proposals"), writes("proposals", "due"), resends(), publishes(),
         sends("ParkedQueue")), seconds=300),
    "merchandising_worker": Function(
        (consumes("MerchandisingQueue"), commits(), reads("catalog", "offers"), writes("offers")), seconds=60),
    "care_worker": Function(
        (consumes("CareQueue"), commits(),
         reads("care", "catalog", "offers", "orders", "people", "stock", "supply", "tickets", "watching"),
         writes("care", "tickets", "touches", "watching"), checks("orders", "people")), seconds=60),
    "coupons_worker": Function(
        (consumes("CouponsQueue"), commits(), reads("coupon_templates", "coupons"), writes("coupon_templates", "coupons"))),
    "granting_worker": Function(
        (consumes("GrantingQueue"), commits(), reads("coupon_jobs", "coupon_templates", "coupons", "orders", "people"),
         writes("coupon_codes", "coupon_jobs", "coupon_templates", "coupons")), seconds=60),
    "privacy_worker": Function(
        (consumes("PrivacyQueue"), commits(), reads("orders", "payments", "refunds", "people", "carts", "coupons",
                                                    "coupon_templates", "care", "enrolments", "groups", "messages", "tickets",
                                                    "watching"),
         writes("people", "care", "carts", "coupons", "enrolments", "groups", "messages", "orders", "tickets", "watching"),
         fills("ExportsBucket"),
         opens(),
         secrets("keys", "legal_records")), seconds=60),
    "grouping_worker": Function(
        (consumes("GroupingQueue"), commits(), reads("coupon_templates", "groups", "orders", "people"), writes("groups"),
         secrets("keys", GROUPS)), seconds=60),
    "searching_worker": Function(
        (consumes("SearchingQueue"), commits(), reads("catalog", "orders", "search", "stock", "supply"), writes("search"),
         changes("catalog"), secrets("keys")), seconds=60),  # it signs the cursors by which it pages
    "stock_worker": Function(
        (consumes("StockQueue"), commits(), reads("stock", "supply"), writes("stock", "supply"), receives("MediaBucket"),
         takes("MediaBucket")), memory=1024, seconds=120),
    "replenishing_worker": Function(
        (consumes("ReplenishingQueue"), commits(), reads("catalog", "orders", "replenishment", "seasons", "stock"),
         changes("replenishment", "seasons", "stock"), appends("proposals"), secrets("keys")), seconds=60),
    "replenishing_night": Function((commits(),)),
    "receipts_worker": Function(
        (consumes("ReceiptsQueue"), commits(), reads("messages"), writes("messages"), secrets("keys", LETTERS)), seconds=60),
    "search_check": Function((commits(),)),
    "stock_feed": Function((follows("stock"), commits(), reads("stock"))),
    "subscriptions_worker": Function(
        (consumes("SubscriptionsQueue"), commits(), reads("subscriptions", "webhook_messages"), checks("subscriptions"),
         appends("webhook_messages"))),
    # They send to strangers, and so may read nothing of customers, nor unwrap a key of theirs.
    "delivering_worker": Function((consumes("DeliveringQueue"), *_sending()), seconds=30),
    "retrying_worker": Function((consumes("RetryingQueue"), *_sending()), seconds=30),
    "campaigns_plan": Function((publishes(),), seconds=60),
    "campaigns_sweep": Function((reads("touches"), appends("touches"), publishes()), seconds=60),
    "campaigns_worker": Function((consumes("CampaignsQueue"), reads("touches"), publishes()), seconds=60),
    "meeting_worker": Function(
        (consumes("MeetingQueue"), commits(),
         reads("care", "carts", "coupon_templates", "coupons", "enrolments", "journeys", "messages", "orders", "people",
               "tickets", "watching"),
         writes("coupon_templates", "coupons", "enrolments", "messages", "people", "touches"), appends("care", "tickets"),
         changes("journeys"), seals(), opens(), secrets("keys", *MESSAGES), looks("MediaBucket")), seconds=60),
    "pictures_worker": Function(
        (consumes("PicturesQueue"), commits(), reads("catalog", "pictures"), writes("pictures"), shows("MediaBucket")),
        memory=2048, seconds=60, layers=("PicturesLayer",)),
    "audit_anchor": Function((commits(), reads("audit")), seconds=300),
}  # fmt: skip


def config(functions: dict[str, Function]) -> dict[str, Any]:
    """The content of `.chalice/config.json`."""
    return {
        "version": "2.0",
        "app_name": "jishi",
        "automatic_layer": True,
        "autogen_policy": False,
        "manage_iam_role": True,
        "api_gateway_endpoint_type": "REGIONAL",
        "api_gateway_stage": API_STAGE,
        "minimum_compression_size": COMPRESSED_FROM,
        "log_retention_in_days": LOG_DAYS,
        "stages": {
            STAGE: {
                "lambda_functions": {
                    name: {
                        "iam_policy_file": f"policies/{name}.json",
                        "lambda_memory_size": function.memory,
                        "lambda_timeout": function.seconds,
                    }
                    for name, function in sorted(functions.items())
                }
            }
        },
    }


def files(functions: dict[str, Function] | None = None) -> dict[str, str]:
    """Path below the root -> content of everything this table generates."""
    table = FUNCTIONS if functions is None else functions
    told: dict[str, Any] = {".chalice/config.json": config(table)}
    told |= {f".chalice/policies/{name}.json": function.policy for name, function in table.items()}
    return {path: json.dumps(content, indent=2) + "\n" for path, content in told.items()}


def write(root: Path, functions: dict[str, Function] | None = None) -> None:
    written = files(functions)
    for old in (root / ".chalice" / "policies").glob("*.json"):
        if str(old.relative_to(root)) not in written:
            old.unlink()
    for path, content in written.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write(ROOT)
