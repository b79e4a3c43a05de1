"""Libraries that only some functions carry: a layer beside chalice's own, which is every function's.

`chalice package` knows one layer, and writes its own place into every layer that it finds in the template: these are added
to what it made. Wheels are those of Lambda's system, whatever this machine is.
"""

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from chalice.utils import to_cfn_resource_name as logical

from .functions import Function
from .merge import Document

LAYERS = {"PicturesLayer": "requirements-pictures"}  # a layer's logical id -> the lock of what it holds
PLATFORM = "manylinux_2_28_x86_64"  # Amazon Linux 2023
OWN = "./layer-deployment.zip"  # chalice's


def place(layer: str) -> str:
    """The name of a layer's zip."""
    return f"{layer.removesuffix('Layer').lower()}-layer.zip"


def added(template: Document, functions: Mapping[str, Function]) -> Document:
    """The template with these layers, each for the functions that name it; one that nobody of this app names stays out."""
    resources = template["Resources"]
    of_all = [one for one in resources.values() if one.get("Properties", {}).get("ContentUri") == OWN]
    for name, function in functions.items():
        if logical(name) not in resources:
            continue
        for layer in function.layers:
            resources[logical(name)]["Properties"]["Layers"].append({"Ref": layer})
            properties = {**of_all[0]["Properties"], "ContentUri": f"./{place(layer)}", "LayerName": LAYERS[layer]}
            resources[layer] = {"Type": "AWS::Serverless::LayerVersion", "Properties": properties}
    return template


def pack(template: Document, root: Path, out: Path) -> None:
    """Write the zips of the layers that a template names."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for layer in LAYERS.keys() & template["Resources"].keys():
        with tempfile.TemporaryDirectory() as scratch:
            words = [
                "--target", f"{scratch}/python", "--require-hashes", "--only-binary", ":all:", "--platform", PLATFORM,
                "--python-version", version, "--implementation", "cp", "--no-compile",
            ]  # fmt: skip
            asked = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *words]
            subprocess.run([*asked, "-r", str(root / f"{LAYERS[layer]}.txt")], check=True)  # noqa: S603  # our own words
            with zipfile.ZipFile(out / place(layer), "w") as zipped:
                for path in sorted(one for one in Path(scratch).rglob("*") if one.is_file()):
                    zipped.write(path, path.relative_to(scratch))
