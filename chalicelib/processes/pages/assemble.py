"""A page out of its folder: `index.html` with its styles and scripts put in, one document with nothing from elsewhere;
`base.css` is what all pages share.

It runs its own scripts, which the content policy names by their digest, asks its own origin, by a form too where it has one, and
nobody may frame it.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from chalicelib.runtime.http import Raw

HTML = "text/html; charset=utf-8"
HERE = Path(__file__).parent
STYLE, SCRIPT = r'<link rel="stylesheet" href="((?:\.\./)?[a-z]+\.css)">', r'(?:<script src="[a-z]+\.js"></script>\n?)+'


@cache
def page(name: str, kept: str = "no-cache") -> Raw:
    """The page of this folder; `kept` says how long a browser may keep it."""
    folder = HERE / name
    text = re.sub(STYLE, lambda found: f"<style>\n{_file(folder, found[1])}</style>", _file(folder, "index.html"))
    scripts = "\n".join(_file(folder, each) for each in re.findall(r'<script src="([a-z]+\.js)">', text))
    text = re.sub(SCRIPT, lambda _: f"<script>{scripts}</script>\n", text, count=1)
    policy = _policy(scripts, "<form" in text)
    headers = {"Cache-Control": kept, "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Raw(text, HTML, headers=headers)


def _file(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _policy(scripts: str, asks: bool) -> str:
    told = ["default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "base-uri 'none'"]
    if scripts:
        digest = base64.b64encode(hashlib.sha256(scripts.encode()).digest()).decode()
        told += [f"script-src 'sha256-{digest}'", "connect-src 'self'"]
    form = "form-action 'self'" if asks else "form-action 'none'"
    return "; ".join([*told, form, "frame-ancestors 'none'"])
