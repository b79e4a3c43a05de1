"""The template as CloudFormation will see it: the SAM transform, run off line.

    python -m infra.expand TEMPLATE OUT

The transform's library wants another pydantic than the shop, so it runs in the engine's virtual environment.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Runs inside the engine's environment: no AWS calls, no managed policies, zips named as objects of some bucket.
_TRANSFORM = """
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
import boto3
template = json.load(sys.stdin)
for resource in template["Resources"].values():
    for field in ("CodeUri", "ContentUri"):
        if isinstance(resource.get("Properties", {}).get(field), str):
            resource["Properties"][field] = {"Bucket": "packages", "Key": resource["Properties"][field]}
session = boto3.session.Session(region_name="us-east-1")
print(json.dumps(Translator({}, Parser(), boto_session=session).translate(template, {})))
"""


def expanded(template: dict[str, object]) -> dict[str, object]:
    """The plain CloudFormation template. Raises RuntimeError with the transform's complaint."""
    python = ROOT / ".venv-engine" / "bin" / "python"
    done = subprocess.run(  # noqa: S603  # our own interpreter, our own program
        [str(python), "-c", _TRANSFORM], input=json.dumps(template), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the SAM transform refused the template: {done.stderr.strip().splitlines()[-1]}")
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    target.write_text(json.dumps(expanded(json.loads(source.read_text())), indent=1), encoding="utf-8")
