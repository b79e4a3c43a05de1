"""Pictures: a file is sent straight to the bucket, a worker makes what is shown of it, and what nothing refers to goes.

Guarantees: nothing that came in is shown as it came; a name never shows another picture; what is refused says why, by a
code; a product names no picture that is not there; a picture that no product has named a day after it was made is deleted,
unless another upload has made the same. A version of a product refers to its pictures for good.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import showcase, table
from chalicelib.runtime.showcase import name_of as name_of
from chalicelib.runtime.showcase import url as url
from chalicelib.runtime.work import Work

from .. import model, picture_rules, steps
from ..events import PictureArrived, PictureDropDue
from ..model import PictureUse, Upload
from ..picture_rules import (
    LARGEST,
    REFUSALS,
    PictureMissing,
    PictureNotFound,
    PictureTooLarge,
    PictureTooManyPoints,
    PictureUnfit,
    ShownPicture,
)
from ..rules import Listing, PictureUnknown
from . import reading

UNUSED = timedelta(days=1)


class Opened(NamedTuple):
    """Where a file may be PUT, with which headers, until when."""

    id: str
    url: str
    headers: dict[str, str]
    until: datetime


def keep(content: bytes, kind: str) -> str:
    """Show a picture of ours; again it changes nothing. Returns its name. Nothing is looked at: what comes from outside
    is sent to `open_upload`.
    """
    return showcase.show(content, kind)


def open_upload(kind: str, size: int, work: Work) -> Opened:
    """A place for one file of this media type and size."""
    upload = work.new_id("M")
    work.add(steps.begin_upload(upload, kind, size, work.now))
    until = work.now + timedelta(seconds=showcase.UPLOAD_SECONDS)
    return Opened(
        upload, showcase.upload_url(upload, kind, size), {"Content-Type": kind, "Content-Length": str(size)}, until
    )


def arrive(upload_id: str, work: Work) -> None:
    """The file is there: have it looked at. Its refusals: PictureNotFound, PictureStateConflict."""
    find(upload_id)
    work.add(steps.move_upload(upload_id, "arrive"))
    work.publish(PictureArrived(upload_id))


def find(upload_id: str) -> Upload:
    """An upload. Raises PictureNotFound."""
    row = table.get(Upload, upload_id, model.UPLOAD, consistent=True) if is_id(upload_id, "M") else None
    if row is None:
        raise PictureNotFound()
    return row


def named(listing: Listing) -> frozenset[str]:
    """The names of all that a listing's pictures show."""
    return frozenset[str]().union(*(one.files for one in listing.pictures))


def require_shown(names: Iterable[str]) -> None:
    """Raises PictureUnknown for the first of these names under which nothing is shown."""
    for name in sorted(set(names)):
        if not showcase.is_shown(name):
            raise PictureUnknown(picture=name)


def shown(upload: Upload) -> ShownPicture | None:
    """What is shown of an upload, once it is ready."""
    return ShownPicture(**json.loads(upload.shown)) if upload.shown else None


def refusal(upload: Upload) -> Refusal | None:
    """Why an upload was refused."""
    if not upload.refused:
        return None
    told: dict[str, Any] = json.loads(upload.refused)
    return REFUSALS[told["name"]](**told["params"])


# ---- the worker's -----------------------------------------------------------------------------------------------------


def make(upload_id: str, work: Work) -> None:
    """Make what is shown of a file that came in, or refuse it. A run that was cut short is made again."""
    row = find(upload_id)
    if row.state != "making":
        return
    try:
        found = _made(row)
    except (PictureMissing, PictureUnfit, PictureTooManyPoints, PictureTooLarge) as unfit:
        told = {"name": type(unfit).__name__, "params": unfit.params}
        work.add(steps.refuse_upload(upload_id, json.dumps(told)))
    else:
        work.add(*steps.finish_upload(upload_id, found))
        work.publish(PictureDropDue(upload_id), at=work.now + UNUSED)
    showcase.clear(upload_id)


def _made(row: Upload) -> ShownPicture:
    """The names of what is shown of a file. Raises PictureMissing, PictureTooLarge, PictureUnfit, PictureTooManyPoints."""
    from .. import imaging  # only this worker's function carries Pillow

    content = showcase.incoming(row.id, LARGEST)
    if content is None:
        raise PictureMissing()
    if len(content) > LARGEST:
        raise PictureTooLarge(limit=LARGEST)
    made = imaging.made(content, row.kind)
    small, webp = showcase.show(*made.small), showcase.show(*made.webp)
    large = showcase.show(*made.large) if made.large else None
    return picture_rules.ShownPicture(small, large, webp, made.width, made.height, made.blur)


def note_uses(product: str, work: Work) -> None:
    """A product names these pictures from now on: they stay."""
    whole = reading.find_product(product, consistent=True)
    names = named(whole.listing) | {sku.picture for sku in whole.skus if sku.picture}
    work.add(*(steps.use_picture(name, product) for name in sorted(names)))


def drop(upload_id: str, work: Work) -> None:
    """Delete a picture that nothing names a day after it was made; of files that something else shows, none."""
    row = find(upload_id)
    files = made.files if (made := shown(row)) else ()
    others = {name: _uses(name) - {upload_id} for name in files}
    if row.state != "ready" or any(is_id(by, "P") for who in others.values() for by in who):
        return
    showcase.hide(name for name, who in others.items() if not who)
    work.add(*steps.drop_upload(upload_id, files))


def _uses(name: str) -> set[str]:
    """The products and uploads that have a file."""
    return {row.by for row in table.every(PictureUse, name, consistent=True)}
