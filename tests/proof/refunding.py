"""Steps of refunds on their way: workers that send and ask, and providers that refuse the time, show late, or are done."""

from __future__ import annotations

from typing import Any

from chalicelib.processes.checkout.service.refund_order import MOST_SILENT
from chalicelib.records.payments.events import RefundQueryDue, RefundRequested
from tests.proof.scenario import Step
from tests.proof.trade import tell, tell_shop


def unheard_refund(asked: str) -> Step:
    """One more question about a refund for which nobody has answered long enough."""

    def act(stage: Any) -> None:
        if asked in stage.notes:
            fact = RefundQueryDue(stage.notes[asked], MOST_SILENT, MOST_SILENT)
            tell("payments", fact, f"nobody answers for {asked}").act(stage)

    return Step(f"nobody answers for {asked}", act)


def went_back(asked: str, provider: str = "wechat") -> Step:
    """The provider has given the money back, and says so."""

    def act(stage: Any) -> str:
        number = stage.notes.get(asked, "nobody's")
        name = next((name for name in stage.till.refunds if name.split("@")[0] == number), "")
        if not name:
            return "nothing to tell"
        attempt, fen, _ = stage.till.refunds[name]
        stage.till.refunds[name] = (attempt, fen, "SUCCEEDED")
        return tell_shop(stage, provider, {"id": f"n-{number}", "refund": number, "status": "SUCCEEDED", "amount": fen})

    return Step(f"{asked} went back", act, moody=True)


def fussy(yes: bool) -> Step:
    """Every second of a sending is refused, or taken again."""

    def act(stage: Any) -> None:
        stage.till.fussy = yes

    return Step("providers refuse the time" if yes else "providers take the time again", act)


def shows_after(minutes: int) -> Step:
    """What the providers take from now on they do not know of for a while."""

    def act(stage: Any) -> None:
        stage.till.lag = minutes

    return Step(f"providers show after {minutes} minutes", act)


def sends(asked: str, name: str) -> Step:
    """The request to send a refund, at a worker's door, each time at another second."""

    def act(stage: Any) -> None:
        stage.advance(seconds=2)
        if asked in stage.notes:
            fact = RefundRequested(stage.notes[asked], "", 0)
            tell("payments", fact, name).act(stage)

    return Step(name, act)
