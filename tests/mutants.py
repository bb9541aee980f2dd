"""Tests of the tests: damage one rule or one term of the objective at a time, and see that a test falls.

    python tests/mutants.py [plan|rota] [--only NAME] [--side model|check] [--jobs 2] [--list]

Every rule function (``s1_supervision_hours``) of ``models/plan`` and of ``optimiser/plan/check`` is removed, turned round and
tightened, and every term of the objective is dropped, in a copy of the source tree; so is every rule function of ``models/rota``, of its
judge and of ``optimiser/rota/check``, and of what they take from elsewhere (``FOUNDATIONS``). A mutant that no test notices is a
survivor: either a test is missing or the mutant changes nothing, and the one who runs this says which. Exit code 1 if any survives.
It takes hours on two cores; run it before a release.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Literal, get_args

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from optimiser.plan.data import Term  # noqa: E402 (found only once the root is on the path)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Side = Literal["model", "check"]
Job = Literal["plan", "rota"]
TERMS = frozenset(get_args(Term))
TREE = ("optimiser", "models", "instances", "tests", "docs", ".ci", "cli.py", "pyproject.toml", "README.md", "CONTRIBUTING.md")
SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.Gt: ast.Lt}
TIGHT = 0.9
"""A bound is tightened to this share of itself (a demand is divided by it)."""
STRICTER: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.LtE: ast.Lt, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.Gt: ast.GtE}
LIMITS = {"at_most": "at_least", "at_least": "at_most"}
"""Rows of the rota's program with one limit, and the same limit from the other side."""
FOUNDATIONS = frozenset({
    "due", "_in_term", "shares", "duty_shares", "fair_minutes", "fair_turns", "carried", "had_of_late", "early_or_late", "_remembered",
    "overlong", "weeks_owed", "_odd",
})  # fmt: skip
"""Functions of the rota's ``week.py`` and model that rules rest on: their comparisons and sums are damaged too."""


@dataclass(frozen=True)
class Mutant:
    """One damaged file: what was done to which function, and the text it then has."""

    name: str
    side: Side
    path: Path
    text: str


# --- ways to damage a function ----------------------------------------------------------------------------------------


def _times(factor: float, what: ast.expr) -> ast.expr:
    return ast.BinOp(ast.Constant(factor), ast.Mult(), what)


def _rows(function: ast.FunctionDef) -> list[ast.FunctionDef]:
    """Functions inside that state rows of the model."""
    decorated = (n for n in ast.walk(function) if isinstance(n, ast.FunctionDef) and n is not function)
    return [n for n in decorated if any("Constraint" in ast.unparse(d) for d in n.decorator_list)]


def _compares(node: ast.AST) -> list[ast.Compare]:
    return [n for n in ast.walk(node) if isinstance(n, ast.Compare) and len(n.ops) == 1]


def _stated(row: ast.FunctionDef) -> list[ast.Compare]:
    """Comparisons that a row returns."""
    return [c for n in ast.walk(row) if isinstance(n, ast.Return) and n.value is not None for c in _compares(n.value)]


def _calls(node: ast.AST, name: str, arguments: int) -> list[ast.Call]:
    found = (n for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == name)
    return [n for n in found if len(n.args) >= arguments]


def _excesses(node: ast.AST) -> list[ast.BinOp]:
    """``a - b`` of every ``max(0.0, a - b)``."""
    return [c.args[1] for c in _calls(node, "max", 2) if isinstance(c.args[1], ast.BinOp) and isinstance(c.args[1].op, ast.Sub)]


def remove_model(function: ast.FunctionDef) -> bool:
    """No row is stated; a rule that sets bounds sets none."""
    rows = _rows(function)
    for row in rows:
        row.body = ast.parse("from pyomo.environ import Constraint as _C\nreturn _C.Skip").body
    if not rows:
        function.body = [ast.Return(None)]
    return True


def flip_model(function: ast.FunctionDef) -> bool:
    """At most becomes at least, and the other way round."""
    turned = [c for row in _rows(function) for c in _stated(row) if type(c.ops[0]) in SWAPPED]
    for compare in turned:
        compare.ops = [SWAPPED[type(compare.ops[0])]()]
    return bool(turned)


def tighten_model(function: ast.FunctionDef) -> bool:
    """The right side is made stricter; an equation is bent."""
    stated = [c for row in _rows(function) for c in _stated(row)]
    for compare in stated:
        compare.comparators = [_times(TIGHT if isinstance(compare.ops[0], ast.LtE) else 1 / TIGHT, compare.comparators[0])]
    return bool(stated)


