"""The infrastructure of what goes out: who sends reads nothing of customers, and who follows a table blocks nobody."""

from __future__ import annotations

from infra import functions
from tests.house.test_infra import of, plain, sam  # noqa: F401  # fixtures

SENDERS = ("delivering_worker", "retrying_worker")


def test_who_sends_to_strangers_reads_nothing_of_customers() -> None:
    for name in SENDERS:
        tables = {
            place for action, place in functions.allowed(functions.FUNCTIONS[name].policy) if "dynamodb" in action
        }
        assert tables == {"JournalTable", "SubscriptionsTable", "WebhookMessagesTable"}


def test_who_follows_a_table_waits_for_more_and_blocks_nobody_for_ever(plain) -> None:  # noqa: F811  # the fixture
    mappings = of(plain, "AWS::Lambda::EventSourceMapping").values()
    feed = next(m for m in mappings if m["EventSourceArn"]["Fn::GetAtt"] == ["StockTable", "StreamArn"])
    assert 0 < feed["MaximumBatchingWindowInSeconds"] <= 5
    assert feed["BisectBatchOnFunctionError"] is True
    assert feed["MaximumRetryAttempts"] == 5
    assert feed["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"] == ["UndeliveredQueue", "Arn"]
    assert (
        plain["Resources"]["StockTable"]["Properties"]["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    )
