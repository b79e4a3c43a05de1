"""Secret documents in Parameter Store, below /jishi/<stage>/: the shop's own keys, and what providers gave.

    make secret STAGE=prod NAME=payments/wechat FILE=wechat.json

A value is never printed and never in the template.
"""

import importlib
import json
from pathlib import Path
from typing import Any

import botocore.exceptions

LARGEST = 8192  # bytes that Parameter Store takes; a local engine does not say so


def put(session: Any, stage: str, name: str, document: dict[str, Any]) -> None:
    """Store a document. Raises ValueError when it is too large."""
    text = json.dumps(document, separators=(",", ":"))
    if len(text.encode()) > LARGEST:
        raise ValueError(f"the secret {name} has {len(text.encode())} bytes; Parameter Store takes {LARGEST}")
    session.create_client("ssm").put_parameter(
        Name=f"/jishi/{stage}/{name}", Value=text, Type="SecureString", Overwrite=True, Tier="Intelligent-Tiering"
    )


def put_file(session: Any, stage: str, name: str, file: Path) -> None:
    """Store the JSON document in a file."""
    put(session, stage, name, json.loads(file.read_text(encoding="utf-8")))


def get(session: Any, stage: str, name: str) -> dict[str, Any] | None:
    try:
        told = session.create_client("ssm").get_parameter(Name=f"/jishi/{stage}/{name}", WithDecryption=True)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
    document: dict[str, Any] = json.loads(told["Parameter"]["Value"])
    return document


def complete_keys(session: Any, stage: str) -> bool:
    """The shop's own keys: what is missing is made, what is there stays. True when something was made now."""
    keys = importlib.import_module("chalicelib.runtime.keys")
    before = {name: get(session, stage, name) or {} for name in (keys.KEYS, keys.LEGAL_RECORDS)}
    after = keys.complete(before)
    for name, document in after.items():
        if document != before[name]:
            put(session, stage, name, document)
    return bool(after != before)
