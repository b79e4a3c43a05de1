"""Webhooks under every fault: what a receiver subscribed to comes at least once, under one id, signed by a secret that is
valid; one turn has one outcome; nobody is tried for ever, and nothing comes to who was removed long ago."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from chalicelib.processes.delivering import consumers as delivering
from chalicelib.processes.delivering.retrying import consumers as retrying
from chalicelib.records.inventory import consumers as stock_feed
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Stock
from chalicelib.records.orders.events import OrderPaid
from chalicelib.records.subscriptions import consumers
from chalicelib.records.subscriptions.events import WebhookRedeliveryDue
from chalicelib.records.subscriptions.model import WebhookMessage, WebhookSubscription
from chalicelib.records.subscriptions.rules import StaleWebhookMessage
from chalicelib.records.subscriptions.service import messages, subscribing
from chalicelib.runtime import strangers
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.outside import NoAnswer
from chalicelib.runtime.strangers import Called, Said
from chalicelib.runtime.work import Work
from tests.fakes.receivers import FakeReceivers
from tests.hardening.proof.hook import HOOK, Hook, Lost, Reply
from tests.hardening.proof.scenario import START, Scenario, Step, expected, refused
from tests.hardening.proof.shop import Shop, ask, hand_over, relaying, working
from tests.hardening.proof.trade import CLERK, ripen

HOST = "erp.example.com"
SKU = "P01KJPB7WG000000000000000A01"
ORDERS = {number: f"O01KJPB7WG0000000000000000{number}" for number in "123"}
SETTLED_DAYS = 6


class _ToReceivers:
    """The network to the receivers, through the hook."""

    def __init__(self, fake: FakeReceivers) -> None:
        self.fake = fake

    def numbers(self, host: str, port: int) -> list[str]:
        return self.fake.numbers(host, port)

    def post(self, place: Called, number: str, headers: Mapping[str, str], body: bytes) -> Said:
        told: list[Any] = []

        def effect() -> Reply:
            try:
                told.append(self.fake.post(place, number, headers, body))
            except NoAnswer as silence:
                told.append(silence)
            return Reply(200, None)

        try:
            HOOK.passing("provider:receiver", "POST", place.target, effect)
        except Lost:
            raise NoAnswer("lost") from None
        if isinstance(told[0], NoAnswer):
            raise told[0]
        said: Said = told[0]
        return said


class Outside(Shop):
    """A shop with one subscription and its receiver."""

    def __init__(self, *, answers: int = 200) -> None:
        self.receivers = FakeReceivers()
        self.receivers.answers[HOST] = answers
        super().__init__(
            self.receivers,
            consumers={one.name: one for one in (consumers.worker, delivering.worker, retrying.worker)},
        )
        self.horizon = timedelta(days=SETTLED_DAYS)
        self.rounds = 200
        with self.standing():
            work = Work(CLERK, "setup")
            made = subscribing.add(f"https://{HOST}/", ["order.paid"], "", work)
            work.commit()
        self.notes |= {"id": made.id, "secrets": [made.secret]}

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        with super().standing() as hook:
            strangers.use_network(_ToReceivers(self.receivers))
            try:
                yield hook
            finally:
                strangers.use_network(None)


# ---- what comes -----------------------------------------------------------------------------------------------------
def pays(number: str) -> Step:
    """A fact that goes out."""

    def act(stage: Any) -> Any:
        return ask(ANYONE, "pay", lambda work: work.publish(OrderPaid(ORDERS[number], "")), key=number, asked=number)

    return Step(f"pays {number}", act)


def answers(status: int) -> Step:
    """What the receiver answers from now on."""

    def act(stage: Any) -> None:
        stage.receivers.answers[HOST] = status

    return Step(f"answers {status}", act)


def move(action: str, key: str = "") -> Step:
    def act(stage: Any) -> Any:
        return ask(CLERK, "PUT status", subscribing.move, stage.notes["id"], action)

    return Step(f"{action}{key}", act, moody=True)


def resume_and_send(stage: Any) -> Any:
    """It goes on, and what waits is sent at once, whatever else is on its way."""
    told = ask(CLERK, "PUT status", subscribing.move, stage.notes["id"], "resume")
    stage.relay()
    stage.route()
    queue = stage.post.queues.get("subscriptions", [])
    for message in [one for one in queue if one["detail-type"] == WebhookRedeliveryDue.wire]:
        hand_over(consumers.worker, message)
        queue.remove(message)
    return told


def remove(stage: Any) -> Any:
    told = ask(CLERK, "DELETE subscription", subscribing.remove, stage.notes["id"])
    if told is None:
        stage.notes["removed"] = len(stage.receivers.asked)
    return told


def renew(stage: Any) -> Any:
    told = ask(CLERK, "POST secret", _renewed, stage.notes["id"])
    if not refused(told):
        stage.notes["secrets"].append(told["secret"])
    return told


def _renewed(subscription_id: str, work: Work) -> dict[str, str]:
    return {"secret": subscribing.renew_secret(subscription_id, work).secret}


def subscribe(stage: Any) -> Any:
    """Another one, of whom nothing is told here; whoever lost the answer, and with it the secret, asks again."""
    made = lambda work: {"id": subscribing.add(f"https://{HOST}/2", ["order.expired"], "", work).id}
    told = ask(CLERK, "POST subscriptions", made)
    if not refused(told):
        stage.notes.setdefault("more", []).append(told["id"])
    return told


def edit(stage: Any) -> Any:
    def act(work: Work) -> int:
        row = subscribing.find(stage.notes["id"])
        return subscribing.edit(row.id, row.revision, row.url, ["order.paid", "order.expired"], "ERP", work)

    return ask(CLERK, "PUT subscription", act)


def test_it(stage: Any) -> Any:
    return ask(CLERK, "POST tests", lambda work: messages.test(stage.notes["id"], work), key="test", asked="test")


def _first(stage: Any) -> str | None:
    found = sorted(row.id for row in stage.rows(WebhookMessage))
    return found[0] if found else None


def again(key: str = "again") -> Step:
    """The first message is sent once more."""

    def act(stage: Any) -> Any:
        told = ask(
            CLERK,
            "POST redeliveries",
            messages.send_again,
            stage.notes["id"],
            _first(stage),
            key=key,
            asked=key,
            raced=(StaleWebhookMessage,),
        )
        if not refused(told):
            stage.notes["again"] = True
        return told

    return Step(key, act, ready=lambda stage: _first(stage) is not None)


def stretch(only: str) -> Step:
    """Everything of the last hour is sent once more."""

    def act(stage: Any) -> Any:
        start, end = START - timedelta(hours=1), START + timedelta(milliseconds=1)
        stage.at = max(stage.at, end)
        return ask(
            CLERK, "POST stretch", messages.ask_again, stage.notes["id"], start, end, only, key="stretch", asked=only
        )

    return Step(f"stretch {only}", act)


def look(stage: Any) -> Any:
    """What an operator sees of it."""
    rows, _ = messages.listed(stage.notes["id"], 20, None)
    found = [messages.find(row.subscription, row.id).state for row in rows]
    return [len(subscribing.every()), *found]


def tells(name: str = "tells") -> tuple[Step, ...]:
    """From the journal to the messages of each who is told."""
    return relaying(f"relay {name}"), working("subscriptions", name)


def sends(name: str = "sends") -> tuple[Step, ...]:
    return relaying(f"relay {name}"), working("delivering", name)


def takes(pieces: int, key: str) -> Step:
    """An order holds pieces, or gives them back."""

    def act(stage: Any) -> Any:
        lines = [(SKU, 0, abs(pieces))]
        step = stock_steps.hold if pieces > 0 else stock_steps.release
        return ask(ANYONE, "hold", lambda work: work.add(*step(lines)), key=key, asked=key)

    return Step(f"takes {key}", act)


def counts(stage: Any) -> Any:
    """Four pieces more are found: nothing is held for it."""
    return ask(CLERK, "count", lambda work: work.add(*stock_steps.count(SKU, {0: 4}, 10)), key="count", asked="count")


def feed(stage: Any) -> None:
    """What the stream of the table hands to who follows it: all that was written since."""
    log, records = stage.cloud.engine.log, []
    for number in range(stage.notes["fed"], len(log)):
        if log[number].table == Stock.Meta.table_name:
            told = {"SequenceNumber": str(number), "OldImage": log[number].old, "NewImage": log[number].new}
            records.append({"dynamodb": told})
    if records:
        stock_feed.tell_levels({"Records": records})
    stage.notes["fed"] = len(log)


def settle_fed(stage: Any) -> None:
    feed(stage)
    stage.settle()


# ---- what must hold -------------------------------------------------------------------------------------------------
def audit(shop: Any, final: bool) -> list[str]:
    rows, came = shop.rows(WebhookMessage), shop.receivers.came
    heads = {row.id: row for row in shop.rows(WebhookSubscription)}
    events = {f"{row.id}.0" for row in shop.rows(Journal) if row.facts and '"order.paid"' in row.facts}
    known = events | {row.id for row in rows if row.type == "webhook.test"}
    found = [f"F10: a message signed by no valid secret: {one.id}" for one in came if not _signed(shop, one)]
    found += [f"F03: a message of nothing that happened: {one.id}" for one in came if one.id not in known]
    found += [f"F05: {row.id} counts as delivered, and never came" for row in rows if _lied(shop, row)]
    found += [
        f"F04: {row.id} was tried {len(messages.rules.attempts(row.log))} times" for row in rows if row.tries > 10
    ]
    if not final:
        return found
    found += shop.unpublished()
    if shop.notes.get("again") and not any(row.turn >= 2 for row in rows):  # one for the wish, one for its outcome
        found.append("F06: what was to be sent once more was not")
    found += [
        f"F05: the acknowledged subscription {one} is not there"
        for one in shop.notes.get("more", [])
        if one not in heads
    ]
    head = heads.get(shop.notes["id"])
    if head is None:
        return found
    if head.state == "active":
        found += [f"F30: {row.id} waits for ever ({row.state})" for row in rows if row.state in ("waiting", "pending")]
        found += [f"F11: {one} was told to nobody" for one in sorted(events - {row.id for row in rows})]
    if shop.receivers.answers[HOST] == 200 and head.state == "active":
        found += [f"F11: {row.id} never came" for row in rows if row.id not in {one.id for one in came}]
        found += ["F30: it counts as failing, though all came"] if rows and head.troubled and _all_came(rows) else []
    return found


def _all_came(rows: list[Any]) -> bool:
    return all(row.state == "delivered" for row in rows)


def _signed(shop: Any, one: Any) -> bool:
    """A secret whose answer was lost counts as valid too: nobody knows it, and the former one signs beside it."""
    return any(one.signed_by(secret) for secret in shop.notes["secrets"])


def _lied(shop: Any, row: Any) -> bool:
    return row.state == "delivered" and row.id not in {one.id for one in shop.receivers.came}


def ends(*states: str, came: int, head: str = "active", more: int = 0, most: int = 99) -> Callable[[Any], list[str]]:
    """Every message ends so, so many exchanges reached the receiver, and the subscription is so."""

    def reaches(shop: Any) -> list[str]:
        rows, heads = shop.rows(WebhookMessage), shop.rows(WebhookSubscription)
        return expected(
            {
                "messages": sorted({row.state for row in rows}),
                "came": came <= len(shop.receivers.came) <= most,
                "subscription": [row.state for row in heads],
            },
            {"messages": list(states), "came": True, "subscription": [*([head] if head else []), *["active"] * more]},
        )

    return reaches


def audit_fed(shop: Any, final: bool) -> list[str]:
    """Who is told of levels knows in the end what can be had: by the latest they heard, however it came."""
    heard = [one.told["data"] for one in shop.receivers.came if one.told["type"] == "stock.changed"]
    if not final or not heard:
        return ["F11: nobody was told that stock moved"] if final and shop.notes.get("moved") else []
    (row,) = (row for row in shop.rows(Stock) if row.part == "b0")
    latest = max(one["at"] for one in heard)
    known = {one["available"] for one in heard if one["at"] == latest}
    return [] if row.available in known else [f"F11: {row.available} can be had, and receivers know of {known}"]


class Warehouse(Outside):
    """A shop with ten pieces, whose receiver wants to know of them."""

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(CLERK, "setup")
            work.add(*stock_steps.receive(SKU, 10))
            work.commit()
            work = Work(CLERK, "setup")
            row = subscribing.find(self.notes["id"])
            subscribing.edit(row.id, row.revision, row.url, ["stock.changed"], "", work)
            work.commit()
        self.notes |= {"fed": len(self.cloud.engine.log)}


def told_of(*available: int) -> Callable[[Any], list[str]]:
    def reaches(shop: Any) -> list[str]:
        told = list(dict.fromkeys(one.told["data"]["available"] for one in shop.receivers.came))
        return expected({"levels": told}, {"levels": list(available)})

    return reaches


def webhooks(
    name: str, *steps: Step, rows: tuple[str, ...], reaches: Callable[[Any], list[str]], answers: int = 200, **more: Any
) -> Scenario:
    return Scenario(
        f"webhooks.{name}",
        lambda: Outside(answers=answers),
        steps,
        audit,
        lambda stage: stage.settle(),
        rows,
        reaches=reaches,
        **more,
    )


REMOVE, RENEW, EDIT = (
    Step("remove", remove, moody=True),
    Step("renew", renew, moody=True),
    Step("edit", edit, moody=True),
)
SUBSCRIBE = Step("subscribe", subscribe, moody=True)
FEED, FEED_2 = Step("feed", feed, moody=True), Step("feed 2", feed, moody=True)
COUNT, RESUME = Step("count", counts), Step("resume", resume_and_send, moody=True)
TEST, LOOK = Step("test", test_it), Step("look", look, moody=True)
SCENARIOS = [
    Scenario(
        "webhooks.levels", Warehouse,
        [takes(2, "first"), takes(3, "second"), FEED, *tells(), *sends(), takes(-1, "third"), FEED_2, COUNT],
        audit_fed, settle_fed, ("F11", "F30"), reaches=told_of(5, 6, 10), races=[["feed", "takes third"], ["tells", "tells"]],
    ),
    webhooks(
        "told", pays("1"), *tells(), *sends(), LOOK,
        rows=("F03", "F05", "F06", "F11"), reaches=ends("delivered", came=1),
        races=[["tells", "tells"], ["sends", "sends"], ["pays 1", "tells"]],
    ),
    webhooks(
        "subscribed", SUBSCRIBE, rows=("F05",), reaches=ends(came=0, more=1), races=[["subscribe", "subscribe"]],
    ),
    webhooks(
        "tested", TEST, *sends(), rows=("F03", "F06"), reaches=ends("delivered", came=1), races=[["test", "test"]],
    ),
    webhooks(
        "removed", pays("1"), *tells(), *sends(), pays("2"), *tells("tells 2"), REMOVE, rows=("F06",),
        reaches=ends("delivered", "pending", came=1, head=""), races=[["sends", "remove"], ["tells 2", "remove"]],
    ),
    webhooks(
        "renewed", pays("1"), *tells(), RENEW, *sends(), EDIT, rows=("F10",), reaches=ends("delivered", came=1),
        races=[["sends", "renew"], ["renew", "edit"], ["renew", "renew"]],
    ),
    webhooks(
        "paused", pays("1"), *tells(), move("pause"), *sends(), pays("2"), *tells("tells 2"), RESUME, LOOK,
        rows=("F11", "F27", "F30"), reaches=ends("delivered", came=2),
        races=[["sends", "pause"], ["tells 2", "resume"], ["sends", "resume"], ["pause", "tells"]],
    ),
    webhooks(
        "sent again", pays("1"), *tells(), *sends(), again(), relaying("relay again"), working("retrying", "retries"),
        rows=("F03", "F06"), reaches=ends("delivered", came=2),
        races=[["sends", "again"], ["again", "again"], ["again", "retries"]],
    ),
    webhooks(
        "a stretch", pays("1"), pays("2"), *tells(), working("subscriptions", "tells 2"), *sends(), stretch("all"),
        relaying("relay stretch"), working("subscriptions", "goes on"),
        rows=("F30",), reaches=ends("delivered", came=3),
        races=[["sends", "stretch all"], ["goes on", "goes on"], ["sends", "goes on"]],
    ),
    webhooks(
        "tried again", pays("1"), *tells(), *sends(), answers(200), ripen(minutes=4), working("retrying", "retries"),
        rows=("F06", "F11"), answers=500, reaches=ends("delivered", came=2),
        races=[["sends", "sends"], ["retries", "retries"], ["sends", "retries"]],
    ),
    webhooks(
        "silent", pays("1"), *tells(), *sends(), pays("2"), *tells("tells 2"), relaying("relay retries"),
        working("retrying", "retries"), answers(200),
        rows=("F11",), answers=0, reaches=ends("delivered", came=2), races=[["sends", "retries"], ["sends", "tells 2"]],
    ),
    webhooks(
        "gone", pays("1"), *tells(), *sends(), pays("2"), *tells("tells 2"), answers(200), move("resume"),
        rows=("F11", "F30"), answers=410, reaches=ends("delivered", came=3),
        races=[["sends", "tells 2"], ["tells 2", "resume"]],
    ),
    webhooks(
        "given up", pays("1"), *tells(), *sends(), rows=("F04",), answers=500, reaches=ends("failed", came=10, most=10),
        races=[["sends", "sends"]], heavy=True,
    ),
]  # fmt: skip
