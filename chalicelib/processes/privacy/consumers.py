"""The worker of personal data: it forgets people when their cool-off is over, addresses that nobody needs and former data
keys, and puts together what people take along."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.identity.events import UserErasureDue, UserExportDue, UserResealDue, UserSiftDue
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .service import exporting, forgetting, resealing

bp = Blueprint(__name__)
worker = consumer(bp, "privacy", batch=1)


@worker.on(UserErasureDue, keyed=False)
def forget(fact: UserErasureDue, work: Work) -> None:
    """Forget a person; whoever was forgotten stays so, and an interrupted deletion goes on."""
    forgetting.forget(fact, work)


@worker.on(UserResealDue)
def reseal(fact: UserResealDue, work: Work) -> None:
    """Seal the next stretch of a person's addresses and remarks anew under their new data key."""
    resealing.reseal(fact, work)


@worker.on(UserSiftDue)
def sift(fact: UserSiftDue, work: Work) -> None:
    """Forget the versions of a person's addresses that are out of use and that no order names."""
    forgetting.sift(fact, work)


@worker.on(UserExportDue)
def export(fact: UserExportDue, work: Work) -> None:
    """Write the next stretch of what a person takes along; a run that was cut short writes it again."""
    exporting.export(fact, work)
