"""Deploying, against a CloudFormation that plays what the real one does after failures."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import ship, stack

TEMPLATE = {"Parameters": {name: {} for name in ("Stage", "PublicUrl", "Standing")}, "Resources": {}}


class CloudFormation:
    """One stack at a time; `fails` are the outcomes of the next creations."""

    def __init__(self, status: str = "", fails: int = 0, stays: bool = False) -> None:
        self.status, self.fails, self.stays = status, fails, stays
        self.parameters: dict[str, str] = {}
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.requests: list[dict[str, Any]] = []

    def create_client(self, service: str) -> CloudFormation:
        assert service == "cloudformation"
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # botocore's name
        if not self.status or (self.status == "DELETE_COMPLETE" and StackName != "the-id"):
            raise ClientError({"Error": {"Message": f"Stack with id {StackName} does not exist"}}, "DescribeStacks")
        told = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        outputs = [{"OutputKey": "EndpointURL", "OutputValue": "https://api.example.cn/api/"}]
        return {"Stacks": [{"StackStatus": self.status, "StackId": "the-id", "Parameters": told, "Outputs": outputs}]}

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:  # botocore's name
        return {
            "StackEvents": [
                {"LogicalResourceId": "OrdersTable", "ResourceStatusReason": "no", "ResourceStatus": "CREATE_FAILED"}
            ]
        }

    def create_stack(self, **request: Any) -> None:
        if self.status not in ("", "DELETE_COMPLETE"):
            raise ClientError({"Error": {"Message": "Stack already exists"}}, "CreateStack")
        self.fails -= 1
        self._take("create", request, "ROLLBACK_COMPLETE" if self.fails >= 0 else "CREATE_COMPLETE")

    def update_stack(self, **request: Any) -> None:
        if self.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise ClientError({"Error": {"Message": f"Stack is in {self.status} state"}}, "UpdateStack")
        self._take("update", request, "UPDATE_COMPLETE")

    def delete_stack(self, StackName: str) -> None:  # botocore's name
        assert StackName == "the-id"
        self.calls.append(("delete", {}))
        self.status = "DELETE_FAILED" if self.stays else "DELETE_COMPLETE"

    def _take(self, call: str, request: dict[str, Any], status: str) -> None:
        given = {p["ParameterKey"]: p["ParameterValue"] for p in request["Parameters"] if "ParameterValue" in p}
        kept = {p["ParameterKey"] for p in request["Parameters"] if p.get("UsePreviousValue")}
        assert kept <= self.parameters.keys()
        self.parameters = {**{"PublicUrl": "", "Standing": "yes"}, **{k: self.parameters[k] for k in kept}, **given}
        self.calls.append((call, given))
        self.requests.append(request)
        self.status = status


class Account:
    """What else a deployment asks for: who it is, and a bucket."""

    def __init__(self) -> None:
        self.cloud, self.laid = CloudFormation(), dict[str, bytes]()
        self.meta = SimpleNamespace(region_name="cn-north-1", endpoint_url="https://s3.example.cn")

    def create_client(self, service: str) -> Any:
        return self.cloud.create_client(service) if service == "cloudformation" else self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}

    def put_object(self, **asked: Any) -> None:
        self.laid[f"{self.meta.endpoint_url}/{asked['Bucket']}/{asked['Key']}"] = asked["Body"]

    def __getattr__(self, name: str) -> Any:
        return lambda **asked: None  # the rest of the bucket


@pytest.mark.parametrize("more", [0, 1])
def test_a_template_too_large_for_a_request_is_read_from_a_bucket(more: int) -> None:
    bare = len(json.dumps({**TEMPLATE, "Description": ""}, separators=(",", ":")))
    template = {**TEMPLATE, "Description": "x" * (stack.LARGEST_BODY - bare + more)}
    account = Account()
    stack.stack(account, template, "jishi-prod", Stage="prod")
    (sent,) = account.cloud.requests
    assert ("TemplateURL" in sent, "TemplateBody" in sent) == (bool(more), not more)
    text = account.laid[sent["TemplateURL"]] if more else sent["TemplateBody"]
    assert json.loads(text) == template


def shipped(cloud: CloudFormation) -> Any:
    return lambda name, parameters: stack.stack(cloud, TEMPLATE, name, **parameters)


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED"])
def test_a_stack_that_never_stood_is_deleted_and_made_anew(status: str) -> None:
    cloud = CloudFormation(status)
    stack.stack(cloud, TEMPLATE, "jishi-prod", Stage="prod")
    assert [call for call, _ in cloud.calls] == ["delete", "create"]
    assert cloud.status == "CREATE_COMPLETE"


def test_a_standing_stack_is_never_deleted() -> None:
    for status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        cloud = CloudFormation(status)
        stack.stack(cloud, TEMPLATE, "jishi-prod", Stage="prod")
        assert [call for call, _ in cloud.calls] == ["update"]
    cloud = CloudFormation("UPDATE_ROLLBACK_FAILED")
    with pytest.raises(stack.NotDeployed):
        stack.stack(cloud, TEMPLATE, "jishi-prod", Stage="prod")
    assert cloud.calls == []


def test_what_cannot_be_deleted_is_told_with_the_reasons() -> None:
    with pytest.raises(stack.NotDeployed, match="never stood and cannot be deleted: OrdersTable: no"):
        stack.stack(CloudFormation("ROLLBACK_COMPLETE", stays=True), TEMPLATE, "jishi-prod", Stage="prod")


def test_a_look_that_fails_is_not_taken_for_no_stack() -> None:
    class Denied(CloudFormation):
        def describe_stacks(self, StackName: str) -> dict[str, Any]:  # botocore's name
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "DescribeStacks")

    cloud = Denied()
    with pytest.raises(ClientError, match="not authorized"):
        stack.stack(cloud, TEMPLATE, "jishi-prod", Stage="prod")
    assert cloud.calls == []


def test_a_first_deployment_protects_its_tables_only_when_the_stack_stands() -> None:
    cloud = CloudFormation(fails=1)
    with pytest.raises(stack.NotDeployed, match="ROLLBACK_COMPLETE: OrdersTable: no"):
        ship.in_steps(cloud, "jishi-prod", {"Stage": "prod"}, shipped(cloud))
    assert cloud.calls == [("create", {"Stage": "prod", "Standing": "no"})], (
        "a protected table could not be rolled back"
    )
    outputs, now = ship.in_steps(cloud, "jishi-prod", {"Stage": "prod"}, shipped(cloud))
    assert [call for call, _ in cloud.calls[1:]] == ["delete", "create", "update"]
    assert cloud.parameters == {"Stage": "prod", "Standing": "yes", "PublicUrl": "https://api.example.cn/api"}
    assert outputs["EndpointURL"] == "https://api.example.cn/api/"
    assert now["PublicUrl"] == "https://api.example.cn/api"


def test_a_later_deployment_is_one_step_and_a_broken_off_first_one_is_completed() -> None:
    cloud = CloudFormation("UPDATE_COMPLETE")
    cloud.parameters = {"Stage": "prod", "Standing": "no", "PublicUrl": "https://shop.example.cn"}
    ship.in_steps(cloud, "jishi-prod", {"Stage": "prod"}, shipped(cloud))
    assert cloud.parameters["Standing"] == "yes", "the process died between the two steps of the first"
    cloud.calls.clear()
    ship.in_steps(cloud, "jishi-prod", {"Stage": "prod"}, shipped(cloud))
    assert cloud.calls == [("update", {"Stage": "prod"})]
    assert cloud.parameters == {"Stage": "prod", "Standing": "yes", "PublicUrl": "https://shop.example.cn"}


def test_a_domain_is_the_public_address_and_needs_its_certificate() -> None:
    domain = {"DomainName": "api.example.cn", "CertificateArn": "arn"}
    assert ship.named(domain)["PublicUrl"] == "https://api.example.cn"
    assert ship.named(domain | {"PublicUrl": "https://cdn.example.cn"})["PublicUrl"] == "https://cdn.example.cn"
    assert ship.named({"AlarmEmail": "a@example.cn"}) == {"AlarmEmail": "a@example.cn"}
    with pytest.raises(ship.Refused, match="CertificateArn"):
        ship.named({"DomainName": "api.example.cn"})


@pytest.mark.parametrize(("status", "words"), [(403, "ICP licence"), (502, "answers 502")])
def test_an_address_that_answers_nobody_is_told_in_words(status: int, words: str) -> None:
    (warning,) = ship.unanswered("https://api.example.cn", lambda url: status)
    assert words in warning


def test_an_address_that_answers_is_not_warned_of_and_one_that_leads_nowhere_is() -> None:
    asked: list[str] = []
    assert ship.unanswered("https://api.example.cn", lambda url: asked.append(url) or 200) == []
    assert asked == ["https://api.example.cn/v1/products?limit=1"]

    def nowhere(url: str) -> int:
        raise OSError("name not known")

    (warning,) = ship.unanswered("https://api.example.cn", nowhere)
    assert "ApiDomainTarget" in warning
