"""Taking one's data along as a customer does: ask, wait, fetch the link, open what it leads to."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from chalicelib.runtime import clients

DOOR = "/v1/me/data-exports"


def along(counter: Any, token: str | None = None) -> bytes:
    """The file that a customer of the counter takes along."""
    told = {"token": token} if token else {}
    asked = counter.ask("POST", DOOR, **told)
    assert asked.status == 202, asked.text
    counter.bus.run()
    answer = counter.ask("GET", f"{DOOR}/{asked.json['export_id']}", **told)
    assert answer.json["state"] == "ready", answer.text
    return fetched(answer.json["link"])


def fetched(link: str) -> bytes:
    """What a link leads to."""
    return bytes(clients.client("s3").get_object(**place(link))["Body"].read())


def place(link: str) -> dict[str, str]:
    """The bucket and the name of a link, whichever way it names them."""
    parts = urlsplit(link)
    path = unquote(parts.path).lstrip("/")
    if "s3" in parts.netloc.split(".")[0]:
        bucket, _, name = path.partition("/")
        return {"Bucket": bucket, "Key": name}
    return {"Bucket": parts.netloc.split(".")[0], "Key": path}


def asked_of(link: str) -> dict[str, str]:
    """The query of a link."""
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def sections(content: bytes) -> dict[str, Any]:
    """The sections of a file, the orders of all its pages together."""
    told: dict[str, Any] = {"orders": []}
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        for name in file.namelist():
            section, loaded = name.removesuffix(".json"), json.loads(file.read(name))
            if section.startswith("orders-"):
                told["orders"] += loaded
            else:
                told[section] = loaded
    return told
