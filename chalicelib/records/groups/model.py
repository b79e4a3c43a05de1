"""The table `groups`: a group, its members and posts under its own key; all groups under one, since they are few."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

ALL = "all"  # the one hash key of all groups
TASKS = "tasks"  # of what waits for a person
CHAT, MEMBER, POST, DAY, IMPORT, PART = "chat", "member#", "post#", "day#", "import#", "part#"
LINK, VISIT, TALLY = "link", "visit", "tally"


class _Groups(Table):
    class Meta:
        table_name = table_name("groups")

    owner = UnicodeAttribute(hash_key=True, attr_name="k")
    part = UnicodeAttribute(range_key=True, attr_name="r")


class CustomerGroup(_Groups):
    """A group. Hash `all`, range its id. `chat` is WeCom's id of it, `keeper` the member of WeCom, or the member of staff, who
    posts there."""

    class Meta:
        table_name = table_name("groups")

    kind = UnicodeAttribute(attr_name="t")
    name = UnicodeAttribute(attr_name="n")
    chat = UnicodeAttribute(attr_name="c", null=True)
    keeper = UnicodeAttribute(attr_name="p")
    state = UnicodeAttribute(attr_name="s")
    at = InstantAttribute(attr_name="a")

    @property
    def id(self) -> str:
        return self.part


class ChatGroup(_Groups):
    """Which group a chat of WeCom is. Hash `chat#<id>`, range `chat`."""

    class Meta:
        table_name = table_name("groups")

    group = UnicodeAttribute(attr_name="g")


class GroupMember(_Groups):
    """Somebody in a group. Hash the group, range `member#<account, or WeCom's id of them>`; `left_at` where they are no more."""

    class Meta:
        table_name = table_name("groups")

    way = UnicodeAttribute(attr_name="w")
    at = InstantAttribute(attr_name="a")
    left_at = InstantAttribute(attr_name="z", null=True)

    @property
    def id(self) -> str:
        return self.part.removeprefix(MEMBER)


class GroupPost(_Groups):
    """Something to be posted. Hash the group, range `post#<id>`. `number` is WeCom's of the task, `day` the one it counts on;
    `clicks`, `orders` and `worth` (fen) are what came of it."""

    class Meta:
        table_name = table_name("groups")

    template = UnicodeAttribute(attr_name="m")
    title = UnicodeAttribute(attr_name="n")
    target = UnicodeAttribute(attr_name="l")
    picture = UnicodeAttribute(attr_name="i", null=True)
    code = UnicodeAttribute(attr_name="c")
    state = UnicodeAttribute(attr_name="s")
    why = UnicodeAttribute(attr_name="w", null=True)
    number = UnicodeAttribute(attr_name="u", null=True)
    day = UnicodeAttribute(attr_name="d", null=True)
    at = InstantAttribute(attr_name="a")
    asked_at = InstantAttribute(attr_name="b", null=True)
    by = UnicodeAttribute(attr_name="y")
    clicks = WholeAttribute(attr_name="v", null=True)
    orders = WholeAttribute(attr_name="o", null=True)
    worth = WholeAttribute(attr_name="f", null=True)

    @property
    def id(self) -> str:
        return self.part.removeprefix(POST)


class GroupTally(_Groups):
    """What came of a group: orders, and what was paid for them (fen). Hash the group, range `tally`."""

    class Meta:
        table_name = table_name("groups")

    orders = WholeAttribute(attr_name="o", null=True)
    worth = WholeAttribute(attr_name="f", null=True)


class GroupDay(_Groups):
    """How many posts a group has had on a day. Hash the group, range `day#<day>`."""

    class Meta:
        table_name = table_name("groups")

    posts = WholeAttribute(attr_name="v", null=True)
    expires = WholeAttribute(attr_name="x", null=True)


class GroupTask(_Groups):
    """A post that waits for a person to post it. Hash `tasks`, range the post's id."""

    class Meta:
        table_name = table_name("groups")

    group = UnicodeAttribute(attr_name="g")


class GroupImport(_Groups):
    """Members on their way in: of `total`, `done` are dealt with, `added` came of them. Hash the group, range `import#<id>`."""

    class Meta:
        table_name = table_name("groups")

    total = WholeAttribute(attr_name="q")
    done = WholeAttribute(attr_name="v")
    added = WholeAttribute(attr_name="o")
    by = UnicodeAttribute(attr_name="y")
    at = InstantAttribute(attr_name="a")

    @property
    def id(self) -> str:
        return self.part.removeprefix(IMPORT)


class ImportPart(_Groups):
    """Some of the members of an import. Hash `part#<import>`, range the number of the first of them."""

    class Meta:
        table_name = table_name("groups")

    members = UnicodeAttribute(attr_name="m")
    expires = WholeAttribute(attr_name="x")


class ShortLink(_Groups):
    """Where a post's short link leads. Hash `link#<code>`, range `link`."""

    class Meta:
        table_name = table_name("groups")

    group = UnicodeAttribute(attr_name="g")
    post = UnicodeAttribute(attr_name="m")
    target = UnicodeAttribute(attr_name="l")


class GroupVisit(_Groups):
    """By which post somebody came last. Hash the account, range `visit`."""

    class Meta:
        table_name = table_name("groups")

    group = UnicodeAttribute(attr_name="g")
    post = UnicodeAttribute(attr_name="m")
    at = InstantAttribute(attr_name="a")
    expires = WholeAttribute(attr_name="x")
