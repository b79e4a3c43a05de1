"""The lines of transactions that change groups, their members and posts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.runtime import table
from chalicelib.runtime.table import Action, Step, insert, put, update

from .model import (
    ALL,
    CHAT,
    DAY,
    IMPORT,
    LINK,
    MEMBER,
    PART,
    POST,
    TALLY,
    TASKS,
    VISIT,
    ChatGroup,
    CustomerGroup,
    GroupDay,
    GroupImport,
    GroupMember,
    GroupPost,
    GroupTally,
    GroupTask,
    GroupVisit,
    ImportPart,
    ShortLink,
)
from .rules import (
    GROUP_POST,
    VISIT_DAYS,
    ChatTaken,
    GroupClosed,
    GroupDayFull,
    GroupImportNotFound,
    GroupNotFound,
    GroupPostNotFound,
    ImportMoved,
    LinkNotFound,
    NotInGroup,
)

KEPT = timedelta(days=40)


# ---- groups -----------------------------------------------------------------------------------------------------------
def add(row: CustomerGroup) -> list[Step]:
    """A new group, which a chat is of once."""
    named = [insert(ChatGroup(f"{CHAT}#{row.chat}", CHAT, group=row.id), ChatTaken())] if row.chat else []
    return [insert(row, GroupNotFound()), *named]


def edit(group_id: str, name: str, keeper: str) -> Step:
    """Another name, or somebody else who posts."""
    changes: list[Action] = [CustomerGroup.name.set(name), CustomerGroup.keeper.set(keeper)]
    return update(CustomerGroup, ALL, group_id, actions=changes, when=CustomerGroup.state == "open", otherwise=_absent)


def close(group_id: str) -> Step:
    """Nothing is posted there any more."""
    changes: list[Action] = [CustomerGroup.state.set("closed")]
    return update(CustomerGroup, ALL, group_id, actions=changes, when=CustomerGroup.state == "open", otherwise=_absent)


def require_open(group_id: str) -> Step:
    return table.check(CustomerGroup, ALL, group_id, when=CustomerGroup.state == "open", otherwise=_absent)


def _absent(row: CustomerGroup | None) -> GroupNotFound | GroupClosed:
    return GroupNotFound() if row is None else GroupClosed()


# ---- members ----------------------------------------------------------------------------------------------------------
def join(group_id: str, member: str, way: str, at: datetime) -> Step:
    """Somebody is in a group; told again, they came when they came first."""
    came = GroupMember.at.set(GroupMember.at | at)
    changes: list[Action] = [GroupMember.way.set(way), came, GroupMember.left_at.remove()]
    return update(GroupMember, group_id, f"{MEMBER}{member}", actions=changes)


def leave(group_id: str, member: str, at: datetime) -> Step:
    """Somebody is in it no more."""
    changes: list[Action] = [GroupMember.left_at.set(at)]
    when = GroupMember.owner.exists()
    return update(GroupMember, group_id, f"{MEMBER}{member}", actions=changes, when=when, otherwise=NotInGroup())


def require_member(group_id: str, customer: str) -> Step:
    """Demand that somebody is in a group now."""
    here = GroupMember.owner.exists() & GroupMember.left_at.does_not_exist()
    return table.check(GroupMember, group_id, f"{MEMBER}{customer}", when=here, otherwise=NotInGroup())


def begin_import(row: GroupImport, parts: Sequence[tuple[int, Sequence[str]]]) -> list[Step]:
    """Members on their way in, in parts."""
    expires = int((row.at + KEPT).timestamp())
    lots = [
        insert(
            ImportPart(f"{PART}{row.id}", f"{first:05d}", members=json.dumps(members), expires=expires), ImportMoved()
        )
        for first, members in parts
    ]
    return [insert(row, ImportMoved()), *lots]


def import_goes_on(group_id: str, import_id: str, before: int, done: int, added: int) -> Step:
    """So many more are dealt with."""
    changes: list[Action] = [GroupImport.done.add(done), GroupImport.added.add(added)]
    return update(
        GroupImport,
        group_id,
        f"{IMPORT}{import_id}",
        actions=changes,
        when=GroupImport.done == before,
        otherwise=lambda row: GroupImportNotFound() if row is None else ImportMoved(),
    )


# ---- posts ------------------------------------------------------------------------------------------------------------
def plan(row: GroupPost) -> list[Step]:
    """Something is to be posted, by a short link of its own."""
    link = ShortLink(f"{LINK}#{row.code}", LINK, group=row.owner, post=row.id, target=row.target)
    return [insert(row, GroupPostNotFound()), insert(link, LinkNotFound())]


def ask(group_id: str, post_id: str, day: str, most: int, at: datetime, *, by_hand: bool) -> list[Step]:
    """The one who posts is asked to, if the group may have one more on this day; for a group without interface, a task waits."""
    expires = int((at + KEPT).timestamp())
    counted = update(
        GroupDay,
        group_id,
        f"{DAY}{day}",
        actions=[GroupDay.posts.add(1), GroupDay.expires.set(expires)],
        when=GroupDay.posts.does_not_exist() | (GroupDay.posts < most),
        otherwise=GroupDayFull(),
    )
    moved = _moved(group_id, post_id, "ask", GroupPost.day.set(day), GroupPost.asked_at.set(at))
    task = put(GroupTask(TASKS, post_id, group=group_id), GroupTask.owner.does_not_exist(), GroupPostNotFound())
    return [moved, counted, *([task] if by_hand else [])]


def numbered(group_id: str, post_id: str, number: str) -> Step:
    """WeCom's number of the task; written again it is the same."""
    changes: list[Action] = [GroupPost.number.set(number)]
    when = GroupPost.owner.exists()
    return update(GroupPost, group_id, f"{POST}{post_id}", actions=changes, when=when, otherwise=GroupPostNotFound())


