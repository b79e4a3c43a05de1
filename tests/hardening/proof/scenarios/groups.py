"""Groups under every fault: a post is asked for once at most and not once it was stopped, no day holds more than it may, members
come in once, an order counts once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.processes.grouping.consumers import worker
from chalicelib.processes.grouping.service import posting
from chalicelib.records.groups.model import GroupDay, GroupImport, GroupMember, GroupPost, GroupTally, GroupVisit
from chalicelib.records.groups.service import groups, posts
from chalicelib.records.messages.channels import CHANNELS
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from tests.hardening.proof.hook import Hook
from tests.hardening.proof.scenario import Scenario, Step, expected
from tests.hardening.proof.scenarios.messages import FakeLine
from tests.hardening.proof.shop import Shop, ask
from tests.hardening.proof.trade import relay, ripen

CLERK, BUYER = Caller("clerk", "operator"), Caller("U1", "customer")
CAP = 1


class Member(FakeLine):
    """Who posts, over a line; a local one, so that nobody need confirm."""

    local = True


class Corner(Shop):
    """A shop with a group and so many posts planned for now."""

    def __init__(self, *planned: str) -> None:
        self.line = Member(askable=False)
        super().__init__(self.line, consumers={"grouping": worker})
        with self.standing():
            work = Work(CLERK, "setup")
            self.notes["group"] = groups.add("wecom", "proof", "zhangsan", "wr1", work)
            work.commit()
            for name in planned:
                work = Work(CLERK, "setup")
                post = posts.plan(self.notes["group"], "group_offer", name, "/", "", None, work)
                work.commit()
                self.notes[name] = post.id

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        with super().standing() as hook:
            os.environ.update(GROUP_CHANNEL="line", PUBLIC_URL="https://shop.example.com", GROUP_POSTS_A_DAY=str(CAP))
            CHANNELS["group"]["line"] = self.line  # type: ignore[assignment]  # it is asked as a channel is
            try:
                yield hook
            finally:
                del CHANNELS["group"]["line"]

    def posts(self) -> list[Any]:
        return [row for row in self.rows(GroupPost) if row.part.startswith("post#")]


def goes_out(name: str) -> Step:
    """Its time has come: told by the worker's queue, at least once."""

    def act(stage: Any) -> Any:
        return ask(
            Caller("grouping", "worker"), "go out", posting.go_out, stage.notes["group"], stage.notes[name], key=name
        )

    return Step(f"go out {name}", act, moody=True)


def stops(name: str) -> Step:
    def act(stage: Any) -> Any:
        return ask(CLERK, "POST stop", posting.stop, stage.notes["group"], stage.notes[name], key=f"stop {name}")

    return Step(f"stop {name}", act)


def audit(stage: Any, final: bool) -> list[str]:
    found = []
    for row in stage.posts():
        came = stage.line.came.count(row.id)
        if came > 1:
            found.append(f"E73: {row.title} was asked for {came} times")
        if came and row.asked_at is None:
            found.append(f"E77: {row.title} was asked for, and nobody may have been asked")
    asked = [row for row in stage.posts() if row.asked_at is not None]
    days = [row for row in stage.rows(GroupDay) if row.part.startswith("day#")]
    for row in days:
        told = sum(one.day == row.part.removeprefix("day#") for one in asked)
        if row.posts > CAP or row.posts != told:
            found.append(f"E76: {row.posts} are counted, {told} were asked for, {CAP} may be")
    if not days and asked:
        found.append("E76: nothing is counted")
    found += _after_stop(stage)
    if final:
        found += [f"F11: {row.title} is {row.state}" for row in stage.posts() if row.state == "asked" and row.number]
    return [*found, *(stage.unpublished() if final else [])]


def _after_stop(stage: Any) -> list[str]:
    """Nothing was asked for whose stop was written before."""
    stopped, found = set[str](), []
    for written in stage.cloud.engine.log:
        row = written.new or {}
        if written.table == GroupPost.Meta.table_name and row.get("r", {}).get("S", "").startswith("post#"):
            if row["s"]["S"] == "asked" and row["r"]["S"] in stopped:
                found.append(f"E77: {row['n']['S']} was asked for after it was stopped")
            if row["s"]["S"] == "stopped":
                stopped.add(row["r"]["S"])
    return found


def states(**wanted: str) -> Any:
    return lambda stage: expected({row.title: row.state for row in stage.posts()}, wanted)


# ---- members, visits --------------------------------------------------------------------------------------------------
def imports(stage: Any) -> Any:
    told = [f"wm{n:03d}" for n in range(100)]  # two parts
    reply = ask(
        CLERK,
        "POST imports",
        lambda work: groups.ask_import(stage.notes["group"], told, work).id,
        key="import",
        asked=told,
    )
    if isinstance(reply, str):
        stage.notes["import"] = reply.strip('"')
    return reply


