"""What is told of groups."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class GroupChanged(Fact, context="groups", audit=Audit("shop", "group_id")):
    """A group was added, edited or closed, or its members are imported; `what` says which."""

    group_id: str
    what: str


class GroupImportDue(Fact, context="groups", audit=Left("that members are imported is told by itself")):
    """The next part of an import waits."""

    group_id: str
    import_id: str


class GroupMembersTold(Fact, context="groups", audit=Left("WeCom keeps who is in a group; who came is kept with it")):
    """WeCom told that the members of a chat have changed; `key` names the notice."""

    chat: str
    key: str


class GroupPostPlanned(Fact, context="groups", audit=Audit("shop", "post_id")):
    """Something is to be posted in a group."""

    group_id: str
    post_id: str


class GroupPostDue(Fact, context="groups", audit=REMINDER):
    """For later: a post's time has come."""

    group_id: str
    post_id: str


class GroupPostCheckDue(Fact, context="groups", audit=REMINDER):
    """For later: whether the member confirmed a post is asked, the `turn`-th time."""

    group_id: str
    post_id: str
    turn: int


class GroupPostEnded(Fact, context="groups", audit=Audit("shop", "post_id")):
    """A post was confirmed by who posts, lapsed, or was stopped; `state` says which."""

    group_id: str
    post_id: str
    state: str
