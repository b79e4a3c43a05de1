"""A new context, ready to be filled: `make context NAME=reviews STOREY=records` writes its rooms, table, tests and scenario.

What it writes is green at once (tests/house/test_new_context.py does it in a copy): a thing that is added, read and closed
for a record, a view for a process. Of other contexts' files it touches the roles' table, which people must look at, and
puts one line each where the context joins: the face that serves it, and the rights of that face.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from . import documents

ROOT = Path(__file__).resolve().parents[1]
ROOMS = Path(__file__).with_name("rooms")
STOREYS = ("records", "processes")
ELSEWHERE = {  # a template that does not lie in the context's own folder -> where it goes
    "infra.yaml": "infra/{name}.yaml",
    "test.py": "tests/{storey}/{name}/test_{name}.py",
    "scenario.py": "tests/hardening/proof/scenarios/{name}.py",
}
LETTERS = "TVWYZBEFHKMQ"  # with which an id may begin that nobody has yet
KEPT = "STAFFS = (  # what the face of the staff reads and writes\n"


class Refused(Exception):
    """Nothing was written, and why."""


def write(name: str, storey: str, root: Path = ROOT) -> list[str]:
    """Write a context; answers the paths that are new or changed. Raises Refused."""
    if not re.fullmatch("[a-z]{3,20}", name) or not name.endswith("s") or storey not in STOREYS:
        raise Refused("NAME is a plural in small letters (reviews), STOREY records or processes")
    if any((root / "chalicelib" / one / name).exists() for one in STOREYS):
        raise Refused(f"there is a context {name} already")
    letter = _letter(root)
    made = {}
    for template in sorted((ROOMS / storey).glob("*.txt")):
        room = template.stem
        path = ELSEWHERE.get(room, f"chalicelib/{storey}/{{name}}/{{room}}").format(name=name, room=room, storey=storey)
        made[path] = _filled(template.read_text(encoding="utf-8"), name).replace("$LETTER", letter)
    made[f"tests/{storey}/{name}/__init__.py"] = ""
    made |= _joined(root, name, storey)
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return sorted(made)


def _filled(text: str, name: str) -> str:
    """A template, which speaks of gadgets, about something else."""
    one = name.removesuffix("s")
    words = {
        "gadgets": name,
        "gadget": one,
        "Gadgets": name.capitalize(),
        "Gadget": one.capitalize(),
        "GADGET": one.upper(),
    }
    return re.sub("Gadgets|Gadget|gadgets|gadget|GADGET", lambda found: words[found[0]], text)


def _letter(root: Path) -> str:
    """A letter for its ids that no other id begins with."""
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "chalicelib").rglob("*.py"))
    taken = set(re.findall(r'new_id\("([A-Z])"', code))
    return next(letter for letter in LETTERS if letter not in taken)


def _joined(root: Path, name: str, storey: str) -> dict[str, str]:
    """The files in which a context joins the shop, each with its line."""
    face, before = "chalicelib/faces/staff.py", "    STAFF,\n"
    alias = f"{name}_admin_routes"
    import_ = f"from chalicelib.{storey}.{name} import admin_routes as {alias}\n"
    last = re.compile(r"(?s)(.*\n)(from chalicelib\.runtime)")
    joined = {face: last.sub(rf"\1{import_}\2", _with(root, face, before, f"{before}    {alias},\n"), count=1)}
    edits = f'"{name}:read", "{name}:edit",' if storey == "records" else f'"{name}:read",'
    operator = '"operator": frozenset(\n        STAFF\n        | {\n'
    roles = "chalicelib/kernel/permits.py"
    joined[roles] = _with(root, roles, operator, f"{operator}            {edits}\n")
    if storey == "records":
        joined["infra/functions.py"] = _granted((root / "infra/functions.py").read_text(encoding="utf-8"), name)
    else:
        top = "containers = chalicelib.processes\nlayers =\n    "
        joined[".importlinter"] = _with(root, ".importlinter", top, f"{top}{name} | ")
    return joined


def _with(root: Path, path: str, old: str, new: str) -> str:
    text = (root / path).read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise Refused(f"{path} is not as it was: nowhere to put {new!r}")
    return text.replace(old, new)


def _granted(text: str, name: str) -> str:
    """The table of functions, where the face of the staff may read and write one table more."""
    if text.count(KEPT) != 1:
        raise Refused("infra/functions.py is not as it was: nobody may be given a table")
    return text.replace(KEPT, f'{KEPT}    "{name}",\n')


def main(arguments: list[str]) -> int:
    """0 when the context stands, with all documents made anew."""
    try:
        name, storey = arguments
        made = write(name, storey)
    except (Refused, ValueError) as refused:
        print(refused, "usage: make context NAME=reviews STOREY=records", sep="\n")
        return 1
    python = [path for path in made if path.endswith(".py")]
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in (["check", "-q", "--fix", "--select", "I"], ["format", "-q"]):
        subprocess.run([ruff, *command, *python], cwd=ROOT, check=True)  # noqa: S603  # our own tools and files
    # in a process of its own: this one has read the roles as they were
    subprocess.run([sys.executable, "-m", documents.__name__], cwd=ROOT, check=True)  # noqa: S603  # our own module
    print("written:", *made, sep="\n  ")
    print(
        f"Say who may do it in chalicelib/kernel/permits.py (the operator may), and what {name} are in their own words."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
