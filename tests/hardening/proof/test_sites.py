"""The call sites are read from the code, and every one is passed by a workflow or listed with the reason."""

from __future__ import annotations

from tests.hardening.proof import sites
from tests.hardening.proof.crash import WORLDS, enumerate_faults
from tests.hardening.proof.scenarios import all_scenarios


def test_every_call_site_of_the_code_is_passed_by_a_workflow_or_listed_with_the_reason():
    seen = {site for one in all_scenarios() for site in enumerate_faults(one, WORLDS[1:], modes=()).seen}
    assert sites.astray(seen) == []
    assert len(sites.of_runs(seen)) > 130


def test_what_is_unreached_unlisted_or_unknown_is_told():
    passed = sites.of_the_code() - set(sites.excused())
    assert sites.astray(passed) == []
    lost, listed = sorted(passed)[0], sorted(sites.excused())[0]
    assert sites.astray(passed - {lost}) == [f"a way to {lost}, or a reason in unreached.toml"]
    assert sites.astray(passed | {listed}) == [f"no excuse for {listed}, which is passed or gone"]
    assert sites.astray(passed | {listed}, clean=False) == []
    strange = "chalicelib/records/carts/service:merge s3.PutObject"
    assert sites.astray(passed | {strange}) == [f"a reading of the code that knows {strange}"]
    nested = f"{lost.partition(' ')[0]}.<locals>.<genexpr> {lost.partition(' ')[2]}"
    assert (
        sites.astray(passed - {lost} | {nested, "elsewhere kms.Decrypt", "chalicelib/runtime/work:transact x.Y"}) == []
    )


def test_calls_through_the_runtime_and_of_clients_are_read_from_the_tree():
    code = sites.of_the_code()
    assert "chalicelib/records/orders/service:find dynamodb.GetItem" in code
    assert "chalicelib/processes/ordering/service/place_order:open_order dynamodb.TransactWriteItems" in code
    assert "chalicelib/records/identity/accounts/service/accounts:new_account kms.GenerateDataKey" in code
    assert "chalicelib/processes/console/service/queues:_move sqs.ReceiveMessage" in code
    assert not any(" ssm." in site or "/runtime/" in site for site in code)
