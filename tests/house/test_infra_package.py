"""The package as it ships: equal to the draft that the other house tests look at, compiled, slim, complete."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from infra import build, draft, slim

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    return build.build(tmp_path_factory.mktemp("package")).parent


def members(package: Path, name: str) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(package / name) as opened:
        return opened.infolist()


def test_the_draft_equals_the_package(package: Path) -> None:
    assert draft.template(ROOT, build.shop()) == json.loads((package / "sam.json").read_text())


@pytest.mark.parametrize("name", ["deployment.zip", "layer-deployment.zip"])
def test_every_module_ships_compiled(package: Path, name: str) -> None:
    names = {member.filename for member in members(package, name)}
    sources = [n for n in names if n.endswith(".py")]
    assert sources
    tag = f"cpython-{''.join(map(str, build.sys.version_info[:2]))}"
    missing = [
        n for n in sources if f"{Path(n).parent}/__pycache__/{Path(n).stem}.{tag}.pyc".removeprefix("./") not in names
    ]
    assert len(missing) <= 2, missing  # libraries carry a template or two that is no module


def test_the_layer_is_slim_and_holds_only_what_is_called(package: Path) -> None:
    found = members(package, "layer-deployment.zip")
    services = {m.filename.split("/botocore/data/")[1].split("/")[0] for m in found if "/botocore/data/" in m.filename}
    assert {s for s in services if "." not in s} <= slim.SERVICES
    assert not [
        m.filename for m in found if "/site-packages/pip/" in m.filename or "/site-packages/moto/" in m.filename
    ]
    assert sum(m.file_size for m in found) < 60 * MEGABYTE


def test_the_layer_of_pictures_holds_pillow_for_lambda_s_system_and_nothing_else(package: Path) -> None:
    found = members(package, "pictures-layer.zip")
    tops = {member.filename.split("/")[1].partition("-")[0] for member in found}
    assert tops == {"PIL", "pillow", "pillow.libs"}
    assert [m.filename for m in found if m.filename.startswith("python/PIL/_imaging.") and m.filename.endswith(".so")]
    assert sum(m.file_size for m in found) < 40 * MEGABYTE
    assert not [m for m in members(package, "layer-deployment.zip") if "/PIL/" in m.filename]


def test_the_app_holds_ours_and_nothing_else(package: Path) -> None:
    tops = {member.filename.split("/")[0] for member in members(package, "deployment.zip")}
    assert tops == {"app.py", "chalicelib", "chalice", "__pycache__"}
