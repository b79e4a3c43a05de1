"""The faces of the API: each route has one, each is a function of its own that imports and may do no more than its own."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.runtime import switches
from chalicelib.runtime.http import OPERATIONS
from chalicelib.runtime.http.face import FACES, STAFF
from chalicelib.runtime.workers import CONSUMERS
from infra import build, draft, functions
from infra.derive import ANY, NOWHERE, logical

ROOT = Path(__file__).resolve().parents[2]
ALONE = """
import json, sys
import chalicelib.faces.{name} as face
from chalicelib.runtime.http.face import FACES, opening
(one,) = FACES.values()
opening([one])
print(json.dumps(sorted(name for name in sys.modules if name == "app" or name.startswith("chalicelib."))))
"""
KNOWN = """
import json
import chalicelib.faces.staff
from chalicelib.faces.callers import workers_known
from chalicelib.runtime import switches, workers
workers_known()
print(json.dumps([sorted(workers.workers()), sorted(switches.SWITCHES)]))
"""
ASKED = """
import json
import chalicelib.faces.staff as face
def event(path):
    return {"resource": path, "path": path, "httpMethod": "GET", "headers": {}, "multiValueHeaders": {}, "body": None,
            "multiValueQueryStringParameters": None, "pathParameters": None, "stageVariables": None, "isBase64Encoded": False,
            "requestContext": {"resourcePath": path, "httpMethod": "GET", "identity": {"sourceIp": "127.0.0.1"}}}
print(json.dumps([face.handler(event(path), None)["statusCode"] for path in ("/health", "/health", "/v1/cart")]))
"""


def run(program: str) -> Any:
    told = subprocess.run(  # noqa: S603  # our own interpreter, our own code
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


@pytest.fixture(scope="module")
def sam() -> dict[str, Any]:
    return draft.template(ROOT, build.shop())


@pytest.fixture(scope="module", params=sorted(FACES))
def face(request) -> Any:
    return FACES[request.param]


def test_every_route_has_one_face():
    mine = [f"{op.method} {op.path}" for face in FACES.values() for op in face.operations]
    assert sorted(mine) == sorted(f"{op.method} {op.path}" for op in OPERATIONS)
    assert len(mine) == len(set(mine))
    assert sum(len(by) for by in app.app.routes.values()) == len(mine)


def test_a_face_imports_its_own_routes_and_nobody_elses(face):
    loaded = run(ALONE.format(name=face.name))
    assert "app" not in loaded
    assert {name for name in loaded if name.endswith("routes")} == {module.__name__ for module in face.routes}
    assert not [name for name in loaded if name.endswith("consumers")]


def test_webhooks_know_nobody():
    loaded = run(ALONE.format(name="webhooks"))
    known = ("identity", "carts", "catalog", "proposals", "audit")
    assert not [
        name
        for name in loaded
        if name.split(".")[1:4] in (["records", "messages", each] for each in ("claims", "inbox"))
    ]
    assert not [name for name in loaded if name.split(".")[1:3] in (["records", each] for each in known)]


def test_staff_see_every_worker_and_every_switch_of_the_shop():
    """What registers itself at import is whole in one process, and in a face's own only if that face sees to it."""
    ours = sorted(name for name in switches.SWITCHES if not name.startswith("test_"))
    assert run(KNOWN) == [sorted(CONSUMERS), ours]
    assert ours


def test_a_face_answers_its_own_routes_and_no_others():
    assert run(ASKED) == [200, 200, 404]


def test_the_gateway_hands_each_request_to_its_face(sam, face):
    paths, name = sam["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"], place(face)
    for op in face.operations:
        told = paths[op.path][op.method.lower()]["x-amazon-apigateway-integration"]
        assert told["uri"]["Fn::Sub"].endswith(f"/functions/${{{name}.Arn}}/invocations"), op.path
        assert told["type"] == "aws_proxy"
        assert paths[op.path][ANY]["x-amazon-apigateway-integration"] == told, "HEAD and what is refused, as any other"
    permission = sam["Resources"][f"{name}InvokePermission"]["Properties"]
    assert permission["FunctionName"] == {"Ref": name}
    assert permission["SourceArn"] == sam["Resources"]["APIHandlerInvokePermission"]["Properties"]["SourceArn"]


def test_the_gateway_hands_what_is_nowhere_to_one_face_which_says_so(sam):
    paths = sam["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    known = {op.path for op in OPERATIONS}
    assert paths.keys() - known == {NOWHERE}
    (told,) = paths[NOWHERE].values()
    assert told["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"].endswith("/functions/${Shop.Arn}/invocations")
    assert [one["name"] for one in told["parameters"]] == ["proxy"]


def test_a_face_is_a_function_with_a_handler_a_role_and_a_number_of_its_own(sam, face):
    function = sam["Resources"][place(face)]["Properties"]
    module, _, attribute = function["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), attribute))
    assert module == face.module
    assert function["MemorySize"] == functions.FUNCTIONS[face.function].memory
    roles = [sam["Resources"][place(one)]["Properties"]["Role"]["Fn::GetAtt"][0] for one in FACES.values()]
    assert len(set(roles)) == len(FACES)
    if face.name == STAFF:
        assert "ReservedConcurrentExecutions" not in function  # operators are never shut out by a number
        return
    chosen = f"{logical(face.name)}Concurrency"
    assert function["ReservedConcurrentExecutions"] == {
        "Fn::If": [f"Has{chosen}", {"Ref": chosen}, {"Ref": "AWS::NoValue"}]
    }
    assert sam["Parameters"][chosen]["Default"] == 0


def place(face: Any) -> str:
    """Its function's logical id."""
    return "APIHandler" if face.name == STAFF else logical(face.name)


def granted(name: str) -> set[str]:
    return {target for _, target in functions.allowed(functions.FUNCTIONS[name].policy)}


def test_webhooks_read_nothing_of_a_person():
    told = granted("webhooks")
    assert not told & {"PeopleTable", "CartsTable", "GatesTable", "PersonalKey", "AuditTable", "ExportsBucket"}
    assert not [name for name in told if "legal" in name or "wechat_login" in name]
    assert {name.rpartition("/jishi/${Stage}/")[2] for name in told if "messages" in name.lower()} == set(
        functions.TELLING
    )


def test_legal_records_are_opened_by_staff_and_the_workers_of_exports_and_of_parcels():
    opens = {name for name in functions.FUNCTIONS if any("legal_records" in each for each in granted(name))}
    assert opens == {functions.API, "fulfilment_worker", "privacy_worker"}


def test_providers_secrets_are_for_those_who_speak_to_providers():
    reads = {name for name in functions.FUNCTIONS if any("payments/" in each for each in granted(name))}
    workers = {"fulfilment_worker", "ordering_worker", "paying_worker"}
    assert reads == {"shop", "webhooks", functions.API, "payment_certificates", *workers}
