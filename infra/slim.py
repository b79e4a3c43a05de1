"""Zips as they ship: without SDK models nobody calls, with compiled code, and the same bytes for the same sources.

`chalice package` ships no .pyc; compiling on each cold start cost more than half of the API function's import time.
Zip members carry the year 1980, so compiled files must be of the `unchecked-hash` kind.
"""

import compileall
import hashlib
import py_compile
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

SERVICES = {"dynamodb", "sqs", "events", "ssm", "kms", "s3", "sesv2", "sts"}  # the SDK models that stay in the zip
NEVER = ("boto3/examples", "**/tests", "**/__pycache__", "**/botocore/data/*/*/examples-1.json*", "**/*.pyi")
EPOCH = (1980, 1, 1, 0, 0, 0)


def slim(package: Path, kept: Path | None = None) -> None:
    """Rewrite the zip in place; `kept` is a folder where finished zips are found again by their contents."""
    print_ = hashlib.sha256(
        package.read_bytes() + f"{sys.version_info[:2]}{sorted(SERVICES)}{NEVER}".encode()
    ).hexdigest()
    known = kept / f"{print_[:32]}.zip" if kept else None
    if known is not None and known.exists():
        shutil.copyfile(known, package)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(package) as before:
            before.extractall(folder)  # a zip made a moment ago by our own build
        _drop(folder)
        compileall.compile_dir(
            scratch,
            quiet=1,
            stripdir=scratch,
            prependdir="/opt",
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        _pack(folder, package)
    if known is not None:
        known.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package, known)


def _drop(folder: Path) -> None:
    for data in folder.glob("**/botocore/data"):
        for model in data.iterdir():
            if model.is_dir() and model.name not in SERVICES:
                shutil.rmtree(model)
    for pattern in NEVER:
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _pack(folder: Path, package: Path) -> None:
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as after:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            member = zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH)
            member.external_attr = (0o755 if path.suffix == ".so" else 0o644) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(member, path.read_bytes())
