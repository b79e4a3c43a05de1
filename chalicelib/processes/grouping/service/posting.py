"""Posting in groups: a post is a task that the one who posts confirms; for a group of plain WeChat, by hand.

Guarantees: a post is claimed before WeCom is asked, so it is asked for once at most; a crash between the two leaves a post
without number, which lapses. Where it is stopped after that, a worker has WeCom take the task back.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.groups.rules import GroupClosed, GroupDayFull, GroupPostStateConflict
from chalicelib.records.groups.service import groups, posts
from chalicelib.records.groups.service.groups import CustomerGroup
from chalicelib.records.groups.service.posts import GroupPost
from chalicelib.records.messages import service as gate
from chalicelib.records.messages.posts import service as wecom
from chalicelib.records.messages.posts.service import WeComSilent
from chalicelib.runtime import settings
from chalicelib.runtime.work import Work

from ..texts import BY_NAME

PLANNED, ASKED, STOPPED = "planned", "asked", "stopped"


def go_out(group_id: str, post_id: str, work: Work) -> None:
    """A post's time has come: now, at eight, or tomorrow. Commits, then asks WeCom."""
    row, group = posts.find(group_id, post_id), groups.find(group_id)
    if row.state != PLANNED:
        return
    if group.state != "open":
        posts.end(row, "stop", "closed", work)
        return
    if posts.waits(row, work.now):
        posts.put_off(row, work)
        return

    claim = work.retry()
    posts.ask(row, claim, by_hand=group.kind != "wecom")
    try:
        claim.commit()
    except CommitRejected as refused:
        if refused.only(GroupDayFull):
            later = claim.retry()
            posts.put_off(row, later, full=True)
            later.commit()
            return
        if refused.only(GroupPostStateConflict, GroupDayFull, GroupClosed):
            return  # somebody asked, stopped or closed meanwhile
        raise
    if group.kind == "wecom":
        _ask(group, row, claim.separate())


def _ask(group: CustomerGroup, row: GroupPost, work: Work) -> None:
    """Have the keeper asked. What is refused lapses at once, which commits; what is not answered, in time."""
    try:
        number = gate.hand_over(message(group, row))
    except (gate.AddressRefused, gate.Misconfigured, gate.ChannelThrottled):
        posts.end(row, "lapse", "refused", work)
        work.commit()
        return
    except gate.NotDelivered:
        return
    posts.numbered(row, number or row.id, work)
    take_back(row.owner, row.id)  # whoever stopped it meanwhile saw no number


def message(group: CustomerGroup, row: GroupPost) -> gate.Message:
    """The post as it goes out."""
    link = settings.value(settings.PUBLIC_URL).rstrip("/") + f"/s/{row.code}"
    values = {"title": row.title, "link": link}
    words = BY_NAME[row.template].words("zh")
    told = gate.filled(row.template, words, wecom.KIND, f"{group.keeper}/{group.chat}", "zh", values)
    picture = {"picture": row.picture} if row.picture else {}
    return told._replace(link=link, values=values | picture, reference=row.id)


def look(group_id: str, post_id: str, turn: int, work: Work) -> None:
    """Ask whether a post was confirmed. Where WeCom does not tell, it is asked again in an hour, as where nobody confirmed."""
    row, group = posts.find(group_id, post_id), groups.find(group_id)
    if row.state != ASKED:
        return
    state = ASKED
    if group.kind == "wecom" and row.number:
        with suppress(WeComSilent):
            state = wecom.posted(row.number, f"{group.keeper}/{group.chat}")
    if state == wecom.CONFIRMED:
        posts.end(row, "confirm", "", work)
    elif state != ASKED:
        posts.end(row, "lapse", state, work)
    else:
        posts.look_again(row, turn, work)


def stop(group_id: str, post_id: str, work: Work) -> None:
    """Have it posted no more. Raises GroupPostNotFound; its refusals: GroupPostStateConflict."""
    posts.end(posts.find(group_id, post_id), "stop", "stopped", work)


def take_back(group_id: str, post_id: str) -> None:
    """What was stopped is taken back at WeCom, where it was asked for. Raises WeComSilent."""
    row = posts.find(group_id, post_id)
    if row.state == STOPPED and row.number:
        wecom.call_off(row.number)


def done(group_id: str, post_id: str, work: Work) -> None:
    """A person has posted it by hand. Raises GroupPostNotFound; its refusals: GroupPostStateConflict."""
    posts.end(posts.find(group_id, post_id), "confirm", "", work)
