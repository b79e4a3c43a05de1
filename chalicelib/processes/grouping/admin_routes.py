"""The shop's own people at groups: who is in them, and what is posted there."""

from chalice.app import Blueprint

from chalicelib.records.groups.rules import (
    ChatTaken,
    GroupClosed,
    GroupImportNotFound,
    GroupImportUnreadable,
    GroupNotFound,
    GroupPostNotFound,
    GroupPostStateConflict,
    GroupTermsWrong,
    PostTooLate,
    read_members,
    segment,
)
from chalicelib.records.groups.service import groups, posts
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import shapes
from .service import posting
from .shapes import (
    AddGroup,
    EditGroup,
    GroupDetail,
    GroupMade,
    GroupView,
    ImportMembers,
    ImportView,
    MemberView,
    PlanPost,
    PostView,
)

bp = Blueprint(__name__)
READ, EDIT = "groups:read", "groups:edit"
BASE = "/v1/admin/groups"
ONE = f"{BASE}/{{group_id}}"
POST = f"{ONE}/posts/{{post_id}}"
KNOWN = (GroupNotFound, GroupClosed)
MOVED = (GroupPostNotFound, GroupPostStateConflict)


@endpoint(bp, "POST", BASE, permit=EDIT, key="required", status=201, errors=(GroupTermsWrong, ChatTaken))
def add(body: AddGroup, work: Work) -> GroupMade:
    """Add a group of customers. · 登记社群"""
    return GroupMade(group_id=groups.add(body.kind, body.name, body.keeper, body.chat, work))


@endpoint(bp, "GET", BASE, permit=READ)
def list_all(query: Paging) -> Page[GroupView]:
    """List groups, newest first. · 社群列表"""
    rows, more = groups.listed(query.limit, query.cursor)
    return Page[GroupView](items=[shapes.group_view(row) for row in rows], next=more)


@endpoint(bp, "GET", ONE, permit=READ, errors=(GroupNotFound,))
def show(group_id: str) -> GroupDetail:
    """Read a group and what came of it. · 社群详情与成交"""
    return shapes.group_detail(groups.find(group_id), segment(group_id), posts.tally(group_id))


@endpoint(bp, "PUT", ONE, permit=EDIT, status=204, errors=KNOWN)
def edit(group_id: str, body: EditGroup, work: Work) -> None:
    """Change a group's name or keeper. · 修改社群"""
    groups.edit(group_id, body.name, body.keeper, work)


@endpoint(bp, "POST", f"{ONE}/closure", permit=EDIT, status=204, errors=KNOWN)
def close(group_id: str, work: Work) -> None:
    """Close a group. · 关闭社群

    Nothing is posted there any more; what was planned is stopped.
    """
    groups.close(group_id, work)


@endpoint(bp, "GET", f"{ONE}/members", permit=READ, errors=(GroupNotFound,))
def list_members(group_id: str, query: Paging) -> Page[MemberView]:
    """List who is or was in a group. · 社群成员列表"""
    rows, more = groups.members(group_id, query.limit, query.cursor)
    return Page[MemberView](items=[shapes.member_view(row) for row in rows], next=more)


@endpoint(bp, "POST", f"{ONE}/imports", permit=EDIT, key="required", status=202, errors=(*KNOWN, GroupImportUnreadable))
def import_members(group_id: str, body: ImportMembers, work: Work) -> ImportView:
    """Import who is in a group. · 导入社群成员

    A worker takes them in, part by part; who is in already is left as they are.
    """
    told = list(dict.fromkeys(body.members)) if body.members is not None else read_members(body.csv or "")
    return shapes.import_view(groups.ask_import(group_id, told, work))


@endpoint(bp, "GET", f"{ONE}/imports/{{import_id}}", permit=READ, errors=(GroupImportNotFound,))
def show_import(group_id: str, import_id: str) -> ImportView:
    """Read how far an import is. · 成员导入进度"""
    return shapes.import_view(groups.find_import(group_id, import_id))


@endpoint(bp, "POST", f"{ONE}/posts", permit=EDIT, key="required", status=201, errors=(*KNOWN, PostTooLate))
def plan(group_id: str, body: PlanPost, work: Work) -> PostView:
    """Plan a post in a group. · 计划群发

    From 22:00 to 08:00 nothing is posted: it waits until eight, and until the next day where the group has had enough.
    """
    row = posts.plan(group_id, body.template, body.title, body.target, body.picture or "", body.at, work)
    return shapes.post_view(row)


@endpoint(bp, "GET", f"{ONE}/posts", permit=READ, errors=(GroupNotFound,))
def list_posts(group_id: str, query: Paging) -> Page[PostView]:
    """List a group's posts with clicks and orders, newest first. · 群发记录、点击与成交"""
    groups.find(group_id)
    rows, more = posts.listed(group_id, query.limit, query.cursor)
    return Page[PostView](items=[shapes.post_view(row) for row in rows], next=more)


@endpoint(bp, "GET", POST, permit=READ, errors=(GroupPostNotFound,))
def show_post(group_id: str, post_id: str) -> PostView:
    """Read a post. · 群发详情"""
    return shapes.post_view(posts.find(group_id, post_id))


@endpoint(bp, "POST", f"{POST}/stop", permit=EDIT, status=204, errors=MOVED)
def stop(group_id: str, post_id: str, work: Work) -> None:
    """Stop a post. · 停止群发

    What nobody has confirmed yet is taken back at WeCom.
    """
    posting.stop(group_id, post_id, work)


@endpoint(bp, "POST", f"{POST}/done", permit=EDIT, status=204, errors=MOVED)
def done(group_id: str, post_id: str, work: Work) -> None:
    """Say that a post was posted by hand. · 已手动发布"""
    posting.done(group_id, post_id, work)


@endpoint(bp, "GET", "/v1/admin/group-tasks", permit=READ)
def list_tasks(query: Paging) -> Page[PostView]:
    """List the posts that wait for a person to post them. · 待手动发布的群发

    Of groups of plain WeChat, which has no interface: text, picture and link are in each.
    """
    rows, more = posts.tasks(query.limit, query.cursor)
    return Page[PostView](items=[shapes.post_view(row) for row in rows], next=more)
