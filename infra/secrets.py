"""Secret documents in Parameter Store, below /jishi/<stage>/: the shop's own keys, and what providers gave.

    make secret STAGE=prod NAME=payments/wechat FILE=wechat.json
    make keys STAGE=prod

A value is never printed and never in the template.
"""

import importlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.exceptions

from chalicelib.kernel.credentials import Credential, misfits
from chalicelib.records.messages import channels
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.records.shipping.carriers import CARRIERS

MARGIN_SECONDS = 30
PUT = "make secret STAGE=prod NAME=payments/wechat FILE=wechat.json"
PAYMENTS = "payments/"
LARGEST = 8192  # bytes that Parameter Store takes; a local engine does not say so


class Unfit(ValueError):
    """This cannot be stored as a secret document; the message says what to change."""


class NoKeys(LookupError):
    """There is no such stage here, or it was never deployed."""


def put(session: Any, stage: str, name: str, document: dict[str, Any]) -> None:
    """Store a document. Raises Unfit when it is too large."""
    text = json.dumps(document, separators=(",", ":"))
    if len(text.encode()) > LARGEST:
        raise Unfit(f"the secret {name} has {len(text.encode())} bytes; Parameter Store takes {LARGEST}")
    session.create_client("ssm").put_parameter(
        Name=f"/jishi/{stage}/{name}", Value=text, Type="SecureString", Overwrite=True, Tier="Intelligent-Tiering"
    )


def put_file(session: Any, stage: str, name: str, file: str) -> None:
    """Store the JSON document in a file. Raises Unfit."""
    if not (stage and name and file):
        raise Unfit(f"all three are needed: {PUT}")
    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise Unfit(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Unfit(f"{file} is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise Unfit(f"{file} is no JSON object")
    _fit(name, document)
    put(session, stage, name, document)


def fields(name: str) -> tuple[Credential, ...]:
    """The fields of a document that a manifest describes; none of the others. Raises Unfit for one that nobody reads."""
    described = {f"{PAYMENTS}{one.name}": one.credentials for one in PROVIDERS.values()}
    described |= {f"shipping/{one.name}": one.credentials for one in CARRIERS.values()}
    described |= {one.secret: one.fields for one in channels.TABLE if one.credentials}
    if name not in described and name.partition("/")[1]:
        raise Unfit(f"nobody reads {name}; there are: {', '.join(described)}")
    return described.get(name, ())


def _fit(name: str, document: dict[str, Any]) -> None:
    """Raise Unfit when a document does not have the fields of its manifest."""
    if described := fields(name):
        missing, unknown = misfits(described, document)
        told = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has {', '.join(unknown)}"] * bool(unknown)
        if told:
            raise Unfit(
                f"this is no document for {name}: it {' and '.join(told)}; see docs/providers.md, "
                "docs/carriers.md and docs/messages.md"
            )


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
    return _renewed(session, stage, importlib.import_module("chalicelib.runtime.keys").complete)


def rotate_keys(session: Any, stage: str, wait: Callable[[float], None] = time.sleep) -> None:
    """New keys for tokens, quotes and cursors and for the law's records; the old ones go on verifying and opening.

    It takes some minutes: every function must know the new keys before the first one signs with them. Raises NoKeys.
    """
    if not stage:
        raise NoKeys("which stage? make keys STAGE=prod")
    if get(session, stage, "keys") is None:
        raise NoKeys(f"the stage {stage} has no keys to renew; they are made by: make deploy STAGE={stage}")
    keys = importlib.import_module("chalicelib.runtime.keys")
    remembered = importlib.import_module("chalicelib.runtime.settings").SECRET_SECONDS
    after: dict[str, dict[str, Any]] = {}

    def announced(before: dict[str, Any]) -> dict[str, Any]:
        after.update(keys.rotated(before))
        return {**after, keys.KEYS: last_but_one(after[keys.KEYS])}

    _renewed(session, stage, announced)
    wait(remembered + MARGIN_SECONDS)
    put(session, stage, keys.KEYS, after[keys.KEYS])


def last_but_one(document: dict[str, Any]) -> dict[str, Any]:
    """The keys' document with the newest of each kind before the one that signs: it verifies and does not sign yet."""
    swapped = lambda kept: [*kept[:-2], *reversed(kept[-2:])]
    turned = {name: dict(swapped(list(document[name].items()))) for name in ("jwt", "legal")}
    return document | turned | {"signing": swapped(document["signing"])}


def _renewed(session: Any, stage: str, renew: Callable[[dict[str, Any]], dict[str, Any]]) -> bool:
    keys = importlib.import_module("chalicelib.runtime.keys")
    before = {name: get(session, stage, name) or {} for name in (keys.LEGAL_RECORDS, keys.KEYS)}
    after = renew(before)
    for name in before:  # a private half is stored before anything is sealed to its public one
        if after[name] != before[name]:
            put(session, stage, name, after[name])
    return bool(after != before)
