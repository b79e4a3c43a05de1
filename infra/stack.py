"""Putting the built template somewhere: on AWS, whole on the local engine, or there without functions and API.

Guarantees: what the engine gets is the very document that AWS gets; only parameters differ and, for the runner, the
kinds of resource that its own process stands in for are left out together with what mentions them. Zips are stored
under their own digest, so a changed one is seen and an unchanged one is not uploaded again.
"""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import botocore.exceptions

from . import packages, stages
from .merge import Document, mentioned

STACK = "jishi"
LARGEST_BODY = 51_200  # bytes that CloudFormation takes in the request itself; above, it reads from a bucket
FAILED_AT_FIRST = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED")
HANDLERS = (  # what the runner's own process stands in for, and alarms, which nobody hears there
    "AWS::Serverless::", "AWS::Lambda::", "AWS::ApiGateway::", "AWS::WAFv2::", "AWS::IAM::Role", "AWS::Logs::",
    "AWS::CloudWatch::",
)  # fmt: skip
UNHEEDED = (
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
)  # of tables: the runner's engine makes nothing of them


class NotDeployed(RuntimeError):
    """The stack was refused; the message holds the reasons."""


def whole(
    session: Any,
    package: Path,
    bucket: str,
    parameters: dict[str, str],
    name: str = STACK,
    settings: Mapping[str, str] | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, str]:
    """Upload the zips and deploy the template as it is, with a stage's own settings. Answers the stack's outputs."""
    place = packages.of(session, bucket)
    place.ensure()
    template = stages.told(json.loads((package / "sam.json").read_text()), settings or {})
    uploaded: dict[str, str] = {}
    for resource in template["Resources"].values():
        for field in ("CodeUri", "ContentUri"):
            if isinstance(local := resource.get("Properties", {}).get(field), str):
                if local not in uploaded:
                    uploaded[local] = place.upload(package / Path(local).name)
                    say(f"{Path(local).name} -> {uploaded[local]}")
                resource["Properties"][field] = {"Bucket": bucket, "Key": uploaded[local]}
    body = json.dumps(template, separators=(",", ":")).encode()
    where = {"TemplateURL": place.lay(body)} if len(body) > LARGEST_BODY else {"TemplateBody": body.decode()}
    return _apply(session, name, where, template, parameters, timeout=1800)


def stack(session: Any, template: Document, name: str = STACK, **parameters: str) -> dict[str, str]:
    """Create a stack, or bring it up to date, from a template sent as it is. Answers its outputs."""
    return _apply(
        session, name, {"TemplateBody": json.dumps(template, separators=(",", ":"))}, template, parameters, timeout=120
    )


def physical(session: Any, name: str = STACK) -> dict[str, str]:
    """Logical id -> physical id (a table's name, a queue's URL) of everything in the stack."""
    pages = session.create_client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for page in pages for r in page["StackResourceSummaries"]}


def parameters(session: Any, name: str = STACK) -> dict[str, str]:
    """What the stack's parameters are now; {} when there is no stack."""
    told = _found(session.create_client("cloudformation"), name) or {}
    return {p["ParameterKey"]: p["ParameterValue"] for p in told.get("Parameters", [])}


def without_handlers(template: Document) -> Document:
    """The template minus functions, API, alarms and whatever belongs to them, and what the engine does not heed."""
    kept = {n: r for n, r in template["Resources"].items() if not r.get("Type", HANDLERS[0]).startswith(HANDLERS)}
    for name, one in kept.items():
        if one.get("Type") == "AWS::DynamoDB::Table":
            kept[name] = one | {"Properties": {k: v for k, v in one.get("Properties", {}).items() if k not in UNHEEDED}}
    gone = template["Resources"].keys() - kept.keys()
    while orphans := [n for n, r in kept.items() if mentioned(r) & gone]:
        gone |= set(orphans)
        kept = {n: r for n, r in kept.items() if n not in gone}
    outputs = {n: o for n, o in template.get("Outputs", {}).items() if not mentioned(o) & gone}
    rest = {k: v for k, v in template.items() if k in ("Parameters", "Conditions")}
    return {**rest, "Resources": kept, "Outputs": outputs}


def _apply(
    session: Any, name: str, where: dict[str, str], template: Document, parameters: dict[str, str], timeout: float
) -> dict[str, str]:
    cfn = session.create_client("cloudformation")
    before = _cleared(cfn, name, timeout)
    known = template.get("Parameters", {}).keys()
    kept = {p["ParameterKey"] for p in (before or {}).get("Parameters", [])} & known - parameters.keys()
    request = {
        "StackName": name, **where, "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [
            *({"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items() if key in known),
            *({"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)),
        ],
    }  # fmt: skip
    try:
        cfn.update_stack(**request) if before else cfn.create_stack(**request)
    except botocore.exceptions.ClientError as error:
        if "No updates" not in str(error):
            raise NotDeployed(str(error)) from error
    told = _settled(cfn, name, timeout)
    if told["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise NotDeployed(f"{told['StackStatus']}: {'; '.join(_reasons(cfn, name))}")
    return {output["OutputKey"]: output["OutputValue"] for output in told.get("Outputs", [])}


def _settled(cfn: Any, name: str, timeout: float) -> dict[str, Any]:
    """The stack when nothing moves in it any more. Raises NotDeployed when that takes too long."""
    deadline = time.monotonic() + timeout
    while (told := cfn.describe_stacks(StackName=name)["Stacks"][0])["StackStatus"].endswith("IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise NotDeployed(f"{name} is {told['StackStatus']} after {timeout:g} s")
        time.sleep(0.1 if timeout < 600 else 3)
    return dict(told)


def _cleared(cfn: Any, name: str, timeout: float) -> dict[str, Any] | None:
    """The standing stack, or None. What a first creation that failed has left is deleted: it held nothing, and
    CloudFormation would neither update it nor create over it. Raises NotDeployed when it cannot be."""
    found = _described(cfn, name)
    if found is None or found["StackStatus"] not in FAILED_AT_FIRST:
        return found
    stack_id = found["StackId"]  # a deleted stack is found by this alone
    cfn.delete_stack(StackName=stack_id)
    left = _settled(cfn, stack_id, timeout)
    if left["StackStatus"] != "DELETE_COMPLETE":
        raise NotDeployed(f"{name} never stood and cannot be deleted: {'; '.join(_reasons(cfn, stack_id))}")
    return None


def _found(cfn: Any, name: str) -> dict[str, Any] | None:
    """The stack, once it has stood."""
    found = _described(cfn, name)
    return None if found is None or found["StackStatus"] in FAILED_AT_FIRST else found


def _described(cfn: Any, name: str) -> dict[str, Any] | None:
    try:
        stacks = cfn.describe_stacks(StackName=name)["Stacks"]
    except botocore.exceptions.ClientError as error:
        if "does not exist" not in str(error):
            raise
        return None
    return dict(stacks[0]) if stacks and stacks[0]["StackStatus"] != "DELETE_COMPLETE" else None


def _reasons(cfn: Any, name: str) -> list[str]:
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    return [f"{e['LogicalResourceId']}: {e['ResourceStatusReason']}" for e in events if "FAILED" in e["ResourceStatus"]]
