"""The door for those who keep our stock: what no source of ours has signed changes nothing."""

from chalice.app import Blueprint

from chalicelib.runtime.http import SIGNED, Request, endpoint
from chalicelib.runtime.work import Work

from ..rules import StaleStock
from .rules import SyncSizeWrong, SyncUnsigned
from .service import intake, sources
from .shapes import SyncAnswer, SyncBatch, sync_answer

bp = Blueprint(__name__)


@endpoint(bp, "POST", "/v1/inventory/sync", permit=SIGNED, errors=(SyncUnsigned, SyncSizeWrong), raced=(StaleStock,))
def sync(body: SyncBatch, request: Request, work: Work) -> SyncAnswer:
    """Tell counts and differences of stock. · 同步库存

    Signed by the source: `Jishi-Source` its code, `Jishi-Timestamp` epoch seconds of at most five minutes ago,
    `Jishi-Signature` `v1=` and the hex HMAC-SHA256, with its secret, of the timestamp, a full stop and the body. Each row is
    answered by itself; a wrong one keeps no other out.
    """
    source, at = sources.signed(request.headers, request.body, work.now)
    return sync_answer(intake.take_push(source, body.rows, at, work), work.caller.language)
