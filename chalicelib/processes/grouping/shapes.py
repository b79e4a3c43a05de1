"""What groups take and return."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from chalicelib.kernel import texts
from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.records.groups.rules import GROUP_POST, MOST_MEMBERS
from chalicelib.records.groups.service.groups import CustomerGroup, GroupImport, GroupMember
from chalicelib.records.groups.service.posts import GroupPost
from chalicelib.runtime.http import Body, Instant, View, one_of
from chalicelib.runtime.http.kinds import EXACT, Kind, Words
from chalicelib.runtime.http.shapes import Amount, amount

LONGEST_FILE = 200_000  # letters
GroupKind = Literal["wecom", "wechat"]
GroupState = Annotated[str, one_of("open", "closed")]
PostState = Annotated[str, one_of(*GROUP_POST.all)]
Name = Annotated[Words, Field(min_length=1, max_length=50, examples=["华东群友"])]
Keeper = Annotated[str, Field(pattern="^[0-9A-Za-z@._-]{1,64}$", examples=["zhangsan"]), EXACT]
Chat = Annotated[str, Field(pattern="^[0-9A-Za-z_-]{0,64}$", examples=["wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"]), EXACT]
Path = Annotated[
    str, Field(pattern="^/([0-9A-Za-z_.?=&-][0-9A-Za-z/_.?=&-]{0,199})?$", examples=["/products/P01"]), EXACT
]
Picture = Annotated[str, Field(pattern="^https://[!-~]{1,300}$", examples=["https://shop.example/p/a.jpg"]), EXACT]


class AddGroup(Body):
    """A new group. One of WeCom names its chat, and who of the company owns it; one of plain WeChat whom of the shop to ask."""

    kind: GroupKind = Field(examples=["wecom"])
    name: Name
    keeper: Keeper
    chat: Chat = ""


class EditGroup(Body):
    """Another name, or somebody else who posts."""

    name: Name
    keeper: Keeper


class GroupMade(View):
    """The group that was added."""

    group_id: str


class GroupView(View):
    """A group."""

    group_id: str
    kind: GroupKind
    name: str
    keeper: str
    chat: str | None
    state: GroupState = Field(examples=["open"])
    added_at: Instant


class GroupDetail(GroupView):
    """A group with what came of it: orders by its coupons or posts, and what was paid for them."""

    segment: str = Field(description="the segment by which coupons and offers are for its members only")
    orders: int
    worth: Amount


class ImportMembers(Body):
    """Who is in a group: a list, or a file of CSV with one in the first column of each line."""

    members: list[Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,64}$"), EXACT]] | None = Field(
        default=None, max_length=MOST_MEMBERS, examples=[["U01JZ0000000000000000000000"]]
    )
    csv: Annotated[str, Field(max_length=LONGEST_FILE), Kind(texts.prose, LONGEST_FILE)] | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "ImportMembers":
        if (self.members is None) == (self.csv is None):
            raise ValueError("give either members or csv")
        return self


class ImportView(View):
    """How far an import is."""

    import_id: str
    total: int
    done: int
    added: int
    begun_at: Instant


class MemberView(View):
    """Somebody who is or was in a group: an account, or WeCom's name of somebody whose account is not known."""

    member: str
    way: str = Field(description="import or wecom", examples=["import"])
    joined_at: Instant
    left_at: Instant | None


class PlanPost(Body):
    """Something to be posted: an offer for a short time, or what is new; now, or at an instant."""

    template: Literal["group_offer", "group_new"] = Field(examples=["group_offer"])
    title: Annotated[Words, Field(min_length=1, max_length=60, examples=["云南小粒咖啡 8 折"])]
    target: Path
    picture: Picture | None = None
    at: Annotated[AwareDatetime, Field(examples=["2026-06-18T10:00:00+08:00"])] | None = None


class PostView(View):
    """A post and what came of it."""

    group_id: str
    post_id: str
    template: str
    title: str
    target: str
    link: str = Field(examples=["/s/0123456789"])
    picture: str | None
    state: PostState = Field(examples=["asked"])
    why: str | None
    at: Instant
    asked_at: Instant | None
    clicks: int
    orders: int
    worth: Amount


class GroupVisitBody(Body):
    """The end of the short link by which somebody came."""

    code: Annotated[str, Field(pattern="^[0-9a-z]{10}$", examples=["0123456789"]), EXACT]


class GroupPassView(View):
    """What a member of a group shows at a sale of the group's."""

    token: str
    seconds: int


def group_view(row: CustomerGroup) -> GroupView:
    return GroupView(**_group(row))


def group_detail(row: CustomerGroup, segment: str, came: tuple[int, int]) -> GroupDetail:
    return GroupDetail(**_group(row), segment=segment, orders=came[0], worth=amount(came[1]))


def _group(row: CustomerGroup) -> dict[str, Any]:
    told = {"group_id": row.id, "kind": row.kind, "name": row.name, "keeper": row.keeper}
    return told | {"chat": row.chat, "state": row.state, "added_at": iso(row.at)}


def import_view(row: GroupImport) -> ImportView:
    return ImportView(import_id=row.id, total=row.total, done=row.done, added=row.added, begun_at=iso(row.at))


def member_view(row: GroupMember) -> MemberView:
    return MemberView(member=row.id, way=row.way, joined_at=iso(row.at), left_at=iso_or_none(row.left_at))


def post_view(row: GroupPost) -> PostView:
    return PostView(
        group_id=row.owner,
        post_id=row.id,
        template=row.template,
        title=row.title,
        target=row.target,
        link=f"/s/{row.code}",
        picture=row.picture,
        state=row.state,
        why=row.why,
        at=iso(row.at),
        asked_at=iso_or_none(row.asked_at),
        clicks=row.clicks or 0,
        orders=row.orders or 0,
        worth=amount(row.worth or 0),
    )
