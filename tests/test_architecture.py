"""The house keeps its shape: who may import whom, one id per rule from the page to the tests, and documents that tell the truth."""

from __future__ import annotations

import ast
import re
import shlex
import sys
import tomllib
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click
import pytest

import cli
from optimiser.plan import check as plan_check
from optimiser.rota import check as rota_check
from optimiser.rota.data import DEFAULT_RULES, RotaInput, RuleId
from optimiser.tables import reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parent.parent
OURS = ("optimiser", "models", "cli")
SOURCES = sorted([*ROOT.glob("optimiser/**/*.py"), *ROOT.glob("models/**/*.py"), ROOT / "cli.py"])
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]


def imports(path: Path) -> set[str]:
    """Dotted names of the modules a file imports, wherever in the file; ``from a import b`` counts as a, and as a.b where that is a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" if is_module(f"{module}.{alias.name}") else module for alias in node.names}
    return found


def is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] in OURS}


def checkers(job: str) -> list[Path]:
    """Files of a job's independent check."""
    return sorted(ROOT.glob(f"optimiser/{job}/check/*.py"))


def importers(package: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in SOURCES if package in {name.split(".")[0] for name in imports(path)}}


def test_what_is_read_here_is_the_code() -> None:
    assert {"cli.py", "optimiser/engine.py", "models/plan/build.py"} <= {path.relative_to(ROOT).as_posix() for path in SOURCES}


@pytest.mark.parametrize("path", sorted(ROOT.glob("optimiser/*/data.py")), ids=lambda path: path.parent.name)
def test_data_imports_nothing_of_ours(path: Path) -> None:
    assert ours(path) == set()


def test_result_imports_nothing_of_ours() -> None:
    assert ours(ROOT / "optimiser/result.py") == set()


@pytest.mark.parametrize("job", ["plan", "rota"])
def test_the_checker_knows_the_data_and_nothing_of_the_model(job: str) -> None:
    paths = checkers(job)
    assert paths
    for path in paths:
        others = {name for name in ours(path) if not name.startswith(f"optimiser.{job}.check.")}
        assert others <= {f"optimiser.{job}.{name}" for name in ("data", "pay", "week")} | {"optimiser.result"}, path


@pytest.mark.parametrize("head", sorted(ROOT.glob("optimiser/*/*/__init__.py")), ids=lambda path: "/".join(path.parts[-3:-1]))
def test_modules_of_a_package_are_read_in_one_direction(head: Path) -> None:
    package = ".".join(head.parent.relative_to(ROOT).parts)
    graph = {f"{package}.{path.stem}": ours(path) for path in head.parent.glob("*.py") if path != head}
    assert graph
    TopologicalSorter(graph).prepare()  # raises CycleError on a circle
    for name, used in graph.items():
        assert package not in used, f"{name} imports the head of its own package"


def test_the_lower_floor_imports_neither_models_nor_the_door() -> None:
    for path in ROOT.glob("optimiser/**/*.py"):
        assert {name.split(".")[0] for name in ours(path)} <= {"optimiser"}, path


@pytest.mark.parametrize(("job", "other"), [("plan", "rota"), ("rota", "plan")])
def test_the_two_jobs_know_nothing_of_each_other(job: str, other: str) -> None:
    for path in [*ROOT.glob(f"optimiser/{job}/**/*.py"), *ROOT.glob(f"models/{job}/**/*.py")]:
        assert {name for name in ours(path) if name.split(".")[1:2] == [other]} == set(), path


def test_what_follows_from_a_week_is_worked_out_from_its_data_alone() -> None:
    assert ours(ROOT / "optimiser/rota/week.py") == {"optimiser.rota.data"}


def test_models_do_not_import_the_door() -> None:
    for path in ROOT.glob("models/**/*.py"):
        assert "cli" not in ours(path), path


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("pyomo", r"models/(plan|rivals)/.+\.py|optimiser/compile\.py"),
        ("highspy", r"models/rivals/.+\.py|optimiser/(highs|lp)\.py"),
        ("ortools", r"models/(rota|rivals)/.+\.py|optimiser/cpsat\.py"),
        ("click", r"cli\.py"),
    ],
)
def test_a_package_is_used_only_where_it_belongs(package: str, allowed: str) -> None:
    strays = [path for path in importers(package) if not re.fullmatch(allowed, path)]
    assert strays == []


def test_every_package_used_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["rivals"]]
    names = {re.split(r"[<>=]", line)[0].replace("-", "_") for line in declared}
    used = {name.split(".")[0] for path in SOURCES for name in imports(path)} - set(sys.stdlib_module_names) - set(OURS)
    assert used <= names


# --- one id per rule --------------------------------------------------------------------------------------------------


def page_ids(job: str) -> set[str]:
    return set(re.findall(r"^\| ([A-Z]\d+) \|", (ROOT / f"models/{job}/{job}.md").read_text(encoding="utf-8"), flags=re.MULTILINE))


