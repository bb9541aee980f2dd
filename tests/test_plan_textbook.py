"""A textbook's manpower planning problem, told by data alone: its published optima, those in whole people, and plans held to the textbook's rows."""

from __future__ import annotations

import json
import runpy
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

import pytest
from ortools.sat.python import cp_model

from models.plan import solve
from optimiser import tables
from optimiser.plan import report
from optimiser.plan.check import check
from optimiser.plan.data import PlanAnswer, PlanInput
from optimiser.plan.examine import examine
from optimiser.result import Limits, Solved, Status
from plan_model_tools import fits

FOLDER = Path(__file__).resolve().parents[1] / "instances" / "plan"
PUBLISHED = {
    "textbook_manpower": ("Least redundancy", 841.796875),
    "textbook_manpower_cost": ("Least cost", 498_677.285),
    "textbook_manpower_whole": ("Least redundancy", 842),
    "textbook_manpower_cost_whole": ("Least cost", 500_945),
}


def load(name: str) -> PlanInput:
    data = tables.read(FOLDER / name, PlanInput).data
    assert data is not None
    return data


@pytest.fixture(scope="module", params=PUBLISHED)
def solved(request: pytest.FixtureRequest) -> tuple[str, PlanInput, Solved[PlanAnswer]]:
    data = load(request.param)
    answer, outcome = solve(data, "", Limits(seconds=120, gap=0))
    assert answer is not None
    return request.param, data, Solved("", answer, outcome, check(data, answer).findings)