def taken_in(stage: Any, final: bool) -> list[str]:
    members = {row.id for row in stage.rows(GroupMember) if row.part.startswith("member#")}
    rows = [row for row in stage.rows(GroupImport) if row.part.startswith("import#")]
    found = [f"F06: {len(rows)} imports of one wish"] if len(rows) > 1 else []
    found += [f"F06: {row.done} of {row.total} are done" for row in rows if row.done > row.total]
    found += [f"F04: {row.added} were added, {len(members)} are in" for row in rows if row.added != len(members)]
    if final:
        found += [f"F11: {row.done} of {row.total} are done in the end" for row in rows if row.done != row.total]
    return found


def join(stage: Any) -> Any:
    def act(work: Work) -> None:
        work.add(put(GroupMember(stage.notes["group"], f"member#{BUYER.id}", way="import", at=work.now)))

    return ask(CLERK, "join", act, key="join", asked="join")


def forget(stage: Any) -> str:
    """What the worker of privacy does, until it is done."""
    groups.forget(BUYER.id, Work(Caller("privacy", "worker"), "privacy"))
    stage.notes["forgotten"] = True
    return "gone"


def traces(shop: Any) -> list[str]:
    visits = [row.part for row in shop.rows(GroupVisit) if row.owner == BUYER.id]
    return [*visits, *(row.part for row in shop.rows(GroupMember) if row.part == f"member#{BUYER.id}")]


def forgotten(shop: Any, final: bool) -> list[str]:
    left = traces(shop) if final and shop.notes.get("forgotten") else []
    return [f"F04: {one} of somebody who is forgotten" for one in left]


def visit(stage: Any) -> Any:
    code = next(row.code for row in stage.posts())
    return ask(BUYER, "POST group-visits", posts.visit, code, key="visit")


def bought(stage: Any) -> Any:
    group, post = posts.came_by(BUYER.id, stage.now())
    return ask(Caller("grouping", "worker"), "bought", lambda work: posts.bought(group, post, 100, work), key="order")


def follow(stage: Any) -> Any:
    return ask(Caller("", "guest"), "GET s", posts.click, next(row.code for row in stage.posts()))


def counted(stage: Any, final: bool) -> list[str]:
    rows = [row for row in stage.rows(GroupTally) if row.part == "tally"]
    return [f"I10: one order counts {row.orders} times" for row in rows if row.orders != 1]


SCENARIOS = [
    Scenario(
        "groups.posted",
        lambda: Corner("a"),
        [goes_out("a"), ripen(minutes=61), stops("a")],
        audit,
        settle=lambda stage: stage.settle(),
        rows=("E73", "E77", "F11"),
        races=[["go out a", "stop a"]],
        reaches=states(a="confirmed"),
        refuses={"stop a": "GROUP_POST_STATE_CONFLICT"},
    ),
    Scenario(
        "groups.stopped",
        lambda: Corner("a"),
        [stops("a"), goes_out("a"), relay()],
        audit,
        settle=lambda stage: stage.settle(),
        rows=("E77",),
        races=[["stop a", "go out a"]],
        reaches=states(a="stopped"),
    ),
    Scenario(
        "groups.capped",
        lambda: Corner("a", "b"),
        [goes_out("a"), goes_out("b")],
        audit,
        settle=lambda stage: stage.settle(),
        rows=("E76",),
        races=[["go out a", "go out b"]],
        reaches=lambda stage: expected({"asked": len([one for one in stage.posts() if one.asked_at])}, {"asked": 2}),
    ),
    Scenario(
        "groups.imported",
        Corner,
        [Step("import", imports), relay(), relay("post again")],
        taken_in,
        settle=lambda stage: stage.settle(),
        rows=("F04", "F06", "F11"),
        races=[["import", "import"], ["post", "post again"]],
        reaches=lambda stage: expected({"in": len(groups.here(stage.notes["group"]))}, {"in": 100}),
    ),
    Scenario(
        "groups.forgotten",
        lambda: Corner("a"),
        [Step("visit", visit), Step("join", join), Step("forget", forget, moody=True)],
        forgotten,
        settle=lambda stage: stage.settle(),
        rows=("F04",),
        races=[["forget", "forget"]],
        reaches=lambda stage: expected({"left": traces(stage)}, {"left": []}),
    ),
    Scenario(
        "groups.bought",
        lambda: Corner("a"),
        [Step("visit", visit), Step("follow", follow, moody=True), Step("bought", bought)],
        counted,
        settle=lambda stage: stage.settle(),
        rows=("I10",),
        races=[["bought", "bought"]],
        reaches=lambda stage: expected({"orders": posts.tally(stage.notes["group"])}, {"orders": (1, 100)}),
    ),
]
