"""The envelope in which WeChat and WeCom tell: signed by SHA-1 over a token, sealed by AES-256-CBC."""

from __future__ import annotations

import base64
import hashlib
import secrets
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .box import Box, Push

BLOCK = 32


def aes_key(box: Box) -> str:
    """The EncodingAESKey of this simulator: 43 letters."""
    return base64.b64encode(hashlib.sha256(f"aes|{box.keys['token']}".encode()).digest()).decode().rstrip("=")


def token(box: Box) -> str:
    return box.keys["token"][:32]


def push(box: Box, provider: str, path: str, owner: str, said: str, *, forged: bool) -> Push:
    """A sealed push to the shop; a forged one is signed with somebody else's token."""
    key = base64.b64decode(aes_key(box) + "=")
    inner = secrets.token_bytes(16) + len(said.encode()).to_bytes(4, "big") + said.encode() + owner.encode()
    fill = BLOCK - len(inner) % BLOCK
    writer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    hidden = base64.b64encode(writer.update(inner + bytes([fill]) * fill) + writer.finalize()).decode()
    stamp, nonce = str(int(box.clock.now())), str(secrets.randbelow(10**9))
    signer = box.keys["forger"] if forged else token(box)
    words = "".join(sorted((signer, stamp, nonce, hidden)))
    signature = hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()
    query = urlencode({"timestamp": stamp, "nonce": nonce, "msg_signature": signature, "encrypt_type": "aes"})
    body = f"<xml><ToUserName><![CDATA[{owner}]]></ToUserName><Encrypt><![CDATA[{hidden}]]></Encrypt></xml>"
    return Push(provider, f"{path}?{query}", "text/xml", body.encode(), b"success")
