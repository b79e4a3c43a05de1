"""Groups and who is in them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from chalicelib.runtime import table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..events import GroupChanged, GroupImportDue
from ..model import ALL, CHAT, IMPORT, MEMBER, PART, VISIT, ChatGroup, GroupVisit, ImportPart
from ..model import CustomerGroup as CustomerGroup
from ..model import GroupImport as GroupImport
from ..model import GroupMember as GroupMember
from ..rules import GroupImportNotFound, GroupNotFound, GroupTermsWrong, NotInGroup


def add(kind: str, name: str, keeper: str, chat: str, work: Work) -> str:
    """A new group; returns its id. Raises GroupTermsWrong; its refusals: ChatTaken."""
    if (kind == "wecom") != bool(chat):
        raise GroupTermsWrong(at="chat")
    row = CustomerGroup(
        ALL, work.new_id("G"), kind=kind, name=name, keeper=keeper, chat=chat or None, state="open", at=work.now
    )

    work.add(*steps.add(row))
    work.publish(GroupChanged(row.id, "added"))
    return row.id


def edit(group_id: str, name: str, keeper: str, work: Work) -> None:
    """Another name or keeper. Its refusals: GroupNotFound, GroupClosed."""
    work.add(steps.edit(group_id, name, keeper))
    work.publish(GroupChanged(group_id, "edited"))


def close(group_id: str, work: Work) -> None:
    """Nothing is posted there any more. Its refusals: GroupNotFound, GroupClosed."""
    work.add(steps.close(group_id))
    work.publish(GroupChanged(group_id, "closed"))


def find(group_id: str) -> CustomerGroup:
    """Raises GroupNotFound."""
    row = table.get(CustomerGroup, ALL, group_id, consistent=True)
    if row is None:
        raise GroupNotFound()
    return row


def listed(limit: int, cursor: str | None) -> tuple[list[CustomerGroup], str | None]:
    """A page of all groups, newest first."""
    return table.query(CustomerGroup, ALL, limit=limit, cursor=cursor, newest_first=True)


def of_chat(chat: str) -> CustomerGroup | None:
    """The group that a chat of WeCom is, if it is one of the shop's."""
    row = table.get(ChatGroup, f"{CHAT}#{chat}", CHAT)
    return table.get(CustomerGroup, ALL, row.group, consistent=True) if row is not None else None


# ---- members ----------------------------------------------------------------------------------------------------------
def members(group_id: str, limit: int, cursor: str | None) -> tuple[list[GroupMember], str | None]:
    """A page of who is or was in a group. Raises GroupNotFound."""
    find(group_id)
    return table.query(GroupMember, group_id, begins=("r", MEMBER), limit=limit, cursor=cursor)


def here(group_id: str) -> set[str]:
    """Everybody who is in a group now."""
    rows = table.every(GroupMember, group_id, begins=("r", MEMBER), consistent=True)
    return {row.id for row in rows if row.left_at is None}


def is_member(group_id: str, customer: str) -> bool:
    row = table.get(GroupMember, group_id, f"{MEMBER}{customer}")
    return row is not None and row.left_at is None


def require_member(group_id: str, customer: str) -> None:
    """Raises NotInGroup."""
    if not is_member(group_id, customer):
        raise NotInGroup()


def set_members(group_id: str, told: Iterable[str], way: str, work: Work) -> None:
    """Exactly these are in a group. Commits in parts; told again it changes nothing."""
    now, before = set(told), here(group_id)
    changes = [steps.join(group_id, one, way, work.now) for one in sorted(now - before)]
    changes += [steps.leave(group_id, one, work.now) for one in sorted(before - now)]
    for first in range(0, len(changes), rules.PART):
        part = work.separate()
        part.add(*changes[first : first + rules.PART])
        part.commit()


def ask_import(group_id: str, told: list[str], work: Work) -> GroupImport:
    """Have a worker take these members in. Its refusals: GroupNotFound, GroupClosed."""
    row = GroupImport(
        group_id, f"{IMPORT}{work.new_id('I')}", total=len(told), done=0, added=0, by=work.caller.id, at=work.now
    )
    lots = [(first, told[first : first + rules.PART]) for first in range(0, len(told), rules.PART)]

    work.add(steps.require_open(group_id), *steps.begin_import(row, lots))
    work.publish(GroupChanged(group_id, "imported"))
    if told:
        work.publish(GroupImportDue(group_id, row.id))
    return row


def find_import(group_id: str, import_id: str) -> GroupImport:
    """Raises GroupImportNotFound."""
    row = table.get(GroupImport, group_id, f"{IMPORT}{import_id}", consistent=True)
    if row is None:
        raise GroupImportNotFound()
    return row


def go_on(group_id: str, import_id: str, work: Work) -> None:
    """Take the next part of an import in; who is in already is left as they are. Raises GroupImportNotFound."""
    row = find_import(group_id, import_id)
    part = table.get(ImportPart, f"{PART}{import_id}", f"{row.done:05d}", consistent=True)
    told: list[str] = json.loads(part.members) if part is not None else []
    if row.done >= row.total or not told:
        return
    before = here(group_id)
    fresh = [one for one in told if one not in before]

    work.add(steps.import_goes_on(group_id, import_id, row.done, len(told), len(fresh)))
    work.add(*(steps.join(group_id, one, "import", work.now) for one in fresh))
    if row.done + len(told) < row.total:
        work.publish(GroupImportDue(group_id, import_id))


def kept(person: str) -> tuple[list[GroupMember], GroupVisit | None]:
    """Where somebody is or was in a group under their account, and by which post they came: two reads."""
    every = table.every(CustomerGroup, ALL, consistent=True)
    keys = [Key(GroupVisit, person, VISIT), *(Key(GroupMember, row.part, f"{MEMBER}{person}") for row in every)]
    visit, *found = table.batch(keys, consistent=True)
    return [row for row in found if row is not None], visit


def forget(person: str, work: Work) -> None:
    """Leave nothing of which groups somebody is in, and by which post they came: counted it stays. Commits in stretches."""
    work.drop_all(GroupVisit, person)
    keys = [Key(GroupMember, row.part, f"{MEMBER}{person}") for row in table.every(CustomerGroup, ALL, consistent=True)]
    for row in table.batch(keys, consistent=True) if keys else []:
        if row is not None:
            work.drop_now(table.delete(GroupMember, row.owner, row.part))
