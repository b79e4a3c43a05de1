"""The bucket of pictures and the one function that carries what reads them, as they stand in the template."""

from __future__ import annotations

from typing import Any

import pytest

from infra import build, draft, expand, functions
from tests.house.test_infra import ROOT, of


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """The template as CloudFormation sees it."""
    return expand.expanded(draft.template(ROOT, build.shop()))


def test_everybody_may_fetch_a_picture_under_tls_and_nobody_may_do_more(plain) -> None:
    bucket = of(plain, "AWS::S3::Bucket")["MediaBucket"]
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    closed = bucket["PublicAccessBlockConfiguration"]
    assert (closed["BlockPublicAcls"], closed["IgnorePublicAcls"]) == (True, True)
    said = of(plain, "AWS::S3::BucketPolicy")["MediaBucketPolicy"]["PolicyDocument"]["Statement"]
    allowed = [statement for statement in said if statement["Effect"] == "Allow"]
    (one,) = allowed
    assert (one["Action"], one["Resource"]) == ("s3:GetObject", {"Fn::Sub": "${MediaBucket.Arn}/p/*"})
    (denied,) = (statement for statement in said if statement["Effect"] == "Deny")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_what_comes_in_is_nobody_s_to_fetch_and_goes_after_a_day(plain) -> None:
    (rule,) = of(plain, "AWS::S3::Bucket")["MediaBucket"]["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["Prefix"], rule["ExpirationInDays"]) == ("Enabled", "in/", 1)
    granted = {
        name: sorted(action for action, target in functions.allowed(f.policy) if target == "MediaBucket")
        for name, f in functions.FUNCTIONS.items()
    }
    assert {name: actions for name, actions in granted.items() if actions} == {
        "merchandising": ["s3:GetObject", "s3:PutObject"],
        "supply": ["s3:GetObject", "s3:PutObject"],
        "engagement": ["s3:GetObject", "s3:PutObject"],
        "meeting_worker": ["s3:GetObject"],
        "stock_worker": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
        "pictures_worker": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
    }


def test_only_the_worker_of_pictures_carries_its_layer(plain) -> None:
    carried = {name: one["Layers"] for name, one in of(plain, "AWS::Lambda::Function").items()}
    assert all(len(layers) == 1 + (name == "PicturesWorker") for name, layers in carried.items())
    own = [layer["Ref"] for layer in carried["PicturesWorker"]]
    assert own[1].startswith("PicturesLayer")
    assert not any({"Ref": own[1]} in layers for name, layers in carried.items() if name != "PicturesWorker")


def test_every_function_tells_where_the_bucket_s_pictures_are(plain) -> None:
    told = {n: one["Environment"]["Variables"]["MEDIA_URL"] for n, one in of(plain, "AWS::Lambda::Function").items()}
    assert told.pop("Operations") == ""  # it shows none
    assert list(told.values()) == [{"Fn::Sub": "https://${MediaBucket}.s3.${AWS::Region}.${AWS::URLSuffix}/p/"}] * len(
        told
    )
