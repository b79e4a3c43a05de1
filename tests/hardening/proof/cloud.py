"""The AWS that the harness stands on: the engine's tables, one bus, queues, keys and parameters, all in memory.

Guarantees: everything it holds can be snapshot and restored in microseconds, and an operation it does not know fails
loudly, so that no call of the product goes unproved.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.hardening.proof.engine import Engine, Fault
from tests.hardening.proof.hook import Reply

LARGEST_EVENT = 256 * 1024


class Cloud:
    """A ground for the hook."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.bus: list[dict[str, Any]] = []
        self.queues: dict[str, list[dict[str, Any]]] = {}
        self.parameters: dict[str, str] = {}
        self.files: dict[str, bytes] = {}  # of one bucket
        self.serial = 0

    def snapshot(self) -> Any:
        queues = {name: tuple(held) for name, held in self.queues.items()}
        return self.engine.snapshot(), tuple(self.bus), queues, self.serial, dict(self.parameters), dict(self.files)

    def restore(self, saved: Any) -> None:
        engine, bus, queues, self.serial, parameters, files = saved
        self.engine.restore(engine)
        self.bus, self.queues = list(bus), {name: list(held) for name, held in queues.items()}
        self.parameters, self.files = dict(parameters), dict(files)

    def answer(self, service: str, op: str, body: Any) -> Reply:
        if service == "s3":
            return self.file(op, body)
        if service != "dynamodb" and (service, op) not in SERVICES:
            raise AssertionError(f"the proof's cloud does not know {service}.{op}")
        try:
            done = self.engine.answer(op, body) if service == "dynamodb" else SERVICES[service, op](self, body)
        except Fault as fault:
            return Reply(fault.status, {"__type": fault.code, "message": fault.message, **fault.more})
        return Reply(200, done)

    def file(self, op: str, body: Any) -> Reply:
        """A bucket: whole files by name, listed by how their names begin."""
        name = body["Name"]
        if op == "PutObject":
            self.files[name] = base64.b64decode(body["Body"])
            return Reply(200, b"", {"etag": '"x"'})
        if op == "DeleteObject":
            self.files.pop(name, None)
            return Reply(204, b"")
        if op == "HeadObject":
            return Reply(200 if name in self.files else 404, b"")
        if op == "ListObjectsV2":
            found = sorted(one for one in self.files if one.startswith(body["Query"].get("prefix", "")))
            told = "".join(f"<Contents><Key>{one}</Key></Contents>" for one in found)
            return Reply(
                200, f"<ListBucketResult>{told}</ListBucketResult>".encode(), {"content-type": "application/xml"}
            )
        if name not in self.files:
            return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>", {"content-type": "application/xml"})
        return Reply(200, self.files[name], {"content-type": "binary/octet-stream"})

    def put_events(self, body: Any) -> dict[str, Any]:
        if not 1 <= len(body["Entries"]) <= 10 or sum(len(one["Detail"]) for one in body["Entries"]) > LARGEST_EVENT:
            raise Fault("ValidationException", "1 to 10 entries of 256 KB in all")
        answers = []
        for entry in body["Entries"]:
            json.loads(entry["Detail"])
            self.serial += 1
            self.bus.append({"id": f"bus-{self.serial}", **entry})
            answers.append({"EventId": f"bus-{self.serial}"})
        return {"FailedEntryCount": 0, "Entries": answers}

    def send(self, body: Any) -> dict[str, Any]:
        self.serial += 1
        message = {
            "MessageId": f"m-{self.serial}",
            "Body": body["MessageBody"],
            "DelaySeconds": body.get("DelaySeconds", 0),
        }
        self.queues.setdefault(body["QueueUrl"].rpartition("/")[2], []).append(message)
        digest = hashlib.md5(body["MessageBody"].encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": message["MessageId"], "MD5OfMessageBody": digest}

    def send_batch(self, body: Any) -> dict[str, Any]:
        done = [{"Id": one["Id"], **self.send({**one, "QueueUrl": body["QueueUrl"]})} for one in body["Entries"]]
        return {"Successful": done, "Failed": []}

    def queue_url(self, body: Any) -> dict[str, Any]:
        return {"QueueUrl": f"https://sqs.local/{body['QueueName']}"}

    def data_key(self, body: Any) -> dict[str, Any]:
        self.serial += 1
        context = json.dumps(body.get("EncryptionContext", {}), sort_keys=True)
        plain = hashlib.sha256(f"{body['KeyId']}{context}{self.serial}".encode()).digest()
        sealed = json.dumps([body["KeyId"], context, base64.b64encode(plain).decode()]).encode()
        return {
            "KeyId": body["KeyId"],
            "Plaintext": base64.b64encode(plain).decode(),
            "CiphertextBlob": base64.b64encode(sealed).decode(),
        }

    def decrypt(self, body: Any) -> dict[str, Any]:
        key, context, plain = json.loads(base64.b64decode(body["CiphertextBlob"]))
        if context != json.dumps(body.get("EncryptionContext", {}), sort_keys=True):
            raise Fault("InvalidCiphertextException", "the encryption context is another one")
        return {"KeyId": key, "Plaintext": plain}

    def parameter(self, body: Any) -> dict[str, Any]:
        if body["Name"] not in self.parameters:
            raise Fault("ParameterNotFound", body["Name"])
        return {"Parameter": {"Name": body["Name"], "Type": "SecureString", "Value": self.parameters[body["Name"]]}}


SERVICES: Mapping[tuple[str, str], Callable[[Cloud, Any], dict[str, Any]]] = {
    ("events", "PutEvents"): Cloud.put_events,
    ("sqs", "SendMessage"): Cloud.send,
    ("sqs", "SendMessageBatch"): Cloud.send_batch,
    ("sqs", "GetQueueUrl"): Cloud.queue_url,
    ("kms", "GenerateDataKey"): Cloud.data_key,
    ("kms", "Decrypt"): Cloud.decrypt,
    ("ssm", "GetParameter"): Cloud.parameter,
}