def functions(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def ids(names: Iterator[str]) -> set[str]:
    return {match[1].upper() for name in names if (match := re.match(r"([a-z]\d+)_", name))}


def test_the_pages_have_rules() -> None:
    assert {"P1", "S1", "B1", "L1"} <= page_ids("plan")
    assert {"S1", "R1", "N1", "W3"} <= page_ids("rota")


@pytest.mark.parametrize("job", ["plan", "rota"])
def test_the_model_has_the_rules_of_the_page(job: str) -> None:
    assert ids(chain.from_iterable(map(functions, ROOT.glob(f"models/{job}/*.py")))) == page_ids(job)


@pytest.mark.parametrize("job", ["plan", "rota"])
def test_the_checker_has_the_rules_of_the_page(job: str) -> None:
    assert ids(chain.from_iterable(map(functions, checkers(job)))) == page_ids(job)


@pytest.mark.parametrize("job", ["plan", "rota"])
def test_the_checker_has_a_rule_in_the_module_that_the_model_has_it_in(job: str) -> None:
    for path in checkers(job):
        here = ids(functions(path))
        assert not here or here <= ids(functions(ROOT / f"models/{job}" / path.name)), path


@pytest.mark.parametrize(("job", "check"), [("plan", plan_check), ("rota", rota_check)])
def test_the_checker_asks_every_rule_it_has(job: str, check: ModuleType) -> None:
    written = {name for path in checkers(job) for name in functions(path) if re.match(r"[a-z]\d+_", name)}
    assert {rule.__name__ for rule in (*check.HARD, *check.SOFT)} == written


def test_the_rules_that_a_manager_rules_are_those_of_the_page_with_a_default_each() -> None:
    page = (ROOT / "models/rota/rota.md").read_text(encoding="utf-8")
    always, ruled = page.split("## Rules the manager rules")
    of_the_manager = re.findall(r"^\| ([A-Z]\d+) \|", ruled, flags=re.MULTILINE)
    assert [row.rule for row in DEFAULT_RULES] == of_the_manager
    assert set(get_args(RuleId)) == set(of_the_manager)
    assert page_ids("rota") - set(of_the_manager) == set(re.findall(r"^\| ([A-Z]\d+) \|", always, flags=re.MULTILINE))


@pytest.mark.parametrize("job", ["plan", "rota"])
def test_every_rule_is_tested_by_its_id(job: str) -> None:
    # Ids in the names of tests, which are sentences: elsewhere S1 may be a supervisor.
    named = {part.upper() for path in ROOT.glob(f"tests/test_{job}_*.py") for name in functions(path) for part in name.split("_")}
    assert page_ids(job) - named == set()


# --- documents that tell the truth ------------------------------------------------------------------------------------


def blocks(path: Path) -> Iterator[str]:
    """Lines of the fenced blocks of a document, prompts and continuation lines taken care of."""
    for block in re.findall(r"```(?:bash|powershell|text)?\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL):
        yield from block.replace("\\\n", " ").replace("`\n", " ").splitlines()


def commands() -> list[tuple[str, list[str]]]:
    """Every call of the command in the documents: (document, arguments)."""
    found = []
    for path in DOCUMENTS:
        for line in blocks(path):
            for part in re.split(r"&&|;", line):
                words = shlex.split(part.replace("\\", "/").split(" > ")[0], comments=True)
                if words and re.fullmatch(r"(.*/)?optimiser(\.exe)?", words[0]):
                    found.append((path.name, words[1:]))
                elif len(words) > 1 and words[1] == "cli.py":
                    found.append((path.name, words[2:]))
    return found


def test_the_readme_shows_every_command() -> None:
    shown = {words[0] for name, words in commands() if name == "README.md" and words}
    assert set(cli.cli.commands) <= shown


def test_the_input_reference_of_the_rota_is_that_of_its_records() -> None:
    assert (ROOT / "docs/input_rota.md").read_text(encoding="utf-8") == reference(RotaInput, "Input of the rota"), (
        "run: python -m optimiser.tables optimiser.rota.data:RotaInput 'Input of the rota' docs/input_rota.md"
    )


@pytest.mark.parametrize(("document", "words"), commands())
def test_a_command_in_the_documents_is_one_the_program_takes(document: str, words: list[str]) -> None:
    command: click.Command = cli.cli
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        step = command.get_command(context, words[0])
        assert step is not None, f"{document}: there is no command {words[0]}"
        command, words = step, words[1:]
    if words and words[0] not in ("--help", "--version"):
        command.make_context("optimiser", list(words))  # raises UsageError on what it does not take


def test_the_readme_lists_every_exit_code() -> None:
    listed = set(re.findall(r"^\| (\d+) \|", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert listed == set(re.findall(r"^  (\d+)  ", cli.CODES, flags=re.MULTILINE))


def test_the_first_and_second_command_are_marked_for_ci() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"<!-- ci: (\w+) -->\n```bash\n", text) == ["first", "second"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_a_document_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
