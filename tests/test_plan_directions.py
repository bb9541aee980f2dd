"""The least money that meets the targets: other priorities on the same input, refused without targets, told as staff by post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from click.testing import CliRunner

import cli
import plan_samples
from models import LEAST_COST, PLAN
from optimiser import tables
from optimiser.plan import directions, report, required, sections
from optimiser.plan.check import check
from optimiser.plan.data import Demand, Limit, Objective, PlanInput
from optimiser.plan.figures import Figures
from optimiser.plan.publish import Counts
from optimiser.result import Outcome, Solved, Status
from optimiser.words import NOTHING
from plan_model_tools import best, budget, care, limit, market, most, plan, term
from test_plan_report import RUN, answer, instance

if TYPE_CHECKING:
    from pathlib import Path


def target(**columns: Any) -> Limit:
    neutral = {"limit": "aim", "decision": "completed", "scope": "total", "sense": "at least", "value": 25}
    return Limit.model_validate(neutral | columns)


@pytest.mark.parametrize(
    ("columns", "is_one"),
    [
        ({}, True),
        ({"decision": "recovered", "sense": "exactly"}, True),
        ({"decision": "waiting", "sense": "at most", "value": 0}, True),
        ({"decision": "staff"}, True),
        ({"sense": "at most"}, False),
        ({"value": 0}, False),
        ({"decision": "hires"}, False),
        ({"option": "no_new_money"}, False),
    ],
)
def test_what_a_target_is(columns: dict[str, Any], is_one: bool) -> None:
    data = plan_samples.full().model_copy(update={"limits": (target(**columns),)})
    assert bool(directions.targets(data)) is is_one


def test_cost_comes_after_the_musts_and_the_rest_keeps_its_order() -> None:
    data = plan_samples.tiny().model_copy(update={"limits": (target(),)})
    found = directions.least_cost(data)
    assert [(p.priority, p.name, p.direction, p.tolerance) for p in found.priorities] == [
        (1, "Unmet musts", "min", 0), (2, "Cost", "min", 0), (3, "People helped", "max", 0.01),
    ]  # fmt: skip
    assert [(o.priority, o.term, o.weight) for o in found.objectives] == [
        (1, "unmet_musts", 1), (2, "cost", 1), (3, "completed_courses", 1), (3, "reliable_recoveries", 1), (3, "waiting_too_long", -0.2),
        (3, "lost_trainees", -10), (3, "workforce_at_end", 1),
    ]  # fmt: skip
    assert found.model_copy(update={"priorities": data.priorities, "objectives": data.objectives}) == data
    assert directions.is_least_cost(found)
    assert not directions.is_least_cost(data)
    assert directions.least_cost(found) == found.model_copy(update={"objectives": found.objectives})


def test_a_level_that_weighs_musts_and_cost_beside_other_things_keeps_the_rest() -> None:
    data = plan_samples.tiny()
    mixed = data.model_copy(update={"objectives": (*data.objectives, Objective(priority=2, term="cost", weight=-0.1))})
    assert [(o.priority, o.term) for o in directions.least_cost(mixed).objectives if o.term == "cost"] == [(2, "cost")]


def test_the_least_money_that_meets_a_target_is_spent() -> None:
    # A WTE costs £10,000 a quarter and completes 10 courses: as much as can be had is 9 of them, a target of 25 takes 3.
    data = plan(recruitment=(market("therapist", 9),), care=(care(),), limits=(limit("completed", "at least", 25),), **most("completed_courses"))
    greedy, _ = best(data)
    assert term(greedy, "cost") == pytest.approx(90_000)
    aimed = directions.least_cost(data)
    frugal, outcome = best(aimed, status=Status.OPTIMAL)
    assert term(frugal, "cost") == pytest.approx(30_000)
    assert term(frugal, "completed_courses") == pytest.approx(30, abs=1e-3)  # what the money buys once it is spent
    found = required.section(Figures(aimed, frugal), sections.Names(aimed, Counts(False)))
    assert found is not None
    assert "meet the musts and every target, this one costs least. It costs £30,000" in found.sentence
    assert found.targets.rows[0][2:4] == ("30.0", "met")
    assert found.staff.rows == (("therapist, band 7", "0.0", "3.0", "3.0"), ("All staff", "0.0", "3.0", "3.0"))
    assert [level.name for level in outcome.levels][:2] == ["Unmet musts", "Cost"]


def test_what_targets_came_to_is_what_the_check_says() -> None:
    data = instance()
    values = {"completed": 5_000, "recovered": 5_000, "entering": 5_000, "starts": 5_000, "staff": 500, "posts": 500}
    limits = tuple(target(limit=decision, decision=decision, value=value) for decision, value in values.items())
    each = (
        target(limit="each", decision="entering", item="high", scope="each", value=200),
        target(limit="queue", decision="waiting", item="high", scope="each", sense="at most", value=1),
        target(limit="filled", decision="posts_filled", value=0.5),
    )
    aimed = directions.least_cost(data.model_copy(update={"limits": (*limits, *each)}))
    found = answer(data)
    short = {(r.rule, r.quarter): r.short for r in check(aimed, found).shortfalls}
    rows = {row[0]: row for row in required._targets(Figures(aimed, found), sections.Names(aimed, Counts(False))).rows}
    for decision, value in values.items():
        assert float(rows[decision][2].replace(",", "")) == pytest.approx(value - short[decision, ""], abs=0.051)
    assert float(rows["each"][2]) == pytest.approx(200 - max(v for (rule, _), v in short.items() if rule == "each"), abs=0.051)
    assert float(rows["queue"][2]) == pytest.approx(1 + max(v for (rule, _), v in short.items() if rule == "queue"), abs=0.051)
    assert rows["filled"][2] == NOTHING


def test_the_report_has_the_section_only_for_the_least_money(tmp_path: Path) -> None:
    data = instance().model_copy(update={"limits": (target(value=100_000, reason="The national goal."),)})
    for name, given in (("most", data), ("least", directions.least_cost(data))):
        (tmp_path / name).mkdir()
        found = answer(given)
        report.write(tmp_path / name, given, [Solved("", found, Outcome(Status.FEASIBLE, (), {}))], RUN, publishable=False)
        page = (tmp_path / name / "report.html").read_text(encoding="utf-8")
        assert ("How many of which staff the targets take" in page) is (name == "least")
        sheets = openpyxl.load_workbook(tmp_path / name / "plan.xlsx").sheetnames
        assert ({"Result targets", "Result staff for targets"} <= set(sheets)) is (name == "least")
    assert "This one comes nearest. Targets that fall short: 1." in page
    assert "The national goal." in page


def test_without_targets_it_is_refused_as_bad_input(tmp_path: Path) -> None:
    tables.write_folder(tmp_path / "plan", plan_samples.tiny())
    result = CliRunner().invoke(cli.cli, ["plan", str(tmp_path / "plan"), "-o", str(tmp_path / "out"), "--least-cost"])
    assert result.exit_code == 3
    assert "Add a row for each target" in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_command_makes_the_plan_of_least_cost_and_its_workbook_runs_again(tmp_path: Path) -> None:
    data = plan(
        recruitment=(market("therapist", 9, cost_pounds=1, stream="pay"),),
        limits=(limit("completed", "at least", 25),),
        demand=(Demand(service="s", quarter="2026/27 Q1", referrals=0),),
        budget=(budget("pay", 1e6),),
        **most("completed_courses"),
    )
    tables.write_folder(tmp_path / "plan", data)
    words = ["plan", str(tmp_path / "plan"), "-o", str(tmp_path / "out"), "--least-cost", "--quiet"]
    result = CliRunner().invoke(cli.cli, words)
    assert result.exit_code == 0, result.output
    again = tables.read(tmp_path / "out" / "plan.xlsx", PlanInput)
    assert again.data == directions.least_cost(data)
    assert LEAST_COST.read(tmp_path / "plan").digest == PLAN.read(tmp_path / "out" / "plan.xlsx").digest


def test_an_input_with_errors_says_them_and_nothing_of_targets(tmp_path: Path) -> None:
    loaded = LEAST_COST.read(tmp_path / "none")
    assert loaded.data is None
    assert directions.NO_TARGETS not in loaded.findings


def test_a_higher_target_never_costs_less() -> None:
    costs = []
    for wanted in (0.5, 10, 11, 25):
        data = plan(recruitment=(market("therapist", 9),), limits=(limit("completed", "at least", wanted),), **most("completed_courses"))
        cheapest, _ = best(directions.least_cost(data), status=Status.OPTIMAL)
        costs.append(term(cheapest, "cost"))
    assert costs == pytest.approx([10_000, 10_000, 20_000, 30_000])
