"""Putting the built template on the local engine: whole (end-to-end), or without functions and API (the runner).

Guarantees: what is deployed is the very document that AWS would get; only parameters differ, and, for the runner, the
kinds of resource that the handlers stand in for in-process are left out together with what mentions them.
"""

import json
import time
from pathlib import Path
from typing import Any

import botocore.exceptions

from infra.merge import mentioned

Document = dict[str, Any]
STACK = "jishi"
PARAMETERS = {"Firewall": "off"}  # the engine has no association of a firewall with a stage
HANDLERS = (  # what the runner's own process stands in for
    "AWS::Serverless::",
    "AWS::Lambda::",
    "AWS::ApiGateway::",
    "AWS::WAFv2::",
    "AWS::IAM::Role",
    "AWS::Logs::",
)
SLEEP = 0.1


class NotDeployed(RuntimeError):
    """The engine refused the stack; the message holds its reasons."""


def whole(session: Any, package: Path, bucket: str = "jishi-packages", **parameters: str) -> dict[str, str]:
    """Upload the zips and deploy the template as it is. Answers the stack's outputs."""
    s3 = session.create_client("s3")
    if bucket not in {b["Name"] for b in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket)
    template = json.loads((package / "sam.json").read_text())
    for resource in template["Resources"].values():
        for field in ("CodeUri", "ContentUri"):
            if isinstance(local := resource.get("Properties", {}).get(field), str):
                zipped = package / Path(local).name
                s3.put_object(Bucket=bucket, Key=zipped.name, Body=zipped.read_bytes())
                resource["Properties"][field] = {"Bucket": bucket, "Key": zipped.name}
    return stack(session, template, **parameters)


def stack(
    session: Any, template: Document, name: str = STACK, timeout: float = 120, **parameters: str
) -> dict[str, str]:
    """Create the stack, or bring it up to date. Answers its outputs. Raises NotDeployed with the engine's reasons."""
    cfn = session.create_client("cloudformation")
    known = template.get("Parameters", {})
    request = {
        "StackName": name, "TemplateBody": json.dumps(template),
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in {**PARAMETERS, **parameters}.items() if key in known],
    }  # fmt: skip
    try:
        cfn.update_stack(**request) if _exists(cfn, name) else cfn.create_stack(**request)
    except botocore.exceptions.ClientError as error:
        if "No updates" not in str(error):
            raise NotDeployed(str(error)) from error
    deadline = time.monotonic() + timeout
    while True:
        told = cfn.describe_stacks(StackName=name)["Stacks"][0]
        if not told["StackStatus"].endswith("IN_PROGRESS"):
            break
        if time.monotonic() > deadline:
            raise NotDeployed(f"{name} is {told['StackStatus']} after {timeout} s")
        time.sleep(SLEEP)
    if told["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise NotDeployed(f"{told['StackStatus']}: {'; '.join(_reasons(cfn, name))}")
    return {output["OutputKey"]: output["OutputValue"] for output in told.get("Outputs", [])}


def physical(session: Any, name: str = STACK) -> dict[str, str]:
    """Logical id -> physical id (a table's name, a queue's URL) of everything in the stack."""
    pages = session.create_client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for page in pages for r in page["StackResourceSummaries"]}


def without_handlers(template: Document) -> Document:
    """The template minus functions, API and whatever belongs to them."""
    kept = {n: r for n, r in template["Resources"].items() if not r.get("Type", HANDLERS[0]).startswith(HANDLERS)}
    gone = template["Resources"].keys() - kept.keys()
    while orphans := [n for n, r in kept.items() if mentioned(r) & gone]:
        gone |= set(orphans)
        kept = {n: r for n, r in kept.items() if n not in gone}
    outputs = {n: o for n, o in template.get("Outputs", {}).items() if not mentioned(o) & gone}
    rest = {k: v for k, v in template.items() if k not in ("Transform", "Globals", "Resources", "Outputs")}
    return {**rest, "Resources": kept, "Outputs": outputs}


def _exists(cfn: Any, name: str) -> bool:
    try:
        stacks = cfn.describe_stacks(StackName=name)["Stacks"]
    except botocore.exceptions.ClientError:
        return False
    return bool(stacks) and stacks[0]["StackStatus"] not in ("DELETE_COMPLETE", "ROLLBACK_COMPLETE")


def _reasons(cfn: Any, name: str) -> list[str]:
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    return [f"{e['LogicalResourceId']}: {e['ResourceStatusReason']}" for e in events if "FAILED" in e["ResourceStatus"]]
