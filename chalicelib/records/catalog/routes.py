"""Pictures, for everyone."""

from chalice.app import Blueprint

from chalicelib.runtime.http import PUBLIC, Raw, endpoint

from .picture_rules import PictureNotFound
from .service import pictures

bp = Blueprint(__name__)
FOR_GOOD = "public, max-age=31536000, immutable"
HARMLESS = "default-src 'none'; sandbox"  # a picture opened as a page may run, fetch and show nothing else


@endpoint(bp, "GET", "/v1/media/{name}", permit=PUBLIC, errors=(PictureNotFound,))
def picture(name: str) -> Raw:
    """Get an image by its content hash. · 按内容哈希获取图片"""
    found = pictures.find(name)
    headers = {"Cache-Control": FOR_GOOD, "Content-Security-Policy": HARMLESS}
    return Raw(bytes(found.content), found.kind, headers=headers)
