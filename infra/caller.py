"""Reaching AWS as whoever calls, and the words for why not."""

from typing import Any

import botocore.exceptions

FAILURES = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)
NO_CREDENTIALS = "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, as for any AWS tool"
NO_REGION = "no region: set AWS_DEFAULT_REGION, for example cn-north-1"
WORDS = {
    botocore.exceptions.NoCredentialsError: NO_CREDENTIALS,
    botocore.exceptions.NoRegionError: NO_REGION,
}


def words(error: Exception) -> str:
    """What a failed call says to a person, in one line."""
    return WORDS.get(type(error)) or " ".join(str(error).split())


def account(session: Any) -> str:
    """The account that the caller's credentials belong to. Raises what botocore raises."""
    told: str = session.create_client("sts").get_caller_identity()["Account"]
    return told