def remove_check(function: ast.FunctionDef) -> bool:
    """Nothing is found. Code after the return keeps a generator a generator."""
    function.body.insert(0, ast.parse("return iter(())").body[0])
    return True


def flip_check(function: ast.FunctionDef) -> bool:
    """What was too much is too little."""
    above, excesses = _calls(function, "above", 5), _excesses(function)
    compares = [c for c in _compares(function) if type(c.ops[0]) in SWAPPED]
    for call in above:
        call.args[3], call.args[4] = call.args[4], call.args[3]
    for excess in excesses:
        excess.left, excess.right = excess.right, excess.left
    for compare in compares:
        compare.ops = [SWAPPED[type(compare.ops[0])]()]
    return bool(above or excesses or compares)


def tighten_check(function: ast.FunctionDef) -> bool:
    """Less is allowed than the rule allows."""
    above, excesses = _calls(function, "above", 5), _excesses(function)
    for call in above:
        call.args[4] = _times(TIGHT, call.args[4])
    for excess in excesses:
        excess.right = _times(TIGHT, excess.right)
    return bool(above or excesses)


def drop_term(function: ast.FunctionDef) -> bool:
    """The term counts for nothing."""
    function.body = [ast.Return(ast.Constant(0.0))]
    return True


def _limits(node: ast.AST) -> list[tuple[ast.Call, ast.Attribute]]:
    """Calls that state a row with one limit."""
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call) and n.args)
    return [(n, n.func) for n in calls if isinstance(n.func, ast.Attribute) and n.func.attr in LIMITS]


def _swap(function: ast.FunctionDef, swapped: dict[type[ast.cmpop], type[ast.cmpop]]) -> bool:
    compares = [n for n in ast.walk(function) if isinstance(n, ast.Compare) and any(type(op) in swapped for op in n.ops)]
    for compare in compares:
        compare.ops = [swapped[type(op)]() if type(op) in swapped else op for op in compare.ops]
    return bool(compares)


def remove_rows(function: ast.FunctionDef) -> bool:
    """No row or amount is stated; a function that gives an answer is left alone."""
    states = isinstance(function.returns, ast.Constant) and function.returns.value is None
    if states:
        function.body = [ast.Return(None)]
    return states


def flip_rows(function: ast.FunctionDef) -> bool:
    """At most becomes at least, and the other way round; what was before comes after."""
    for _, name in _limits(function):
        name.attr = LIMITS[name.attr]
    return bool(_limits(function)) | _swap(function, SWAPPED)


def tighten_rows(function: ast.FunctionDef) -> bool:
    """Every limit is stricter by one, and every comparison off by one."""
    for call, name in _limits(function):
        call.args[0] = ast.BinOp(call.args[0], ast.Sub() if name.attr == "at_most" else ast.Add(), ast.Constant(1))
    return bool(_limits(function)) | _swap(function, STRICTER)


def tighten_places(function: ast.FunctionDef) -> bool:
    """Every comparison is off by one."""
    return _swap(function, STRICTER)


def turn_sums(function: ast.FunctionDef) -> bool:
    """What is added is taken away, and the other way round."""
    turned: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
    sums = [n for n in ast.walk(function) if isinstance(n, ast.BinOp | ast.AugAssign) and type(n.op) in turned]
    for one in sums:
        one.op = turned[type(one.op)]()
    return bool(sums)


Ways = dict[str, "Callable[[ast.FunctionDef], bool]"]
WAYS: dict[tuple[Job, Side], Ways] = {
    ("plan", "model"): {"remove": remove_model, "flip": flip_model, "tighten": tighten_model},
    ("plan", "check"): {"remove": remove_check, "flip": flip_check, "tighten": tighten_check},
    ("rota", "model"): {"remove": remove_rows, "flip": flip_rows, "tighten": tighten_rows},
    ("rota", "check"): {"remove": remove_check, "flip": flip_check, "tighten": tighten_places},
}
ARITHMETIC: Ways = {"flip": flip_rows, "tighten": tighten_places, "turn": turn_sums}


# --- all mutants ------------------------------------------------------------------------------------------------------


def mutants(job: Job) -> Iterator[Mutant]:
    """Every mutant of a job's model and of its check."""
    for path in sorted(ROOT.glob(f"models/{job}/*.py")):
        yield from _of_file(job, "model", path)
    for path in [*sorted(ROOT.glob(f"optimiser/{job}/check/*.py")), *ROOT.glob(f"optimiser/{job}/week.py")]:
        yield from _of_file(job, "check", path)


