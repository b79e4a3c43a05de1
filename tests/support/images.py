"""Small genuine pictures, 3 by 2 points, as common programs write them; and PNGs of any shape."""

from __future__ import annotations

import base64
import struct
import zlib

_TEXTS = {
    "png": ("iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAFUlEQVR42mM8EWDDwMDAwMDAxAADABiwAVjw9dvGAAAAAElFTkSuQmCC"),
    "apng": (
        "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAACGFjVEwAAAACAAAAAPONk3AAAAAaZmNUTAAAAAAAAAADAAAAAgAAAAAAAAAAAA"
        "AAAQAADoOaCQAAABVJREFUeJxjPBFgw8DAwMDAwMQAAwAYsAFYQS7mBQAAABpmY1RMAAAAAQAAAAMAAAACAAAAAAAAAAAAAAABAACV8HDdAAAA"
        "GWZkQVQAAAACeJxjZGRiZmBgYGBgYGKAAQAApgAK9ddnjgAAAABJRU5ErkJggg=="
    ),
    "jpeg": (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8yb"
        "qmx5moq6T/wAALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
    ),
    "jpeg_progressive": (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8yb"
        "qmx5moq6T/wgALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/aAAgBAQAAAAE//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAB"
        "BQJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPyF//9oACAEBAAAAEH//xA"
        "AUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAE/EH//2Q=="
    ),
    "webp": ("UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoDAAIAB0CWJaACdAFAAAD+rhYwmknR7ec2dwKgAAA="),
    "webp_lossless": ("UklGRh4AAABXRUJQVlA4TBEAAAAvAkAAAAdQqCKXp/+BiOh/AAA="),
    "webp_alpha": (
        "UklGRkYAAABXRUJQVlA4WAoAAAAQAAAAAgAAAQAAQUxQSAcAAAAAZGRkZGRkAFZQOCAYAAAAMAEAnQEqAwACAAdAliWkAANwAP7vJEAA"
    ),
    "webp_animated": (
        "UklGRqAAAABXRUJQVlA4WAoAAAACAAAAAgAAAQAAQU5JTQYAAAAAAAAAAABBTk1GPAAAAAAAAAAAAAIAAAEAAAAAAAJWUDggJAAAADABAJ0BKg"
        "MAAgAHQJYloAADcAD+rhf6S6XIb/8XdiOMugAAAEFOTUYwAAAAAAAAAAAAAgAAAQAAAAAAAFZQOCAYAAAANAEAnQEqAwACAAAAliWkAANwAP7v"
        "lkAA"
    ),
    "gif": ("R0lGODdhAwACAIEAAMhQPAAAAAAAAAAAACwAAAAAAwACAAAIBgABCBwYEAA7"),
    "gif_animated": (
        "R0lGODdhAwACAIEAAMhQPAAAAAAAAAAAACwAAAAAAwACAAAIBgABCBwYEAAh+QQBAAABACwAAAAAAwACAIEBAgMAAAAAAAAAAAAIBgABCBwYEA"
        "A7"
    ),
}
GENUINE = {name: base64.b64decode(text) for name, text in _TEXTS.items()}
KIND = {name: f"image/{name.partition('_')[0].removeprefix('a')}" for name in GENUINE}


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, under its check sum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 1, height: int = 1, *, size: int = 0, more: bytes = b"") -> bytes:
    """A grey PNG that says so of its sides, filled up to `size` bytes, with more chunks before its end."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    made = b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(bytes(height + width * height), 9))
    end = chunk(b"IEND", b"")
    spare = size - len(made) - len(end)
    return made + (chunk(b"fiLl", bytes(spare - 12)) if spare > 0 else b"") + end