def test_the_committed_files_are_what_the_script_writes(tmp_path: Path) -> None:
    runpy.run_path(str(FOLDER / "build_textbook.py"))["main"](tmp_path)
    for name in PUBLISHED:
        written = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        assert written == {path.name: path.read_bytes() for path in (FOLDER / name).iterdir() if path.name != "README.md"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_they_read_without_a_word_of_complaint(name: str) -> None:
    loaded = tables.read(FOLDER / name, PlanInput)
    assert loaded.data is not None
    assert [*loaded.findings, *examine(loaded.data)] == []


def test_p7_p8_p9_give_the_published_optimum(solved: tuple[str, PlanInput, Solved[PlanAnswer]]) -> None:
    name, data, found = solved
    goal, value = PUBLISHED[name]
    assert found.findings == ()
    assert found.outcome.status is Status.OPTIMAL
    musts, level = found.outcome.levels
    assert (musts.value, level.name) == (0, goal)
    assert level.bound is not None
    assert [level.value, level.bound] == pytest.approx([value, value], rel=1e-8)
    assert found.answer is not None
    assert fits(data, found.answer)


def test_p7_p8_p9_keep_the_rows_of_the_textbook(solved: tuple[str, PlanInput, Solved[PlanAnswer]]) -> None:
    """The textbook's own balance and requirement of each grade and year, and its limits, from the decisions of the answer."""
    _, _, found = solved
    answer = found.answer
    assert answer is not None
    grades, years = ("unskilled", "semi_skilled", "skilled"), ("2026/27 Q1", "2026/27 Q2", "2026/27 Q3")
    hired = {(r.post, r.quarter): r.wte for r in answer.hires}
    moved = {(r.from_post, r.to_post, r.quarter): r.wte for r in answer.moves}
    gone = {(r.post, r.quarter): r.wte for r in answer.releases}
    over = {(r.post, r.quarter): r.wte for r in answer.over_establishment}
    short_time = {(r.post, r.quarter): r.people for r in answer.reduced_hours}
    workforce = dict(zip(grades, (2000.0, 1500.0, 1000.0), strict=True))
    first, later = dict(zip(grades, (0.25, 0.2, 0.1), strict=True)), dict(zip(grades, (0.1, 0.05, 0.05), strict=True))
    required = dict(zip(years, ((1000, 1400, 1000), (500, 2000, 1500), (0, 2500, 2000)), strict=True))
    for y in years:
        for g, grade in enumerate(grades):
            up = sum(moved.get((below, grade, y), 0) for below in grades[:g])
            down = sum(moved.get((above, grade, y), 0) for above in grades[g + 1 :])
            out = sum(moved.get((grade, other, y), 0) for other in grades)
            workforce[grade] *= 1 - later[grade]
            workforce[grade] += (1 - first[grade]) * hired.get((grade, y), 0) + (1 - later[grade]) * up + 0.5 * down - out - gone.get((grade, y), 0)
            needed = required[y][g] + over.get((grade, y), 0) + 0.5 * short_time.get((grade, y), 0)
            assert workforce[grade] == pytest.approx(needed, abs=1e-3)
            assert hired.get((grade, y), 0) <= (500, 800, 500)[g] + 1e-6
            assert short_time.get((grade, y), 0) <= 50 + 1e-6
        assert sum(over.get((grade, y), 0) for grade in grades) <= 150 + 1e-6
        assert moved.get((grades[0], grades[1], y), 0) <= 200 + 1e-6
        assert moved.get((grades[0], grades[2], y), 0) == 0
        assert moved.get((grades[1], grades[2], y), 0) <= 0.25 * workforce["skilled"] + 1e-3


def test_p1_whole_people_are_whole(solved: tuple[str, PlanInput, Solved[PlanAnswer]]) -> None:
    _, data, found = solved
    assert found.answer is not None
    people = [r.wte for table in ("hires", "moves", "releases") for r in getattr(found.answer, table)]
    people += [r.people for r in found.answer.reduced_hours]
    assert people
    assert all(n == round(n) for n in people) == data.settings.whole_people


def test_the_plan_is_told_in_a_report(solved: tuple[str, PlanInput, Solved[PlanAnswer]], tmp_path: Path) -> None:
    _, data, found = solved
    report.write(tmp_path, data, [found], {}, publishable=False)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Staff above the posts, reduced hours, losses on moves" in page
    assert "who move leave instead" in page


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_best_known_value_is_the_published_one(name: str) -> None:
    known = json.loads((FOLDER / name / "best_known.json").read_text(encoding="utf-8"))
    assert known["digest"] == tables.read(FOLDER / name, PlanInput).digest, "the instance has changed: record its digest anew"
    goal, value = PUBLISHED[name]
    assert [(level["name"], level["value"], level["bound"]) for level in known["levels"]] == [
        ("Requirements met", 0, 0),
        (goal, pytest.approx(value, rel=1e-8), pytest.approx(value, rel=1e-8)),
    ]


# --- the textbook's problem written a second time, in whole numbers throughout ------------------------------------------

Linear = dict[Any, Fraction]
"""Weights by variable; the constant under 1."""


def plus(*parts: tuple[float | Fraction, Linear]) -> Linear:
    """Sum of weighted expressions."""
    found: Linear = {}
    for weight, part in parts:
        for variable, amount in part.items():
            found[variable] = found.get(variable, Fraction(0)) + Fraction(weight) * amount
    return found


def proved_in_whole_numbers(goal: str) -> float:
    """Best value in whole people: staff in post and over-manning are worked out of the decisions in fractions, and no tolerance is used anywhere."""
    model = cp_model.CpModel()
    grades, years = range(3), range(3)
    first = Fraction(1, 4), Fraction(1, 5), Fraction(1, 10)
    later = Fraction(1, 10), Fraction(1, 20), Fraction(1, 20)
    required = ((1000, 1400, 1000), (500, 2000, 1500), (0, 2500, 2000))

    def whole(most: int) -> Linear:
        return {model.new_int_var(0, most, ""): Fraction(1)}

    def number(expression: Linear) -> tuple[Any, int]:
        """Expression in whole numbers, and what it was multiplied by."""
        scale = lcm(*(amount.denominator for amount in expression.values()))
        return sum(int(amount * scale) * variable for variable, amount in expression.items()), scale

    def at_least_nothing(expression: Linear) -> None:
        model.add(number(expression)[0] >= 0)

    workforce: list[Linear] = [{1: Fraction(people)} for people in (2000, 1500, 1000)]
    redundant, cost = [], []
    for y in years:
        recruited, dismissed, short_time = ([whole(most) for most in row] for row in ((500, 800, 500), (3000,) * 3, (50,) * 3))
        moved = {(0, 1): whole(200), (1, 2): whole(1000), (1, 0): whole(3000), (2, 0): whole(3000), (2, 1): whole(3000)}
        workforce = [
            plus(
                (1 - later[g], workforce[g]),
                (1 - first[g], recruited[g]),
                (-1, dismissed[g]),
                *((-1, people) for (a, _), people in moved.items() if a == g),
                *((1 - later[g] if a < b else Fraction(1, 2), people) for (a, b), people in moved.items() if b == g),
            )
            for g in grades
        ]
        over = [plus((1, workforce[g]), (Fraction(-1, 2), short_time[g]), (-required[y][g], {1: Fraction(1)})) for g in grades]
        for expression in (*over, plus((Fraction(1, 4), workforce[2]), (-1, moved[1, 2])), plus((150, {1: Fraction(1)}), *((-1, o) for o in over))):
            at_least_nothing(expression)
        redundant += [(1, people) for people in dismissed]
        cost += [(400, moved[0, 1]), (500, moved[1, 2])]
        for parts, pounds in ((dismissed, (200, 500, 500)), (short_time, (500, 400, 400)), (over, (1500, 2000, 3000))):
            cost += list(zip(pounds, parts, strict=True))
    objective, scale = number(plus(*(redundant if goal == "Least redundancy" else cost)))
    model.minimize(objective)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    assert solver.solve(model) == cp_model.OPTIMAL
    return float(solver.objective_value) / scale


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PUBLISHED if "whole" in name])
def test_the_values_in_whole_people_are_proved_by_another_solver(name: str) -> None:
    goal, value = PUBLISHED[name]
    assert proved_in_whole_numbers(goal) == pytest.approx(value, abs=1e-6)
