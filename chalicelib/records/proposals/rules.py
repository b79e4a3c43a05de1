"""What becomes of a proposal, and this context's refusals."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.errors import Conflict, Forbidden, NotFound
from chalicelib.kernel.states import States

LIFE = timedelta(hours=72)


# agree: a second person wants it too, and it happens with that; decline: anybody who may decide does not, or who proposed
# it takes it back; expire: nobody decided in time.
class ProposalNotFound(NotFound):
    zh, en = "变更申请不存在", "There is no such proposal"


class ProposalExists(Conflict):
    zh, en = "变更申请已存在", "This proposal exists already"


class ProposalStateConflict(Conflict):
    spoken = {"open": "待处理", "agreed": "已同意", "declined": "已拒绝", "expired": "已过期"}
    state: str
    zh, en = "变更申请当前状态为 {state}", "The proposal is {state}; this cannot be done now"


PROPOSAL = States(
    "open",
    {"open": {"agree": "agreed", "decline": "declined", "expire": "expired"}},
    absent=ProposalNotFound,
    conflict=ProposalStateConflict,
)


class ProposalNeedsAnother(Forbidden):
    zh, en = "本人提交的变更须由他人同意", "Who proposed a change cannot agree to it; somebody else must"


class ProposerGone(Conflict):
    zh, en = (
        "申请人已无此权限，变更不能生效",
        "Who proposed this may no longer do it, so it cannot be agreed to",
    )


class StaleProposal(Conflict):
    zh, en = (
        "申请提交后内容已变化，请重新提交",
        "What it would change is not as it was when proposed; please propose it anew",
    )
