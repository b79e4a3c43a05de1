"""What is posted in groups: planned, asked of who posts, confirmed or lapsed; its link, and what came of it.

Guarantees: a post is asked for once at most, whatever comes twice; never in the quiet hours, never more of a group on a day than
the cap; what was stopped before it was asked for is not asked for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.kernel.clock import business_day
from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..events import GroupPostCheckDue, GroupPostDue, GroupPostEnded, GroupPostPlanned
from ..model import ALL, LINK, POST, TALLY, TASKS, VISIT, CustomerGroup, GroupTally, GroupTask, GroupVisit
from ..model import GroupPost as GroupPost
from ..model import ShortLink as ShortLink
from ..rules import GROUP_POST, GroupClosed, GroupNotFound, GroupPostNotFound, LinkNotFound, PostTooLate

A_DAY = settings.declare("GROUP_POSTS_A_DAY", "2", "posts that a group has on a calendar day at most", least=0)
HORIZON = timedelta(days=90)


def plan(
    group_id: str, template: str, title: str, target: str, picture: str, at: datetime | None, work: Work
) -> GroupPost:
    """Something is to be posted, now or at an instant. Raises GroupNotFound, GroupClosed, PostTooLate."""
    when = at or work.now
    if not work.now <= when <= work.now + HORIZON:
        raise PostTooLate()
    group = table.get(CustomerGroup, ALL, group_id, consistent=True)
    if group is None:
        raise GroupNotFound()
    if group.state != "open":
        raise GroupClosed()
    post_id = work.new_id("N")
    row = GroupPost(
        group_id,
        f"{POST}{post_id}",
        template=template,
        title=title,
        target=target,
        picture=picture or None,
        code=post_id[-rules.CODE_LETTERS :].lower(),
        state=GROUP_POST.initial,
        at=when,
        by=work.caller.id,
    )

    work.add(*steps.plan(row))
    work.publish(GroupPostPlanned(group_id, post_id))
    if at is None:
        work.publish(GroupPostDue(group_id, post_id))
    else:
        work.publish(GroupPostDue(group_id, post_id), at=when)
    return row


def find(group_id: str, post_id: str) -> GroupPost:
    """Raises GroupPostNotFound."""
    row = table.get(GroupPost, group_id, f"{POST}{post_id}", consistent=True)
    if row is None:
        raise GroupPostNotFound()
    return row


def listed(group_id: str, limit: int, cursor: str | None) -> tuple[list[GroupPost], str | None]:
    """A page of a group's posts, newest first."""
    return table.query(GroupPost, group_id, begins=("r", POST), limit=limit, cursor=cursor, newest_first=True)


def waits(row: GroupPost, now: datetime) -> bool:
    """Whether a post is not to go out now by the hour."""
    return rules.waits_until(now) is not None


def put_off(row: GroupPost, work: Work, *, full: bool = False) -> None:
    """It comes again at eight: of this day or the next in the quiet hours, of the next where the day is full."""
    until = rules.morning(work.now) if full else rules.waits_until(work.now)
    work.publish(GroupPostDue(row.owner, row.id), at=until)


def ask(row: GroupPost, work: Work, *, by_hand: bool) -> None:
    """Who posts is asked to. Its refusals: GroupPostStateConflict, GroupDayFull, GroupClosed."""
    day = f"{business_day(work.now):%Y%m%d}"
    most = settings.number(A_DAY)
    work.add(*steps.ask(row.owner, row.id, day, most, work.now, by_hand=by_hand), steps.require_open(row.owner))
    work.publish(GroupPostCheckDue(row.owner, row.id, 1), at=work.now + rules.CHECKED)


def numbered(row: GroupPost, number: str, work: Work) -> None:
    """WeCom gave the task a number. Writes at once."""
    work.write_now(steps.numbered(row.owner, row.id, number))


def look_again(row: GroupPost, turn: int, work: Work) -> None:
    """Nobody has confirmed it yet: it is asked again in an hour, or lapses."""
    if turn >= rules.CHECKS:
        end(row, "lapse", "unconfirmed", work)
    else:
        work.publish(GroupPostCheckDue(row.owner, row.id, turn + 1), at=work.now + rules.CHECKED)


def end(row: GroupPost, action: str, why: str, work: Work) -> None:
    """It is confirmed, lapsed, or stopped. Its refusals: GroupPostStateConflict."""
    work.add(*steps.end(row, action, why))
    work.publish(GroupPostEnded(row.owner, row.id, GROUP_POST.target(action)))


def tasks(limit: int, cursor: str | None) -> tuple[list[GroupPost], str | None]:
    """A page of the posts that wait for a person to post them."""
    rows, more = table.query(GroupTask, TASKS, limit=limit, cursor=cursor)
    found = table.batch([Key(GroupPost, one.group, f"{POST}{one.part}") for one in rows])
    return [row for row in found if row is not None], more


# ---- what came of it --------------------------------------------------------------------------------------------------
def link(code: str) -> ShortLink:
    """Raises LinkNotFound."""
    row = table.get(ShortLink, f"{LINK}#{code}", LINK)
    if row is None:
        raise LinkNotFound()
    return row


def click(code: str, work: Work) -> str:
    """Where a short link leads; that it was followed is counted. Raises LinkNotFound."""
    found = link(code)
    work.add(steps.click(found.group, found.post))
    return found.target


def visit(code: str, work: Work) -> None:
    """The caller came by a post. Raises LinkNotFound."""
    work.add(steps.visit(work.caller.id, link(code), work.now))


def came_by(customer: str, at: datetime) -> tuple[str, str]:
    """The group and post by which somebody came within the last days; empty ones where there is none."""
    row = table.get(GroupVisit, customer, VISIT, consistent=True)
    if row is None or at - row.at >= rules.VISIT_DAYS:
        return "", ""
    return row.group, row.post


def bought(group_id: str, post_id: str, worth: int, work: Work) -> None:
    """An order came of a group, and of a post of it."""
    work.add(*steps.bought(group_id, post_id, worth))


def tally(group_id: str) -> tuple[int, int]:
    """How many orders came of a group, and what was paid for them (fen)."""
    row = table.get(GroupTally, group_id, TALLY)
    return (row.orders or 0, row.worth or 0) if row is not None else (0, 0)