def end(row: GroupPost, action: str, why: str = "") -> list[Step]:
    """It is confirmed, lapsed or stopped; no task of it waits any more."""
    told = [GroupPost.why.set(why)] if why else []
    task = table.delete(GroupTask, TASKS, row.id)
    return [_moved(row.owner, row.id, action, *told), task]


def _moved(group_id: str, post_id: str, action: str, *changes: Action) -> Step:
    return update(
        GroupPost,
        group_id,
        f"{POST}{post_id}",
        actions=[GroupPost.state.set(GROUP_POST.target(action)), *changes],
        when=GroupPost.state.is_in(*GROUP_POST.sources(action)),
        otherwise=GROUP_POST.refusal,
    )


# ---- what came of it --------------------------------------------------------------------------------------------------
def click(group_id: str, post_id: str) -> Step:
    """Somebody followed the link of a post."""
    return _counted(group_id, post_id, GroupPost.clicks.add(1))


def bought(group_id: str, post_id: str, worth: int) -> list[Step]:
    """An order came of a group, and of a post of it ("" for none)."""
    tally = update(GroupTally, group_id, TALLY, actions=[GroupTally.orders.add(1), GroupTally.worth.add(worth)])
    of_post = [_counted(group_id, post_id, GroupPost.orders.add(1), GroupPost.worth.add(worth))] if post_id else []
    return [tally, *of_post]


def _counted(group_id: str, post_id: str, *changes: Action) -> Step:
    when = GroupPost.owner.exists()
    return update(
        GroupPost, group_id, f"{POST}{post_id}", actions=list(changes), when=when, otherwise=GroupPostNotFound()
    )


def visit(customer: str, link: ShortLink, at: datetime) -> Step:
    """Somebody came by a post; the last one counts."""
    expires = int((at + VISIT_DAYS).timestamp())
    changes: list[Action] = [
        GroupVisit.group.set(link.group),
        GroupVisit.post.set(link.post),
        GroupVisit.at.set(at),
        GroupVisit.expires.set(expires),
    ]
    return update(GroupVisit, customer, VISIT, actions=changes)
