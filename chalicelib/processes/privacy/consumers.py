"""The worker that forgets people when their cool-off is over."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.identity.events import UserErasureDue
from chalicelib.runtime.doors import consumer
from chalicelib.runtime.work import Work

from . import service

bp = Blueprint(__name__)
worker = consumer(bp, "privacy", batch=1)


@worker.on(UserErasureDue, keyed=False)
def forget(fact: UserErasureDue, work: Work) -> None:
    """Forget a person; whoever was forgotten stays so, and an interrupted deletion goes on."""
    service.forget(fact, work)
