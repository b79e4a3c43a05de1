"""The bucket of packages: private, versioned, encrypted, and the account's own.

Its name follows from account and region, so anybody could hold it before us: every call says whose it must be, and S3
refuses the call when it is not.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.exceptions


class Foreign(RuntimeError):
    """The bucket cannot be had: somebody else's, or not ours to look at."""


@dataclass(frozen=True)
class Packages:
    """A bucket and the account that must own it."""

    s3: Any
    name: str
    owner: str

    @property
    def ours(self) -> dict[str, str]:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.owner}

    def ensure(self) -> None:
        """Make the bucket where there is none, and make it what it must be. Raises Foreign."""
        if not self._there():
            region = self.s3.meta.region_name
            place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self.s3.create_bucket(Bucket=self.name, **place)
        closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        self.s3.put_public_access_block(**self.ours, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
        self.s3.put_bucket_versioning(**self.ours, VersioningConfiguration={"Status": "Enabled"})
        sealed = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        self.s3.put_bucket_encryption(**self.ours, ServerSideEncryptionConfiguration=sealed)

    def _there(self) -> bool:
        try:
            self.s3.head_bucket(**self.ours)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("403", "AccessDenied"):
                raise Foreign(f"the bucket {self.name} is not the account {self.owner}'s, or closed to it") from error
            return False
        return True

    def upload(self, zipped: Path) -> str:
        """Store a zip under its digest unless it is there. Answers the key."""
        body = zipped.read_bytes()
        key = f"{_digest(body)}.zip"
        try:
            self.s3.head_object(**self.ours, Key=key)
        except botocore.exceptions.ClientError:
            self.s3.put_object(**self.ours, Key=key, Body=body)
        return key

    def lay(self, template: bytes) -> str:
        """Store a template under its digest. Answers its URL."""
        key = f"{_digest(template)}.json"
        self.s3.put_object(**self.ours, Key=key, Body=template)
        return f"{self.s3.meta.endpoint_url}/{self.name}/{key}"


def of(session: Any, name: str) -> Packages:
    """The bucket of this name, which must be the caller's account's."""
    owner = session.create_client("sts").get_caller_identity()["Account"]
    return Packages(session.create_client("s3"), name, owner)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
