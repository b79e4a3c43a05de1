"""What is written agrees with what is: made documents, the README's targets, the changelog, decision records, links."""

from __future__ import annotations

import copy
import importlib
import json
import re
import subprocess
import sys
from fnmatch import fnmatch

import jsonschema
import pytest

from local import documents, openapi, run, schemas
from tests.house import source


@pytest.fixture(scope="module")
def files():
    import app  # noqa: F401  # registers facts, refusals, settings

    return schemas.files()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*):.*## ", source.texts()["Makefile"], re.MULTILINE))


def test_every_made_document_is_as_the_code_says():
    """In a process of its own: the registries then hold what the app imports, and nothing of other tests."""
    told = subprocess.run(  # our own interpreter, our own module
        [sys.executable, "-m", "local.documents", "--check"],
        cwd=source.ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 0, f"`make documents` writes them anew:\n{told.stdout}{told.stderr[-2000:]}"


def test_a_document_that_drifted_is_named(tmp_path):
    documents.write(tmp_path)
    assert not documents.drift(tmp_path)
    (tmp_path / "docs/errors.md").write_text("old", encoding="utf-8")
    (tmp_path / "docs/events.md").unlink()
    (tmp_path / ".chalice/policies/nobody.json").write_text("{}", encoding="utf-8")
    assert documents.drift(tmp_path) == [
        "docs/errors.md differs from the code",
        "docs/events.md is missing",
        ".chalice/policies/nobody.json describes nothing",
    ]
    assert documents.write(tmp_path) == [".chalice/policies/nobody.json", "docs/errors.md", "docs/events.md"]
    assert not documents.drift(tmp_path)


def test_git_knows_every_made_document():
    """Reviews fold them away, and a merge of two branches that both made them does not stop."""
    lines = (source.ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    known = [line.split()[0].removeprefix("/") for line in lines if line.endswith(" linguist-generated merge=union")]
    made = documents.documents()
    assert [path for path in made if not any(fnmatch(path, one) for one in known)] == []
    assert [one for one in known if not any(fnmatch(path, one) for path in made)] == []


def test_each_decision_says_its_area_and_what_replaced_it_is_there():
    records = {path: text for path, text in source.texts().items() if re.match(r"docs/decisions/\d{3}-", path)}
    numbers = {path.split("/")[-1][:3] for path in records}
    replaced = {n for text in records.values() for n in re.findall(r"replaced by (\d{3})\*$", text, re.MULTILINE)}
    assert replaced <= numbers
    assert "## Payments" in documents.documents()["docs/decisions/README.md"]


def test_the_readme_lists_exactly_the_make_targets():
    told = set(re.findall(r"^\| `make ([a-z0-9-]+)", source.texts()["README.md"], re.MULTILINE))
    assert told == targets()


def test_the_readme_shows_the_tour_that_the_runner_prints():
    assert f"```bash\n{source.texts()['local/tour.sh']}```" in source.texts()["README.md"]
    told = run.tour("http://127.0.0.1:18000", "http://127.0.0.1:19100")
    assert told.startswith("S=http://127.0.0.1:18000 C=http://127.0.0.1:19100 ")


def test_the_tour_asks_only_routes_that_there_are():
    app = importlib.import_module("app").app
    asked = re.findall(r"ask ([A-Z]+) [\"']?(/v1/[^\s\"'?]+)", source.texts()["local/tour.sh"])
    assert len(asked) > 8
    for method, path in asked:
        bare = re.sub(r"\$\w+", "{}", path)
        known = {re.sub(r"\{\w+\}", "{}", route): set(methods) for route, methods in app.routes.items()}
        assert method in known.get(bare, set()), (method, path)


def meant(value, known):
    """What the tour puts into a variable: the field that is picked last, what another variable means, or the text itself."""
    if "[0-9]{6}" in value or "local.totp" in value:
        return "code"
    picked = re.findall(r"""told\[["']?([a-z_]+)""", value)
    return picked[-1] if picked else known.get(value.removeprefix("$"), value)


def twofold(tour):
    """The variables of the tour that come to mean something else while they are still to be used for what they meant."""
    known, wrong = {}, []
    for name, value in re.findall(
        r"""(?m)(?:^|(?<=[ ;]))([A-Z]+)=(\$\((?:[^()]|\([^()]*\)|\$\(\([^()]*\)\))*\)|[^\s;]+)""", tour
    ):
        said = meant(value, known)
        if name in known and known[name] != said and f"${name}" not in value:
            wrong.append(name)
        known[name] = said
    return wrong


def test_a_variable_of_the_tour_means_one_thing():
    tour = source.texts()["local/tour.sh"]
    assert twofold(tour) == []
    assert twofold(tour.replace("FEED", "W")) == ["W"]


def test_no_document_names_a_make_target_that_is_not_there():
    told = {
        (path, target)
        for path, text in source.texts().items()
        if path.endswith(".md")
        for target in re.findall(r"`make ([a-z][a-z0-9-]*)", text)
    }
    assert not {(path, target) for path, target in told if target not in targets()}


def test_every_setting_and_switch_says_what_it_means():
    from chalicelib.runtime import settings, switches

    assert not [name for name, (_, meaning) in settings.SETTINGS.items() if len(meaning.split()) < 3]
    assert not [name for name, (_, meaning) in switches.SWITCHES.items() if len(meaning.split()) < 3]


def test_links_between_documents_lead_somewhere():
    broken = []
    for path, text in source.texts().items():
        if path.endswith(".md"):
            here = (source.ROOT / path).parent
            for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
                if not (here / link).exists():
                    broken.append(f"{path}: {link}")
    assert not broken


def test_every_file_and_name_that_guides_name_is_there():
    """`path` and `path:name` in CONTRIBUTING.md and docs/finding.md."""
    named, gone = 0, []
    for guide in ("CONTRIBUTING.md", "docs/finding.md"):
        for path, name in re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|json|yaml))(?::(\w+))?`", source.texts()[guide]):
            named += 1
            text = source.texts().get(path)
            defined = name and text and re.search(rf"^(?:    )?(?:def |class )?{name}\b(?:\(|:| =)", text, re.MULTILINE)
            if text is None or (name and not defined):
                gone.append(f"{guide}: {path}:{name}")
    assert named > 50
    assert not gone


def test_twenty_questions_are_answered_and_thirty_words_explained():
    assert len(re.findall(r"^\| [^-w]", source.texts()["docs/finding.md"], re.MULTILINE)) >= 20
    words = source.texts()["CONTRIBUTING.md"].partition("## Thirty words")[2]
    assert len(re.findall(r"^\| ", words, re.MULTILINE)) - 1 == 30


def test_a_decision_record_is_a_title_that_is_the_rule_and_one_paragraph():
    records = {path: text for path, text in source.texts().items() if re.match(r"docs/decisions/\d{3}-", path)}
    assert records
    for path, text in records.items():
        title, _, rest = text.partition("\n")
        assert re.fullmatch(r"# .{15,}", title), path
        assert len(rest.strip()) > 80, path
    numbers = [path.split("/")[-1][:3] for path in records]
    assert len(numbers) == len(set(numbers))


def test_every_decision_that_is_referred_to_is_there():
    numbers = {path.split("/")[-1][:3] for path in source.texts() if path.startswith("docs/decisions/")}
    told = {
        (path, number)
        for path, text in source.texts().items()
        for number in re.findall(r"docs/decisions/(\d{3})", text)
    }
    assert not {(path, number) for path, number in told if number not in numbers}


def test_every_shipped_requirement_has_its_reason_in_a_decision_record():
    told = " ".join(text.lower() for path, text in source.texts().items() if path.startswith("docs/decisions/"))
    shipped = re.findall(r"^([\w.-]+)==", source.texts()["requirements.in"], re.MULTILINE)
    tools = [*shipped, *re.findall(r"^([\w-]+)(?:\[\w+\])?==", source.texts()["requirements-dev.in"], re.MULTILINE)]
    plain = {"types-pyyaml"}
    assert not [name for name in tools if name.lower() not in plain and name.lower() not in told]


def test_the_changelog_tells_of_this_version():
    assert f"[{openapi.VERSION}]" in source.texts()["CHANGELOG.md"]


def test_a_fact_carries_only_plain_values_and_no_personal_field(files):
    personal = re.compile(
        r"phone|email|(first|last|full|real|person|nick)_?name|recipient|street|openid|id_card|token|password|secret|remark"
    )
    for path, schema in files.items():
        if path == "envelope.v1.json":
            continue
        jsonschema.Draft202012Validator.check_schema(schema)
        assert not [field for field in schema["properties"] if personal.search(field)], path
        assert "number" not in json.dumps([field.get("type") for field in schema["properties"].values()]), path


SCHEMA = {
    "type": "object",
    "required": ["order_id"],
    "properties": {"order_id": {"type": "string"}, "payable": {"type": "integer"}},
}
BEFORE = {"orders/OrderPlaced.v1.json": SCHEMA}


def changed(**parts):
    made = copy.deepcopy(SCHEMA)
    for name, part in parts.items():
        made[name] = part
    return {"orders/OrderPlaced.v1.json": made}


def test_a_field_that_goes_breaks_its_readers():
    assert schemas.breaking(BEFORE, changed(properties={"order_id": {"type": "string"}}))


def test_a_field_of_another_type_breaks_its_readers():
    assert schemas.breaking(
        BEFORE, changed(properties={"order_id": {"type": "integer"}, "payable": {"type": "integer"}})
    )


def test_a_new_field_without_a_default_breaks_the_reading_of_old_facts():
    more = {**SCHEMA["properties"], "by": {"type": "string"}}
    assert schemas.breaking(BEFORE, changed(properties=more, required=["order_id", "by"]))
    assert not schemas.breaking(BEFORE, changed(properties={**more, "by": {"type": "string", "default": ""}}))


def test_a_fact_that_goes_breaks_its_readers_but_a_new_version_may_replace_it():
    assert schemas.breaking(BEFORE, {})
    assert not schemas.breaking(BEFORE, {"orders/OrderPlaced.v2.json": SCHEMA})


def test_words_around_a_field_break_nobody():
    told = {**SCHEMA["properties"], "order_id": {"type": "string", "description": "whose"}}
    assert not schemas.breaking(BEFORE, changed(properties=told, description="other words"))