def _of_file(job: Job, side: Side, path: Path) -> Iterator[Mutant]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    relative = path.relative_to(ROOT)
    for place, node in enumerate(tree.body):
        if not isinstance(node, ast.FunctionDef):
            continue
        judges = path.stem == "judge" and node.returns is not None and ast.unparse(node.returns) == "Iterator[Fault]"
        below = job == "rota" and node.name in FOUNDATIONS
        if judges or below or re.match(r"[a-z]\d+_", node.name):
            for way, damage in (ARITHMETIC if below else WAYS[job, "check" if judges else side]).items():
                damaged = copy.deepcopy(tree)
                if damage(_function(damaged, place)):
                    yield Mutant(f"{side}:{node.name}:{way}", side, relative, _text(damaged))
        elif job == "plan" and side == "model" and node.name in TERMS:
            damaged = copy.deepcopy(tree)
            drop_term(_function(damaged, place))
            yield Mutant(f"{side}:{node.name}:drop", side, relative, _text(damaged))
        elif job == "plan":
            yield from _terms_told(side, relative, tree, place)


def _terms_told(side: Side, path: Path, tree: ast.Module, place: int) -> Iterator[Mutant]:
    """Mutants of a function that tells all terms in one dictionary."""
    for number, table in enumerate(_tables(tree.body[place])):
        for entry, key in enumerate(table.keys):
            damaged = copy.deepcopy(tree)
            _tables(damaged.body[place])[number].values[entry] = ast.Constant(0.0)
            assert isinstance(key, ast.Constant)
            assert isinstance(key.value, str)
            yield Mutant(f"{side}:{key.value}:drop", side, path, _text(damaged))


def _tables(node: ast.AST) -> list[ast.Dict]:
    found = (n for n in ast.walk(node) if isinstance(n, ast.Dict))
    return [n for n in found if {k.value for k in n.keys if isinstance(k, ast.Constant)} == TERMS]


def _function(tree: ast.Module, place: int) -> ast.FunctionDef:
    node = tree.body[place]
    assert isinstance(node, ast.FunctionDef)
    return node


def _text(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


# --- running ----------------------------------------------------------------------------------------------------------


def copied(folder: Path) -> Path:
    """Copy the source tree into a new folder."""
    for name in TREE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    return folder


def tests_pass(tree: Path, tests: list[str], seconds: float | None) -> bool:
    """Whether the tests pass in a copy of the tree; tests that do not end in time have noticed something."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    call = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        run = subprocess.run(call, cwd=tree, env=environment, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return False
    if run.returncode not in (0, 1, 2):  # neither passed, nor failed, nor broken while being collected
        raise RuntimeError(f"pytest ended with {run.returncode}:\n{run.stdout}\n{run.stderr}")
    return run.returncode == 0


def main() -> int:
    """Run the mutants and tell which survive."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("job", nargs="?", choices=get_args(Job), default="plan", help="whose rules (plan)")
    parser.add_argument("--only", default="", metavar="NAME", help="mutants whose name contains this, such as s1_ or cost or :flip")
    parser.add_argument("--side", choices=["model", "check"], help="only the model's, or only the check's")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    parser.add_argument("--list", action="store_true", help="list the mutants and run nothing")
    parser.add_argument("--tests", nargs="*", default=None, help="tests to run (all of the job's)")
    asked = parser.parse_args()
    chosen = [m for m in mutants(asked.job) if asked.only in m.name and asked.side in (None, m.side)]
    if asked.list or not chosen:
        print("\n".join(m.name for m in chosen) or "There is no such mutant.")
        return 0 if chosen else 2
    tests = asked.tests or [str(p.relative_to(ROOT)) for p in sorted(ROOT.glob(f"tests/test_{asked.job}_*.py"))]
    with tempfile.TemporaryDirectory() as place:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.jobs):
            trees.put(copied(Path(place) / str(number)))
        first, begun = trees.get(), time.monotonic()
        if not tests_pass(first, tests, None):
            print("The tests fail before anything is damaged.")
            return 2
        trees.put(first)
        seconds = 60 + 10 * (time.monotonic() - begun)

        def survives(mutant: Mutant) -> bool:
            tree = trees.get()
            whole = (tree / mutant.path).read_text(encoding="utf-8")
            (tree / mutant.path).write_text(mutant.text, encoding="utf-8")
            passed = tests_pass(tree, tests, seconds)
            (tree / mutant.path).write_text(whole, encoding="utf-8")
            trees.put(tree)
            print(f"{'SURVIVES' if passed else 'noticed '} {mutant.name}", flush=True)
            return passed

        with ThreadPoolExecutor(asked.jobs) as pool:
            survivors = [m.name for m, alive in zip(chosen, pool.map(survives, chosen), strict=True) if alive]
    print(f"{len(chosen)} mutants, {len(survivors)} not noticed" + "".join(f"\n  {name}" for name in survivors))
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
